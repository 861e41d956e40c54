"""Counts to learn from: those of a file, if they hold a silence."""

import numpy as np
from numpy.typing import NDArray

from lull.data.counts import WeeklyCounts
from lull.data.schema import InputError, Problem


def with_silences(counts: WeeklyCounts, name: str) -> NDArray[np.float64]:
    """Return the counts of a file, (series, week). Raises `InputError` if it has no silence after an attack."""
    values: NDArray[np.float64] = counts.array.to_numpy()[0]
    attacked = np.maximum.accumulate(values > 0, axis=1)
    if not (attacked[:, :-1] & (values[:, 1:] == 0)).any():
        remedy = "A week without a row is missing; --fill-zeros takes it for 0."
        raise InputError(Problem(name, "a week of 0 after one with an attack", "none", remedy))
    return values
