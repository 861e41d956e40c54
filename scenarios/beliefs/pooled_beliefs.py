"""Beliefs of several readers as one: a linear pool (any of them may be right) or a logarithmic one (all say a part).

Both give every reader the same weight. A linear pool of normals is none: it is given by the normal of its mean and
spread, so that it widens where readers disagree. The logarithmic pool is a normal, as narrow as they are.
"""

import math
from collections.abc import Sequence
from typing import Literal

from lull.model.spec import Normal
from lull.scenarios.beliefs.reader_beliefs import Beliefs

type Pool = Literal["linear", "logarithmic"]


def pooled(readers: Sequence[Beliefs], pool: Pool) -> Beliefs:
    """Return the beliefs of several readers as one, effect by effect, over those readers that hold one of it."""
    named = sorted({effect[:2] for each in readers for effect in each.effects})
    combine = linear if pool == "linear" else logarithmic
    effects = tuple(
        (driver, mechanism, combine([held for each in readers if (held := each.of(driver, mechanism))]))
        for driver, mechanism in named
    )
    return Beliefs(effects, f"{', '.join(each.who or 'a reader' for each in readers)} ({pool} pool)")


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
