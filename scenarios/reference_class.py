"""How often recorded silences ended: the outside view that stands beside every answer about a pause.

Weekly hazards that a recorded silence of an armed actor ends, by its age in weeks, measured over the actors of the
UCDP Georeferenced Event Dataset; between the measured ages log hazards follow a straight line in log age. Actors
differ: one of them may lie above or below by a factor of about 1.5 (sd .43 on the log odds).
"""

import math

import numpy as np

AGES = (1.0, 4.5, 11.0, 20.0, 46.0, 78.0, 155.0)  # weeks: the middles of 1, 4-5, 9-13, 14-26, 40-52, 53-104, 105-208
HAZARDS = (0.34, 0.15, 0.083, 0.049, 0.018, 0.013, 0.003)  # a week


def weekly_hazard(age: float) -> float:
    """Return the probability that a recorded silence of `age` weeks ends in its next week."""
    return float(np.exp(np.interp(np.log(max(age, AGES[0])), np.log(AGES), np.log(HAZARDS))))


def ended_within(age: float, weeks: float) -> float:
    """Return how often recorded silences that had lasted `age` weeks ended within so many weeks more."""
    whole = int(weeks)
    lasts = math.prod(1.0 - weekly_hazard(age + week) for week in range(whole))
    return 1.0 - lasts * math.pow(1.0 - weekly_hazard(age + whole), weeks - whole)
