"""Beliefs of several readers as one: a linear pool (any of them may be right) or a logarithmic one (all say a part).

Both give every reader the same weight. A linear pool of normals is none: it is given by the normal of its mean and
spread, so that it widens where readers disagree. The logarithmic pool is a normal, as narrow as they are. Chances of
branches are pooled in the same two ways; of a salience it is the mean of the medians, in both.
"""

import math
from collections.abc import Sequence
from statistics import fmean, geometric_mean
from typing import Literal

from lull.model.spec import Normal
from lull.scenarios.beliefs.reader_beliefs import Beliefs
from lull.scenarios.language.uncertain import AnySize, Exactly, median_of

type Pool = Literal["linear", "logarithmic"]


def pooled(readers: Sequence[Beliefs], pool: Pool) -> Beliefs:
    """Return the beliefs of several readers as one, effect by effect, over those readers that hold one of it."""
    named = sorted({effect[:2] for each in readers for effect in each.effects})
    combine = linear if pool == "linear" else logarithmic
    effects = tuple(
        (driver, mechanism, combine([held for each in readers if (held := each.of(driver, mechanism))]))
        for driver, mechanism in named
    )
    who = f"{', '.join(each.who or 'a reader' for each in readers)} ({pool} pool)"
    forks = {tuple(name for name, _ in fork) for each in readers for fork in each.forks}
    whole = Beliefs(effects, who, salience=_salience(readers))
    for names in sorted(forks):
        own = [chances for each in readers if (chances := each.chances_of(names))]
        whole = whole.weighing(_chances(names, own, pool))
    return whole


def _chances(names: Sequence[str], readers: Sequence[dict[str, float]], pool: Pool) -> dict[str, float]:
    """Return the pooled chances of a fork; they sum to 1."""
    mean = fmean if pool == "linear" else geometric_mean
    pooled = {name: mean(each[name] for each in readers) for name in names}
    shares = {name: round(each / sum(pooled.values()), 4) for name, each in pooled.items()}
    largest = max(shares, key=lambda name: shares[name])
    return shares | {largest: round(1.0 - sum(each for name, each in shares.items() if name != largest), 4)}


def _salience(readers: Sequence[Beliefs]) -> tuple[tuple[str, AnySize], ...]:
    """Return the pooled salience of each dimension of which a reader holds one."""
    held: dict[str, list[float]] = {}
    for each in readers:
        for dimension, size in each.salience:
            held.setdefault(dimension, []).append(median_of(size))
    return tuple((dimension, Exactly(exactly=round(fmean(held[dimension]), 4))) for dimension in sorted(held))


def linear(beliefs: Sequence[Normal]) -> Normal:
    """Return the normal with the mean and spread of an equal mixture of normals."""
    mean = sum(each.mean for each in beliefs) / len(beliefs)
    square = sum(each.sd**2 + each.mean**2 for each in beliefs) / len(beliefs)
    return Normal(round(mean, 4), round(math.sqrt(square - mean**2), 4))


def logarithmic(beliefs: Sequence[Normal]) -> Normal:
    """Return the normal whose density is the geometric mean of theirs."""
    precision = sum(each.sd**-2 for each in beliefs) / len(beliefs)
    mean = sum(each.mean / each.sd**2 for each in beliefs) / len(beliefs) / precision
    return Normal(round(mean, 4), round(precision**-0.5, 4))
