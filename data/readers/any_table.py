"""Tables of cells from a file of any format that is read: CSV, XLSX, Parquet, and JSON as the APIs answer."""

from collections.abc import Iterable
from pathlib import Path

from lull.data.readers.reading_options import USUAL, Reading
from lull.data.readers.tabular import Table, read_table

FORMATS = {".xlsx": "workbook", ".parquet": "parquet", ".pq": "parquet", ".json": "answer"}  # by suffix


def format_of(path: Path | str) -> str:
    """Return the format that the name of a file says: workbook, parquet, answer (JSON), or text."""
    return FORMATS.get(Path(path).suffix.lower(), "text")


def read_any_table(
    path: Path | str,
    *,
    required: Iterable[str],
    optional: Iterable[str] | None = (),
    used: Iterable[str] = (),
    reading: Reading = USUAL,
) -> Table:
    """Return the rows of a file as text cells; raises `InputError` as `read_table` does.

    Columns that are `used` if they are there are found in any case of letters, as the required and the optional ones.
    """
    form = format_of(path)
    if form == "workbook":
        from lull.data.readers.workbook import read_workbook_table  # noqa: PLC0415 - most files are text

        return read_workbook_table(path, required=required, optional=optional, used=used, reading=reading)
    if form == "parquet":
        from lull.data.readers.parquet import read_parquet_table  # noqa: PLC0415 - a library of its own

        return read_parquet_table(path, required=required, optional=optional, used=used)
    if form == "answer":
        from lull.data.readers.json_answers import read_answer_table  # noqa: PLC0415 - most files are text

        return read_answer_table(path, required=required, optional=optional, used=used)
    return read_table(path, required=required, optional=optional, used=used, reading=reading)
