"""The simulator of synthetic truth: limits where its equations are known in closed form, with sampling error."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lull.data.synthetic import Truth, carry_over, halt_hazard, resumption_hazard, simulate_counts, simulate_series

NEVER, SURELY = -50.0, 50.0  # logits
WEEKS = 4000
ALWAYS_ACTIVE = Truth(halt_intercept=NEVER, halt_level=0.0, initial_logit=SURELY, sigma=0.0)
NOTHING = np.zeros((0, WEEKS))


def test_the_same_seed_gives_the_same_series() -> None:
    one, other = (simulate_series(Truth(), NOTHING, weeks=WEEKS, rng=np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one.count, other.count)


def test_an_active_series_has_the_negative_binomial_moments() -> None:
    series = simulate_series(ALWAYS_ACTIVE, NOTHING, weeks=WEEKS, rng=np.random.default_rng(1))
    variance = 5.0 + 5.0**2 / 5.0
    assert series.active.all()
    assert abs(series.count.mean() - 5.0) < 4 * math.sqrt(variance / WEEKS)
    # the sd of a sample variance is var * sqrt((kurtosis - 1) / n); this shape's kurtosis is 3 + 6/5 + 1/10
    assert abs(series.count.var() - variance) < 4 * variance * math.sqrt(3.3 / WEEKS)


def test_a_halted_series_only_leaks() -> None:
    truth = Truth(initial_logit=NEVER, resumption_intercept=NEVER, leak=0.05)
    series = simulate_series(truth, NOTHING, weeks=WEEKS, rng=np.random.default_rng(2))
    assert not series.active.any()
    assert (series.level == 0).all()
    assert abs(series.count.mean() - 0.05) < 4 * math.sqrt(0.05 / WEEKS)


def test_the_share_of_active_weeks_is_that_of_the_two_hazards() -> None:
    truth = replace(ALWAYS_ACTIVE, halt_intercept=math.log(0.1 / 0.9), resumption_intercept=0.0, resumption_aging=0.0)
    series = simulate_series(truth, NOTHING, weeks=WEEKS, rng=np.random.default_rng(3))
    # stationary share .5 / (.1 + .5); weeks are correlated by (1 - .1 - .5) = .4, so n counts for n * .6 / 1.4
    share = 0.5 / 0.6
    assert abs(series.active.mean() - share) < 4 * math.sqrt(share * (1 - share) / (WEEKS * 0.6 / 1.4))


def test_the_level_moves_by_sigma_and_drifts_so_that_its_exponential_does_not() -> None:
    truth = replace(ALWAYS_ACTIVE, sigma=0.2, intercept=-5.0)
    steps = np.diff(simulate_series(truth, NOTHING, weeks=WEEKS, rng=np.random.default_rng(4)).level)
    assert abs(steps.mean() + 0.02) < 4 * 0.2 / math.sqrt(WEEKS)
    assert abs(steps.std() - 0.2) < 4 * 0.2 / math.sqrt(2 * WEEKS)


def test_the_level_stands_still_while_halted() -> None:
    series = simulate_series(Truth(), NOTHING, weeks=WEEKS, rng=np.random.default_rng(5))
    halted = ~series.active[1:]
    assert halted.any()
    assert (np.diff(series.level)[halted] == 0).all()


@pytest.mark.parametrize(("effect", "ratio"), [(0.5, math.exp(0.5)), (-0.5, math.exp(-0.5))])
def test_an_effect_multiplies_the_intensity(effect: float, ratio: float) -> None:
    covariate = np.tile([0.0, 1.0], WEEKS // 2)[None]
    truth = replace(ALWAYS_ACTIVE, effect=(effect,), halt_effect=(0.0,), resumption_effect=(0.0,))
    series = simulate_series(truth, covariate, weeks=WEEKS, rng=np.random.default_rng(6))
    np.testing.assert_allclose(np.exp(series.log_intensity[1::2] - series.log_intensity[::2]), ratio)


def test_hazards_fall_with_intensity_and_with_silence() -> None:
    truth = Truth()
    nothing = np.zeros(0)
    assert halt_hazard(truth, 0.0, nothing) == pytest.approx(1 / (1 + math.exp(3.0)))
    assert halt_hazard(truth, 2.0, nothing) == pytest.approx(1 / (1 + math.exp(3.0 + 2 * 0.65)))
    assert resumption_hazard(truth, 9, nothing) == pytest.approx(1 / (1 + math.exp(0.4 + 0.55 * math.log(10))))


def test_an_impulse_halves_in_a_half_life() -> None:
    carried = carry_over(np.array([0.0, 1.0, 0.0, 0.0, 0.0]), half_life=2.0)
    np.testing.assert_allclose(carried, [0.0, 1.0, 2**-0.5, 0.5, 2**-1.5])


def test_simulated_counts_are_labelled_and_keep_their_truth() -> None:
    truths = {"a": Truth(), "b": Truth(leak=0.0)}
    counts, behind = simulate_counts(
        truths, NOTHING[:, :60], first_week=np.datetime64("2024-01-01"), rng=np.random.default_rng(8)
    )
    assert counts.series == ("a", "b")
    assert behind["b"].truth == truths["b"]
    np.testing.assert_array_equal(counts.array[0, 1], behind["b"].count)


def test_a_pause_takes_from_the_level_what_the_equation_says() -> None:
    truth = Truth(intercept=math.log(20.0), sigma=0.0, return_sd=0.0, halt_intercept=0.0, resumption_intercept=-1.0)
    series = simulate_series(replace(truth, leak=0.0), NOTHING, weeks=WEEKS, rng=np.random.default_rng(8))
    returns = np.flatnonzero(series.active[1:] & ~series.active[:-1]) + 1
    attacked = np.flatnonzero(series.count > 0)
    checked = 0
    for week in returns[returns > attacked[0]]:
        last = attacked[attacked < week][-1]
        above = max(series.level[last] + truth.intercept - math.log(truth.return_rate), 0.0)
        kept = 1 / (1 + ((week - last - 1) / truth.return_half_life) ** 4)
        assert series.level[week] == pytest.approx(series.level[last] - (1 - kept) * above)
        checked += 1
    assert checked > 10


def test_a_false_positive_does_not_end_a_silence_ahead() -> None:
    """Nor does a pause with many of them ever become young again: it ends as rarely as one without."""
    truth = Truth(initial_logit=NEVER, resumption_intercept=-2.0, resumption_aging=1.5, leak=3.0)
    ended = np.zeros((25, 2))
    for seed in range(25):
        for at, start in enumerate((0, WEEKS)):
            begun = replace(truth, ahead_from=start)
            series = simulate_series(begun, NOTHING, weeks=WEEKS, rng=np.random.default_rng(seed))
            ended[seed, at] = series.active[:20].any()
    ahead, fitted = ended.mean(axis=0)
    assert ahead < fitted - 0.3
