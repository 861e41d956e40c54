"""How much of each forecaster the best mixture has, by its past log score: stacking weights.

Yao, Vehtari, Simpson & Gelman 2018, Bayesian Analysis 13. A log score is minus the log of the probability that was
given to what happened, so the probability of a mixture is the mean of those of its parts.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

LOG_SCORE = "log_score"
STEPS, ENOUGH = 5_000, 1e-7


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
