"""How often recorded silences ended: the outside view that accompanies every answer about a pause.

The record is a table (`data/learned/pause_record.py`): weekly hazards that a recorded silence of an armed actor ends,
by its age and by the rate of attacks before it. Where that rate is not known the hazards of any rate count.
"""

import math

import numpy as np

from lull.data.learned.pause_record import recorded
from lull.model.forward.simulate import OriginState


def weekly_hazard(age: float, rate: float | None = None) -> float:
    """Return the probability that a recorded silence of `age` weeks ends in its next week.

    `rate` is the number of attacks in the 26 weeks before it.
    """
    return float(recorded().hazard(age, rate))


def ended_within(age: float, weeks: float, rate: float | None = None) -> float:
    """Return how often recorded silences that had lasted `age` weeks ended within that many further weeks."""
    whole = int(weeks)
    *past, last = (1.0 - recorded().hazard(age + np.arange(whole + 1), rate)).tolist()
    return float(1.0 - math.prod(past) * math.pow(last, weeks - whole))


def record_rate(state: OriginState, *, weeks: float) -> float | None:
    """Return how often recorded silences like that of a state's one series ended within that many weeks.

    None where the series is not silent.
    """
    silent = silent_weeks(state)
    return ended_within(silent, weeks, earlier_rate(state)) if is_silent(state) else None


def silent_weeks(state: OriginState) -> float:
    """Return for how many weeks a state's one series has been silent: the median over draws."""
    return float(np.median(state.silent_weeks))


def is_silent(state: OriginState) -> bool:
    """Return whether a state's one series is silent: by its median draw, for a week or more."""
    return silent_weeks(state) >= 1


def earlier_rate(state: OriginState) -> float | None:
    """Return the attacks of the 26 weeks before the silence of a state's one series, None where they are not known."""
    (rate,) = state.attacks_before or (math.nan,)
    return None if math.isnan(rate) else rate
