"""Week arithmetic: laws over all days that the readers let in and all weekdays, and the drawn example."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.calendar import (
    MONDAY,
    WEEK,
    calendar_sentence,
    horizon_of,
    last_complete_week,
    nearest_week,
    run_of_days,
    same_calendar,
    target_end_date,
    week_end,
    week_of,
    weeks_ahead,
    weeks_between,
    weeks_of,
)

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
calendars = days.map(lambda day: np.datetime64(day, "D"))
horizons = st.integers(1, 520)
shifts = st.integers(-40, 40)


@given(days, calendars)
def test_the_week_of_a_day_starts_on_the_weekday_asked_for_at_most_six_days_before(
    day: date, like: np.datetime64
) -> None:
    first = week_of(day, like).item()
    assert first.weekday() == like.item().weekday()
    assert timedelta(0) <= day - first <= timedelta(days=6)


@given(days)
def test_the_usual_week_starts_on_monday(day: date) -> None:
    assert week_of(day, MONDAY).item() == day - timedelta(days=day.weekday())


@given(days, calendars)
def test_a_day_a_text_and_a_numpy_day_name_the_same_week(day: date, like: np.datetime64) -> None:
    assert week_of(day, like) == week_of(day.isoformat(), like) == week_of(np.datetime64(day, "D"), like)


@given(st.lists(days, max_size=9), calendars)
def test_many_days_have_the_weeks_of_each(some: list[date], like: np.datetime64) -> None:
    found = weeks_of(np.array(some, dtype="datetime64[D]"), like)
    assert found.tolist() == [week_of(day, like).item() for day in some]


@given(days, calendars)
def test_the_nearest_week_shares_the_most_days_with_the_seven_from_a_day_on(day: date, like: np.datetime64) -> None:
    def shared(week: np.datetime64) -> int:
        return len(
            {day + timedelta(days=at) for at in range(7)} & {week.item() + timedelta(days=at) for at in range(7)}
        )

    nearest = nearest_week(day, like)
    assert same_calendar(nearest, like)
    assert shared(nearest) >= max(4, shared(nearest - WEEK), shared(nearest + WEEK))


@given(days, calendars, shifts, horizons)
def test_every_date_moves_with_the_calendar(day: date, like: np.datetime64, shift: int, horizon: int) -> None:
    by = timedelta(days=shift)
    moved = like + np.timedelta64(shift, "D")
    origin, later = week_of(day, like), week_of(day + by, moved)
    assert later - origin == np.timedelta64(shift, "D")
    assert nearest_week(day + by, moved) - nearest_week(day, like) == np.timedelta64(shift, "D")
    assert last_complete_week(day + by, moved) - last_complete_week(day, like) == np.timedelta64(shift, "D")
    assert target_end_date(later, horizon) - target_end_date(origin, horizon) == by
    ahead = day + timedelta(days=3 * horizon)
    assert horizon_of(ahead + by, later) == horizon_of(ahead, origin)


@given(days, calendars)
def test_a_week_ends_on_the_last_day_that_is_still_in_it(day: date, like: np.datetime64) -> None:
    end = week_end(week_of(day, like))
    assert week_of(end, like) == week_of(day, like)
    assert week_of(end + timedelta(days=1), like) == week_of(day, like) + WEEK


@given(days, calendars)
def test_the_last_complete_week_is_over_and_the_next_one_is_not(as_of: date, like: np.datetime64) -> None:
    last = last_complete_week(as_of, like)
    assert week_end(last) <= as_of < week_end(last + WEEK)


@given(calendars, horizons)
def test_the_target_end_date_is_the_last_day_of_the_horizons_week(origin: np.datetime64, horizon: int) -> None:
    assert target_end_date(origin, horizon) == week_end(weeks_ahead(origin, horizon)[-1])
    assert target_end_date(origin, horizon) - week_end(origin) == timedelta(weeks=horizon)


@given(calendars, horizons)
def test_horizon_and_weeks_ahead_are_each_others_inverse(origin: np.datetime64, horizon: int) -> None:
    weeks = weeks_ahead(origin, horizon)
    assert [horizon_of(week.item(), origin) for week in weeks] == list(range(1, horizon + 1))


@given(calendars, st.integers(0, 520))
def test_weeks_between_holds_both_ends_and_steps_by_a_week(first: np.datetime64, steps: int) -> None:
    weeks = weeks_between(first, first + steps * WEEK)
    assert len(weeks) == steps + 1
    assert weeks[0] == first
    assert (np.diff(weeks) == WEEK).all()


def test_weeks_between_is_empty_when_the_last_is_before_the_first() -> None:
    assert weeks_between(np.datetime64("2024-01-08"), np.datetime64("2024-01-01")).size == 0


@pytest.mark.parametrize(
    ("week", "run", "sentence"),
    [
        (date(2025, 1, 4), "Saturday to Friday", "Weeks run from Saturday to Friday."),
        (date(2025, 1, 5), "Sunday to Saturday", "Weeks run from Sunday to Saturday."),
        (date(2025, 1, 6), "Monday to Sunday", ""),
    ],
)
def test_a_calendar_is_named_where_it_is_not_the_usual_one(week: date, run: str, sentence: str) -> None:
    assert run_of_days(week) == run
    assert calendar_sentence(week) == sentence


def test_the_drawn_example() -> None:
    origin = last_complete_week(date(2024, 12, 31), MONDAY)
    assert origin == np.datetime64("2024-12-23")
    assert week_end(origin) == date(2024, 12, 29)
    assert target_end_date(origin, 1) == date(2025, 1, 5)
    assert horizon_of(date(2025, 1, 26), origin) == 4
