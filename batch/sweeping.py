"""Garbage collection of a store: old runs, and what killed processes left; never what a listed batch refers to.

No batch begins meanwhile, and a run disappears by one rename, so nobody reads half of one.
"""

import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from batch.alone import alone
from batch.record import FOLDER as BATCHES
from batch.record import referred
from data.schema import InputError, Problem
from model.store import Run, Store

LEFT_BEHIND = timedelta(days=1)  # nothing is written for so long


@dataclass(frozen=True)
class Swept:
    """What was removed: ids of runs, names of folders left behind, bytes; and how many runs stay."""

    runs: list[str]
    scratch: list[str]
    size: int
    kept: int


def sweep(store: Store, *, older_than: timedelta, dry_run: bool) -> Swept:
    """Remove runs made longer ago than that and in no listed batch, and folders that killed processes left."""
    if not store.folder.is_dir():
        return Swept([], [], 0, 0)
    try:
        with alone(store.folder / BATCHES):
            needed, runs = referred(store), store.runs()
            old = [run for run in runs if run.run_id not in needed and _age(run) >= older_than]
            scratch = [path for path in store.folder.glob(".*.*") if path.is_dir() and _untouched(path)]
            size = sum(_size(path) for path in (*(run.folder for run in old), *scratch))
            if not dry_run:
                for folder in (*(run.folder for run in old), *scratch):
                    _remove(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(Problem(str(store.folder), "a folder that can be written", reason)) from error
    return Swept([run.run_id for run in old], [path.name for path in scratch], size, len(runs) - len(old))


def _age(run: Run) -> timedelta:
    """Return how long ago a run was made."""
    return datetime.now(UTC) - datetime.fromisoformat(str(run.record["created"]))


def _untouched(folder: Path) -> bool:
    """Return whether nobody has written to a folder for so long that nobody will."""
    times = [path.stat().st_mtime for path in (folder, *folder.rglob("*"))]
    return time.time() - max(times) > LEFT_BEHIND.total_seconds()


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _remove(folder: Path) -> None:
    """Take a folder out of sight by one rename, then remove it."""
    gone = folder.with_name(f".{folder.name.lstrip('.')}.removed")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
