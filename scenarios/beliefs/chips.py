"""A chip board: twenty chips laid into bins of plain units, and the normal belief that they come nearest to."""

from collections.abc import Sequence

import numpy as np
from scipy import optimize, stats

from lull.model.spec import Normal
from lull.scenarios.beliefs.plain_units import effect_of

CHIPS = 20
CHANCE_EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
FACTOR_EDGES = (0.0, 0.25, 0.4, 0.6, 0.8, 1.0, 1.25, 1.67, 2.5, 4.0, np.inf)
LEAST_SD = 0.02


def edges_of(mechanism: str) -> tuple[float, ...]:
    """Return the edges of the bins: factors of the attacks, or chances."""
    return FACTOR_EDGES if mechanism == "intensity" else CHANCE_EDGES


def belief_of_chips(chips: Sequence[int], mechanism: str, driver: str) -> Normal:
    """Return the normal on the model's scale whose shares of the bins are nearest to those of the chips.

    Least squares over the shares below each inner edge. Raises ValueError unless `CHIPS` chips lie in bins that an
    effect of the driver reaches.
    """
    if sum(chips) != CHIPS or min(chips) < 0:
        raise ValueError(f"{CHIPS} chips, found {sum(chips)}")
    below = np.cumsum(chips)[:-1] / CHIPS
    at, share = [], []
    for edge, so_far in zip(edges_of(mechanism)[1:-1], below, strict=True):
        try:
            at.append(effect_of(mechanism, edge, driver))
        except ValueError:
            continue  # no effect moves the chance so far
        share.append(so_far)
    effect, cumulated = np.array(at), np.array(share)
    start = np.interp(0.5, cumulated, effect), 0.5
    found = optimize.least_squares(
        lambda each: stats.norm.cdf(effect, each[0], each[1]) - cumulated, start, bounds=([-10, LEAST_SD], [10, 10])
    )
    mean, sd = found.x.tolist()
    return Normal(round(mean, 4), round(sd, 4))
