"""What is believed of a driver in the units of a reader, and on the scale of the model.

Of the intensity: attacks become so many times what they were. Of the other two: of 100 factions, in how many something
happens within `WEEKS` weeks. The faction is the one that the priors describe: silent for `SILENT` weeks when the
question is whether it attacks again, attacking once a week when it is whether a pause begins. A state is in force all
the while; an event of salience 5 comes in the first week and fades with the usual half-life.

The invariant: each is a rising function of the effect, so quantiles of one are quantiles of the other.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from lull.data.arrays import Array
from lull.data.event_kinds import STATES
from lull.model.spec import Normal, Priors

WEEKS, SILENT = 12, 8
LEVELS = {"q05": -1.6448536269514722, "q50": 0.0, "q95": 1.6448536269514722}  # in standard deviations of a normal
FURTHEST = 12.0  # of an effect on a logit: beyond it a chance is 0 or 1
HALVINGS = 60
APART = 0.5  # standard deviations that a stated quantile may be from the normal that is fitted


@cache
def _hazards(mechanism: str, driver: str) -> tuple[Array, Array]:
    """Return the logit of the hazard week by week without a driver, and how far it is in force, each (week,)."""
    believed, week = Priors(), np.arange(WEEKS)
    in_force = np.ones(WEEKS) if driver in STATES else 0.5 ** (week / math.exp(believed.log_half_life.mean))
    if mechanism == "resumption":
        aging = believed.resumption_aging.mean * np.log1p(SILENT + week)
        return believed.resumption_intercept.mean - aging, in_force
    return np.full(WEEKS, believed.halt_intercept.mean), in_force


def chance(mechanism: str, effect: float, driver: str) -> float:
    """Return the chance within `WEEKS` weeks of a resumption or a pause, given the effect of a driver on its logit."""
    logit, in_force = _hazards(mechanism, driver)
    return float(-np.expm1(-np.logaddexp(0.0, logit + effect * in_force).sum()))


def plain(mechanism: str, effect: float, driver: str) -> float:
    """Return an effect in plain units: a factor of the attacks, or a chance between 0 and 1."""
    return math.exp(effect) if mechanism == "intensity" else chance(mechanism, effect, driver)


def effect_of(mechanism: str, value: float, driver: str) -> float:
    """Return the effect that a factor or a chance says. Raises ValueError for one that no effect reaches."""
    if mechanism == "intensity":
        if value <= 0:
            raise ValueError("a factor above 0")
        return math.log(value)
    ends = [chance(mechanism, end, driver) for end in (-FURTHEST, FURTHEST)]
    if not ends[0] < value < ends[1]:
        raise ValueError(
            f"a chance between {math.ceil(1000 * ends[0]) / 1000:g} and {math.floor(1000 * ends[1]) / 1000:g}"
        )
    return _inverse(lambda effect: chance(mechanism, effect, driver), value)


def _inverse(rising: Callable[[float], float], value: float) -> float:
    """Return where a rising function has a value, within `FURTHEST` of 0."""
    low, high = -FURTHEST, FURTHEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < value else (low, middle)
    return (low + high) / 2


def normal_of(mechanism: str, quantiles: Mapping[str, float], driver: str) -> Normal:
    """Return the normal belief on the model's scale whose quantiles in plain units come nearest (least squares).

    `quantiles` by the names of `LEVELS`. Raises ValueError, saying what was expected, where they are not those of one.
    """
    stated = {name: effect_of(mechanism, quantiles[name], driver) for name in LEVELS}
    if not stated["q05"] < stated["q50"] < stated["q95"]:
        raise ValueError("q05 below q50 below q95")
    sd = sum(LEVELS[name] * value for name, value in stated.items()) / sum(level**2 for level in LEVELS.values())
    found = Normal(round(sum(stated.values()) / len(stated), 4), round(sd, 4))
    if max(abs(value - found.mean - found.sd * LEVELS[name]) for name, value in stated.items()) > APART * found.sd:
        near = ", ".join(f"{name} = {value:.3g}" for name, value in plain_quantiles(mechanism, found, driver).items())
        raise ValueError(f"quantiles of one normal belief on the model's scale; the nearest has {near}")
    return found


def plain_quantiles(mechanism: str, belief: Normal, driver: str) -> dict[str, float]:
    """Return the quantiles of a belief in plain units, by the names of `LEVELS`."""
    return {name: plain(mechanism, belief.mean + belief.sd * level, driver) for name, level in LEVELS.items()}
