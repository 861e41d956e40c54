"""CSV files as they arrive: bytes become text, text becomes named rows that know their line.

Every reader of CSV starts here, so that a wrong encoding, a foreign separator, a misspelt heading or a ragged
row is told in the same words everywhere. A table holds cells without surrounding blanks, and rows as wide as
its header.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from lull.data.schema import InputError, Problem, near

MAX_BYTES = 200_000_000
MAX_ROWS = 5_000_000
MAX_RAGGED = 1_000  # rows that do not fit their header, before the header is what is wrong
FOREIGN_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
# What a file that is no text begins with, and what it is.
SIGNATURES = {
    b"PK\x03\x04": ("a ZIP archive or a spreadsheet", "Save the sheet as CSV (UTF-8)."),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet", "Save the sheet as CSV (UTF-8)."),
    b"\x1f\x8b": ("a gzip archive", "Unpack it first."),
    b"PAR1": ("a Parquet file", "Weekly counts may be Parquet, in a file whose name ends in .parquet."),
    b"\xff\xfe": ("text in UTF-16", "Save it as CSV (UTF-8)."),
    b"\xfe\xff": ("text in UTF-16", "Save it as CSV (UTF-8)."),
}


@dataclass(frozen=True)
class Table:
    """The rows of one file, with the line each one starts on, and the rows that do not fit the header."""

    name: str
    columns: tuple[str, ...]
    lines: list[int]
    rows: list[tuple[str, ...]]
    ragged: dict[int, Problem]
    unit: str = "line"

    def where(self, line: int, column: str) -> str:
        """Return the place of a cell, for a `Problem`."""
        return f"{self.name}:{self.unit} {line}, column {column}"

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield each row as its line and its cells by column."""
        for line, row in zip(self.lines, self.rows, strict=True):
            yield line, dict(zip(self.columns, row, strict=True))

    def column(self, name: str) -> list[str]:
        """Return one column's cells, one a row; empty ones where the file has no such column."""
        if name not in self.columns:
            return [""] * len(self.rows)
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


def embedded_file(name: str) -> Path:
    """Return the path of a file of the embedded data, in the source tree and in an installed wheel alike."""
    return Path(str(files("lull.data").joinpath("embedded", name)))


def read_table(path: Path | str, *, required: Iterable[str], optional: Iterable[str] | None = ()) -> Table:
    """Return the rows of a CSV file that has the `required` columns and no others than the `optional` ones.

    `optional=None` lets any further column in. Raises `InputError` if the file can not be read as such a
    table; rows that are too short or too long are kept apart in `ragged`.
    """
    path = Path(path)
    numbered = _numbered_rows(read_text(path), path.name)
    header_line, header = next(numbered, (0, []))
    if not header:
        raise InputError(Problem(path.name, "a header and rows", "an empty file"))
    columns = tuple(cell.strip() for cell in header)
    place = f"{path.name}:line {header_line}"
    if problems := header_problems(columns, place, required=required, optional=optional):
        raise InputError(problems)
    table = Table(path.name, columns, [], [], {})
    shared: dict[str, str] = {}  # a cell that repeats is kept once: a large file then fits into memory
    for line, row in numbered:
        if len(row) == len(columns):
            table.lines.append(line)
            table.rows.append(tuple([shared.setdefault(cell, cell) for cell in map(str.strip, row)]))
        else:
            table.ragged[line] = _ragged(f"{path.name}:line {line}", len(columns), len(row))
        if len(table.ragged) > MAX_RAGGED:
            raise InputError(table.ragged.values())
        if len(table.rows) > MAX_ROWS:
            remedy = "Keep only the rows that are needed."
            raise InputError(Problem(path.name, f"at most {MAX_ROWS:,} rows", "more", remedy))
    if not table.rows and not table.ragged:
        raise InputError(Problem(place, "rows below the header", "the header alone"))
    return table


def header_problems(
    columns: tuple[str, ...], place: str, *, required: Iterable[str], optional: Iterable[str] | None
) -> list[Problem]:
    """Return what is wrong with a header: the separator, nameless, doubled, unknown and missing columns."""
    foreign = [word for mark, word in FOREIGN_SEPARATORS.items() if len(columns) == 1 and mark in columns[0]]
    if foreign:
        remedy = "Save it with commas between the columns."
        return [Problem(place, "columns separated by commas", f"columns separated by {foreign[0]}", remedy)]
    required = tuple(required)
    allowed = columns if optional is None else (*required, *optional)
    unused = [name for name in allowed if name not in columns]
    once = tuple(dict.fromkeys(name for name in columns if name))
    problems = [
        Problem(place, "a name for every column", f"no name in column {number}", "Name it or remove it.")
        for number, name in enumerate(columns, start=1)
        if not name
    ]
    problems += [
        Problem(place, "each column once", f"{name!r} {columns.count(name)} times", "Remove the others.")
        for name in once
        if columns.count(name) > 1
    ]
    problems += [
        Problem(place, "a known column", repr(name), near(name, unused or allowed))
        for name in once
        if name not in allowed
    ]
    problems += [
        Problem(place, f"a column {name!r}", "none of that name", f"Needed: {', '.join(required)}.")
        for name in required
        if name not in columns
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


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file without its byte order mark; raises `InputError` for anything else."""
    content = read_bytes(path)
    for signature, (kind, remedy) in SIGNATURES.items():
        if content.startswith(signature):
            raise InputError(Problem(path.name, "text (CSV)", kind, remedy))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{content[error.start]:02x}, which is not UTF-8"
        remedy = "Save it as CSV (UTF-8)."
        raise InputError(Problem(f"{path.name}:line {line}", "text in UTF-8", found, remedy)) from None
    if (nul := text.find("\0")) >= 0:
        line = text.count("\n", 0, nul) + 1
        raise InputError(Problem(f"{path.name}:line {line}", "text (CSV)", "a NUL byte, as in a binary file"))
    return text


def _numbered_rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the line that it starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            if any(row) and any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        remedy = "Quote a cell that holds a comma, a quote or a line break, and double the quotes inside it."
        found = f"a row that can not be read ({error})"
        raise InputError(Problem(f"{name}:line {line}", "comma-separated cells", found, remedy)) from None


def _ragged(where: str, expected: int, found: int) -> Problem:
    """Return the problem of a row that does not fit the header."""
    remedy = "Quote a cell that holds a comma." if found > expected else "An empty cell keeps its comma."
    return Problem(where, f"{expected} cells", f"{found} cell{'s' if found > 1 else ''}", remedy)
