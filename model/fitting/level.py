"""The level: the slow part of the log intensity, a random walk on active time in its leading modes.

Active time stands still in long silences: a faction that has stopped does not drift while nobody can see it. Each
mode is de-meaned over the observed active weeks, so that the intercept is the mean level of what was seen.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal

from lull.data.arrays import Array

FINE = 4.0  # weeks before the origin at which the modes have half the weight of the last week


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
    return LevelBasis(np.stack([part[0] for part in parts]), np.array([part[1][-1] for part in parts]))


def informed_modes(modes: Array, information: Array) -> tuple[Array, Array, Array]:
    """Return modes (series, week, mode) turned so that the counts inform each by itself, how much, and their centres.

    `information` (series, week) is that of each week's count on its log intensity; what is returned (series, mode) is
    in units of 1 / sigma^2, beside an intercept that is informed too. A mode's centre (series, mode) is its mean by
    the information of the weeks. Modes are standard normal, so any rotation of them is the
    same level; in this one they are nearly independent given the counts, and given sigma they stay so.
    """
    total = np.maximum(information.sum(axis=1), np.finfo(float).tiny)
    centre = np.einsum("sw,swm->sm", information / total[:, None], modes)
    apart = modes - centre[:, None, :]
    found, turn = np.linalg.eigh(np.einsum("swm,sw,swn->smn", apart, information, apart))
    return modes @ turn, np.maximum(found, 0.0), np.einsum("sm,smn->sn", centre, turn)


def mode_scale(log_sigma: Any, information: Any) -> Any:
    """Return the sd of the sampler's `level_mode`, (..., series, mode); divided by it, they are standard normal.

    In units of its posterior sd given sigma: of sigma times a mode of which counts hold the `information` (series,
    mode) that is `1 / sqrt(information + 1 / sigma^2)`. So the sampler moves the product where sigma is large beside
    what the counts tell, the factor where it is small, and what lies between as sigma goes. It changes no distribution.
    """
    relative: Any = np.sqrt(1.0 + information * np.exp(2.0 * log_sigma)[..., None])
    return relative


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
    return np.stack([_series_basis(row, modes=modes, freeze_after=freeze_after)[1] for row in count])


def _series_basis(count: Array, *, modes: int, freeze_after: int) -> tuple[Array, Array]:
    """Return the modes of one series (week, mode), de-meaned over what was seen, and the residual sd of each week."""
    moving = moving_weeks(count, freeze_after=freeze_after)
    moving[: np.argmax(~np.isnan(count))] = False  # nothing moves before the first observation
    time = np.maximum(np.cumsum(moving), 1)  # active time of each week, 1..n
    steps = int(time[-1])
    seen = moving & ~np.isnan(count)
    weight = np.bincount(time[seen if seen.any() else slice(None)] - 1, minlength=steps).astype(float)
    weight /= weight.sum()
    walk = walk_modes(steps, min(modes, steps))
    walk = walk - weight @ walk
    left_out = np.maximum(_variance_about_mean(weight) - (walk**2).sum(axis=1), 0.0)
    kept = np.zeros((count.size, modes))
    kept[:, : walk.shape[1]] = walk[time - 1]
    return kept, np.sqrt(left_out)[time - 1]


def _variance_about_mean(weight: Array) -> Array:
    """Return Var(L_i - sum_j w_j L_j) of a unit random walk L, i = 1..n, for weights w (n,) that sum to 1."""
    with_mean = np.cumsum(np.cumsum(weight[::-1])[::-1])  # Cov(L_i, mean) = sum_j min(i, j) w_j
    variance: Array = np.arange(1, weight.size + 1) - 2 * with_mean + weight @ with_mean
    return variance


@lru_cache(maxsize=64)
def walk_modes(steps: int, modes: int) -> Array:
    """Return the leading modes of a unit random walk of n steps, (step, mode), each times its sd.

    Karhunen-Loeve modes that lose least of the walk where week i of n weighs `w_i = 1 / (n - i + FINE)`: fine near
    the origin, where the forecast starts, and coarse long ago. With C the covariance min(i, j) they are eigenvectors of
    `W^(1/2) C W^(1/2)`, brought back by `W^(-1/2)`; its inverse is tridiagonal, since that of C is. All n together
    are the walk exactly.
    """
    weight = 1.0 / (np.arange(steps)[::-1] + FINE)
    diagonal = np.append(np.full(steps - 1, 2.0), 1.0) / weight
    off_diagonal = -1.0 / np.sqrt(weight[:-1] * weight[1:])
    values, vectors = eigh_tridiagonal(diagonal, off_diagonal, select="i", select_range=(0, modes - 1))
    return np.asarray(vectors / np.sqrt(values) / np.sqrt(weight)[:, None])
