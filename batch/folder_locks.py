"""Who may work in a folder of the store: one process alone, or several together that leave each other's files alone.

A lock is given back when its process ends, however it ends.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LOCK = "lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which is made if it is not there; wait until nobody else does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def together(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which is made if it is not there, in common; wait until nobody is alone in it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


@contextmanager
def alone_if_free(folder: Path) -> Iterator[bool]:
    """Yield whether nobody holds the lock of a folder, which is made if it is not there; if so hold it alone."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        yield _taken(lock)


def _taken(lock: IO[str]) -> bool:
    """Take a lock alone and return whether it could be had."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
