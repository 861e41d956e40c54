"""What a store knows of its batches: which were started, what they refer to, what failed, and which run now.

A batch is a folder `<store>/.batches/<batch id>/` with `batch.json` and `failed.json`, each renamed into place. A batch
that runs holds the lock of its folder in common with others that run the same; a lock ends with its process.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lull.batch.plan import Batch, is_worth_another
from lull.batch.tasks import Outcome
from lull.data.files import held, is_held, unwritable, write_json
from lull.data.integrity.checksums import is_intact
from lull.data.schema import InputError
from lull.model.runs.store import Store, read_json

REMEDY = "Make room, or choose another one with --store DIR."
FOLDER, RECORD, FAILED = ".batches", "batch.json", "failed.json"


@dataclass(frozen=True)
class Recorded:
    """A batch that was started on a store."""

    folder: Path

    @property
    def batch_id(self) -> str:
        """The id of the batch."""
        return self.folder.name

    def record(self) -> dict[str, Any]:
        """Return what was asked: plan, out, started, and the tasks."""
        return read_json(self.folder / RECORD)

    def failures(self) -> list[Outcome]:
        """Return what failed when it ran last."""
        path = self.folder / FAILED
        return list(read_json(path)["failed"]) if path.is_file() else []

    def running(self) -> bool:
        """Return whether a process works on it; it may be asked of a store that cannot be written."""
        return is_held(self.folder)

    def forget(self) -> None:
        """Take the batch off the list: its runs are then kept no longer than others. Raises `InputError`."""
        try:
            shutil.rmtree(self.folder)
        except OSError as error:
            raise unwritable(self.folder.parents[1], error, REMEDY) from error

    def fail(self, failures: Sequence[Outcome]) -> None:
        """Note what failed. Raises `InputError` if the store cannot be written."""
        write_json(self.folder / FAILED, {"failed": list(failures)}, remedy=REMEDY)


class Notes:
    """What failed of a batch that runs, noted as it happens; `unnoted` says why it could not be noted."""

    def __init__(self, batch: Recorded) -> None:
        self.unnoted = ""
        self._batch, self._failures = batch, list[Outcome]()
        self._note()

    def hear(self, outcome: Outcome) -> None:
        """Note a task that ended, if it failed."""
        if outcome["status"] == "failed":
            self._failures.append(outcome)
            self._note()

    def _note(self) -> None:
        try:
            self._batch.fail(self._failures)
        except InputError as error:
            self.unnoted = f"`lull batch status` lacks failures, which were not noted. {error}"


def recorded(store: Store) -> list[Recorded]:
    """Return the batches of a store, the newest first."""
    found = [path.parent for path in (store.folder / FOLDER).glob(f"*/{RECORD}")]
    newest = sorted(found, key=lambda folder: (folder / RECORD).stat().st_mtime, reverse=True)
    return [Recorded(folder) for folder in newest]


def referred(store: Store) -> set[str]:
    """Return the ids of the runs that a listed batch refers to."""
    tasks = (task for batch in recorded(store) for task in batch.record()["tasks"])
    return {str(run_id) for task in tasks for run_id in (task["run_id"], *task.get("again", ()))}


def task_state(store: Store, task: dict[str, Any], failures: set[str]) -> str:
    """Return what a store says of a recorded task: finished, failed or missing."""
    if all(is_intact(store.folder / _counting(store, task) / name) for name in task["files"]):
        return "finished"
    return "failed" if task["run_id"] in failures else "missing"


def _counting(store: Store, task: dict[str, Any]) -> str:
    """Return the id of the run that counts of a recorded task, as `Task.counting` does."""
    run_ids: list[str] = [task["run_id"], *task.get("again", ())]
    runs = ((run_id, store.find(run_id)) for run_id in run_ids[:-1])
    return next((run_id for run_id, run in runs if run is None or not is_worth_another(run)), run_ids[-1])


@contextmanager
def running(batch: Batch, store: Store) -> Iterator[Recorded]:
    """Record a batch before its first task and yield it; it counts as running until the block or the process ends."""
    folder = store.folder / FOLDER / batch.batch_id
    tasks = [
        {
            "run_id": task.run_id,
            "again": list(task.run_ids[1:]),
            "files": list(task.files),
            "series": list(task.series),
            "origin": str(task.origin),
            "variant": task.variant,
        }
        for task in batch.tasks
    ]
    record = {"plan": str(batch.path), "out": str(batch.out), "tasks": tasks}
    try:
        in_common = held(folder, shared=True)
        with ExitStack() as working:
            with held(store.folder / FOLDER):
                working.enter_context(in_common)
                started = datetime.now(UTC).isoformat(timespec="seconds")
                write_json(folder / RECORD, record | {"started": started}, remedy=REMEDY)
            held_on = working.pop_all()
    except OSError as error:
        raise unwritable(store.folder, error, REMEDY) from error
    with held_on:
        yield Recorded(folder)
