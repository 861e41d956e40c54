"""An opponent that learns across series: gradient-boosted trees behind a hurdle, simulated forward.

It reads the same features of the past as the hurdle benchmark (`model/hurdle/hurdle_model.py`), but any interaction may
matter: a chance of any attack (log loss), and one attack more than a negative binomial count whose mean is boosted
too (Poisson loss). How the size of that count goes with its mean is found on series that the trees were not grown on.
It is grown again each half year from what all series of the file had shown by then, so it knows nothing after the
origin.

Trees: Ke et al. 2017, LightGBM, Advances in Neural Information Processing Systems 30.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.stats import nbinom

from lull.data.arrays import Array
from lull.data.calendar import WEEK, week_end
from lull.data.evidence import Evidence, read_evidence
from lull.evaluation.scores.likelihood import Likelihood, averaged
from lull.evaluation.scores.predictive import Predictive
from lull.model.hurdle.benchmark import lessons
from lull.model.hurdle.hurdle_model import FEATURES, recall, recall_ahead

EPOCH, EVERY = np.datetime64("1900-01-01"), 26 * WEEK  # a Monday, from which half years are counted
ROUNDS = 200
GROWN = {
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.7,
    "lambda_l2": 1.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 1,
    "verbosity": -1,
}
HELD_OUT = 5  # every fifth series decides the size
LEAST = 1e-3  # of a mean


def absent() -> bool:
    """Return whether the library is not installed."""
    return find_spec("lightgbm") is None


@dataclass(frozen=True)
class _Constant:
    """What stands for trees where nothing can be learned."""

    value: float

    def predict(self, features: Array, **_: int) -> Array:
        """Return the value for every row."""
        return np.full(len(features), self.value)


@dataclass(frozen=True)
class Boosted:
    """Trees for the chance of an attack and for the mean of further ones, and `log size = at + slope * log mean`."""

    chance: Any
    mean: Any
    at: float
    slope: float

    def weekly(self, features: Array, *, most: float) -> tuple[Array, Array, Array]:
        """Return chance, mean and size by row of features, means held to at most `most`."""
        chance = np.clip(self.chance.predict(features, num_threads=1), 1e-6, 1 - 1e-6)
        mean = np.clip(self.mean.predict(features, num_threads=1), LEAST, most)
        return chance, mean, _size(mean, self.at, self.slope)

    def forecast(self, history: Array, *, horizon: int, draws: int, rng: np.random.Generator) -> Predictive:
        """Return the predictive distribution of a series, each path fed its own past."""
        memory = recall(history, np.empty((history.size, len(FEATURES))))
        most = 10 * float(np.nanmax(history)) + 10
        paths, weeks = np.zeros((draws + 1, horizon), np.int64), []  # the last path stays without an attack
        for week in range(horizon):
            features = np.empty((draws + 1, week + 1, len(FEATURES)))
            recall_ahead(memory, paths[:, : week + 1], features)
            chance, mean, size = self.weekly(features[:, week], most=most)
            further = rng.poisson(rng.gamma(size, mean / size))
            paths[:-1, week] = np.where(rng.random(draws + 1) < chance, 1 + further, 0)[:-1]
            weeks.append((chance, mean, size))
        chance, mean, size = (np.stack(parts, axis=1) for parts in zip(*weeks, strict=True))

        def law(observed: Array) -> Likelihood:
            further = nbinom.logpmf(observed - 1, size, size / (size + mean))
            log_pmf = np.where(observed > 0, np.log(chance) + further, np.log1p(-chance))
            return averaged(log_pmf[:-1])

        return Predictive(paths[:-1], 1 - np.cumprod(1 - chance[-1]), law)


def grow(histories: Sequence[Array]) -> Boosted:
    """Return what is learned from the weekly counts of some series, each (week,). Raises ValueError without attacks."""
    features, count = lessons(histories)
    chance = _grown(features, (count > 0).astype(float), "binary")
    mean = _grown_further(features, count)
    learning = [one for place, one in enumerate(histories) if place % HELD_OUT]
    held = histories[::HELD_OUT]
    try:
        seen, seen_count = lessons(learning)
        new, new_count = lessons(held)
    except ValueError:  # too few series to hold any out
        seen, seen_count, new, new_count = features, count, features, count
    trees = _grown_further(seen, seen_count)
    fresh = np.maximum(trees.predict(new[new_count > 0], num_threads=1), LEAST)
    return Boosted(chance, mean, *_fitted_size(new_count[new_count > 0] - 1, fresh))


def half_year_of(origin: np.datetime64) -> np.datetime64:
    """Return the first week of the half year of an origin, up to which the trees know all series."""
    return EPOCH + (origin - EPOCH) // EVERY * EVERY


def grown_by(evidence: Evidence, origin: np.datetime64, own: Array) -> Boosted:
    """Return the trees of the half year of an origin, of all series of the counts; of reports of the series' own."""
    for last in (half_year_of(origin), origin):
        if evidence.counts is None:
            break
        day = week_end(last)
        whole = replace(evidence, series=(), origin=last.astype(object), as_of=day, events=None, covariates=None)
        try:
            return _grown_once(whole, str(whole.identity()))
        except ValueError:  # nothing was known by then, or no attack
            continue
    try:
        return grow([own])
    except ValueError:  # no attack at all: half of one in one week more, as the other baselines have it
        return Boosted(_Constant(0.5 / (own.size + 1)), _Constant(LEAST), 0.0, 0.0)


@lru_cache(maxsize=4)
def _grown_once(evidence: Evidence, content: str) -> Boosted:
    """Return the trees of all counts up to an origin, kept for the next series of the same half year."""
    del content
    counts = read_evidence(evidence).counts
    assert counts is not None
    return grow(list(counts.array.to_numpy()[0]))


def _grown(features: Array, target: Array, loss: str) -> Any:
    """Return trees grown on rows of features (row, feature)."""
    import lightgbm  # noqa: PLC0415 - optional, and slow to import

    data = lightgbm.Dataset(features, target, params={"verbosity": -1, "num_threads": 1})
    return lightgbm.train(GROWN | {"objective": loss}, data, num_boost_round=ROUNDS)


def _grown_further(features: Array, count: Array) -> Any:
    """Return trees for how many attacks came after the first, in weeks with any."""
    some = count > 0
    return _grown(features[some], count[some] - 1 + LEAST, "poisson")  # labels that are all 0 are refused


def _size(mean: Array, at: float, slope: float) -> Array:
    size: Array = np.exp(np.clip(at + slope * np.log(mean), -4, 6))
    return size


def _fitted_size(further: Array, mean: Array) -> tuple[float, float]:
    """Return how the log size of a negative binomial goes with its log mean, by likelihood."""

    def loss(free: Array) -> float:
        size = _size(mean, *free)
        return -float(nbinom.logpmf(further, size, size / (size + mean)).mean())

    at, slope = minimize(loss, [0.0, 0.0], method="Nelder-Mead", options={"maxiter": 80}).x
    return float(at), float(slope)
