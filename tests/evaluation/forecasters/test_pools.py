"""The pools of opponents: equal parts, the recorded hazard in chances, and the hurdle benchmark as one half."""

import numpy as np
import pytest

from lull.evaluation.forecasters import baselines
from lull.evaluation.forecasters.baselines import BASELINES, absent_baselines, hazard_by_age
from lull.evaluation.forecasters.participants import KINDS, Entrant, line_up
from lull.evaluation.forecasters.pools import NAIVE, absent_forecasters, benchmark_pool, naive_pool
from lull.evaluation.record import POOLS
from lull.evaluation.scores.predictive import Predictive, pooled

HISTORY = np.random.default_rng(3).poisson(1.5, 120).astype(float)
HISTORY[-6:] = 0
HORIZON, DRAWS = 8, 300

needs_library = pytest.mark.skipif(bool(absent_baselines()), reason="statsforecast is not installed")


def rng() -> np.random.Generator:
    return np.random.default_rng(4)


@needs_library
def test_the_naive_pool_has_equal_parts_and_a_third_of_the_hazard() -> None:
    pool = naive_pool(HISTORY, horizon=HORIZON, draws=DRAWS, rng=rng())
    numbers = rng().spawn(len(NAIVE))
    parts = [BASELINES[n](HISTORY, horizon=HORIZON, draws=DRAWS, rng=r) for n, r in zip(NAIVE, numbers, strict=True)]
    assert pool.paths.shape == (len(NAIVE) * DRAWS, HORIZON)
    hazard = hazard_by_age(HISTORY, horizon=HORIZON, draws=0, rng=rng()).attack_chance()
    mean = pooled(parts, [1] * 5).attack_chance()
    np.testing.assert_allclose(pool.attack_chance(), 2 / 3 * mean + hazard / 3)
    observed = np.full(HORIZON, 2.0)
    each = [np.exp(part.likelihood(observed).log) for part in parts]
    np.testing.assert_allclose(np.exp(pool.likelihood(observed).log), np.mean(each, axis=0))


@needs_library
def test_the_benchmark_pool_is_half_the_hurdle_benchmark() -> None:
    sure = Predictive(np.full((10 * DRAWS, HORIZON), 7), np.ones(HORIZON))
    pool = benchmark_pool(sure, HISTORY, horizon=HORIZON, draws=DRAWS, rng=rng())
    naive = naive_pool(HISTORY, horizon=HORIZON, draws=DRAWS, rng=rng())
    assert (pool.paths == 7).mean() == pytest.approx(0.5, abs=0.01)
    sevens = np.exp(pool.likelihood(np.full(HORIZON, 7.0)).log)
    np.testing.assert_allclose(sevens, 0.5 + 0.5 * np.exp(naive.likelihood(np.full(HORIZON, 7.0)).log))
    assert (np.diff(pool.attack_chance()) >= 0).all()


@needs_library
def test_the_pools_stand_in_the_line_up_under_their_names() -> None:
    assert [one for one in line_up({}) if one.name in POOLS] == [Entrant(name, name) for name in POOLS]
    assert set(POOLS) <= set(KINDS)


def test_without_the_library_the_pools_are_absent_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "find_spec", lambda _name: None)
    assert set(POOLS) <= set(absent_forecasters())
    assert not set(POOLS) & {entrant.name for entrant in line_up({})}
