"""The level: the slow part of the log intensity, a random walk on active time told in its leading modes.

Active time stands still in long silences: a faction that has stopped does not drift while nobody can see it. Each
mode is de-meaned over the observed active weeks, so that the intercept is the mean level of what was seen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class LevelBasis:
    """The modes of one panel: `modes` (series, week, mode) in units of the weekly sd sigma.

    `residual_sd` (series,) is the sd, in the same unit, of what the modes leave out in the last week: the forward
    walk starts from the last level widened by it.
    """

    modes: Array
    residual_sd: Array


def level_basis(count: Array, *, modes: int, freeze_after: int) -> LevelBasis:
    """Return the basis for counts (series, week), NaN where missing."""
    parts = [_series_basis(row, modes=modes, freeze_after=freeze_after) for row in count]
    return LevelBasis(np.stack([part[0] for part in parts]), np.array([part[1] for part in parts]))


def moving_weeks(count: Array, *, freeze_after: int) -> NDArray[np.bool_]:
    """Return whether the level moves in each week of one series (week,): not in silences of `freeze_after` weeks."""
    moving = np.ones(count.size, dtype=bool)
    start, zeros = 0, 0
    for week, value in enumerate(np.append(count, 1.0)):
        if value > 0:
            if zeros >= freeze_after:
                moving[start:week] = False
            start, zeros = week + 1, 0
        elif value == 0:
            start = week if zeros == 0 else start
            zeros += 1
    return moving


def residual_sd_by_week(count: Array, *, modes: int, freeze_after: int) -> Array:
    """Return the sd, in units of sigma, of what the leading modes leave out of the level of each week, as `count`."""
    left_out = [_series_walk(row, freeze_after=freeze_after)[:, modes:] for row in count]
    return np.stack([np.sqrt((walk**2).sum(axis=1)) for walk in left_out])


def _series_basis(count: Array, *, modes: int, freeze_after: int) -> tuple[Array, float]:
    """Return the modes (week, mode) of one series and the residual sd of its last week."""
    walk = _series_walk(count, freeze_after=freeze_after)
    kept = np.zeros((count.size, modes))
    kept[:, : walk.shape[1]] = walk[:, :modes]
    return kept, float(np.sqrt((walk[-1, modes:] ** 2).sum()))


def _series_walk(count: Array, *, freeze_after: int) -> Array:
    """Return all modes of the walk of one series on its active time, de-meaned over what was seen, (week, mode)."""
    moving = moving_weeks(count, freeze_after=freeze_after)
    moving[: np.argmax(~np.isnan(count))] = False  # nothing moves before the first observation
    time = np.maximum(np.cumsum(moving), 1)  # active time of each week, 1..n
    walk = walk_modes(int(time[-1]))[time - 1]
    seen = moving & ~np.isnan(count)
    return np.asarray(walk - walk[seen if seen.any() else slice(None)].mean(axis=0))


def walk_modes(steps: int) -> Array:
    """Return the Karhunen-Loeve modes of a unit random walk of n steps, (step, mode), each times its sd.

    The covariance min(i, j), i, j = 1..n, has eigenvalues `1 / (4 sin^2(w_m / 2))` and eigenvectors
    `sqrt(4 / (2 n + 1)) sin(w_m i)` with `w_m = (2 m - 1) pi / (2 n + 1)`.
    """
    angle = (2 * np.arange(1, steps + 1) - 1) * np.pi / (2 * steps + 1)
    vectors = np.sqrt(4 / (2 * steps + 1)) * np.sin(np.outer(np.arange(1, steps + 1), angle))
    return vectors / (2 * np.sin(angle / 2))
