"""Checksums that are compared when a file is read, and the place where damaged files are set apart.

A single file has its own beside it (`NAME.sha256`, written before the file appears), a folder of files has one list
(`SHA256SUMS`); both as `sha256sum --check` reads them. The invariant: what is damaged is named and moved to `.damaged`
of its store, where it stays; nothing deletes it, and nothing reads it again.
"""

import sys
from contextlib import suppress
from pathlib import Path

from lull.data.files import settled_checksum, write_whole

LIST, BESIDE = "SHA256SUMS", ".sha256"
APART = ".damaged"


class DamagedError(Exception):
    """A file of the store is not what was written: `path` names it, the text says what is wrong."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


def write_list(folder: Path) -> None:
    """Write the checksums of the files in a folder, which is not yet in its place."""
    lines = [f"{settled_checksum(path)}  {path.name}\n" for path in sorted(folder.iterdir()) if path.is_file()]
    write_whole(folder / LIST, "".join(lines))


def seal_path(path: Path) -> Path:
    """Return where the checksum of a single file is."""
    return path.with_name(f"{path.name}{BESIDE}")


def is_intact(path: Path) -> bool:
    """Return whether a file, or a folder of files, is there and is what its checksums say; False without any."""
    try:
        if path.is_dir():
            named = [line.split("  ", 1) for line in (path / LIST).read_text("utf-8").splitlines()]
            return bool(named) and all(settled_checksum(path / name) == digest for digest, name in named)
        return seal_path(path).read_text("utf-8").split("  ", 1)[0] == settled_checksum(path)
    except (OSError, ValueError):
        return False


def set_apart(path: Path, store: Path) -> None:
    """Move a damaged file or folder of a store to its `.damaged`, and name it on standard error.

    Nothing happens if it is gone. Raises `OSError` if the store cannot be written.
    """
    name = "--".join(path.relative_to(store).parts)
    (store / APART).mkdir(exist_ok=True)
    taken = {each.name for each in (store / APART).iterdir()}
    numbered = next(each for number in range(1, len(taken) + 2) if (each := f"{name}.{number}") not in taken)
    with suppress(FileNotFoundError):  # another process was first
        path.rename(store / APART / numbered)
        where = f"{path} was damaged. It is set apart as {store / APART / numbered}"
        sys.stderr.write(f"{where}; the command that made it makes it again.\n")
        if seal_path(path).is_file():
            seal_path(path).rename(store / APART / f"{numbered}{BESIDE}")
