"""A full predictive distribution of one series from one origin, the one thing that is scored.

A model of ours and a baseline hand over the same: simulated weekly counts, and where it is known the exact chance of an
attack. A forecast of events only has no draws (a draw dimension of length 0) and says the chance itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Predictive:
    """Paths of weekly counts, dims (draw, week), attacks per week, week 1 being the first after the origin.

    `any_attack`, dims (week,), is the exact chance of at least one attack through each week; without it the chance is
    counted over the paths.
    """

    paths: NDArray[np.int64]
    any_attack: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Check the shapes, and that the chance never falls."""
        assert self.paths.ndim == 2, "paths have the dims (draw, week)"  # noqa: PLR2004 - two dims
        assert np.issubdtype(self.paths.dtype, np.integer), "counts are integers"
        assert self.paths.size == 0 or self.paths.min() >= 0, "counts are not negative"
        if self.any_attack is None:
            assert self.draws, "a predictive without draws says the chance of an attack"
            return
        assert self.any_attack.shape == (self.horizon,), "one chance for each week"
        rising = np.diff(self.any_attack, prepend=0.0, append=1.0)
        assert (rising >= -1e-9).all(), "a chance through week h never falls, and lies between 0 and 1"  # noqa: PLR2004

    @property
    def draws(self) -> int:
        """The number of paths; 0 in a forecast of events only."""
        return len(self.paths)

    @property
    def horizon(self) -> int:
        """The number of weeks ahead."""
        return int(self.paths.shape[1])

    def attack_chance(self) -> NDArray[np.float64]:
        """Return the chance of at least one attack through each week, dims (week,).

        Over n paths of which k have an attack it is (k + 1/2) / (n + 1): a finite sample makes nothing sure.
        """
        if self.any_attack is not None:
            return np.clip(self.any_attack, 0.0, 1.0)
        seen = np.logical_or.accumulate(self.paths > 0, axis=1).sum(axis=0)
        return (seen + 0.5) / (self.draws + 1)

    def pool(self, other: "Predictive", *, to_one: int = 1) -> "Predictive":
        """Return the linear pool of two predictives: `to_one` paths of the other to each of this one, chances alike.

        Of the sample that is too long for that evenly spaced draws are taken. A forecast of events only pools with
        another of its kind.
        """
        assert self.horizon == other.horizon, "pooled predictives end in the same week"
        assert bool(self.draws) == bool(other.draws), "a forecast of events only pools with its like"
        draws = min(self.draws, other.draws // to_one)
        others = _thinned(other.paths, to_one * draws).reshape(draws, to_one, self.horizon)
        paths = np.concatenate([_thinned(self.paths, draws)[:, None], others], axis=1)
        exact = self.any_attack is not None or other.any_attack is not None
        chance = (self.attack_chance() + to_one * other.attack_chance()) / (1 + to_one) if exact else None
        return Predictive(paths.reshape(-1, self.horizon), chance)


def _thinned(paths: NDArray[np.int64], draws: int) -> NDArray[np.int64]:
    return paths[np.arange(draws) * len(paths) // max(draws, 1)]
