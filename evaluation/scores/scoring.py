"""Scores of one predictive distribution against what happened.

Every model is scored by the same functions of its draws, so that none gains by the way in which it is written down.
Only the log score reads the law that the draws are from (`evaluation/scores/likelihood.py`), so that none gains by
their number. Smaller is better; the figures of calibration (`pit_...`, `coverage_...`, `inclusion_...`,
`total_coverage_...`) have a nominal value instead, and `any_attack_chance` has `any_attack_happened`. A week without a
truth has no score. docs/evaluation.md gives the formulas.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from lull.evaluation.scores.likelihood import Likelihood, exact, mixed
from lull.evaluation.scores.metrics import HAPPENED, LEVEL, SILENCE, STATE, STATED, WINDOWS
from lull.evaluation.scores.predictive import Predictive

Weeks = NDArray[np.float64]  # one figure a week
LEVELS = (0.5, 0.9)  # central intervals that are scored on their own
ALPHAS = np.array([0.02, 0.05, *np.arange(1, 10) / 10])  # with the median the 23 quantiles of the forecast table
GUARD = 0.05  # weight of the negative binomial that keeps the log score of a count finite
COIN = 0.002  # weight of a fair coin in the log score of an event, for the same reason


class Score(NamedTuple):
    """One figure of one cell: of week `horizon` or, for a total or an event, of the weeks 1 to `horizon`."""

    horizon: int
    metric: str
    value: float


def score_cell(predictive: Predictive, truth: Weeks, *, silent_weeks: int, level: float = 1.0) -> list[Score]:
    """Return the scores of a predictive, given the truth, dims (week,), nan = missing.

    `silent_weeks` is the run of zero weeks at the origin; from 4 on the next attack is a resumption. `level` is the
    mean weekly count up to the origin, above 0. A total is scored when all its weeks are known; an event when they are,
    or when it has certainly happened. Without any score there are no rows; with one, the rows `silent_weeks` and
    `level` at horizon 0 say how the series stood at the origin.
    """
    assert truth.shape == (predictive.horizon,), "the truth has a figure, or nan, for each week of the forecast"
    scores = [*_of_weeks(predictive, truth), *_of_totals(predictive, truth)]
    scores += _of_events(predictive, truth, silent_weeks=silent_weeks)
    return [Score(0, STATE, float(silent_weeks)), Score(0, LEVEL, level), *scores] if scores else []


def _of_weeks(predictive: Predictive, truth: Weeks) -> Iterator[Score]:
    known = np.flatnonzero(np.isfinite(truth))
    if not predictive.draws or not known.size:
        return
    draws = np.sort(predictive.paths[:, known], axis=0).astype(float)
    given = Likelihood(*(part[known] for part in predictive.likelihood(truth)))
    for metric, values in (weekly_scores(draws, truth[known]) | log_score(draws, truth[known], given)).items():
        for week, value in zip(known.tolist(), values.tolist(), strict=True):
            yield Score(week + 1, metric, value)


def _of_totals(predictive: Predictive, truth: Weeks) -> Iterator[Score]:
    for window in _windows(predictive):
        total = truth[:window].sum()
        if predictive.draws and np.isfinite(total):
            draws = np.sort(predictive.paths[:, :window].sum(axis=1).astype(float))[:, None]
            observed = np.array([total])
            yield Score(window, "total_crps", crps(draws, observed).item())
            yield Score(window, "total_crps_log1p", crps(np.log1p(draws), np.log1p(observed)).item())
            bounds = pit_bounds(draws, observed)
            for level in LEVELS:
                held = expected_coverage(*bounds, level=level).item()
                yield Score(window, f"total_coverage_{100 * level:.0f}", held)


def _of_events(predictive: Predictive, truth: Weeks, *, silent_weeks: int) -> Iterator[Score]:
    chance = predictive.attack_chance()
    names = ("any_attack", "resumption") if silent_weeks >= SILENCE else ("any_attack",)
    for window in _windows(predictive):
        happened = bool((truth[:window] > 0).any())
        if not happened and np.isnan(truth[:window]).any():
            continue
        stated = float(chance[window - 1])
        for name in names:
            yield Score(window, f"{name}_brier", float(_library().brier_score(float(happened), stated)))
            yield Score(window, f"{name}_log", event_log_score(stated, happened=happened))
        if np.isfinite(truth[:window]).all():  # others are scored only where an attack settles them: no fair sample
            yield Score(window, STATED, stated)
            yield Score(window, HAPPENED, float(happened))


def _library() -> Any:
    """Return the module of the scores, which compiles for five to ten seconds in each process that imports it."""
    import scoringrules  # noqa: PLC0415 - only what scores waits for it

    return scoringrules


def _windows(predictive: Predictive) -> list[int]:
    return [window for window in WINDOWS if window <= predictive.horizon]


def weekly_scores(draws: Weeks, truth: Weeks) -> dict[str, Weeks]:
    """Return the weekly metrics, dims (week,), of draws sorted along dims (draw, week)."""
    low, high = pit_bounds(draws, truth)
    scores = {
        "crps": crps(draws, truth),
        "crps_log1p": crps(np.log1p(draws), np.log1p(truth)),
        "wis": weighted_interval_score(draws, truth),
        "pit_low": low,
        "pit_high": high,
    }
    for level in LEVELS:
        tail, name = (1 - level) / 2, f"{100 * level:.0f}"
        ends = _quantiles(draws, np.array([tail, 1 - tail]))
        scores[f"interval_score_{name}"] = _library().interval_score(truth, *ends, 1 - level, backend="numpy")
        scores[f"coverage_{name}"] = expected_coverage(low, high, level=level)
        scores[f"inclusion_{name}"] = ((ends[0] <= truth) & (truth <= ends[1])).astype(float)
    return {metric: np.reshape(values, truth.shape) for metric, values in scores.items()}  # the library drops dims of 1


def crps(draws: Weeks, truth: Weeks) -> Weeks:
    """Return the CRPS by the fair ensemble estimator, dims (week,), of draws sorted along dims (draw, week).

    `mean |X - y| - sum |X - X'| / (2 n (n - 1))`: unbiased in the number of draws, so that models with few and many
    compare, and by as much as that allows below 0 for single cells. It is computed by its equal in order statistics
    (`pwm`; Zamo & Naveau 2018). Of one draw it is the absolute error.
    """
    if len(draws) == 1:
        error: Weeks = np.abs(draws[0] - truth)
        return error
    score: Weeks = _library().crps_ensemble(
        truth, draws, m_axis=0, estimator="pwm", sorted_ensemble=True, backend="numpy"
    )
    return score


def weighted_interval_score(draws: Weeks, truth: Weeks) -> Weeks:
    """Return the WIS of the median and 11 central intervals, dims (week,), of sorted draws (Bracher et al. 2021)."""
    alphas = ALPHAS[:, None]
    ends = _quantiles(draws, ALPHAS / 2), _quantiles(draws, 1 - ALPHAS / 2)
    intervals = _library().interval_score(truth, *ends, alphas, backend="numpy").reshape(ends[0].shape)
    median = np.abs(truth - _quantiles(draws, np.array([0.5]))[0])
    # Not the library's weighted_interval_score: in 0.11 its numpy backend adds the median, not the error of the median.
    score: Weeks = (median + (alphas * intervals).sum(axis=0)) / (2 * ALPHAS.size + 1)
    return score


def pit_bounds(draws: Weeks, truth: Weeks) -> tuple[Weeks, Weeks]:
    """Return `F(y - 1)` and `F(y)`, dims (week,): the ends of the non-randomised PIT of a count (Czado et al. 2009)."""
    return (draws < truth).mean(axis=0), (draws <= truth).mean(axis=0)


def expected_coverage(low: Weeks, high: Weeks, *, level: float) -> Weeks:
    """Return the share of `[F(y - 1), F(y)]` inside the central `level`, dims (week,).

    It is the chance that the randomised PIT lies there, without drawing it. Under the truth its mean is `level`
    exactly, while an interval with whole ends holds more than its name says: a forecast of zeros always includes 0.
    A truth between the draws has `F(y - 1) = F(y)` and counts 0 or 1.
    """
    start, end = (1 - level) / 2, (1 + level) / 2
    width = high - low
    inside = np.clip(np.minimum(high, end) - np.maximum(low, start), 0, None)
    point = (start <= low) & (low <= end)
    return np.where(width > 0, inside / np.where(width > 0, width, 1.0), point)


def log_score(draws: Weeks, truth: Weeks, given: Likelihood) -> dict[str, Weeks]:
    """Return the negative log probability of the count, in nats, dims (week,), as a metric.

    The probability that was `given` to it, mixed with 5 % of a negative binomial that has the mean of the draws and one
    twentieth, and their variance or that of a geometric distribution if this is larger: so no count is impossible,
    not even to a forecast that draws old counts again. The same for every model. What Monte Carlo takes off the log of
    an average is given back (`Likelihood.log_unbiased`), so that the number of draws decides nothing.
    """
    mean = draws.mean(axis=0) + 0.05
    variance = np.maximum(draws.var(axis=0), mean + mean**2)
    guard = exact(nbinom.logpmf(truth, mean**2 / (variance - mean), mean / variance))
    return {"log_score": -mixed([given, guard], [1 - GUARD, GUARD]).log_unbiased}


def event_log_score(chance: float, *, happened: bool) -> float:
    """Return the negative log probability of what happened, in nats, the chance mixed with 0.2 % of a fair coin."""
    given = chance if happened else 1 - chance
    return float(-np.log((1 - COIN) * given + COIN / 2))


def _quantiles(draws: Weeks, levels: Weeks) -> Weeks:
    """Return the quantiles of sorted draws, dims (level, week): the least draw at which F reaches the level."""
    ranks = np.ceil(levels * len(draws) - 1e-9).astype(int) - 1
    chosen: Weeks = draws[np.clip(ranks, 0, None)]
    return chosen
