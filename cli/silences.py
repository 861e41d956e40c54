"""Counts to learn from: those of a file, if they hold a silence."""

from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lull.data.calendar import last_complete_week
from lull.data.counts import WeeklyCounts, read_counts
from lull.data.schema import InputError, Problem


def counts_with_silences(file: Path, *, fill_zeros: bool, until: date | None = None) -> NDArray[np.float64]:
    """Return the counts of a file, (series, week), of the weeks that were over by a day.

    Raises `InputError` if there is no such week, or no silence after an attack.
    """
    counts = read_counts(file, fill_zeros=fill_zeros)
    values: NDArray[np.float64] = (_over_by(counts, until, file) if until else counts).array.to_numpy()[0]
    attacked = np.maximum.accumulate(values > 0, axis=1)
    if not (attacked[:, :-1] & (values[:, 1:] == 0)).any():
        remedy = "A week without a row is missing; --fill-zeros takes it for 0."
        raise InputError(Problem(file.name, "a week of 0 after one with an attack", "none", remedy))
    return values


def _over_by(counts: WeeklyCounts, day: date, file: Path) -> WeeklyCounts:
    last, first = last_complete_week(day, counts.origin), counts.weeks[0]
    if last < first:
        found = f"{day}; the first week of {file.name} begins on {first}"
        raise InputError(Problem("--until", "a week that was over by then", found, "Choose a later day."))
    return counts.up_to_week(last)
