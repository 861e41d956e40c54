"""The opponents that headlines compare with: simple forecasters pooled, none of them Bayesian, weights chosen once.

The five of `NAIVE` were named by an audit before anything was scored with them; equal weights are the default that is
hard to beat (Timmermann 2006, Handbook of Economic Forecasting 1, chapter 4). On busy series the best single baseline,
chosen after the fact, may still be ahead of the pool, so skill is given against both.
"""

from dataclasses import replace

import numpy as np

from lull.evaluation.forecasters import boosted_hurdle
from lull.evaluation.forecasters.baselines import BASELINES, Weeks, absent_baselines, hazard_by_age
from lull.evaluation.record import BOOSTED, POOLS
from lull.evaluation.scores.predictive import Predictive, pooled

NAIVE = ("imapa", "tsb", "ewma_negative_binomial", "climatology_26", "ingarch")
HAZARD = 1 / 3  # weight of the recorded hazard in the chance of an attack


def naive_pool(history: Weeks, *, horizon: int, draws: int, rng: np.random.Generator) -> Predictive:
    """Return the equal pool of five simple baselines; in the chance of an attack the recorded hazard weighs a third."""
    parts = _naive(history, horizon=horizon, draws=draws, rng=rng)
    return _with_hazard(pooled(parts, [1] * len(parts)), history, HAZARD)


def benchmark_pool(
    companion: Predictive, history: Weeks, *, horizon: int, draws: int, rng: np.random.Generator
) -> Predictive:
    """Return the equal pool of the hurdle benchmark and the naive pool: what can be had without a Bayesian model."""
    parts = _naive(history, horizon=horizon, draws=draws, rng=rng)
    return _with_hazard(pooled([*parts, companion], [*[1] * len(parts), len(parts)]), history, HAZARD / 2)


def absent_forecasters() -> tuple[str, ...]:
    """Return the names of the baselines and pools that need a library which is not installed."""
    absent = absent_baselines()
    return (*absent, *(POOLS if absent else ()), *((BOOSTED,) if boosted_hurdle.absent() else ()))


def _naive(history: Weeks, *, horizon: int, draws: int, rng: np.random.Generator) -> list[Predictive]:
    """Return the forecasts of the five, each with random numbers of its own."""
    return [
        BASELINES[name](history, horizon=horizon, draws=draws, rng=own)
        for name, own in zip(NAIVE, rng.spawn(len(NAIVE)), strict=True)
    ]


def _with_hazard(pool: Predictive, history: Weeks, weight: float) -> Predictive:
    """Return a pool in whose chance of an attack the recorded hazard has a weight."""
    hazard = hazard_by_age(history, horizon=pool.horizon, draws=0, rng=np.random.default_rng(0)).attack_chance()
    return replace(pool, any_attack=(1 - weight) * pool.attack_chance() + weight * hazard)
