"""Evidence for a modeller in Python: files and data frames in, weekly counts and reports out."""

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lull.data.counts import LABELS, WeeklyCounts
from lull.data.counts import read_counts as _read_counts
from lull.data.files import write_whole
from lull.data.importers.events import Selection
from lull.data.importers.layouts import ACLED, UCDP, Layout
from lull.data.importers.written import csv_text
from lull.data.importers.written import import_events as _import_events
from lull.data.reports import Report
from lull.data.reports import read_reports as _read_reports
from lull.data.schema import InputError, Problem

COUNT_COLUMNS = ("series", "week_start", "count", *LABELS)

type Source = str | Path | WeeklyCounts | Sequence[Report] | Any
"""A file, weekly counts, reports, or a data frame (pandas, polars, pyarrow: what has an Arrow stream)."""


def read_counts(path: str | Path, *, fill_zeros: bool = False) -> WeeklyCounts:
    """Return the weekly counts of a CSV, Parquet or XLSX file.

    Parameters
    ----------
    path
        A file with the columns `series, week_start, count` (and, if it has them, `faction, front, cluster`). An empty
        count is missing.
    fill_zeros
        Whether a week without a row, between the first and the last row of its series, is 0 instead of missing.

    Returns
    -------
    WeeklyCounts
        Dims (imputation, series, week), attacks per week, NaN where missing; one imputation.

    Raises
    ------
    InputError
        With every problem found, by line.

    Examples
    --------
    >>> import lull
    >>> lull.read_counts("weekly.csv").series
    ('north', 'south')
    """
    return _read_counts(path, fill_zeros=fill_zeros)


def counts_from_frame(
    frame: Any, *, series: str = "series", week: str = "week_start", count: str = "count"
) -> WeeklyCounts:
    """Return the weekly counts of a data frame in long form: a row for each series and week.

    Parameters
    ----------
    frame
        A pandas, polars or pyarrow table.
    series, week, count
        The names of its columns. A missing count (None or NaN) is missing, not 0. Columns `faction`, `front` and
        `cluster` are read too where the frame has them.

    Returns
    -------
    WeeklyCounts
        Dims (imputation, series, week), attacks per week; one imputation.

    Raises
    ------
    InputError
        If a column is not there, or as `read_counts` does.

    Examples
    --------
    >>> import lull, polars
    >>> frame = polars.DataFrame({"who": ["a", "a"], "week": ["2024-01-01", "2024-01-08"], "n": [3, 0]})
    >>> lull.counts_from_frame(frame, series="who", week="week", count="n").array.shape
    (1, 1, 2)
    """
    table = _table(frame)
    names = {series: "series", week: "week_start", count: "count"}
    if missing := [name for name in names if name not in table.column_names]:
        found = ", ".join(table.column_names)
        raise InputError(Problem("the data frame", f"a column {name!r}", found) for name in missing)
    names |= {label: label for label in LABELS if label in table.column_names}
    chosen = table.select(list(names)).rename_columns(list(names.values()))
    with tempfile.TemporaryDirectory(prefix="lull.") as folder:
        return _read_counts(evidence_file(chosen, Path(folder) / "frame.csv"))


def read_reports(path: str | Path) -> tuple[Report, ...]:
    """Return the reports of a CSV file: statements of a number of attacks over a window of days.

    Parameters
    ----------
    path
        A file with the columns that `docs/data.md` lists.

    Returns
    -------
    tuple of Report
        In the order of the file.

    Raises
    ------
    InputError
        With every problem found, by line.

    Examples
    --------
    >>> import lull
    >>> len(lull.read_reports("reports.csv"))
    3
    """
    return _read_reports(path)


def import_acled(path: str | Path, actor: str, *, until: date | None = None, front: str = "") -> WeeklyCounts:
    """Return the weekly counts of an actor in an ACLED export of events.

    Parameters
    ----------
    path
        The export as ACLED hands it out. Its licence forbids passing the rows on.
    actor
        The exact name of the actor, on either side.
    until
        The day up to which the file is known; by default what its name or its last event says.
    front
        A column whose values become series of their own, or `target` for the other side.

    Returns
    -------
    WeeklyCounts
        Events whose week is known, a series for each front; covered weeks without an event are 0. Dims
        (imputation, series, week), events per week.

    Raises
    ------
    InputError
        With every problem found, by line.

    Examples
    --------
    >>> import lull
    >>> lull.import_acled("acled.csv", "Red Dawn", until=date(2021, 1, 17)).origin
    np.datetime64('2021-01-11')
    """
    return _imported(path, ACLED, actor, until=until, front=front)


def import_ucdp(path: str | Path, actor: str, *, until: date | None = None, front: str = "") -> WeeklyCounts:
    """Return the weekly counts of an actor in a UCDP GED file.

    Parameters
    ----------
    path
        A file of georeferenced events, annual or candidate, as UCDP publishes it.
    actor
        The exact name of the actor, on either side.
    until
        The day up to which the file is known; by default the end of the release that its name or its rows give.
    front
        A column whose values become series of their own, or `target` for the other side.

    Returns
    -------
    WeeklyCounts
        Events whose week is known, a series for each front; covered weeks without an event are 0. Dims
        (imputation, series, week), events per week.

    Raises
    ------
    InputError
        With every problem found, by line.

    Examples
    --------
    >>> import lull
    >>> lull.import_ucdp("ged.csv", "Red Dawn", until=date(2021, 1, 17)).array.sum().item()
    2.0
    """
    return _imported(path, UCDP, actor, until=until, front=front)


def reconstruct(reports: Source, *, faction: str, as_of: date, imputations: int = 16, seed: int = 1) -> WeeklyCounts:
    """Return weekly counts that agree with overlapping, contradictory reports: several equally plausible ones.

    Parameters
    ----------
    reports
        A file of reports, what `read_reports` returns, or a data frame with their columns.
    faction
        Whose attacks; actors of that name and its members.
    as_of
        The evening up to which reports were published.
    imputations
        How many reconstructions.
    seed
        The random seed.

    Returns
    -------
    WeeklyCounts
        Dims (imputation, series, week), attacks per week.

    Raises
    ------
    InputError
        If no report can be used.

    Examples
    --------
    >>> import lull
    >>> counts = lull.reconstruct("reports.csv", faction="Red Dawn", as_of=date(2024, 2, 4), imputations=4)
    >>> counts.array.sizes["imputation"]
    4
    """
    from lull.model.reconstruction.reconstruct import reconstruct as made  # noqa: PLC0415 - compiles numba code

    with tempfile.TemporaryDirectory(prefix="lull.") as folder:
        read = _read_reports(evidence_file(reports, Path(folder) / "reports.csv"))
    return made(read, as_of=as_of, faction=faction, imputations=imputations, seed=seed).counts


def _imported(path: str | Path, layout: Layout, actor: str, *, until: date | None, front: str) -> WeeklyCounts:
    selection = Selection(actors=(actor,), front=front, last_day=until)
    return _import_events(Path(path), layout, selection, source=Path(path).name).counts


def _table(frame: Any) -> pa.Table:
    """Return a data frame as a table."""
    try:
        return frame if isinstance(frame, pa.Table) else pa.table(frame)
    except (TypeError, pa.ArrowInvalid) as error:
        expected = "a file, weekly counts, reports or a data frame"
        raise InputError(Problem("the evidence", expected, f"{type(frame).__name__} ({error})")) from None


def evidence_file(value: Any, path: Path) -> Path:
    """Return the file of some evidence, written to `path` if it is in memory."""
    match value:
        case str() | Path():
            return Path(value)
        case WeeklyCounts():
            write_whole(path, csv_text(COUNT_COLUMNS, _rows(value)))
        case [Report(), *_]:
            table = pa.Table.from_pylist([report.model_dump(mode="json") for report in value])
            return evidence_file(table, path)
        case _:
            table = _table(value)
            rows = ([_cell(cell) for cell in row.values()] for row in table.to_pylist())
            write_whole(path, csv_text(table.column_names, rows))
    return path


def _rows(counts: WeeklyCounts) -> Iterable[tuple[object, ...]]:
    """Yield the rows of a file of weekly counts, names as they are; what such a file cannot hold is refused."""
    array = counts.array
    if array.sizes["imputation"] > 1:
        found = f"{array.sizes['imputation']} imputations"
        raise InputError(Problem("counts", "counts that were observed", found, "Use lull.fit(reports=...)."))
    if "completeness" in array.coords:
        remedy = "Use lull.fit(counts, completeness=...)."
        raise InputError(Problem("counts", "counts without shares of completeness", "some", remedy))
    labels = {
        label: array[label].to_numpy() if label in array.coords else [""] * len(counts.series) for label in LABELS
    }
    for series, row, *own in zip(counts.series, array[0].to_numpy(), *labels.values(), strict=True):
        for week, count in zip(counts.weeks, row, strict=True):
            yield series, week, "" if np.isnan(count) else int(count), *own


def _cell(cell: Any) -> Any:
    """Return a cell as a file has it: nothing where it is missing, whole numbers without a point."""
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell.date() if hasattr(cell, "date") else cell
