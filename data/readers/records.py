"""Rows become records: each is tried and each problem kept; more bad rows than may be set aside refuse the file."""

from collections.abc import Callable, Container, Iterable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from lull.data.importers.days import day_form
from lull.data.readers.any_table import read_any_table
from lull.data.readers.cells import shown
from lull.data.readers.reading_options import USUAL, Reading, aside_notes, say
from lull.data.readers.tabular import Table
from lull.data.schema import InputError, Problem

MAX_RECORDS = 100_000  # reports and events are gathered by hand; more is another kind of file


def read_records[Record: BaseModel](
    path: Path | str,
    record: type[Record],
    *,
    key: str,
    optional: Iterable[str],
    reading: Reading = USUAL,
    notes: list[str] | None = None,
) -> tuple[Record, ...]:
    """Return the rows of a file as records, each with its own `key`; what was assumed is added to `notes`.

    Raises `InputError` with every problem found, in the order of the file, if more rows than may be set aside are bad.
    """
    optional = tuple(optional)
    required = [name for name in record.model_fields if name not in optional]
    table = read_any_table(path, required=required, optional=optional, reading=reading)
    if len(table.rows) > MAX_RECORDS:
        raise InputError(Problem(table.name, f"at most {MAX_RECORDS:,} rows", f"{len(table.rows):,} rows"))
    days = [name for name, field in record.model_fields.items() if field.annotation in (date, date | None)]
    table = _with_plain_days(table, days, reading)
    records, broken = _validated(table, record)
    left = _without(table, broken) if reading.set_aside else table  # else what repeats a broken row is reported too
    repeated = _repeated(left, key)
    bad = {line: [*repeated.get(line, ()), *broken.get(line, ())] for line in sorted({*broken, *repeated})}
    if len(bad) > reading.set_aside or bad.keys() >= records.keys():
        raise InputError(problem for found in bad.values() for problem in found)
    say(table.name, [*table.notes, *aside_notes(found[0] for found in bad.values())], notes)
    return tuple(each for line, each in records.items() if line not in bad)


def _validated[Record: BaseModel](
    table: Table, record: type[Record]
) -> tuple[dict[int, Record], dict[int, list[Problem]]]:
    """Return the records of the good rows and the problems of the others, both by line."""
    records: dict[int, Record] = {}
    broken = {line: [problem] for line, problem in table.ragged.items()}
    for line, cells in table.records():
        try:
            records[line] = record.model_validate(cells)
        except ValidationError as error:
            broken[line] = problems_of(error, partial(table.where, line))
    return records, broken


def _without(table: Table, lines: Container[int]) -> Table:
    """Return the table without the rows on some lines."""
    return table.of_rows([place for place, line in enumerate(table.lines) if line not in lines])


def _with_plain_days(table: Table, names: Iterable[str], reading: Reading) -> Table:
    """Return the table with its days as YYYY-MM-DD; a cell that names none stays as it is."""
    places = {name: table.columns.index(name) for name in names if name in table.columns}
    cells = {row[place] for row in table.rows for place in places.values()}
    try:
        form = day_form(cells, day_first=reading.day_first, where=table.name)
    except InputError:
        return table  # whose doubtful cells are reported one by one
    plain: dict[str, str] = {}
    for cell in cells:
        try:
            plain[cell] = str(form.day(cell)) if cell else cell
        except InputError:
            plain[cell] = cell
    if all(cell == day for cell, day in plain.items()):
        return table
    days = set(places.values())
    rows = [tuple(plain[cell] if at in days else cell for at, cell in enumerate(row)) for row in table.rows]
    return replace(table, rows=rows, notes=(*table.notes, *form.notes))


def problems_of(error: ValidationError, where: Callable[[str], str]) -> list[Problem]:
    """Return what pydantic found, each with the place that `where` gives for its column."""
    problems = []
    for detail in error.errors(include_url=False):
        column = ".".join(str(part) for part in detail["loc"])
        cause: Any = detail.get("ctx", {}).get("error")
        if isinstance(cause, InputError):
            found = cause.problems
        else:
            found = (Problem(column, detail["msg"], shown(str(detail["input"]))),)
        problems += [Problem(where(p.where or column), p.expected, p.found, p.remedy) for p in found]
    return problems


def _repeated(table: Table, key: str) -> dict[int, list[Problem]]:
    """Return the rows whose key an earlier row has, by line."""
    first_lines: dict[str, int] = {}
    repeated = {}
    for line, name in zip(table.lines, table.column(key), strict=True):
        first = first_lines.setdefault(name, line)
        if first != line and name:
            found = f"{shown(name)} again, after line {first}"
            repeated[line] = [Problem(table.where(line, key), f"each {key} once", found)]
    return repeated
