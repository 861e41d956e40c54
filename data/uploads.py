"""A person's own data files: kept in a folder of theirs once they are found good, never in part and never replaced.

A file that is kept was recognised by its heading and read to its end without a problem. It is kept as it came, unless
its owner had to say how it is to be read: then as a plain CSV file that leaves no such doubt.
"""

import io
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq

from lull.data.files import copy_whole, scratch_folder
from lull.data.importers.days import day_form
from lull.data.importers.written import write_rows
from lull.data.readers.any_table import read_any_table
from lull.data.readers.contents import described
from lull.data.readers.detection import KNOWN, Kind, kind_of
from lull.data.readers.parquet import is_parquet
from lull.data.readers.reading_options import USUAL, Reading, lines_aside
from lull.data.readers.tabular import MAX_BYTES
from lull.data.schema import InputError, Problem

MOST_FILES = 50
MOST_BYTES = MAX_BYTES
SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".xlsx", ".parquet")
LONGEST_NAME = 50
PREVIEWED = 100  # rows
DAYS = frozenset({"week_start", "ds", "date", "end_date", "published", "window_start", "window_end"})
DAYS |= {"event_date", "date_start", "date_end"}
MOMENTS = frozenset({"timestamp"})


@dataclass(frozen=True)
class KeptFile:
    """One good file: what kind it is, what it holds, and what was assumed to read it."""

    path: Path
    kind: Kind
    says: str
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name, as its owner sees it."""
        return self.path.name

    def preview(self) -> list[dict[str, str]]:
        """Return the first rows, cells as they stand in the file."""
        if is_parquet(self.path):
            rows = pq.read_table(self.path).slice(0, PREVIEWED).to_pylist()
            return [{name: "" if cell is None else str(cell) for name, cell in row.items()} for row in rows]
        table = read_any_table(self.path, required=(), optional=None)
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows[:PREVIEWED]]


@dataclass(frozen=True)
class Cabinet:
    """The files of one folder."""

    folder: Path

    def files(self) -> tuple[KeptFile, ...]:
        """Return the files, by name."""
        paths = [path for path in sorted(self.folder.glob("[!.]*")) if path.suffix in SUFFIXES]
        return tuple(kept for path in paths if (kept := _kept(path, path.stat().st_mtime_ns)) is not None)

    def put(self, name: str, content: bytes | BinaryIO, reading: Reading = USUAL) -> KeptFile:
        """Return a file that was found good, kept under a name like its own, with what was assumed to read it.

        The content may be a stream, which is copied chunk by chunk. Raises `InputError` with every problem of a file
        that is not good; nothing of it is kept.
        """
        stream = io.BytesIO(content) if isinstance(content, bytes) else content
        self._check(name, stream.seek(0, io.SEEK_END))
        stream.seek(0)
        try:
            with scratch_folder(self.folder) as scratch:
                path = scratch / _plain(name)
                copy_whole(path, stream)
                kept = read_file(path, reading)
                if reading != USUAL:
                    path = _without_doubt(kept, reading)
                return replace(kept, path=path.rename(self._free(path.name)))
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(Problem("your files", "a folder that can be written", reason, "Make room.")) from error

    def remove(self, name: str) -> None:
        """Remove a file; one that is gone is gone."""
        (self.folder / _plain(name)).unlink(missing_ok=True)

    def _check(self, name: str, size: int) -> None:
        if Path(name).suffix.lower() not in SUFFIXES:
            expected = f"a file whose name ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
            raise InputError(Problem(name, expected, "another kind of file", "Save the sheet as CSV."))
        if size > MOST_BYTES:
            found = f"{size / 1e6:.0f} MB"
            raise InputError(Problem(name, f"at most {MOST_BYTES // 1_000_000} MB", found, "Keep the rows needed."))
        if len(self.files()) >= MOST_FILES:
            raise InputError(Problem("your files", f"at most {MOST_FILES}", str(MOST_FILES), "Delete some."))

    def _free(self, name: str) -> Path:
        """Return the first path of a name like this one that no file has."""
        path = Path(name)
        names = (name, *(f"{path.stem}-{at}{path.suffix}" for at in range(2, MOST_FILES + 2)))
        return next(self.folder / each for each in names if not (self.folder / each).exists())


def read_file(path: Path, reading: Reading = USUAL) -> KeptFile:
    """Return what a file is and holds. Raises `InputError` with every problem found."""
    kind = kind_of(path, reading)
    if kind == "scenario":
        expected = "counts, reports, events or what goes with them"
        raise InputError(Problem(path.name, expected, "a scenario", "Import it in the scenario lab, under Save."))
    return KeptFile(path, kind, *described(kind, path, reading))


def _without_doubt(kept: KeptFile, reading: Reading) -> Path:
    """Write a good file as CSV in UTF-8, days as YYYY-MM-DD, without the rows set aside; return where it is.

    Raises `InputError` if it cannot be read without its owner's choices even so.
    """
    table = read_any_table(kept.path, required=(), optional=None, used=KNOWN, reading=reading)
    aside = lines_aside(kept.notes)
    table = table.of_rows([place for place, line in enumerate(table.lines) if line not in aside])
    columns = [_plain_cells(name, table.column(name), reading) for name in table.columns]
    path = kept.path.with_suffix(".csv")
    write_rows(path, table.columns, zip(*columns, strict=True))
    read_file(path)
    return path


def _plain_cells(name: str, cells: list[str], reading: Reading) -> list[str]:
    """Return the cells of a column of days as YYYY-MM-DD (moments with their time), those of any other as they are."""
    if name not in DAYS and name not in MOMENTS:
        return cells
    form = day_form(cells, day_first=reading.day_first, where=f"column {name}")
    plain: dict[str, str] = {}
    for cell in set(cells):
        try:
            plain[cell] = str(form.moment(cell) if name in MOMENTS else form.day(cell))
        except InputError:
            plain[cell] = cell  # empty, or the name of a month
    return [plain[cell] for cell in cells]


def _plain(name: str) -> str:
    """Return a name that names a file of the folder: letters, digits, dots and hyphens, none of them first."""
    path = Path(name.replace("\\", "/"))
    stem = re.sub(r"[^\w-]+", "-", path.stem).strip("-._")[:LONGEST_NAME]
    return f"{stem or 'file'}{path.suffix.lower()}"


@lru_cache(maxsize=512)
def _kept(path: Path, changed: int) -> KeptFile | None:
    """Return a file as of its last change, None if it is no good any more: another program may write here."""
    del changed
    try:
        return read_file(path)
    except InputError:
        return None
