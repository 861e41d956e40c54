"""Week arithmetic, written down once: a week is named by its Monday, and ends on the Sunday after.

The embedded question, drawn::

    December 2024                                   January 2025
    Mo 16 .. Su 22 | Mo 23 .. Su 29 | Mo 30 Tu 31 .. Su 5 | Mo 6 .. Su 12 | ...
                   |  origin week   |  horizon 1          |  horizon 2    |
                   origin_date = Su 29      target_end_date(1) = Su 5
                                       as_of = Tu 31: the week of the 30th is not over,
                                       so the last complete week, the origin, is the 23rd

`week` is always the Monday (`datetime64`), `origin` is the last observed week, `origin_date` is the Sunday
that ends it, and `horizon` h is the week h weeks after the origin: it ends on `origin_date + 7 h`.
"""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

WEEK = np.timedelta64(7, "D")
type Week = np.datetime64
type Weeks = NDArray[np.datetime64]


def week_of(day: date | str | np.datetime64) -> Week:
    """Return the Monday of the week that holds `day`."""
    stamp = np.datetime64(day, "D")
    weekday = (int(stamp.astype(np.int64)) + 3) % 7  # 1970-01-01 was a Thursday
    return stamp - np.timedelta64(weekday, "D")


def is_monday(day: date | np.datetime64) -> bool:
    """Return whether `day` names a week."""
    return bool(week_of(day) == np.datetime64(day, "D"))


def last_complete_week(as_of: date) -> Week:
    """Return the last week that was over on the evening of `as_of`."""
    return week_of(as_of + timedelta(days=1)) - WEEK


def weeks_between(first: Week, last: Week) -> Weeks:
    """Return the Mondays from `first` to `last`, both included (empty if `last` is earlier)."""
    return np.arange(first, last + WEEK, WEEK, dtype="datetime64[D]")


def weeks_ahead(origin: Week, horizon: int) -> Weeks:
    """Return the Mondays of horizons 1..`horizon`."""
    return np.datetime64(origin, "D") + WEEK * np.arange(1, horizon + 1)


def week_end(week: Week) -> date:
    """Return the Sunday that ends `week`: of the origin it is the `origin_date`."""
    sunday: date = (np.datetime64(week, "D") + np.timedelta64(6, "D")).item()
    return sunday


def target_end_date(origin: Week, horizon: int) -> date:
    """Return the Sunday that ends the week `horizon` weeks after the origin."""
    return week_end(origin) + timedelta(weeks=horizon)


def horizon_of(day: date, origin: Week) -> int:
    """Return how many weeks after the origin week the week of `day` lies (0 is the origin itself)."""
    return int((week_of(day) - np.datetime64(origin, "D")) // WEEK)
