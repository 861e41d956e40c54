"""Weekly counts: one labelled array in which missing is missing and zero is zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Self

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from lull.data.calendar import WEEK, Week, Weeks, today
from lull.data.readers.cells import MISSING_WORDS, alike_notes, parse_filled, parse_whole
from lull.data.readers.columns import Findings, checked_rows, parse_column, parse_weeks
from lull.data.readers.reading_options import USUAL, Reading, say
from lull.data.readers.tabular import Table
from lull.data.readers.wide import read_counts_table
from lull.data.schema import InputError, Problem

REQUIRED = ("series", "week_start", "count")
LABELS = ("faction", "front", "cluster")
MAX_CELLS = 20_000_000  # series x weeks


@dataclass(frozen=True)
class WeeklyCounts:
    """Attacks per week by series, in one or more imputations.

    `array` has dims (imputation, series, week), float64, NaN where no evidence reaches; coords `series`,
    `faction` and `front` along series (and `cluster`, where one was given), and `week`, the first days of consecutive
    weeks (datetime64), of any weekday. Observed counts are one imputation. A coord `completeness` along week, if there
    is one, is the share of the week's attacks that has been reported.
    """

    array: xr.DataArray

    def __post_init__(self) -> None:
        """Refuse an array that is not weekly counts."""
        if self.array.dims != ("imputation", "series", "week"):
            raise ValueError(f"weekly counts have dims (imputation, series, week), found {self.array.dims}")
        if 0 in self.array.shape:
            raise ValueError(f"weekly counts have at least one value, found the shape {self.array.shape}")
        values = self.array.to_numpy()
        known = values[~np.isnan(values)]
        if np.isinf(known).any() or (known < 0).any() or (known % 1 != 0).any():
            raise ValueError("weekly counts are whole numbers from 0 up, or NaN where missing")
        if (np.diff(self.weeks) != WEEK).any():
            raise ValueError("the weeks of weekly counts follow each other without a gap")
        if len(set(self.series)) != len(self.series):
            raise ValueError(f"each series of weekly counts has its own name, found {', '.join(self.series)}")

    @classmethod
    def from_arrays(
        cls,
        values: ArrayLike,
        *,
        series: Sequence[str],
        first_week: Week,
        faction: Sequence[str] | None = None,
        front: Sequence[str] | None = None,
        cluster: Sequence[str] | None = None,
    ) -> Self:
        """Return counts from values (series, week) or (imputation, series, week), weeks from `first_week` on.

        A series without a faction is its own; without a front it has none (an empty name). `cluster` names what series
        share a cause: margins of the same incidents, places of one war.
        """
        array = np.asarray(values, dtype=np.float64)
        array = array[None] if array.ndim == 2 else array  # noqa: PLR2004 - (series, week)
        weeks = np.datetime64(first_week, "D") + WEEK * np.arange(array.shape[-1])
        coords = {
            "series": np.array(series, dtype=str),
            "week": weeks.astype("datetime64[ns]"),
            "faction": ("series", np.array(series if faction is None else faction, dtype=str)),
            "front": ("series", np.array([""] * len(series) if front is None else front, dtype=str)),
        }
        if cluster is not None:
            coords["cluster"] = ("series", np.array(cluster, dtype=str))
        dims = ("imputation", "series", "week")
        attrs = {"long_name": "attacks", "units": "attacks per week"}
        return cls(xr.DataArray(array, coords=coords, dims=dims, name="count", attrs=attrs))

    @property
    def weeks(self) -> Weeks:
        """The observed weeks, each by its first day, (week,)."""
        return self.array["week"].to_numpy().astype("datetime64[D]")

    @property
    def series(self) -> tuple[str, ...]:
        """The names of the series."""
        return tuple(str(name) for name in self.array["series"].to_numpy())

    @property
    def clusters(self) -> dict[str, str]:
        """The cluster of each series: where none was given, its faction."""
        named = self.array["cluster" if "cluster" in self.array.coords else "faction"].to_numpy()
        return dict(zip(self.series, map(str, named), strict=True))

    @property
    def origin(self) -> Week:
        """The last observed week, which every horizon is counted from."""
        last: Week = self.weeks[-1]
        return last

    def select(self, series: Sequence[str]) -> Self:
        """Return the counts of the named series, in that order; KeyError names what is not there."""
        if unknown := [name for name in series if name not in self.series]:
            raise KeyError(f"no series {', '.join(unknown)}; there are {', '.join(self.series)}")
        return type(self)(self.array.sel(series=list(series)))

    def up_to_week(self, week: Week) -> Self:
        """Return the counts of the weeks up to and including `week`, which becomes the origin."""
        return type(self)(self.array.isel(week=self.weeks <= np.datetime64(week, "D")))

    def with_completeness(self, shares: Sequence[float]) -> Self:
        """Return the counts with the share of each week that has been reported: of the origin first, of older ones 1.

        No shares: the same counts.
        """
        if not shares:
            return self
        whole = np.ones(self.weeks.size)
        last = min(len(shares), whole.size)
        whole[whole.size - last :] = shares[:last][::-1]
        return type(self)(self.array.assign_coords(completeness=("week", whole)))

    def from_first_count(self) -> Self:
        """Return the counts without the weeks before the first known one; the same if none is known."""
        known = self.array.notnull().any(("imputation", "series")).to_numpy()
        return type(self)(self.array.isel(week=slice(int(known.argmax()), None)))


@dataclass(frozen=True)
class _Rows:
    """The parsed rows of a file of counts, column by column; a refused cell is empty, None or NaN."""

    series: list[str]
    weeks: list[date | None]
    counts: list[float]
    labels: dict[str, list[str]]


def read_counts(
    path: Path | str, *, fill_zeros: bool = False, reading: Reading = USUAL, notes: list[str] | None = None
) -> WeeklyCounts:
    """Return the weekly counts of a file of any format, one imputation, series in the order of the file.

    An empty count is missing. A week without a row is missing too; with `fill_zeros` it is 0 from the first
    to the last row of its series. What was assumed is added to `notes`. Raises `InputError` with every problem found,
    by line.
    """
    table = read_counts_table(path, required=REQUIRED, optional=LABELS, reading=reading)
    findings, rows = checked_rows(table, reading, _parsed)
    words = sorted({cell for cell in findings.table.column("count") if cell.casefold() in MISSING_WORDS})
    findings.notes += [f"Counts of {', '.join(words)} were read as missing."] if words else []
    say(table.name, [*findings.notes, *alike_notes(rows.series)], notes)
    return _placed(table, rows, fill_zeros=fill_zeros)


def _parsed(findings: Findings) -> _Rows:
    """Return the rows of a table of counts, and add what is wrong with them."""
    rows = _Rows(
        series=parse_column(findings, "series", parse_filled, wrong=""),
        weeks=parse_weeks(findings),
        counts=parse_column(findings, "count", _parse_count, wrong=np.nan),
        labels={label: findings.table.column(label) for label in LABELS},
    )
    _find_unfinished(findings, rows)
    _find_repeated(findings, rows)
    for label in LABELS:
        _find_relabelled(findings, rows, label)
    return rows


def _find_unfinished(findings: Findings, rows: _Rows) -> None:
    """Add the rows that know the count of a week which is not over."""
    now = today()
    last = {week: week + timedelta(days=6) for week in set(rows.weeks) if week is not None}
    early = {week for week, end in last.items() if end > now}
    pairs = enumerate(zip(rows.weeks, rows.counts, strict=True))
    places = [place for place, (week, count) in pairs if week in early and not np.isnan(count)]

    def describe(place: int) -> Problem:
        week = rows.weeks[place]
        assert week is not None
        remedy = "Correct the day, or leave the count empty until the week is over."
        return Problem("", f"a week that ended by today, {now}", f"a count of {week} to {last[week]}", remedy)

    findings.add(places, "week_start", describe)


def _parse_count(cell: str) -> float:
    return np.nan if not cell or cell.casefold() in MISSING_WORDS else float(parse_whole(cell))


def _find_repeated(findings: Findings, rows: _Rows) -> None:
    """Add the rows that give a week of a series again."""
    keys = list(zip(rows.series, rows.weeks, strict=True))
    first: dict[tuple[str, date | None], int] = {}
    repeated = [place for place, key in enumerate(keys) if first.setdefault(key, place) != place and all(key)]

    def describe(place: int) -> Problem:
        name, week = keys[place]
        line = findings.table.lines[first[name, week]]
        found = f"{name!r} {week} again, after {findings.table.unit} {line}"
        return Problem("", "each week of a series once", found, "Keep one of the two.")

    findings.add(repeated, "week_start", describe, scope="rows")


def _find_relabelled(findings: Findings, rows: _Rows, label: str) -> None:
    """Add the rows whose faction or front is not that of their series' first row."""
    names, first = rows.labels[label], dict[str, str]()
    pairs = enumerate(zip(rows.series, names, strict=True))
    changed = [place for place, (series, name) in pairs if first.setdefault(series, name) != name and series]

    def describe(place: int) -> Problem:
        series = rows.series[place]
        expected = f"{first[series]!r} as in the first row of {series!r}"
        return Problem("", expected, repr(names[place]), f"A series has one {label}.")

    findings.add(changed, label, describe, scope="rows")


def _placed(table: Table, rows: _Rows, *, fill_zeros: bool) -> WeeklyCounts:
    """Return checked rows as an array over all weeks from the first to the last."""
    first_rows = {name: place for place, name in reversed(list(enumerate(rows.series)))}
    names = sorted(first_rows, key=first_rows.__getitem__)
    rank = {name: number for number, name in enumerate(names)}
    which = np.array([rank[name] for name in rows.series])
    weeks = np.array(rows.weeks, dtype="datetime64[D]")
    at = ((weeks - weeks.min()) // WEEK).astype(int)
    shape = (len(names), int(at.max()) + 1)
    if shape[0] * shape[1] > MAX_CELLS:
        found = f"{shape[0]:,} series over {shape[1]:,} weeks"
        raise InputError(Problem(table.name, f"at most {MAX_CELLS:,} series x weeks", found, "Split the file."))
    values = _between_rows(which, at, shape) if fill_zeros else np.full(shape, np.nan)
    values[which, at] = rows.counts
    faction, front, cluster = ([rows.labels[label][first_rows[name]] for name in names] for label in LABELS)
    factions = [own or name for own, name in zip(faction, names, strict=True)]
    return WeeklyCounts.from_arrays(
        values,
        series=names,
        first_week=weeks.min(),
        faction=factions,
        front=front,
        cluster=[own or other for own, other in zip(cluster, factions, strict=True)] if any(cluster) else None,
    )


def _between_rows(which: np.ndarray, at: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return 0 from the first to the last row of each series, NaN outside, (series, week)."""
    first, last = np.full(shape[0], shape[1]), np.full(shape[0], -1)
    np.minimum.at(first, which, at)
    np.maximum.at(last, which, at)
    week = np.arange(shape[1])
    return np.where((week >= first[:, None]) & (week <= last[:, None]), 0.0, np.nan)
