"""Rows become records: every row is tried, every problem is kept, and records exist only if there is none."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from lull.data.readers.cells import shown
from lull.data.readers.tabular import Table, read_table
from lull.data.schema import InputError, Problem

MAX_RECORDS = 100_000  # reports and events are gathered by hand; more is another kind of file


def read_records[Record: BaseModel](
    path: Path | str, record: type[Record], *, key: str, optional: Iterable[str]
) -> tuple[Record, ...]:
    """Return the rows of a CSV file as records, each with its own `key`.

    Raises `InputError` with every problem found, in the order of the file.
    """
    optional = tuple(optional)
    required = [name for name in record.model_fields if name not in optional]
    table = read_table(path, required=required, optional=optional)
    if len(table.rows) > MAX_RECORDS:
        raise InputError(Problem(table.name, f"at most {MAX_RECORDS:,} rows", f"{len(table.rows):,} rows"))
    found = {line: [problem] for line, problem in table.ragged.items()} | _repeated(table, key)
    records = []
    for line, cells in table.records():
        try:
            records.append(record.model_validate(cells))
        except ValidationError as error:
            found.setdefault(line, []).extend(problems_of(error, partial(table.where, line)))
    if found:
        raise InputError(problem for line in sorted(found) for problem in found[line])
    return tuple(records)


def problems_of(error: ValidationError, where: Callable[[str], str]) -> list[Problem]:
    """Return what pydantic found, each with the place that `where` gives for its column."""
    problems = []
    for detail in error.errors(include_url=False):
        column = ".".join(str(part) for part in detail["loc"])
        cause: Any = detail.get("ctx", {}).get("error")
        if isinstance(cause, InputError):
            told = cause.problems
        else:
            told = (Problem(column, detail["msg"], shown(str(detail["input"]))),)
        problems += [Problem(where(p.where or column), p.expected, p.found, p.remedy) for p in told]
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
