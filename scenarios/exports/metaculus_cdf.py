"""A distribution as a forecast that Metaculus takes: a cumulative distribution function under its rules.

The rules, as its public tools check them: N + 1 points over the range of a question, N = 200 where it is continuous
and the number of its outcomes where it is discrete. Each step between two points is at least 5e-05 and at most
.2 * 200 / N, of which 95 % are used. At a closed bound the function is 0 or 1; beyond an open one lies at least one
part in a thousand.

The invariant: what comes out obeys them whatever goes in, and says how much of the mass had to be moved.
"""

from dataclasses import dataclass

import numpy as np

from lull.data.arrays import Array

CONTINUOUS = 200  # steps of a continuous question
FLOOR, CAP, MARGIN = 5e-05, 0.2 * 200, 0.95
LEAST_BEYOND = 1e-3  # of an open bound
SLACK = 1.0001  # so that what is subtracted again is not below the floor
LOWEST, HIGHEST = 0.001, 0.999  # of a yes


@dataclass(frozen=True)
class Range:
    """The range of a question: its ends, which of them are open, and how many steps its function has."""

    low: float
    high: float
    steps: int = CONTINUOUS
    open_low: bool = False
    open_high: bool = True

    @property
    def points(self) -> Array:
        """The values at which the function is given, (steps + 1,)."""
        return np.linspace(self.low, self.high, self.steps + 1)

    @property
    def cap(self) -> float:
        """The most that a step may be."""
        return MARGIN * CAP / self.steps


@dataclass(frozen=True)
class ValidCdf:
    """A function that obeys the rules, (steps + 1,), and the mass that was moved so that it does.

    `cut` is what the step cap took from its place and laid beside it, `spread` what went into steps that were too small
    or beyond open bounds.
    """

    values: Array
    cut: float
    spread: float


def valid_cdf(raw: Array, asked: Range) -> ValidCdf:
    """Return the function nearest to `raw`, P(X <= point) at the points of a range, that obeys the rules.

    At a closed bound what lies beyond it, or on it, goes into the first or last step.
    """
    below, above = _beyond(raw, asked)
    inside = np.diff(raw)
    inside[0] += raw[0] if not asked.open_low else 0.0
    inside[-1] += 1.0 - raw[-1] if not asked.open_high else 0.0
    floored = _floored(inside, 1.0 - below - above)
    steps, cut = _capped(floored, asked.cap)
    values = below + np.concatenate([[0.0], np.cumsum(steps)])
    values[-1] = 1.0 - above
    before = np.concatenate([[raw[0] * asked.open_low], inside, [(1.0 - raw[-1]) * asked.open_high]])
    after = np.concatenate([[below], floored, [above]])
    return ValidCdf(values, cut, float(np.abs(after - before).sum() / 2))


def clipped(probability: float) -> float:
    """Return the probability of a yes that Metaculus takes."""
    return min(max(probability, LOWEST), HIGHEST)


def _beyond(raw: Array, asked: Range) -> tuple[float, float]:
    """Return the mass below and above the range: some beyond an open bound, and enough left for the steps."""
    least = np.array([asked.open_low, asked.open_high]) * LEAST_BEYOND
    more = np.array([raw[0] * asked.open_low, (1.0 - raw[-1]) * asked.open_high]) - least
    more = np.maximum(more, 0.0)
    most = 1.0 - asked.steps * FLOOR * SLACK - least.sum()
    below, above = (least + more * min(1.0, most / max(more.sum(), most))).tolist()
    return below, above


def _floored(inside: Array, total: float) -> Array:
    """Return steps that add up to `total`, each the floor and a share of the rest as it had before."""
    floor = FLOOR * SLACK
    mass = inside.sum()
    shares = inside / mass if mass > 0 else np.full(inside.size, 1.0 / inside.size)
    return np.asarray(floor + shares * (total - floor * inside.size))


def _capped(steps: Array, cap: float) -> tuple[Array, float]:
    """Return steps of at most the cap, and the mass above it, which went into the nearest steps with room."""
    held = np.minimum(steps, cap)
    excess = steps - held
    for place in np.flatnonzero(excess):
        left = excess[place]
        nearest = np.argsort(np.abs(np.arange(steps.size) - place), kind="stable")
        for near in nearest:
            moved = min(left, cap - held[near])
            held[near] += moved
            left -= moved
            if left <= 0:
                break
    return held, float(excess.sum())
