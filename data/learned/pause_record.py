"""The record of pauses: how often recorded silences of armed actors ended, by their age and by what came before.

A silence is a run of weeks without an attack after an attack. Its age is its length so far, its earlier rate the
attacks of the 26 weeks that ended with the last attack. The record is a small table of figures; this module says what
it means and reads it, `evaluation/reference_class.py` makes it from weekly counts.

The invariant: each class of age stands under "any rate" and under each class of rate, so every question has an answer.
"""

import csv
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from lull.data.arrays import Array
from lull.data.learned.tables import learned_table, write_table
from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError, Problem
from lull.data.settings import LEARNED

BEFORE = 26  # weeks that the earlier rate is counted over
AGES = (
    (1, 1), (2, 3), (4, 5), (6, 8), (9, 13), (14, 26), (27, 39), (40, 52), (53, 104), (105, 208)
)  # fmt: skip
RATES: tuple[tuple[int, int | None], ...] = ((1, 2), (3, 12), (13, 25), (26, None))  # attacks in those weeks
FILE = "pauses.csv"


@dataclass(frozen=True)
class Class:
    """Silences of one class of age and of earlier rate (None: of any): how often they ended, a week.

    `weeks_at_risk` and `ended` are counted. `hazard` is the weekly chance that they say, `low` to `high` where that of
    another actor lies in nine cases of ten.
    """

    age_from: int
    age_to: int
    rate_from: int | None
    rate_to: int | None
    weeks_at_risk: int
    ended: int
    hazard: float
    low: float
    high: float

    @property
    def age(self) -> float:
        """The middle of the ages, on the log scale, in weeks."""
        return float(np.sqrt(self.age_from * self.age_to))

    @property
    def rate(self) -> tuple[int | None, int | None]:
        """The class of the earlier rate."""
        return self.rate_from, self.rate_to


COLUMNS = tuple(field.name for field in fields(Class))


@dataclass(frozen=True)
class Pauses:
    """The record: one `Class` for each age under any rate and under each class of rate."""

    classes: tuple[Class, ...]

    def of(self, rate: float | None) -> tuple[Class, ...]:
        """Return the classes of an earlier rate by age; of any where it is not known (None), or none is as rare."""
        chosen = None if rate is None else next((one for one in reversed(RATES) if rate >= one[0]), None)
        return tuple(one for one in self.classes if one.rate == (chosen or (None, None)))

    def hazard(self, age: ArrayLike, rate: float | None = None) -> Array:
        """Return the chance that silences of an age in weeks end in their next week, dims of `age`.

        Between the middles of the classes the log hazard is a straight line in log age; beyond them it stays.
        """
        classes = self.of(rate)
        middles, hazards = np.log([one.age for one in classes]), np.log([one.hazard for one in classes])
        return np.asarray(np.exp(np.interp(np.log(np.maximum(age, 1.0)), middles, hazards)))

    def write(self, path: Path) -> None:
        """Write the table, a row a class."""
        rows = map(astuple, self.classes)
        write_table(path, COLUMNS, ([*row[:-3], *(f"{figure:.4g}" for figure in row[-3:])] for row in rows))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the record of a table. Raises `InputError` for another kind of table."""
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        if tuple(header) != COLUMNS:
            raise InputError(Problem(str(path), ", ".join(COLUMNS), ", ".join(header), "`lull learn` makes the table."))
        record = cls(tuple(_class(row, f"{path}, row {number}") for number, row in enumerate(rows, 2)))
        expected = [(*age, *rate) for rate in ((None, None), *RATES) for age in AGES]
        if [(one.age_from, one.age_to, *one.rate) for one in record.classes] != expected:
            found = f"{len(rows)} rows"
            raise InputError(Problem(str(path), f"{len(expected)} classes of age and rate", found, "Learn it again."))
        return record


def _class(row: list[str], where: str) -> Class:
    """Return a row of the table."""
    try:
        *ages, rate_from, rate_to, weeks, ended = (int(cell) if cell else None for cell in row[:6])
        hazard, low, high = map(float, row[6:])
    except ValueError as error:
        raise InputError(Problem(where, "whole numbers and three hazards", str(error), "Learn it again.")) from error
    if not 0 < low <= hazard <= high < 1 or None in {*ages, weeks, ended}:
        raise InputError(Problem(where, "0 < low <= hazard <= high < 1", ", ".join(row), "Learn it again."))
    return Class(*ages, rate_from, rate_to, weeks, ended, hazard, low, high)  # type: ignore[arg-type, call-arg]  # none is None


def recorded() -> Pauses:
    """Return the record in use: that of the folder that `LULL_LEARNED` names, or the one that comes with Lull."""
    return _read_once(learned_table(FILE))


@cache
def _read_once(path: Path) -> Pauses:
    try:
        return Pauses.read(path)
    except OSError as error:
        remedy = f"`lull learn --out DIR` makes it; {LEARNED} names the folder."
        raise InputError(Problem(str(path), "a record of pauses", error.strerror or str(error), remedy)) from error


def shipped_pauses() -> Pauses:
    """Return the record that comes with Lull."""
    return _read_once(embedded_file(FILE))


def attacks_before(counts: ArrayLike) -> Array:
    """Return the earlier rate of the silence that each series ends in, dims of `counts` (..., week) without week.

    The attacks of the 26 known weeks up to the last one with an attack; NaN with fewer known weeks, or no attack.
    """
    series = np.asarray(counts, dtype=float)
    flat = series.reshape(-1, series.shape[-1])
    found = np.array([_attacks_before(row[~np.isnan(row)]) for row in flat])
    return found.reshape(series.shape[:-1])


def _attacks_before(known: Array) -> float:
    attacked = np.flatnonzero(known > 0)
    if attacked.size == 0 or attacked[-1] + 1 < BEFORE:
        return float("nan")
    return float(known[attacked[-1] + 1 - BEFORE : attacked[-1] + 1].sum())
