"""The pushes of covariates, carried over with half-lives: the loops over weeks, and their derivatives.

One loop over weeks says what a convolution over all lags says at a hundred times the cost.
"""

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.model.numba_kernels import checksum_of, kernel_of

CHECKSUM = checksum_of(__file__)

kernel = kernel_of(CHECKSUM)


@kernel
def push_values(
    impulses: Array, keep: Array, push: Array, rows: NDArray[np.int64]
) -> tuple[Array, Array, Array, Array, Array]:
    """Return the pushes on each mechanism (series, week), the covariates, and their derivatives by keep.

    `impulses` and covariates are (series, covariate, week), of one series where it stands for all. The covariates in
    `rows` are carried over, `x_t = impulse_t + keep * x_(t-1)`; derivatives are (series, row, week).
    """
    series_size, covariates, weeks = impulses.shape
    carried, slope = impulses.copy(), np.empty((series_size, rows.size, weeks))
    pushed = np.zeros((3, series_size, weeks))
    for series in range(series_size):
        for row in range(rows.size):
            at, value, change = rows[row], 0.0, 0.0
            for week in range(weeks):
                change = value + keep[row] * change
                value = impulses[series, at, week] + keep[row] * value
                carried[series, at, week], slope[series, row, week] = value, change
        for mechanism in range(3):
            for at in range(covariates):
                for week in range(weeks):
                    pushed[mechanism, series, week] += push[mechanism, at] * carried[series, at, week]
    return pushed[0], pushed[1], pushed[2], carried, slope


@kernel
def push_slopes(  # noqa: PLR0917 - numba calls by position
    intensity: Array,
    halt: Array,
    resumption: Array,
    push: Array,
    carried: Array,
    slope: Array,
    rows: NDArray[np.int64],
) -> tuple[Array, Array]:
    """Return the derivatives by push (mechanism, covariate) and keep (row,), given those by pushes (series, week)."""
    by_push, by_keep = np.zeros(push.shape), np.zeros(rows.size)
    for series in range(carried.shape[0]):
        for at in range(carried.shape[1]):
            by_intensity, by_halt, by_resumption = 0.0, 0.0, 0.0
            for week in range(carried.shape[2]):
                value = carried[series, at, week]
                by_intensity += intensity[series, week] * value
                by_halt += halt[series, week] * value
                by_resumption += resumption[series, week] * value
            by_push[0, at] += by_intensity
            by_push[1, at] += by_halt
            by_push[2, at] += by_resumption
        for row in range(rows.size):
            on_intensity, on_halt, on_resumption = push[0, rows[row]], push[1, rows[row]], push[2, rows[row]]
            for week in range(carried.shape[2]):
                by_week = on_intensity * intensity[series, week] + on_halt * halt[series, week]
                by_week += on_resumption * resumption[series, week]
                by_keep[row] += by_week * slope[series, row, week]
    return by_push, by_keep
