"""The equations of a week ahead, for one draw and series, and the arrays that they read.

Simulated paths (`model/forward/simulate.py`), exact answers (`model/forward/exact.py`) and the particle filter
(`model/fitting/particle_filter.py`) step through these kernels, so that they cannot come to differ. The law by week
(`model/forward/conditional_law.py`) sums them out in numpy. Three statements of the equations share no code with them
on purpose, and tests compare all: the PyMC graph (`model/fitting/build.py`), the plain simulator
(`model/forward/plain_simulator.py`) and the synthetic data (`data/synthetic.py`).

Weeks h = 1..H::

    log_intensity = intercept + effect . covariate + level + self_excitation * log1p(count before) + push
    P(halt)   = expit(halt_intercept - halt_level * log_intensity before + halt_effect . covariate + push)
    P(resume) = expit(resumption_intercept - resumption_aging * log1p(silent_weeks before)
                      + resumption_effect . covariate + push)

The regime of a week is decided first; while it is active the level steps by `sigma * z - sigma^2 / 2`, else it rests;
then the count is drawn: negative binomial while active, Poisson(leak) while halted.
"""

import math
from collections import namedtuple
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.model.forward import inversion
from lull.model.forward.state import ACTIVE, FREE, OriginState, Push
from lull.model.numba_kernels import MAX_LOGIT, checksum_of, inlined, kernel_of
from lull.model.parameters import EFFECTS, forward_names

kernel = kernel_of(checksum_of(__file__, inversion.__file__))

DRAWN = (*forward_names("series"), *forward_names())
# The posterior draws as the kernels read them: the state's arrays of `DRAWN`, `effect` (D, K, 3) on log intensity, halt
# logit and resumption logit, `covariate` (D, K, H), and `drift`: 0.5, or 0 without the correction.
FIELDS = (*DRAWN, "effect", "covariate", "drift")
_Drawn: Any = namedtuple("_Drawn", FIELDS)  # type: ignore[misc] # noqa: PYI024 - its fields are rows of a table
type Drawn = Any


class Pushed(NamedTuple):
    """A push as the kernels read it."""

    covariate: Array
    log_intensity: Array
    halt_logit: Array
    resumption_logit: Array
    forced_regime: NDArray[np.int8]
    reporting: Array


class Law[T](NamedTuple):
    """What governs the weeks of one draw and series apart from the drives: floats, or arrays of many draws."""

    sigma: T
    drift: T  # of the level in an active week: sigma^2 / 2, or 0 without the correction
    halt_level: T
    resumption_aging: T
    self_excitation: T


class Standing[T, B](NamedTuple):
    """Where one path stands in a week, or many."""

    active: B
    level: T
    log_intensity: T


def drawn_of(state: OriginState) -> Drawn:
    """Return the state's arrays as the kernels read them."""
    parts: dict[str, Any] = {name: np.ascontiguousarray(getattr(state, name), dtype=np.float64) for name in DRAWN}
    parts["effect"] = np.stack([getattr(state, name) for name in EFFECTS], axis=-1)
    parts["covariate"] = np.ascontiguousarray(state.future_covariate, dtype=np.float64)
    parts["drift"] = 0.5 if state.drift_correction else 0.0
    return _Drawn(**parts)


def pushed_of(push: Push) -> Pushed:
    """Return the push's arrays as the kernels read them."""
    arrays = {field.name: np.ascontiguousarray(getattr(push, field.name)) for field in fields(push)}
    return Pushed(**arrays)


def log_ages(state: OriginState) -> Array:
    """Return log(1 + n) for every silence of n weeks that may come up to the last week, (n,)."""
    longest = int(state.silent_weeks.max(initial=0.0)) + state.horizon
    return np.log1p(np.arange(longest + 1.0))


@kernel
def law_of(draw: int, series: int, drawn: Drawn) -> Law[float]:
    """Return what governs the weeks of one draw and series."""
    cell = (draw, series)
    sigma = drawn.sigma[cell]
    drift = drawn.drift * sigma * sigma
    return Law(sigma, drift, drawn.halt_level[cell], drawn.resumption_aging[cell], drawn.self_excitation[draw])


@kernel
def level_at_origin(draw: int, series: int, drawn: Drawn, z: float) -> float:
    """Return the level at the origin: what the modes leave out of it is normal."""
    level: float = drawn.level[draw, series] + drawn.level_residual_sd[draw, series] * z
    return level


@kernel
def fill_drives(draw: int, series: int, drawn: Drawn, pushed: Pushed, drives: Array) -> None:
    """Fill `drives` (3, week): what is known of log intensity, halt logit and resumption logit before any week happens.

    Intercepts, covariates and pushes; the level, the log intensity before and the silence come week by week.
    """
    drives[0] = drawn.intercept[draw, series]
    drives[1] = drawn.halt_intercept[draw, series]
    drives[2] = drawn.resumption_intercept[draw, series]
    add_pushes(draw, series, drawn.covariate[draw], drawn.effect[draw], pushed, drives)


@kernel
def add_pushes(  # noqa: PLR0917 - numba calls by position
    draw: int, series: int, scheduled: Array, effect: Array, pushed: Pushed, drives: Array
) -> None:
    """Add to `drives` (3, week) the effects (covariate, 3) of covariates (covariate, week), and what a push adds."""
    extra = weeks_of(pushed.covariate, draw, series)
    on_intensity = weeks_of(pushed.log_intensity, draw, series)
    on_halt = weeks_of(pushed.halt_logit, draw, series)
    on_resumption = weeks_of(pushed.resumption_logit, draw, series)
    for week in range(drives.shape[1]):
        intensity = drives[0, week] + on_intensity[week]
        halt = drives[1, week] + on_halt[week]
        resumption = drives[2, week] + on_resumption[week]
        for covariate in range(scheduled.shape[0]):
            value = scheduled[covariate, week] + extra[covariate, week]
            intensity += effect[covariate, 0] * value
            halt += effect[covariate, 1] * value
            resumption += effect[covariate, 2] * value
        drives[0, week], drives[1, week], drives[2, week] = intensity, halt, resumption


@kernel
def weeks_of[T: np.generic](pushed: NDArray[T], draw: int, series: int) -> NDArray[T]:
    """Return the weeks of one draw and series of a push, (..., week), whether it has one for all or one for each."""
    weeks: NDArray[T] = pushed[draw if pushed.shape[0] > 1 else 0, series if pushed.shape[1] > 1 else 0]
    return weeks


@inlined
def next_week(  # noqa: PLR0917 - numba calls by position
    was: Standing[float, bool],
    law: Law[float],
    drives: tuple[float, float, float],
    log_age: float,
    last_count: float,
    forced: int,
    uniform_logit: float,
    z: float,
) -> Standing[float, bool]:
    """Return where a path stands a week later, from its drives and its two random numbers.

    `log_age` is log(1 + silent weeks) and `last_count` the count of the week before; `uniform_logit` is the logit of a
    uniform, `z` is normal.
    """
    logit = (
        going_on(law.halt_level, was.log_intensity, drives[1])
        if was.active
        else resuming(law.resumption_aging, log_age, drives[2])
    )
    active = uniform_logit < logit if forced == FREE else forced == ACTIVE
    level = stepped(was.level, law.sigma, law.drift, z) if active else was.level
    return Standing(active, level, log_mean(drives[0], level, law.self_excitation, last_count))


@inlined
def going_on(halt_level: float, log_intensity: float, halt: float) -> float:
    """Return the logit of staying active, from the log intensity of the week before and the drive of halting."""
    return halt_level * log_intensity - halt


@inlined
def resuming(resumption_aging: float, log_age: float, resumption: float) -> float:
    """Return the logit of resuming after a silence of log(1 + weeks), from the drive of resuming."""
    return resumption - resumption_aging * log_age


@inlined
def stepped(level: float, sigma: float, drift: float, z: float) -> float:
    """Return the level after an active week."""
    return level + (sigma * z - drift)


@inlined
def log_mean(drive: float, level: float, self_excitation: float, last_count: float) -> float:
    """Return the log intensity of a week, from its drive and the count of the week before."""
    log_intensity = drive + level
    if self_excitation != 0.0:
        log_intensity += self_excitation * math.log1p(last_count)
    return log_intensity


@inlined
def held(log: float) -> float:
    """Return a logit or logarithm held within `MAX_LOGIT`."""
    return min(max(log, -MAX_LOGIT), MAX_LOGIT)


@inlined
def expit(logit: float) -> float:
    """Return the logistic function, held within `expit(-+MAX_LOGIT)`."""
    return 1.0 / (1.0 + math.exp(-held(logit)))
