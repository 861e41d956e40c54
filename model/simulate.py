"""The model run forward from the origin under a push: numba, many draws, no PyMC.

The invariant: a path is a function of its draw, its push and its random numbers, so paths of one seed are identical up
to the first week in which the pushes differ. Regimes, counts and reports are decided by inversion, one uniform each: a
larger chance of being active never turns an active week into a halted one, a larger mean never gives a smaller count.

The equations are those of `model/build.py`, weeks h = 1..H::

    log_intensity = intercept + effect . covariate + level + self_excitation * log1p(count before) + push
    P(halt)   = expit(halt_intercept - halt_level * log_intensity before + halt_effect . covariate + push)
    P(resume) = expit(resumption_intercept - resumption_aging * log1p(silent_weeks before)
                      + resumption_effect . covariate + push)

The regime of a week is decided first; while it is active the level steps by `sigma * z - sigma^2 / 2`, else it rests;
then the count is drawn: negative binomial while active, Poisson(leak) while halted.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numba import njit
from numpy.typing import NDArray

from data.calendar import Week, weeks_ahead
from model.inversion import POISSON, count_quantile, thinned
from model.random_numbers import RandomNumbers
from model.state import ACTIVE, BY_DRAW, BY_SERIES, FREE, HALTED, OriginState, Push

__all__ = ["ACTIVE", "FREE", "HALTED", "OriginState", "Paths", "Push", "RandomNumbers", "simulate"]

type Array = NDArray[np.float64]

kernel: Any = njit(cache=True, nogil=True, error_model="numpy")

SMALL = 20_000  # cells below which a second thread costs more than it brings
MAX_LOGIT = 180.0  # as in `model/regimes.py`


@dataclass(frozen=True)
class Paths:
    """Simulated trajectories: `attacks` as they happen, `count` as they are reported, `active` the regime.

    Each (draw, series, horizon), in attacks per week, stored with draws contiguous; where reporting is unchanged
    `count` is `attacks`. `run_id` and `seed` say which draws and which luck these are: only paths that share both
    may be subtracted.
    """

    attacks: NDArray[np.int32]
    count: NDArray[np.int32]
    active: NDArray[np.bool_]
    series: tuple[str, ...]
    origin: Week
    run_id: str
    seed: int

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return self.attacks.shape[0]

    @property
    def horizon(self) -> int:
        """How many weeks ahead the paths run."""
        return self.attacks.shape[-1]

    @cached_property
    def cumulated(self) -> NDArray[np.int64]:
        """Reported attacks of weeks 1..h, (draw, series, horizon)."""
        total: NDArray[np.int64] = np.cumsum(self.count.transpose(1, 2, 0), axis=1, dtype=np.int64).transpose(2, 0, 1)
        return total

    def to_dataset(self) -> xr.Dataset:
        """Return the paths with labels: dims (draw, series, week), `horizon` along week."""
        weeks = weeks_ahead(self.origin, self.horizon)
        coords = {
            "draw": np.arange(self.draws),
            "series": np.array(self.series, dtype=str),
            "week": weeks.astype("datetime64[ns]"),
            "horizon": ("week", np.arange(1, self.horizon + 1)),
        }
        dims = ("draw", "series", "week")
        units = {"units": "attacks per week"}
        values = {"attacks": (dims, self.attacks, units), "count": (dims, self.count, units)}
        attrs = {"run_id": self.run_id, "seed": self.seed}
        return xr.Dataset(values | {"active": (dims, self.active)}, coords=coords, attrs=attrs)


def simulate(state: OriginState, push: Push, numbers: RandomNumbers) -> Paths:
    """Return the paths of every draw under a push, weeks 1..H of the state's schedule, attacks per week.

    `numbers` must be of the same draws and series and of at least as many weeks. Raises ValueError for shapes that
    do not agree.
    """
    _check(state, push, numbers)
    shape = (len(state.series), state.horizon, state.draws)
    attacks, active = np.empty(shape, dtype=np.int32), np.empty(shape, dtype=np.bool_)
    all_reported = bool((push.reporting >= 1.0).all())
    count = attacks if all_reported else np.empty(shape, dtype=np.int32)
    luck = _luck(numbers, with_reports=not all_reported)
    arguments = (_drawn(state), _pushed(push), luck, all_reported, attacks, count, active)
    _spread(arguments, draws=state.draws, cells=attacks.size)
    return Paths(
        attacks=attacks.transpose(2, 0, 1),
        count=count.transpose(2, 0, 1),
        active=active.transpose(2, 0, 1),
        series=state.series,
        origin=state.origin,
        run_id=state.run_id,
        seed=numbers.seed,
    )


def _check(state: OriginState, push: Push, numbers: RandomNumbers) -> None:
    """Refuse a push or numbers that are not the state's."""
    draws, series, horizon = state.draws, len(state.series), state.horizon
    if numbers.series != state.series or numbers.draws != draws or numbers.horizon < horizon:
        raise ValueError(
            f"the random numbers are of {numbers.draws} draws, {numbers.horizon} weeks and the series "
            f"{', '.join(numbers.series)}; the state has {draws}, {horizon} and {', '.join(state.series)}"
        )
    for field in fields(push):
        shape = getattr(push, field.name).shape
        last = (len(state.covariates), horizon) if field.name == "covariate" else (horizon,)
        if shape[2:] != last or shape[0] not in (1, draws) or shape[1] not in (1, series):
            raise ValueError(f"push.{field.name} has the shape ({draws}|1, {series}|1, {last}), found {shape}")


class _Drawn(NamedTuple):
    """The posterior draws as the kernel reads them."""

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
    covariate: Array  # (D, H, K)
    drift: float  # 0.5, or 0 without the correction


class _Pushed(NamedTuple):
    """A push as the kernel reads it; `touches` says whether `covariate` holds anything but zeros."""

    covariate: Array
    log_intensity: Array
    halt_logit: Array
    resumption_logit: Array
    forced_regime: NDArray[np.int8]
    reporting: Array
    touches: bool


class _Luck(NamedTuple):
    """The random numbers as the kernel reads them: (series, week, draw), the first two (draw, series)."""

    u_initial: Array
    z_residual: Array
    u_regime: Array
    u_count: Array
    z_level: Array
    u_report: Array


def _drawn(state: OriginState) -> _Drawn:
    """Return the state's arrays as the kernel reads them."""
    arrays = {name: np.ascontiguousarray(getattr(state, name), dtype=np.float64) for name in (*BY_SERIES, *BY_DRAW)}
    return _Drawn(
        **arrays,
        effect=np.stack([state.effect, state.halt_effect, state.resumption_effect], axis=-1),
        covariate=np.ascontiguousarray(state.future_covariate.transpose(0, 2, 1)),
        drift=0.5 if state.drift_correction else 0.0,
    )


def _pushed(push: Push) -> _Pushed:
    """Return the push's arrays as the kernel reads them."""
    arrays = {field.name: np.ascontiguousarray(getattr(push, field.name)) for field in fields(push)}
    arrays["covariate"] = np.ascontiguousarray(push.covariate.transpose(0, 1, 3, 2))
    return _Pushed(**arrays, touches=bool(push.covariate.any()))


def _luck(numbers: RandomNumbers, *, with_reports: bool) -> _Luck:
    """Return the numbers as the kernel reads them; those of the reports are made only where they are needed."""
    return _Luck(
        u_initial=numbers.u_initial,
        z_residual=numbers.z_residual,
        u_regime=numbers.u_regime.transpose(1, 2, 0),
        u_count=numbers.u_count.transpose(1, 2, 0),
        z_level=numbers.z_level.transpose(1, 2, 0),
        u_report=(numbers.u_report if with_reports else numbers.u_count).transpose(1, 2, 0),
    )


def _spread(arguments: tuple[Any, ...], *, draws: int, cells: int) -> None:
    """Run the kernel over all draws, in as many threads as there are processors.

    Threads of Python, because the kernel lets go of its lock: numba's own pool may not be entered twice at a time.
    """
    threads = min(os.process_cpu_count() or 1, draws, 1 + cells // SMALL)
    if threads <= 1:
        _simulate(0, draws, *arguments)
        return
    edges = np.linspace(0, draws, threads + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(_simulate, *edge, *arguments) for edge in pairwise(edges)]:
            done.result()


@kernel
def _simulate(  # noqa: PLR0917 - numba calls by position
    first: int,
    last: int,
    drawn: _Drawn,
    pushed: _Pushed,
    luck: _Luck,
    all_reported: bool,  # noqa: FBT001 - numba calls by position
    attacks: NDArray[np.int32],
    count: NDArray[np.int32],
    active: NDArray[np.bool_],
) -> None:
    """Fill `attacks`, `count` and `active` (series, week, draw) for the draws from `first` up to `last`."""
    for series in range(attacks.shape[0]):
        for draw in range(first, last):
            _walk(draw, series, drawn, pushed, luck, attacks, active)
            if not all_reported:
                reporting = _of(pushed.reporting, draw, series)
                for week in range(attacks.shape[1]):
                    happened, uniform = attacks[series, week, draw], luck.u_report[series, week, draw]
                    count[series, week, draw] = thinned(uniform, happened, reporting[week])


@kernel
def _walk(  # noqa: PLR0917 - numba calls by position
    draw: int,
    series: int,
    drawn: _Drawn,
    pushed: _Pushed,
    luck: _Luck,
    attacks: NDArray[np.int32],
    active: NDArray[np.bool_],
) -> None:
    """Fill one path: the equations of the module's docstring, week by week."""
    cell = (draw, series)
    push_intensity, push_halt = _of(pushed.log_intensity, draw, series), _of(pushed.halt_logit, draw, series)
    push_resume, forced = _of(pushed.resumption_logit, draw, series), _of(pushed.forced_regime, draw, series)
    concentration, sigma = drawn.concentration[cell], drawn.sigma[cell]
    leak, excitation = drawn.leak[draw], drawn.self_excitation[draw]
    drift = drawn.drift * sigma * sigma
    level = drawn.level[cell] + drawn.level_residual_sd[cell] * luck.z_residual[cell]
    intensity, silent, before = drawn.log_intensity[cell], drawn.silent_weeks[cell], drawn.last_count[cell]
    on = luck.u_initial[cell] < drawn.p_active[cell]
    for week in range(attacks.shape[1]):
        by_intensity, by_halt, by_resume = _drive(draw, series, week, drawn, pushed)
        if on:
            logit = drawn.halt_intercept[cell] - drawn.halt_level[cell] * intensity + by_halt + push_halt[week]
            p_active = _expit(-logit)
        else:
            logit = drawn.resumption_intercept[cell] - drawn.resumption_aging[cell] * math.log1p(silent)
            p_active = _expit(logit + by_resume + push_resume[week])
        on = luck.u_regime[series, week, draw] < p_active if forced[week] == FREE else forced[week] == ACTIVE
        if on:
            level += sigma * luck.z_level[series, week, draw] - drift
        intensity = drawn.intercept[cell] + by_intensity + level + push_intensity[week]
        if excitation != 0.0:
            intensity += excitation * math.log1p(before)
        if on:
            seen = count_quantile(luck.u_count[series, week, draw], math.exp(intensity), concentration)
        else:
            seen = count_quantile(luck.u_count[series, week, draw], leak, POISSON)
        silent = 0.0 if seen > 0 else silent + 1.0
        before = float(seen)
        attacks[series, week, draw] = seen
        active[series, week, draw] = on


@kernel
def _drive(draw: int, series: int, week: int, drawn: _Drawn, pushed: _Pushed) -> tuple[float, float, float]:
    """Return what the covariates of a week add to log intensity, halt logit and resumption logit."""
    intensity, halt, resume = 0.0, 0.0, 0.0
    extra = pushed.covariate[draw % pushed.covariate.shape[0], series % pushed.covariate.shape[1], week]
    for covariate in range(extra.size):
        value = drawn.covariate[draw, week, covariate]
        if pushed.touches:
            value += extra[covariate]
        intensity += drawn.effect[draw, covariate, 0] * value
        halt += drawn.effect[draw, covariate, 1] * value
        resume += drawn.effect[draw, covariate, 2] * value
    return intensity, halt, resume


@kernel
def _of(pushed: Array, draw: int, series: int) -> Array:
    """Return the weeks of one draw and series of a push, (week,)."""
    return pushed[draw % pushed.shape[0], series % pushed.shape[1]]


@kernel
def _expit(logit: float) -> float:
    """Return the logistic function, held within `expit(-+MAX_LOGIT)`."""
    return 1.0 / (1.0 + math.exp(-min(max(logit, -MAX_LOGIT), MAX_LOGIT)))
