"""Answers without Monte Carlo noise: regimes and counts summed exactly, given a draw of parameters and level.

No attack through week h is one path of counts, all zero, so its silence is known in every week and its probability is a
forward recursion with the emission of a zero. A path that is active has the level of its last return (or of the
origin) and of the steps since; while halted it is the silence alone that says at which level it would return. The
recursion therefore runs over the week of the last return of the active paths, and holds all halted ones together. The
law is that of `model/forward/simulate.py`, with the same step of the level in the same week.

A pause that lasts through week h needs no level: its clock runs on, whatever is falsely stated meanwhile.
"""

import math

import numpy as np

from lull.data.arrays import Array
from lull.model.forward.dynamics import (
    Drawn,
    Pushed,
    Silence,
    drawn_of,
    expit,
    fill_drives,
    going_on,
    held,
    kernel,
    law_of,
    levels_at_origin,
    log_mean,
    pushed_of,
    resuming,
    returned,
    stepped,
    weeks_of,
)
from lull.model.forward.hurdle_paths import hurdle_of, nothing_so_far
from lull.model.forward.random_numbers import RandomNumbers
from lull.model.forward.state import FREE, OriginState, Push
from lull.model.numba_kernels import inner, share_out
from lull.model.recent.paths import nothing_so_far_recent, recent_of

NEGLIGIBLE = 1e-6  # a state less likely than this is not carried on


def any_attack_probability(state: OriginState, push: Push, numbers: RandomNumbers) -> Array:
    """Return P(at least one attack in weeks 1..h) of each draw, (draw, series, horizon).

    Attacks as they happen, whatever is reported of them. `numbers` bring the walk of the level only.
    """
    none = np.empty((len(state.series), state.horizon, state.draws))
    z_level = numbers.z_level.transpose(1, 2, 0)
    arguments = (drawn_of(state), pushed_of(push), numbers.z_residual, z_level, none)
    share_out(_no_attack, *arguments, draws=state.draws, cells=none.size)
    _fill_other_worlds(state, push, none, resumption=False)
    return np.maximum(1.0 - none, 0.0).transpose(2, 0, 1)


def resumption_probability(state: OriginState, push: Push) -> Array:
    """Return P(active in at least one of weeks 1..h) of each draw, (draw, series, horizon).

    For a draw halted at the origin it is the probability that the pause ends by week h; a draw that is active at the
    origin counts if it goes on. Of a draw that follows the hurdle model or a recent rate a week is active if an attack
    is at most three weeks old.
    """
    none = np.empty((len(state.series), state.horizon, state.draws))
    share_out(_no_resumption, drawn_of(state), pushed_of(push), none, draws=state.draws, cells=none.size)
    _fill_other_worlds(state, push, none, resumption=True)
    return np.maximum(1.0 - none, 0.0).transpose(2, 0, 1)


def _fill_other_worlds(state: OriginState, push: Push, none: Array, *, resumption: bool) -> None:
    """Fill `none` (series, week, draw) of the draws that follow the hurdle model or a recent rate."""
    if state.hurdle is not None:
        worlds = hurdle_of(state.hurdle, state.future_covariate)
        arguments, filled = (pushed_of(push), resumption, none), {"draws": state.draws, "cells": none.size}
        share_out(nothing_so_far, worlds, *arguments, **filled)
        share_out(nothing_so_far_recent, worlds, recent_of(state.hurdle), *arguments, **filled)


@kernel
def _no_attack(  # noqa: PLR0917 - numba calls by position
    first: int, last: int, drawn: Drawn, pushed: Pushed, z_residual: Array, z_level: Array, none: Array
) -> None:
    """Fill `none` (series, week, draw) with P(no attack through the week) for the draws from `first` up to `last`."""
    weeks = none.shape[1]
    active, drives = np.empty((3, weeks + 1)), np.empty((3, weeks))
    for series in range(none.shape[0]):
        for draw in range(first, last):
            if drawn.elsewhere[draw, series]:
                continue
            cell = (draw, series)
            fill_drives(draw, series, drawn, pushed, drives)
            law, forced = law_of(draw, series, drawn), weeks_of(pushed.forced_regime, draw, series)
            drives[0, 0] = log_mean(drives[0, 0], 0.0, law.self_excitation, drawn.last_count[cell])
            level, last_level = levels_at_origin(draw, series, drawn, z_residual[cell])
            quiet, concentration = math.exp(-drawn.leak[draw]), drawn.concentration[cell]
            before = drawn.log_intensity[cell] - level  # of the week before, without the level
            oldest, halted = 0, 1.0 - drawn.p_active[cell]
            active[0, 0], active[1, 0] = drawn.p_active[cell], math.exp(held(level))
            active[2, 0] = math.exp(held(law.halt_level * level))
            for week in range(weeks):
                z, age = z_level[series, week, draw], drawn.silent_weeks[cell] + week
                silence = Silence(age, math.log1p(age), last_level, last_level)
                resume = expit(resuming(law.resumption_aging, silence.log_age, drives[2, week]))
                resume = resume if forced[week] == FREE else float(forced[week])
                stays = math.exp(held(going_on(law.halt_level, before, drives[1, week])))  # odds without the level
                step = math.exp(stepped(0.0, law.sigma, law.drift, z))
                rate = math.exp(held(drives[0, week])) / concentration
                back, known = returned(silence, law, z)
                returning, halted = halted * resume, halted * (1.0 - resume)
                oldest, halting, total = _go_on(
                    oldest, week + 1, forced[week], stays, step, rate, concentration, active
                )
                before, intensity = drives[0, week], math.exp(held(back))
                returning *= math.exp(-concentration * math.log(1.0 + rate * intensity))
                active[0, week + 1], active[1, week + 1] = returning, intensity
                active[2, week + 1] = math.exp(held(law.halt_level * known))
                halted = (halted + halting) * quiet
                none[series, week, draw] = total + returning + halted


@inner
def _go_on(  # noqa: PLR0917 - numba calls by position
    oldest: int,
    end: int,
    forced: int,
    stays: float,
    step: float,
    rate: float,
    concentration: float,
    active: Array,
) -> tuple[int, float, float]:
    """Move what is active one silent week on; return the first return that still counts, what halts, and what is left.

    `active` (3, return) holds by the week of the last return, 0 for the origin, the probability of being active,
    exp(level) and exp(halt_level * level set then). `stays` are the odds of going on without the level; `step`
    multiplies exp(level); `rate` is the intensity without the level over the concentration.
    """
    first, halting, total = end, 0.0, 0.0
    for at in range(oldest, end):
        if active[0, at] <= NEGLIGIBLE:
            active[0, at] = 0.0
            continue
        first = min(first, at)
        onward = 1.0 - 1.0 / (1.0 + stays * active[2, at]) if forced == FREE else float(forced)
        halting += active[0, at] * (1.0 - onward)
        active[1, at] *= step
        active[0, at] *= onward * math.exp(-concentration * math.log(1.0 + rate * active[1, at]))
        total += active[0, at]
    return first, halting, total


@kernel
def _no_resumption(first: int, last: int, drawn: Drawn, pushed: Pushed, none: Array) -> None:
    """Fill `none` (series, week, draw) with P(halted in all weeks up to it) for the draws from `first` up to `last`."""
    weeks = none.shape[1]
    drives = np.empty((3, weeks))
    for series in range(none.shape[0]):
        for draw in range(first, last):
            if drawn.elsewhere[draw, series]:
                continue
            cell = (draw, series)
            fill_drives(draw, series, drawn, pushed, drives)
            forced = weeks_of(pushed.forced_regime, draw, series)
            halted = 1.0
            for week in range(weeks):
                log_age = math.log1p(drawn.silent_weeks[cell] + week)
                rests = math.exp(held(-resuming(drawn.resumption_aging[cell], log_age, drives[2, week])))
                rest = _share(rests, forced[week])
                if week == 0:
                    halts = math.exp(held(-going_on(drawn.halt_level[cell], drawn.log_intensity[cell], drives[1, 0])))
                    rest = (1.0 - drawn.p_active[cell]) * rest + drawn.p_active[cell] * _share(halts, forced[week])
                halted *= rest
                none[series, week, draw] = halted


@inner
def _share(odds: float, forced: int) -> float:
    """Return the probability of being halted that the odds give, unless the regime is forced."""
    return odds / (1.0 + odds) if forced == FREE else 1.0 - forced
