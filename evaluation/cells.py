"""Which forecasts are scored: cells of a series and an origin, chosen by a rule before anything is forecast.

The invariant: every forecaster is scored on the same cells, and each series that has none is counted under its reason.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from lull.data.arrays import Array
from lull.data.calendar import WEEK, Week, Weeks, week_of
from lull.evaluation.scores.metrics import SILENCE

LEARNT, AFTERWARDS = 104, 52


@dataclass(frozen=True)
class Rule:
    """How cells are chosen: `origins` of each series, evenly spread, or one `every` so many weeks.

    Origins lie from `learn` weeks after the first attack of a series to 52 weeks after its last, within `first` and
    `last`, and a week before its counts end. Of years after the last attack nothing is scored: every forecaster would
    be right about them. `origins` are the middles of so many equal parts of that stretch, so that a few stand for all
    of it; with `at` the origins are the weeks before those days of series. A series with fewer than `min_events`
    attacks has none; `busiest` keeps those with the most attacks.
    """

    origins: int = 4
    every: int | None = None
    first: date | None = None
    last: date | None = None
    learn: int = LEARNT
    min_events: int = 1
    busiest: int | None = None
    at: tuple[tuple[str, date], ...] | None = None


@dataclass(frozen=True)
class Cell:
    """One series up to one origin, the first day of its last known week."""

    series: str
    origin: date


@dataclass(frozen=True)
class Selection:
    """The cells in the order of the data, how many series have none, by reason, and how many fewer than asked for."""

    cells: tuple[Cell, ...]
    excluded: dict[str, int]
    fewer: int = 0

    @property
    def series(self) -> tuple[str, ...]:
        """The series that have cells."""
        return tuple(dict.fromkeys(cell.series for cell in self.cells))


def select_cells(counts: Array, series: tuple[str, ...], weeks: Weeks, rule: Rule) -> Selection:
    """Return the cells of weekly counts (series, week), NaN where missing."""
    total = np.nansum(counts, axis=1)
    busy = _busiest(total, rule)
    cells: list[Cell] = []
    excluded: Counter[str] = Counter()
    fewer = 0
    for place, name in enumerate(series):
        if total[place] < rule.min_events or not total[place]:
            excluded[_few(rule)] += 1
        elif place not in busy:
            excluded[f"not among the {rule.busiest} busiest"] += 1
        elif not (origins := list(_origins(counts[place], weeks, rule, name))):
            excluded[_late(rule, weeks[0])] += 1
        else:
            cells += [Cell(name, week.item()) for week in origins]
            fewer += rule.every is None and rule.at is None and len(origins) < rule.origins
    return Selection(tuple(cells), dict(excluded), fewer)


def state_at(silent_weeks: int) -> str:
    """Return the state of a series after so many weeks without an attack: `silent` or `active`."""
    return "silent" if silent_weeks >= SILENCE else "active"


def _busiest(total: Array, rule: Rule) -> set[int]:
    """Return the places of the series with the most attacks, the earlier first where they are equal."""
    order = np.argsort(-total, kind="stable")
    return set(order[: rule.busiest].tolist())


def _origins(count: Array, weeks: Weeks, rule: Rule, name: str) -> Iterator[Week]:
    """Yield the origins of one series."""
    attacked, known = np.flatnonzero(count > 0), np.flatnonzero(~np.isnan(count))
    first, last = attacked[0] + rule.learn, min(attacked[-1] + AFTERWARDS, known[-1] - 1)
    if rule.first is not None:
        first = max(first, (week_of(rule.first, weeks[0]) - weeks[0]) // WEEK)
    if rule.last is not None:
        last = min(last, (week_of(rule.last, weeks[0]) - weeks[0]) // WEEK)
    if first > last:
        return
    if rule.at is not None:
        before = {int((week_of(day, weeks[0]) - weeks[0]) // WEEK) - 1 for series, day in rule.at if series == name}
        yield from weeks[[place for place in sorted(before) if first <= place <= last]]
        return
    parts = (np.arange(rule.origins) + 0.5) / rule.origins
    places = np.arange(first, last + 1, rule.every) if rule.every else first + np.floor((last + 1 - first) * parts)
    yield from weeks[np.unique(places.astype(int))]


def _few(rule: Rule) -> str:
    return f"fewer than {rule.min_events} attacks" if rule.min_events > 1 else "no attack on record"


def _late(rule: Rule, like: Week) -> str:
    within = "".join(
        f" {word} {week_of(day, like)}" for word, day in (("from", rule.first), ("to", rule.last)) if day is not None
    )
    before = " right before such an event" if rule.at is not None else ""
    return f"no origin{within}{before} that is {rule.learn} weeks after the first attack and a week before the end"
