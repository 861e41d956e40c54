"""What followed recorded events against a forecast made the week before, and against control dates of the same actors.

The hurdle benchmark forecasts each case from the weeks before it; what came is held against that, in spans of weeks.
The same is done at control dates of the same actor, at which no event of its own was near and the past looked alike
(level and silence), so that what the benchmark gets wrong of such moments cancels. Cases count about alike, however
busy the actor.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.calendar import Weeks
from lull.data.counts import WeeklyCounts
from lull.data.events import Event
from lull.data.learned.effects import ENDING
from lull.model.drivers.event_terms import Span
from lull.model.hurdle.benchmark import RATE, HurdleBenchmark
from lull.model.hurdle.hurdle_model import FEATURES, recall

SPANS: tuple[Span, ...] = ((0, 0), (1, 4), (5, 13), (14, 26))
HORIZON = 27  # the week of the event and 26 after it
BEFORE = 26  # weeks of a past that there must be
CONTROLS = 3  # dates of the same actor for each case
NEAR = 26  # weeks to either side of an event in which there is no control
DRAWS = 400
RESAMPLED = 1000
FEW = 5  # cases below which nothing is said


@dataclass(frozen=True)
class Followed:
    """What followed the cases of one kind and type in a span of weeks, as multiples of the forecast, with 90 % ranges.

    `ratio` is that of the cases, `control` that of the control dates, `against` the one divided by the other.
    """

    kind: str
    type: str
    weeks_from: int
    weeks_to: int
    ratio: float
    low: float
    high: float
    control: float
    against: float
    against_low: float
    against_high: float
    actors: int
    cases: int


@dataclass(frozen=True)
class Case:
    """One forecast at a case or at its control dates: counts that came and that were expected, (span,), by actor."""

    actor: int
    came: Array
    expected: Array


def followed(counts: WeeklyCounts, events: Sequence[Event], benchmark: HurdleBenchmark, *, seed: int) -> list[Followed]:
    """Return what followed the events of many series, by kind, type and span of weeks; ends as their own kind."""
    groups: dict[tuple[str, str], tuple[list[Case], list[Case]]] = {}
    for number, name in enumerate(counts.series):
        own = [event for event in events if event.series == name and not event.endogenous]
        record = counts.array.sel(series=name).to_numpy()[0]
        active = np.flatnonzero(record > 0)
        if not own or active.size == 0:
            continue
        past = _Past.of(record[active[0] :], counts.weeks[active[0] :], own, benchmark, seed=seed + number)
        for key, week in _moments(own, past.weeks):
            if past.may_begin(week):
                cases, controls = groups.setdefault(key, ([], []))
                cases.append(past.case(week, number))
                controls += [past.case(other, number) for other in past.alike(week)]
    rng = np.random.default_rng(seed)
    return [row for key, parts in sorted(groups.items()) if len(parts[0]) >= FEW for row in _rows(key, *parts, rng)]


def _moments(events: Iterable[Event], weeks: Weeks) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield the kind, the type and the place of the week of each event and each ending."""
    for event in events:
        days = [((event.kind, event.type), event.date)]
        if how := event.ending:
            assert event.end_date is not None
            days.append(((ENDING, how), event.end_date))
        for key, day in days:
            yield key, int((np.datetime64(day, "D") - weeks[0]).astype(np.int64) // 7)


@dataclass(frozen=True)
class _Past:
    """One series: its record, what its past looked like before each week, and which weeks may be controls."""

    record: Array
    weeks: Weeks
    features: Array
    eligible: NDArray[np.bool_]
    benchmark: HurdleBenchmark
    rng: np.random.Generator

    @classmethod
    def of(cls, record: Array, weeks: Weeks, events: Iterable[Event], benchmark: HurdleBenchmark, *, seed: int) -> Self:
        """Return the past of a record whose events are known."""
        features = np.empty((record.size, len(FEATURES)))
        recall(record, features)
        eligible = np.zeros(record.size, dtype=bool)
        eligible[BEFORE : max(record.size - HORIZON, BEFORE)] = True
        for _, week in _moments(events, weeks):
            eligible[max(week - NEAR, 0) : max(week + NEAR + 1, 0)] = False
        return cls(record, weeks, features, eligible, benchmark, np.random.default_rng(seed))

    def may_begin(self, week: int) -> bool:
        """Return whether there is a past before a week, and a whole horizon from it on."""
        return BEFORE <= week <= self.record.size - HORIZON and not np.isnan(self.record[week : week + HORIZON]).any()

    def alike(self, week: int) -> list[int]:
        """Return the control weeks whose past is most like that of a week, by level and silence."""
        found = np.flatnonzero(self.eligible)
        place = [RATE, FEATURES.index("silence")]
        away = np.abs(self.features[found - 1][:, place] - self.features[week - 1, place]).sum(axis=1)
        return [int(other) for other in found[np.argsort(away, kind="stable")[:CONTROLS]]]

    def case(self, week: int, actor: int) -> Case:
        """Return what came from a week on, and what the weeks before it let expect."""
        seed = int(self.rng.integers(2**32))
        paths, _ = self.benchmark.forecast(self.record[:week], horizon=HORIZON, draws=DRAWS, seed=seed)
        mean, came = paths.mean(axis=0), self.record[week : week + HORIZON]
        sums = [(came[low : high + 1].sum(), mean[low : high + 1].sum()) for low, high in SPANS]
        return Case(actor, *np.array(sums, dtype=float).T)


def _rows(
    key: tuple[str, str], cases: Sequence[Case], controls: Sequence[Case], rng: np.random.Generator
) -> Iterator[Followed]:
    """Yield a row for each span; actors are drawn again for the intervals."""
    actors = sorted({case.actor for case in cases})
    drawn = rng.multinomial(len(actors), np.full(len(actors), 1 / len(actors)), size=RESAMPLED)
    weights = np.vstack([np.ones(len(actors)), drawn])
    for place, (low, high) in enumerate(SPANS):
        ours, theirs = (_ratios(part, place, actors, weights) for part in (cases, controls))
        between = ours / theirs
        yield Followed(
            *key, low, high, float(ours[0]), *_interval(ours[1:]), float(theirs[0]), float(between[0]),
            *_interval(between[1:]), len(actors), len(cases),
        )  # fmt: skip


def _ratios(cases: Sequence[Case], place: int, actors: Sequence[int], weights: Array) -> Array:
    """Return what came over what was expected, under each weighting of the actors, (weighting,)."""
    came, expected = np.zeros(len(actors)), np.zeros(len(actors))
    for case in cases:
        at, scale = actors.index(case.actor), 1.0 / (case.expected[place] + 1.0)
        came[at] += scale * case.came[place]
        expected[at] += scale * case.expected[place]
    total = weights @ expected
    return np.asarray(np.divide(weights @ came, total, out=np.full(total.size, np.nan), where=total > 0))


def _interval(values: Array) -> tuple[float, float]:
    """Return the 90 % interval of resampled figures."""
    low, high = np.nanquantile(values, [0.05, 0.95])
    return float(low), float(high)
