"""The counts and events of many actors, cut into windows and cases, and the tables that regressions make by fold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from inside.courses import Window, windows_of
from inside.trials import Case, cases_of

from lull.data.arrays import Array
from lull.data.calendar import Weeks
from lull.data.counts import WeeklyCounts
from lull.data.events import Event
from lull.data.learned.effects import Effects
from lull.evaluation.driver_trials import FOLDS, folds_of
from lull.model.drivers.effects_estimate import learn_from, lessons_of
from lull.model.drivers.event_terms import Durations
from lull.model.hurdle.benchmark import shipped

SEED = 1


@dataclass(frozen=True)
class Record:
    """The counts and the events of all actors, and where fits and scores are kept."""

    counts: WeeklyCounts
    events: Sequence[Event]
    folder: Path

    @cached_property
    def known(self) -> Durations:
        """The known durations of states."""
        return Durations.of(self.events)

    def actors(self) -> Iterator[tuple[int, Array, Weeks, Sequence[Event]]]:
        """Yield the actors with events: number, counts from the first attack on, their weeks, events."""
        for number, name in enumerate(self.counts.series):
            own = [event for event in self.events if event.series == name]
            if own:
                record = self.counts.array.sel(series=name).to_numpy()[0]
                first = int(np.argmax(record > 0))
                yield number, record[first:], self.counts.weeks[first:], own

    def windows(self) -> list[Window]:
        """Return the windows of all actors."""
        return [window for actor in self.actors() for window in windows_of(*actor, self.known)]

    def cases(self, most: int) -> list[Case]:
        """Return the cases: of each actor at most so many, chosen by lot."""
        rng = np.random.default_rng(SEED)
        chosen = []
        for number, record, weeks, own in self.actors():
            found = {(case.week, case.kind, case.type): case for case in cases_of(number, record, weeks, own)}
            keys = list(found)
            chosen += [found[keys[place]] for place in sorted(rng.permutation(len(keys))[:most])]
        return chosen

    def tables(self) -> list[Effects]:
        """Return what the regressions make of the other folds of actors, by fold."""
        files = [self.folder / f"regressions_{fold}.csv" for fold in range(FOLDS)]
        if not all(file.exists() for file in files):
            lessons = list(lessons_of([self.counts], self.events, shipped()))
            for fold, file in enumerate(files):
                left_out = np.flatnonzero(self.folds() == fold).astype(np.int64)
                learn_from((one.without(left_out) for one in lessons), (), source="", around=None).write(file)
        return [Effects.read(file) for file in files]

    def folds(self) -> Array:
        """Return the fold of each actor: those of `benchmarks/drivers.py`."""
        return folds_of(self.counts, seed=SEED)
