"""Uncertain dates and sizes drawn: each is a function from one uniform a posterior draw to a value.

Days are counted from the first day after the origin week: day 0 begins horizon 1. What is certain has one
value for all draws. The same uncertain date written twice is one date, so that a collapse and the escalation that comes
with it fall on the same day in every draw; a `name` tells two apart.
"""

import math
from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from lull.data.arrays import Array
from lull.data.calendar import WEEK, Week
from lull.scenarios.language import uncertain

type Days = NDArray[np.int64]

NEVER = 10**6  # a day beyond every horizon


def draw_days(when: uncertain.AnyDate, origin: Week, uniform: Array) -> Days:
    """Return the day of each draw, (draw|1,), after a given origin."""
    match when:
        case uncertain.On():
            return np.array([_day(when.on, origin)])
        case uncertain.WeeksAhead():
            return np.array([7 * (when.weeks_ahead - 1)])
        case uncertain.Uniform():
            first, last = (_day(day, origin) for day in when.uniform)
            return first + np.floor(uniform * (last - first + 1)).astype(np.int64)
        case uncertain.Triangular():
            return _triangular([_day(day, origin) for day in when.triangular], uniform)
        case uncertain.Hazard():
            return _hazard(when, origin, uniform)
        case uncertain.Weighted():
            ordered = sorted(when.weighted)
            ends = np.cumsum([weight for _, weight in ordered])
            place = np.searchsorted(ends[:-1] / ends[-1], uniform, side="right")
            return np.array([_day(day, origin) for day, _ in ordered])[place]


def draw_sizes(size: uncertain.AnySize, uniform: Array) -> Array:
    """Return the size of each draw, (draw|1,)."""
    score = ndtri(np.clip(uniform, 1e-12, 1.0 - 1e-12))
    match size:
        case uncertain.Exactly():
            return np.array([size.exactly])
        case uncertain.NormalSize(normal=(mean, sd)):
            return np.asarray(mean + sd * score)
        case uncertain.LognormalSize(lognormal=(median, sd)):
            return np.asarray(median * np.exp(sd * score))
        case uncertain.QuantileSize():
            return _between_quantiles(size, score)


def _triangular(days: Sequence[int], uniform: Array) -> Days:
    """Return days by inversion; a day is the unit interval after its number, the mode the middle of its own."""
    first, mode, last = days
    low, peak, high = float(first), mode + 0.5, last + 1.0
    rising, falling = (high - low) * (peak - low), (high - low) * (high - peak)
    early = uniform < (peak - low) / (high - low)
    at = np.where(early, low + np.sqrt(uniform * rising), high - np.sqrt((1.0 - uniform) * falling))
    return np.minimum(np.floor(at).astype(np.int64), last)


def _hazard(when: uncertain.Hazard, origin: Week, uniform: Array) -> Days:
    """Return geometric waiting times in days, with the weekly hazard spread evenly over the week's."""
    start = 0 if when.since is None else _day(when.since, origin)
    wait = np.floor(7.0 * np.log1p(-uniform) / math.log1p(-when.hazard))
    day = start + np.minimum(wait, NEVER).astype(np.int64)
    return day if when.until is None else np.where(day > _day(when.until, origin), NEVER, day)


def _between_quantiles(size: uncertain.QuantileSize, score: Array) -> Array:
    """Return sizes on straight lines between given quantiles; beyond the outer ones their last slope goes on."""
    levels, values = (np.array(column) for column in zip(*size.quantiles, strict=True))
    scores = ndtri(levels)
    place = np.clip(np.searchsorted(scores, score) - 1, 0, len(scores) - 2)
    slope = (np.diff(values) / np.diff(scores))[place]
    sizes: Array = values[place] + slope * (score - scores[place])
    return sizes


def _day(day: date, origin: Week) -> int:
    """Return how many days after the origin week a day is."""
    return int((np.datetime64(day, "D") - np.datetime64(origin, "D") - WEEK).astype(int))
