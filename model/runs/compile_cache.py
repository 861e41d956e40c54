"""The folder where a process compiles: its own as long as it runs, warm from the process that had it before.

Processes that compile at once never write into one another's files. PyTensor reads the place when it is imported, so
`lease` comes before that.
"""

import os
import sys
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

FLAGS = "PYTENSOR_FLAGS"
_held: list[FileLock] = []  # a lock is given back when the process ends, however it ends


def lease(root: Path | None = None) -> Path | None:
    """Return the compile directory of this process under `root` (the user's cache folder), locked and set in PyTensor.

    None if PyTensor has been imported already, if the user's own flags name a place, or if the path has a comma,
    which the flags cannot hold.
    """
    flags = os.environ.get(FLAGS, "")
    root = root or platformdirs.user_cache_path("lull") / "compiled"
    if "pytensor" in sys.modules or "compiledir" in flags or "," in str(root):
        return None
    root.mkdir(parents=True, exist_ok=True)
    folder = _first_free(root)
    places = [f"base_compiledir={folder}", f"generated_src_dir={folder / 'source'}"]  # else PyTensor fills /tmp
    os.environ[FLAGS] = ",".join(filter(None, [flags, *places]))
    return folder


def _first_free(root: Path) -> Path:
    """Return the first folder that no running process holds: the oldest, so the warmest."""
    number = 0
    while True:
        lock = FileLock(root / f"{number}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            number += 1
            continue
        _held.append(lock)
        return root / str(number)
