"""The trials of a backtest as tasks of the engine: done by workers, each kept in the store as a file of its own.

A trial travels as JSON. Any worker leaves the same bytes, written to a scratch file and renamed into place, so a killed
backtest goes on where it was and a variant that is added computes only its own trials.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from distributed import Client
from pydantic import TypeAdapter

from lull.batch.engine import Heard, Kind, do_tasks
from lull.batch.tasks import OTHER_CODE, Outcome, alone_in_process, not_done
from lull.data.files import held
from lull.data.integrity.revision import SCORING, revision
from lull.data.schema import InputError
from lull.evaluation.record import FOLDER
from lull.evaluation.trials import Trial, kept_trial
from lull.model.runs.store import Store

NO_TREES = date.min  # before every half year
_TRIAL = TypeAdapter(Trial)


def packed(trial: Trial, store: Store) -> str:
    """Return a trial as JSON that a worker with the same folders can do."""
    record = {"store": str(store.folder.absolute()), "code": revision(SCORING)}
    record["trial"] = _TRIAL.dump_json(trial).decode()
    return TypeAdapter(dict[str, str]).dump_json(record).decode()


def do(text: str) -> Outcome:
    """Return the outcome of a trial. Bad input is an outcome; an error that another attempt may not have is raised."""
    record = TypeAdapter(dict[str, str]).validate_json(text)
    trial, store = _TRIAL.validate_json(record["trial"]), Store(Path(record["store"]))
    if record["code"] != revision(SCORING):
        return not_done(trial.run_id, str(OTHER_CODE))
    started = time.perf_counter()
    try:
        with alone_in_process():
            grade = kept_trial(trial, store)
    except InputError as error:
        return not_done(trial.run_id, str(error))
    seconds = round(time.perf_counter() - started, 2)
    return {"run_id": trial.run_id, "status": "finished", "reason": "", "grade": grade, "seconds": seconds}


TRIALS = Kind[Trial](packed, do)


@contextmanager
def reading_trials(store: Store) -> Iterator[None]:
    """Keep every trial of a store where it is until the block or the process ends: no clean-up removes one."""
    with held(store.folder / FOLDER, shared=True):
        yield


def run_trials(trials: list[Trial], store: Store, client: Client, *, heard: Heard[Trial]) -> list[dict[str, Any]]:
    """Do trials and return the outcomes of those that failed; `heard` is called with each as it ends."""
    return do_tasks(TRIALS, in_turn(trials), store, client, heard=heard)


def in_turn(trials: Iterable[Trial]) -> list[Trial]:
    """Return trials in the order in which they are done: those that need the same boosted trees one after another.

    The trees of a half year serve all series and take seconds to grow. A process keeps a few of them, and in the order
    of the data the origins of a series lie years apart. What the others keep (the evidence of a cell) they keep.
    """
    return sorted(trials, key=lambda trial: trial.trees_of or NO_TREES)
