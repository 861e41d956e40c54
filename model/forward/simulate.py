"""The model run forward from the origin under a push: numba, many draws, no PyMC.

The invariant: a path is a function of its draw, its push and its random numbers, so paths of one seed are identical up
to the first week in which the pushes differ. Regimes, counts and reports are decided by inversion, one uniform each: a
larger chance of being active never turns an active week into a halted one, a larger mean never gives a smaller count.

The equations are those of `model/forward/dynamics.py`.
"""

import math
from collections.abc import Sequence
from dataclasses import fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.model.forward.dynamics import (
    Drawn,
    Law,
    Pushed,
    Silence,
    Standing,
    drawn_of,
    fill_drives,
    kernel,
    law_of,
    levels_at_origin,
    log_ages,
    next_week,
    pushed_of,
    weeks_of,
)
from lull.model.forward.exact import any_attack_probability, resumption_probability
from lull.model.forward.hurdle_paths import Hurdle, hurdle_of, simulate_hurdle
from lull.model.forward.inversion import POISSON, count_quantile, thinned
from lull.model.forward.random_numbers import RandomNumbers
from lull.model.forward.state import ACTIVE, FREE, HALTED, OriginState, Paths, Push
from lull.model.numba_kernels import inner, share_out
from lull.model.recent.paths import Recent, recent_of, simulate_recent

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
    "simulate_rounds",
]


BLOCK = 104  # draws that go through the weeks together: independent of each other, and small enough for the cache


def simulate(state: OriginState, push: Push, numbers: RandomNumbers) -> Paths:
    """Return the paths of every draw under a push, weeks 1..H of the state's schedule, attacks per week.

    `numbers` must be of the same draws and series and of at least as many weeks. Raises ValueError for shapes that
    do not agree.
    """
    (paths,) = simulate_rounds(state, [push], [numbers])
    return paths


def simulate_rounds(state: OriginState, pushes: Sequence[Push], rounds: Sequence[RandomNumbers]) -> list[Paths]:
    """Return the paths of several rounds of random numbers, each under its push, as `simulate` does one by one.

    What no round changes is laid out once, and threads share the draws of all rounds laid end to end.
    """
    laid_out = [_round_of(state, *each) for each in zip(pushes, rounds, strict=True)]
    worlds = state.hurdle and (hurdle_of(state.hurdle, state.future_covariate), recent_of(state.hurdle))
    filled = {"draws": len(laid_out) * state.draws, "cells": sum(each.attacks.size for each in laid_out)}
    share_out(_fill, drawn_of(state), log_ages(state), worlds, laid_out, **filled)
    return [_paths_of(each, state, numbers.seed) for each, numbers in zip(laid_out, rounds, strict=True)]


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


class _Random(NamedTuple):
    """The random numbers as the kernel reads them: (series, week, draw), the first two (draw, series)."""

    u_initial: Array
    z_residual: Array
    regime_logit: Array
    u_count: Array
    z_level: Array
    u_report: Array


class _Round(NamedTuple):
    """One round of random numbers: what its paths are made of, and the arrays (series, week, draw) to fill with them.

    Where all attacks are reported `reported` is `attacks`.
    """

    pushed: Pushed
    random: _Random
    attacks: NDArray[np.int32]
    active: NDArray[np.bool_]
    reported: NDArray[np.int32]


def _random_of(numbers: RandomNumbers, *, with_reports: bool) -> _Random:
    """Return the numbers as the kernel reads them; those of the reports are made only where they are needed."""
    return _Random(
        u_initial=numbers.u_initial,
        z_residual=numbers.z_residual,
        regime_logit=numbers.regime_logit.transpose(1, 2, 0),
        u_count=numbers.u_count.transpose(1, 2, 0),
        z_level=numbers.z_level.transpose(1, 2, 0),
        u_report=(numbers.u_report if with_reports else numbers.u_count).transpose(1, 2, 0),
    )


def _round_of(state: OriginState, push: Push, numbers: RandomNumbers) -> _Round:
    """Return a round with nothing filled yet."""
    _check(state, push, numbers)
    shape = (len(state.series), state.horizon, state.draws)
    attacks, active = np.empty(shape, dtype=np.int32), np.empty(shape, dtype=np.bool_)
    all_reported = bool((push.reporting >= 1.0).all())
    reported = attacks if all_reported else np.empty(shape, dtype=np.int32)
    random = _random_of(numbers, with_reports=not all_reported)
    return _Round(pushed_of(push), random, attacks, active, reported)


def _paths_of(filled: _Round, state: OriginState, seed: int) -> Paths:
    """Return what a round was filled with."""
    return Paths(
        attacks=filled.attacks.transpose(2, 0, 1),
        count=filled.reported.transpose(2, 0, 1),
        active=filled.active.transpose(2, 0, 1),
        series=state.series,
        origin=state.origin,
        run_id=state.run_id,
        seed=seed,
    )


def _fill(  # noqa: PLR0917 - shared out by position
    first: int,
    last: int,
    drawn: Drawn,
    ages: Array,
    worlds: tuple[Hurdle, Recent] | None,
    rounds: Sequence[_Round],
) -> None:
    """Fill the paths from `first` up to `last`, counted over the draws of all rounds laid end to end."""
    draws = drawn.p_active.shape[0]
    for turn, (pushed, random, attacks, active, reported) in enumerate(rounds):
        part = max(first - turn * draws, 0), min(last - turn * draws, draws)
        if part[0] >= part[1]:
            continue
        _simulate(*part, drawn, pushed, random, ages, attacks, active)
        if worlds is not None:
            hurdle, recent = worlds
            simulate_hurdle(*part, hurdle, pushed, random.regime_logit, random.u_count, attacks, active)
            simulate_recent(*part, hurdle, recent, pushed, random.regime_logit, random.u_count, attacks, active)
        if reported is not attacks:
            _report(*part, pushed, random.u_report, attacks, reported)


class _Block(NamedTuple):
    """Buffers of a block of draws of one series: what a path needs in every week, draws contiguous."""

    drives: Array  # (3, week, draw)
    drive: Array  # (3, week), of one draw
    law: Law[Array]  # each (draw,), and so on
    concentration: Array
    leak: Array
    quiet: Array  # P(no false-positive statement in a halted week)
    standing: Standing[Array, NDArray[np.bool_]]
    last_level: Array  # of the last week with an attack while active
    last_set_level: Array  # that halting knew then
    last_count: Array
    silent_weeks: NDArray[np.int64]


@inner
def _empty_block(weeks: int) -> _Block:
    """Return buffers that are not filled yet."""
    r = np.empty((17, BLOCK))
    active, silent_weeks = np.empty(BLOCK, dtype=np.bool_), np.empty(BLOCK, dtype=np.int64)
    law = Law(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7])
    standing = Standing(active, r[8], r[9], r[10])
    drives, drive = np.empty((3, weeks, BLOCK)), np.empty((3, weeks))
    return _Block(drives, drive, law, r[11], r[12], r[13], standing, r[14], r[15], r[16], silent_weeks)


@kernel
def _simulate(  # noqa: PLR0917 - numba calls by position
    first: int,
    last: int,
    drawn: Drawn,
    pushed: Pushed,
    random: _Random,
    ages: Array,
    attacks: NDArray[np.int32],
    active: NDArray[np.bool_],
) -> None:
    """Fill `attacks` and `active` (series, week, draw) for the draws from `first` up to `last`."""
    weeks = attacks.shape[1]
    block = _empty_block(weeks)
    for series in range(attacks.shape[0]):
        for start in range(first, last, BLOCK):
            stop = min(start + BLOCK, last)
            _begin(start, stop, series, drawn, pushed, random, block)
            for week in range(weeks):
                _step(start, stop, series, week, drawn.elsewhere, pushed, random, ages, block, attacks, active)


@kernel
def _report(  # noqa: PLR0917 - numba calls by position
    first: int, last: int, pushed: Pushed, u_report: Array, attacks: NDArray[np.int32], count: NDArray[np.int32]
) -> None:
    """Fill `count` with what is reported of `attacks` (series, week, draw) for the draws from `first` up to `last`."""
    for series in range(attacks.shape[0]):
        for draw in range(first, last):
            reporting = weeks_of(pushed.reporting, draw, series)
            for week in range(attacks.shape[1]):
                happened, uniform = attacks[series, week, draw], u_report[series, week, draw]
                count[series, week, draw] = thinned(uniform, happened, reporting[week])


@inner
def _begin(  # noqa: PLR0917 - numba calls by position
    start: int, stop: int, series: int, drawn: Drawn, pushed: Pushed, random: _Random, block: _Block
) -> None:
    """Lay out a block of draws of one series as they stand at the origin."""
    for draw in range(start, stop):
        if drawn.elsewhere[draw, series]:
            continue
        cell, at = (draw, series), draw - start
        fill_drives(draw, series, drawn, pushed, block.drive)
        for mechanism in range(block.drive.shape[0]):  # numba compiles the message of a failed assignment for seconds
            for week in range(block.drive.shape[1]):
                block.drives[mechanism, week, at] = block.drive[mechanism, week]
        law = law_of(draw, series, drawn)
        block.law.sigma[at], block.law.drift[at] = law.sigma, law.drift
        block.law.halt_level[at], block.law.resumption_aging[at] = law.halt_level, law.resumption_aging
        block.law.self_excitation[at], block.law.return_level[at] = law.self_excitation, law.return_level
        block.law.return_half_life[at], block.law.return_sd[at] = law.return_half_life, law.return_sd
        block.concentration[at] = drawn.concentration[cell]
        block.leak[at], block.quiet[at] = drawn.leak[draw], math.exp(-drawn.leak[draw])
        block.standing.active[at] = random.u_initial[cell] < drawn.p_active[cell]
        level, block.last_level[at] = levels_at_origin(draw, series, drawn, random.z_residual[cell])
        block.standing.level[at], block.standing.set_level[at] = level, level
        block.last_set_level[at] = block.last_level[at]
        block.standing.log_intensity[at] = drawn.log_intensity[cell]
        block.last_count[at] = drawn.last_count[cell]
        block.silent_weeks[at] = int(drawn.silent_weeks[cell])


@inner
def _step(  # noqa: PLR0917 - numba calls by position
    start: int,
    stop: int,
    series: int,
    week: int,
    elsewhere: NDArray[np.bool_],
    pushed: Pushed,
    random: _Random,
    ages: Array,
    block: _Block,
    attacks: NDArray[np.int32],
    active: NDArray[np.bool_],
) -> None:
    """Move a block of draws one week on, and draw its counts."""
    laws, drives, were = block.law, block.drives, block.standing
    forced_draws, forced_series = pushed.forced_regime.shape[0] > 1, pushed.forced_regime.shape[1] > 1
    for draw in range(start, stop):
        if elsewhere[draw, series]:
            continue
        at = draw - start
        law = Law(
            laws.sigma[at], laws.drift[at], laws.halt_level[at], laws.resumption_aging[at], laws.self_excitation[at],
            laws.return_level[at], laws.return_half_life[at], laws.return_sd[at],
        )  # fmt: skip
        silent_weeks = block.silent_weeks[at]
        now = next_week(
            Standing(were.active[at], were.level[at], were.set_level[at], were.log_intensity[at]),
            law,
            (drives[0, week, at], drives[1, week, at], drives[2, week, at]),
            Silence(silent_weeks, ages[silent_weeks], block.last_level[at], block.last_set_level[at]),
            block.last_count[at],
            pushed.forced_regime[draw if forced_draws else 0, series if forced_series else 0, week],
            random.regime_logit[series, week, draw],
            random.z_level[series, week, draw],
        )
        uniform, seen = random.u_count[series, week, draw], 0
        if now.active:
            seen = count_quantile(uniform, math.exp(now.log_intensity), block.concentration[at])
        elif uniform >= block.quiet[at]:
            seen = count_quantile(uniform, block.leak[at], POISSON)
        were.active[at], were.level[at], were.set_level[at] = now.active, now.level, now.set_level
        were.log_intensity[at] = now.log_intensity
        if seen > 0 and now.active:
            block.silent_weeks[at], block.last_level[at], block.last_set_level[at] = 0, now.level, now.set_level
        else:
            block.silent_weeks[at] += 1
        block.last_count[at] = seen
        attacks[series, week, draw] = seen
        active[series, week, draw] = now.active
