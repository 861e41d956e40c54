"""Text files as they arrive: bytes become text, text becomes named rows that know their line.

Every reader of CSV starts here, so that its encoding, its separator and its heading are found in the same way, and what
is wrong is reported in the same words. A table holds cells without surrounding blanks, and rows as wide as its header.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from lull.data.readers.decoding import as_utf8
from lull.data.readers.headings import DELIMITERS, Heading, delimiter_of, find_heading
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.schema import InputError, Problem, near

MAX_BYTES = 200_000_000
MAX_ROWS = 5_000_000
HINTED = 100  # unknown columns for which a near name is looked up
MAX_RAGGED = 1_000  # rows that do not fit their header, before the header is what is wrong
OPENING = 200_000  # bytes among which the heading is
OPENING_ROWS = 60  # with rows of tags
# What a file that is no text begins with, and what it is.
SIGNATURES = {
    b"PK\x03\x04": ("a ZIP archive or a spreadsheet", "Save the sheet as CSV (UTF-8)."),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet", "Save the sheet as CSV (UTF-8)."),
    b"\x1f\x8b": ("a gzip archive", "Unpack it first."),
    b"PAR1": ("a Parquet file", "Weekly counts may be Parquet, in a file whose name ends in .parquet."),
}


@dataclass(frozen=True)
class Table:
    """The rows of one file, with the line each one starts on, and the rows that do not fit the header.

    `notes` say what was assumed to read it; `envelope` is what an API said with its rows.
    """

    name: str
    columns: tuple[str, ...]
    lines: list[int]
    rows: list[tuple[str, ...]]
    ragged: dict[int, Problem]
    unit: str = "line"
    notes: tuple[str, ...] = ()
    envelope: dict[str, Any] = field(default_factory=dict)

    def where(self, line: int, column: str) -> str:
        """Return the place of a cell, for a `Problem`."""
        return f"{self.name}:{self.unit} {line}, column {column}"

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield each row as its line and its cells by column."""
        for line, row in zip(self.lines, self.rows, strict=True):
            yield line, dict(zip(self.columns, row, strict=True))

    def of_named(self) -> "Table":
        """Return the table without the columns that have no name."""
        kept = [place for place, name in enumerate(self.columns) if name]
        if len(kept) == len(self.columns):
            return self
        columns = tuple(self.columns[place] for place in kept)
        return replace(self, columns=columns, rows=[tuple([row[place] for place in kept]) for row in self.rows])

    def of_rows(self, places: Sequence[int]) -> "Table":
        """Return the table of some of its rows, which all fit the header."""
        lines = [self.lines[place] for place in places]
        return replace(self, rows=[self.rows[place] for place in places], lines=lines, ragged={})

    def column(self, name: str) -> list[str]:
        """Return one column's cells, one a row; empty ones where the file has no such column."""
        if name not in self.columns:
            return [""] * len(self.rows)
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


@cache
def embedded_file(name: str) -> Path:
    """Return the path of a file of the embedded data, in the source tree and in an installed wheel alike."""
    return Path(str(files("lull.data").joinpath("embedded", name)))


@dataclass(frozen=True)
class OpenText:
    """A text file whose heading is found: its bytes as UTF-8, what parts the cells, and where its data begin."""

    name: str
    content: bytes
    delimiter: str
    heading: Heading
    start: int
    line: int
    notes: tuple[str, ...]

    @property
    def where(self) -> str:
        """The place of the heading, for a `Problem`."""
        return f"{self.name}:line {self.heading.line or 1}"


def open_text(path: Path, known: Iterable[str], reading: Reading = USUAL, *, most: int | None = None) -> OpenText:
    """Return a text file with its heading found by the `known` names of columns; raises `InputError` if it is none."""
    content, notes = read_utf8(path, reading.encoding, most=most)
    return opened(content, path.name, known, reading, notes)


def opened(
    content: bytes, name: str, known: Iterable[str], reading: Reading = USUAL, notes: tuple[str, ...] = ()
) -> OpenText:
    """Return text in UTF-8 with its heading found; raises `InputError` if it has none."""
    known = tuple(known)
    delimiter = _delimiter(reading.delimiter)
    head = content[:OPENING].decode(errors="ignore")
    if head.lstrip().startswith(("{", "[{")):
        raise InputError(Problem(name, "a table", "JSON", "Give the file a name that ends in .json."))
    if not delimiter:
        delimiter = delimiter_of(islice(io.StringIO(head, newline=""), 10 * OPENING_ROWS), known)
        if delimiter != ",":
            notes = (*notes, f"The cells are separated by {DELIMITERS[delimiter]}.")
    rows = list(islice(_numbered_rows(head, name, delimiter, strict=len(content) <= OPENING), OPENING_ROWS))
    if not rows:
        raise InputError(Problem(name, "a header and rows", "an empty file"))
    heading = find_heading([(line, row) for line, row, _ in rows], known, where=name)
    line = rows[heading.above - 1][2] + 1 if heading.above else rows[0][0]
    return OpenText(name, content, delimiter, heading, _offset(content, line), line, (*notes, *heading.notes))


def _delimiter(text: str) -> str:
    """Return the separator that the user names, by its sign or its word."""
    words = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "bar": "|", "pipe": "|", "": ""}
    mark = words.get(text.casefold(), text)
    if len(mark) > 1 or mark in ('"', "\n", "\r"):
        raise InputError(Problem("--delimiter", "one character, or tab", repr(text)))
    return mark


def _offset(content: bytes, line: int) -> int:
    """Return where a line begins, the first being 1."""
    if line == 1:
        return 0
    end = next(islice(re.finditer(rb"\r\n|\n|\r", content), line - 2, None), None)
    return len(content) if end is None else end.end()


def read_table(
    path: Path | str,
    *,
    required: Iterable[str],
    optional: Iterable[str] | None = (),
    used: Iterable[str] = (),
    reading: Reading = USUAL,
) -> Table:
    """Return the rows of a text file that has the `required` columns and no others than the `optional` ones.

    `optional=None` lets any further column in; columns without a name are not read. Raises `InputError` if the file can
    not be read as such a table; rows that are too short or too long are kept apart in `ragged`.
    """
    path, required = Path(path), tuple(required)
    optional = None if optional is None else tuple(optional)
    text = open_text(path, (*required, *(optional or ()), *used), reading)
    columns = text.heading.columns
    if problems := header_problems(columns, text.where, required=required, optional=optional):
        raise InputError(problems)
    kept = [place for place, name in enumerate(columns) if name]
    whole, names = len(kept) == len(columns), tuple(columns[place] for place in kept)
    table = Table(path.name, names, [], [], {}, notes=text.notes)
    shared: dict[str, str] = {}  # a cell that repeats is kept once: a large file then fits into memory
    below = text.content[text.start :].decode()
    for line, row, _ in _numbered_rows(below, path.name, text.delimiter, first=text.line):
        if len(row) == len(columns):
            cells = row if whole else [row[place] for place in kept]
            table.lines.append(line)
            table.rows.append(tuple([shared.setdefault(cell, cell) for cell in map(str.strip, cells)]))
        else:
            table.ragged[line] = ragged_problem(f"{path.name}:line {line}", len(columns), len(row))
        if len(table.ragged) > MAX_RAGGED:
            raise InputError(table.ragged.values())
        if len(table.rows) > MAX_ROWS:
            remedy = "Keep only the rows that are needed."
            raise InputError(Problem(path.name, f"at most {MAX_ROWS:,} rows", "more", remedy))
    if not table.rows and not table.ragged:
        raise InputError(Problem(text.where, "rows below the header", "the header alone"))
    return table


def header_problems(
    columns: tuple[str, ...],
    place: str,
    *,
    required: Iterable[str],
    optional: Iterable[str] | None,
    read: Iterable[str] | None = None,
) -> list[Problem]:
    """Return what is wrong with a header: doubled, unknown and missing columns. One without a name is not read.

    Columns that are not `read` may be there twice.
    """
    required, read = tuple(required), None if read is None else set(read)
    times = Counter(name for name in columns if name)
    allowed = times if optional is None else dict.fromkeys((*required, *optional))
    unused = [name for name in allowed if name not in times]
    problems = [
        Problem(place, "each column once", f"{name!r} {number} times", "Remove the others.")
        for name, number in times.items()
        if number > 1 and (read is None or name in read)
    ]
    unknown = [name for name in times if name not in allowed]
    hints = (near(name, unused or allowed) if at < HINTED else "" for at, name in enumerate(unknown))
    problems += [Problem(place, "a known column", repr(name), hint) for name, hint in zip(unknown, hints, strict=True)]
    problems += [
        Problem(place, f"a column {name!r}", "none of that name", f"Needed: {', '.join(required)}.")
        for name in required
        if name not in times
    ]
    return problems


def read_bytes(path: Path, *, most: int | None = None) -> bytes:
    """Return the content of a file of at most `most` bytes (`MAX_BYTES`); raises `InputError` for anything else."""
    most = MAX_BYTES if most is None else most
    try:
        if path.is_file() and path.stat().st_size > most:
            content, oversize = b"", True
        else:
            with path.open("rb") as file:
                content = file.read(most + 1)
            oversize = len(content) > most
    except IsADirectoryError:
        raise InputError(Problem(str(path), "a file", "a directory", "Name the file inside it.")) from None
    except FileNotFoundError:
        raise InputError(Problem(str(path), "a file", "nothing of that name", "Check the path.")) from None
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
        raise InputError(Problem(str(path), "a readable file", found)) from None
    if oversize:
        raise too_large(path, most)
    return content


def too_large(path: Path, most: int) -> InputError:
    """Return the error of a file of more than `most` bytes."""
    remedy = "Keep only the rows that are needed."
    return InputError(Problem(path.name, f"at most {most // 1_000_000} MB", "a larger file", remedy))


def read_utf8(path: Path, encoding: str = "", *, most: int | None = None) -> tuple[bytes, tuple[str, ...]]:
    """Return the text of a file as UTF-8 and what was assumed to read it; raises `InputError` for what is no text."""
    content = read_bytes(path, most=most)
    check_signature(content, path.name)
    return as_utf8(content, path.name, encoding)


def check_signature(content: bytes, name: str) -> None:
    """Raise `InputError` if the first bytes are those of something that is no text."""
    for signature, (kind, remedy) in SIGNATURES.items():
        if content.startswith(signature):
            raise InputError(Problem(name, "text (CSV)", kind, remedy))


def _numbered_rows(
    text: str, name: str, delimiter: str, *, first: int = 1, strict: bool = True
) -> Iterator[tuple[int, list[str], int]]:
    """Yield the rows that are not blank, each with the lines that it starts and ends on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    line = first
    try:
        for row in reader:
            if any(row) and any(cell.strip() for cell in row):
                yield line, row, first + reader.line_num - 1
            line = first + reader.line_num
    except csv.Error as error:
        remedy = "Quote a cell that holds a comma, a quote or a line break, and double the quotes inside it."
        found = f"a row that cannot be read ({error})"
        raise InputError(Problem(f"{name}:line {line}", "comma-separated cells", found, remedy)) from None


def ragged_problem(where: str, expected: int, found: int) -> Problem:
    """Return the problem of a row that does not fit the header."""
    remedy = "Quote a cell that holds a comma." if found > expected else "An empty cell keeps its comma."
    return Problem(where, f"{expected} cells", f"{found} cell{'s' if found > 1 else ''}", remedy)
