"""Counts to learn from: those of a file, if they hold a silence."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lull.data.counts import read_counts
from lull.data.schema import InputError, Problem


def counts_with_silences(file: Path, *, fill_zeros: bool) -> NDArray[np.float64]:
    """Return the counts of a file, (series, week). Raises `InputError` if it has no silence after an attack."""
    values: NDArray[np.float64] = read_counts(file, fill_zeros=fill_zeros).array.to_numpy()[0]
    attacked = np.maximum.accumulate(values > 0, axis=1)
    if not (attacked[:, :-1] & (values[:, 1:] == 0)).any():
        remedy = "A week without a row is missing; --fill-zeros takes it for 0."
        raise InputError(Problem(file.name, "a week of 0 after one with an attack", "none", remedy))
    return values
