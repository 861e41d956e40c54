"""What one cell of a report, an event or a count may hold, and how a wrong one is told.

These are the field types of the pydantic records at the file border: each accepts the cell's text or the Python
value itself, and raises an `InputError` that names what was expected. `read_records` gathers them over a file.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ValidationError

from data.schema import InputError, Problem, near
from data.tabular import read_table

FIRST_YEAR, LAST_YEAR = 1900, 2100
LARGEST_COUNT = 1_000_000
SPREADSHEET_EPOCH = date(1899, 12, 30)
DATE_FORM = "a date as YYYY-MM-DD"


def parse_day(cell: object) -> date:
    """Return the day a cell names; raises `InputError` unless it is YYYY-MM-DD within 1900-2100."""
    day = cell if type(cell) is date else _day_of_text(str(cell))
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _wrong(f"a year from {FIRST_YEAR} to {LAST_YEAR}", repr(str(cell)))
    return day


def parse_whole(cell: object) -> int:
    """Return the whole number a cell holds; raises `InputError` unless it is 0, 1, 2, ... up to a million."""
    expected = "a whole number from 0 up"
    text = str(cell).strip()
    if isinstance(cell, bool) or not re.fullmatch(r"[+-]?[0-9]+", text):
        raise _wrong(expected, _shown(text), _count_remedy(text))
    if text.startswith("-") and text.strip("-0"):
        raise _wrong(expected, _shown(text))
    if len(text.lstrip("+-0")) > len(str(LARGEST_COUNT)) or abs(int(text)) > LARGEST_COUNT:
        raise _wrong(f"at most {LARGEST_COUNT:,}", _shown(text))
    return int(text)


def parse_filled(cell: object) -> str:
    """Return a text that is not empty."""
    text = str(cell).strip()
    if not text:
        raise _wrong("a text", "an empty cell")
    return text


def one_of(*words: str) -> BeforeValidator:
    """Return the check that a cell is one of the words."""

    def check(cell: object) -> object:
        if cell not in words:
            raise _wrong(f"one of {', '.join(words)}", _shown(str(cell)), near(str(cell), words))
        return cell

    return BeforeValidator(check)


def _optional_day(cell: object) -> date | None:
    return None if cell is None or cell == "" else parse_day(cell)


Day = Annotated[date, BeforeValidator(parse_day)]
OptionalDay = Annotated[date | None, BeforeValidator(_optional_day)]
Whole = Annotated[int, BeforeValidator(parse_whole)]
Filled = Annotated[str, BeforeValidator(parse_filled)]


def read_records[Record: BaseModel](
    path: Path | str, record: type[Record], *, key: str, optional: Iterable[str]
) -> tuple[Record, ...]:
    """Return the rows of a CSV file as records with a unique `key`; raises `InputError` with every problem found."""
    optional = tuple(optional)
    required = [name for name in record.model_fields if name not in optional]
    table = read_table(path, required=required, optional=optional)
    found: dict[int, list[Problem]] = {line: [problem] for line, problem in table.ragged.items()}
    records, first_lines = [], dict[str, int]()
    for line, cells in table.records():
        problems = []
        try:
            records.append(record.model_validate(cells))
        except ValidationError as error:
            problems += problems_of(error, lambda column, line=line: table.where(line, column))
        first = first_lines.setdefault(cells[key], line)
        if first != line and cells[key]:
            where = table.where(line, key)
            problems.append(Problem(where, f"each {key} once", f"{cells[key]!r} of line {first} again"))
        if problems:
            found[line] = problems
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
            problems += [
                Problem(where(p.where or column), p.expected, p.found, p.remedy) for p in cause.problems
            ]
        else:
            problems.append(Problem(where(column), detail["msg"], _shown(str(detail["input"]))))
    return problems


def _day_of_text(text: str) -> date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise _wrong(DATE_FORM, repr(text), "The calendar has no such day.") from None
    if not text:
        raise _wrong(DATE_FORM, "an empty cell")
    if re.fullmatch(r"[0-9]{5}(\.0+)?", text, re.ASCII):
        day = SPREADSHEET_EPOCH + timedelta(days=int(text[:5]))
        raise _wrong(DATE_FORM, repr(text), f"A spreadsheet's day number? It would be {day}.")
    raise _wrong(DATE_FORM, _shown(text), "Write 31 December 2024 as 2024-12-31.")


def _count_remedy(text: str) -> str:
    if re.fullmatch(r"[+-]?[0-9]+[.,][0-9]+", text):
        return "Counts are whole: give the number of attacks in the window."
    if re.search(r"[0-9]", text):
        return "Digits only; 'about' or 'more than' belongs into a qualifier."
    return ""


def _shown(text: str) -> str:
    """Return a cell as it is shown in a problem: quoted, and cut when long."""
    if not text:
        return "an empty cell"
    return repr(text) if len(text) <= 60 else f"{text[:57]!r}..."


def _wrong(expected: str, found: str, remedy: str = "") -> InputError:
    return InputError(Problem("", expected, found, remedy))
