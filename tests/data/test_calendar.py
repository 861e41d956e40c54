"""Week arithmetic: laws over all days that the readers let in, and the drawn example."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lull.data.calendar import (
    WEEK,
    horizon_of,
    is_monday,
    last_complete_week,
    target_end_date,
    week_end,
    week_of,
    weeks_ahead,
    weeks_between,
)

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
horizons = st.integers(1, 520)
MONDAY, SUNDAY = 0, 6


@given(days)
def test_the_week_of_a_day_is_a_monday_at_most_six_days_before(day: date) -> None:
    monday = week_of(day).item()
    assert monday.weekday() == MONDAY
    assert timedelta(0) <= day - monday <= timedelta(days=6)


@given(days)
def test_a_day_a_text_and_a_numpy_day_name_the_same_week(day: date) -> None:
    assert week_of(day) == week_of(day.isoformat()) == week_of(np.datetime64(day, "D"))


@given(days)
def test_exactly_mondays_name_weeks(day: date) -> None:
    assert is_monday(day) == (day.weekday() == MONDAY)


@given(days)
def test_a_week_ends_on_the_sunday_that_is_still_in_it(day: date) -> None:
    end = week_end(week_of(day))
    assert end.weekday() == SUNDAY
    assert week_of(end) == week_of(day)
    assert week_of(end + timedelta(days=1)) == week_of(day) + WEEK


@given(days)
def test_the_last_complete_week_is_over_and_the_next_one_is_not(as_of: date) -> None:
    last = last_complete_week(as_of)
    assert week_end(last) <= as_of < week_end(last + WEEK)


@given(days, horizons)
def test_the_target_end_date_is_the_sunday_of_the_horizons_week(day: date, horizon: int) -> None:
    origin = week_of(day)
    assert target_end_date(origin, horizon) == week_end(weeks_ahead(origin, horizon)[-1])
    assert target_end_date(origin, horizon) - week_end(origin) == timedelta(weeks=horizon)


@given(days, horizons)
def test_horizon_and_weeks_ahead_are_each_others_inverse(day: date, horizon: int) -> None:
    origin = week_of(day)
    weeks = weeks_ahead(origin, horizon)
    assert [horizon_of(week.item(), origin) for week in weeks] == list(range(1, horizon + 1))


@given(days, st.integers(0, 520))
def test_weeks_between_holds_both_ends_and_steps_by_a_week(day: date, steps: int) -> None:
    first = week_of(day)
    weeks = weeks_between(first, first + steps * WEEK)
    assert len(weeks) == steps + 1
    assert weeks[0] == first
    assert (np.diff(weeks) == WEEK).all()


def test_weeks_between_is_empty_when_the_last_is_before_the_first() -> None:
    assert weeks_between(np.datetime64("2024-01-08"), np.datetime64("2024-01-01")).size == 0


def test_the_drawn_example() -> None:
    origin = last_complete_week(date(2024, 12, 31))
    assert origin == np.datetime64("2024-12-23")
    assert week_end(origin) == date(2024, 12, 29)
    assert target_end_date(origin, 1) == date(2025, 1, 5)
    assert horizon_of(date(2025, 1, 26), origin) == 4
