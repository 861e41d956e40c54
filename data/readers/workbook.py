"""Sheets of XLSX workbooks as the same tables of cells that CSV files are.

A formula is refused: what it last showed is not in the file for certain. What would unpack to more than the limits is
not unpacked: a sheet a hundred times as large as its archive was made to be, and a styles part of 20 MB is none.
"""

import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lull.data.readers.parquet import cell_text
from lull.data.readers.tabular import MAX_ROWS, Table, header_problems, read_bytes
from lull.data.schema import LISTED, InputError, Problem

SUFFIXES = {".xlsx"}
MOST_UNPACKED = 300_000_000  # bytes
MOST_ELSEWHERE = 20_000_000  # bytes of a part that holds no cells
MOST_TIMES = 100  # that a part of more than a megabyte may be larger than packed; a sheet of counts is 15 times
WITH_CELLS = ("xl/worksheets/", "xl/sharedStrings.xml")
MOST_COLUMNS = 500
HEADING = 100  # rows among which the heading is


def is_workbook(path: Path | str) -> bool:
    """Return whether the name says that a file is a workbook."""
    return Path(path).suffix.lower() in SUFFIXES


def read_workbook_table(path: Path | str, *, required: Iterable[str], optional: Iterable[str] | None) -> Table:
    """Return the rows of a workbook's first sheet as text cells; raises `InputError` as `read_table` does."""
    path = Path(path)
    content = read_bytes(path)
    _check_size(content, path.name)
    rows, formulas = _rows(content, path.name)
    if formulas:
        raise InputError(formulas[:LISTED], unlisted=len(formulas[LISTED:]))
    if not rows:
        raise InputError(Problem(path.name, "a header and rows", "an empty sheet"))
    header_line, header = rows[0]
    while header and not header[-1]:
        header.pop()
    columns = tuple(header)
    place = f"{path.name}:row {header_line}"
    if problems := header_problems(columns, place, required=required, optional=optional):
        raise InputError(problems)
    if len(rows) == 1:
        raise InputError(Problem(place, "rows below the header", "the header alone"))
    width = len(columns)
    cells = [tuple((row + [""] * width)[:width]) for _, row in rows[1:]]
    return Table(path.name, columns, [line for line, _ in rows[1:]], cells, {}, unit="row")


def _check_size(content: bytes, name: str) -> None:
    """Raise `InputError` unless the bytes are a ZIP archive of a bearable size."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise InputError(Problem(name, "an XLSX workbook", f"one that can not be read ({error})")) from None
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
    beside = not member.filename.startswith(WITH_CELLS) and member.file_size > MOST_ELSEWHERE
    return beside or member.file_size > max(1_000_000, MOST_TIMES * member.compress_size)


def workbook_heading(path: Path) -> tuple[str, ...]:
    """Return the first row of the first sheet that is not blank; raises `InputError` if it is no workbook."""
    content = read_bytes(path)
    _check_size(content, path.name)
    rows, _ = _rows(content, path.name, most=HEADING)
    return tuple(rows[0][1]) if rows else ()


def _rows(content: bytes, name: str, *, most: int = MAX_ROWS) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    """Return the first rows of the first sheet that are not blank, with their numbers, and the formulas in them."""
    from openpyxl import load_workbook  # noqa: PLC0415 - a second, and few files are workbooks

    rows, formulas = list[tuple[int, list[str]]](), list[Problem]()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=False).worksheets[0]
            for row in sheet.iter_rows(max_row=most, max_col=MOST_COLUMNS):
                formulas += [_formula(name, cell) for cell in row if getattr(cell, "data_type", "") == "f"]
                texts = [_text(cell.value) for cell in row]
                if any(texts):
                    rows.append((next(cell.row for cell in row if cell.value is not None), texts))
    except Exception as error:  # noqa: BLE001 - a hostile file fails in any part of a reader that is not ours
        reason = str(error).split("\n", 1)[0][:100] or type(error).__name__
        raise InputError(Problem(name, "an XLSX workbook", f"one that can not be read ({reason})")) from None
    return rows, formulas


def _formula(name: str, cell: Any) -> Problem:
    return Problem(f"{name}:cell {cell.coordinate}", "a value", "a formula", "Paste the sheet as values.")


def _text(value: object) -> str:
    return value.isoformat() if type(value) is dt.date else cell_text(value)
