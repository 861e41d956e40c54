"""The log-linear INGARCH(1,1) of counts, a baseline: fitted by penalised likelihood, simulated forward.

`log mean_t = constant + memory * log mean_{t-1} + response * log(1 + count_{t-1})`, `count_t` negative binomial
(Fokianos & Tjostheim 2011). `memory` and `response` are positive and sum to less than 1, so that no path runs away.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.signal import lfilter
from scipy.special import gammaln

Weeks = NDArray[np.float64]
START = np.array([-0.3, 2.0, 1.0, 0.0])  # constant, logit-like memory and response, log size
SPREAD = np.array([1.5, 3.0, 3.0, 1.5])  # of the normal penalty around the start: it speaks in short histories
LEAST, MOST = np.log(1e-3), 30.0  # of the log mean


@dataclass(frozen=True)
class Ingarch:
    """A fitted INGARCH at the origin: its parameters, the log mean of the next week, and the largest mean allowed."""

    constant: float
    memory: float
    response: float
    size: float
    log_mean: float
    most: float

    def simulate(self, *, horizon: int, draws: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], Weeks]:
        """Return paths of weekly counts and the mean of each week given the path up to it, both (draw, week)."""
        paths, means = np.empty((draws, horizon), np.int64), np.empty((draws, horizon))
        log_mean = np.full(draws, self.log_mean)
        for week in range(horizon):
            means[:, week] = np.exp(np.clip(log_mean, LEAST, self.most))
            paths[:, week] = rng.poisson(rng.gamma(self.size, means[:, week] / self.size))
            log_mean = self.constant + self.memory * log_mean + self.response * np.log1p(paths[:, week])
        return paths, means


def fit_ingarch(known: Weeks) -> Ingarch:
    """Return the INGARCH of the largest penalised likelihood of weekly counts, dims (week,), none missing."""
    found = minimize(_loss, START, args=(known,), method="L-BFGS-B", options={"maxiter": 60, "ftol": 1e-5}).x
    constant, memory, response, size = _natural(found)
    most = float(np.log(10 * known.max() + 10))
    return Ingarch(constant, memory, response, size, float(_log_means(found, known)[-1]), most)


def _natural(free: Weeks) -> tuple[float, float, float, float]:
    """Return constant, memory, response and size; the rest of the softmax keeps the sum of two below 1."""
    odds = np.exp(np.minimum(free[1:3], MOST))
    shares = odds / (1 + odds.sum())
    return float(free[0]), float(shares[0]), float(shares[1]), float(np.exp(np.clip(free[3], -4, 5)))


def _log_means(free: Weeks, known: Weeks) -> Weeks:
    """Return the log mean of each week and of the one after the last, from the mean of the first eight on."""
    constant, memory, response, _ = _natural(free)
    first = np.log(known[:8].mean() + 0.1)
    driven = np.concatenate([[first], constant + response * np.log1p(known)])
    means: Weeks = lfilter([1.0], [1.0, -memory], driven)
    return np.clip(means, LEAST, MOST)


def _loss(free: Weeks, known: Weeks) -> float:
    log_mean, size = _log_means(free, known)[:-1], _natural(free)[3]
    total = np.log(size + np.exp(log_mean))
    weekly = gammaln(known + size) - gammaln(size) + size * (np.log(size) - total) + known * (log_mean - total)
    return float(0.5 * (((free - START) / SPREAD) ** 2).sum() - weekly.sum())
