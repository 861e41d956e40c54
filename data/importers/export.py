"""Exports of event databases as columns: hundreds of thousands of rows, each column kept by its distinct cells.

Text that is no UTF-8, a foreign separator and rows that do not fit the header are told before any row is used.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
from numpy.typing import NDArray

from lull.data.readers.parquet import is_parquet, read_parquet_table
from lull.data.readers.tabular import SIGNATURES, Table, header_problems, read_bytes
from lull.data.readers.workbook import is_workbook, read_workbook_table
from lull.data.schema import LISTED, InputError, Problem

MAX_BYTES = 500_000_000
HEADER_BYTES = 100_000
CHUNK = 1 << 24
BLANKS = ' \t\r\n,"'  # what a blank row is made of
MAX_CELL = 1_000_000  # characters that one cell may have


@dataclass(frozen=True)
class Column:
    """One column: its distinct cells, and which of them each row holds."""

    cells: list[str]
    codes: NDArray[np.int64]

    def each[Value](self, of: Callable[[str], Value]) -> list[Value]:
        """Return a value for each distinct cell."""
        return [of(cell) for cell in self.cells]


@dataclass
class Export:
    """The columns of one file, and the problems found in them so far."""

    name: str
    columns: dict[str, Column]
    size: int
    lines: Callable[[set[int]], dict[int, int]]
    unit: str = "line"
    found: list[tuple[int, str, Problem]] = field(default_factory=list)
    unlisted: int = 0

    def column(self, name: str) -> Column:
        """Return a column; empty cells where the file has none of that name."""
        return self.columns.get(name) or Column([""], np.zeros(self.size, np.int64))

    def parse[Value](self, name: str, parse: Callable[[str], Value], *, wrong: Value) -> list[Value]:
        """Return what each distinct cell of a column says, `wrong` for one that `parse` refuses, which is noted."""
        column, values = self.column(name), list[Value]()
        refused: dict[int, Problem] = {}
        for code, cell in enumerate(column.cells):
            try:
                values.append(parse(cell))
            except InputError as error:
                values.append(wrong)
                refused[code] = error.problems[0]
        if refused:
            places = np.flatnonzero(np.isin(column.codes, list(refused)))
            self.found += [(int(at), name, refused[int(column.codes[at])]) for at in places[:LISTED]]
            self.unlisted += max(len(places) - LISTED, 0)
        return values

    def note(self, places: NDArray[np.intp], name: str, problem: Problem) -> None:
        """Note the same problem at several rows."""
        self.found += [(int(at), name, problem) for at in places[:LISTED]]
        self.unlisted += max(len(places) - LISTED, 0)

    def stop_if_any(self) -> None:
        """Raise everything found as one `InputError`, by line."""
        if not self.found:
            return
        lines = self.lines({place for place, _, _ in self.found})
        raise InputError(
            (
                Problem(f"{self.name}:{self.unit} {lines[place]}, column {name}", p.expected, p.found, p.remedy)
                for place, name, p in sorted(self.found, key=lambda entry: entry[0])
            ),
            unlisted=self.unlisted,
        )


def read_export(path: Path | str, *, required: Iterable[str], used: Iterable[str] = ()) -> Export:
    """Return the `required` and the `used` columns of a CSV, Parquet or XLSX file; others are not read.

    Raises `InputError` if the file is no such table.
    """
    path, required = Path(path), tuple(required)
    wanted = dict.fromkeys((*required, *used))
    if is_workbook(path) or is_parquet(path):
        read = read_workbook_table if is_workbook(path) else read_parquet_table
        return _of_table(read(path, required=required, optional=None), wanted)
    content = read_bytes(path, most=MAX_BYTES)
    _check_text(content, path.name)
    line, columns = _heading(content, path.name)
    if problems := header_problems(columns, f"{path.name}:line {line}", required=required, optional=None):
        raise InputError(problems)
    table = _parsed(content, path.name, [name for name in wanted if name in columns], columns, skip=line - 1)
    below = (row for at, row in _rows(content, path.name, blank=True) if at > line and len(row) == len(columns))
    cells = _without_blank_rows({name: _column(table[name]) for name in table.column_names}, below)
    size = len(cells[required[0]].codes)
    if size == 0:
        raise InputError(Problem(f"{path.name}:line {line}", "rows below the header", "the header alone"))
    return Export(path.name, cells, size, lambda places: _lines(content, places))


def _heading(content: bytes, name: str) -> tuple[int, tuple[str, ...]]:
    """Return the line of the header of a CSV file, the first that is not blank, and the names in it."""
    for line, row in _rows(content[:HEADER_BYTES], name):
        return line, tuple(cell.strip() for cell in row)
    raise InputError(Problem(name, "a header and rows", "an empty file"))


def _parsed(content: bytes, name: str, wanted: list[str], columns: tuple[str, ...], *, skip: int) -> pa.Table:
    """Return the wanted columns as text; `skip` lines stand before the header."""
    ragged: list[pc.InvalidRow] = []

    def leave(row: pc.InvalidRow) -> str:
        if row.text.strip(BLANKS):
            ragged.append(row)
        return "skip"

    options = pc.ConvertOptions(include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()))
    try:
        table = pc.read_csv(
            pa.BufferReader(content if b"\n" in content else content + b"\n"),  # a header alone is read too
            read_options=pc.ReadOptions(
                column_names=list(columns),
                skip_rows=skip,
                skip_rows_after_names=1,
                block_size=CHUNK,
                use_threads=False,
            ),
            parse_options=pc.ParseOptions(newlines_in_values=True, invalid_row_handler=leave),
            convert_options=options,
        )
    except pa.ArrowException as error:
        reason = str(error).split("\n", 1)[0][:100]
        raise InputError(Problem(name, "comma-separated cells", f"what can not be read ({reason})")) from None
    if ragged:
        raise InputError(_ragged(content, name, len(columns)), unlisted=max(len(ragged) - LISTED, 0))
    return table


def _check_text(content: bytes, name: str) -> None:
    """Raise `InputError` unless the bytes are text in UTF-8."""
    for signature, (kind, remedy) in SIGNATURES.items():
        if content.startswith(signature):
            raise InputError(Problem(name, "text (CSV)", kind, remedy))
    decoder, at = codecs.getincrementaldecoder("utf-8-sig")(), 0
    try:
        for at in range(0, len(content), CHUNK):
            decoder.decode(content[at : at + CHUNK], final=at + CHUNK >= len(content))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, at + error.start) + 1
        found = f"the byte 0x{error.object[error.start]:02x}, which is not UTF-8"
        raise InputError(Problem(f"{name}:line {line}", "text in UTF-8", found, "Save it as CSV (UTF-8).")) from None
    if (nul := content.find(b"\0")) >= 0:
        line = content.count(b"\n", 0, nul) + 1
        raise InputError(Problem(f"{name}:line {line}", "text (CSV)", "a NUL byte, as in a binary file"))


def _column(values: pa.ChunkedArray) -> Column:
    """Return a column of text by its distinct cells, blanks around them removed."""
    coded = values.combine_chunks().dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    distinct: dict[str, int] = {}
    merged = [distinct.setdefault(cell.strip(), len(distinct)) for cell in coded.dictionary.to_pylist()]
    return Column(list(distinct), np.array(merged, np.int64)[codes])


def _without_blank_rows(columns: dict[str, Column], rows: Iterable[list[str]]) -> dict[str, Column]:
    """Return the columns without the rows of which every cell is empty; `rows` are those of all columns of the file."""
    empty = np.logical_and.reduce([np.array([not cell for cell in c.cells], bool)[c.codes] for c in columns.values()])
    if not empty.any():
        return columns
    filled = np.array([_is_filled(row) for row in rows])
    if len(filled) != len(empty):
        return columns
    return {name: Column(column.cells, column.codes[filled]) for name, column in columns.items()}


def _of_table(table: Table, wanted: Iterable[str]) -> Export:
    """Return the wanted columns of a table of cells."""
    if table.ragged:
        raise InputError(table.ragged.values())
    named = [name for name in wanted if name in table.columns]
    columns = {name: _column(pa.chunked_array([pa.array(table.column(name), pa.string())])) for name in named}
    lines = table.lines
    return Export(table.name, columns, len(lines), lambda places: {at: lines[at] for at in places}, unit=table.unit)


def _rows(content: bytes, name: str, *, blank: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank (or these too), each with the line that it starts on; decoded as they come."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", errors="replace", newline="")
    reader, line = csv.reader(text), 1
    try:
        for row in reader:
            if blank or _is_filled(row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        found = f"a row that can not be read ({error})"
        raise InputError(Problem(f"{name}:line {line}", "comma-separated cells", found)) from None


def _is_filled(row: list[str]) -> bool:
    return any(map(str.strip, row))


def _lines(content: bytes, places: set[int]) -> dict[int, int]:
    """Return the line on which each of some rows starts, for what is to be told."""
    last, lines = max(places), {}
    for place, (line, _) in enumerate(_rows(content, ""), start=-1):
        if place in places:
            lines[place] = line
        if place >= last:
            break
    return lines | {place: place + 2 for place in places - lines.keys()}


def _ragged(content: bytes, name: str, width: int) -> list[Problem]:
    """Return the first rows that do not fit the header, by line."""
    problems: list[Problem] = []
    for line, row in _rows(content, name):
        if len(row) != width and len(problems) < LISTED:
            remedy = "Quote a cell that holds a comma." if len(row) > width else "An empty cell keeps its comma."
            problems.append(
                Problem(f"{name}:line {line}", f"{width} cells", f"{len(row)} cell{'s' * (len(row) > 1)}", remedy)
            )
    return problems or [Problem(name, f"{width} cells in every row", "rows that do not fit the header")]
