"""The worlds of a state that do not follow the regime model: which they are, and what they remember and believe.

A draw of one series follows the equations of the regime model, those of the hurdle model or a recent rate, the same in
every scenario and every export. The mixture over draws is the forecast, so every mean over draws is that of the pool.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array, by_series, row_of
from lull.model.hurdle.benchmark import HurdleBenchmark
from lull.model.hurdle.hurdle_model import FEATURES, recall, recall_pushes
from lull.model.parts import Part
from lull.model.recent.rates import MEMBERS, RecentRates

GOLDEN = (5.0**0.5 - 1.0) / 2.0  # multiples of it are spread evenly over the circle, and so is any n-th of them
OTHER = 2.0**0.5  # another such number: places by both together fill the square evenly


@dataclass(frozen=True)
class HurdleState:
    """What the hurdle model needs to go on from the origin.

    Dims D draw, S series, K covariate, I imputation. `follows` (D, S) says which draws it decides, `imputation` (D,)
    of which counts a draw is; `memory` (I, S, 4, 5) are the rows of `hurdle_model.Memory`, `earlier` (I, S, K, 5) the
    covariates of past weeks as it remembers them. `term` (D, S, 3): what is added to the learned log odds of an attack,
    what they are multiplied by, and what is added to the log size. `effect` (D, K, 3) on log mean, halting and
    resumption; `recent` are the worlds of recent rates, which believe the same of the effects.
    """

    follows: NDArray[np.bool_]
    imputation: NDArray[np.int64]
    memory: Array
    earlier: Array
    term: Array
    effect: Array
    benchmark: HurdleBenchmark
    recent: RecentRates

    def __post_init__(self) -> None:
        """Refuse arrays whose shapes do not agree: the loops would read beyond them."""
        draws, series = self.follows.shape
        if self.term.shape != (draws, series, 3) or self.imputation.shape != (draws,):
            raise ValueError(f"terms of {(draws, series, 3)} expected, found {self.term.shape}")
        if self.memory.shape[1] != series or self.imputation.max(initial=0) >= len(self.memory):
            raise ValueError(f"memories of {series} series expected, found {self.memory.shape}")
        kinds = self.earlier.shape[2]
        if self.earlier.shape[:2] != self.memory.shape[:2] or self.effect.shape != (draws, kinds, 3):
            raise ValueError(f"effects of {(draws, kinds, 3)} expected, found {self.effect.shape}")
        own = self.recent
        if own.follows.shape != (draws, series) or own.held.shape[1::2] != (series, kinds):
            raise ValueError(f"recent rates of {(draws, series, kinds)} expected, found {own.held.shape}")
        if (own.follows & self.follows).any():
            raise ValueError("a draw follows the hurdle model or a recent rate, not both")

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many draws, series and covariates there are."""
        return (*self.follows.shape, self.effect.shape[1])

    @property
    def decided(self) -> NDArray[np.bool_]:
        """The draws that follow the hurdle model or a recent rate, (draw, series): the regime model leaves them out."""
        return self.follows | self.recent.follows

    def shares(self, series: int) -> dict[Part, float]:
        """Return the shares of draws of a series, by the model that they follow."""
        hurdle, recent = float(self.follows[:, series].mean()), float(self.recent.follows[:, series].mean())
        return {"regimes": 1.0 - hurdle - recent, "hurdle": hurdle, "recent": recent}

    def select(self, places: Sequence[int]) -> Self:
        """Return the state of the series at these places."""
        at = list(places)
        follows, term, recent = self.follows[:, at], self.term[:, at], self.recent.select(at)
        memory, earlier = self.memory[:, at], self.earlier[:, at]
        return replace(self, follows=follows, memory=memory, earlier=earlier, term=term, recent=recent)

    def kept(self, draws: NDArray[np.int64]) -> Self:
        """Return the state of these draws."""
        return replace(
            self,
            follows=self.follows[draws],
            imputation=self.imputation[draws],
            term=self.term[draws],
            effect=self.effect[draws],
            recent=self.recent.kept(draws),
        )


def remembered(counts: Array, covariate: Array, benchmark: HurdleBenchmark) -> tuple[Array, Array]:
    """Return `memory` and `earlier` of counts (imputation, series, week), NaN where missing.

    `covariate` (covariate, week), or by series, are the covariates as carried over.
    """
    scratch, pushes = (
        np.empty((counts.shape[-1], len(FEATURES))),
        np.ascontiguousarray(by_series(covariate), dtype=float),
    )
    fresh = np.empty((counts.shape[-1], pushes.shape[1]))
    memory = [[np.stack(recall(history, scratch)) for history in series] for series in counts]
    earlier = [
        [recall_pushes(history, row_of(pushes, at), benchmark.mean, fresh) for at, history in enumerate(series)]
        for series in counts
    ]
    return np.array(memory), np.array(earlier)


def even_places(draws: int, step: float = GOLDEN) -> Array:
    """Return a place between 0 and 1 for each draw, so that every run of draws is spread evenly over them."""
    return np.mod(np.arange(1, draws + 1) * step, 1.0, dtype=float)


def divided(shares: Array, draws: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]]:
    """Return which draws follow the hurdle model, which a recent rate, and which rate, each (draw, series).

    `shares` (3, series) of regime model, hurdle model and recent rates; every run of draws holds about its share. The
    rate of a draw is the same whatever the shares.
    """
    place = even_places(draws)[:, None]
    regimes, hurdle = shares[0], shares[0] + shares[1]
    member = np.floor(MEMBERS * even_places(draws, OTHER)).astype(np.int64)[:, None]
    return (place >= regimes) & (place < hurdle), place >= hurdle, np.broadcast_to(member, (draws, shares.shape[1]))
