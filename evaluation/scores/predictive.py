"""A full predictive distribution of one series from one origin, the one thing that is scored.

A model of ours and a baseline hand over the same: simulated weekly counts, and where it is known the exact chance of an
attack and the law of each week's count. A forecast of events only has no draws (a draw dimension of length 0) and says
the chance itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lull.evaluation.scores.likelihood import Likelihood, LogPmf, Weeks, by_share, mixed


@dataclass(frozen=True)
class Predictive:
    """Paths of weekly counts, dims (draw, week), attacks per week, week 1 being the first after the origin.

    `any_attack`, dims (week,), is the exact chance of at least one attack through each week; without it the chance is
    counted over the paths. `log_pmf` says how likely observed counts were, each week given the paths up to the week
    before; without it the paths that hit them are counted.
    """

    paths: NDArray[np.int64]
    any_attack: NDArray[np.float64] | None = None
    log_pmf: LogPmf | None = None

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

    def likelihood(self, observed: Weeks) -> Likelihood:
        """Return the probability that was given to the counts of all weeks, (week,), missing ones (nan) as 0."""
        known = np.nan_to_num(observed)
        return self.log_pmf(known) if self.log_pmf is not None else by_share(self.paths)(known)


def pooled(parts: Sequence[Predictive], shares: Sequence[int]) -> Predictive:
    """Return the linear pool of predictives: so many paths of each in turn, chances and probabilities alike.

    Of the samples that are too long for that evenly spaced draws are taken; probabilities of counts and exact chances
    are mixed as they are. Forecasts of events only pool with each other.
    """
    first, weights = parts[0], np.array(shares) / sum(shares)
    assert len({one.horizon for one in parts}) == 1, "pooled predictives end in the same week"
    assert len({bool(one.draws) for one in parts}) == 1, "a forecast of events only pools with its like"
    draws = min(one.draws // share for one, share in zip(parts, shares, strict=True))
    turns = [
        _thinned(one.paths, share * draws).reshape(draws, share, first.horizon)
        for one, share in zip(parts, shares, strict=True)
    ]
    exact = any(one.any_attack is not None for one in parts)
    chance = weights @ np.stack([one.attack_chance() for one in parts]) if exact else None

    def law(observed: Weeks) -> Likelihood:
        return mixed([one.likelihood(observed) for one in parts], weights.tolist())

    return Predictive(np.concatenate(turns, axis=1).reshape(-1, first.horizon), chance, law)


def _thinned(paths: NDArray[np.int64], draws: int) -> NDArray[np.int64]:
    return paths[np.arange(draws) * len(paths) // max(draws, 1)]
