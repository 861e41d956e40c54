"""Answers without Monte Carlo noise: regimes and counts summed exactly, given a draw of parameters and level.

No attack through week h is one path of counts, all zero, so its silence is known in every week and its probability is a
forward recursion with the emission of a zero. The level moves in active weeks only; the recursion therefore runs over
(regime, number of active weeks so far), with one walk of the level per draw that is indexed by that number. The law is
that of `model/forward/simulate.py`, where each week has its own step: steps are exchangeable.

A pause that lasts through week h needs no level: the recursion runs over the age of the recorded silence, which a
false-positive statement sets back to zero.
"""

import math
from collections.abc import Callable

import numpy as np

from lull.data.arrays import Array
from lull.model.forward.dynamics import (
    Drawn,
    Pushed,
    drawn_of,
    expit,
    fill_drives,
    going_on,
    held,
    kernel,
    law_of,
    level_at_origin,
    log_mean,
    pushed_of,
    resuming,
    stepped,
    weeks_of,
)
from lull.model.forward.hurdle_paths import hurdle_of, no_active_week, no_attack
from lull.model.forward.random_numbers import RandomNumbers
from lull.model.forward.state import FREE, OriginState, Push
from lull.model.numba_kernels import share_out

NEGLIGIBLE = 1e-8  # a state less likely than this is not carried on


def any_attack_probability(state: OriginState, push: Push, numbers: RandomNumbers) -> Array:
    """Return P(at least one attack in weeks 1..h) of each draw, (draw, series, horizon).

    Attacks as they happen, whatever is reported of them. `numbers` bring the walk of the level only.
    """
    none = np.empty((len(state.series), state.horizon, state.draws))
    z_level = numbers.z_level.transpose(1, 2, 0)
    arguments = (drawn_of(state), pushed_of(push), numbers.z_residual, z_level, none)
    share_out(_no_attack, *arguments, draws=state.draws, cells=none.size)
    _hurdle_worlds(no_attack, state, push, none)
    return np.maximum(1.0 - none, 0.0).transpose(2, 0, 1)


def resumption_probability(state: OriginState, push: Push) -> Array:
    """Return P(active in at least one of weeks 1..h) of each draw, (draw, series, horizon).

    For a draw halted at the origin it is the probability that the pause ends by week h; a draw that is active at the
    origin counts if it goes on. Of a draw that follows the hurdle model a week is active if an attack is at most three
    weeks old.
    """
    none = np.empty((len(state.series), state.horizon, state.draws))
    share_out(_no_resumption, drawn_of(state), pushed_of(push), none, draws=state.draws, cells=none.size)
    _hurdle_worlds(no_active_week, state, push, none)
    return np.maximum(1.0 - none, 0.0).transpose(2, 0, 1)


def _hurdle_worlds(fill: Callable[..., None], state: OriginState, push: Push, none: Array) -> None:
    """Fill `none` (series, week, draw) of the draws that follow the hurdle model."""
    if state.hurdle is not None:
        worlds = hurdle_of(state.hurdle, state.future_covariate)
        share_out(fill, worlds, pushed_of(push), none, draws=state.draws, cells=none.size)


@kernel
def _no_attack(  # noqa: PLR0917 - numba calls by position
    first: int, last: int, drawn: Drawn, pushed: Pushed, z_residual: Array, z_level: Array, none: Array
) -> None:
    """Fill `none` (series, week, draw) with P(no attack through the week) for the draws from `first` up to `last`."""
    weeks = none.shape[1]
    walk, drives = np.empty((4, weeks + 2)), np.empty((3, weeks))
    for series in range(none.shape[0]):
        for draw in range(first, last):
            cell = (draw, series)
            fill_drives(draw, series, drawn, pushed, drives)
            law, forced = law_of(draw, series, drawn), weeks_of(pushed.forced_regime, draw, series)
            drives[0, 0] = log_mean(drives[0, 0], 0.0, law.self_excitation, drawn.last_count[cell])
            _start(draw, series, drawn, z_residual[cell], z_level, walk)
            before = drawn.log_intensity[cell] - math.log(walk[0, 0])  # of the week before, without the level
            top, quiet = 0, math.exp(-drawn.leak[draw])
            for week in range(weeks):
                stays = going_on(law.halt_level, before, drives[1, week])  # without the level
                log_age = math.log1p(drawn.silent_weeks[cell] + week)
                resumes = expit(resuming(law.resumption_aging, log_age, drives[2, week]))
                before = drives[0, week]
                hazards = (math.exp(held(stays)), resumes, before)
                top, none[series, week, draw] = _step(
                    top, forced[week], hazards, drawn.concentration[cell], quiet, walk
                )


@kernel
def _start(  # noqa: PLR0917 - numba calls by position
    draw: int, series: int, drawn: Drawn, residual: float, z_level: Array, walk: Array
) -> None:
    """Fill `walk` (4, active weeks so far): exp(level), exp(halt_level * level), P(active), P(halted) at the origin."""
    cell = (draw, series)
    law, level = law_of(draw, series, drawn), level_at_origin(draw, series, drawn, residual)
    walk[2:] = 0.0
    walk[2, 0], walk[3, 0] = drawn.p_active[cell], 1.0 - drawn.p_active[cell]
    for number in range(walk.shape[1] - 1):
        walk[0, number] = math.exp(held(level))
        walk[1, number] = math.exp(held(law.halt_level * level))
        if number < z_level.shape[1]:
            level = stepped(level, law.sigma, law.drift, z_level[series, number, draw])


@kernel
def _step(  # noqa: PLR0917 - numba calls by position
    top: int, forced: int, hazards: tuple[float, float, float], concentration: float, quiet: float, walk: Array
) -> tuple[int, float]:
    """Move the probabilities of (regime, active weeks so far) one silent week on, and return their sum.

    `hazards` are the odds of going on without the level, the probability of resuming, and the log intensity without the
    level; `quiet` is the probability of a halted week without a false-positive statement. Returned first is the largest
    number of active weeks that is not negligible.
    """
    stays, resume, log_intensity = hazards
    resume = resume if forced == FREE else float(forced)
    rate, came, highest, total = math.exp(held(log_intensity)) / concentration, 0.0, 0, 0.0
    for number in range(top + 2):
        active, halted = walk[2, number], walk[3, number]
        onward = 1.0 - 1.0 / (1.0 + stays * walk[1, number]) if forced == FREE else float(forced)
        walk[3, number] = (active * (1.0 - onward) + halted * (1.0 - resume)) * quiet
        walk[2, number] = 0.0
        if came > NEGLIGIBLE:
            walk[2, number] = came * math.exp(-concentration * math.log(1.0 + rate * walk[0, number]))
        if walk[2, number] + walk[3, number] > NEGLIGIBLE:
            highest = number
        total += walk[2, number] + walk[3, number]
        came = active * onward + halted * resume
    return highest, total


@kernel
def _no_resumption(first: int, last: int, drawn: Drawn, pushed: Pushed, none: Array) -> None:
    """Fill `none` (series, week, draw) with P(halted in all weeks up to it) for the draws from `first` up to `last`.

    `young[a]` is the probability of a recorded silence of a weeks since a false-positive statement, `old` that there
    was none; `aged[a]` multiplies the odds of resting at that age.
    """
    weeks = none.shape[1]
    young, aged, drives = np.empty(weeks + 1), np.empty(weeks + 1), np.empty((3, weeks))
    for series in range(none.shape[0]):
        for draw in range(first, last):
            cell = (draw, series)
            fill_drives(draw, series, drawn, pushed, drives)
            forced = weeks_of(pushed.forced_regime, draw, series)
            quiet, aging = math.exp(-drawn.leak[draw]), drawn.resumption_aging[cell]
            for since in range(weeks):
                aged[since] = math.exp(held(aging * math.log1p(float(since))))
            young[:], old = 0.0, 1.0
            for week in range(weeks):
                rests = math.exp(held(-drives[2, week]))  # odds of resting at age 0: exp(-resuming(aging, 0, drive))
                age = drawn.silent_weeks[cell] + week
                rest = _share(rests * math.exp(held(aging * math.log1p(age))), forced[week])
                if week == 0:
                    halts = math.exp(held(-going_on(drawn.halt_level[cell], drawn.log_intensity[cell], drives[1, 0])))
                    rest = (1.0 - drawn.p_active[cell]) * rest + drawn.p_active[cell] * _share(halts, forced[week])
                old *= rest
                stated = old * (1.0 - quiet)
                old *= quiet
                total = old
                for since in range(week - 1, -1, -1):
                    kept = young[since] * _share(rests * aged[since], forced[week])
                    stated += kept * (1.0 - quiet)
                    young[since + 1] = kept * quiet
                    total += kept * quiet
                young[0] = stated
                none[series, week, draw] = total + stated


@kernel
def _share(odds: float, forced: int) -> float:
    """Return the probability of being halted that the odds give, unless the regime is forced."""
    return odds / (1.0 + odds) if forced == FREE else 1.0 - forced
