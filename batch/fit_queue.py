"""The queue of fits that are started from the page: so many at once, of all readers and of each, the others in turn.

The queue is what lies on the disk: the jobs of a store, and of its readers' stores, that have no process yet. It
outlives the server. Whoever adds to it, or runs the server, starts what has its turn; one lock keeps them apart.
"""

import contextlib
import shutil
from pathlib import Path

import psutil
from pydantic import TypeAdapter

from lull.batch.jobs import FOLDER, PLAN, PROGRAM, Job, Status, jobs, launch, tell
from lull.data.evidence import Evidence
from lull.data.files import held
from lull.data.schema import InputError, Problem
from lull.data.settings import limits, settings
from lull.model.fitting.fit import FitPlan, usual_config
from lull.model.runs.store import Store, content_id
from lull.scenarios.beliefs.believed_plan import plan_believing
from lull.scenarios.beliefs.reader_beliefs import Beliefs

_waiting: set[Path] = set()  # queues of this process that do not run empty without it


def start(evidence: Evidence, store: Store, *, seed: int = 1, beliefs: Beliefs | None = None) -> Job:
    """Return the job that fits this evidence with default choices: one that is there already, or a new one.

    It begins at once if its turn has come. `beliefs` of a reader take the place of the record's. Raises `InputError` if
    a file cannot be read or the store cannot be written.
    """
    plan = FitPlan(evidence, config=usual_config(evidence), seed=seed)
    return start_plan(plan_believing(plan, beliefs or Beliefs()), store)


def start_plan(plan: FitPlan, store: Store) -> Job:
    """Return the job that fits this plan."""
    run_id, root = content_id(plan.identity()), _root(store.folder)
    job = Job(run_id, store.folder / FOLDER / run_id)
    try:
        with held(root / FOLDER):
            if not job.folder.is_dir() or job.status().over:
                shutil.rmtree(job.folder, ignore_errors=True)
                job.folder.mkdir(parents=True)
                (job.folder / PLAN).write_bytes(TypeAdapter(FitPlan).dump_json(plan))
        advance(root)
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "Make room or choose another store."
        raise InputError(Problem(str(store.folder), "a folder that can be written", reason, remedy)) from error
    return job


def cancel(job: Job) -> None:
    """Stop a job, or take it out of the queue; the next in turn begins."""
    root = _root(job.store)
    with held(root / FOLDER):  # nobody starts it meanwhile
        if job.process() is None:
            job.cancel()
    if job.process() is not None:  # it may take a while: the queue goes on
        job.cancel()
    advance(root)


def advance(root: Path) -> None:
    """Start the jobs of a queue whose turn has come: the first that were asked for, of readers who have no other."""
    allowed = limits()
    with held(root / FOLDER):
        waiting, running = _queue(root)
        for job in list(waiting):
            if len(running) >= allowed.fits:
                break
            if sum(other.store == job.store for other in running) < allowed.fits_per_reader:
                waiting.remove(job)
                if _launched(job):
                    running.append(job)
    (_waiting.add if waiting else _waiting.discard)(root)


def advance_all() -> None:
    """Start what has its turn in the queues that this process knows to be waiting."""
    for root in tuple(_waiting):
        advance(root)


def place(job: Job) -> int:
    """Return how many jobs of all readers were asked for before one that waits, itself included; 0 if it does not."""
    waiting, _ = _queue(_root(job.store))
    return waiting.index(job) + 1 if job in waiting else 0


def resume(root: Path) -> None:
    """Take over what an earlier server left: end processes that no job names, remove what dead ones left, go on."""
    if not root.is_dir():
        return
    with held(root / FOLDER):  # no job is between its process and the note of it
        found = _jobs(root)
        named = {process.pid for job in found if (process := job.process())}
        for process in psutil.process_iter(["cmdline"]):
            if process.pid not in named and _works_for(process.info["cmdline"] or (), root):
                with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                    process.kill()
                    process.wait()
        for job in found:
            if job.is_started and job.status().over and job.process() is None:
                job.sweep()
    advance(root)


def _works_for(command: list[str] | tuple[str, ...], root: Path) -> bool:
    """Return whether a command line is that of a fit of a queue."""
    folders = [Path(word) for word in command[-2:]]
    return PROGRAM in command and len(folders) == 2 and root.absolute() in (folders[1], folders[1].parent)  # noqa: PLR2004 - the two of `launch`


def _launched(job: Job) -> bool:
    """Return whether the process of a job was started; if not, the job has failed."""
    try:
        launch(job)
    except OSError as error:
        tell(job.folder, Status("failed", message=f"Its process could not be started: {error.strerror or error}."))
        return False
    return True


def _queue(root: Path) -> tuple[list[Job], list[Job]]:
    """Return the jobs that wait, the first in turn first, and those at work."""
    alive = [job for job in _jobs(root) if not job.status().over]
    waiting = sorted((job for job in alive if not job.is_started), key=lambda job: (job.asked, job.run_id))
    return waiting, [job for job in alive if job.is_started]


def _jobs(root: Path) -> list[Job]:
    """Return the jobs of a store and of its readers' stores."""
    stores = [root, *(path.parent for path in root.glob(f"[!.]*/{FOLDER}"))]
    return [job for folder in stores for job in jobs(Store(folder))]


def _root(folder: Path) -> Path:
    """Return the store whose queue a store shares: that of all readers if it is one reader's part of it."""
    return folder.parent if folder.parent == settings().store else folder
