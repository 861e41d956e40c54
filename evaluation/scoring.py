"""Scores of one predictive distribution against what happened."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.predictive import Predictive


class Score(NamedTuple):
    """One figure of one cell, over weeks 1..horizon or of that week."""

    horizon: int
    metric: str
    value: float


def score_cell(predictive: Predictive, truth: NDArray[np.float64], *, silent_weeks: int) -> list[Score]:
    """Return the scores of a predictive, given the truth, dims (week,), nan = missing."""
    raise NotImplementedError
