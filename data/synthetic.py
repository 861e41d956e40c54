"""Synthetic truth: the model's equations run forward in straight loops, the parameters kept with the counts.

It shares no code with `model/`, so that a recovery test compares two tellings of the equations of
`docs/model.md` and not one with itself. Clear before fast.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.calendar import Week
from lull.data.counts import WeeklyCounts


@dataclass(frozen=True)
class Truth:
    """The true parameters of one series; effects have one entry for each covariate.

    `intercept` is log attacks a week, `sigma` the weekly sd of the level, `leak` false-positive (background)
    statements a week during a pause; hazard intercepts and effects on hazards are on the logit scale.

    From week `ahead_from` on the equations are those of the weeks ahead: the level drifts, a pause takes from the level
    at which it ends, halting knows the level of that week or of the last return alone, and a false-positive statement
    does not end a silence.
    """

    intercept: float = math.log(5.0)
    concentration: float = 5.0
    sigma: float = 0.15
    halt_intercept: float = -3.0
    halt_level: float = 0.65
    resumption_intercept: float = -0.4
    resumption_aging: float = 0.55
    leak: float = 0.03
    initial_logit: float = 1.0
    self_excitation: float = 0.0
    drift_correction: bool = True
    ahead_from: int = 0
    return_rate: float = 0.35
    return_half_life: float = 5.0
    return_sd: float = 0.8
    effect: tuple[float, ...] = ()
    halt_effect: tuple[float, ...] = ()
    resumption_effect: tuple[float, ...] = ()


@dataclass(frozen=True)
class SyntheticSeries:
    """One simulated series and what was behind it, each (week,): counts, regimes, log intensity, level."""

    truth: Truth
    count: Array
    active: NDArray[np.bool_]
    log_intensity: Array
    level: Array


def carry_over(impulses: Array, *, half_life: float) -> Array:
    """Return weekly impulses (week,) carried over: the sum over lags of `impulse * 2^(-lag / half_life)`."""
    carried = np.zeros(len(impulses))
    for week in range(len(impulses)):
        for lag in range(week + 1):
            carried[week] += impulses[week - lag] * 2.0 ** (-lag / half_life)
    return carried


def simulate_series(truth: Truth, covariate: Array, *, weeks: int, rng: np.random.Generator) -> SyntheticSeries:
    """Return one series of `weeks` weeks under carried-over covariates (covariate, week)."""
    count, active = np.zeros(weeks), np.zeros(weeks, dtype=bool)
    log_intensity, level = np.zeros(weeks), np.zeros(weeks)
    last_level, attack_level, known_level, last_count, silent_weeks = 0.0, 0.0, 0.0, 0.0, 0
    for t in range(weeks):
        pushes, ahead = covariate[:, t], t >= truth.ahead_from
        if t == 0:
            p_active = _expit(truth.initial_logit)
        elif active[t - 1]:
            known = log_intensity[t - 1] - last_level + known_level
            p_active = 1.0 - halt_hazard(truth, known, pushes)
        else:
            p_active = resumption_hazard(truth, silent_weeks, pushes)
        active[t] = rng.random() < p_active
        if active[t] and t > 0:
            step = truth.sigma * rng.standard_normal()
            step -= truth.sigma**2 / 2 if truth.drift_correction and ahead else 0.0
            if ahead and not active[t - 1]:
                last_level = known_level = _level_of_return(truth, attack_level, silent_weeks, step, rng)
            else:
                last_level += step
        if not ahead:
            known_level = last_level
        level[t] = last_level
        log_intensity[t] = truth.intercept + np.dot(truth.effect, pushes) + level[t]
        log_intensity[t] += truth.self_excitation * math.log1p(last_count)
        count[t] = _draw_count(truth, math.exp(log_intensity[t]), active=bool(active[t]), rng=rng)
        last_count = count[t]
        ends = count[t] > 0 and (active[t] or not ahead)
        silent_weeks = 0 if ends else silent_weeks + 1
        attack_level = last_level if count[t] > 0 and active[t] else attack_level
    return SyntheticSeries(truth, count, active, log_intensity, level)


def _level_of_return(
    truth: Truth, attack_level: float, silent_weeks: int, step: float, rng: np.random.Generator
) -> float:
    """Return the level of a week in which a silence of so many weeks ends, after attacks at a level."""
    kept = 1.0 / (1.0 + (silent_weeks / truth.return_half_life) ** 4)
    floor = min(attack_level, math.log(truth.return_rate) - truth.intercept)
    unknown = truth.return_sd * math.sqrt(1.0 - kept**2) * rng.standard_normal()
    return floor + kept * (attack_level - floor) + kept * step + unknown


def simulate_counts(
    truths: Mapping[str, Truth], covariate: Array, *, first_week: Week, rng: np.random.Generator
) -> tuple[WeeklyCounts, dict[str, SyntheticSeries]]:
    """Return the counts of independent series under the same covariates, and what was behind each."""
    weeks = covariate.shape[1]
    each = {name: simulate_series(truth, covariate, weeks=weeks, rng=rng) for name, truth in truths.items()}
    values = np.array([one.count for one in each.values()])
    return WeeklyCounts.from_arrays(values, series=list(each), first_week=first_week), each


def halt_hazard(truth: Truth, last_log_intensity: float, pushes: Array) -> float:
    """Return the weekly probability that an active series halts."""
    logit = truth.halt_intercept - truth.halt_level * last_log_intensity + np.dot(truth.halt_effect, pushes)
    return _expit(float(logit))


def resumption_hazard(truth: Truth, silent_weeks: int, pushes: Array) -> float:
    """Return the weekly probability that a halted series resumes after so long an observed silence."""
    aging = truth.resumption_aging * math.log1p(silent_weeks)
    return _expit(float(truth.resumption_intercept - aging + np.dot(truth.resumption_effect, pushes)))


def _draw_count(truth: Truth, mean: float, *, active: bool, rng: np.random.Generator) -> int:
    """Return one week's count: negative binomial (variance mean + mean^2 / concentration) or the leak."""
    if not active:
        return int(rng.poisson(truth.leak))
    return int(rng.negative_binomial(truth.concentration, truth.concentration / (truth.concentration + mean)))


def _expit(logit: float) -> float:
    return 0.5 * (1.0 + math.tanh(logit / 2.0))  # the same as 1 / (1 + exp(-logit)), without overflow
