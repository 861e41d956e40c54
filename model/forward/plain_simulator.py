"""The model run forward in plain numpy, week by week, as the equations read: an independent check.

It shares no code with `model/forward/dynamics.py` on purpose.

PyMC draws from it (prior and posterior prediction); `model/forward/simulate.py` is the fast one. Slow and clear on
purpose.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from lull.data.arrays import Array
from lull.model.fitting.panel import SETTLED


@dataclass(frozen=True)
class Dynamics:
    """What governs the weeks to be simulated. Leading dims (...) broadcast; `base` leaves out what depends on the past.

    `log_intensity_base`, `halt_base`, `resumption_base` (..., series, week); `log_concentration`, `halt_level`,
    `resumption_aging` (..., series); `self_excitation`, `log_leak` (...,).
    """

    log_intensity_base: Array
    self_excitation: Array
    log_concentration: Array
    halt_base: Array
    halt_level: Array
    resumption_base: Array
    resumption_aging: Array
    log_leak: Array


@dataclass(frozen=True)
class Past:
    """Where the weeks before end: the state at the origin, each (..., series), and how the level goes on.

    `level_step` (..., series, week) is added to the log intensity in every active week after another. Levels are
    relative to that at the origin: `last_level` of the last attack, `return_level` that a return comes down to after a
    long pause; half of the way there is gone after `return_half_life` weeks, which broadcasts with (..., series), and
    `return_noise` (..., series, week) is what is not known of it then.
    """

    p_active: Array
    log_intensity: Array
    silent_weeks: Array
    last_count: Array
    level_step: Array
    last_level: Array
    return_level: Array
    return_half_life: Array
    return_noise: Array


def random_counts(
    dynamics: Dynamics,
    rng: np.random.Generator,
    *,
    initial_logit: Array | None = None,
    past: Past | None = None,
    log_completeness: Array | None = None,
) -> Array:
    """Return simulated weekly counts, (..., series, week): from the first week, or onwards from a `past`.

    `log_completeness` (..., series, week) is that of the share of each week which is reported; without it all is.
    """
    weeks = dynamics.log_intensity_base.shape[-1]
    shape = np.broadcast_shapes(dynamics.log_intensity_base.shape[:-1], dynamics.log_concentration.shape)
    counts = np.zeros((*shape, weeks))
    level, set_level, last_level, last_set_level = (np.zeros(shape) for _ in range(4))
    if past is None:
        active = rng.uniform(size=shape) < expit(initial_logit)
        silence, last_count, last_intensity = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    else:
        active = rng.uniform(size=shape) < past.p_active
        silence, last_count, last_intensity = past.silent_weeks, past.last_count, past.log_intensity
        last_level = last_set_level = past.last_level
    for week in range(weeks):
        if week > 0 or past is not None:
            halt = expit(dynamics.halt_base[..., week] - dynamics.halt_level * last_intensity)
            resume = expit(dynamics.resumption_base[..., week] - dynamics.resumption_aging * np.log1p(silence))
            was, active = active, rng.uniform(size=shape) < np.where(active, 1 - halt, resume)
            if past is not None:
                step = past.level_step[..., week]
                back = _returned(past, week, silence, last_level, step)
                level = np.where(active & ~was, back, level + np.where(active, step, 0.0))
                set_level = np.where(active & ~was, _returned(past, week, silence, last_set_level, 0.0), set_level)
        excited = np.asarray(dynamics.self_excitation)[..., None] * np.log1p(last_count)
        base = dynamics.log_intensity_base[..., week] + excited
        last_intensity = base + set_level
        count = _emit(active, base + level, dynamics, rng)
        sure = np.array(True)  # a zero of a week that is reported in part is not
        if log_completeness is not None:
            share = np.exp(log_completeness[..., week])
            count, sure = rng.binomial(count.astype(np.int64), share).astype(float), share >= SETTLED
        attack = count > 0 if past is None else (count > 0) & active  # the fit cannot tell a false positive, paths can
        silence = np.where(attack, 0.0, silence + sure)
        last_level, last_set_level = np.where(attack, level, last_level), np.where(attack, set_level, last_set_level)
        last_count = np.where((count > 0) | sure, count, last_count)
        counts[..., week] = count
    return counts


def _returned(past: Past, week: int, silence: Array, last_level: Array, step: Array | float) -> Array:
    """Return the level at a return in the week, of a level that takes a step each week, (..., series)."""
    weeks, half = np.asarray(silence) ** 4, np.asarray(past.return_half_life) ** 4
    kept = half / (weeks + half)
    noise = past.return_noise[..., week] * np.sqrt(1 - kept**2)
    lower = np.minimum(last_level, past.return_level + kept * (last_level - past.return_level))
    return np.asarray(lower + kept * step + noise)


def _emit(active: NDArray[np.bool_], log_intensity: Array, dynamics: Dynamics, rng: np.random.Generator) -> Array:
    """Return the counts of one week, (..., series): gamma-Poisson while active, background while halted."""
    shape = np.exp(dynamics.log_concentration)
    mean = np.exp(np.minimum(log_intensity, 20.0))
    busy = rng.poisson(rng.gamma(shape, mean / shape, size=active.shape))
    background = rng.poisson(np.exp(dynamics.log_leak)[..., None], size=active.shape)
    return np.where(active, busy, background).astype(float)
