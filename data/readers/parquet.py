"""Parquet files as the same tables of cells that CSV files are, so that one reader checks both.

Whole numbers stored as floats (as missing values force them to be) and dates stored as timestamps lose
nothing. A text that repeats is in memory once, as it is in the file: a small file can unpack to a huge one.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lull.data.readers.headings import named
from lull.data.readers.tabular import MAX_ROWS, Table, header_problems, read_bytes
from lull.data.schema import InputError, Problem

SUFFIXES = {".parquet", ".pq"}
MOST_UNPACKED = 500_000_000  # bytes
MOST_CELLS, MOST_REPEATED = 3_000_000, 10  # in any file; of a larger one, for each of its bytes


def is_parquet(path: Path | str) -> bool:
    """Return whether the name says that a file is Parquet."""
    return Path(path).suffix.lower() in SUFFIXES


def read_parquet_table(
    path: Path | str, *, required: Iterable[str], optional: Iterable[str] | None, used: Iterable[str] = ()
) -> Table:
    """Return the rows of a Parquet file as text cells; raises `InputError` as `read_table` does."""
    path, required = Path(path), tuple(required)
    optional = None if optional is None else tuple(optional)
    content = read_bytes(path)
    with _named_errors(path.name):
        schema = pq.ParquetFile(pa.BufferReader(content)).schema_arrow
        columns, texts = tuple(schema.names), [field.name for field in schema if pa.types.is_string(field.type)]
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        _check_size(file, path.name, len(content))
        rows = _rows(file) if 0 < file.metadata.num_rows <= MAX_ROWS else []
    columns = named(columns, (*required, *(optional or ()), *used))
    problems = header_problems(columns, f"{path.name}:schema", required=required, optional=optional)
    if not rows:
        problems.append(Problem(path.name, f"1 to {MAX_ROWS:,} rows", f"{file.metadata.num_rows:,} rows"))
    if problems:
        raise InputError(problems)
    return Table(path.name, columns, list(range(1, len(rows) + 1)), rows, {}, unit="row").of_named()


def parquet_heading(path: Path) -> tuple[str, ...]:
    """Return the names of the columns; raises `InputError` if it is no Parquet file."""
    with _named_errors(path.name):
        return tuple(pq.ParquetFile(pa.BufferReader(read_bytes(path))).schema_arrow.names)


@contextmanager
def _named_errors(name: str) -> Iterator[None]:
    """Raise what goes wrong inside a library's reader as `InputError`."""
    try:
        yield
    except InputError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError, ArithmeticError) as error:
        reason = str(error).split("\n", 1)[0]
        raise InputError(Problem(name, "a Parquet file", f"one that cannot be read ({reason})")) from None


def _check_size(file: pq.ParquetFile, name: str, size: int) -> None:
    """Raise `InputError` if the columns of a file of `size` bytes unpack to more than the limits."""
    groups = (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups))
    unpacked = sum(group.total_byte_size for group in groups)
    cells = file.metadata.num_rows * file.metadata.num_columns
    if cells > max(MOST_CELLS, MOST_REPEATED * size):
        expected, found = f"at most {MOST_REPEATED} cells a byte", f"{cells:,} in {size:,} bytes, nearly all the same"
        raise InputError(Problem(name, expected, found, "Keep each row once."))
    if unpacked > MOST_UNPACKED:
        limit, remedy = f"at most {MOST_UNPACKED // 1_000_000} MB unpacked", "Keep only the rows that are needed."
        raise InputError(Problem(name, limit, f"{unpacked / 1e6:,.0f} MB", remedy))


def _rows(file: pq.ParquetFile) -> list[tuple[str, ...]]:
    """Return every row as text cells."""
    columns = ([cell for chunk in column.chunks for cell in _cells(chunk)] for column in file.read().columns)
    return list(zip(*columns, strict=True))


def _cells(chunk: pa.Array) -> list[str]:
    """Return text cells, each different one made once where the file holds it once."""
    if not pa.types.is_dictionary(chunk.type):
        return [cell_text(value) for value in chunk.to_pylist()]
    chunk.validate(full=True)  # a damaged file may name a text that is not there
    texts = [*map(cell_text, chunk.dictionary.to_pylist()), ""]
    return [texts[-1 if place is None else place] for place in chunk.indices.to_pylist()]


def cell_text(value: object) -> str:
    """Return a stored value as the text that a CSV file would hold."""
    if value is None or value != value:  # noqa: PLR0124 - NaN and NaT are what differs from itself
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value).strip()
