"""How many of some attacks hit: binomial, one share a draw, decided by inversion as all random numbers are.

More attacks never have fewer hits in the same draw and week, so that scenarios differ only by what they assume.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from lull.data.arrays import Array
from lull.model.forward.dynamics import kernel
from lull.model.forward.inversion import thinned
from lull.model.forward.random_numbers import RandomNumbers


def draw_hits(
    attacks: NDArray[np.int32], numbers: RandomNumbers, *, series: str, hits: int, claims: int
) -> NDArray[np.int32]:
    """Return how many of the attacks (draw, horizon) of a series hit, given that `hits` of `claims` did.

    The share is drawn once a draw, beta(1 + hits, 1 + claims - hits), the same in every week and scenario. The counts
    are beta-binomial: how far the share itself moves from week to week is not in two figures.
    """
    share = betaincinv(1.0 + hits, 1.0 + claims - hits, numbers.named("share of hits"))
    found = np.empty(attacks.shape, np.int32)
    _fill(attacks, share, numbers.u_hit[:, numbers.series.index(series)], found)
    return found


@kernel
def _fill(attacks: NDArray[np.int32], share: Array, uniform: Array, found: NDArray[np.int32]) -> None:
    """Fill `found` with the hits among attacks."""
    for draw in range(attacks.shape[0]):
        for week in range(attacks.shape[1]):
            found[draw, week] = thinned(uniform[draw, week], attacks[draw, week], share[draw])
