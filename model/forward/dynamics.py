"""The equations of a week ahead, for one draw and series, and the arrays that they read.

Simulated paths (`model/forward/simulate.py`), exact answers (`model/forward/exact.py`) and the particle filter
(`model/fitting/particle_filter.py`) step through these kernels, so that they cannot come to differ. The law by week
(`model/forward/conditional_law.py`) sums them out in numpy. Three statements of the equations share no code with them
on purpose, and tests compare all: the PyMC graph (`model/fitting/build.py`), the plain simulator
(`model/forward/plain_simulator.py`) and the synthetic data (`data/synthetic.py`).

Weeks h = 1..H::

    log_intensity = intercept + effect . covariate + level + self_excitation * log1p(count before) + push
    P(halt)   = expit(halt_intercept - halt_level * known log_intensity before + halt_effect . covariate + push)
    P(resume) = expit(resumption_intercept - resumption_aging * log1p(silent_weeks before)
                      + resumption_effect . covariate + push)

The regime of a week is decided first. While it stays active the level steps by `sigma * z - sigma^2 / 2`. In the week
of a return the silence has taken away a share of what it was above the return rate, and left it as uncertain::

    kept  = 1 / (1 + (silent_weeks before / return_half_life)^4)
    lowered(level) = level - (1 - kept) max(level - (log(return_rate) - intercept), 0)
    level = lowered(last_level) - kept sigma^2 / 2 + sqrt(kept^2 sigma^2 + (1 - kept^2) return_sd^2) z
    set_level = lowered(last_set_level) + sqrt((1 - kept^2) return_sd^2) z

`last_level` is that of the last week with an attack while active. Halting knows the level at the origin and what
returns made of it, not where it has walked: `known log_intensity` is the log intensity with that level, `set_level`. So
neither the walk nor the drift that keeps its mean adds to the chance of halting. The count is drawn last: negative
binomial while active, Poisson(leak) while halted. A silence ends with an attack of an active week; a false-positive
statement in a pause leaves its clock alone.
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
from lull.model.numba_kernels import MAX_LOGIT, checksum_of, inlined, inner, kernel_of
from lull.model.parameters import EFFECTS, forward_names

kernel = kernel_of(checksum_of(__file__, inversion.__file__))

DRAWN = (*forward_names("series"), *forward_names())
# The posterior draws as the kernels read them: the state's arrays of `DRAWN`, `effect` (D, K, 3) on log intensity, halt
# logit and resumption logit, `covariate` (D, S|1, K, H), and `drift`: 0.5, or 0 without the correction, `elsewhere`
# (D, S): whose paths the regime model does not decide.
FIELDS = (*DRAWN, "effect", "covariate", "drift", "elsewhere")
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
    return_level: T  # that a return is drawn to: the log of the return rate less the intercept
    return_half_life: T  # weeks
    return_sd: T


class Standing[T, B](NamedTuple):
    """Where one path stands in a week, or many."""

    active: B
    level: T
    set_level: T  # at the origin, and as returns have changed it: what halting knows of it
    log_intensity: T


def drawn_of(state: OriginState) -> Drawn:
    """Return the state's arrays as the kernels read them."""
    parts: dict[str, Any] = {name: np.ascontiguousarray(getattr(state, name), dtype=np.float64) for name in DRAWN}
    parts["effect"] = np.stack([getattr(state, name) for name in EFFECTS], axis=-1)
    parts["covariate"] = np.ascontiguousarray(state.future_covariate, dtype=np.float64)
    parts["drift"] = 0.5 if state.drift_correction else 0.0
    parts["elsewhere"] = np.zeros(state.p_active.shape, dtype=bool) if state.hurdle is None else state.hurdle.decided
    return _Drawn(**parts)


def pushed_of(push: Push) -> Pushed:
    """Return the push's arrays as the kernels read them."""
    arrays = {field.name: np.ascontiguousarray(getattr(push, field.name)) for field in fields(push)}
    return Pushed(**arrays)


class Silence(NamedTuple):
    """The silence up to a week: its age (0 after an attack), and both levels at the last attack while active."""

    weeks: float
    log_age: float  # log(1 + weeks)
    last_level: float
    last_set_level: float


def log_ages(state: OriginState) -> Array:
    """Return log(1 + n) for every silence of n weeks that may come up to the last week, (n,)."""
    longest = int(state.silent_weeks.max(initial=0.0)) + state.horizon
    return np.log1p(np.arange(longest + 1.0))


@inner
def law_of(draw: int, series: int, drawn: Drawn) -> Law[float]:
    """Return what governs the weeks of one draw and series."""
    cell = (draw, series)
    sigma = drawn.sigma[cell]
    drift = drawn.drift * sigma * sigma
    return Law(
        sigma,
        drift,
        drawn.halt_level[cell],
        drawn.resumption_aging[cell],
        drawn.self_excitation[draw],
        math.log(drawn.return_rate[draw]) - drawn.intercept[cell],
        drawn.return_half_life[draw],
        drawn.return_sd[draw],
    )


@inner
def levels_at_origin(draw: int, series: int, drawn: Drawn, z: float) -> tuple[float, float]:
    """Return the level at the origin and that of the last attack: what the modes leave out of them is normal."""
    cell = (draw, series)
    residual = drawn.level_residual_sd[cell] * z
    return drawn.level[cell] + residual, drawn.last_level[cell] + residual


@inner
def fill_drives(draw: int, series: int, drawn: Drawn, pushed: Pushed, drives: Array) -> None:
    """Fill `drives` (3, week): what is known of log intensity, halt logit and resumption logit before any week happens.

    Intercepts, covariates and pushes; the level, the log intensity before and the silence come week by week.
    """
    drives[0] = drawn.intercept[draw, series]
    drives[1] = drawn.halt_intercept[draw, series]
    drives[2] = drawn.resumption_intercept[draw, series]
    add_pushes(draw, series, weeks_of(drawn.covariate, draw, series), drawn.effect[draw], pushed, drives)


@inner
def add_pushes(  # noqa: PLR0917 - numba calls by position
    draw: int, series: int, scheduled: Array, effect: Array, pushed: Pushed, drives: Array
) -> None:
    """Add to `drives` (3, week) the effects (covariate, 3) of covariates (covariate, week), and what a push adds."""
    extra = weeks_of(pushed.covariate, draw, series)
    on_intensity = weeks_of(pushed.log_intensity, draw, series)
    on_halt = weeks_of(pushed.halt_logit, draw, series)
    on_resumption = weeks_of(pushed.resumption_logit, draw, series)
    for week in range(drives.shape[1]):
        drives[0, week] += on_intensity[week]
        drives[1, week] += on_halt[week]
        drives[2, week] += on_resumption[week]
    for covariate in range(scheduled.shape[0]):
        for week in range(drives.shape[1]):  # weeks inside: the processor adds several at once
            value = scheduled[covariate, week] + extra[covariate, week]
            drives[0, week] += effect[covariate, 0] * value
            drives[1, week] += effect[covariate, 1] * value
            drives[2, week] += effect[covariate, 2] * value


@inner
def weeks_of[T: np.generic](pushed: NDArray[T], draw: int, series: int) -> NDArray[T]:
    """Return the weeks of one draw and series of a push, (..., week), whether it has one for all or one for each."""
    weeks: NDArray[T] = pushed[draw if pushed.shape[0] > 1 else 0, series if pushed.shape[1] > 1 else 0]
    return weeks


@inlined
def next_week(  # noqa: PLR0917 - numba calls by position
    was: Standing[float, bool],
    law: Law[float],
    drives: tuple[float, float, float],
    silence: Silence,
    last_count: float,
    forced: int,
    uniform_logit: float,
    z: float,
) -> Standing[float, bool]:
    """Return where a path stands a week later, from its drives and its two random numbers.

    `silence` and `last_count` are those up to the week before; `uniform_logit` is a uniform's logit, `z` is normal.
    """
    logit = (
        going_on(law.halt_level, was.log_intensity - was.level + was.set_level, drives[1])
        if was.active
        else resuming(law.resumption_aging, silence.log_age, drives[2])
    )
    active = uniform_logit < logit if forced == FREE else forced == ACTIVE
    level, set_level = was.level, was.set_level
    if active and was.active:
        level = stepped(level, law.sigma, law.drift, z)
    elif active:
        level, set_level = returned(silence, law, z)
    return Standing(active, level, set_level, log_mean(drives[0], level, law.self_excitation, last_count))


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
def returned(silence: Silence, law: Law[float], z: float) -> tuple[float, float]:
    """Return the level of the week in which a pause ends, and what halting knows of it: the same without the walk."""
    ratio = silence.weeks / law.return_half_life
    kept = 1.0 / (1.0 + ratio * ratio * ratio * ratio)
    unsure = (1.0 - kept * kept) * law.return_sd**2
    spread = math.sqrt((kept * law.sigma) ** 2 + unsure)
    level = lowered(silence.last_level, kept, law.return_level) + (spread * z - kept * law.drift)
    return level, lowered(silence.last_set_level, kept, law.return_level) + math.sqrt(unsure) * z


@inlined
def lowered(level: float, kept: float, return_level: float) -> float:
    """Return a level less what a silence has taken of it: of what lies above the return level a share is kept."""
    return level - (1.0 - kept) * max(level - return_level, 0.0)


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
