"""The one alias for arrays of numbers, which every layer imports, and how what is common to series is laid out."""

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]


def by_series(values: Array) -> Array:
    """Return covariates (covariate, week) or (series, covariate, week) as the latter: a single row is of all series."""
    return values if values.shape[:-2] else values[None]


def row_of(values: Array, series: int) -> Array:
    """Return what is of one series among values by series, of which a single row is of all."""
    row: Array = values[series if len(values) > 1 else 0]
    return row
