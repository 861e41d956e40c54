"""The opponents, each a full predictive distribution of one series from its history alone."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evaluation.predictive import Predictive


class Baseline(Protocol):
    """A forecast of one series from its weekly counts to the origin, dims (week,), nan = missing."""

    def __call__(
        self, history: NDArray[np.float64], *, horizon: int, draws: int, rng: np.random.Generator
    ) -> Predictive:
        """Return the predictive distribution of the next `horizon` weeks."""


BASELINES: dict[str, Baseline] = {}


def absent_baselines() -> list[str]:
    """Return the names of the baselines whose library is not installed."""
    raise NotImplementedError
