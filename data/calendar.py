"""Week arithmetic, written down once: a week is named by its first day, and ends six days later.

The embedded question, drawn::

    December 2024                                   January 2025
    Mo 16 .. Su 22 | Mo 23 .. Su 29 | Mo 30 Tu 31 .. Su 5 | Mo 6 .. Su 12 | ...
                   |  origin week   |  horizon 1          |  horizon 2    |
                   origin_date = Su 29      target_end_date(1) = Su 5
                                       as_of = Tu 31: the week of the 30th is not over,
                                       so the last complete week, the origin, is the 23rd

`week` is always the first day (`datetime64`), `origin` is the last observed week, `origin_date` is the day
that ends it, and `horizon` h is the week h weeks after the origin: it ends on `origin_date + 7 h`.

Weeks begin on the weekday of the counts, which need not be a Monday. No function takes it for granted: each that
looks for the week of a day is given `like`, any week of the same calendar (the origin, or `MONDAY`).
"""

from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

WEEK = np.timedelta64(7, "D")
type Week = np.datetime64
type Weeks = NDArray[np.datetime64]

MONDAY: Week = np.datetime64("1970-01-05", "D")  # a week of the calendar whose weeks begin on Monday


def today() -> date:
    """Return the day that it is where this runs."""
    return datetime.now().astimezone().date()


def weeks_of(days: NDArray[np.datetime64], like: Week) -> Weeks:
    """Return the first days of the weeks that hold some days; weeks begin on the weekday of `like`."""
    whole = days.astype("datetime64[D]")
    return np.asarray(whole - (whole - np.datetime64(like, "D")) % WEEK)


def week_of(day: date | str | np.datetime64, like: Week) -> Week:
    """Return the first day of the week that holds `day`; weeks begin on the weekday of `like`."""
    stamp = np.datetime64(day, "D")
    return stamp - (stamp - np.datetime64(like, "D")) % WEEK


def nearest_week(day: date | np.datetime64, like: Week) -> Week:
    """Return the week that shares most days with the seven from `day` on: the one that begins nearest to it."""
    return week_of(np.datetime64(day, "D") + np.timedelta64(3, "D"), like)


def same_calendar(week: date | Week, other: date | Week) -> bool:
    """Return whether two weeks begin on the same weekday."""
    return bool((np.datetime64(week, "D") - np.datetime64(other, "D")) % WEEK == np.timedelta64(0, "D"))


def weekday(day: date | np.datetime64) -> str:
    """Return the name of the weekday of a day."""
    return f"{np.datetime64(day, 'D').item():%A}"


def run_of_days(week: date | Week) -> str:
    """Return the first and the last weekday of a week in words: `Saturday to Friday`."""
    return f"{weekday(week)} to {weekday(week_end(week))}"


def calendar_sentence(week: date | Week) -> str:
    """Return which days the weeks of the calendar of `week` run over; nothing of the usual ones, from Monday."""
    return "" if same_calendar(week, MONDAY) else f"Weeks run from {run_of_days(week)}."


def last_complete_week(as_of: date, like: Week) -> Week:
    """Return the last week that was over on the evening of `as_of`; weeks begin on the weekday of `like`."""
    return week_of(as_of + timedelta(days=1), like) - WEEK


def weeks_between(first: Week, last: Week) -> Weeks:
    """Return the weeks from `first` to `last`, both included (empty if `last` is earlier)."""
    return np.arange(first, last + WEEK, WEEK, dtype="datetime64[D]")


def weeks_ahead(origin: Week, horizon: int) -> Weeks:
    """Return the weeks of horizons 1..`horizon`."""
    return np.datetime64(origin, "D") + WEEK * np.arange(1, horizon + 1)


def week_end(week: date | Week) -> date:
    """Return the day that ends `week`: of the origin it is the `origin_date`."""
    last: date = (np.datetime64(week, "D") + np.timedelta64(6, "D")).item()
    return last


def target_end_date(origin: Week, horizon: int) -> date:
    """Return the day that ends the week `horizon` weeks after the origin."""
    return week_end(origin) + timedelta(weeks=horizon)


def horizon_of(day: date, origin: Week) -> int:
    """Return how many weeks after the origin week the week of `day` lies (0 is the origin itself)."""
    return int((week_of(day, origin) - np.datetime64(origin, "D")) // WEEK)
