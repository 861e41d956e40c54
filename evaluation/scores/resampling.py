"""How sure a skill is where neither series nor times are independent: clusters and blocks of calendar time resampled.

Series of one cluster share a cause, and all series of one time may. The variance of a skill under dependence both
within clusters and within blocks of time is `V(clusters) + V(blocks) - V(clusters x blocks)`, each term the sum of
squared influences of its groups, G / (G - 1) times (Cameron, Gelbach & Miller 2011, Journal of Business & Economic
Statistics 29, eq. 2.11). The interval keeps the shape of a bootstrap over whole groups in the direction of larger
variance, and is widened by the root of how much the two-way variance exceeds that of this direction.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.evaluation.scores.comparison import Compared
from lull.evaluation.scores.metrics import is_log_score

type Groups = NDArray[np.int64]

RESAMPLES, FLIPS, LEVEL = 2_000, 10_000, 0.9
LEAST_BLOCKS = 5  # with fewer times nothing is learned from comparing times


def skill_interval(compared: Compared, *, against: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return the skill of each model against one of them and the ends of its 90 % interval, each (model,).

    The opponent is held. Without two clusters or five half years there is no interval (NaN).
    """
    sums, cells = compared.sums, compared.cells
    skill = compared.skill(sums.sum(axis=1), np.asarray(cells.sum()), against=against)
    directions = list(_directions(compared))
    if not directions:
        return skill, np.full_like(skill, np.nan), np.full_like(skill, np.nan)
    influence = _influence(compared, skill, against=against)
    variances = [_variance(influence, groups) for groups in directions]
    both = np.max(variances, axis=0)
    if len(directions) > 1:
        crossed = np.unique(np.stack(directions), axis=1, return_inverse=True)[1].ravel()
        both = np.maximum(both, sum(variances) - _variance(influence, crossed))
    low, high = np.empty_like(skill), np.empty_like(skill)
    wider = np.argmax(variances, axis=0)
    for direction, groups in enumerate(directions):
        chosen = wider == direction
        ends = _bootstrap(compared, groups, against=against, rng=rng)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.nan_to_num(np.sqrt(both / variances[direction]), nan=1.0, posinf=1.0)
        spread = skill + factor * (ends - skill)
        low[chosen], high[chosen] = spread[0, chosen], spread[1, chosen]
    return skill, low, high


def sign_flip_p_value(compared: Compared, model: int, *, against: int, rng: np.random.Generator) -> float:
    """Return the two-sided p-value that differences of scores are symmetric about 0: the larger of two tests.

    One flips the signs of whole clusters, one of whole half years; the statistic is the sum of all differences.
    """
    differences = compared.sums[model] - compared.sums[against]
    tests = [float(sign_flip_p_values(np.bincount(groups, differences), rng=rng)) for groups in _directions(compared)]
    return max(tests, default=1.0)


def sign_flip_p_values(differences: Array, *, rng: np.random.Generator) -> Array:
    """Return the two-sided p-values that paired differences, dims (..., group), are symmetric about 0, dims (...,).

    10,000 random signs, the same for all; the observed ones count as one more.
    """
    signs = rng.integers(0, 2, (differences.shape[-1], FLIPS)) * 2.0 - 1.0
    flipped = np.abs(differences @ signs)
    observed = np.abs(differences.sum(axis=-1, keepdims=True))
    p_values: Array = (1 + (flipped >= observed * (1 - 1e-9)).sum(axis=-1)) / (1 + FLIPS)
    return p_values


def _directions(compared: Compared) -> Iterator[Groups]:
    """Yield the groups of each direction in which there are enough: clusters, and half years."""
    if compared.cluster.max(initial=0) > 0:
        yield compared.cluster
    if compared.block.max(initial=0) + 1 >= LEAST_BLOCKS:
        yield compared.block


def _influence(compared: Compared, skill: Array, *, against: int) -> Array:
    """Return how far each unit moves the skill of each model, to first order, (model, unit)."""
    sums, opponent = compared.sums, compared.sums[against]
    if is_log_score(compared.metric):
        gained: Array = (opponent - sums - skill[:, None] * compared.cells) / compared.cells.sum()
        return gained
    with np.errstate(divide="ignore", invalid="ignore"):
        saved: Array = np.nan_to_num(((1 - skill[:, None]) * opponent - sums) / opponent.sum())
    return saved


def _variance(influence: Array, groups: Groups) -> Array:
    """Return the variance of each model's skill by sums over groups, (model,)."""
    many = int(groups.max()) + 1
    sums = np.stack([np.bincount(groups, one, minlength=many) for one in influence])
    variance: Array = (sums**2).sum(axis=1) * many / max(many - 1, 1)
    return variance


def _bootstrap(compared: Compared, groups: Groups, *, against: int, rng: np.random.Generator) -> Array:
    """Return both ends of the skill of each model when whole groups are drawn again, (end, model)."""
    many = int(groups.max()) + 1
    sums = np.stack([np.bincount(groups, one, minlength=many) for one in compared.sums])
    cells = np.bincount(groups, compared.cells, minlength=many)
    drawn = rng.multinomial(many, np.full(many, 1 / many), RESAMPLES).astype(float)
    skills = compared.skill(drawn @ sums.T, drawn @ cells, against=against)
    ends: Array = np.quantile(skills, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return ends
