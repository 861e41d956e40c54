"""Bets against a forecaster: evidence that may be looked at after every forecast without being misled by looking often.

A skeptic starts with 1 and bets on each outcome at the odds that the forecast states. If the forecast is right, no
strategy gains on average, and the chance that the capital ever reaches 20 is at most 1 in 20 (Ville's inequality). So a
capital of 20 contradicts the forecast whenever it is reached, however often one looked (Shafer 2021, JRSS A 184;
Ramdas, Gruenwald, Vovk & Shafer 2023, Statistical Science 38; Arnold, Henzi & Ziegel 2023, JRSS B 85, of calibration).

Each alternative ("the 90 % intervals hold 75 %") has its own fixed bet; the capital is divided among the alternatives
beforehand, so it is the mixture of their likelihood ratios, and needs no search for the best one.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, logsumexp

from lull.data.arrays import Array

THRESHOLD = 20.0  # capital that a right forecast ever reaches with a chance of at most 1 in 20
STEP = 0.05  # between alternatives of a coverage
UNDER = {0.9: 0.9, 0.5: 2 / 3}  # of the capital, bet on intervals that hold too little: the fault that does harm
OVER = {0.9: (0.94, 0.97, 0.99), 0.5: (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)}  # what they may hold instead
FAVOURED = {0.9: 2.0, 0.5: 0.0}  # power of the weights of what they hold too little: 75 % is likelier than 20 %
SHIFTS = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)  # of the log odds of a chance: stated too high or too low
SLOPES = (0.25, 0.5, 1.5)  # of the log odds: stated too near to 0 and 1, or too near to a half
SUREST = 0.999  # a chance nearer to 1 (or 0) is taken for this one, and never bet to be too timid


@dataclass(frozen=True)
class Alternatives:
    """What a skeptic bets on: a name and a share of the capital for each alternative, dims (alternative,)."""

    faults: tuple[str, ...]
    shares: Array

    def capital(self, log_factors: Array) -> Array:
        """Return the log capital after each round, dims (round,), given log factors of dims (round, alternative)."""
        return np.asarray(logsumexp(np.cumsum(log_factors, axis=0) + np.log(self.shares), axis=1))

    def fault(self, log_factors: Array) -> str:
        """Return the fault on which most of the capital was made."""
        grown = np.exp(log_factors.sum(axis=0) + np.log(self.shares) - logsumexp(log_factors.sum(axis=0)))
        by_name = {name: sum(grown[place] for place in self._places(name)) for name in dict.fromkeys(self.faults)}
        return max(by_name, key=lambda name: by_name[name])

    def _places(self, name: str) -> list[int]:
        return [place for place, fault in enumerate(self.faults) if fault == name]


def held_shares(level: float) -> Array:
    """Return the alternatives to a coverage of `level`: shares that its intervals hold instead, dims (alternative,)."""
    return np.concatenate([np.arange(STEP, level - STEP / 2, STEP), OVER[level]])


def coverage_alternatives(level: float) -> Alternatives:
    """Return how the capital is divided among the shares of `held_shares`."""
    shares = held_shares(level)
    below, favoured = shares < level, shares ** FAVOURED[level]
    weight = np.where(below, UNDER[level] * favoured / favoured[below].sum(), (1 - UNDER[level]) / (~below).sum())
    return Alternatives(tuple("too narrow" if one else "too wide" for one in below), weight)


def coverage_factors(held: Array, level: float) -> Array:
    """Return what each bet is multiplied by, dims (outcome, alternative), given what intervals held, dims (outcome,).

    `held` lies in 0..1: a hit or a miss, an expected coverage, or the mean of several weeks, however they hang
    together. Its mean is `level` if the forecast is right, so the mean of the factor is 1.
    """
    alternative = held_shares(level)
    odds = (alternative - level) / (level * (1 - level))
    return 1 + odds * (held[:, None] - level)


def chance_alternatives() -> Alternatives:
    """Return the alternatives to stated chances: shifted log odds, and log odds with another slope."""
    shifted = ["too high" if shift < 0 else "too low" for shift in SHIFTS]
    faults = (*shifted, *("too sure" if slope < 1 else "too timid" for slope in SLOPES))
    return Alternatives(faults, np.full(len(faults), 1 / len(faults)))


def chance_factors(stated: Array, happened: Array) -> Array:
    """Return what each bet is multiplied by, dims (outcome, alternative), given chances and outcomes, dims (outcome,).

    It is the likelihood ratio of the alternative chance. Where a chance is nearer to 0 or 1 than `SUREST` allows, only
    alternatives on the inner side are bet on, so the mean of the factor is at most 1.
    """
    used = np.clip(stated, 1 - SUREST, SUREST)[:, None]
    odds = logit(used)
    other = np.concatenate([expit(odds + np.array(SHIFTS)), expit(odds * np.array(SLOPES))], axis=1)
    other = np.where(stated[:, None] > SUREST, np.minimum(other, used), other)
    other = np.where(stated[:, None] < 1 - SUREST, np.maximum(other, used), other)
    ratio: Array = np.where(happened[:, None] > 0, other / used, (1 - other) / (1 - used))
    return ratio


def power(level: float, held: float, rounds: int, *, threshold: float = THRESHOLD) -> Array:
    """Return the chance that the capital has reached a threshold after each of 1 to `rounds` bets, dims (round,).

    Of intervals of `level` that hold a share `held` of outcomes, each a whole hit or miss. Exact, by the distribution
    of hits among the records that have not reached it yet.
    """
    alive, reached = np.ones(1), []
    for over in _reaching(level, rounds, threshold):
        alive = np.append(alive * (1 - held), 0.0) + np.append(0.0, alive * held)
        reached.append(alive[over].sum())
        alive[over] = 0.0
    return np.cumsum(reached)


@lru_cache(maxsize=64)
def _reaching(level: float, rounds: int, threshold: float) -> tuple[NDArray[np.bool_], ...]:
    """Return for each of 1 to `rounds` bets with which numbers of hits, dims (hits,), the threshold is reached."""
    shares = np.log(coverage_alternatives(level).shares)
    miss, hit = np.log(coverage_factors(np.array([0.0, 1.0]), level))
    hits = np.arange(rounds + 1)[:, None]
    return tuple(
        logsumexp(hits[: done + 1] * hit + (done - hits[: done + 1]) * miss + shares, axis=1) >= np.log(threshold)
        for done in range(1, rounds + 1)
    )
