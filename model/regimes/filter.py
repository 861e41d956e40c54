"""What the two regimes say of counts, exactly: filter, smoother, sampled paths, and the chance of an all-zero future.

Each function is plain numpy in and out and takes leading draw dims (...), which broadcast; each draw is computed on
its own, in parallel. Every regime path is summed, none is sampled unless paths are asked for. The loops are in
`model/regimes/kernels.py`, and the likelihood with its gradients for PyMC is in `model/regimes/likelihood_op.py`.

The terms, in the order of every signature: `count` (..., series, week), NaN or below 0 where missing; `log_intensity`
(..., series, week); `log_concentration` (..., series); `halt_logit` and `resumption_logit` (..., series, week) of the
step from the week before into each week, the first of them not used; `log_leak` (...,); `initial_logit`
(..., series) of being active in the first week; `log_completeness` (series, week) of the share of each week that has
been counted, 0 where all of it has.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from lull.data.arrays import Array
from lull.model.numba_kernels import share_out
from lull.model.regimes.kernels import Regimes, Terms, fill_regimes

type Shape = tuple[int, ...]

NOTHING, NO_PATH = np.empty((0, 0, 0)), np.empty((0, 0, 0), dtype=np.int8)  # what is not wanted


def filter_regimes(*terms: ArrayLike) -> tuple[Array, Array]:
    """Return the log likelihood (..., series) and P(active | counts up to the week) (..., series, week)."""
    shape, flat = _flatten(*terms)
    found = Regimes(np.empty(_three(shape)[:2]), np.empty(_three(shape)), NOTHING, NO_PATH)
    _run(found.filtered, flat, NOTHING, found)
    return found.loglik.reshape(shape[:-1]), found.filtered.reshape(shape)


def smooth_regimes(*terms: ArrayLike) -> Array:
    """Return P(active | all counts), (..., series, week)."""
    shape, flat = _flatten(*terms)
    found = Regimes(np.empty(_three(shape)[:2]), NOTHING, np.empty(_three(shape)), NO_PATH)
    _run(found.smoothed, flat, NOTHING, found)
    return found.smoothed.reshape(shape)


def sample_regimes(*terms: ArrayLike, rng: np.random.Generator) -> NDArray[np.int8]:
    """Return a regime path of each draw given all counts, (..., series, week), 1 where active, 0 where halted.

    By backward sampling: the last week from the filter, then each week given the one after it.
    """
    shape, flat = _flatten(*terms)
    found = Regimes(np.empty(_three(shape)[:2]), NOTHING, NOTHING, np.empty(_three(shape), dtype=np.int8))
    _run(found.path, flat, rng.random(_three(shape)), found)
    return found.path.reshape(shape)


def all_zero_probability(  # noqa: PLR0917 - the order of the equations
    p_active: ArrayLike,
    log_intensity: ArrayLike,
    concentration: ArrayLike,
    halt_logit: ArrayLike,
    resumption_logit: ArrayLike,
    leak: ArrayLike,
) -> Array:
    """Return P(no count above 0 in weeks 1..h) for each h, (..., series, horizon), exact given the draw.

    `p_active` (..., series) at the origin; `log_intensity` and the logits (..., series, horizon) as they are on the
    all-zero path (the silence one week older each week), entry h-1 governing the step into week h; `concentration`
    (..., series); `leak` (...,), false-positive (background) statements a week.
    """
    active, intensity, size, halt, resumption, rate = _floats(
        p_active, log_intensity, concentration, halt_logit, resumption_logit, leak
    )
    probability = np.empty(_shape_of((intensity, halt, resumption), (active, size), rate))
    silent = np.exp(-size[..., None] * np.log1p(np.exp(intensity) / size[..., None]))
    quiet, halted = np.exp(-rate)[..., None], 1.0 - active
    for week in range(probability.shape[-1]):
        halting, resuming = active * expit(halt[..., week]), halted * expit(resumption[..., week])
        active = (active * expit(-halt[..., week]) + resuming) * silent[..., week]
        halted = (halted * expit(-resumption[..., week]) + halting) * quiet
        probability[..., week] = active + halted
    return probability


def silent_weeks(count: ArrayLike) -> Array:
    """Return the observed run of zero weeks up to and including each week, in weeks, (..., week) as `count`.

    A missing week neither lengthens nor ends a run.
    """
    counts = np.asarray(count, dtype=float)
    zeros = np.cumsum(counts == 0, axis=-1)
    before = np.maximum.accumulate(np.where(counts > 0, zeros, 0), axis=-1)
    return np.asarray(zeros - before, dtype=float)


def _flatten(*terms: ArrayLike) -> tuple[Shape, Terms]:
    """Return the shape (..., series, week) and the terms with their draws laid end to end."""
    count, intensity, log_size, halt, resumption, log_leak, initial, log_completeness = _floats(*terms)
    shape = _shape_of((count, intensity, halt, resumption), (log_size, initial), log_leak)
    shared = shape if count.ndim > 2 else shape[-2:]  # noqa: PLR2004 - counts without draws stay one copy
    return shape, Terms(
        _spread(count, shared, kept=2),
        _spread(intensity, shape, kept=2),
        _spread(log_size, shape[:-1], kept=1),
        _spread(halt, shape, kept=2),
        _spread(resumption, shape, kept=2),
        _spread(log_leak, shape[:-2], kept=0),
        _spread(initial, shape[:-1], kept=1),
        _spread(log_completeness, shape[-2:], kept=2)[0],
    )


def _floats(*values: ArrayLike) -> tuple[Array, ...]:
    return tuple(np.asarray(value, dtype=float) for value in values)


def _shape_of(weekly: tuple[Array, ...], by_series: tuple[Array, ...], by_draw: Array) -> Shape:
    """Return the common shape (..., series, week)."""
    shapes = [value.shape for value in weekly] + [(*value.shape, 1) for value in by_series]
    return np.broadcast_shapes(*shapes, (*by_draw.shape, 1, 1))


def _three(shape: Shape) -> tuple[int, int, int]:
    """Return (draw, series, week)."""
    return math.prod(shape[:-2]), shape[-2], shape[-1]


def _spread(values: Array, shape: Shape, *, kept: int) -> Array:
    """Return values broadcast to `shape`, its dims before the last `kept` laid end to end, not to be written to.

    Whether an array may be written to is part of its type to numba: the loops are compiled once, for such as may not.
    """
    lead = len(shape) - kept
    full = np.ascontiguousarray(np.broadcast_to(values, shape)).reshape(math.prod(shape[:lead]), *shape[lead:])
    full.flags.writeable = False
    return full


def _run(wanted: NDArray[Any], terms: Terms, uniform: Array, found: Regimes) -> None:
    """Fill what is wanted, (draw, series, week), in threads."""
    share_out(fill_regimes, terms, uniform, found, draws=wanted.shape[0], cells=wanted.size)
