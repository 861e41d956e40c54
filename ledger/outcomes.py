"""What came of a question, read from newer weekly counts: yes, no, void or still open.

Each week has the attacks that are certain to lie within the days asked about, and the most that may: a missing week may
hold any number, and of a week that the days asked about hold in part nothing is certain. It is yes where what is
certain suffices, no where the most that may be does not; what lies between is open until the deadline, then void. So a
quiet source says no only where it is known to the deadline.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.calendar import Weeks, week_end, week_of, weeks_between
from lull.data.counts import WeeklyCounts
from lull.data.events import Event
from lull.scenarios.engine.questions import Kind, Question

MOST_LISTED = 3  # missing weeks that a reason names
COUNTED = ("any attack", "in total")  # kinds that ask about the attacks of all days together
DECIDED_BY_COUNTS: tuple[Kind, ...] = ("any attack", "resumption", "in a week", "in total", "sustained")


@dataclass(frozen=True)
class Newer:
    """Weekly counts newer than a forecast, as known on the evening of `as_of`; `source` is the checksum of their file.

    A source that publishes late is waited for so many days after a deadline (`wait`) before anything is void.
    """

    counts: WeeklyCounts
    source: str
    as_of: date
    events: tuple[Event, ...] | None = None
    wait: int = 0


@dataclass(frozen=True)
class Found:
    """What newer data say of a question: `total` and `day` as in `entries.Decided`."""

    outcome: Literal["yes", "no", "void", "open"]
    known_to: date
    reason: str = ""
    total: int | None = None
    day: date | None = None


@dataclass(frozen=True)
class _Bounds:
    """The weeks that hold the days asked about: `least` and `most` attacks of those days, (imputation, week)."""

    weeks: Weeks
    least: Array
    most: Array
    known: NDArray[np.bool_]  # (week,)
    inside: NDArray[np.bool_]  # (week,): all seven days are asked about
    late: NDArray[np.bool_]  # (week,): reported in part only


def outcome(question: Question, *, since: date, series: str, newer: Newer) -> Found | None:
    """Return what newer counts say of the days from `since` to the question's; None if they are of other series."""
    if series not in newer.counts.series:
        return None
    bounds, known_to = _bounds(question, since, series, newer), last_known(newer, series)
    sure, may = happens(question, bounds.least), happens(question, bounds.most)
    total = _total(bounds)
    if sure.all():
        day = _first_day(question, bounds)
        return Found("yes", known_to, f"it had come by {day}", total, day)
    if not may.any():
        return Found("no", known_to, f"known to {known_to}, and it had not come", total)
    if newer.as_of < max(question.by + timedelta(days=newer.wait), week_end(bounds.weeks[-1])):
        return Found("open", known_to)
    return Found("void", known_to, _why_void(question, bounds, known_to, sure))


def last_known(newer: Newer, series: str) -> date:
    """Return the last day of the last week of a series that is known and over on `as_of`; before all, if none is."""
    counts = newer.counts
    known = counts.array.sel(series=series).notnull().all("imputation").to_numpy() & _over(counts.weeks, newer.as_of)
    last = np.flatnonzero(known)
    return week_end(counts.weeks[last[-1]]) if last.size else week_end(counts.weeks[0]) - timedelta(days=7)


def happens(question: Question, counts: Array) -> NDArray[np.bool_]:
    """Return whether counts (imputation, week) make a question true, (imputation,).

    A resumption is the first attack: counts do not show whether a group is active without one.
    """
    if question.kind in ("any attack", "resumption"):
        return counts.max(axis=-1) >= 1
    if question.kind == "in total":
        return counts.sum(axis=-1) >= question.count
    weeks = question.weeks if question.kind == "sustained" else 1
    if weeks > counts.shape[-1]:
        return np.zeros(counts.shape[0], dtype=bool)
    runs = np.lib.stride_tricks.sliding_window_view(counts >= question.count, weeks, axis=-1)
    found: NDArray[np.bool_] = runs.all(axis=-1).any(axis=-1)
    return found


def _bounds(question: Question, since: date, series: str, newer: Newer) -> _Bounds:
    like = newer.counts.origin
    weeks = weeks_between(week_of(since, like), week_of(question.by, like))
    ends = np.array([week_end(week) for week in weeks], dtype="datetime64[D]")
    row = newer.counts.array.sel(series=series).reindex(week=weeks.astype("datetime64[ns]"))
    counts = np.where(_over(weeks, newer.as_of), row.to_numpy(), np.nan)
    inside = (weeks >= np.datetime64(since, "D")) & (ends <= np.datetime64(question.by, "D"))
    late = np.zeros(weeks.size, dtype=bool)
    if "completeness" in row.coords:
        late = row["completeness"].to_numpy() < 1.0
    least = np.where(inside, np.nan_to_num(counts), 0.0)
    most = np.where(np.isnan(counts) | late, np.inf, counts)
    return _Bounds(weeks, least, most, ~np.isnan(counts).any(axis=0), inside, late)


def _over(weeks: Weeks, as_of: date) -> NDArray[np.bool_]:
    over: NDArray[np.bool_] = weeks + np.timedelta64(6, "D") <= np.datetime64(as_of, "D")
    return over


def _total(bounds: _Bounds) -> int | None:
    """Return the attacks of all days asked about, None unless every one is known."""
    least, most = bounds.least.sum(axis=-1), bounds.most.sum(axis=-1)
    known = np.array_equal(least, most) and np.unique(least).size == 1
    return int(least[0]) if known else None


def _first_day(question: Question, bounds: _Bounds) -> date:
    """Return the end of the first week by which it had come."""
    weeks = range(1, bounds.weeks.size + 1)
    first = next(week for week in weeks if happens(question, bounds.least[:, :week]).all())
    return week_end(bounds.weeks[first - 1])


def _why_void(question: Question, bounds: _Bounds, known_to: date, sure: NDArray[np.bool_]) -> str:
    if known_to < question.by:
        return f"the source ends on {known_to}, before the deadline {question.by}"
    if missing := [str(week) for week in bounds.weeks[~bounds.known]]:
        named = ", ".join(missing[:MOST_LISTED]) + (" and more" if len(missing) > MOST_LISTED else "")
        return f"the outcome hangs on weeks that are missing: {named}"
    if bounds.late.any():
        return "the outcome hangs on weeks that are reported in part"
    if sure.any() or bounds.inside.all():
        return f"the reports do not settle it: it came in {sure.mean():.0%} of the reconstructions"
    return "the outcome hangs on a week that holds the first day or the deadline, and weekly counts name no days"
