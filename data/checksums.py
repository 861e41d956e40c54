"""The checksum of a file, reckoned once as long as nobody writes to it.

A file is the same if its inode, size and times are. Times are coarse: two writes within a tick look alike. So the
checksum of a file that was written just now is not kept.
"""

import hashlib
import time
from functools import lru_cache
from pathlib import Path

from lull.data.readers.tabular import MAX_BYTES, too_large
from lull.data.schema import InputError, Problem

SETTLED_NS = 2_000_000_000  # since the last write: longer than the tick of any file system


def file_checksum(path: Path) -> str:
    """Return the SHA-256 of a file. Raises `InputError` if it can not be read, or is larger than any reader takes."""
    try:
        told = path.stat()
        if told.st_size > MAX_BYTES:
            raise too_large(path, MAX_BYTES)
        if time.time_ns() - max(told.st_mtime_ns, told.st_ctime_ns) < SETTLED_NS:
            return _digest(path)
        return _kept(path, (told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns))
    except OSError as error:
        raise InputError(Problem(str(path), "a file that can be read", error.strerror or str(error))) from error


@lru_cache(maxsize=64)
def _kept(path: Path, _state: tuple[int, ...]) -> str:
    """Return the SHA-256 of a file, kept for as long as its state is the same."""
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
