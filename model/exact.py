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

from model.dynamics import Drawn, Pushed, drawn_of, drive, expit, kernel, pushed_of, spread, weeks_of
from model.random_numbers import RandomNumbers
from model.state import FREE, OriginState, Push

type Array = NDArray[np.float64]

NEGLIGIBLE = 1e-14  # probability of a state that is not carried on


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
    active, halted, intensity = np.empty(weeks + 1), np.empty(weeks + 1), np.empty(weeks + 1)
    for series in range(none.shape[0]):
        for draw in range(first, last):
            cell = (draw, series)
            active[:], halted[:] = 0.0, 0.0
            active[0], halted[0] = drawn.p_active[cell], 1.0 - drawn.p_active[cell]
            intensity[0] = drawn.log_intensity[cell]
            residual = drawn.level_residual_sd[cell] * z_residual[cell]
            for week in range(weeks):
                _step(draw, series, week, drawn, pushed, residual, z_level, active, halted, intensity)
                none[series, week, draw] = active[: week + 2].sum() + halted[: week + 2].sum()


@kernel
def _step(  # noqa: PLR0917 - numba calls by position
    draw: int,
    series: int,
    week: int,
    drawn: Drawn,
    pushed: Pushed,
    residual: float,
    z_level: Array,
    active: Array,
    halted: Array,
    intensity: Array,
) -> None:
    """Move the probabilities of (regime, active weeks so far) one silent week on.

    `intensity` is the log intensity of the week before by active weeks so far; it becomes that of this week.
    """
    cell = (draw, series)
    by_intensity, by_halt, by_resume = drive(draw, series, week, drawn, pushed)
    forced = weeks_of(pushed.forced_regime, draw, series)[week]
    by_halt += drawn.halt_intercept[cell] + weeks_of(pushed.halt_logit, draw, series)[week]
    aging = drawn.resumption_aging[cell] * math.log1p(drawn.silent_weeks[cell] + week)
    by_resume += drawn.resumption_intercept[cell] - aging + weeks_of(pushed.resumption_logit, draw, series)[week]
    resume = expit(by_resume) if forced == FREE else float(forced)
    before = drawn.last_count[cell] if week == 0 else 0.0
    base = drawn.intercept[cell] + by_intensity + weeks_of(pushed.log_intensity, draw, series)[week]
    base += drawn.level[cell] + residual + drawn.self_excitation[draw] * math.log1p(before)
    sigma, concentration = drawn.sigma[cell], drawn.concentration[cell]
    quiet, level = math.exp(-drawn.leak[draw]), base
    into, came = 0.0, 0.0  # probability that enters each number of active weeks from the one below
    for number in range(week + 2):
        came = into
        into = 0.0
        if active[number] + halted[number] > NEGLIGIBLE:
            onward = 1.0 - expit(by_halt - drawn.halt_level[cell] * intensity[number])
            onward = onward if forced == FREE else float(forced)
            into = active[number] * onward + halted[number] * resume
            halted[number] = (active[number] * (1.0 - onward) + halted[number] * (1.0 - resume)) * quiet
        else:
            halted[number] = 0.0
        if number > 0:
            level += sigma * z_level[series, number - 1, draw] - drawn.drift * sigma * sigma
        intensity[number] = level
        silent = math.exp(-concentration * math.log1p(math.exp(level) / concentration)) if came > 0.0 else 0.0
        active[number] = came * silent


@kernel
def _no_resumption(first: int, last: int, drawn: Drawn, pushed: Pushed, none: Array) -> None:
    """Fill `none` (series, week, draw) with P(halted in all weeks up to it) for the draws from `first` up to `last`.

    `young[a]` is the probability of a recorded silence of a weeks since a stray statement, `old` that there was none.
    """
    weeks = none.shape[1]
    young = np.empty(weeks + 1)
    for series in range(none.shape[0]):
        for draw in range(first, last):
            cell = (draw, series)
            quiet = math.exp(-drawn.leak[draw])
            young[:], old = 0.0, 1.0
            for week in range(weeks):
                _, by_halt, by_resume = drive(draw, series, week, drawn, pushed)
                forced = weeks_of(pushed.forced_regime, draw, series)[week]
                by_resume += drawn.resumption_intercept[cell] + weeks_of(pushed.resumption_logit, draw, series)[week]
                aging, age = drawn.resumption_aging[cell], drawn.silent_weeks[cell] + week
                rest = _rest(by_resume - aging * math.log1p(age), forced)
                if week == 0:
                    by_halt += drawn.halt_intercept[cell] + weeks_of(pushed.halt_logit, draw, series)[week]
                    halt = 1.0 - _rest(by_halt - drawn.halt_level[cell] * drawn.log_intensity[cell], FREE)
                    halt = halt if forced == FREE else 1.0 - forced
                    old *= (1.0 - drawn.p_active[cell]) * rest + drawn.p_active[cell] * halt
                else:
                    old *= rest
                stray = old * (1.0 - quiet)
                old *= quiet
                for since in range(week - 1, -1, -1):
                    kept = young[since] * _rest(by_resume - aging * math.log1p(float(since)), forced)
                    stray += kept * (1.0 - quiet)
                    young[since + 1] = kept * quiet
                young[0] = stray
                none[series, week, draw] = old + young[: week + 1].sum()


@kernel
def _rest(logit: float, forced: int) -> float:
    """Return the probability that a pause goes on."""
    return 1.0 - expit(logit) if forced == FREE else 1.0 - forced
