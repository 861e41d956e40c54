"""The trials of a backtest as tasks of the engine: done by workers, each kept in the store as a file of its own.

A trial travels as JSON. Whoever does it leaves the same bytes, written beside and renamed into place, so a killed
backtest goes on where it was and a variant that is added computes only its own.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask
from distributed import Client
from pydantic import TypeAdapter

from lull.batch.engine import Heard, Kind, do_tasks
from lull.batch.tasks import Outcome, not_done
from lull.data.files import held
from lull.data.schema import InputError
from lull.evaluation.record import FOLDER
from lull.evaluation.trials import Trial, kept_trial
from lull.model.runs.store import Store

_one_at_a_time = threading.Lock()  # a worker may have several threads; compiling takes one
_TRIAL = TypeAdapter(Trial)


def packed(trial: Trial, store: Store) -> str:
    """Return a trial as JSON that a worker with the same folders can do."""
    told = {"store": str(store.folder.absolute()), "trial": _TRIAL.dump_json(trial).decode()}
    return TypeAdapter(dict[str, str]).dump_json(told).decode()


def do(text: str) -> Outcome:
    """Return what became of a trial. Bad input is an outcome; what another try may mend is raised."""
    told = TypeAdapter(dict[str, str]).validate_json(text)
    trial, store = _TRIAL.validate_json(told["trial"]), Store(Path(told["store"]))
    started = time.perf_counter()
    try:
        # xarray would lock files through the scheduler, which knows nothing of them
        with _one_at_a_time, dask.config.set(scheduler="synchronous"):
            grade = kept_trial(trial, store)
    except InputError as error:
        return not_done(trial.run_id, str(error))
    seconds = round(time.perf_counter() - started, 2)
    return {"run_id": trial.run_id, "status": "finished", "reason": "", "grade": grade, "seconds": seconds}


TRIALS = Kind[Trial](packed, do)


@contextmanager
def reading_trials(store: Store) -> Iterator[None]:
    """Keep every trial of a store where it is until the block or the process ends: nobody sweeps meanwhile."""
    with held(store.folder / FOLDER, shared=True):
        yield


def run_trials(trials: list[Trial], store: Store, client: Client, *, heard: Heard[Trial]) -> list[dict[str, Any]]:
    """Do trials and return the outcomes of those that failed; `heard` is told of each as it ends."""
    return do_tasks(TRIALS, trials, store, client, heard=heard)
