"""What the kernels read, and the parts of a week's equations that they share: draws, pushes, drives.

Simulated paths (`model/forward/simulate.py`) and exact answers (`model/forward/exact.py`) step through the same
arrays, so that they cannot come to believe different things.
"""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.model.forward.state import BY_DRAW, BY_SERIES, OriginState, Push

kernel: Any = njit(cache=True, nogil=True, error_model="numpy")

SMALL = 20_000  # cells below which a second thread costs more than it brings
MAX_LOGIT = 180.0  # as in `model/regimes/filter.py`


class Drawn(NamedTuple):
    """The posterior draws as the kernels read them."""

    intercept: Array
    concentration: Array
    sigma: Array
    halt_intercept: Array
    halt_level: Array
    resumption_intercept: Array
    resumption_aging: Array
    level: Array
    level_residual_sd: Array
    log_intensity: Array
    p_active: Array
    silent_weeks: Array
    last_count: Array
    leak: Array
    self_excitation: Array
    effect: Array  # (D, K, 3): on log intensity, halt logit, resumption logit
    covariate: Array  # (D, K, H)
    drift: float  # 0.5, or 0 without the correction


class Pushed(NamedTuple):
    """A push as the kernels read it."""

    covariate: Array
    log_intensity: Array
    halt_logit: Array
    resumption_logit: Array
    forced_regime: NDArray[np.int8]
    reporting: Array


def drawn_of(state: OriginState) -> Drawn:
    """Return the state's arrays as the kernels read them."""
    arrays = {name: np.ascontiguousarray(getattr(state, name), dtype=np.float64) for name in (*BY_SERIES, *BY_DRAW)}
    return Drawn(
        **arrays,
        effect=np.stack([state.effect, state.halt_effect, state.resumption_effect], axis=-1),
        covariate=np.ascontiguousarray(state.future_covariate, dtype=np.float64),
        drift=0.5 if state.drift_correction else 0.0,
    )


def pushed_of(push: Push) -> Pushed:
    """Return the push's arrays as the kernels read them."""
    arrays = {field.name: np.ascontiguousarray(getattr(push, field.name)) for field in fields(push)}
    return Pushed(**arrays)


def log_ages(state: OriginState) -> Array:
    """Return log(1 + n) for every silence of n weeks that may come up to the last week, (n,)."""
    longest = int(state.silent_weeks.max(initial=0.0)) + state.horizon
    return np.log1p(np.arange(longest + 1.0))


def spread(fill: Callable[..., None], *arguments: Any, draws: int, cells: int) -> None:
    """Run a kernel over all draws, in as many threads as there are processors.

    Threads of Python, because the kernels let go of its lock: numba's own pool may not be entered twice at a time.
    """
    threads = min(os.process_cpu_count() or 1, draws, 1 + cells // SMALL)
    if threads <= 1:
        fill(0, draws, *arguments)
        return
    first, *others = pairwise(np.linspace(0, draws, threads + 1).astype(int).tolist())
    with ThreadPoolExecutor(threads - 1) as pool:
        elsewhere = [pool.submit(fill, *edge, *arguments) for edge in others]
        fill(*first, *arguments)
        for done in elsewhere:
            done.result()


@kernel
def fill_drives(draw: int, series: int, drawn: Drawn, pushed: Pushed, drives: Array) -> None:
    """Fill `drives` (3, week): what is known of log intensity, halt logit and resumption logit before any week happens.

    Intercepts, covariates and pushes; the level, the log intensity before and the silence come week by week.
    """
    extra, scheduled, effect = weeks_of(pushed.covariate, draw, series), drawn.covariate[draw], drawn.effect[draw]
    on_intensity = weeks_of(pushed.log_intensity, draw, series)
    on_halt = weeks_of(pushed.halt_logit, draw, series)
    on_resumption = weeks_of(pushed.resumption_logit, draw, series)
    for week in range(drives.shape[1]):
        intensity = drawn.intercept[draw, series] + on_intensity[week]
        halt = drawn.halt_intercept[draw, series] + on_halt[week]
        resumption = drawn.resumption_intercept[draw, series] + on_resumption[week]
        for covariate in range(scheduled.shape[0]):
            value = scheduled[covariate, week] + extra[covariate, week]
            intensity += effect[covariate, 0] * value
            halt += effect[covariate, 1] * value
            resumption += effect[covariate, 2] * value
        drives[0, week], drives[1, week], drives[2, week] = intensity, halt, resumption


@kernel
def weeks_of(pushed: Array, draw: int, series: int) -> Array:
    """Return the weeks of one draw and series of a push, (..., week), whether it has one for all or one for each."""
    return pushed[draw if pushed.shape[0] > 1 else 0, series if pushed.shape[1] > 1 else 0]


@kernel
def expit(logit: float) -> float:
    """Return the logistic function, held within `expit(-+MAX_LOGIT)`."""
    return 1.0 / (1.0 + math.exp(-min(max(logit, -MAX_LOGIT), MAX_LOGIT)))
