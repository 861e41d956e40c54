"""The model run forward from the origin under a push: numba, many draws, no PyMC.

The invariant: a path is a function of its draw, its push and its random numbers, so paths of one seed are identical up
to the first week in which the pushes differ. Regimes, counts and reports are decided by inversion, one uniform each: a
larger chance of being active never turns an active week into a halted one, a larger mean never gives a smaller count.

The equations are those of `model/fitting/build.py`, weeks h = 1..H::

    log_intensity = intercept + effect . covariate + level + self_excitation * log1p(count before) + push
    P(halt)   = expit(halt_intercept - halt_level * log_intensity before + halt_effect . covariate + push)
    P(resume) = expit(resumption_intercept - resumption_aging * log1p(silent_weeks before)
                      + resumption_effect . covariate + push)

The regime of a week is decided first; while it is active the level steps by `sigma * z - sigma^2 / 2`, else it rests;
then the count is drawn: negative binomial while active, Poisson(leak) while halted.
"""

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.calendar import Week, weeks_ahead
from lull.model.forward.dynamics import (
    Drawn,
    Pushed,
    drawn_of,
    fill_drives,
    kernel,
    log_ages,
    pushed_of,
    spread,
    weeks_of,
)
from lull.model.forward.exact import any_attack_probability, resumption_probability
from lull.model.forward.inversion import POISSON, count_quantile, thinned
from lull.model.forward.random_numbers import RandomNumbers
from lull.model.forward.state import ACTIVE, FREE, HALTED, OriginState, Push

__all__ = [
    "ACTIVE",
    "FREE",
    "HALTED",
    "OriginState",
    "Paths",
    "Push",
    "RandomNumbers",
    "any_attack_probability",
    "resumption_probability",
    "simulate",
]


BLOCK = 104  # draws that go through the weeks together: independent of each other, and with room in the cache


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
        total = self.count.astype(np.int64, order="K")  # draws stay contiguous: week by week is faster than `cumsum`
        for week in range(1, self.horizon):
            total[..., week] += total[..., week - 1]
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
    arguments = (drawn_of(state), pushed_of(push), luck, log_ages(state), all_reported, attacks, count, active)
    spread(_simulate, *arguments, draws=state.draws, cells=attacks.size)
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


class _Luck(NamedTuple):
    """The random numbers as the kernel reads them: (series, week, draw), the first two (draw, series)."""

    u_initial: Array
    z_residual: Array
    regime_logit: Array
    u_count: Array
    z_level: Array
    u_report: Array


def _luck(numbers: RandomNumbers, *, with_reports: bool) -> _Luck:
    """Return the numbers as the kernel reads them; those of the reports are made only where they are needed."""
    return _Luck(
        u_initial=numbers.u_initial,
        z_residual=numbers.z_residual,
        regime_logit=numbers.regime_logit.transpose(1, 2, 0),
        u_count=numbers.u_count.transpose(1, 2, 0),
        z_level=numbers.z_level.transpose(1, 2, 0),
        u_report=(numbers.u_report if with_reports else numbers.u_count).transpose(1, 2, 0),
    )


class _Block(NamedTuple):
    """Room for a block of draws of one series: what a path needs in every week, draws contiguous."""

    drives: Array  # (3, week, draw)
    drive: Array  # (3, week), of one draw
    fixed: Array  # (parameter, draw)
    level: Array
    intensity: Array
    before: Array
    silent: NDArray[np.int64]
    on: NDArray[np.bool_]


CONCENTRATION, SIGMA, DRIFT, HALT_LEVEL, AGING, LEAK, QUIET, EXCITATION = range(8)  # rows of `_Block.fixed`


@kernel
def _simulate(  # noqa: PLR0917 - numba calls by position
    first: int,
    last: int,
    drawn: Drawn,
    pushed: Pushed,
    luck: _Luck,
    ages: Array,
    all_reported: bool,  # noqa: FBT001 - numba calls by position
    attacks: NDArray[np.int32],
    count: NDArray[np.int32],
    active: NDArray[np.bool_],
) -> None:
    """Fill `attacks`, `count` and `active` (series, week, draw) for the draws from `first` up to `last`."""
    weeks = attacks.shape[1]
    block = _Block(
        np.empty((3, weeks, BLOCK)), np.empty((3, weeks)), np.empty((8, BLOCK)), np.empty(BLOCK), np.empty(BLOCK),
        np.empty(BLOCK), np.empty(BLOCK, dtype=np.int64), np.empty(BLOCK, dtype=np.bool_),
    )  # fmt: skip
    for series in range(attacks.shape[0]):
        for start in range(first, last, BLOCK):
            stop = min(start + BLOCK, last)
            _begin(start, stop, series, drawn, pushed, luck, block)
            for week in range(weeks):
                _step(start, stop, series, week, pushed, luck, ages, block, attacks, active)
        if not all_reported:
            for draw in range(first, last):
                reporting = weeks_of(pushed.reporting, draw, series)
                for week in range(weeks):
                    happened, uniform = attacks[series, week, draw], luck.u_report[series, week, draw]
                    count[series, week, draw] = thinned(uniform, happened, reporting[week])


@kernel
def _begin(  # noqa: PLR0917 - numba calls by position
    start: int, stop: int, series: int, drawn: Drawn, pushed: Pushed, luck: _Luck, block: _Block
) -> None:
    """Lay out a block of draws of one series as they stand at the origin."""
    for draw in range(start, stop):
        cell, at = (draw, series), draw - start
        fill_drives(draw, series, drawn, pushed, block.drive)
        block.drives[:, :, at] = block.drive
        sigma = drawn.sigma[cell]
        block.fixed[CONCENTRATION, at] = drawn.concentration[cell]
        block.fixed[SIGMA, at] = sigma
        block.fixed[DRIFT, at] = drawn.drift * sigma * sigma
        block.fixed[HALT_LEVEL, at] = drawn.halt_level[cell]
        block.fixed[AGING, at] = drawn.resumption_aging[cell]
        block.fixed[LEAK, at] = drawn.leak[draw]
        block.fixed[QUIET, at] = math.exp(-drawn.leak[draw])
        block.fixed[EXCITATION, at] = drawn.self_excitation[draw]
        block.level[at] = drawn.level[cell] + drawn.level_residual_sd[cell] * luck.z_residual[cell]
        block.intensity[at] = drawn.log_intensity[cell]
        block.before[at] = drawn.last_count[cell]
        block.silent[at] = int(drawn.silent_weeks[cell])
        block.on[at] = luck.u_initial[cell] < drawn.p_active[cell]


@kernel
def _step(  # noqa: PLR0917 - numba calls by position
    start: int,
    stop: int,
    series: int,
    week: int,
    pushed: Pushed,
    luck: _Luck,
    ages: Array,
    block: _Block,
    attacks: NDArray[np.int32],
    active: NDArray[np.bool_],
) -> None:
    """Move a block of draws one week on: the equations of the module's docstring."""
    fixed, drives = block.fixed, block.drives
    forced_draws, forced_series = pushed.forced_regime.shape[0] > 1, pushed.forced_regime.shape[1] > 1
    for draw in range(start, stop):
        at = draw - start
        if block.on[at]:
            logit = fixed[HALT_LEVEL, at] * block.intensity[at] - drives[1, week, at]
        else:
            logit = drives[2, week, at] - fixed[AGING, at] * ages[block.silent[at]]
        forced = pushed.forced_regime[draw if forced_draws else 0, series if forced_series else 0, week]
        on = luck.regime_logit[series, week, draw] < logit if forced == FREE else forced == ACTIVE
        if on:
            block.level[at] += fixed[SIGMA, at] * luck.z_level[series, week, draw] - fixed[DRIFT, at]
        intensity = drives[0, week, at] + block.level[at]
        if fixed[EXCITATION, at] != 0.0:
            intensity += fixed[EXCITATION, at] * math.log1p(block.before[at])
        uniform, seen = luck.u_count[series, week, draw], 0
        if on:
            seen = count_quantile(uniform, math.exp(intensity), fixed[CONCENTRATION, at])
        elif uniform >= fixed[QUIET, at]:
            seen = count_quantile(uniform, fixed[LEAK, at], POISSON)
        block.intensity[at] = intensity
        block.silent[at] = 0 if seen > 0 else block.silent[at] + 1
        block.before[at] = seen
        block.on[at] = on
        attacks[series, week, draw] = seen
        active[series, week, draw] = on
