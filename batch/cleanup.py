"""Garbage collection of a store: old runs, old forecasts of backtests, and what killed processes left.

Never what a listed batch refers to; nor the record of a backtest, which tells without its forecasts what they scored;
nor any forecast while a backtest is under way, which may be about to read it.

Neither a batch nor a backtest begins meanwhile, and a run disappears by one rename, so nobody reads half of one.
"""

import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lull.batch.registry import FOLDER as BATCHES
from lull.batch.registry import referred
from lull.data.files import held, held_if_free
from lull.data.integrity.checksums import BESIDE
from lull.data.schema import InputError, Problem
from lull.evaluation.record import FOLDER as BACKTESTS
from lull.evaluation.trials import TRIALS
from lull.model.runs.store import Run, Store

SCRATCH = (".*.*", "[!.]*/forecasts/.*")  # folders that are written before they have a name
LEFT_BEHIND = timedelta(days=1)  # nothing is written for so long


@dataclass(frozen=True)
class Swept:
    """What was removed: ids of runs, names of folders left behind, forecasts of backtests, bytes; and what stays.

    `kept` are the runs that stay. While a backtest is under way no forecast of any is removed.
    """

    runs: list[str]
    scratch: list[str]
    trials: int
    size: int
    kept: int
    backtest_running: bool = False


def sweep(store: Store, *, older_than: timedelta, dry_run: bool) -> Swept:
    """Remove runs in no listed batch and forecasts of backtests that are older than that, and what was left behind."""
    if not store.folder.is_dir():
        return Swept([], [], 0, 0, 0)
    try:
        with held(store.folder / BATCHES), held_if_free(store.folder / BACKTESTS) as free:
            needed, runs = referred(store), store.runs()
            old = [run for run in runs if run.run_id not in needed and _age(run) >= older_than]
            left = (path for pattern in SCRATCH for path in store.folder.glob(pattern))
            scratch = [path for path in left if path.is_dir() and _untouched(path, LEFT_BEHIND)]
            kept = (store.folder / BACKTESTS / TRIALS).glob("*") if free else ()
            trials = [path for path in kept if _untouched(path, older_than)]
            size = sum(_size(path) for path in (*(run.folder for run in old), *scratch, *trials))
            if not dry_run:
                for path in trials:
                    path.unlink(missing_ok=True)
                for folder in (*(run.folder for run in old), *scratch):
                    _remove(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(Problem(str(store.folder), "a folder that can be written", reason)) from error
    names, forecasts = [path.name for path in scratch], [path for path in trials if path.suffix != BESIDE]
    return Swept([run.run_id for run in old], names, len(forecasts), size, len(runs) - len(old), not free)


def delete_run(store: Store, run: Run) -> None:
    """Remove one run. Raises `InputError` if a batch refers to it, or the store cannot be written."""
    try:
        with held(store.folder / BATCHES):
            if run.run_id in referred(store):
                expected, remedy = "a run that no batch refers to", "`lull batch` lists them."
                raise InputError(Problem(f"run {run.run_id}", expected, "a run of a batch", remedy))
            _remove(run.folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(Problem(str(store.folder), "a folder that can be written", reason)) from error


def _age(run: Run) -> timedelta:
    """Return how long ago a run was made."""
    return datetime.now(UTC) - datetime.fromisoformat(str(run.record["created"]))


def _untouched(path: Path, span: timedelta) -> bool:
    """Return whether nobody has written to a file, or in a folder, for so long."""
    times = [each.stat().st_mtime for each in (path, *path.rglob("*"))]
    return time.time() - max(times) > span.total_seconds()


def _size(path: Path) -> int:
    return sum(each.stat().st_size for each in (path, *path.rglob("*")) if each.is_file())


def _remove(folder: Path) -> None:
    """Take a folder out of sight by one rename, then remove it."""
    gone = folder.with_name(f".{folder.name.lstrip('.')}.removed")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
