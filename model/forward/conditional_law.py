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

LEAST = -690.0  # of a log mean: its exponential is the least that a double can be


def conditional_log_pmf(state: OriginState, numbers: RandomNumbers, paths: Paths, observed: Array) -> Array:
    """Return log P(count of each week = observed), (draw, series, week), of unconditional paths.

    `observed` has the dims (series, week). Each draw's probability is given its parameters, its level up to and with
    the week, and its regimes and counts up to the week before; in week 1 the regime at the origin is summed out too.
    `paths` are those that `simulate` makes of the state and the numbers under a push that changes nothing.
    """
    intensity, halting, resuming = _drives(state)
    drift = 0.5 * state.sigma**2 if state.drift_correction else 0.0
    level = state.level + state.level_residual_sd * numbers.z_residual
    log_intensity, silent, before = state.log_intensity, state.silent_weeks, state.last_count
    log_pmf, was_active = np.empty(paths.count.shape), state.p_active
    for week in range(paths.horizon):
        stays = expit(state.halt_level * log_intensity - halting[..., week])
        resumes = expit(resuming[..., week] - state.resumption_aging * np.log1p(silent))
        chance = was_active * stays + (1 - was_active) * resumes
        moved = level + state.sigma * numbers.z_level[..., week] - drift
        base = intensity[..., week] + state.self_excitation[:, None] * np.log1p(before)
        log_pmf[..., week] = _mixture(observed[:, week], chance, base + moved, state)
        active, before = paths.active[..., week], paths.attacks[..., week].astype(float)
        level = np.where(active, moved, level)
        log_intensity, was_active = base + level, active.astype(float)
        silent = np.where(before > 0, 0.0, silent + 1)
    if state.hurdle is not None:
        of_hurdle = hurdle_conditional_log_pmf(state.hurdle, state.future_covariate, paths.attacks, observed)
        log_pmf = np.where(state.hurdle.follows[..., None], of_hurdle, log_pmf)
    return log_pmf


def _drives(state: OriginState) -> tuple[Array, Array, Array]:
    """Return what is known beforehand of log intensity, halting and resumption, each (draw, series, week)."""
    effects = (state.effect, state.halt_effect, state.resumption_effect)
    bases = (state.intercept, state.halt_intercept, state.resumption_intercept)
    pushes = [np.einsum("dk,dkh->dh", effect, state.future_covariate)[:, None] for effect in effects]
    intensity, halting, resuming = (base[..., None] + push for base, push in zip(bases, pushes, strict=True))
    return intensity, halting, resuming


def _mixture(count: Array, chance: Array, log_mean: Array, state: OriginState) -> Array:
    """Return log P(count), (draw, series): negative binomial with the chance of being active, else Poisson(leak)."""
    log_mean = np.clip(log_mean, LEAST, np.log(MAX_MEAN))
    mean, size, leak = np.exp(log_mean), state.concentration, state.leak[:, None]
    active = gammaln(count + size) - gammaln(size) - size * np.log1p(mean / size)
    active = active + count * (log_mean - np.log(size + mean))
    halted = count * np.log(leak) - leak
    with np.errstate(divide="ignore"):
        return np.logaddexp(np.log(chance) + active, np.log1p(-chance) + halted) - gammaln(count + 1)
