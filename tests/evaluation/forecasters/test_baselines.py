"""The baselines: full predictive distributions, whatever the history."""

import numpy as np
import pytest
from scipy.special import expit

from lull.data.schema import InputError
from lull.evaluation.forecasters import baselines
from lull.evaluation.forecasters.baselines import BASELINES, FOREIGN, absent_baselines
from lull.evaluation.forecasters.ingarch import fit_ingarch
from lull.evaluation.scores.predictive import Predictive

EVENTS_ONLY = {"persistence", "hazard_by_age"}
HISTORIES = {
    "short": [3.0, 0, 1, 5, 2, 0, 0, 4],
    "all zero": [0.0] * 60,
    "one week": [2.0],
    "with missing weeks": [np.nan, 4, 0, np.nan, 2, 7, 1, 0, 3, np.nan],
    "silent": [5.0] * 60 + [0.0] * 40,
    "dense": [40.0, 55, 38, 60, 47] * 30,
}


def forecast(name: str, history: list[float], *, draws: int = 400, seed: int = 1) -> Predictive:
    if name in absent_baselines():
        pytest.skip("statsforecast is not installed")
    return BASELINES[name](np.array(history), horizon=12, draws=draws, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
@pytest.mark.parametrize("name", BASELINES)
def test_each_history_gets_a_whole_distribution(name: str, history: list[float]) -> None:
    predictive = forecast(name, history)
    assert predictive.paths.shape == ((0 if name in EVENTS_ONLY else 400), 12)
    assert predictive.paths.max(initial=0) < 20 * max(np.nanmax(history), 20)
    chance = predictive.attack_chance()
    assert ((chance >= 0) & (chance <= 1)).all()


@pytest.mark.parametrize("name", BASELINES)
def test_the_same_seed_gives_the_same_forecast(name: str) -> None:
    one, other = (forecast(name, HISTORIES["short"], seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.paths, other.paths)
    np.testing.assert_array_equal(one.attack_chance(), other.attack_chance())


@pytest.mark.parametrize("name", sorted(BASELINES.keys() - {"all_zero"} - EVENTS_ONLY))
def test_a_steady_series_is_forecast_at_its_mean(name: str) -> None:
    rng = np.random.default_rng(8)
    history = rng.poisson(30, 150).astype(float)
    history[-1] = 30
    mean = forecast(name, history.tolist(), draws=2000).paths.mean()
    assert mean == pytest.approx(30, rel=0.12)  # 13 weeks of Poisson counts: a standard error of 5 %


@pytest.mark.parametrize("name", sorted(BASELINES.keys() - {"all_zero"}))
def test_an_attack_is_likelier_after_attacks_than_after_a_long_silence(name: str) -> None:
    silent, active = (forecast(name, one).attack_chance()[7] for one in ([2.0] * 80 + [0.0] * 60, [2.0] * 140))
    assert silent < active


def test_climatology_draws_from_the_last_known_weeks_only() -> None:
    paths = forecast("climatology_13", [9.0] * 40 + [np.nan] * 3 + [1.0, 2.0] * 6 + [np.nan, 1.0]).paths
    assert set(np.unique(paths)) == {1, 2}


def test_the_recorded_hazard_by_hand() -> None:
    chance = forecast("hazard_by_age", [2.0] * 30 + [0.0] * 3).attack_chance()
    log_rate = np.log(2)
    hazards = expit([-0.10 - 0.81 * np.log(1 + a) + 0.38 * log_rate - 0.11 * np.log(a) * log_rate for a in (3, 4)])
    np.testing.assert_allclose(chance[:2], [hazards[0], 1 - (1 - hazards[0]) * (1 - hazards[1])])


def test_persistence_by_hand() -> None:
    # one week ahead: after a zero came 0, 1, 0, 0 and after an attack a zero; the last week is a zero
    chance = forecast("persistence", [0.0, 0, 1, 0, 0, 0]).attack_chance()
    assert chance[0] == pytest.approx((1 + 0.5) / (4 + 2))


def test_a_simulated_path_carries_its_spread_into_the_total() -> None:
    """The exponentially weighted mean follows each path, so totals spread more than independent weeks would."""
    paths = forecast("ewma_negative_binomial", [1.0, 1, 9, 12, 8, 2, 1, 0, 0, 7, 12, 9] * 5, draws=4000).paths
    assert paths.sum(axis=1).var() > 1.2 * paths.var(axis=0).sum()


@pytest.mark.slow
def test_the_ingarch_finds_the_process_that_it_simulates() -> None:
    rng = np.random.default_rng(5)
    counts, log_mean = np.empty(1500), 1.0
    for week in range(counts.size):
        counts[week] = rng.poisson(rng.gamma(3.0, np.exp(log_mean) / 3.0))
        log_mean = 0.2 + 0.4 * log_mean + 0.4 * np.log1p(counts[week])
    fitted = fit_ingarch(counts)
    found = [fitted.memory, fitted.response, fitted.size]
    np.testing.assert_allclose(found, [0.4, 0.4, 3.0], atol=0.35)


def test_without_a_known_week_there_is_no_forecast() -> None:
    with pytest.raises(InputError, match="at least one known week"):
        forecast("last_value", [np.nan, np.nan])


def test_a_baseline_whose_library_is_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "find_spec", lambda _name: None)
    assert absent_baselines() == tuple(FOREIGN)
    with pytest.raises(InputError, match=r"pip install '\.\[baselines\]'"):
        BASELINES["tsb"](np.ones(9), horizon=2, draws=3, rng=np.random.default_rng(1))
