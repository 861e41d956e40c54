"""Fits as separate processes: started, followed and cancelled from a process that never samples.

A job is a folder `<store>/.jobs/<run id>/`: `plan.json` (what to fit), `process.json` (who fits it), `state.json` (how
far it is, written by that process alone and renamed into place) and `log.txt`. One plan has one job at a time: who
asks again follows the job that runs. A job whose process is gone without a last word has failed.
"""

import contextlib
import shutil
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psutil
from pydantic import TypeAdapter

from lull.batch.interruption import Interruption
from lull.data.evidence import Evidence
from lull.data.files import held, write_json
from lull.data.schema import InputError, Problem
from lull.model.fitting.fit import FitPlan, find_or_fit, usual_config
from lull.model.runs.store import Store, content_id, is_run, read_json
from lull.scenarios.language.standard import standard_request
from lull.scenarios.results.forecast_cache import find_kept

type State = Literal["starting", "running", "finished", "failed", "cancelled"]

FOLDER = ".jobs"
PLAN, PROCESS, STATE, LOG = "plan.json", "process.json", "state.json", "log.txt"
GRACE_SECONDS = 15.0  # from the request to stop until the process is ended
TOLD_EVERY = 0.2  # seconds between two notes of the progress
SILENT_END = "The process ended without a word; its log may say why."


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
    """A fit under way, or one that ended; it writes the run `run_id`."""

    run_id: str
    folder: Path

    def status(self) -> Status:
        """Return how far the job is; one that another reader has dismissed is over."""
        if not self.folder.is_dir():
            return Status("finished" if is_run(self.folder.parents[1] / self.run_id) else "cancelled")
        alive = self._process() is not None or not (self.folder / PROCESS).is_file()
        reported = self._reported()  # read after the look at the process: its last word is then not missed
        return reported if alive or reported.over else Status("failed", reported.step, message=SILENT_END)

    def cancel(self) -> None:
        """Ask the process to stop, as Ctrl-C does, and end it if it does not; nothing of the run remains."""
        process = self._process()
        if process is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(GRACE_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait()
                self._sweep()
        if not self._reported().over:
            _tell(self.folder, Status("cancelled"))

    def log(self) -> str:
        """Return what the process wrote."""
        path = self.folder / LOG
        return path.read_text("utf-8", errors="replace") if path.is_file() else ""

    def forget(self) -> None:
        """Remove what is left of a job that is over."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _reported(self) -> Status:
        try:
            return Status(**read_json(self.folder / STATE)) if (self.folder / STATE).is_file() else Status("starting")
        except (InputError, TypeError):  # damaged; the process that works writes it anew
            return Status("starting")

    def _process(self) -> psutil.Process | None:
        """Return the process at work, or None if there is none (any more)."""
        _reap()
        if not (self.folder / PROCESS).is_file():
            return None
        try:
            named = read_json(self.folder / PROCESS)
            process = psutil.Process(named["pid"])
            same = process.create_time() == named["created"] and process.status() != psutil.STATUS_ZOMBIE
        except (psutil.NoSuchProcess, InputError, KeyError, TypeError, ValueError):
            return None
        return process if same else None

    def _sweep(self) -> None:
        """Remove the half-written run of a process that had to be ended."""
        for scratch in self.folder.parents[1].glob(f".{self.run_id}.*"):
            shutil.rmtree(scratch, ignore_errors=True)


def start(evidence: Evidence, store: Store, *, seed: int = 1) -> Job:
    """Return the job that fits this evidence with default choices: the one that runs already, or a new one.

    Raises `InputError` if a file cannot be read or the store cannot be written.
    """
    return start_plan(FitPlan(evidence, config=usual_config(evidence), seed=seed), store)


def start_plan(plan: FitPlan, store: Store) -> Job:
    """Return the job that fits this plan."""
    run_id = content_id(plan.identity())
    job = Job(run_id, store.folder / FOLDER / run_id)
    try:
        with held(store.folder / FOLDER):
            if job.folder.is_dir() and (job.folder / PROCESS).is_file() and not job.status().over:
                return job
            shutil.rmtree(job.folder, ignore_errors=True)
            job.folder.mkdir()
            (job.folder / PLAN).write_bytes(TypeAdapter(FitPlan).dump_json(plan))
            _launch(job, store)
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "Make room or choose another store."
        raise InputError(Problem(str(store.folder), "a folder that can be written", reason, remedy)) from error
    return job


def jobs(store: Store) -> list[Job]:
    """Return the jobs of a store that have not been forgotten, the newest first."""
    folders = [path.parent for path in (store.folder / FOLDER).glob(f"*/{PROCESS}")]
    newest = sorted(folders, key=lambda folder: (folder / PROCESS).stat().st_mtime, reverse=True)
    return [Job(folder.name, folder) for folder in newest]


_children: list[subprocess.Popen[bytes]] = []


def _reap() -> None:
    """Take leave of our children that ended, which would otherwise stay as zombies."""
    _children[:] = [child for child in _children if child.poll() is None]


def _launch(job: Job, store: Store) -> None:
    """Start the process of a job."""
    folders = [str(folder.absolute()) for folder in (job.folder, store.folder)]
    command = [sys.executable, "-P", "-m", "lull.batch.jobs", *folders]  # -P: a user's data.py here is not our data
    with (job.folder / LOG).open("wb") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603 - our own
    _children.append(child)
    write_json(job.folder / PROCESS, {"pid": child.pid, "created": psutil.Process(child.pid).create_time()})


def _tell(folder: Path, status: Status) -> None:
    """Write how far a job is."""
    write_json(folder / STATE, asdict(status))


class _Teller:
    """Progress written to the job's folder, a few times a second at most."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._step = ""
        self._at = 0.0

    def __call__(self, step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if step != self._step or now - self._at >= TOLD_EVERY:
            self._step, self._at = step, now
            _tell(self._folder, Status("running", step, done, total))


def _work(folder: Path, store: Store, interruption: Interruption) -> Status:
    """Return the status of the fit of a job's plan, and of the forecast that the page shows first."""
    try:
        plan = TypeAdapter(FitPlan).validate_json((folder / PLAN).read_bytes())
        teller = interruption.heeding(_Teller(folder))
        run = find_or_fit(plan, store, progress=teller)
        from lull.scenarios.results.forecast import make_forecast  # noqa: PLC0415 - takes seconds; who starts a job does without

        request = standard_request(run)
        find_kept(run, request) or make_forecast(run, request, progress=teller)
    except InputError as error:
        return Status("failed", message=str(error))
    except (KeyboardInterrupt, SystemExit):
        return Status("cancelled")
    except Exception as error:  # noqa: BLE001 - the process's last word, whatever happened
        traceback.print_exc()
        return Status("failed", message=f"{type(error).__name__}: {error}")
    return Status("finished")


def main(folder: Path, store: Path) -> None:
    """Do the work of a job in this process: Ctrl-C and a request to end both cancel it."""
    with Interruption() as interruption:
        _tell(folder, _work(folder, Store(store), interruption))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
