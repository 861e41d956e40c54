"""Events become impulses and states, and are carried over by their half-life."""

from datetime import date

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from lull.data.calendar import WEEK
from lull.data.events import Event
from lull.data.schema import InputError
from lull.model.fitting.covariates import MEDIAN_DURATION, carry_over, from_events, with_own, without_events

MONDAY = np.datetime64("2024-11-25")


def event(day: date, end: date | None = None, *, dimension: str = "deterrence", salience: int = 5) -> Event:
    return Event.model_validate(
        {
            "event_id": "e1", "date": day, "end_date": end, "kind": "other", "dimension": dimension,
            "actor": "somebody", "target": "somebody", "salience": salience,
        }
    )  # fmt: skip


def test_an_event_is_an_impulse_of_a_fifth_of_its_salience_in_its_week() -> None:
    made = from_events([event(date(2024, 12, 4), salience=4)], MONDAY, MONDAY + 3 * WEEK)
    assert made.names == ("deterrence", "pressure", "mobilisation", "ceasefire", "agreement", "ceasefire_verbal")
    np.testing.assert_allclose(made.array.sel(covariate="deterrence"), [0.0, 0.8, 0.0, 0.0])
    assert made.array.sum() == pytest.approx(0.8)


def test_a_ceasefire_is_the_share_of_the_week_in_force_however_many_overlap() -> None:
    truce = event(date(2024, 11, 27), date(2024, 12, 3), dimension="ceasefire")
    second = event(date(2024, 12, 2), dimension="ceasefire")
    made = from_events([truce, second], MONDAY, MONDAY + 2 * WEEK)
    np.testing.assert_allclose(made.array.sel(covariate="ceasefire"), [5 / 7, 2 / 7, 0.0])


def state(day: date, last: date | None = None, **cells: object) -> Event:
    row = {"event_id": "e1", "date": day, "end_date": last, "kind": "ceasefire", "actor": "A and B", "target": ""}
    return Event.model_validate(row | cells)


def test_ceasefires_of_other_parties_at_once_are_several() -> None:
    here, there = (state(date(2024, 11, 25), date(2024, 12, 1), target=name) for name in ("north", "south"))
    made = from_events([here, there], MONDAY, MONDAY + WEEK)
    np.testing.assert_allclose(made.array.sel(covariate="ceasefire"), [2.0, 0.0])


def test_each_type_of_ceasefire_is_a_driver_and_how_one_ended_an_impulse_of_the_day_after() -> None:
    truce = state(date(2024, 11, 11), date(2024, 12, 8), type="written", end="ran_out")
    short = state(date(2024, 11, 25), date(2024, 11, 29), type="holiday", end="ran_out")
    spoken = state(date(2024, 12, 2), date(2024, 12, 8), type="verbal")
    made = from_events([truce, spoken, short], MONDAY, MONDAY + 3 * WEEK)
    assert made.names[5:7] == ("ceasefire_verbal", "ceasefire_holiday")
    assert made.names[7:] == ("ceasefire_ran_out", "ceasefire_broken_off", "ceasefire_replaced")
    assert made.carried == (True, True, True, False, False, False, False, True, True, True)
    np.testing.assert_allclose(made.array.sel(covariate="ceasefire"), [1.0, 1.0, 0.0, 0.0])
    np.testing.assert_allclose(made.array.sel(covariate="ceasefire_verbal"), [0.0, 1.0, 0.0, 0.0])
    np.testing.assert_allclose(made.array.sel(covariate="ceasefire_ran_out"), [0.0, 0.0, 1.0, 0.0])
    assert made.array.sel(covariate="ceasefire_broken_off").sum() == 0


def test_a_ceasefire_of_unknown_end_fades_with_the_recorded_durations_and_a_declared_halt_holds() -> None:
    unknown = state(date(2024, 11, 25), type="written", end="unknown")
    halt = state(date(2024, 11, 27), kind="declared_halt")
    made = from_events([unknown, halt], MONDAY, MONDAY + 26 * WEEK)
    share = made.array.sel(covariate="ceasefire").to_numpy()
    assert share[0] == pytest.approx(2 ** (-3 / 7 / MEDIAN_DURATION), abs=1e-3)
    assert share[round(MEDIAN_DURATION)] == pytest.approx(share[0] / 2, rel=0.02)
    np.testing.assert_allclose(made.array.sel(covariate="declared_halt")[:3], [5 / 7, 1.0, 1.0])
    assert made.array.sel(covariate="declared_halt")[-1] == 1


def test_a_lasting_push_is_spread_over_its_days_and_keeps_its_size() -> None:
    made = from_events([event(date(2024, 11, 28), date(2024, 12, 5))], MONDAY, MONDAY + 2 * WEEK)
    np.testing.assert_allclose(made.array.sel(covariate="deterrence"), [0.5, 0.5, 0.0])


def test_events_outside_the_weeks_leave_nothing() -> None:
    made = from_events([event(date(2024, 11, 24)), event(date(2025, 1, 1))], MONDAY, MONDAY + 2 * WEEK)
    assert made.array.sum() == 0


@given(st.floats(0.3, 60), st.lists(st.floats(0, 3), min_size=1, max_size=20))
def test_carry_over_is_the_convolution_with_the_decay(half_life: float, impulses: list[float]) -> None:
    weeks = len(impulses)
    decay = 2.0 ** (-np.arange(weeks) / half_life)
    expected = np.convolve(impulses, decay)[:weeks]
    np.testing.assert_allclose(carry_over(np.array([impulses]), np.array([half_life]))[0], expected, atol=1e-12)


def test_a_state_is_not_carried_over() -> None:
    state = np.array([[0.0, 1.0, 0.5, 0.0]])
    np.testing.assert_array_equal(carry_over(state, np.array([np.nan])), state)


def test_the_last_weeks_hold_what_the_weeks_before_left() -> None:
    impulses, half_life = np.random.default_rng(1).random((2, 3, 9)), np.array([2.0, np.nan, 0.5])
    whole = carry_over(impulses, half_life)
    np.testing.assert_array_equal(carry_over(impulses, half_life, since=6), whole[..., 6:])


def test_no_events_are_no_covariates() -> None:
    assert without_events(MONDAY, MONDAY + WEEK).names == ()


def own_column(values: list[float], first: np.datetime64 = MONDAY) -> xr.DataArray:
    weeks = (first + WEEK * np.arange(len(values))).astype("datetime64[ns]")
    return xr.DataArray([values], {"covariate": ["fuel_price"], "week": weeks}, ("covariate", "week"))


def test_a_column_of_the_users_own_is_told_in_its_sd_and_stays_where_it_ended() -> None:
    events = from_events([], MONDAY, MONDAY + 5 * WEEK)
    joined = with_own(events, own_column([900.0, 10.0, 10.0, 40.0], MONDAY - WEEK), MONDAY)
    assert joined.names == (*events.names, "fuel_price")
    assert joined.carried == (*events.carried, False)
    np.testing.assert_allclose(joined.array[-1], np.array([-10, -10, 20, 20, 20, 20]) / np.sqrt(200))


def test_a_column_that_does_not_move_pushes_nothing() -> None:
    joined = with_own(from_events([], MONDAY, MONDAY + 3 * WEEK), own_column([7.0, 7.0]), MONDAY)
    assert joined.seen(MONDAY, MONDAY + 3 * WEEK).names == ()


def test_a_column_that_begins_too_late_is_an_error() -> None:
    with pytest.raises(InputError, match="from the first week of the counts on, 2024-11-18"):
        with_own(without_events(MONDAY - WEEK, MONDAY), own_column([1.0, 2.0]), MONDAY - WEEK)
