"""The worlds of the hurdle model run forward: paths, exact chances, and the law of each week given its past.

Features of the past are fed by the path itself, so what a scenario changes propagates. For the learned log odds L, log
mean M and log size N of a week, given the counts before it::

    P(attack) = expit(offset + slope L + resumption push)   after a week without an attack
    P(attack) = expit(offset + slope L - halt push)         after a week with one
    count     = zero-truncated negative binomial of log mean M + push on log intensity, log size N + size offset

M moves with averages of the past, which hold earlier pushes on the log intensity already: of a push only what they do
not hold is new (`hurdle_model.held`), so that one that stays on shifts the level once. Pushes are effects times
covariates, scheduled and added, and what a scenario adds. A forced pause has no attack, a forced activity the negative
binomial without the truncation. The model knows no regimes: a week counts as active if an attack is at most
`ACTIVE_FOR` weeks old.

Until its first attack every path of one memory has the same features, so these are made once; the chance of no attack
is their product, exact.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.model.forward import dynamics
from lull.model.forward.dynamics import Pushed, add_pushes, expit, weeks_of
from lull.model.forward.inversion import count_quantile
from lull.model.forward.state import ACTIVE, FREE
from lull.model.hurdle import hurdle_model
from lull.model.hurdle.hurdle_model import (
    ATTACKED,
    FEATURES,
    LAST,
    MAX_LOG_MEAN,
    MAX_LOG_SIZE,
    MIN_LOG_SIZE,
    PAST,
    SILENT,
    Memory,
    describe,
    held,
    hurdle_log_pmf,
    remember,
    remember_push,
)
from lull.model.hurdle.worlds import HurdleState
from lull.model.numba_kernels import checksum_of, inlined, inner, kernel_of

ACTIVE_FOR = 3  # weeks
CHANCE, MEAN, SIZE = range(3)  # places in a week's prediction: learned log odds, log mean, log size

kernel = kernel_of(checksum_of(__file__, hurdle_model.__file__, dynamics.__file__))


class Hurdle(NamedTuple):
    """The hurdle worlds as the kernels read them.

    `quiet` (imputation, series, week, 3) are the predictions of each week while there was no attack, `before` the
    memories then, (imputation, series, week, 4, 5), `holding` what is then held of earlier pushes, (imputation, series,
    week, half-life).
    """

    follows: NDArray[np.bool_]
    imputation: NDArray[np.int64]
    term: Array
    effect: Array
    covariate: Array
    earlier: Array
    quiet: Array
    before: Array
    holding: Array
    coefficient: Array


def hurdle_of(hurdle: HurdleState, covariate: Array) -> Hurdle:
    """Return the worlds as the kernels read them, for the scheduled covariates (draw, series|1, covariate, week)."""
    coefficient = hurdle.benchmark.coefficients
    shape = (*hurdle.memory.shape[:2], covariate.shape[-1])
    quiet, before, holding = (
        np.empty((*shape, 3)),
        np.empty((*shape, *hurdle.memory.shape[2:])),
        np.empty((*shape, PAST)),
    )
    _fill_quiet(hurdle.memory, coefficient, quiet, before, holding)
    known = hurdle.follows, hurdle.imputation, hurdle.term, hurdle.effect, np.ascontiguousarray(covariate)
    return Hurdle(*known, hurdle.earlier, quiet, before, holding, coefficient)


@inner
def _copy(source: Array, target: Array) -> None:
    """Copy rows; loops, as numba compiles the message of a failed slice assignment for seconds."""
    for row in range(target.shape[0]):
        for place in range(target.shape[1]):
            target[row, place] = source[row, place]


@kernel
def _fill_quiet(memory: Array, coefficient: Array, quiet: Array, before: Array, holding: Array) -> None:
    """Fill what is predicted, remembered and held in the weeks of an all-zero future."""
    feature, alone = np.empty(coefficient.shape[1]), np.eye(PAST)
    for imputation in range(memory.shape[0]):
        for series in range(memory.shape[1]):
            rows = memory[imputation, series].copy()
            now = Memory(rows[0], rows[1], rows[2], rows[3])
            for week in range(quiet.shape[2]):
                _copy(rows, before[imputation, series, week])
                describe(now, feature)
                for place in range(PAST):
                    holding[imputation, series, week, place] = held(now, alone[place], feature, coefficient[MEAN])
                for part in range(3):
                    quiet[imputation, series, week, part] = np.dot(feature, coefficient[part])
                remember(now, 0.0)


@inlined
def counts_as_active(silent: float, forced: int) -> bool:
    """Return whether a week is active in a model that knows no regimes: an attack is recent, unless it is forced."""
    return silent <= ACTIVE_FOR if forced == FREE else forced == ACTIVE


@inner
def fill_drives_of(draw: int, series: int, hurdle: Hurdle, pushed: Pushed, drives: Array) -> None:
    """Fill the pushes of each week, (3, week)."""
    drives[:] = 0.0
    add_pushes(draw, series, weeks_of(hurdle.covariate, draw, series), hurdle.effect[draw], pushed, drives)


@inner
def _fill_earlier(draw: int, series: int, week: int, hurdle: Hurdle, drives: Array, earlier: Array) -> None:  # noqa: PLR0917 - by position
    """Fill the sums of the pushes on the log mean of all weeks before a week ahead, (half-life,)."""
    earlier[:] = 0.0
    imputation = hurdle.imputation[draw]
    for covariate in range(hurdle.effect.shape[1]):
        for place in range(PAST):
            earlier[place] += hurdle.effect[draw, covariate, 0] * hurdle.earlier[imputation, series, covariate, place]
    for before in range(week):
        remember_push(earlier, drives[0, before])


@inlined
def _predicted(feature: Array, coefficient: Array) -> tuple[float, float, float]:
    """Return the learned log odds, log mean and log size of a week: three sums in one pass."""
    logit = log_mean = log_size = 0.0
    for place in range(feature.size):
        logit += feature[place] * coefficient[CHANCE, place]
        log_mean += feature[place] * coefficient[MEAN, place]
        log_size += feature[place] * coefficient[SIZE, place]
    return logit, log_mean, log_size


@inlined
def _attack_logit(offset: float, slope: float, learned: float, push: float) -> float:
    """Return the log odds of an attack."""
    return offset + slope * learned + push


@inlined
def push_on_chance(attacked: bool, halt: float, resumption: float) -> float:  # noqa: FBT001 - numba calls by position
    """Return what is added to the log odds of an attack after a week with one or without."""
    return -halt if attacked else resumption


@inlined
def _mean(log_mean: float) -> float:
    """Return the mean of a log mean, bounded."""
    return math.exp(min(log_mean, MAX_LOG_MEAN))


@inlined
def _size(log_size: float) -> float:
    """Return the size of a log size, bounded."""
    return math.exp(min(max(log_size, MIN_LOG_SIZE), MAX_LOG_SIZE))


@inlined
def no_count(mean: float, size: float) -> float:
    """Return P(0) of a negative binomial."""
    return math.exp(-size * math.log1p(mean / size))


@inlined
def some_count(uniform: float, mean: float, size: float, truncated: bool) -> int:  # noqa: FBT001 - numba calls by position
    """Return the quantile of a negative binomial, `truncated` at zero or not."""
    if not truncated:
        return count_quantile(uniform, mean, size)
    none = no_count(mean, size)
    return max(count_quantile(none + (1.0 - none) * uniform, mean, size), 1)


@kernel
def simulate_hurdle(  # noqa: PLR0917 - numba calls by position
    first: int,
    last: int,
    hurdle: Hurdle,
    pushed: Pushed,
    regime_logit: Array,
    u_count: Array,
    attacks: NDArray[np.int32],
    active: NDArray[np.bool_],
) -> None:
    """Fill `attacks` and `active` (series, week, draw) of the draws from `first` up to `last` that follow the model."""
    weeks = attacks.shape[1]
    drives, feature, earlier = np.empty((3, weeks)), np.empty(hurdle.coefficient.shape[1]), np.empty(PAST)
    coefficient, on_mean = hurdle.coefficient, hurdle.coefficient[MEAN]
    rows = np.empty(hurdle.before.shape[3:])
    now = Memory(rows[0], rows[1], rows[2], rows[3])
    for series in range(attacks.shape[0]):
        for draw in range(first, last):
            if not hurdle.follows[draw, series]:
                continue
            fill_drives_of(draw, series, hurdle, pushed, drives)
            forced = weeks_of(pushed.forced_regime, draw, series)
            imputation, term = hurdle.imputation[draw], hurdle.term[draw, series]
            quiet = hurdle.quiet[imputation, series]
            at_origin = hurdle.before[imputation, series, 0, 3]
            attacked, silent, still = at_origin[LAST] > 0, at_origin[SILENT], True
            for week in range(weeks):
                if still:
                    logit, log_mean, log_size = quiet[week, CHANCE], quiet[week, MEAN], quiet[week, SIZE]
                else:
                    describe(now, feature)
                    logit, log_mean, log_size = _predicted(feature, coefficient)
                logit = _attack_logit(
                    term[0], term[1], logit, push_on_chance(attacked, drives[1, week], drives[2, week])
                )
                some = regime_logit[series, week, draw] < logit if forced[week] == FREE else forced[week] == ACTIVE
                count = 0
                if some:
                    if still:
                        _fill_earlier(draw, series, week, hurdle, drives, earlier)
                        fresh = drives[0, week] - np.dot(hurdle.holding[imputation, series, week], earlier)
                    else:
                        fresh = drives[0, week] - held(now, earlier, feature, on_mean)
                    mean, size = _mean(log_mean + fresh), _size(log_size + term[2])
                    count = some_count(u_count[series, week, draw], mean, size, forced[week] == FREE)
                if still and count > 0:
                    _copy(hurdle.before[imputation, series, week], rows)
                    still = False
                if not still:
                    remember(now, float(count))
                    remember_push(earlier, drives[0, week])
                attacked, silent = count > 0, 0.0 if count > 0 else silent + 1.0
                attacks[series, week, draw] = count
                active[series, week, draw] = counts_as_active(silent, forced[week])


@kernel
def nothing_so_far(  # noqa: PLR0917 - numba calls by position
    first: int,
    last: int,
    hurdle: Hurdle,
    pushed: Pushed,
    resumption: bool,  # noqa: FBT001 - numba calls by position
    none: Array,
) -> None:
    """Fill `none` (series, week, draw) with P(no attack through the week), of the draws that follow the model.

    For a `resumption` with P(no active week so far).
    """
    weeks = none.shape[1]
    drives, earlier = np.empty((3, weeks)), np.empty(PAST)
    for series in range(none.shape[0]):
        for draw in range(first, last):
            if not hurdle.follows[draw, series]:
                continue
            fill_drives_of(draw, series, hurdle, pushed, drives)
            forced = weeks_of(pushed.forced_regime, draw, series)
            imputation, term = hurdle.imputation[draw], hurdle.term[draw, series]
            quiet, at_origin = hurdle.quiet[imputation, series], hurdle.before[imputation, series, 0, 3]
            attacked, silent, so_far = at_origin[LAST] > 0, at_origin[SILENT], 1.0
            for week in range(weeks):
                silent += 1.0
                chance = 1.0
                if forced[week] == FREE:
                    push = push_on_chance(attacked, drives[1, week], drives[2, week])
                    chance = expit(-_attack_logit(term[0], term[1], quiet[week, CHANCE], push))
                elif forced[week] == ACTIVE:
                    _fill_earlier(draw, series, week, hurdle, drives, earlier)
                    fresh = drives[0, week] - np.dot(hurdle.holding[imputation, series, week], earlier)
                    chance = no_count(_mean(quiet[week, MEAN] + fresh), _size(quiet[week, SIZE] + term[2]))
                so_far *= 0.0 if resumption and counts_as_active(silent, forced[week]) else chance
                attacked = False
                none[series, week, draw] = so_far


def hurdle_conditional_log_pmf(
    hurdle: HurdleState, covariate: Array, attacks: NDArray[np.int32], observed: Array
) -> Array:
    """Return log P(count of each week = observed), (draw, series, week), given the path up to the week before.

    `covariate` (draw, series|1, covariate, week) are the scheduled ones, `attacks` (draw, series, week) unconditional
    paths and `observed` (series, week). NaN where a draw does not follow the model.
    """
    log_pmf = np.full(attacks.shape, np.nan)
    coefficient = hurdle.benchmark.coefficients
    pushes = [np.einsum("dkm,dkh->mdh", hurdle.effect, covariate[:, row]) for row in range(covariate.shape[1])]
    for series in range(attacks.shape[1]):
        drives = pushes[series if len(pushes) > 1 else 0]
        draws = np.flatnonzero(hurdle.follows[:, series])
        paths = np.ascontiguousarray(attacks[draws, series].astype(np.int64))
        features, fresh = np.empty((*paths.shape, len(FEATURES))), drives[0, draws]
        sums = np.einsum("dk,dkp->dp", hurdle.effect[draws, :, 0], hurdle.earlier[hurdle.imputation[draws], series])
        _recall_ahead(hurdle.memory[hurdle.imputation[draws], series], paths, coefficient[MEAN], sums, features, fresh)
        logit, log_mean, log_size = np.moveaxis(features @ coefficient.T, -1, 0)
        term, (_, halt, resumption) = hurdle.term[draws, series, :, None], drives[:, draws]
        attacked = features[..., ATTACKED] > 0
        logit = term[:, 0] + term[:, 1] * logit + np.where(attacked, -halt, resumption)
        log_pmf[draws, series] = hurdle_log_pmf(observed[series], logit, log_mean + fresh, log_size + term[:, 2])
    return log_pmf


@kernel
def _recall_ahead(  # noqa: PLR0917 - numba calls by position
    memory: Array, paths: NDArray[np.int64], mean: Array, earlier: Array, features: Array, fresh: Array
) -> None:
    """Fill the features of each week of paths (draw, week) given the weeks before it, (draw, week, feature).

    From `fresh` (draw, week), the pushes on the log mean, what is held of earlier ones is taken off.
    """
    for draw in range(paths.shape[0]):
        rows = memory[draw].copy()
        now = Memory(rows[0], rows[1], rows[2], rows[3])
        for week in range(paths.shape[1]):
            describe(now, features[draw, week])
            push = fresh[draw, week]
            fresh[draw, week] = push - held(now, earlier[draw], features[draw, week], mean)
            remember(now, float(paths[draw, week]))
            remember_push(earlier[draw], push)
