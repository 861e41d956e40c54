"""Recent rates: what a faction did of late goes on. The simplest of the three models that the forecast pools.

Three rates stand side by side, each a negative binomial with a mean of past weeks: the plain mean of the last half
year, a weighted mean with a half-life of eight weeks, and a weighted mean that follows the weeks ahead too, with the
half-life and the size that were likeliest one week ahead. Each world follows one of them. Together they are hard to
beat where nothing changes (`evaluation/forecasters/baselines.py` has such forecasts as opponents).

A mean of past weeks holds what drivers did in them. So a driver counts as far as it differs from what it was, on
average, in the weeks of the mean: one that stays as it was changes nothing.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from lull.data.arrays import Array

MEAN, GAIN, SIZE = range(3)  # columns of a rate
WINDOW, HALF_LIFE = 26, 8.0  # weeks: of the plain mean, of the weighted one
MEMORY = 156  # weeks that are looked at
HALF_LIVES = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
SIZES = np.array([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 25.0])  # of the negative binomial, the last near the Poisson
MEMBERS = 3
FIRST = 8  # weeks whose mean a weighted mean begins with


@dataclass(frozen=True)
class RecentRates:
    """What the worlds of recent rates need to go on from the origin.

    Dims D draw, S series, I imputation, M rate, K covariate. `follows` (D, S) says which draws they decide, `member`
    (D, S) by which rate. `rate` (I, S, M, 3) are mean, gain (0: the mean does not follow the path) and size; `held`
    (I, S, M, K) the average of each covariate over the weeks of the mean.
    """

    follows: NDArray[np.bool_]
    member: NDArray[np.int64]
    rate: Array
    held: Array

    def select(self, places: list[int]) -> Self:
        """Return the rates of the series at these places."""
        follows, member = self.follows[:, places], self.member[:, places]
        return replace(self, follows=follows, member=member, rate=self.rate[:, places], held=self.held[:, places])

    def kept(self, draws: NDArray[np.int64]) -> Self:
        """Return the worlds of these draws."""
        return replace(self, follows=self.follows[draws], member=self.member[draws])


def recent_rates(counts: Array, covariate: Array) -> tuple[Array, Array]:
    """Return `rate` (imputation, series, 3, 3) and `held` of counts (imputation, series, week), NaN where missing.

    `covariate` (covariate, week) are the covariates as carried over. A series without a known week has the mean of no
    attack in one week.
    """
    rates = [[_rates_of(history, covariate) for history in series] for series in counts]
    rate, held = (np.array([[each[part] for each in row] for row in rates]) for part in range(2))
    return rate, held


def _rates_of(history: Array, covariate: Array) -> tuple[Array, Array]:
    """Return the rates (member, 3) of one series and the covariates in their weeks, (member, covariate)."""
    weeks = np.flatnonzero(~np.isnan(history))[-MEMORY:]
    known = history[weeks] if weeks.size else np.zeros(1)
    pushes = covariate[:, weeks] if weeks.size else covariate[:, :1]
    before, last = weighted_means(known)
    last = np.maximum(last, least_mean(known.size))
    fits = [log_likelihood(known, row, SIZES[:, None]).sum(axis=-1) for row in before]
    chosen, sized = np.unravel_index(np.argmax(fits), (HALF_LIVES.size, SIZES.size))
    eight = int(HALF_LIVES.searchsorted(HALF_LIFE))
    late = known[-WINDOW:]
    plain = max(late.mean(), least_mean(late.size))
    weights = np.stack([_plain_weights(known.size), _weights(known.size, eight), _weights(known.size, int(chosen))])
    rate = np.array(
        [
            [plain, 0.0, best_size(late, np.full(late.size, plain))],
            [last[eight], 0.0, best_size(known, before[eight])],
            [last[chosen], _gains()[chosen], SIZES[sized]],
        ]
    )
    return rate, weights @ pushes.T


def least_mean(weeks: int) -> float:
    """Return the smallest mean that so many weeks leave credible: half an attack in one week more."""
    return 0.5 / (weeks + 1)


def _gains() -> Array:
    return 1.0 - 0.5 ** (1.0 / HALF_LIVES)


def weighted_means(known: Array) -> tuple[Array, Array]:
    """Return the mean that stood before each week, (half-life, week), and the one after the last, (half-life,).

    It starts at the mean of the first eight weeks. Those before a week are at least `least_mean`.
    """
    level, gains = np.full(HALF_LIVES.size, known[:FIRST].mean()), _gains()
    before = np.empty((HALF_LIVES.size, known.size))
    for week, count in enumerate(known):
        before[:, week] = level
        level = level + gains * (count - level)
    return np.maximum(before, least_mean(known.size)), level


def _weights(weeks: int, chosen: int) -> Array:
    """Return what each week weighs in the weighted mean after the last, (week,)."""
    gain = _gains()[chosen]
    weights = gain * (1.0 - gain) ** np.arange(weeks - 1, -1, -1.0)
    first = min(FIRST, weeks)
    weights[:first] += (1.0 - gain) ** weeks / first
    return weights


def _plain_weights(weeks: int) -> Array:
    """Return what each week weighs in the plain mean of the last ones, (week,)."""
    late = min(WINDOW, weeks)
    return np.where(np.arange(weeks) >= weeks - late, 1.0 / late, 0.0)


def log_likelihood(known: Array, mean: Array, size: Array) -> Array:
    """Return the log negative binomial of each week, without the term that no parameter moves."""
    total = np.log(size + mean)
    weekly: Array = gammaln(known + size) - gammaln(size) + size * (np.log(size) - total)
    return weekly + known * (np.log(mean) - total)


def best_size(known: Array, mean: Array) -> float:
    """Return which of `SIZES` is the likeliest around the mean of each week."""
    return float(SIZES[np.argmax(log_likelihood(known, mean, SIZES[:, None]).sum(axis=-1))])
