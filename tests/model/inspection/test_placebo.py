"""Placebo calendars: how they are turned, that the rule holds its level, and that an effect that is there is called."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.data.schema import InputError
from lull.model.fitting.covariates import Covariates
from lull.model.inspection.placebo import (
    SELDOM,
    PlaceboTest,
    placebo_test,
    share_as_far,
    shares_as_far,
    shifts_of,
    turned,
)
from lull.model.spec import ModelSpec, Priors, SamplerConfig

FIRST, WEEKS = np.datetime64("2022-01-03"), 80


def calendar(values: np.ndarray) -> Covariates:
    weeks = (FIRST + WEEK * np.arange(values.shape[1])).astype("datetime64[ns]")
    coords = {"covariate": ["pressure", "ceasefire"], "week": weeks}
    return Covariates(xr.DataArray(values, coords, ("covariate", "week")), (True, False))


@given(by=st.integers(0, 200))
def test_a_turned_calendar_has_the_same_events_together_and_leaves_the_schedule(by: int) -> None:
    values = np.random.default_rng(1).random((2, 30))
    made = turned(calendar(values), FIRST, FIRST + WEEK * 19, by=by).array.to_numpy()
    np.testing.assert_array_equal(made[:, 20:], values[:, 20:])
    np.testing.assert_array_equal(np.roll(made[:, :20], -by, axis=1), values[:, :20])


@given(weeks=st.integers(20, 300), placebos=st.integers(1, 400))
def test_calendars_differ_and_lie_round_the_weeks_alike_from_each_of_them(weeks: int, placebos: int) -> None:
    if placebos >= weeks:
        with pytest.raises(InputError, match=r"--placebo"):
            shifts_of(weeks, placebos)
        return
    gaps = np.diff([0, *shifts_of(weeks, placebos), weeks])
    assert gaps.min() >= 1
    assert gaps.max() - gaps.min() <= 1


def test_the_share_counts_the_real_calendar() -> None:
    assert share_as_far(np.array([3.0, 1.0, 2.0, 3.0, 4.0])) == 3 / 5
    assert share_as_far(np.array([9.0] + [0.0] * 19)) == 1 / 20


def test_an_effect_is_as_far_to_either_side_and_held_against_any_other() -> None:
    moved = np.zeros((40, 2))
    moved[0, 0], moved[1, 0], moved[2, 1] = 2.0, -2.0, 3.0  # the second effect of one calendar lies farther apart
    own, of_any = shares_as_far(moved)
    assert own[0, 0] == 2 / 40
    assert of_any[0, 0] == 3 / 40
    assert own[2, 1] == of_any[2, 1] == 1 / 40


@given(seed=st.integers(0, 10_000), calendars=st.integers(2, 60), effects=st.integers(1, 25))
def test_of_the_calendars_themselves_one_in_twenty_at_most_has_an_effect_called(
    seed: int, calendars: int, effects: int
) -> None:
    moved = np.random.default_rng(seed).standard_t(2, (calendars, effects)).round(1)
    _, of_any = shares_as_far(moved)
    assert (of_any <= SELDOM).any(axis=1).mean() <= SELDOM


def test_without_an_effect_any_is_called_in_one_record_of_twenty_though_effects_and_neighbours_move_together() -> None:
    rng, records, alone, called = np.random.default_rng(5), 200, 0, 0
    for _ in range(records):
        noise = rng.standard_normal((41, 21)) + rng.standard_normal((41, 1))
        smooth = sum(np.roll(noise, by, axis=0) for by in range(4))  # calendars a few weeks apart are much alike
        own, of_any = shares_as_far(smooth * np.geomspace(0.1, 10, 21))
        alone += bool((own[0] <= SELDOM).any())
        called += bool((of_any[0] <= SELDOM).any())
    error = np.sqrt(SELDOM * (1 - SELDOM) / records)
    assert called / records <= SELDOM + 2.5 * error
    assert alone / records > 6 * SELDOM  # each by its own calendars: what the correction is for


def record(rng: np.random.Generator, *, factor: float) -> tuple[WeeklyCounts, Covariates]:
    """Attacks that a ceasefire multiplies, over a level that wanders; what is called pressure does nothing."""
    values = np.zeros((2, WEEKS + 520))
    values[0, rng.choice(WEEKS, 8, replace=False)] = 1.0
    values[1, 10:18] = values[1, 55:63] = 1.0
    level = np.zeros(WEEKS)
    for week in range(1, WEEKS):
        level[week] = 0.8 * level[week - 1] + rng.normal(0, 0.3)
    mean = 20 * np.exp(level) * factor ** values[1, :WEEKS]
    counts = WeeklyCounts.from_arrays(rng.poisson(mean)[None].astype(float), series=["a"], first_week=FIRST)
    return counts, calendar(values)


def outcome(counts: WeeklyCounts, covariates: Covariates, *, seed: int, config: SamplerConfig) -> PlaceboTest:
    """The test with as many calendars as an effect needs to be called."""
    return placebo_test(
        counts,
        covariates,
        spec=ModelSpec(),
        priors=Priors(),
        placebos=19,
        seed=seed,
        progress=lambda *_: None,
        config=config,
    )


@pytest.mark.integration
def test_a_strong_effect_is_called_and_none_is_not() -> None:
    found = outcome(*record(np.random.default_rng(4), factor=0.2), seed=1, config=SamplerConfig(tune=200, draws=200))
    by = {(row.covariate, row.on): row for row in found.effects}
    assert by["ceasefire", "intensity"].called
    assert by["ceasefire", "intensity"].moved < by["ceasefire", "intensity"].placebo_moved
    assert not by["pressure", "intensity"].called
    assert found.false_calls <= SELDOM
    assert found.p == pytest.approx(1 / 20)


@pytest.mark.slow
def test_where_events_do_nothing_few_records_have_any_effect_called() -> None:
    """Each record is fitted anew under calendars of its own phase; six effects are looked at in each."""
    rng, records = np.random.default_rng(6), 20
    called = []
    for seed in range(records):
        counts, covariates = record(rng, factor=1.0)
        placed = turned(covariates, counts.weeks[0], counts.origin, by=int(rng.integers(WEEKS)))
        found = outcome(counts, placed, seed=seed, config=SamplerConfig(tune=150, draws=100))
        called.append([row.called for row in found.effects])
    assert np.mean(called) <= SELDOM
    assert np.any(called, axis=1).sum() <= 3  # of 20 where each has a chance of 1 in 20: more in 1 of 60
