"""Answers without Monte Carlo noise: regimes and counts summed exactly, given a draw of parameters and level.

No attack through week h is one path of counts, all zero, so its silence is known in every week and its probability is a
forward recursion with the emission of a zero. The level moves in active weeks only; the recursion therefore runs over
(regime, number of active weeks so far), with one walk of the level per draw that is indexed by that number. The law is
that of `model/simulate.py`, where each week has its own step: steps are exchangeable.

A pause that lasts through week h needs no level: the recursion runs over the age of the recorded silence, which a
stray statement sets back to zero.
"""

import math

import numpy as np
from numpy.typing import NDArray

from model.dynamics import MAX_LOGIT, Drawn, Pushed, drawn_of, drive, expit, kernel, pushed_of, spread, weeks_of
from model.random_numbers import RandomNumbers
from model.state import FREE, OriginState, Push

type Array = NDArray[np.float64]

NEGLIGIBLE = 1e-8  # a state less likely than this is not carried on


def any_attack_probability(state: OriginState, push: Push, numbers: RandomNumbers) -> Array:
    """Return P(at least one attack in weeks 1..h) of each draw, (draw, series, horizon).

    Attacks as they happen, whatever is reported of them. `numbers` bring the walk of the level only.
    """
    none = np.empty((len(state.series), state.horizon, state.draws))
    z_level = numbers.z_level.transpose(1, 2, 0)
    arguments = (drawn_of(state), pushed_of(push), numbers.z_residual, z_level, none)
    spread(_no_attack, *arguments, draws=state.draws, cells=none.size)
    return np.maximum(1.0 - none, 0.0).transpose(2, 0, 1)


def resumption_probability(state: OriginState, push: Push) -> Array:
    """Return P(active in at least one of weeks 1..h) of each draw, (draw, series, horizon).

    For a draw halted at the origin it is the probability that the pause ends by week h; a draw that is active at the
    origin counts if it goes on.
    """
    none = np.empty((len(state.series), state.horizon, state.draws))
    spread(_no_resumption, drawn_of(state), pushed_of(push), none, draws=state.draws, cells=none.size)
    return np.maximum(1.0 - none, 0.0).transpose(2, 0, 1)


@kernel
def _no_attack(  # noqa: PLR0917 - numba calls by position
    first: int, last: int, drawn: Drawn, pushed: Pushed, z_residual: Array, z_level: Array, none: Array
) -> None:
    """Fill `none` (series, week, draw) with P(no attack through the week) for the draws from `first` up to `last`."""
    weeks = none.shape[1]
    walk = np.empty((4, weeks + 2))
    for series in range(none.shape[0]):
        for draw in range(first, last):
            cell = (draw, series)
            _start(draw, series, drawn, z_residual[cell], z_level, walk)
            before = drawn.log_intensity[cell] - math.log(walk[0, 0])  # of the week before, without the level
            top, quiet = 0, math.exp(-drawn.leak[draw])
            for week in range(weeks):
                top, before = _step(draw, series, week, top, before, quiet, drawn, pushed, walk)
                none[series, week, draw] = walk[2, : top + 1].sum() + walk[3, : top + 1].sum()


@kernel
def _start(  # noqa: PLR0917 - numba calls by position
    draw: int, series: int, drawn: Drawn, residual: float, z_level: Array, walk: Array
) -> None:
    """Fill `walk` (4, active weeks so far): exp(level), exp(halt_level * level), P(active), P(halted) at the origin."""
    cell = (draw, series)
    sigma, level = drawn.sigma[cell], drawn.level[cell] + drawn.level_residual_sd[cell] * residual
    walk[2:] = 0.0
    walk[2, 0], walk[3, 0] = drawn.p_active[cell], 1.0 - drawn.p_active[cell]
    for number in range(walk.shape[1] - 1):
        walk[0, number] = math.exp(_held(level))
        walk[1, number] = math.exp(_held(drawn.halt_level[cell] * level))
        if number < z_level.shape[1]:
            level += sigma * z_level[series, number, draw] - drawn.drift * sigma * sigma


@kernel
def _step(  # noqa: PLR0917 - numba calls by position
    draw: int,
    series: int,
    week: int,
    top: int,
    before: float,
    quiet: float,
    drawn: Drawn,
    pushed: Pushed,
    walk: Array,
) -> tuple[int, float]:
    """Move the probabilities of (regime, active weeks so far) one silent week on.

    Returns the largest number of active weeks that is not negligible, and the week's log intensity without the level;
    `before` is that of the week before, `quiet` the probability of a halted week without a stray statement.
    """
    cell = (draw, series)
    by_intensity, by_halt, by_resume = drive(draw, series, week, drawn, pushed)
    forced = weeks_of(pushed.forced_regime, draw, series)[week]
    by_halt += drawn.halt_intercept[cell] + weeks_of(pushed.halt_logit, draw, series)[week]
    stays = math.exp(_held(drawn.halt_level[cell] * before - by_halt))  # odds of going on, without the level
    aging = drawn.resumption_aging[cell] * math.log1p(drawn.silent_weeks[cell] + week)
    by_resume += drawn.resumption_intercept[cell] - aging + weeks_of(pushed.resumption_logit, draw, series)[week]
    resume = expit(by_resume) if forced == FREE else float(forced)
    base = drawn.intercept[cell] + by_intensity + weeks_of(pushed.log_intensity, draw, series)[week]
    if week == 0:
        base += drawn.self_excitation[draw] * math.log1p(drawn.last_count[cell])
    concentration = drawn.concentration[cell]
    rate, came, highest = math.exp(_held(base)) / concentration, 0.0, 0
    for number in range(top + 2):
        active, halted = walk[2, number], walk[3, number]
        onward = 1.0 - 1.0 / (1.0 + stays * walk[1, number]) if forced == FREE else float(forced)
        walk[3, number] = (active * (1.0 - onward) + halted * (1.0 - resume)) * quiet
        walk[2, number] = 0.0
        if came > NEGLIGIBLE:
            walk[2, number] = came * math.exp(-concentration * math.log(1.0 + rate * walk[0, number]))
        if walk[2, number] + walk[3, number] > NEGLIGIBLE:
            highest = number
        came = active * onward + halted * resume
    return highest, base


@kernel
def _held(log: float) -> float:
    """Return a logarithm held where products of three of its exponentials stay finite."""
    return min(max(log, -MAX_LOGIT), MAX_LOGIT)


@kernel
def _no_resumption(first: int, last: int, drawn: Drawn, pushed: Pushed, none: Array) -> None:
    """Fill `none` (series, week, draw) with P(halted in all weeks up to it) for the draws from `first` up to `last`.

    `young[a]` is the probability of a recorded silence of a weeks since a stray statement, `old` that there was none;
    `aged[a]` multiplies the odds of resting at that age.
    """
    weeks = none.shape[1]
    young, aged = np.empty(weeks + 1), np.empty(weeks + 1)
    for series in range(none.shape[0]):
        for draw in range(first, last):
            cell = (draw, series)
            quiet, aging = math.exp(-drawn.leak[draw]), drawn.resumption_aging[cell]
            for since in range(weeks):
                aged[since] = math.exp(_held(aging * math.log1p(float(since))))
            young[:], old = 0.0, 1.0
            for week in range(weeks):
                _, by_halt, by_resume = drive(draw, series, week, drawn, pushed)
                forced = weeks_of(pushed.forced_regime, draw, series)[week]
                by_resume += drawn.resumption_intercept[cell] + weeks_of(pushed.resumption_logit, draw, series)[week]
                rests = math.exp(_held(-by_resume))  # odds of resting at age 0
                rest = _share(rests * math.exp(_held(aging * math.log1p(drawn.silent_weeks[cell] + week))), forced)
                if week == 0:
                    by_halt += drawn.halt_intercept[cell] + weeks_of(pushed.halt_logit, draw, series)[week]
                    halts = math.exp(_held(by_halt - drawn.halt_level[cell] * drawn.log_intensity[cell]))
                    rest = (1.0 - drawn.p_active[cell]) * rest + drawn.p_active[cell] * _share(halts, forced)
                old *= rest
                stray = old * (1.0 - quiet)
                old *= quiet
                for since in range(week - 1, -1, -1):
                    kept = young[since] * _share(rests * aged[since], forced)
                    stray += kept * (1.0 - quiet)
                    young[since + 1] = kept * quiet
                young[0] = stray
                none[series, week, draw] = old + young[: week + 1].sum()


@kernel
def _share(odds: float, forced: int) -> float:
    """Return the probability of being halted that the odds give, unless the regime is forced."""
    return odds / (1.0 + odds) if forced == FREE else 1.0 - forced
