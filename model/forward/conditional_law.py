"""The law of each week's count on simulated paths, given the path up to the week before: for scores without noise.

The equations are those of `model/forward/simulate.py`, with the regime and the count of the week summed out. A
simulated path is read together with the random numbers that made it, so nothing is drawn here. The mean over draws is
the predictive distribution, and far smoother than the share of paths with a count (Rao-Blackwell).
"""

import numpy as np
from scipy.special import expit, gammaln

from lull.data.arrays import Array
from lull.model.forward.hurdle_paths import hurdle_conditional_log_pmf
from lull.model.forward.inversion import MAX_MEAN
from lull.model.forward.simulate import OriginState, Paths, RandomNumbers
from lull.model.recent.paths import recent_conditional_log_pmf

LEAST = -690.0  # of a log mean: its exponential is the least that a double can be


def conditional_log_pmf(state: OriginState, numbers: RandomNumbers, paths: Paths, observed: Array) -> Array:
    """Return log P(count of each week = observed), (draw, series, week), of unconditional paths.

    `observed` has the dims (series, week). Each draw's probability is given its parameters, its level up to and with
    the week, and its regimes and counts up to the week before; in week 1 the regime at the origin is summed out too.
    `paths` are those that `simulate` makes of the state and the numbers under a push that changes nothing.
    """
    intensity, halting, resuming = _drives(state)
    residual = state.level_residual_sd * numbers.z_residual
    level, last_level = state.level + residual, state.last_level + residual
    known, silent, before = state.log_intensity, state.silent_weeks, state.last_count
    set_level, last_set_level, was_active = level, last_level, state.p_active
    log_pmf = np.empty(paths.count.shape)
    for week in range(paths.horizon):
        z = numbers.z_level[..., week]
        moved, back = _stepped(level, state, z), _returned(last_level, silent, state, z, state.sigma)
        base = intensity[..., week] + state.self_excitation[:, None] * np.log1p(before)
        stays = was_active * expit(state.halt_level * known - halting[..., week])
        resumes = expit(resuming[..., week] - state.resumption_aging * np.log1p(silent)) * (1 - was_active)
        log_pmf[..., week] = _mixture(observed[:, week], (stays, resumes), (base + moved, base + back), state)
        was, active, before = (
            paths.active[..., week - 1],
            paths.active[..., week],
            paths.attacks[..., week].astype(float),
        )
        was = was if week else numbers.u_initial < state.p_active
        level = np.where(active, np.where(was, moved, back), level)
        unmoved = _returned(last_set_level, silent, state, z, np.zeros_like(state.sigma))
        set_level = np.where(active & ~was, unmoved, set_level)
        known, was_active = base + set_level, active.astype(float)
        ends = (before > 0) & active
        silent = np.where(ends, 0.0, silent + 1)
        last_level, last_set_level = np.where(ends, level, last_level), np.where(ends, set_level, last_set_level)
    if state.hurdle is not None:
        of_hurdle = hurdle_conditional_log_pmf(state.hurdle, state.future_covariate, paths.attacks, observed)
        of_recent = recent_conditional_log_pmf(state.hurdle, state.future_covariate, paths.attacks, observed)
        log_pmf = np.where(state.hurdle.follows[..., None], of_hurdle, log_pmf)
        log_pmf = np.where(state.hurdle.recent.follows[..., None], of_recent, log_pmf)
    return log_pmf


def _stepped(level: Array, state: OriginState, z: Array) -> Array:
    """Return the level after another active week, (draw, series)."""
    return level + state.sigma * z - _drift(state, state.sigma)


def _returned(last_level: Array, silent: Array, state: OriginState, z: Array, sigma: Array) -> Array:
    """Return the level of a week in which a pause ends, of a level that walks with `sigma`, (draw, series)."""
    kept = 1.0 / (1.0 + (silent / state.return_half_life[:, None]) ** 4)
    lost = (1 - kept) * np.maximum(last_level + state.intercept - np.log(state.return_rate)[:, None], 0.0)
    variance = (kept * sigma) ** 2 + (1 - kept**2) * state.return_sd[:, None] ** 2
    return last_level - lost - kept * _drift(state, sigma) + np.sqrt(variance) * z


def _drift(state: OriginState, sigma: Array) -> Array:
    """Return how much the level sinks in an active week, so that the mean does not inflate, (draw, series)."""
    return 0.5 * sigma**2 if state.drift_correction else np.zeros_like(sigma)


def _drives(state: OriginState) -> tuple[Array, Array, Array]:
    """Return what is known beforehand of log intensity, halting and resumption, each (draw, series, week)."""
    effects = (state.effect, state.halt_effect, state.resumption_effect)
    bases = (state.intercept, state.halt_intercept, state.resumption_intercept)
    rows = [state.future_covariate[:, row] for row in range(state.rows)]
    pushes = [np.stack([np.einsum("dk,dkh->dh", effect, row) for row in rows], axis=1) for effect in effects]
    intensity, halting, resuming = (base[..., None] + push for base, push in zip(bases, pushes, strict=True))
    return intensity, halting, resuming


def _mixture(count: Array, chances: tuple[Array, Array], log_means: tuple[Array, Array], state: OriginState) -> Array:
    """Return log P(count), (draw, series).

    Negative binomial with the chances of going on and of returning, each with its log mean, else Poisson(leak).
    """
    leak = state.leak[:, None]
    halted = count * np.log(leak) - leak - gammaln(count + 1)
    with np.errstate(divide="ignore"):
        total = np.log1p(-np.minimum(sum(chances), 1.0)) + halted
        for chance, log_mean in zip(chances, log_means, strict=True):
            total = np.logaddexp(total, np.log(chance) + _log_negative_binomial(count, log_mean, state.concentration))
    return total


def _log_negative_binomial(count: Array, log_mean: Array, size: Array) -> Array:
    """Return the log probability of counts while active, (draw, series)."""
    log_mean = np.clip(log_mean, LEAST, np.log(MAX_MEAN))
    mean = np.exp(log_mean)
    log_pmf = gammaln(count + size) - gammaln(size) - gammaln(count + 1) - size * np.log1p(mean / size)
    return np.asarray(log_pmf + count * (log_mean - np.log(size + mean)))
