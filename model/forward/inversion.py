"""Counts by inversion of one uniform, in numba: a larger mean never gives a smaller count for the same uniform.

That monotone coupling is what keeps scenarios from crossing. Each quantile is found by walking the probabilities
upwards with their recurrence, from 0 or, where the probability of 0 is no double any more, from a point below which
lies less than 1e-15 of the mass (the lower tail of the negative binomial is sub-Gaussian with its own variance, that of
the binomial obeys Bernstein's inequality).
"""

import math

import numpy as np

from lull.model.numba_kernels import checksum_of, inner, kernel_of

kernel = kernel_of(checksum_of(__file__))

POISSON = 1e15  # the concentration at which a negative binomial is Poisson to every digit
MAX_MEAN = 1e5  # attacks a week: a mean above it is taken as this, so that no walk is endless
LEAST_START = 1e-250  # weight of the first probability of a walk that is normalised by its own sum
NEGLIGIBLE = 1e-22
SMALL_ODDS = 1e-4  # below it, log(1 + odds) would lose digits
STRIDE = 8
INVERSE = 1.0 / np.arange(1.0, 257.0)  # 1 / (n + 1): a multiplication is faster than a division
TAIL = 8.5  # sd below the mean: exp(-8.5^2 / 2) = 2e-16


@kernel
def count_quantile(uniform: float, mean: float, concentration: float) -> int:
    """Return the smallest n with P(count <= n) > `uniform`, count negative binomial of that mean and concentration.

    The variance is mean + mean^2 / concentration; a concentration of `POISSON` makes it Poisson. Means are held to
    at most `MAX_MEAN`.
    """
    mean = min(mean, MAX_MEAN)
    share = mean / (mean + concentration)
    odds = mean / concentration
    weight = math.exp(-concentration * (math.log1p(odds) if odds < SMALL_ODDS else math.log(1.0 + odds)))
    if weight > LEAST_START:
        count = _count(uniform, weight, concentration, share)
        return count if count >= 0 else _walk(uniform, 0, weight, mean, concentration, share)
    spread = math.sqrt(mean + mean * mean / concentration)
    start = max(0, math.floor(mean - TAIL * spread))
    total = _mass(start, LEAST_START, mean, concentration, share)
    return _walk(uniform * total, start, LEAST_START, mean, concentration, share)


@inner
def _count(uniform: float, weight: float, concentration: float, share: float) -> int:
    """Return how many sums of weights from 0 on do not exceed `uniform`, or -1 if more than are looked at.

    In strides without a branch: where a walk ends cannot be predicted, and a wrong guess costs more than some steps.
    """
    passed, total, size = 0, weight, concentration
    for start in range(0, INVERSE.size, STRIDE):
        for n in range(start, start + STRIDE):
            passed += total <= uniform
            weight *= share * size * INVERSE[n]
            size += 1.0
            total += weight
        if passed < start + STRIDE:
            return passed
    return -1


@inner
def _walk(  # noqa: PLR0917 - numba calls by position
    target: float, start: int, weight: float, mean: float, concentration: float, share: float
) -> int:
    """Return the first n from `start` at which the sum of weights exceeds `target`."""
    n, total, least = start, weight, NEGLIGIBLE * max(target, LEAST_START)
    while total <= target and (n < mean or weight > least):
        weight *= share * ((concentration + n) / (n + 1.0))
        total += weight
        n += 1
    return n


@inner
def _mass(start: int, weight: float, mean: float, concentration: float, share: float) -> float:
    """Return the sum of all weights from `start` on."""
    n, total = start, weight
    while n < mean or weight > NEGLIGIBLE * total:
        weight *= share * ((concentration + n) / (n + 1.0))
        total += weight
        n += 1
    return total


@kernel
def thinned(uniform: float, count: int, probability: float) -> int:
    """Return the smallest n with P(reported <= n) > `uniform`, reported binomial of `count` and `probability`."""
    if probability > 1.0 - 1e-12:  # all but certain; the logarithm below stays representable
        return count
    if count == 0 or probability <= 0.0:
        return 0
    mean = count * probability
    reach = 3.0 * TAIL + TAIL * math.sqrt(mean * (1.0 - probability))
    n = max(0, math.floor(mean - reach))
    odds = probability / (1.0 - probability)
    weight = math.exp(
        math.lgamma(count + 1.0) - math.lgamma(n + 1.0) - math.lgamma(count - n + 1.0)
        + n * math.log(probability) + (count - n) * math.log1p(-probability)
    )  # fmt: skip
    total = weight
    while total <= uniform and n < count:
        weight *= odds * (count - n) / (n + 1.0)
        total += weight
        n += 1
    return n
