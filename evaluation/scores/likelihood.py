"""The probability that a forecast gave to a count: closed-form probabilities averaged over draws, no draws counted.

A forecast simulates forward, so of each week it knows the law of the count given its parameters and its own path up to
the week before. The mean of these laws over the draws is its predictive distribution (Rao-Blackwell; Gelfand & Smith
1990, Journal of the American Statistical Association 85, section 2.3), far less noisy than the share of draws that hit
the count. What noise is left has a known size: by the delta method the mean log of an average of n draws lies below
the log of what it estimates by half the squared relative standard error of the average, and that much is given back.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import nbinom, poisson

type Weeks = NDArray[np.float64]  # (week,)
type Drawn = NDArray[np.float64]  # (draw, week)


class Likelihood(NamedTuple):
    """Estimated probabilities of observed counts: their logs, and their squared relative standard errors, (week,)."""

    log: Weeks
    error: Weeks

    @property
    def log_unbiased(self) -> Weeks:
        """The log with what Monte Carlo takes off it given back, to second order, (week,); -inf stays."""
        return self.log + self.error / 2


type LogPmf = Callable[[Weeks], Likelihood]
"""What a forecast says of observed counts, (week,), all known."""


def averaged(log_pmf: Drawn) -> Likelihood:
    """Return the mean over independent draws of conditional probabilities, given as logs (draw, week).

    Where every draw says 0 the log is -inf and the error 0. Draws of a Markov chain have a larger error than is stated.
    """
    draws = len(log_pmf)
    log = logsumexp(log_pmf, axis=0) - np.log(draws)
    known = np.where(np.isfinite(log), log, 0.0)
    squares = np.exp(logsumexp(2 * (log_pmf - known), axis=0)) / draws
    error = np.maximum(squares - 1, 0.0) / max(draws - 1, 1)
    return Likelihood(log, np.where(np.isfinite(log), np.minimum(error, 1.0), 0.0))


def exact(log_pmf: Weeks) -> Likelihood:
    """Return probabilities that no draw enters, given as logs, (week,)."""
    return Likelihood(log_pmf, np.zeros_like(log_pmf))


def mixed(parts: Sequence[Likelihood], weights: Sequence[float]) -> Likelihood:
    """Return the probabilities of a mixture of forecasts made from draws of their own; weights sum to 1."""
    logs = np.stack([part.log for part in parts]) + np.log(weights)[:, None]
    log = logsumexp(logs, axis=0)
    share = np.exp(logs - np.where(np.isfinite(log), log, 0.0))
    return Likelihood(log, (share**2 * np.stack([part.error for part in parts])).sum(axis=0))


def by_share(paths: NDArray[np.int64]) -> LogPmf:
    """Return the share of paths, (draw, week), with the count: for a forecast that has no conditional law."""

    def shares(observed: Weeks) -> Likelihood:
        with np.errstate(divide="ignore"):
            return averaged(np.log((paths == observed).astype(float)))

    return shares


def negative_binomial(mean: Drawn, size: float) -> LogPmf:
    """Return the law of counts of the means (draw, week) that each path gave to its next week, and of one size."""

    def law(observed: Weeks) -> Likelihood:
        return averaged(nbinom.logpmf(observed, size, size / (size + mean)))

    return law


def poisson_counts(mean: float) -> LogPmf:
    """Return the law of Poisson counts of one mean."""
    return lambda observed: exact(poisson.logpmf(observed, mean))


def resampled(known: NDArray[np.int64]) -> LogPmf:
    """Return the law of a draw from known counts, (week,): their shares, exactly."""

    def law(observed: Weeks) -> Likelihood:
        with np.errstate(divide="ignore"):
            return exact(np.log((known[:, None] == observed).mean(axis=0)))

    return law
