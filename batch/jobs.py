"""Fits as separate processes: followed and cancelled from a process that never samples.

A job is a folder `<store>/.jobs/<run id>/`: `plan.json` (what to fit), `process.json` (who fits it), `state.json` (how
far it is, written by that process alone and renamed into place) and `log.txt`. One without a process waits for its turn
(`batch/fit_queue.py`). A job whose process is gone without a last word has failed.
"""

import contextlib
import shutil
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psutil

from lull.data.files import write_json
from lull.data.schema import InputError
from lull.model.runs.store import Store, is_run, read_json

type State = Literal["waiting", "starting", "running", "finished", "failed", "cancelled"]

FOLDER = ".jobs"
PLAN, PROCESS, STATE, LOG = "plan.json", "process.json", "state.json", "log.txt"
PROGRAM = "lull.batch.fit_process"
YIELDING, LAST = 10, 19  # steps of priority by which a fit gives way to the page, and the last one there is
GRACE_SECONDS = 15.0  # from the request to stop until the process is ended
SILENT_END = "The process ended without a word; its log may say why."
ENDED_BY = "The process was ended by {}, as happens where the memory of the machine runs out. Its log may say more."


@dataclass(frozen=True)
class Status:
    """How far a job is; `message` says in words what went wrong."""

    state: State
    step: str = ""
    done: int = 0
    total: int = 0
    message: str = ""

    @property
    def over(self) -> bool:
        """Whether the job works no more."""
        return self.state in ("finished", "failed", "cancelled")


@dataclass(frozen=True)
class Job:
    """A fit that waits, is under way or has ended; it writes the run `run_id`."""

    run_id: str
    folder: Path

    def status(self) -> Status:
        """Return how far the job is; one that another reader has dismissed is over."""
        if not self.folder.is_dir():
            return Status("finished" if is_run(self.store / self.run_id) else "cancelled")
        alive = self.process() is not None or not self.is_started
        reported = self._reported()  # read after the look at the process: its last word is then not missed
        return reported if alive or reported.over else Status("failed", reported.step, message=SILENT_END)

    @property
    def is_started(self) -> bool:
        """Whether the job has, or had, a process: else it waits for its turn."""
        return (self.folder / PROCESS).is_file()

    @property
    def store(self) -> Path:
        """The folder of the store that the job writes to."""
        return self.folder.parents[1]

    @property
    def asked(self) -> float:
        """When the job was asked for, seconds since 1970."""
        plan = self.folder / PLAN
        return plan.stat().st_mtime if plan.is_file() else 0.0

    def cancel(self) -> None:
        """Ask the process to stop, as Ctrl-C does, and end it if it does not; nothing of the run remains."""
        process = self.process()
        if process is None:
            if not self.status().over:
                tell(self.folder, Status("cancelled"))
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(GRACE_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait()
                self.sweep()
        if not self._reported().over:
            tell(self.folder, Status("cancelled"))

    def log(self) -> str:
        """Return what the process wrote."""
        path = self.folder / LOG
        return path.read_text("utf-8", errors="replace") if path.is_file() else ""

    def forget(self) -> None:
        """Remove what is left of a job that is over."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _reported(self) -> Status:
        first = Status("starting" if self.is_started else "waiting")
        try:
            return Status(**read_json(self.folder / STATE)) if (self.folder / STATE).is_file() else first
        except (InputError, TypeError):  # damaged; the process that works writes it anew
            return first

    def process(self) -> psutil.Process | None:
        """Return the process at work, or None if there is none (any more)."""
        _reap()
        if not self.is_started:
            return None
        try:
            named = read_json(self.folder / PROCESS)
            process = psutil.Process(named["pid"])
            same = process.create_time() == named["created"] and process.status() != psutil.STATUS_ZOMBIE
        except (psutil.NoSuchProcess, InputError, KeyError, TypeError, ValueError):
            return None
        return process if same else None

    def sweep(self) -> None:
        """Remove the half-written run of a process that had to be ended."""
        for scratch in self.folder.parents[1].glob(f".{self.run_id}.*"):
            shutil.rmtree(scratch, ignore_errors=True)


def jobs(store: Store) -> list[Job]:
    """Return the jobs of a store that have not been forgotten, the newest first."""
    found = [Job(folder.name, folder) for folder in (store.folder / FOLDER).glob("*") if folder.is_dir()]
    return sorted(found, key=lambda job: (job.asked, job.run_id), reverse=True)


_children: dict[Path, subprocess.Popen[bytes]] = {}


def _reap() -> None:
    """Take leave of our children that ended, which would otherwise stay as zombies; note who ended them."""
    for folder, child in list(_children.items()):
        code = child.poll()
        if code is not None:
            del _children[folder]
            job = Job(folder.name, folder)
            if code < 0 and folder.is_dir() and not job._reported().over:  # noqa: SLF001 - our own
                tell(folder, Status("failed", message=ENDED_BY.format(signal.Signals(-code).name)))


def launch(job: Job) -> None:
    """Start the process of a job, which gives way to the page. Raises `OSError` if it cannot be started."""
    folders = [str(folder.absolute()) for folder in (job.folder, job.store)]
    command = [sys.executable, "-P", "-m", PROGRAM, *folders]  # -P: a user's data.py here is not our data
    with (job.folder / LOG).open("wb") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603 - our own
    _children[job.folder] = child
    process = psutil.Process(child.pid)
    process.nice(min(LAST, process.nice() + YIELDING))
    write_json(job.folder / PROCESS, {"pid": child.pid, "created": process.create_time()})


def tell(folder: Path, status: Status) -> None:
    """Write how far a job is."""
    write_json(folder / STATE, asdict(status))
