"""Whether what followed events hangs on one country, and how often moved calendars show as much.

Leave one country out: the effects are learned again without its actors. Placebo: the calendar of every actor's events
is turned round its record by a random number of weeks, and the effects are learned again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from lull.data.counts import WeeklyCounts
from lull.data.events import Event
from lull.data.learned.effects import WHOLE, Effect
from lull.model.drivers.effects_estimate import Lesson, learn_from, lessons_of
from lull.model.hurdle.benchmark import HurdleBenchmark

EDGE = 26  # weeks by which a calendar is turned at least


@dataclass(frozen=True)
class Checked:
    """One effect of a state in force as learned again: without what, its mean and its standard error."""

    without: str
    effect: Effect


def without_each(lessons: Sequence[Lesson], series: Sequence[str], countries: Mapping[str, str]) -> Iterator[Checked]:
    """Yield the effects of states in force without the actors of each country; `countries` are by series."""
    for country in sorted(set(countries.values())):
        left_out = np.array([place for place, name in enumerate(series) if countries.get(name) == country])
        learned = learn_from((lesson.without(left_out) for lesson in lessons), (), source="", around=None)
        yield from (Checked(country, row) for row in learned.rows if _is_whole(row))


def placebo_share(
    counts: WeeklyCounts, events: Sequence[Event], benchmark: HurdleBenchmark, *, calendars: int, seed: int
) -> tuple[float, int]:
    """Return how often an effect of a moved calendar is outside its 90 % interval around 0, and of how many."""
    rng, far, many = np.random.default_rng(seed), 0, 0
    for _ in range(calendars):
        moved = list(_turned(counts, events, rng))
        learned = learn_from(_whole(lessons_of([counts], moved, benchmark)), (), source="", around=None)
        rows = [row for row in learned.rows if _is_whole(row)]
        far += sum(abs(row.mean) > 1.645 * row.se for row in rows)
        many += len(rows)
    return far / many, many


def _whole(lessons: Iterator[Lesson]) -> Iterator[Lesson]:
    """Yield the lessons of whole spans, which come first."""
    for number, lesson in enumerate(lessons):
        if number >= 6:  # noqa: PLR2004 - three mechanisms, of all types and of each
            return
        yield lesson


def _is_whole(row: Effect) -> bool:
    return (row.weeks_from, row.weeks_to) == WHOLE and row.actors > 0


def _turned(counts: WeeklyCounts, events: Sequence[Event], rng: np.random.Generator) -> Iterator[Event]:
    """Yield events whose calendar is turned round the record of their series, from its first attack on."""
    for name in counts.series:
        record = counts.array.sel(series=name).to_numpy()[0]
        active = np.flatnonzero(record > 0)
        own = [event for event in events if event.series == name]
        room = int(record.size - active[0]) if active.size else 0
        if not own or room <= 2 * EDGE:
            continue
        by, first = int(rng.integers(EDGE, room - EDGE)), counts.weeks[active[0]].astype(object)
        for event in own:
            day = first + timedelta(days=((event.date - first).days + 7 * by) % (7 * room))
            length = event.end_date - event.date if event.end_date else None
            yield event.model_copy(update={"date": day, "end_date": None if length is None else day + length})


def range_of(checked: Sequence[Checked]) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Return the least and the largest mean of each effect over the countries left out."""
    found: dict[tuple[str, str, str], list[float]] = {}
    for one in checked:
        found.setdefault((one.effect.kind, one.effect.type, one.effect.mechanism), []).append(one.effect.mean)
    return {key: (min(means), max(means)) for key, means in found.items()}
