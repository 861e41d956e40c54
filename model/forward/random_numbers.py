"""Common random numbers: every scenario shares them.

A number depends on the seed and on what it is for (purpose, series by name, week, draw) and on nothing else. So a
longer horizon, more draws, or fewer series leave every number that is kept as it was, and two scenarios differ only by
what they assume.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import Self

import numpy as np

from lull.data.arrays import Array

# Purposes: the first word of a stream's key.
INITIAL, RESIDUAL, REGIME, COUNT, LEVEL, REPORT, NAMED, TURN, HIT = range(9)


@dataclass(frozen=True)
class RandomNumbers:
    """What chance decides in every draw, of uniforms `u_...` in [0, 1) and standard normals `z_...`.

    `u_initial`, `z_residual` (draw, series): the regime at the origin, and the level there that the modes leave out.
    `u_regime`, `u_count`, `z_level` (draw, series, horizon): one of each a week. Stored with draws contiguous.
    """

    series: tuple[str, ...]
    seed: int
    u_initial: Array
    z_residual: Array
    u_regime: Array
    u_count: Array
    z_level: Array
    once: int  # the seed of what is drawn once a draw

    @classmethod
    def draw(cls, *, series: Sequence[str], draws: int, horizon: int, seed: int) -> Self:
        """Return the numbers of `draws` draws of the named series over horizons 1..`horizon`."""
        names = tuple(series)
        return cls(
            series=names,
            seed=seed,
            u_initial=_of_series(INITIAL, names, draws, seed=seed),
            z_residual=_of_series(RESIDUAL, names, draws, seed=seed),
            u_regime=_of_weeks(REGIME, names, draws, horizon, seed=seed),
            u_count=_of_weeks(COUNT, names, draws, horizon, seed=seed),
            z_level=_of_weeks(LEVEL, names, draws, horizon, seed=seed),
            once=seed,
        )

    def again(self, turn: int) -> Self:
        """Return new random numbers for the same paths, the `turn`-th; what is drawn once a draw (`named`) stays."""
        fresh = int(_stream(TURN, turn, seed=self.seed).integers(2**63))
        other = type(self).draw(series=self.series, draws=self.draws, horizon=self.horizon, seed=fresh)
        return replace(other, once=self.seed)

    @property
    def draws(self) -> int:
        """How many draws there are numbers for."""
        return self.u_regime.shape[0]

    @property
    def horizon(self) -> int:
        """How many weeks there are numbers for."""
        return self.u_regime.shape[2]

    @cached_property
    def regime_logit(self) -> Array:
        """The logits of `u_regime`: a week is active where this is below the logit of its chance to be."""
        with np.errstate(divide="ignore"):  # a uniform of 0 is below every chance
            return np.log(self.u_regime) - np.log1p(-self.u_regime)

    @cached_property
    def u_report(self) -> Array:
        """Uniforms that decide which attacks are reported, (draw, series, horizon)."""
        return _of_weeks(REPORT, self.series, self.draws, self.horizon, seed=self.seed)

    @cached_property
    def u_hit(self) -> Array:
        """Uniforms that decide which attacks hit, (draw, series, horizon)."""
        return _of_weeks(HIT, self.series, self.draws, self.horizon, seed=self.seed)

    def named(self, name: str) -> Array:
        """Return uniforms of a purpose of the caller's own, (draw,): the same for the same name."""
        return _stream(NAMED, *_words(name), seed=self.once).random(self.draws)


def _of_series(purpose: int, names: Sequence[str], draws: int, *, seed: int) -> Array:
    """Return numbers (draw, series)."""
    return np.stack([_fill(purpose, name, 0, draws, seed=seed) for name in names], axis=1)


def _of_weeks(purpose: int, names: Sequence[str], draws: int, horizon: int, *, seed: int) -> Array:
    """Return numbers (draw, series, horizon), draws contiguous."""
    numbers = np.empty((len(names), horizon, draws))
    for place, name in enumerate(names):
        for week in range(horizon):
            numbers[place, week] = _fill(purpose, name, week + 1, draws, seed=seed)
    return numbers.transpose(2, 0, 1)


def _fill(purpose: int, name: str, week: int, draws: int, *, seed: int) -> Array:
    """Return the numbers of one purpose, series and week, (draw,)."""
    stream = _stream(purpose, *_words(name), week, seed=seed)
    return stream.standard_normal(draws) if purpose in (RESIDUAL, LEVEL) else stream.random(draws)


def _stream(*key: int, seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))


def _words(name: str) -> tuple[int, int]:
    """Return a name as two words of a key."""
    digest = blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4]), int.from_bytes(digest[4:])
