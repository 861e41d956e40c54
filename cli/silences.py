"""Counts to learn from: those of a file, if they hold a silence."""

from datetime import date

import numpy as np

from lull.data.calendar import last_complete_week
from lull.data.counts import WeeklyCounts
from lull.data.schema import InputError, Problem


def with_silences(counts: WeeklyCounts, name: str, *, until: date | None = None) -> WeeklyCounts:
    """Return counts of the weeks that were over by a day.

    Raises `InputError` if there is no such week, or no silence after an attack.
    """
    counts = _over_by(counts, until, name) if until else counts
    values = counts.array.to_numpy()[0]
    attacked = np.maximum.accumulate(values > 0, axis=1)
    if not (attacked[:, :-1] & (values[:, 1:] == 0)).any():
        remedy = "A week without a row is missing; --fill-zeros takes it for 0."
        raise InputError(Problem(name, "a week of 0 after one with an attack", "none", remedy))
    return counts


def _over_by(counts: WeeklyCounts, day: date, name: str) -> WeeklyCounts:
    last, first = last_complete_week(day, counts.origin), counts.weeks[0]
    if last < first:
        found = f"{day}; the first week of {name} begins on {first}"
        raise InputError(Problem("--until", "a week that was over by then", found, "Choose a later day."))
    return counts.up_to_week(last)
