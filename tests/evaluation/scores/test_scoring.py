"""The scores, against cases by hand, limits and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import nbinom, poisson

from lull.evaluation.scores.likelihood import by_share, exact
from lull.evaluation.scores.metrics import HAPPENED, LEVEL, STATE, STATED, is_log_score, is_loss
from lull.evaluation.scores.predictive import Predictive
from lull.evaluation.scores.scoring import (
    ALPHAS,
    COIN,
    GUARD,
    crps,
    expected_coverage,
    log_score,
    pit_bounds,
    score_cell,
    weighted_interval_score,
)

PATHS = arrays.arrays(np.int64, st.tuples(st.integers(1, 30), st.just(4)), elements=st.integers(0, 40))
TRUTH = arrays.arrays(np.float64, 4, elements=st.one_of(st.integers(0, 40).map(float), st.just(np.nan)))


def scored(paths: np.ndarray, truth: list[float], *, silent_weeks: int = 0) -> dict[tuple[int, str], float]:
    scores = score_cell(Predictive(paths), np.array(truth, float), silent_weeks=silent_weeks)
    return {(score.horizon, score.metric): score.value for score in scores}


def test_one_week_by_hand() -> None:
    scores = scored(np.array([[0], [1], [1], [4]]), [1])
    # mean |X - 1| = 1; the six pairs differ by 1, 1, 4, 0, 3, 3: 12 / (4 * 3)
    assert scores[1, "crps"] == pytest.approx(1 - 12 / 12)
    assert (scores[1, "pit_low"], scores[1, "pit_high"]) == (0.25, 0.75)
    assert scores[1, "coverage_50"] == pytest.approx(1)
    assert scores[1, "interval_score_50"] == pytest.approx(1)  # from 0 to 1, and inside
    assert scores[1, "interval_score_90"] == pytest.approx(4)  # from 0 to 4
    guard = nbinom.pmf(1, 1.55**2 / (2.25 + 1.55**2 - 2.25), 1 / (1 + 1.55))  # geometric: the larger variance
    # half of four draws: squared relative error (1 / .5 - 1) / 3, of which the guard has none
    given = (1 - GUARD) * 0.5 + GUARD * guard
    expected = -np.log(given) - ((1 - GUARD) * 0.5 / given) ** 2 / 3 / 2
    assert scores[1, "log_score"] == pytest.approx(expected)


def test_the_weighted_interval_score_by_hand() -> None:
    scores = scored(np.full((3, 1), 4), [6])  # all quantiles are 4: every part is the absolute error 2
    assert scores[1, "wis"] == pytest.approx(2)


def test_windows_by_hand() -> None:
    scores = scored(np.array([[0, 0, 0, 0], [0, 0, 0, 2]]), [0, 0, 0, 1], silent_weeks=6)
    assert scores[4, "total_crps"] == pytest.approx(1 - 2 / 2)  # |0 - 1| and |2 - 1|; the one pair differs by 2
    assert scores[4, "any_attack_brier"] == pytest.approx((1 - 1.5 / 3) ** 2)
    assert scores[4, "resumption_log"] == pytest.approx(-np.log(0.5))
    assert scores[0, STATE] == 6
    assert (scores[4, STATED], scores[4, HAPPENED]) == (0.5, 1)
    assert scores[4, "total_coverage_50"] == 1  # between the draws: F is one half on both sides


def test_a_perfect_forecast_loses_nothing() -> None:
    scores = scored(np.tile([3, 0, 5, 1], (1000, 1)), [3, 0, 5, 1])
    for (_, metric), value in scores.items():
        if is_loss(metric) and not is_log_score(metric):
            assert value == pytest.approx(0, abs=1e-6), metric
    assert max(value for (_, metric), value in scores.items() if is_log_score(metric)) < -np.log(1 - GUARD)


def test_all_zero_truth_and_forecast() -> None:
    scores = scored(np.zeros((1000, 12), int), [0] * 12, silent_weeks=9)
    assert all(np.isfinite(value) for value in scores.values())
    assert scores[7, "crps"] == 0
    assert scores[7, "inclusion_50"] == 1
    assert scores[7, "coverage_50"] == pytest.approx(0.5)  # a sure and true forecast is calibrated
    assert scores[12, "resumption_log"] < 0.002


def test_a_forecast_of_zeros_that_fails_has_finite_scores() -> None:
    scores = score_cell(Predictive(np.zeros((9, 4), int), np.zeros(4)), np.full(4, 1000.0), silent_weeks=0)
    assert all(np.isfinite(score.value) for score in scores)
    assert max(score.value for score in scores if score.metric == "any_attack_log") == pytest.approx(-np.log(COIN / 2))


def test_one_draw_is_scored_by_its_absolute_error() -> None:
    scores = scored(np.array([[4, 0, 0, 1]]), [1, 0, 0, 0])
    assert (scores[1, "crps"], scores[1, "wis"], scores[4, "total_crps"]) == (3, pytest.approx(3), 4)


def test_without_any_truth_there_are_no_rows() -> None:
    assert score_cell(Predictive(np.ones((5, 4), int)), np.full(4, np.nan), silent_weeks=7) == []


def test_a_window_with_a_missing_week_is_scored_only_on_what_has_happened() -> None:
    quiet = scored(np.ones((5, 4), int), [0, np.nan, 0, 0])
    struck = scored(np.ones((5, 4), int), [0, np.nan, 2, 0])
    assert (2, "crps") not in quiet
    assert {metric for horizon, metric in quiet if horizon == 4} & {"any_attack_brier", "total_crps"} == set()
    assert (4, "any_attack_brier") in struck
    assert (4, "total_crps") not in struck
    assert (4, STATED) not in struck  # chosen because an attack came, so no fair sample of chances


@pytest.mark.parametrize(("silent_weeks", "asked"), [(3, set()), (4, {4, 8, 12, 26})])
def test_a_resumption_needs_a_silence_of_four_weeks(silent_weeks: int, asked: set[int]) -> None:
    scores = scored(np.ones((5, 26), int), [0] * 26, silent_weeks=silent_weeks)
    assert {horizon for horizon, metric in scores if metric == "resumption_brier"} == asked


def test_a_forecast_of_events_only_is_scored_on_events_only() -> None:
    predictive = Predictive(np.empty((0, 4), int), np.full(4, 0.3))
    metrics = {score.metric for score in score_cell(predictive, np.zeros(4), silent_weeks=0)}
    assert metrics == {STATE, LEVEL, "any_attack_brier", "any_attack_log", STATED, HAPPENED}


@given(PATHS, TRUTH, st.integers(0, 9))
def test_the_order_of_draws_is_nothing(paths: np.ndarray, truth: np.ndarray, silent_weeks: int) -> None:
    there, back = (score_cell(Predictive(one), truth, silent_weeks=silent_weeks) for one in (paths, paths[::-1]))
    assert [score[:2] for score in there] == [score[:2] for score in back]
    np.testing.assert_allclose([score.value for score in there], [score.value for score in back], atol=1e-9)


@given(PATHS.filter(lambda paths: len(paths) > 1), TRUTH)
def test_the_crps_is_the_fair_estimator_of_the_library(paths: np.ndarray, truth: np.ndarray) -> None:
    draws = np.sort(paths, axis=0).astype(float)
    import scoringrules  # noqa: PLC0415 - compiles when it is imported: not while tests are collected

    fair = scoringrules.crps_ensemble(truth, draws, m_axis=0, estimator="fair", backend="numpy")
    np.testing.assert_allclose(crps(draws, truth), fair, atol=1e-9)
    spread = np.ptp(draws, axis=0) / (len(draws) - 1)  # it falls below 0 by what the correction adds, no more
    assert (np.nan_to_num(fair) >= -spread - 1e-9).all()


def test_the_weighted_interval_score_is_that_of_the_library() -> None:
    import scoringrules  # noqa: PLC0415 - as above

    rng = np.random.default_rng(3)
    draws, truth = np.sort(rng.poisson(6, (200, 5)), axis=0).astype(float), rng.poisson(8, 5).astype(float)
    levels = np.concatenate([ALPHAS / 2, [0.5], 1 - ALPHAS / 2])
    lower, median, upper = np.split(np.quantile(draws, levels, axis=0, method="inverted_cdf").T, [11, 12], axis=1)
    theirs = scoringrules.weighted_interval_score(truth, median[:, 0], lower, upper, ALPHAS, backend="numba")
    np.testing.assert_allclose(weighted_interval_score(draws, truth), theirs)


@given(PATHS, st.lists(st.integers(0, 40), min_size=4, max_size=4))
def test_coverage_lies_between_0_and_1_and_grows_with_the_level(paths: np.ndarray, truth: list[int]) -> None:
    low, high = pit_bounds(paths, np.array(truth))
    narrow, wide = (expected_coverage(low, high, level=level) for level in (0.5, 0.9))
    assert (narrow >= 0).all()
    assert (narrow <= wide + 1e-12).all()
    assert (wide <= 1 + 1e-12).all()


@pytest.mark.parametrize("mean", [0.2, 3.0])
@pytest.mark.parametrize("level", [0.5, 0.9])
def test_a_true_forecast_has_nominal_coverage(mean: float, level: float) -> None:
    counts = np.arange(60)
    below, at = poisson.cdf(counts - 1, mean), poisson.cdf(counts, mean)
    expected = (poisson.pmf(counts, mean) * expected_coverage(below, at, level=level)).sum()
    assert expected == pytest.approx(level, abs=1e-9)


@given(PATHS)
def test_the_probabilities_behind_the_log_score_sum_to_one(paths: np.ndarray) -> None:
    counts = np.arange(5000.0)
    draws = np.repeat(np.sort(paths[:, :1], axis=0), counts.size, axis=1).astype(float)
    given = exact(by_share(paths[:, :1])(counts).log)
    assert np.exp(-log_score(draws, counts, given)["log_score"]).sum() == pytest.approx(1, abs=1e-3)
