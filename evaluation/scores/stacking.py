"""How much of each forecaster the best mixture has, by its past log score: stacking weights.

Yao, Vehtari, Simpson & Gelman 2018, Bayesian Analysis 13. A log score is minus the log of the probability that was
given to what happened, so the probability of a mixture is the mean of those of its parts.

Weights that depend on the state of a series, drawn to a fixed share: Yao, Pirš, Vehtari & Gelman 2022, Bayesian
Analysis 17.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from lull.data.arrays import Array

LOG_SCORE = "log_score"
STEPS, ENOUGH = 5_000, 1e-7
FIRST_SHARE = 1 / 3  # that the share of the first forecaster is drawn to, whatever the state
SHARE_SD, TERM_SD = 0.5, 1.0  # how far its log odds may lie from there, and how much a term may move them


def stacking_weights(scores: pa.Table, models: Sequence[str]) -> dict[str, float]:
    """Return the weights, at least 0 and together 1, of the mixture of forecasters with the best mean log score.

    `scores` is a scores table in which they were scored on the same cells; forecasters without a log score have none.
    Empty if none has one.
    """
    rows = scores.filter(pc.equal(scores["metric"], LOG_SCORE))
    given = {
        model: rows.filter(pc.equal(rows["model"], model)).sort_by(
            [("series", "ascending"), ("origin_date", "ascending"), ("horizon", "ascending")]
        )["value"]
        for model in models
    }
    scored = {model: value.to_numpy() for model, value in given.items() if len(value)}
    if not scored:
        return {}
    weights = _weights(np.exp(-np.stack(list(scored.values()), axis=1)))
    return dict(zip(scored, weights.tolist(), strict=True))


def _weights(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the likeliest weights of a mixture, (model,), of probabilities (cell, model), by EM."""
    weights = np.full(probability.shape[1], 1 / probability.shape[1])
    for _ in range(STEPS):
        parts = weights * probability
        moved: NDArray[np.float64] = (parts / parts.sum(axis=1, keepdims=True)).mean(axis=0)
        done = np.abs(moved - weights).max() < ENOUGH
        weights = moved
        if done:
            break
    return weights


def share_weights(scores: Array, terms: Array, forecast: NDArray[np.int64]) -> Array:
    """Return the weights of `terms` in the log odds of the share of the first of three forecasters, then of the third.

    `scores` (3, cell) are log scores, `terms` the state at the origin, (cell, term), an intercept first; the weeks of
    one `forecast`, (cell,), count together as one week does: they hold much of the same. The first has a share by
    state; of the rest the third has one share whatever the state, whose log odds are the last number returned. The
    weights are the likeliest under independent normal priors around `FIRST_SHARE`, 0, and even odds.
    """
    first, second, third = np.exp(scores.min(axis=0) - scores)
    among = terms.shape[1] - 1
    sd = np.array([SHARE_SD, *[TERM_SD] * among, SHARE_SD])
    centre = np.array([logit(FIRST_SHARE), *[0.0] * (among + 1)])
    counts = 1.0 / np.bincount(forecast)[forecast]

    def loss(at: Array) -> tuple[float, Array]:
        share, late, away = expit(terms @ at[:-1]), expit(at[-1]), (at - centre) / sd
        rest = (1.0 - late) * second + late * third
        mixed = share * first + (1.0 - share) * rest
        by_share = counts * (first - rest) / mixed * share * (1.0 - share)
        by_late = (counts * (1.0 - share) * (third - second) / mixed).sum() * late * (1.0 - late)
        return float(0.5 * away @ away - counts @ np.log(mixed)), away / sd - np.append(by_share @ terms, by_late)

    found: Array = minimize(loss, centre, jac=True, method="BFGS").x
    return found
