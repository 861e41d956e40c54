"""How actors returned from their silences, learned from weekly counts: the three numbers of `data/learned/returns.py`.

Of each silence after a busy half year that ended, the attacks of the seven weeks after the first week back are negative
binomial. Their log mean is that of the weeks before the silence, less what its length takes of what lies above the
rate, as in the equations of the forecast, with a normal error. Size and the error of a return after no silence are
estimated too and not kept. The first week back is left out: that it has an attack is why it is the first.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp

from lull.data.arrays import Array
from lull.data.learned.returns import QUANTITIES, Returns, shipped_returns

BEFORE, SHORT, AFTER = 26, 8, 7  # weeks before the silence, the last of them, and after the first week back
SHRUNK = 4.0  # weeks at the rate of all weeks before that the rate of the last of them is drawn by
LEAST = 26  # attacks in the weeks before, for an actor that was busy
FEWEST = 100  # returns to learn from
STEEPNESS = 4  # of what the age of a silence takes
POINTS, WEIGHTS = hermegauss(15)
WEIGHTS = np.log(WEIGHTS / WEIGHTS.sum())
BELIEVED_SD = 0.25  # of the log of each number around those that are believed; without a belief
FREE_SD = 2.0
LARGEST_LOG = 12.0


class _Cases(NamedTuple):
    """Returns from silences, each (return,): weeks of silence, log rate before, attacks after the first week back."""

    age: Array
    before: Array
    after: Array


def learn_returns(histories: Sequence[Array], *, source: str, around: Returns | None = None) -> Returns | None:
    """Return the numbers that the returns of some series make likeliest, None where there are fewer than `FEWEST`.

    Each history is (week,), NaN where missing. The logs of the numbers have normal priors: around those of `around`
    with an sd of .25, else around the shipped ones so wide that it hardly matters.
    """
    found = [list(_returns(history)) for history in histories]
    cases = [case for series in found for case in series]
    if len(cases) < FEWEST:
        return None
    of = _Cases(*np.array(cases, dtype=float).T)
    centre, sd = around or shipped_returns(), FREE_SD if around is None else BELIEVED_SD
    start = np.log([centre.rate, centre.half_life, centre.sd, 0.5, 0.3])

    def loss(at: Array) -> float:
        return _loss(at, of) + float((((at - start)[: len(QUANTITIES)] / sd) ** 2).sum() / 2)

    best = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 1500, "xatol": 1e-3, "fatol": 1e-3}).x
    rate, half_life, spread = np.exp(best[: len(QUANTITIES)])
    return Returns(float(rate), float(half_life), float(spread), len(cases), sum(map(bool, found)), source)


def _returns(history: Array) -> Iterator[tuple[float, float, float]]:
    """Yield each return from a silence of a busy actor, as `_Cases`; none with a missing week around it."""
    attacked = np.flatnonzero(history > 0)
    for last, first in pairwise(attacked):
        weeks = history[max(last - BEFORE + 1, 0) : first + AFTER + 1]
        if first - last == 1 or last + 1 < BEFORE or first + AFTER >= history.size or np.isnan(weeks).any():
            continue
        before = weeks[:BEFORE]
        if before.sum() >= LEAST:
            rate = (before[-SHORT:].sum() + SHRUNK * before.mean()) / (SHORT + SHRUNK)
            yield first - last - 1.0, float(np.log(rate)), float(weeks[-AFTER:].sum())


def _loss(at: Array, of: _Cases) -> float:
    """Return minus the log likelihood of logs of rate, half-life, sd, size and of the sd after no silence."""
    log_rate, half_life, sd, size, usual = at[0], *np.exp(at[1:])
    kept = 1 / (1 + (of.age / half_life) ** STEEPNESS)
    mean = of.before - (1 - kept) * np.maximum(of.before - log_rate, 0)
    spread = np.sqrt((1 - kept**2) * sd**2 + (kept * usual) ** 2)
    expected = AFTER * np.exp(np.minimum(mean[:, None] + spread[:, None] * POINTS, LARGEST_LOG))
    r, y = AFTER * size, of.after[:, None]
    log_pmf = gammaln(y + r) - gammaln(r) - gammaln(y + 1) - r * np.log1p(expected / r)
    log_pmf = log_pmf + y * np.log(expected / (r + expected))
    return -float(logsumexp(log_pmf + WEIGHTS, axis=1).sum())
