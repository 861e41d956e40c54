"""What the two regimes say of each week's count: negative binomial while active, Poisson of the leak while halted.

Only the ratio of the two probabilities matters to the regimes: the larger one is set to 1, and what was divided out is
kept aside. A missing week (NaN, or below 0) says nothing: both are 1. Of a week that is reported in part only its
completeness, a share, has been counted: both means are that share of themselves, and the concentration stays (a
negative binomial thinned is one of the same shape).

A loop over weeks that needs an exponential has no branch and touches few arrays, so that the compiler makes vector
instructions of it: with calls of the C library's functions the whole likelihood took twice as long.
"""

import math
from typing import NamedTuple

import numpy as np

from lull.data.arrays import Array
from lull.model.numba_kernels import MAX_LOGIT, inner

type Row = Array  # one series, (week,)

MAX_DECAY = 700.0  # exp(-700) is the least that one emission can be of the other
TABLE = 64  # log gammas of counts below it come from a running table, of larger ones from Stirling's series
LOG_FACTORIAL = np.array([math.lgamma(count + 1.0) for count in range(1024)])
NEAREST = 6755399441055744.0  # 1.5 * 2^52: added to a number, it leaves the nearest whole one in the lowest bits
ONE_BITS = 4607182418800017408  # 1.0 read as an integer
LOG2_HIGH, LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # log 2 in two parts


class Emissions(NamedTuple):
    """Working space of one series: each (week,), but `table` (2, TABLE)."""

    known: Row  # 1 where observed, 0 where missing
    completeness: Row  # share of the week's attacks that has been counted
    seen: Row  # the count, 0 where missing
    rising: Row  # log G(count + r) / G(r), r the concentration
    digamma: Row  # its derivative by r
    share: Row  # mean / (mean + r), the mean of what has been counted
    softplus: Row  # log(1 + mean / r), the same
    gap: Row  # log P(count | active) - log P(count | halted), 0 where missing
    active: Row  # P(count | active) and P(count | halted) over the larger of the two
    halted: Row
    table: Array  # running log rising factorials and digammas


@inner
def empty_emissions(weeks: int) -> Emissions:
    """Return working space that is not filled yet."""
    r, table = np.empty((10, weeks)), np.empty((2, TABLE))
    return Emissions(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], table)


@inner
def read_emissions(  # noqa: PLR0917 - the order of `Terms`
    count: Row, log_intensity: Row, log_size: float, log_leak: float, log_completeness: Row, out: Emissions
) -> float:
    """Return the log of what was divided out of all weeks together; fill `out`. `log_size` is log concentration."""
    log_factorials = _look_up(count, math.exp(log_size), out)
    lost = _thin(log_completeness, out)
    _odds(log_intensity, log_completeness, log_size, out.share, out.softplus)
    _log_emissions(log_intensity, log_size, log_leak, out)
    return _scale(out.gap, out.active, out.halted) + lost - log_factorials


@inner
def emission_slopes(
    log_size: float, log_leak: float, out: Emissions, p_active: Row, by_intensity: Row
) -> tuple[float, float]:
    """Return the derivatives of the log likelihood by log concentration and log leak; fill those by log intensity.

    `p_active` (week,) is P(active | all counts).
    """
    size, leak = math.exp(log_size), math.exp(log_leak)
    known, seen, share, completeness = out.known, out.seen, out.share, out.completeness
    # Active: d log NB(y; m, r) / d log m = y - (y + r) m / (m + r), and share = m / (m + r).
    for week in range(p_active.size):
        by_intensity[week] = p_active[week] * (seen[week] - share[week] * (seen[week] + size * known[week]))
    # d log NB / d log r = r (digamma(y + r) - digamma(r) - log(1 + m / r)) - (y - (y + r) share): the last is the slope
    # by log intensity, as NB depends on m / r. Halted: d log Poisson(y; leak) / d log leak = y - leak.
    by_size, by_leak = 0.0, 0.0
    for week in range(p_active.size):
        active = p_active[week] * known[week]
        by_size += active * size * (out.digamma[week] - out.softplus[week]) - by_intensity[week]
        by_leak += (known[week] - active) * (seen[week] - leak * completeness[week])
    return by_size, by_leak


@inner
def _stirling(x: float) -> float:
    """Return log G(x) - ((x - 1/2) log x - x + log(2 pi) / 2)."""
    inverse = 1.0 / x
    square = inverse * inverse
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))


@inner
def _digamma_tail(x: float) -> float:
    """Return digamma(x) - log x."""
    inverse = 1.0 / x
    square = inverse * inverse
    return -0.5 * inverse - square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))


@inner
def _log_rising(count: float, base: float, log_base: float) -> tuple[float, float]:
    """Return log G(base + count) / G(base) and its derivative by base, for a base of at least `TABLE` - 1.

    Stirling's series are subtracted term by term, which stays exact where the two log gammas would cancel.
    """
    top, growth = base + count, math.log1p(count / base)
    total = (base - 0.5) * growth + count * (log_base + growth - 1.0) + _stirling(top) - _stirling(base)
    return total, growth + _digamma_tail(top) - _digamma_tail(base)


@inner
def _look_up(count: Row, size: float, out: Emissions) -> float:
    """Return the sum over weeks of log count!; fill known, seen, rising and digamma.

    The logs of small counts come from a running table that grows as far as the counts go.
    """
    log_factorials, end = 0.0, 1
    rising, digamma = out.table[0], out.table[1]
    large = size + (TABLE - 1)
    log_large = math.log(large)
    rising[0], digamma[0] = 0.0, 0.0
    for week in range(count.size):
        seen = count[week]
        if not seen >= 0:  # NaN too
            out.known[week], out.seen[week], out.rising[week], out.digamma[week] = 0.0, 0.0, 0.0, 0.0
            continue
        out.known[week], out.seen[week] = 1.0, seen
        entry = int(min(seen, TABLE - 1.0))
        while end <= entry:
            factor = size + (end - 1)
            rising[end], digamma[end] = rising[end - 1] + math.log(factor), digamma[end - 1] + 1.0 / factor
            end += 1
        out.rising[week], out.digamma[week] = rising[entry], digamma[entry]
        if seen > entry:
            more, steeper = _log_rising(seen - entry, large, log_large)
            out.rising[week] += more
            out.digamma[week] += steeper
        log_factorials += LOG_FACTORIAL[int(seen)] if seen < LOG_FACTORIAL.size else math.lgamma(seen + 1.0)
    return log_factorials


@inner
def _thin(log_completeness: Row, out: Emissions) -> float:
    """Return the sum over weeks of seen * log completeness; fill completeness."""
    lost, least = 0.0, 0.0
    for week in range(log_completeness.size):
        out.completeness[week] = 1.0
        least = min(least, log_completeness[week])
    if least == 0.0:  # the usual case, without an exponential
        return lost
    for week in range(log_completeness.size):
        out.completeness[week] = decay(-log_completeness[week])
    for week in range(log_completeness.size):
        lost += out.seen[week] * log_completeness[week]
    return lost


@inner
def _odds(log_intensity: Row, log_completeness: Row, log_size: float, share: Row, softplus: Row) -> None:
    """Fill share and softplus, the expit and the softplus of log(mean / concentration)."""
    for week in range(log_intensity.size):
        odds = log_intensity[week] + log_completeness[week] - log_size
        small = decay(abs(odds))
        large = 1.0 / (1.0 + small)
        share[week] = large if odds > 0 else small * large
        softplus[week] = (odds if odds > 0 else 0.0) + _log1p(small)


@inner
def _log_emissions(log_intensity: Row, log_size: float, log_leak: float, out: Emissions) -> None:
    """Fill active and halted with the logs of NB(mean, concentration) and Poisson(leak), and gap; all 0 where missing.

    The factorials are left out, and so is the completeness of each event that was counted.
    """
    size, leak = math.exp(log_size), math.exp(log_leak)
    known, seen, rising, softplus, gap = out.known, out.seen, out.rising, out.softplus, out.gap
    completeness, active, halted = out.completeness, out.active, out.halted
    for week in range(log_intensity.size):
        per_event = log_intensity[week] - log_size - softplus[week]
        active[week] = known[week] * (rising[week] - size * softplus[week]) + seen[week] * per_event
        halted[week] = seen[week] * log_leak - known[week] * leak * completeness[week]
        gap[week] = active[week] - halted[week]


@inner
def _scale(gap: Row, active: Row, halted: Row) -> float:
    """Return the sum of the larger logs, which the emissions are divided by; fill these in place of their logs.

    Of two logs the larger is taken, never built from a sum and a difference: a leak of 1e22 would drown the other.
    """
    taken = 0.0
    for week in range(gap.size):
        taken += active[week] if gap[week] > 0 else halted[week]
    for week in range(gap.size):
        small = decay(abs(gap[week]))
        active[week] = 1.0 if gap[week] > 0 else small
        halted[week] = small if gap[week] > 0 else 1.0
    return taken


@inner
def decay(x: float) -> float:
    """Return exp(-x) for x from 0 up, at least exp(-MAX_DECAY), within 3 units in the last place.

    exp(-x) = 2^n exp(r), |r| <= log(2) / 2: Taylor's polynomial, and n written into the exponent.
    """
    x = MAX_DECAY if x > MAX_DECAY else x  # noqa: FURB136 - min() would lose NaN
    shifted = NEAREST - x * 1.4426950408889634
    n = shifted - NEAREST
    r = (-x - n * LOG2_HIGH) - n * LOG2_LOW
    p = 1 / 40320 + r * (1 / 362880 + r * (1 / 3628800 + r * (1 / 39916800 + r * (1 / 479001600 + r / 6227020800))))
    p = 1.0 + r * (
        1.0 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (1 / 5040 + r * p))))))
    )
    return p * np.int64((np.float64(shifted).view(np.int64) << 52) + ONE_BITS).view(np.float64)


@inner
def _log1p(x: float) -> float:
    """Return log(1 + x) for x in [0, 1]: the series of 2 atanh(x / (2 + x))."""
    s = x / (2.0 + x)
    q = s * s
    p = 1 / 17 + q * (1 / 19 + q * (1 / 21 + q * (1 / 23 + q * (1 / 25 + q * (1 / 27 + q * (1 / 29 + q / 31))))))
    p = 1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q * (1 / 11 + q * (1 / 13 + q * (1 / 15 + q * p))))))
    return 2.0 * s * (1.0 + q * p)


@inner
def complements(logit: float) -> tuple[float, float]:
    """Return expit(logit) and 1 - expit(logit), within `MAX_LOGIT`."""
    size = abs(logit)
    small = decay(MAX_LOGIT if size > MAX_LOGIT else size)  # noqa: FURB136 - as above
    large = 1.0 / (1.0 + small)
    small *= large
    return (large if logit > 0 else small), (small if logit > 0 else large)
