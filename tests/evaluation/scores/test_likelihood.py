"""The log score of a forecast is that of its law: neither the number of draws nor pooling with its like changes it."""

import numpy as np
import pytest
from scipy.stats import nbinom

from lull.evaluation.forecasters.baselines import BASELINES, absent_baselines
from lull.evaluation.scores import likelihood
from lull.evaluation.scores.likelihood import Likelihood, averaged, by_share, exact, mixed
from lull.evaluation.scores.predictive import Predictive, pooled
from lull.evaluation.scores.scoring import score_cell
from lull.model.hurdle.benchmark import shipped

SIZE, WEEKS = 15.0, 12
WITH_COUNTS = sorted(BASELINES.keys() - {"persistence", "hazard_by_age"})


def history_of(mean: float, *, weeks: int = 150, seed: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).negative_binomial(SIZE, SIZE / (SIZE + mean), weeks).astype(float)


def log_score(predictive: Predictive, truth: np.ndarray) -> float:
    scores = score_cell(predictive, truth, silent_weeks=0)
    return float(np.mean([score.value for score in scores if score.metric == "log_score"]))


def truths(mean: float) -> np.ndarray:
    return np.stack([history_of(mean, weeks=WEEKS, seed=100 + place) for place in range(25)])


def forecast(name: str, mean: float, *, draws: int, seed: int) -> Predictive:
    rng = np.random.default_rng(seed)
    return BASELINES[name](history_of(mean), horizon=WEEKS, draws=draws, rng=rng)


@pytest.mark.integration
@pytest.mark.parametrize("mean", [5, 50, 300])
@pytest.mark.parametrize("name", ["ewma_negative_binomial", "ingarch", "negative_binomial_52"])
def test_pooling_two_identical_forecasters_gains_nothing(name: str, mean: float) -> None:
    one, other = (forecast(name, mean, draws=400, seed=seed) for seed in (1, 2))
    pool = pooled([one, other], [1, 1])
    gains = [(log_score(one, t) + log_score(other, t)) / 2 - log_score(pool, t) for t in truths(mean)]
    assert abs(np.mean(gains)) < 0.002


@pytest.mark.integration
@pytest.mark.parametrize("mean", [5, 50, 300])
@pytest.mark.parametrize("name", ["ewma_negative_binomial", "ingarch", "negative_binomial_52"])
def test_the_number_of_draws_decides_nothing(name: str, mean: float) -> None:
    few = [forecast(name, mean, draws=500, seed=seed) for seed in range(6)]
    many = forecast(name, mean, draws=5000, seed=9)
    differences = [np.mean([log_score(one, t) for one in few]) - log_score(many, t) for t in truths(mean)]
    assert abs(np.mean(differences)) < 0.005


@pytest.mark.integration
def test_nor_does_it_of_the_hurdle_on_many_series() -> None:
    companion, differences = shipped(), []
    for seed, mean in enumerate([5.0, 50.0, 300.0] * 20):
        history, truth = history_of(mean, seed=seed), history_of(mean, weeks=WEEKS, seed=1000 + seed)
        few, many = (companion.forecast(history, horizon=WEEKS, draws=draws, seed=seed)[0] for draws in (500, 5000))
        logs = [averaged(companion.log_pmf(history, paths, truth)).log_unbiased for paths in (few, many)]
        differences.append(np.mean(logs[0] - logs[1]))
    assert abs(np.mean(differences)) < 0.005


@pytest.mark.integration
@pytest.mark.parametrize("mean", [0.3, 40.0])
@pytest.mark.parametrize("name", WITH_COUNTS)
def test_the_law_of_each_week_is_that_of_the_paths(name: str, mean: float) -> None:
    if name in absent_baselines():
        pytest.skip("statsforecast is not installed")
    predictive = forecast(name, mean, draws=20_000, seed=3)
    for count in np.unique(np.quantile(predictive.paths, [0.05, 0.3, 0.6, 0.95]).astype(int)):
        observed = np.full(WEEKS, float(count))
        said = predictive.likelihood(observed)
        share = np.exp(by_share(predictive.paths)(observed).log)
        error = np.sqrt(share * (1 - share) / 20_000) + np.exp(said.log) * np.sqrt(said.error)
        np.testing.assert_array_less(np.abs(np.exp(said.log) - share), 5 * error + 1e-3)


def test_what_the_average_takes_off_the_log_is_given_back() -> None:
    rng = np.random.default_rng(2)
    rates = rng.gamma(2.0, 10.0, (4000, 25))  # 4,000 forecasts of 25 draws, each a Poisson mean
    truth = np.log(nbinom.pmf(12, 2.0, 1 / 11))
    said = averaged(12 * np.log(rates.T) - rates.T - np.log(np.arange(1, 13)).sum())
    taken = truth - said.log.mean()
    assert taken > 0.02
    assert abs(truth - said.log_unbiased.mean()) < taken / 4


def test_shares_of_draws_are_corrected_too() -> None:
    rng = np.random.default_rng(6)
    logs = [by_share(rng.poisson(3.0, (200, 400)))(np.full(400, 3.0)).log_unbiased.mean() for _ in range(20)]
    assert np.mean(logs) == pytest.approx(np.log(0.22404), abs=0.001)  # uncorrected .0087 less


def test_a_mixture_has_the_mean_of_the_probabilities_and_less_error() -> None:
    half, tenth = (Likelihood(np.log([p]), np.array([0.04])) for p in (0.5, 0.1))
    both = mixed([half, tenth], [0.5, 0.5])
    np.testing.assert_allclose(np.exp(both.log), [0.3])
    np.testing.assert_allclose(both.error, [0.04 * ((0.25 / 0.3) ** 2 + (0.05 / 0.3) ** 2)])


def test_what_no_draw_holds_has_no_probability_and_no_error() -> None:
    said = by_share(np.zeros((9, 2), np.int64))(np.array([0.0, 4.0]))
    np.testing.assert_array_equal(said.log, [0.0, -np.inf])
    np.testing.assert_allclose(said.error, [0.0, 0.0], atol=1e-12)
    never = exact(np.array([-np.inf]))
    assert mixed([never, never], [0.5, 0.5]).log[0] == -np.inf
    assert likelihood.resampled(np.array([1, 1, 2]))(np.array([1.0])).log[0] == pytest.approx(np.log(2 / 3))
