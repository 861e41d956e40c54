"""The opponents: each a full predictive distribution of one series from its own counts, and from nothing else.

They are made strong, for a win over a weak one says nothing. What follows the last counts (the exponentially weighted
mean, the INGARCH) is simulated forward week by week, so that its totals carry the spread of the path; no forecast but
`all_zero` holds an attack for impossible; a missing week is left out, never taken for a zero. docs/evaluation.md gives
the formulas.
"""

from importlib.util import find_spec
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from lull.data.schema import InputError, Problem
from lull.evaluation.forecasters.ingarch import fit_ingarch
from lull.evaluation.scores.likelihood import negative_binomial, poisson_counts, resampled
from lull.evaluation.scores.predictive import Predictive
from lull.model.recent.rates import (
    HALF_LIVES,
    MEMORY,
    SIZES,
    best_size,
    least_mean,
    log_likelihood,
    weighted_means,
)

Weeks = NDArray[np.float64]  # one figure a week, nan = missing
BEFORE = 26  # weeks before a silence whose mean is the earlier rate of its hazard


class Baseline(Protocol):
    """A forecast of one series from its weekly counts to the origin, dims (week,), nan = missing."""

    def __call__(self, history: Weeks, /, *, horizon: int, draws: int, rng: np.random.Generator) -> Predictive:
        """Return the predictive distribution of the next `horizon` weeks."""


def absent_baselines() -> tuple[str, ...]:
    """Return the names of the baselines whose library is not installed."""
    return () if find_spec("statsforecast") else tuple(FOREIGN)


def all_zero(history: Weeks, *, horizon: int, draws: int, rng: np.random.Generator) -> Predictive:  # noqa: ARG001 - same call as the others
    """Return the sure forecast that nothing happens."""
    return Predictive(np.zeros((draws, horizon), np.int64), np.zeros(horizon), resampled(np.zeros(1, np.int64)))


def last_value(history: Weeks, *, horizon: int, draws: int, rng: np.random.Generator) -> Predictive:
    """Return Poisson counts around the last known one."""
    known = _known(history)
    mean = float(max(known[-1], least_mean(known.size)))
    return Predictive(rng.poisson(mean, (draws, horizon)), log_pmf=poisson_counts(mean))


def climatology(weeks: int) -> Baseline:
    """Return the baseline that draws each week from the last known `weeks` ("conflictology", Hegre et al. 2022)."""

    def drawn_again(history: Weeks, /, *, horizon: int, draws: int, rng: np.random.Generator) -> Predictive:
        known = _known(history)[-weeks:].astype(np.int64)
        return Predictive(rng.choice(known, (draws, horizon)), log_pmf=resampled(known))

    return drawn_again


def negative_binomial_52(history: Weeks, *, horizon: int, draws: int, rng: np.random.Generator) -> Predictive:
    """Return negative binomial counts with the mean and, by likelihood, the size of the last 52 known weeks."""
    known = _known(history)[-52:]
    mean = max(known.mean(), least_mean(known.size))
    size = best_size(known, np.full(known.size, mean))
    return _around(np.full((1, horizon), mean), size, draws=draws, rng=rng)


def ewma_negative_binomial(history: Weeks, *, horizon: int, draws: int, rng: np.random.Generator) -> Predictive:
    """Return negative binomial counts around an exponentially weighted mean that follows each simulated week.

    Half-life and size are those of the largest one-step likelihood over the last three years.
    """
    known = _known(history)[-MEMORY:]
    means, last = weighted_means(known)
    fits = [log_likelihood(known, row, SIZES[:, None]).sum(axis=-1) for row in means]
    chosen, sized = np.unravel_index(np.argmax(fits), (HALF_LIVES.size, SIZES.size))
    gain, floor = 1 - 0.5 ** (1 / HALF_LIVES[chosen]), least_mean(known.size)
    size, level = float(SIZES[sized]), np.full(draws, last[chosen])
    paths, ahead = np.empty((draws, horizon), np.int64), np.empty((draws, horizon))
    for week in range(horizon):
        ahead[:, week] = np.maximum(level, floor)
        paths[:, week] = _negative_binomial(rng, ahead[:, week], size)
        level += gain * (paths[:, week] - level)
    return Predictive(paths, log_pmf=negative_binomial(ahead, size))


def ingarch(history: Weeks, *, horizon: int, draws: int, rng: np.random.Generator) -> Predictive:
    """Return the simulated log-linear INGARCH(1,1) with negative binomial counts, fitted to the last three years."""
    fitted = fit_ingarch(_known(history)[-MEMORY:])
    paths, means = fitted.simulate(horizon=horizon, draws=draws, rng=rng)
    return Predictive(paths, log_pmf=negative_binomial(means, fitted.size))


def foreign(name: str) -> Baseline:
    """Return the baseline with the mean of a model of statsforecast and the negative binomial size of past errors.

    The size is the likeliest around the one-step exponentially weighted mean. Raises `InputError` where the library is
    not installed.
    """

    def around(history: Weeks, /, *, horizon: int, draws: int, rng: np.random.Generator) -> Predictive:
        known = _known(history)[-MEMORY:]
        floor = least_mean(known.size)
        means = np.maximum(_foreign_means(name, known, horizon=horizon), floor)
        past, _ = weighted_means(known)
        size = best_size(known, past[HALF_LIVES.searchsorted(8)])
        return _around(means[None], size, draws=draws, rng=rng)

    return around


def persistence(history: Weeks, *, horizon: int, draws: int, rng: np.random.Generator) -> Predictive:  # noqa: ARG001 - same call as the others
    """Return the chance of an attack within h weeks, given whether the last h known weeks had one: events only.

    The chance is the share with an attack among the past windows of h weeks that followed a window like the last one,
    one half of a window of each outcome and one that went on as before added. It never falls from week to week.
    """
    attacked = np.concatenate([[0], np.cumsum(_known(history) > 0)])
    chances = [_went_on(attacked, weeks) for weeks in range(1, horizon + 1)]
    return Predictive(np.empty((0, horizon), np.int64), np.maximum.accumulate(chances))


def _went_on(attacked: NDArray[np.int64], weeks: int) -> float:
    """Return the chance of an attack in a window of so many weeks, from the running count of weeks with attacks."""
    weeks = min(weeks, attacked.size - 1)
    struck = attacked[weeks:] > attacked[: attacked.size - weeks]
    followed = struck[weeks:][struck[:-weeks] == struck[-1]]
    return float((followed.sum() + struck[-1] + 0.5) / (followed.size + 2))


def hazard_by_age(history: Weeks, *, horizon: int, draws: int, rng: np.random.Generator) -> Predictive:  # noqa: ARG001 - same call as the others
    """Return the chance that the silence has ended by each week, by its recorded hazard: events only.

    `logit h = -.10 - .81 log(1 + age) + .38 log(rate) - .11 log(age) log(rate)`, with the age of the silence in weeks
    and the mean count of the 26 weeks before it (armed groups of UCDP). With age 0 the last week had an attack.
    """
    known = _known(history)
    attacks = np.flatnonzero(known)
    end = attacks[-1] + 1 if attacks.size else known.size
    rate = max(known[max(end - BEFORE, 0) : end].mean(), 0.5 / BEFORE)
    age = known.size - end + np.arange(horizon) if attacks.size else known.size + np.arange(horizon)
    logit = -0.10 - 0.81 * np.log1p(age) + 0.38 * np.log(rate) - 0.11 * np.log(np.maximum(age, 1)) * np.log(rate)
    return Predictive(np.empty((0, horizon), np.int64), 1 - np.cumprod(1 - expit(logit)))


def _known(history: Weeks) -> Weeks:
    known = history[np.isfinite(history)]
    if not known.size:
        raise InputError(Problem("history", "at least one known week to the origin", "none", "Take a later origin."))
    return known


def _negative_binomial(rng: np.random.Generator, mean: Weeks, size: float) -> NDArray[np.int64]:
    return rng.poisson(rng.gamma(size, mean / size))


def _around(means: Weeks, size: float, *, draws: int, rng: np.random.Generator) -> Predictive:
    """Return negative binomial counts of means (1, week) that no path moves."""
    return Predictive(_negative_binomial(rng, np.tile(means, (draws, 1)), size), log_pmf=negative_binomial(means, size))


def _foreign_means(name: str, known: Weeks, *, horizon: int) -> Weeks:
    """Return the mean of the next weeks, dims (week,), by a model of statsforecast."""
    if absent_baselines():
        raise InputError(Problem(f"baseline {name}", "statsforecast", "none", "Run pip install '.[baselines]'."))
    from statsforecast import models  # noqa: PLC0415 - optional, and slow to import

    if not known.any():
        return np.zeros(horizon)  # nothing to weigh: ADIDA and IMAPA divide by the gaps between attacks
    model = getattr(models, name.upper())(**FOREIGN[name])
    return np.broadcast_to(np.asarray(model.forecast(y=known, h=horizon)["mean"], np.float64), horizon)


FOREIGN: dict[str, dict[str, float]] = {"imapa": {}, "adida": {}, "tsb": {"alpha_d": 0.1, "alpha_p": 0.1}}
BASELINES: dict[str, Baseline] = {
    "all_zero": all_zero,
    "last_value": last_value,
    "climatology_13": climatology(13),
    "climatology_26": climatology(26),
    "climatology_52": climatology(52),
    "negative_binomial_52": negative_binomial_52,
    "ewma_negative_binomial": ewma_negative_binomial,
    "ingarch": ingarch,
    **{name: foreign(name) for name in FOREIGN},
    "persistence": persistence,
    "hazard_by_age": hazard_by_age,
}
