"""Paired differences: laws of subtraction, and what is never subtracted."""

from dataclasses import replace

import numpy as np
import pytest
from arviz_stats.base import array_stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lull.model.forward.prior_state import ALL_OF_THE_LIBRARY, prior_state
from lull.scenarios.engine.contrast import (
    Contrast,
    any_attack,
    central_interval,
    cumulated,
    expected_shortfall,
    mc_error,
    paired_difference,
    resumption,
    weekly,
)
from lull.scenarios.engine.projection import project_all
from lull.scenarios.language.scenario_files import library

STATE = prior_state(("israel", "us_forces"), draws=200, horizon=8, seed=1, covariates=ALL_OF_THE_LIBRARY)
PROJECTIONS = project_all(library(), STATE, seed=4)
BASE = PROJECTIONS[0]
BY_ID = {projection.scenario_id: projection for projection in PROJECTIONS}


def test_the_baseline_differs_from_itself_by_nothing() -> None:
    same = Contrast(BASE, BASE)
    for quantity in (weekly, cumulated, any_attack, resumption):
        found = same.difference(quantity)
        assert not np.any([found.mean, found.low, found.high, found.mc_error])
    assert same.departs is None
    assert (same.p_above(weekly) == 0).all()


def test_a_contrast_is_the_difference_of_means_with_the_error_of_pairs() -> None:
    contrast = Contrast(BY_ID["ceasefire-collapses"], BASE)
    found = contrast.difference(cumulated)
    means = [projection.paths.cumulated.mean(axis=0) for projection in (contrast.scenario, BASE)]
    np.testing.assert_allclose(found.mean, means[0] - means[1])
    np.testing.assert_allclose(contrast.ratio(cumulated), means[0] / means[1])
    unpaired = np.hypot(mc_error(contrast.scenario.paths.cumulated), mc_error(BASE.paths.cumulated))
    assert (found.mc_error < unpaired).all()
    assert (found.low <= found.high).all()


def test_a_contrast_says_when_it_departs_and_how_much_earlier_it_comes() -> None:
    contrast = Contrast(BY_ID["ceasefire-collapses"], BASE)
    assert contrast.departs == 2
    by = [projection.resumption for projection in (contrast.scenario, BASE)]
    weeks = [9 - chances.sum(axis=-1).mean(axis=0) for chances in by]  # mean week, 9 where not by the eighth
    np.testing.assert_allclose(contrast.weeks_earlier(resumption), weeks[1] - weeks[0])


@pytest.mark.parametrize("key", ["run_id", "seed", "series", "origin", "horizon"])
def test_what_is_not_paired_is_never_subtracted(key: str) -> None:
    states = {
        "run_id": replace(STATE, run_id="another"),
        "series": STATE.select(["us_forces", "israel"]),
        "origin": replace(STATE, origin=np.datetime64("2024-12-16")),
        "horizon": STATE.up_to(7),
    }
    other = project_all([], states.get(key, STATE), seed=5 if key == "seed" else 4)[0]
    with pytest.raises(ValueError, match=f"not paired: {key}"):
        Contrast(other, BASE)


def test_a_ratio_to_nothing_is_not_a_number() -> None:
    silent = replace(BASE, paths=replace(BASE.paths, count=np.zeros_like(BASE.paths.count)))
    assert np.isnan(Contrast(BASE, silent).ratio(weekly)).all()


def test_the_error_of_a_mean_knows_chains_and_their_memory() -> None:
    """Batches against ArviZ's effective sample size, and against truth where draws have no memory."""
    rng = np.random.default_rng(3)
    chains, draws, memory = 4, 2000, 0.9
    noise = rng.normal(size=(chains, draws, 40))
    values = np.empty_like(noise)
    values[:, 0] = noise[:, 0] / np.sqrt(1 - memory**2)
    for draw in range(1, draws):
        values[:, draw] = memory * values[:, draw - 1] + noise[:, draw]
    found = mc_error(values.reshape(-1, 40), chains=chains)
    expected = array_stats.mcse(values, chain_axis=0, draw_axis=1, method="mean")
    assert np.mean(found / expected) == pytest.approx(1.0, abs=0.1)  # one has a scatter of 1 / sqrt(2 * 31) = 13 %
    alone = mc_error(noise.reshape(-1, 40), chains=chains)
    assert alone.mean() == pytest.approx(1 / np.sqrt(chains * draws), rel=0.08)


def test_the_error_of_few_draws_is_that_of_independent_ones() -> None:
    few = np.arange(10.0)
    assert mc_error(few) == pytest.approx(few.std(ddof=1) / np.sqrt(10))
    assert mc_error(few[:1]) == 0
    assert (mc_error(np.ones((400, 3)), chains=4) == 0).all()


values = arrays.arrays(np.float64, st.integers(1, 50), elements=st.floats(-1e6, 1e6))


@given(values, st.floats(0.01, 1.0))
def test_a_shortfall_lies_between_the_mean_and_the_worst(draws: np.ndarray, tail: float) -> None:
    found = expected_shortfall(draws, tail=tail)
    assert draws.mean() - 1e-6 <= found <= draws.max() + 1e-6


def test_a_shortfall_is_the_mean_of_the_tail() -> None:
    draws = np.arange(10.0)[::-1, None] * [1.0, 2.0]
    np.testing.assert_allclose(expected_shortfall(draws, tail=0.2), [8.5, 17.0])
    np.testing.assert_allclose(expected_shortfall(draws, tail=0.25), [(9 + 8 + 3.5) / 2.5, (18 + 16 + 7) / 2.5])
    np.testing.assert_allclose(expected_shortfall(draws, tail=1.0), draws.mean(axis=0))


def test_a_shortfall_refuses_what_it_would_hide() -> None:
    with pytest.raises(ValueError, match="finite"):
        expected_shortfall([1.0, np.nan], tail=0.5)
    for tail in (0.0, 1.5):
        with pytest.raises(ValueError, match="tail"):
            expected_shortfall([1.0], tail=tail)


tables = arrays.arrays(np.float64, st.tuples(st.integers(1, 40), st.just(3)), elements=st.floats(-1e3, 1e3))


@given(tables, st.floats(0.0, 1.0))
def test_a_central_interval_is_that_of_quantiles(draws: np.ndarray, interval: float) -> None:
    expected = np.quantile(draws, [(1 - interval) / 2, (1 + interval) / 2], axis=0)
    np.testing.assert_allclose(central_interval(draws, interval), expected, atol=1e-9)


def test_an_interval_of_differences_is_that_of_the_draws() -> None:
    found = paired_difference(np.arange(101.0) + 5.0, np.full(101, 5.0), interval=0.5)
    assert (found.low, found.mean, found.high) == (25.0, 50.0, 75.0)
