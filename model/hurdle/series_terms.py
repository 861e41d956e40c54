"""What sets a series apart from the hurdle benchmark, and what drivers do to it: a Bayesian model of the record.

With L, M and N the logit, the log mean and the log size that the benchmark gives to series s in week t from the weeks
before it, and the drivers x_k as carried over to that week,

    logit P(y > 0) = a_s + b_s L + sum_k x_k (resumption_k if the last known week had no attack, else -halt_k)
    y | y > 0      ~ zero-truncated negative binomial, log mean = M + sum_k intensity_k x~_k, log size = N + d_s

where the mean is that before truncation. M follows the level of the past weeks, so a push that stays on would raise the
level week after week: x~ is x less what the averages in M hold of it already (`hurdle_model.held`), and a driver shifts
the level once, as in the regime model. For the same reason no series has a constant in its log mean.

Terms of a series are normal around (0, 1, 0) with the spread between actors that was learned with the benchmark;
effects are common to the series of a run and have the priors of the regime model. Given the record both equations are
regressions on known features, so the posterior falls into two of a few dozen parameters: the mode by Newton's method,
and the normal with the curvature there (Laplace).

The invariant: what is learned of a week uses the weeks before it alone, as a path that is fed its own counts does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, solve_triangular
from scipy.special import digamma, expit, gammaln, polygamma

from lull.data.arrays import Array, by_series, row_of
from lull.model.hurdle.benchmark import HurdleBenchmark
from lull.model.hurdle.hurdle_model import (
    ATTACKED,
    FEATURES,
    MAX_LOG_MEAN,
    MAX_LOG_SIZE,
    MIN_LOG_SIZE,
    recall,
    recall_pushes,
)

type Curve = Callable[[Array], tuple[float, Array, Array]]
"""Minus a log likelihood at parameters, its slope, and its second derivatives."""

INTENSITY, HALT, RESUMPTION = range(3)  # columns of the priors of effects
STEPS, ENOUGH = 60, 1e-9
HALVED = 0.5 ** np.arange(30)  # lengths of a step, tried in turn


@dataclass(frozen=True)
class SeriesTerms:
    """Draws of the terms of each series and of the effects of each driver.

    Draw d is of imputation `d * imputations // draws`: imputations are laid end to end and share the draws evenly.
    """

    offset: Array  # (draw, series): a, added to the logit of a week with attacks
    slope: Array  # (draw, series): b, by which the benchmark's logit is multiplied
    size_offset: Array  # (draw, series): d, added to the log size
    effect: Array  # (draw, covariate): on the log mean, times the driver less what is held of it
    halt_effect: Array  # (draw, covariate): taken off the logit after a week with attacks
    resumption_effect: Array  # (draw, covariate): added to the logit after a week without


class Record(NamedTuple):
    """The weeks of one imputation that teach, those of all series laid end to end."""

    series: NDArray[np.int64]  # (week,)
    attacks: Array  # (week,): how many
    features: Array  # (week, feature)
    pushes: Array  # (week, covariate)
    fresh: Array  # (week, covariate): pushes on the log mean, less what is held of them


def draw_terms(
    histories: Array,
    covariate: Array,
    prior_mean: Array,
    prior_sd: Array,
    *,
    benchmark: HurdleBenchmark,
    draws: int,
    seed: int | np.random.SeedSequence,
) -> SeriesTerms:
    """Return draws of the posterior given weekly counts, (imputation, series, week), NaN where missing.

    `covariate` are the drivers as carried over to each week, (covariate, week) or by series; `prior_mean` and
    `prior_sd` those of their effects, (covariate, 3): on the intensity, on halting, on resuming. A series without an
    attack on record teaches nothing: its terms are those of the prior, and so is all without a series or a driver that
    taught.
    """
    imputations, series, _ = histories.shape
    of_imputation = np.arange(draws) * imputations // draws
    rng = np.random.default_rng(seed)
    of_chance, of_mean = _priors(benchmark, series, prior_mean, prior_sd)
    chance, mean = np.empty((draws, of_chance[0].size)), np.empty((draws, of_mean[0].size))
    for imputation in range(imputations):
        mine = np.flatnonzero(of_imputation == imputation)
        record = record_of(histories[imputation], covariate, benchmark)
        chance[mine] = _draws(chance_curve(record, benchmark, series), *of_chance, rng=rng, draws=mine.size)
        mean[mine] = _draws(mean_curve(record, benchmark, series), *of_mean, rng=rng, draws=mine.size)
    return _named(chance, mean, series)


def _named(chance: Array, mean: Array, series: int) -> SeriesTerms:
    """Return the terms of draws (a_s, b_s, halt_k, resumption_k) and (d_s, intensity_k)."""
    drivers = mean.shape[1] - series
    offset, slope, halt, resumption = np.split(chance, np.cumsum([series, series, drivers]), axis=1)
    return SeriesTerms(offset, slope, mean[:, :series], mean[:, series:], halt, resumption)


def move_terms(
    histories: Array,
    covariate: Array,
    terms: SeriesTerms,
    old: tuple[Array, Array],
    new: tuple[Array, Array],
    *,
    benchmark: HurdleBenchmark,
) -> SeriesTerms:
    """Return draws made by `draw_terms` under old beliefs, mean and sd (covariate, 3), as they are under new ones.

    Each is as far from the new mode, in units of the curvature there, as it was from the old one: the draws of a new
    fit with the same random numbers.
    """
    imputations, series, _ = histories.shape
    chance = np.hstack([terms.offset, terms.slope, terms.halt_effect, terms.resumption_effect])
    mean = np.hstack([terms.size_offset, terms.effect])
    before, after = _priors(benchmark, series, *old), _priors(benchmark, series, *new)
    of_imputation = np.arange(len(chance)) * imputations // len(chance)
    for imputation in range(imputations):
        mine = np.flatnonzero(of_imputation == imputation)
        record = record_of(histories[imputation], covariate, benchmark)
        for draws, curve_of, was, now in zip((chance, mean), (chance_curve, mean_curve), before, after, strict=True):
            if not all(map(np.array_equal, was, now)):
                draws[mine] = _moved(draws[mine], curve_of(record, benchmark, series), was, now)
    return _named(chance, mean, series)


def _moved(draws: Array, curve: Curve, old: tuple[Array, Array], new: tuple[Array, Array]) -> Array:
    """Return draws (draw, parameter) of one Laplace approximation as those of another."""
    mode, factor = laplace(curve, *old, start=draws.mean(axis=0))
    moved, moved_factor = laplace(curve, *new, start=mode)
    turn = np.linalg.solve(moved_factor.T, factor.T)  # BLAS shares a triangular one among threads, however small it is
    return moved + (draws - mode) @ turn.T


def _priors(benchmark: HurdleBenchmark, series: int, mean: Array, sd: Array) -> tuple[tuple[Array, Array], ...]:
    """Return mean and sd of (a_s, b_s, halt_k, resumption_k) and of (d_s, intensity_k)."""
    a, b, d = benchmark.between
    of_chance = (
        np.concatenate([np.repeat((0.0, 1.0), series), mean[:, HALT], mean[:, RESUMPTION]]),
        np.concatenate([np.repeat((a, b), series), sd[:, HALT], sd[:, RESUMPTION]]),
    )
    of_mean = (
        np.concatenate([np.zeros(series), mean[:, INTENSITY]]),
        np.concatenate([np.full(series, d), sd[:, INTENSITY]]),
    )
    return of_chance, of_mean


def record_of(history: Array, covariate: Array, benchmark: HurdleBenchmark) -> Record:
    """Return the weeks that teach of counts (series, week): the known ones after the first attack of their series."""
    each = by_series(covariate)
    parts = [_weeks_of(row, counts, row_of(each, row), benchmark.mean) for row, counts in enumerate(history)]
    return Record(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _weeks_of(row: int, counts: Array, covariate: Array, mean: Array) -> Record:
    seen, fresh = np.empty((counts.size, len(FEATURES))), np.empty((counts.size, len(covariate)))
    history = np.ascontiguousarray(counts, dtype=float)
    recall(history, seen)
    recall_pushes(history, np.ascontiguousarray(covariate, dtype=float), mean, fresh)
    attacked = np.flatnonzero(counts > 0)
    first = attacked[0] + 1 if attacked.size else counts.size
    weeks = first + np.flatnonzero(~np.isnan(counts[first:]))
    return Record(np.full(weeks.size, row), counts[weeks], seen[weeks - 1], covariate[:, weeks].T, fresh[weeks])


def chance_curve(record: Record, benchmark: HurdleBenchmark, series: int) -> Curve:
    """Return the curve of (a_s, b_s, halt_k, resumption_k): which weeks had an attack."""
    learned, after_attack = record.features @ benchmark.chance, record.features[:, ATTACKED, None]
    own = np.eye(series)[record.series]
    pushes = -record.pushes * after_attack, record.pushes * (1.0 - after_attack)
    design = np.hstack([own, own * learned[:, None], *pushes])
    attacked = (record.attacks > 0).astype(float)

    def curve(at: Array) -> tuple[float, Array, Array]:
        logit = design @ at
        chance = expit(logit)
        value = np.logaddexp(0.0, logit).sum() - attacked @ logit
        return float(value), design.T @ (chance - attacked), (design.T * (chance * (1.0 - chance))) @ design

    return curve


def mean_curve(record: Record, benchmark: HurdleBenchmark, series: int) -> Curve:
    """Return the curve of (d_s, intensity_k): how many attacks the weeks with any had."""
    some = record.attacks > 0
    count, features, own, fresh = (
        each[some] for each in (record.attacks, record.features, np.eye(series)[record.series], record.fresh)
    )
    learned = features @ benchmark.mean, features @ benchmark.size
    for_mean, for_size = np.hstack([np.zeros_like(own), fresh]), np.hstack([own, np.zeros_like(fresh)])

    def curve(at: Array) -> tuple[float, Array, Array]:
        log_mean, log_size = learned[0] + for_mean @ at, learned[1] + for_size @ at
        bounded = np.clip(log_mean, -MAX_LOG_MEAN, MAX_LOG_MEAN), np.clip(log_size, MIN_LOG_SIZE, MAX_LOG_SIZE)
        value, slopes, bends = truncated_curve(count, *bounded)
        mean, size = for_mean * (bounded[0] == log_mean)[:, None], for_size * (bounded[1] == log_size)[:, None]
        mixed = (mean.T * bends[1]) @ size
        bend = (mean.T * bends[0]) @ mean + mixed + mixed.T + (size.T * bends[2]) @ size
        return float(value.sum()), mean.T @ slopes[0] + size.T @ slopes[1], bend

    return curve


def truncated_curve(
    count: Array, log_mean: Array, log_size: Array
) -> tuple[Array, tuple[Array, Array], tuple[Array, Array, Array]]:
    """Return minus the log zero-truncated negative binomial, its slopes and its second derivatives.

    Slopes are by the log mean and the log size, second derivatives by the first twice, by both, by the second twice.
    """
    mean, size = np.exp(log_mean), np.exp(log_size)
    total = mean + size
    share, weight = mean / total, size / total
    log_weight = -np.log1p(mean / size)
    log_zero = size * log_weight
    some = -np.expm1(log_zero)
    value = gammaln(size) - gammaln(count + size) + gammaln(count + 1) - log_zero + np.log(some)
    value -= count * (log_mean - log_size + log_weight)
    lost = np.exp(log_zero) / some  # odds of the zero that cannot be
    expected, bent = mean * (1.0 + lost), lost * (1.0 + lost)
    variance = expected * (1.0 + mean + mean / size) - expected**2
    falls = log_weight + share  # of the log chance of a zero, by the size
    by_size = digamma(count + size) - digamma(size) - count / total + (1.0 + lost) * falls
    twice = polygamma(1, count + size) - polygamma(1, size) + count / total**2
    twice += (1.0 + lost) * share**2 / size + bent * falls**2
    both = share * weight * (count - expected) - weight * mean * size * bent * falls
    by_mean_twice = weight**2 * variance + weight * share * (count - expected)
    bends = by_mean_twice, -both, -size * (size * twice + by_size)
    return value, (weight * (expected - count), -size * by_size), bends


def _draws(curve: Curve, mean: Array, sd: Array, *, rng: np.random.Generator, draws: int) -> Array:
    """Return draws of the Laplace approximation of a posterior, (draw, parameter)."""
    mode, factor = laplace(curve, mean, sd)
    spread: Array = solve_triangular(factor, rng.standard_normal((mode.size, draws)), lower=True, trans=1)
    return mode + spread.T


def laplace(curve: Curve, mean: Array, sd: Array, *, start: Array | None = None) -> tuple[Array, Array]:
    """Return the mode under independent normal priors, and the lower Cholesky factor of the precision there.

    Newton's method from `start`, or the prior mean, each step halved until the posterior rises.
    """
    at = mean.copy() if start is None else start.copy()
    value, slope, bend = _posterior(curve, at, mean, sd)
    factor = _factor(bend, sd)
    for _ in range(STEPS):
        step = cho_solve((factor, True), slope)
        gain = float(slope @ step)
        if gain < ENOUGH:
            break
        for length in HALVED:
            place = at - length * step
            found = _posterior(curve, place, mean, sd)
            if found[0] < value - length * gain / 4:
                break
        else:
            break
        at, (value, slope, bend) = place, found
        factor = _factor(bend, sd)
    return at, factor


def _posterior(curve: Curve, at: Array, mean: Array, sd: Array) -> tuple[float, Array, Array]:
    """Return minus the log posterior at parameters, its slope and its second derivatives."""
    value, slope, bend = curve(at)
    away = (at - mean) / sd
    return value + 0.5 * float(away @ away), slope + away / sd, bend + np.diag(sd**-2.0)


def _factor(bend: Array, sd: Array) -> Array:
    """Return the lower Cholesky factor of second derivatives, bent further by the prior where they fall somewhere."""
    for extra in (0.0, *10.0 ** np.arange(16)):
        try:
            factor: Array = np.linalg.cholesky(bend + extra * np.diag(sd**-2.0))
        except np.linalg.LinAlgError:
            continue
        return factor
    raise ValueError("second derivatives that are not finite")
