"""Weekly covariates of the user's own: a number in every week, so that nothing has to be guessed."""

import math
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from lull.data.calendar import WEEK, Weeks
from lull.data.readers.any_table import read_any_table
from lull.data.readers.columns import Findings, checked_rows, parse_column, parse_weeks
from lull.data.readers.reading_options import USUAL, Reading, say
from lull.data.schema import InputError, Problem

MOST = 1_000  # covariates of a file
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def read_covariates(path: Path | str, *, reading: Reading = USUAL, notes: list[str] | None = None) -> xr.DataArray:
    """Return the covariates of a file, (covariate, week), float64, in the columns' own units.

    The file has `week_start` (one weekday, in any order, none left out between first and last) and a column
    for each covariate. Raises `InputError` with every problem found, by line.
    """
    table = read_any_table(path, required=("week_start",), optional=None, reading=reading)
    names = [name for name in table.columns if name != "week_start"]
    if len(names) > MOST:
        found, remedy = f"{len(names):,}", "Keep only the columns that are needed."
        raise InputError(Problem(f"{table.name}:line 1", f"at most {MOST:,} covariates", found, remedy))
    if not names:
        raise InputError(Problem(f"{table.name}:line 1", "a column next to week_start", "none", "Name a covariate."))
    findings, (weeks, values) = checked_rows(table, reading, partial(_parsed, names=names))
    say(table.name, findings.notes, notes)
    order = np.argsort(weeks, kind="stable")
    coords = {"covariate": np.array(names, dtype=str), "week": weeks[order].astype("datetime64[ns]")}
    return xr.DataArray(values[:, order], coords=coords, dims=("covariate", "week"), name="covariate")


def _parsed(findings: Findings, *, names: Sequence[str]) -> tuple[Weeks, NDArray[np.float64]]:
    """Return the weeks in the order of the file and the values (covariate, week)."""
    weeks = np.array(parse_weeks(findings), dtype="datetime64[D]")
    values = np.array([parse_column(findings, name, parse_number, wrong=math.nan) for name in names])
    _find_gaps(findings, weeks, np.argsort(weeks, kind="stable"))
    return weeks, values


def _find_gaps(findings: Findings, weeks: np.ndarray, order: np.ndarray) -> None:
    """Add the weeks that are given again, and those before which weeks are left out."""
    steps = np.full(weeks.size, WEEK)
    steps[order[1:]] = np.diff(weeks[order])  # NaT compares with nothing, so a wrong date is reported once

    def gap(place: int) -> Problem:
        found = f"{weeks[place]} after {weeks[place] - steps[place]}"
        return Problem("", "every week from the first to the last", found, "Add the weeks between.")

    def repeated(place: int) -> Problem:
        return Problem("", "each week once", f"{weeks[place]} again", "Keep one of the two.")

    findings.add(np.flatnonzero(steps > WEEK).tolist(), "week_start", gap, scope="file")
    findings.add(np.flatnonzero(steps < WEEK).tolist(), "week_start", repeated, scope="rows")


def parse_number(cell: str) -> float:
    """Return the finite number a cell holds."""
    value = float(cell) if NUMBER.fullmatch(cell) else math.nan
    if not math.isfinite(value):
        remedy = "Write decimals with a point." if "," in cell else "Every row has a value."
        raise InputError(Problem("", "a number", repr(cell) if cell else "an empty cell", remedy))
    return value
