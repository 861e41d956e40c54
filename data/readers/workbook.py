"""Sheets of XLSX workbooks as the same tables of cells that CSV files are.

A formula is refused: what it last showed is not in the file for certain. What would unpack to more than the limits is
not unpacked: a sheet a hundred times as large as its archive was made to be, and a styles part of 20 MB is none.
"""

import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lull.data.readers.headings import find_heading, named
from lull.data.readers.parquet import cell_text
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.readers.tabular import MAX_ROWS, OPENING_ROWS, Table, header_problems, read_bytes
from lull.data.schema import LISTED, InputError, Problem, near

SUFFIXES = {".xlsx"}
MOST_UNPACKED = 300_000_000  # bytes
MOST_ELSEWHERE = 20_000_000  # bytes of a part that holds no cells
MOST_TIMES = 100  # that a part of more than a megabyte may be larger than packed; a sheet of counts is 15 times
WITH_CELLS = ("xl/worksheets/", "xl/sharedStrings.xml")
MOST_COLUMNS = 500
MOST_SHEETS = 50
HEADING = 100  # rows among which the heading is


def is_workbook(path: Path | str) -> bool:
    """Return whether the name says that a file is a workbook."""
    return Path(path).suffix.lower() in SUFFIXES


def read_workbook_table(
    path: Path | str,
    *,
    required: Iterable[str],
    optional: Iterable[str] | None,
    used: Iterable[str] = (),
    reading: Reading = USUAL,
) -> Table:
    """Return the rows of a sheet as text cells: the one asked for, or the first that has the `required` columns.

    Raises `InputError` as `read_table` does.
    """
    path, required = Path(path), tuple(required)
    optional = None if optional is None else tuple(optional)
    content = read_bytes(path)
    _check_size(content, path.name)
    known = (*required, *(optional or ()), *used)
    name, note = _sheet(content, path.name, required, reading.sheet)
    rows, formulas = _rows(content, path.name, name)
    if formulas:
        raise InputError(formulas[:LISTED], unlisted=len(formulas[LISTED:]))
    if not rows:
        raise InputError(Problem(path.name, "a header and rows", "an empty sheet"))
    heading = find_heading(rows[:OPENING_ROWS], known, where=path.name, unit="row")
    columns = heading.columns
    place = f"{path.name}:row {heading.line or 1}"
    if problems := header_problems(columns, place, required=required, optional=optional):
        raise InputError(problems)
    below = rows[heading.above :]
    if not below:
        raise InputError(Problem(place, "rows below the header", "the header alone"))
    width = len(columns)
    cells = [tuple((row + [""] * width)[:width]) for _, row in below]
    lines = [line for line, _ in below]
    return Table(path.name, columns, lines, cells, {}, unit="row", notes=(*note, *heading.notes)).of_named()


def _sheet(content: bytes, name: str, required: tuple[str, ...], asked: str) -> tuple[str, tuple[str, ...]]:
    """Return the sheet to read, and that it was chosen if the workbook has several."""
    sheets = _sheet_names(content, name)
    if asked:
        folded = {each.casefold(): each for each in reversed(sheets)}
        if asked not in sheets and asked.casefold() not in folded:
            raise InputError(
                Problem(f"--sheet {asked}", f"a sheet of {name}", "none of that name", near(asked, sheets))
            )
        return (asked if asked in sheets else folded[asked.casefold()]), ()
    if len(sheets) == 1:
        return sheets[0], ()
    best, most = sheets[0], 0
    for sheet in sheets:
        rows, _ = _rows(content, name, sheet, most=HEADING)
        shown = max((len(set(named(row, required)) & set(required)) for _, row in rows[:OPENING_ROWS]), default=0)
        if shown > most:
            best, most = sheet, shown
    others = ", ".join(repr(each) for each in sheets if each != best)
    return best, (f"The sheet {best!r} was read; --sheet names another of {others}.",)


def _check_size(content: bytes, name: str) -> None:
    """Raise `InputError` unless the bytes are a ZIP archive of a bearable size."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise InputError(Problem(name, "an XLSX workbook", f"one that cannot be read ({error})")) from None
    unpacked = sum(member.file_size for member in members)
    limit, found = f"at most {MOST_UNPACKED // 1_000_000} MB unpacked", f"{unpacked / 1e6:,.0f} MB"
    if unpacked <= MOST_UNPACKED:
        swollen = next(filter(_swollen, members), None)
        if swollen is None:
            return
        limit, found = "a workbook of ordinary size", f"a part of {swollen.file_size / 1e6:,.0f} MB, {swollen.filename}"
    raise InputError(Problem(name, limit, found, "Save the sheet as CSV (UTF-8)."))


def _swollen(member: zipfile.ZipInfo) -> bool:
    """Return whether a part of a workbook is larger than any that a spreadsheet writes."""
    elsewhere = not member.filename.startswith(WITH_CELLS) and member.file_size > MOST_ELSEWHERE
    return elsewhere or member.file_size > max(1_000_000, MOST_TIMES * member.compress_size)


def workbook_openings(path: Path, asked: str = "") -> list[list[tuple[int, list[str]]]]:
    """Return the first rows of each sheet (or of the one asked for) that are not blank.

    Raises `InputError` if it is no workbook.
    """
    content = read_bytes(path)
    _check_size(content, path.name)
    sheets = [_sheet(content, path.name, (), asked)[0]] if asked else _sheet_names(content, path.name)
    return [_rows(content, path.name, sheet, most=HEADING)[0] for sheet in sheets]


@contextmanager
def _named_errors(name: str) -> Iterator[None]:
    """Raise what goes wrong inside a library's reader as `InputError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:  # noqa: BLE001 - a hostile file fails in any part of a reader that is not ours
        reason = str(error).split("\n", 1)[0][:100] or type(error).__name__
        raise InputError(Problem(name, "an XLSX workbook", f"one that cannot be read ({reason})")) from None


def _sheet_names(content: bytes, name: str) -> list[str]:
    from openpyxl import load_workbook  # noqa: PLC0415 - a second, and few files are workbooks

    with _named_errors(name):
        names = [sheet.title for sheet in load_workbook(io.BytesIO(content), read_only=True).worksheets]
    if not names:
        raise InputError(Problem(name, "an XLSX workbook", "one without sheets"))
    return names[:MOST_SHEETS]


def _rows(
    content: bytes, name: str, title: str, *, most: int = MAX_ROWS
) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    """Return the first rows of a sheet that are not blank, with their numbers, and the formulas in them.

    Rows end at the last cell that is filled.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - a second, and few files are workbooks

    rows, formulas = list[tuple[int, list[str]]](), list[Problem]()
    with _named_errors(name):
        sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=False)[title]
        for row in sheet.iter_rows(max_row=most, max_col=MOST_COLUMNS):
            formulas += [_formula(name, cell) for cell in row if getattr(cell, "data_type", "") == "f"]
            texts = [_text(cell.value) for cell in row]
            while texts and not texts[-1]:
                texts.pop()
            if texts:
                rows.append((next(cell.row for cell in row if cell.value is not None), texts))
    return rows, formulas


def _formula(name: str, cell: Any) -> Problem:
    return Problem(f"{name}:cell {cell.coordinate}", "a value", "a formula", "Paste the sheet as values.")


def _text(value: object) -> str:
    return value.isoformat() if type(value) is dt.date else cell_text(value)
