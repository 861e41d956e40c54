"""Bets against a forecaster: fair if it is right, at any moment, and rewarded if it is wrong."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.evaluation.scores.betting import (
    THRESHOLD,
    chance_alternatives,
    chance_factors,
    coverage_alternatives,
    coverage_factors,
    power,
)

LEVELS = (0.9, 0.5)


@pytest.mark.parametrize("level", LEVELS)
def test_a_bet_on_a_coverage_is_fair_whatever_the_law_of_what_is_held(level: float) -> None:
    """Any law on 0..1 with the stated mean: here of two points, and every mixture of such laws has the same mean."""
    for low, high in itertools.product(np.linspace(0, level, 7)[:-1], np.linspace(level, 1, 7)[1:]):
        weight = (level - low) / (high - low)
        factors = coverage_factors(np.array([low, high]), level)
        assert (1 - weight) * factors[0] + weight * factors[1] == pytest.approx(1)
        assert (factors > 0).all()


@given(st.floats(0, 1))
def test_a_bet_on_a_chance_gains_nothing_if_the_chance_is_right(chance: float) -> None:
    struck, quiet = chance_factors(np.array([chance, chance]), np.array([1.0, 0.0]))
    mean = chance * struck + (1 - chance) * quiet
    assert (mean <= 1 + 1e-9).all()
    if 0.001 < chance < 0.999:
        assert mean == pytest.approx(1)


@pytest.mark.parametrize("alternatives", [*map(coverage_alternatives, LEVELS), chance_alternatives()])
def test_the_whole_capital_is_divided(alternatives: object) -> None:
    assert alternatives.shares.sum() == pytest.approx(1)  # type: ignore[attr-defined]
    assert (alternatives.shares > 0).all()  # type: ignore[attr-defined]
    assert len(alternatives.shares) == len(alternatives.faults)  # type: ignore[attr-defined]


def test_the_capital_is_the_mixture_of_likelihood_ratios_by_hand() -> None:
    alternatives = coverage_alternatives(0.5)
    factors = coverage_factors(np.array([1.0, 0.0, 0.0]), 0.5)
    ratio = sum(
        share * (other / 0.5) * ((1 - other) / 0.5) ** 2
        for share, other in zip(alternatives.shares, (factors[0] / 2).tolist(), strict=True)
    )
    assert np.exp(alternatives.capital(np.log(factors))[-1]) == pytest.approx(ratio)


@pytest.mark.parametrize(("held", "fault"), [(0.6, "too narrow"), (0.99, "too wide")])
def test_the_fault_is_the_one_that_was_bet_on(held: float, fault: str) -> None:
    outcomes = (np.arange(200) < 200 * held).astype(float)
    assert coverage_alternatives(0.9).fault(np.log(coverage_factors(outcomes, 0.9))) == fault


@pytest.mark.parametrize(
    ("stated", "came", "fault"),
    [(0.6, 0.2, "too high"), (0.2, 0.6, "too low"), (None, None, "too sure"), (None, 1.0, "too timid")],
)
def test_the_fault_of_chances_is_named(stated: float | None, came: float | None, fault: str) -> None:
    number = np.arange(100)
    chances = np.full(100, stated) if stated is not None else np.where(number % 2, 0.95, 0.05)
    if stated is not None:
        happened = (number < 100 * (came or 0.0)).astype(float)
    elif fault == "too sure":  # .05 and .95 stated, .3 and .7 came
        happened = np.where(number % 2, number % 20 < 14, number % 20 < 6).astype(float)
    else:  # .25 and .75 stated, all and none came
        chances, happened = np.where(number % 2, 0.75, 0.25), (number % 2).astype(float)
    assert chance_alternatives().fault(np.log(chance_factors(chances, happened))) == fault


def test_power_is_the_share_of_records_that_are_found_out() -> None:
    """The exact distribution against 4,000 simulated records of 40 forecasts."""
    rng = np.random.default_rng(5)
    alternatives = coverage_alternatives(0.9)
    hits = (rng.random((4000, 40)) < 0.75).astype(float)
    found = [alternatives.capital(np.log(coverage_factors(record, 0.9))).max() >= np.log(THRESHOLD) for record in hits]
    assert power(0.9, 0.75, 40)[-1] == pytest.approx(np.mean(found), abs=4 * 0.5 / np.sqrt(4000))


@pytest.mark.parametrize("level", LEVELS)
def test_a_right_forecast_is_contradicted_in_fewer_than_one_record_of_twenty_however_long_one_looks(
    level: float,
) -> None:
    looked = power(level, level, 600)
    assert looked[-1] < 1 / THRESHOLD
    assert (np.diff(looked) >= 0).all()


def test_the_power_of_60_forecasts_whose_90_per_cent_intervals_hold_75_per_cent() -> None:
    """All weeks of a forecast a hit or a miss together: an exact test of 60 that is looked at once finds .86."""
    assert 0.74 < power(0.9, 0.75, 60)[-1] < 0.86
    assert power(0.9, 0.75, 120)[-1] > 0.95
    assert power(0.9, 0.0, 4)[-1] == 1
