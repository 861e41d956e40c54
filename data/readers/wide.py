"""Weekly counts in other shapes: a column for each series, or the names of forecasting libraries."""

from dataclasses import replace
from pathlib import Path

from lull.data.readers.any_table import read_any_table
from lull.data.readers.cells import MISSING_WORDS, parse_whole
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.readers.tabular import Table
from lull.data.schema import InputError

WEEK_START = "week_start"
WIDE = "A wide table"  # begins the note of a file that may be counts or covariates
LONG_NAMES = {"unique_id": "series", "ds": WEEK_START, "y": "count"}  # as statsforecast and others call them


def is_wide(path: Path, reading: Reading = USUAL) -> bool:
    """Return whether each column other than `week_start` holds whole numbers alone, as counts of a series do."""
    try:
        table = read_any_table(path, required=(WEEK_START,), optional=None, reading=reading)
    except InputError:
        return False
    names = [name for name in table.columns if name != WEEK_START]
    return bool(names and table.rows) and all(_is_count(cell) for name in names for cell in set(table.column(name)))


def read_counts_table(
    path: Path | str, *, required: tuple[str, ...], optional: tuple[str, ...], reading: Reading = USUAL
) -> Table:
    """Return a file of weekly counts as one row for each series and week, under the `required` names.

    It may also have the names `unique_id, ds, y`, or be a wide table. Raises `InputError` as `read_table` does.
    """
    used = (*LONG_NAMES, *required, *optional)
    try:
        return read_any_table(path, required=required, optional=optional, reading=reading)
    except InputError as error:
        try:
            table = read_any_table(path, required=(), optional=None, used=used, reading=reading)
        except InputError:
            raise error from None
    columns = set(table.columns)
    if columns >= LONG_NAMES.keys():
        return renamed(table)
    if WEEK_START in columns and len(columns) > 1 and not columns & {"series", "count"} and not table.ragged:
        return long_form(table)
    return read_any_table(path, required=required, optional=optional, reading=reading)


def _is_count(cell: str) -> bool:
    try:
        return not cell or cell.casefold() in MISSING_WORDS or parse_whole(cell) >= 0
    except InputError:
        return False


def renamed(table: Table) -> Table:
    """Return a table of counts under Lull's names of the columns; other columns are not read."""
    kept = [place for place, name in enumerate(table.columns) if name in LONG_NAMES]
    columns = tuple(LONG_NAMES[table.columns[place]] for place in kept)
    others = [name for name in table.columns if name not in LONG_NAMES]
    notes = ["The columns unique_id, ds and y were read as series, week_start and count."]
    notes += [f"Beside them, {', '.join(others)} was not read."] if others else []
    rows = [tuple(row[place] for place in kept) for row in table.rows]
    return replace(table, columns=columns, rows=rows, notes=(*table.notes, *notes))


def long_form(table: Table) -> Table:
    """Return a wide table as one row for each series and week, in the order of its columns."""
    at = table.columns.index(WEEK_START)
    series = [(place, name) for place, name in enumerate(table.columns) if place != at]
    rows: list[tuple[str, ...]] = [(name, row[at], row[place]) for place, name in series for row in table.rows]
    named = ", ".join(name for _, name in series[:10])
    note = f"{WIDE}: each column other than {WEEK_START} was read as a series of counts ({named}), not as covariates."
    return replace(
        table,
        columns=("series", WEEK_START, "count"),
        rows=rows,
        lines=table.lines * len(series),
        notes=(*table.notes, note),
    )
