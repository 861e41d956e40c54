"""What a scenario changes: differences of the same draw with the same random numbers, never of independent runs.

The invariant: only projections of one posterior, one seed, one origin and the same series and weeks are subtracted.
Everything stays at draw level until the last step. Two kinds of quantity are contrasted, (draw, series, horizon):

* probabilities of a draw (`Projection.any_attack`, `.resumption`), which are exact given the draw: their paired
  difference has a posterior, and the interval is its interval;
* counts of paths: the interval of their paired difference says how much two futures of the same random numbers differ.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lull.data.arrays import Array
from lull.scenarios.engine.projection import Projection

type Draws = NDArray[np.float64] | NDArray[np.int32] | NDArray[np.int64]
type Quantity = Callable[[Projection], Draws]

INTERVAL = 0.9
BATCHES = 32  # fewer give an error that is itself uncertain by more than an eighth


@dataclass(frozen=True)
class Difference:
    """A paired difference from the baseline, summed up over draws: arrays without the draw dim.

    `mean` with its Monte Carlo error, and the central interval of the draws' differences.
    """

    mean: Array
    low: Array
    high: Array
    mc_error: Array


@dataclass(frozen=True)
class Contrast:
    """A scenario against the baseline of the same draws and random numbers."""

    scenario: Projection
    baseline: Projection

    def __post_init__(self) -> None:
        """Refuse to subtract what is not paired."""
        check_paired(self.scenario, self.baseline)

    def difference(self, quantity: Quantity, *, interval: float = INTERVAL) -> Difference:
        """Return the paired difference of a quantity (draw, ...)."""
        values, base = quantity(self.scenario), quantity(self.baseline)
        state = self.scenario.state
        return paired_difference(
            values, base, interval=interval, chains=state.chains, effective_share=state.effective_share
        )

    def ratio(self, quantity: Quantity) -> Array:
        """Return the ratio of the means of a quantity, NaN where the baseline's mean is 0."""
        mean, base = quantity(self.scenario).mean(axis=0), quantity(self.baseline).mean(axis=0)
        ratio: Array = np.divide(mean, base, out=np.full(np.shape(mean), np.nan), where=base > 0)
        return ratio

    def p_above(self, quantity: Quantity) -> Array:
        """Return P(a quantity is larger than under the baseline, draw by draw); a tie is not above."""
        above: Array = (quantity(self.scenario) > quantity(self.baseline)).mean(axis=0)
        return above

    def weeks_earlier(self, quantity: Quantity) -> Array:
        """Return how many weeks earlier something comes on average, within the horizon, (series,).

        `quantity` is the probability that it has come by week h. The mean week of its coming, with the week after the
        horizon for "not by then", falls by the sum over h of the difference of these probabilities.
        """
        return self.difference(quantity).mean.sum(axis=-1)

    @property
    def departs(self) -> int | None:
        """The first horizon at which the two differ in any draw, None if they are the same."""
        differs = (self.scenario.paths.count != self.baseline.paths.count) | (
            self.scenario.paths.active != self.baseline.paths.active
        )
        weeks = np.flatnonzero(differs.any(axis=(0, 1)))
        return int(weeks[0]) + 1 if weeks.size else None


def check_paired(one: Projection, other: Projection) -> None:
    """Raise ValueError unless two projections share draws, random numbers, origin, series and weeks."""
    keys = ("run_id", "seed", "origin", "series", "draws", "horizon")
    for key in keys:
        first, second = getattr(one.paths, key), getattr(other.paths, key)
        if first != second:
            raise ValueError(
                f"{one.scenario_id!r} and {other.scenario_id!r} are not paired: {key} {first} is not {second}. "
                "Project both from one run with one seed."
            )


def weekly(projection: Projection) -> Draws:
    """Return reported attacks in each week, (draw, series, horizon)."""
    return projection.paths.count


def cumulated(projection: Projection) -> Draws:
    """Return reported attacks of weeks 1..h, (draw, series, horizon)."""
    return projection.paths.cumulated


def any_attack(projection: Projection) -> Draws:
    """Return P(at least one reported attack by week h) of each draw, (draw, series, horizon)."""
    return projection.any_attack


def resumption(projection: Projection) -> Draws:
    """Return P(active in a week up to h) of each draw, (draw, series, horizon)."""
    return projection.resumption


def paired_difference(
    values: ArrayLike,
    baseline: ArrayLike,
    *,
    interval: float = INTERVAL,
    chains: int = 1,
    effective_share: float = 1.0,
) -> Difference:
    """Return the difference of paired draws (draw, ...), summed up over draws."""
    difference = np.asarray(values, dtype=float) - np.asarray(baseline, dtype=float)
    low, high = central_interval(difference, interval)
    return Difference(
        difference.mean(axis=0), low, high, mc_error(difference, chains=chains, effective_share=effective_share)
    )


def central_interval(draws: ArrayLike, interval: float) -> tuple[Array, Array]:
    """Return the ends of the central interval of draws (draw, ...), between order statistics in a straight line."""
    array = np.asarray(draws, dtype=float)
    ordered = np.sort(np.moveaxis(array, 0, -1), axis=-1)  # paths are stored with draws contiguous: three times as fast
    ends = []
    for level in ((1.0 - interval) / 2.0, (1.0 + interval) / 2.0):
        below, part = divmod(level * (array.shape[0] - 1), 1.0)
        low, high = ordered[..., int(below)], ordered[..., min(int(below) + 1, array.shape[0] - 1)]
        ends.append(low + part * (high - low))
    return ends[0], ends[1]


def mc_error(values: ArrayLike, *, chains: int = 1, effective_share: float = 1.0) -> Array:
    """Return the Monte Carlo standard error of a mean over draws (draw, ...), `chains` laid end to end.

    Draws of a chain resemble each other, and chains of different imputations differ. So it is taken from the means of
    batches, each within one chain and at least `BATCHES` in all (Flegal & Jones 2010, Annals of Statistics 38, 1034).
    Of draws that were weighed and taken again, some several times, only a share is effective.
    """
    if effective_share < 1.0:
        return np.asarray(mc_error(values, chains=chains) / np.sqrt(effective_share))
    array = np.asarray(values, dtype=float)
    each = -(-BATCHES // chains)  # batches of a chain
    size = array.shape[0] // chains // each
    if size < 1:  # fewer draws than batches: as if they were independent
        spread = array.std(axis=0, ddof=1) if array.shape[0] > 1 else np.zeros(array.shape[1:])
        return np.asarray(spread / np.sqrt(array.shape[0]))
    by_chain = array.reshape(chains, -1, *array.shape[1:])[:, : each * size]
    means = by_chain.reshape(chains * each, size, *array.shape[1:]).mean(axis=1)
    return np.asarray(means.std(axis=0, ddof=1) / np.sqrt(chains * each))


def expected_shortfall(values: ArrayLike, *, tail: float) -> Array:
    """Return the mean of the largest share `tail` of draws (draw, ...): how bad it is when it is bad.

    The draw at the edge counts with the share of it that lies in the tail. Raises ValueError for a tail outside (0, 1]
    or values that are not finite, which sorting would hide.
    """
    array = np.asarray(values, dtype=float)
    if not 0.0 < tail <= 1.0:
        raise ValueError(f"a tail is a share above 0 and up to 1, found {tail}")
    if not np.isfinite(array).all():
        raise ValueError("an expected shortfall needs finite values")
    reach = tail * array.shape[0]
    weight = np.clip(reach - np.arange(array.shape[0]), 0.0, 1.0)
    worst: Array = np.tensordot(weight, -np.sort(-array, axis=0), axes=1) / reach
    return worst
