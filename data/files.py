"""Files as Lull writes and reads them: whole or not at all, synced before they appear, named by their checksums.

Every file and folder of the product is written to a scratch name in its folder and renamed, so that no reader, crash or
power cut leaves or meets half of one. Locks are released when their process ends, however it ends.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from lull.data.readers.tabular import MAX_BYTES, too_large
from lull.data.schema import InputError, Problem

LOCK = "lock"
CHUNK = 1 << 20  # bytes that are copied at once
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of a formula
SETTLED_NS = 2_000_000_000  # since the last write: longer than the tick of any file system


@contextmanager
def whole_file(path: Path, *, remedy: str = "", seal: bool = False) -> Iterator[Path]:
    """Yield where to write a file, which is synced and renamed to `path` when the block ends well; else none remains.

    The folder is made if it is not there. With `seal` the checksum of the file is written beside it first, so that one
    that is there has its checksum. Raises `InputError` if the file cannot be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield scratch
        _sync(scratch)
        if seal:
            write_whole(path.with_name(f"{path.name}.sha256"), f"{checksum(scratch)}  {path.name}\n", remedy=remedy)
        scratch.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise unwritable(path.parent, error, remedy) from error
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes, *, remedy: str = "") -> None:
    """Write a file, whole or not at all. Raises `InputError` if it cannot be written."""
    with whole_file(path, remedy=remedy) as scratch:
        scratch.write_bytes(content.encode() if isinstance(content, str) else content)


def copy_whole(path: Path, source: BinaryIO, *, remedy: str = "") -> None:
    """Write a file from a stream, chunk by chunk, whole or not at all. Raises `InputError` if it cannot be written."""
    with whole_file(path, remedy=remedy) as scratch, scratch.open("wb") as out:
        shutil.copyfileobj(source, out, CHUNK)


def write_json(path: Path, content: object, *, remedy: str = "") -> None:
    """Write indented JSON, whole or not at all. Raises `InputError` if it cannot be written."""
    write_whole(path, json.dumps(content, indent=2, default=str, ensure_ascii=False) + "\n", remedy=remedy)


def append_whole(path: Path, content: bytes, *, remedy: str = "") -> None:
    """Add to the end of a file, synced: all of it or, where it cannot be written, nothing.

    Only a crash leaves part of it. Who appends holds a lock. Raises `InputError` if the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with path.open("ab", buffering=0) as file:
            before = os.fstat(file.fileno()).st_size
            try:
                _write_all(file, content)
                os.fsync(file.fileno())
            except OSError:
                with suppress(OSError):
                    file.truncate(before)
                raise
        if is_new:
            _sync(path.parent)
    except OSError as error:
        raise unwritable(path.parent, error, remedy) from error


def cut(path: Path, size: int) -> None:
    """Shorten a file to its first `size` bytes, synced. Raises `InputError` if it cannot be written."""
    try:
        os.truncate(path, size)
        _sync(path)
    except OSError as error:
        raise unwritable(path.parent, error) from error


@contextmanager
def scratch_folder(parent: Path, prefix: str = ".") -> Iterator[Path]:
    """Yield a new folder in `parent`, which is made if it is not there; nothing of it remains when the block ends.

    Raises `OSError` if it cannot be made.
    """
    parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def publish_folder(scratch: Path, folder: Path) -> None:
    """Rename a whole folder into place, its files synced first. Raises `OSError` if another is there already."""
    for path in [*scratch.rglob("*"), scratch]:
        _sync(path)
    scratch.rename(folder)
    _sync(folder.parent)


@contextmanager
def held(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock of a folder, which is made if it is not there: alone, or in common; wait until it is free."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


@contextmanager
def held_if_free(folder: Path) -> Iterator[bool]:
    """Yield whether no process holds the lock of a folder, which is made if it is not there; if so hold it alone."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        yield _taken(lock.fileno())


def is_held(folder: Path) -> bool:
    """Return whether a process holds the lock of a folder; it may be asked of a folder that cannot be written."""
    path = folder / LOCK
    with path.open("a" if os.access(path, os.W_OK) else "r") as lock:
        return not _taken(lock.fileno())


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file. Raises `OSError` if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_checksum(path: Path) -> str:
    """Return the SHA-256 of an input file, computed once as long as it is not written to.

    Raises `InputError` if it cannot be read, or is larger than any reader takes.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise too_large(path, MAX_BYTES)
        return settled_checksum(path)
    except OSError as error:
        raise InputError(Problem(str(path), "a file that can be read", error.strerror or str(error))) from error


def settled_checksum(path: Path) -> str:
    """Return the SHA-256 of a file, computed once as long as it is not written to.

    A file is the same if its inode, size and times are. Times are coarse: two writes within a tick look alike, so the
    checksum of a file that was written just now is not kept. Raises `OSError` if it cannot be read.
    """
    stat = path.stat()
    if not is_settled(stat):
        return checksum(path)
    return _kept(path, (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))


def is_settled(stat: os.stat_result) -> bool:
    """Return whether a file was not written just now, so that a later write will show in its times."""
    return time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) >= SETTLED_NS


def spreadsheet_safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_MARKS) else text


def unwritable(folder: Path, error: OSError, remedy: str = "") -> InputError:
    """Return the error of a folder that cannot be written, and what to do."""
    return InputError(Problem(str(folder), "a folder that can be written", error.strerror or str(error), remedy))


@lru_cache(maxsize=4096)
def _kept(path: Path, _state: tuple[int, ...]) -> str:
    """Return the SHA-256 of a file, kept for as long as its state is the same."""
    return checksum(path)


def _taken(lock: int) -> bool:
    """Take a lock alone and return whether it was free."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_all(file: FileIO, content: bytes) -> None:
    """Write every byte: the system may take a part of them at a time."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def _sync(path: Path) -> None:
    """Write a file or the names of a folder through to the disk."""
    if not path.exists():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
