"""CSV files as they arrive: bytes become text, text becomes named rows that know their line.

Every reader of CSV starts here, so that a wrong encoding, a foreign separator, a misspelt heading or a ragged row
is told in the same words everywhere. A table holds cells without surrounding blanks and rows as wide as the header.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from data.schema import InputError, Problem, near

MAX_BYTES = 200_000_000
FOREIGN_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
# What a file that is no text begins with, and what it is.
SIGNATURES = {
    b"PK\x03\x04": ("a ZIP archive or a spreadsheet", "Save the sheet as CSV (UTF-8)."),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet", "Save the sheet as CSV (UTF-8)."),
    b"\x1f\x8b": ("a gzip archive", "Unpack it first."),
    b"PAR1": ("a Parquet file", "Give it a name that ends in .parquet."),
    b"\xff\xfe": ("text in UTF-16", "Save it as CSV (UTF-8)."),
    b"\xfe\xff": ("text in UTF-16", "Save it as CSV (UTF-8)."),
}


@dataclass(frozen=True)
class Table:
    """The rows of one CSV file, with the line each one starts on, and the rows that do not fit the header."""

    name: str
    columns: tuple[str, ...]
    lines: list[int]
    rows: list[list[str]]
    ragged: dict[int, Problem]

    def where(self, line: int, column: str) -> str:
        """Return the place of a cell, for a `Problem`."""
        return f"{self.name}:line {line}, column {column}"

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield each row as its line and its cells by column."""
        for line, row in zip(self.lines, self.rows, strict=True):
            yield line, dict(zip(self.columns, row, strict=True))

    def column(self, name: str) -> list[str]:
        """Return one column's cells, one a row."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


def embedded_file(name: str) -> Path:
    """Return the path of a file of the embedded data, in the source tree and in an installed wheel alike."""
    return Path(str(files("data").joinpath("embedded", name)))


def read_table(path: Path | str, *, required: Iterable[str], optional: Iterable[str] | None = ()) -> Table:
    """Return the rows of a CSV file that has the `required` columns and no others than the `optional` ones.

    `optional=None` lets any further column in. Raises `InputError` if the file can not be read as such a table;
    rows that are too short or too long are kept apart in `ragged`.
    """
    path = Path(path)
    numbered = _numbered_rows(read_text(path), path.name)
    header_line, header = next(numbered, (1, []))
    columns = tuple(cell.strip() for cell in header)
    place = f"{path.name}:line {header_line}"
    if problems := _header_problems(
        columns, place, tuple(required), None if optional is None else tuple(optional)
    ):
        raise InputError(problems)
    lines, rows, ragged = [], [], {}
    for line, row in numbered:
        if len(row) == len(columns):
            lines.append(line)
            rows.append([cell.strip() for cell in row])
        else:
            ragged[line] = _ragged(path.name, line, len(columns), len(row))
    if not rows and not ragged:
        raise InputError(Problem(place, "rows below the header", "the header alone"))
    return Table(path.name, columns, lines, rows, ragged)


def read_bytes(path: Path) -> bytes:
    """Return the content of a file of at most `MAX_BYTES`; raises `InputError` for anything else."""
    try:
        if path.is_dir():
            raise InputError(Problem(str(path), "a file", "a directory", "Name the file inside it."))
        if not path.exists():
            raise InputError(Problem(str(path), "a file", "nothing of that name", "Check the path."))
        oversize = path.is_file() and path.stat().st_size > MAX_BYTES
        with path.open("rb") as file:
            content = b"" if oversize else file.read(MAX_BYTES + 1)
    except InputError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(Problem(str(path), "a readable file", reason)) from None
    if oversize or len(content) > MAX_BYTES:
        limit = f"at most {MAX_BYTES // 1_000_000} MB"
        raise InputError(
            Problem(path.name, limit, "a larger file", "Split it, or keep only the rows you need.")
        )
    return content


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, without a byte order mark; raises `InputError` for anything else."""
    content = read_bytes(path)
    if not content.strip():
        raise InputError(Problem(path.name, "a header and rows", "an empty file"))
    for signature, (kind, remedy) in SIGNATURES.items():
        if content.startswith(signature):
            raise InputError(Problem(path.name, "text (CSV)", kind, remedy))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{content[error.start]:02x}, which is no UTF-8"
        raise InputError(
            Problem(f"{path.name}:line {line}", "text in UTF-8", found, "Save it as UTF-8.")
        ) from None
    if (place := text.find("\0")) >= 0:
        line = text.count("\n", 0, place) + 1
        raise InputError(
            Problem(f"{path.name}:line {line}", "text (CSV)", "a NUL byte, as binary files have")
        )
    return text


def _numbered_rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the line that it starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        place = f"{name}:line {line}"
        remedy = 'A cell with a comma or a quote stands between quotes ("), and quotes inside it are doubled.'
        raise InputError(
            Problem(place, "comma-separated cells", f"a row that can not be read ({error})", remedy)
        ) from None


def _header_problems(
    columns: tuple[str, ...], place: str, required: tuple[str, ...], optional: tuple[str, ...] | None
) -> list[Problem]:
    """Return what is wrong with a header: foreign separator, doubled, unknown or missing columns."""
    if len(columns) == 1:
        for separator, word in FOREIGN_SEPARATORS.items():
            if separator in columns[0]:
                remedy = "Save it with commas between the columns."
                return [Problem(place, "columns separated by commas", f"columns separated by {word}", remedy)]
    problems = []
    for name in dict.fromkeys(name for name in columns if columns.count(name) > 1):
        problems.append(
            Problem(place, "each column once", f"{name!r} {columns.count(name)} times", "Remove one.")
        )
    if optional is not None:
        allowed = (*required, *optional)
        for name in dict.fromkeys(columns):
            if name not in allowed:
                remedy = near(name, [other for other in allowed if other not in columns] or allowed)
                problems.append(Problem(place, "a known column", repr(name), remedy))
    for name in required:
        if name not in columns:
            problems.append(
                Problem(place, f"a column {name!r}", "none of that name", f"Header: {','.join(required)}")
            )
    return problems


def _ragged(name: str, line: int, expected: int, found: int) -> Problem:
    """Return the problem of a row that does not fit the header."""
    remedy = (
        'Put a cell that holds a comma between quotes (").'
        if found > expected
        else "Empty cells need their comma."
    )
    return Problem(f"{name}:line {line}", f"{expected} cells", f"{found} cells", remedy)
