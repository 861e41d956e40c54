"""What a worker does with one task: find or fit its run, project its scenarios, answer its questions, keep the tables.

A task travels as JSON and its outcome comes back as plain words and numbers. Any worker leaves the same bytes in the
store; two workers that meet on one task take turns, and the second finds what the first made.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import dask
from filelock import FileLock
from pydantic import TypeAdapter

from lull.batch.plan import Task, is_worth_another
from lull.data.integrity.revision import SCORING, revision
from lull.data.learned.tables import learned_identity
from lull.data.schema import InputError, Problem
from lull.data.settings import LEARNED
from lull.model.fitting.fit import FitPlan, Progress, find_or_fit
from lull.model.runs.store import FORECAST_FILE, Run, Store, content_id
from lull.scenarios.language.spec import Scenario
from lull.scenarios.results.forecast_cache import Request

LOCKS = ".locks"
OTHER_CODE = Problem("a worker", "the code that this was planned with", "other code", "Install one Lull everywhere.")
type Outcome = dict[str, Any]  # run_id, status (finished or failed), reason, grade, seconds; of what was done now laps

_turn = threading.Lock()
_FIT, _SCENARIOS = TypeAdapter(FitPlan), TypeAdapter(tuple[Scenario, ...])


@contextmanager
def alone_in_process() -> Iterator[None]:
    """Hold the one lock under which tasks of every kind compile and fit in this process, until the block ends.

    A worker may have several threads and serve a batch and a backtest at once; compilers of one process share a cache.
    Inside, Dask runs in the thread: xarray would otherwise lock files through the scheduler, which knows nothing of
    them.
    """
    with _turn, dask.config.set(scheduler="synchronous"):
        yield


def packed(task: Task, store: Store) -> str:
    """Return a task as JSON that a worker with the same folders can do."""
    request = task.request
    record = {
        "store": str(store.folder.absolute()),
        "code": revision(SCORING),
        "run_id": task.run_id,
        "plan": _FIT.dump_json(task.plan).decode(),
        "scenarios": _SCENARIOS.dump_json(request.scenarios).decode(),
        "horizon": request.horizon,
        "seed": request.seed,
        "questions": list(task.questions),
        "retries": task.retries,
        "variant": task.variant,
        "origin": str(task.origin),
    }
    return TypeAdapter(dict[str, Any]).dump_json(record).decode()


def do(text: str) -> Outcome:
    """Return the outcome of a task. Bad input is an outcome; an error that another attempt may not have is raised."""
    record = TypeAdapter(dict[str, Any]).validate_json(text)
    if record["code"] != revision(SCORING):
        return not_done(record["run_id"], str(OTHER_CODE))
    plan = _FIT.validate_json(record["plan"])
    request = Request(_SCENARIOS.validate_json(record["scenarios"]), record["horizon"], record["seed"])
    origin, questions = date.fromisoformat(record["origin"]), tuple(record["questions"])
    named = (record["variant"], plan.evidence.series, origin, record["run_id"])
    task = Task(plan, request, *named, questions, record["retries"])
    try:
        with alone_in_process():
            laps = Laps()
            run = _done(task, Store(Path(record["store"])), laps)
            laps.end()
    except InputError as error:
        return not_done(task.run_id, str(error))
    return finished(run) | {"laps": laps.seconds}


class Laps:
    """CPU seconds of this process by the step of a fit and its forecast, as these report them: a `Progress`."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._step, self._since = "read the data", time.process_time()

    def __call__(self, step: str, _done: int, _total: int) -> None:
        """End the step before and begin this one."""
        self.end()
        self._step = step

    def end(self) -> None:
        """Count what the step has taken since it was last counted."""
        now = time.process_time()
        self.seconds[self._step] = self.seconds.get(self._step, 0.0) + now - self._since
        self._since = now


def finished(run: Run) -> Outcome:
    """Return the outcome of a task whose run is there."""
    outcome = {"run_id": run.run_id, "status": "finished", "reason": ""}
    return outcome | {"grade": run.record["grade"], "seconds": run.record.get("seconds")}


def not_done(run_id: str, reason: str) -> Outcome:
    """Return the outcome of a task that failed."""
    return {"run_id": run_id, "status": "failed", "reason": reason, "grade": "", "seconds": None}


def _done(task: Task, store: Store, progress: Progress) -> Run:
    """Return the run of a task, with its forecast table in its folder."""
    if task.plan.learned != learned_identity():
        remedy = f"Set {LEARNED} to the same folder where the batch is started and where its tasks run."
        raise InputError(Problem(LEARNED, "the tables that the plan was read with", "other tables", remedy))
    if content_id(task.plan.identity()) != task.run_id:
        remedy = "Leave the files alone while a batch runs, and keep them at the same place on every machine."
        raise InputError(Problem("the data files", "what the plan was read from", "other contents", remedy))
    try:
        (store.folder / LOCKS).mkdir(parents=True, exist_ok=True)
        return _attempted(task, store, progress)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(Problem(str(store.folder), "a folder that can be written", reason, "Make room.")) from error


def _attempted(task: Task, store: Store, progress: Progress) -> Run:
    """Return the run that counts, with its tables: what is unusable is fitted again, as often as the task allows."""
    with FileLock(store.folder / LOCKS / f"{task.run_id}.lock"):
        run = find_or_fit(task.plan, store, progress=progress)
        if not (task.retries and is_worth_another(run)):
            if not store.has_intact(task.table(store)):
                _project(task, run, store, progress)
            if (answers := task.answers(store)) and not store.has_intact(answers):
                _answer(task, run, answers)
            return run
    return _attempted(task.again(), store, progress)


def _project(task: Task, run: Run, store: Store, progress: Progress) -> None:
    """Write the forecast table of a task; the first of a run is the one its folder is known by."""
    from lull.scenarios.results.forecast import forecast  # noqa: PLC0415 - takes seconds; the client does without
    from lull.scenarios.results.tables import write_parquet_parts  # noqa: PLC0415 - the same

    made = forecast(run, task.request, progress=progress)
    write_parquet_parts(made.tables(), task.table(store), seal=True)
    if not (run.folder / FORECAST_FILE).exists():
        run.attach(FORECAST_FILE, task.table(store))


def _answer(task: Task, run: Run, path: Path) -> None:
    """Write the answers to the questions of a task."""
    from lull.scenarios.results.answer_table import answers_table  # noqa: PLC0415 - takes seconds; the client does without
    from lull.scenarios.results.tables import write_parquet  # noqa: PLC0415 - the same

    request = task.request
    write_parquet(answers_table(run, task.questions, request.scenarios, seed=request.seed), path, seal=True)
