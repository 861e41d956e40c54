"""A person's own data files: kept in a folder of theirs once they are found good, never in part and never replaced.

A file that is kept was recognised by its heading and read to its end without a problem.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pyarrow.parquet as pq

from lull.data.files import scratch_folder
from lull.data.readers.any_table import read_any_table
from lull.data.readers.contents import described
from lull.data.readers.detection import Kind, recognise
from lull.data.readers.parquet import is_parquet
from lull.data.schema import InputError, Problem

MOST_FILES = 50
MOST_BYTES = 20_000_000
SUFFIXES = (".csv", ".parquet", ".xlsx")
LONGEST_NAME = 50
PREVIEWED = 100  # rows


@dataclass(frozen=True)
class KeptFile:
    """One good file: what kind it is and what it holds."""

    path: Path
    kind: Kind
    says: str

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

    def put(self, name: str, content: bytes) -> KeptFile:
        """Return a file that was found good, kept under a name like its own.

        Raises `InputError` with every problem of one that is not; nothing of it is kept.
        """
        self._check(name, content)
        try:
            with scratch_folder(self.folder) as scratch:
                path = scratch / _plain(name)
                path.write_bytes(content)
                kept = read_file(path)
                return replace(kept, path=path.rename(self._free(path.name)))
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(Problem("your files", "a folder that can be written", reason, "Make room.")) from error

    def remove(self, name: str) -> None:
        """Remove a file; one that is gone is gone."""
        (self.folder / _plain(name)).unlink(missing_ok=True)

    def _check(self, name: str, content: bytes) -> None:
        if Path(name).suffix.lower() not in SUFFIXES:
            expected = "a CSV, Parquet or XLSX file"
            raise InputError(Problem(name, expected, "another kind of file", "Save the sheet as CSV."))
        if len(content) > MOST_BYTES:
            found = f"{len(content) / 1e6:.0f} MB"
            raise InputError(Problem(name, f"at most {MOST_BYTES // 1_000_000} MB", found, "Keep the rows needed."))
        if len(self.files()) >= MOST_FILES:
            raise InputError(Problem("your files", f"at most {MOST_FILES}", str(MOST_FILES), "Delete some."))

    def _free(self, name: str) -> Path:
        """Return the first path of a name like this one that no file has."""
        path = Path(name)
        names = (name, *(f"{path.stem}-{at}{path.suffix}" for at in range(2, MOST_FILES + 2)))
        return next(self.folder / each for each in names if not (self.folder / each).exists())


def read_file(path: Path) -> KeptFile:
    """Return what a file is and holds. Raises `InputError` with every problem found."""
    kind = recognise(path)
    if kind == "scenario":
        expected = "counts, reports, events or what goes beside them"
        raise InputError(Problem(path.name, expected, "a scenario", "Import it in the scenario lab, under Save."))
    return KeptFile(path, kind, described(kind, path))


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
