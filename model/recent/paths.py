"""The worlds of recent rates run forward: paths, exact chances, and the law of each week given its past.

For the mean m and the size of a rate and the pushes of a week, each less what is held of it::

    mean      = m exp(push on log intensity)
    P(attack) = expit(logit(1 - P(0 of the negative binomial of that mean)) - halt push)   after a week with an attack
    P(attack) = the same with + resumption push                                             after a week without
    count     = zero-truncated negative binomial of that mean

so that without a push a week is negative binomial. A mean that follows the path moves by its gain towards the count
without the push on it: a push shifts the level once. A forced pause has no attack, a forced activity the negative
binomial without the truncation.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.model.forward import hurdle_paths
from lull.model.forward.dynamics import Pushed, expit, weeks_of
from lull.model.forward.hurdle_paths import (
    Hurdle,
    counts_as_active,
    fill_drives_of,
    no_count,
    push_on_chance,
    some_count,
)
from lull.model.forward.state import ACTIVE, FREE, HALTED
from lull.model.hurdle.hurdle_model import LAST, MAX_LOG_MEAN, SILENT, hurdle_log_pmf
from lull.model.hurdle.worlds import HurdleState
from lull.model.numba_kernels import checksum_of, inlined, inner, kernel_of
from lull.model.recent.rates import GAIN, MEAN, SIZE

kernel = kernel_of(checksum_of(__file__, hurdle_paths.__file__))
LEAST = 1e-4  # attacks a week: a mean that follows a silent path falls no further


class Recent(NamedTuple):
    """The worlds of recent rates as the kernels read them; what they share with the hurdle worlds is read there."""

    follows: NDArray[np.bool_]
    member: NDArray[np.int64]
    rate: Array
    held: Array


def recent_of(worlds: HurdleState) -> Recent:
    """Return the worlds of recent rates as the kernels read them."""
    own = worlds.recent
    return Recent(own.follows, own.member, own.rate, own.held)


@inner
def _begin(  # noqa: PLR0917 - numba calls by position
    draw: int, series: int, hurdle: Hurdle, recent: Recent, pushed: Pushed, fresh: Array
) -> tuple[Array, bool, float]:
    """Fill the pushes of each week less what the rate holds of them, (3, week).

    Returns the rate of a draw, whether the last week had an attack, and the age of the silence.
    """
    fill_drives_of(draw, series, hurdle, pushed, fresh)
    imputation, member = hurdle.imputation[draw], recent.member[draw, series]
    held, at_origin = recent.held[imputation, series, member], hurdle.before[imputation, series, 0, 3]
    effect = hurdle.effect[draw]
    for covariate in range(held.size):
        for mechanism in range(3):
            less = effect[covariate, mechanism] * held[covariate]
            for week in range(fresh.shape[1]):
                fresh[mechanism, week] -= less
    return recent.rate[imputation, series, member], at_origin[LAST] > 0, at_origin[SILENT]


@inlined
def _pushed_mean(log_mean: float, push: float) -> float:
    """Return the mean under a push on its log, bounded."""
    return math.exp(min(log_mean + push, MAX_LOG_MEAN))


@inlined
def _attack_logit(mean: float, size: float) -> float:
    """Return the log odds of any attack of a negative binomial."""
    log_none = -size * math.log1p(mean / size)
    return math.log(-math.expm1(log_none)) - log_none


@inlined
def _moved(mean: float, gain: float, count: float, push: float) -> float:
    """Return a mean that follows the path after a week with that count under that push."""
    return max(mean + gain * (count * math.exp(-push) - mean), LEAST)


@kernel
def simulate_recent(  # noqa: PLR0917 - numba calls by position
    first: int,
    last: int,
    hurdle: Hurdle,
    recent: Recent,
    pushed: Pushed,
    regime_logit: Array,
    u_count: Array,
    attacks: NDArray[np.int32],
    active: NDArray[np.bool_],
) -> None:
    """Fill `attacks` and `active` (series, week, draw) of the draws from `first` up to `last` that follow a rate."""
    weeks = attacks.shape[1]
    fresh = np.empty((3, weeks))
    for series in range(attacks.shape[0]):
        for draw in range(first, last):
            if not recent.follows[draw, series]:
                continue
            rate, attacked, silent = _begin(draw, series, hurdle, recent, pushed, fresh)
            forced, level = weeks_of(pushed.forced_regime, draw, series), rate[MEAN]
            log_level = math.log(level)
            for week in range(weeks):
                mean = _pushed_mean(log_level, fresh[0, week])
                logit = _attack_logit(mean, rate[SIZE]) + push_on_chance(attacked, fresh[1, week], fresh[2, week])
                some = regime_logit[series, week, draw] < logit if forced[week] == FREE else forced[week] == ACTIVE
                count = some_count(u_count[series, week, draw], mean, rate[SIZE], forced[week] == FREE) if some else 0
                if rate[GAIN] > 0.0:
                    level = _moved(level, rate[GAIN], float(count), fresh[0, week])
                    log_level = math.log(level)
                attacked, silent = count > 0, 0.0 if count > 0 else silent + 1.0
                attacks[series, week, draw] = count
                active[series, week, draw] = counts_as_active(silent, forced[week])


@kernel
def nothing_so_far_recent(  # noqa: PLR0917 - numba calls by position
    first: int,
    last: int,
    hurdle: Hurdle,
    recent: Recent,
    pushed: Pushed,
    resumption: bool,  # noqa: FBT001 - numba calls by position
    none: Array,
) -> None:
    """Fill `none` (series, week, draw) with P(no attack through the week), of the draws that follow a rate.

    For a `resumption` with P(no active week so far). Without an attack the mean of each week is known: the chance is
    a product, exact.
    """
    weeks = none.shape[1]
    fresh = np.empty((3, weeks))
    for series in range(none.shape[0]):
        for draw in range(first, last):
            if not recent.follows[draw, series]:
                continue
            rate, attacked, silent = _begin(draw, series, hurdle, recent, pushed, fresh)
            forced, level, so_far = weeks_of(pushed.forced_regime, draw, series), rate[MEAN], 1.0
            log_level = math.log(level)
            for week in range(weeks):
                silent += 1.0
                active = counts_as_active(silent, forced[week])
                mean, chance = _pushed_mean(log_level, fresh[0, week]), 1.0
                if forced[week] == ACTIVE:
                    chance = no_count(mean, rate[SIZE])
                elif forced[week] != HALTED:
                    push = push_on_chance(attacked, fresh[1, week], fresh[2, week])
                    chance = expit(-_attack_logit(mean, rate[SIZE]) - push)
                so_far *= 0.0 if resumption and active else chance
                if rate[GAIN] > 0.0:
                    level = _moved(level, rate[GAIN], 0.0, fresh[0, week])
                    log_level = math.log(level)
                attacked = False
                none[series, week, draw] = so_far


def recent_conditional_log_pmf(
    worlds: HurdleState, covariate: Array, attacks: NDArray[np.int32], observed: Array
) -> Array:
    """Return log P(count of each week = observed), (draw, series, week), given the path up to the week before.

    `covariate` (draw, series|1, covariate, week) are the scheduled ones, `attacks` (draw, series, week) unconditional
    paths and `observed` (series, week). NaN where a draw does not follow a rate.
    """
    recent, log_pmf = worlds.recent, np.full(attacks.shape, np.nan)
    pushes = [np.einsum("dkm,dkh->mdh", worlds.effect, covariate[:, row]) for row in range(covariate.shape[1])]
    for series in range(attacks.shape[1]):
        drives = pushes[series if len(pushes) > 1 else 0]
        draws = np.flatnonzero(recent.follows[:, series])
        place = worlds.imputation[draws], series, recent.member[draws, series]
        rate, held = recent.rate[place], np.einsum("dkm,dk->md", worlds.effect[draws], recent.held[place])
        push, halt, resumption = drives[:, draws] - held[..., None]
        path = attacks[draws, series].astype(float)
        attacked = np.concatenate(
            [worlds.memory[worlds.imputation[draws], series, 3, LAST, None], path[:, :-1]], axis=1
        )
        mean = np.exp(np.minimum(np.log(_levels(rate, path, push)) + push, MAX_LOG_MEAN))
        log_none = -rate[:, SIZE, None] * np.log1p(mean / rate[:, SIZE, None])
        logit = np.log(-np.expm1(log_none)) - log_none + np.where(attacked > 0, -halt, resumption)
        log_pmf[draws, series] = hurdle_log_pmf(observed[series], logit, np.log(mean), np.log(rate[:, SIZE, None]))
    return log_pmf


def _levels(rate: Array, path: Array, push: Array) -> Array:
    """Return the mean without the push of each week, given the counts of the weeks before it, (draw, week)."""
    levels, level = np.empty(path.shape), rate[:, MEAN]
    for week in range(path.shape[1]):
        levels[:, week] = level
        moved = level + rate[:, GAIN] * (path[:, week] * np.exp(-push[:, week]) - level)
        level = np.where(rate[:, GAIN] > 0, np.maximum(moved, LEAST), level)
    return levels
