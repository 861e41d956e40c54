"""The process of one fit that was started from the page, within the memory and the time that it may take.

The invariant: its last word stands in the folder of its job, whatever ended it, but for a signal that no process hears.
"""

import os
import resource
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter

from lull.batch.interruption import Interruption
from lull.batch.jobs import PLAN, Job, Status, tell
from lull.data.integrity.limits import size_words
from lull.data.schema import InputError
from lull.data.settings import limits
from lull.model.fitting.fit import FitPlan, find_or_fit
from lull.model.runs.store import Store
from lull.scenarios.language.standard import standard_request
from lull.scenarios.results.forecast_cache import find_kept

TOLD_EVERY = 0.2  # seconds between two notes of the progress
TOO_LONG = "It took longer than {} minutes, which is the limit here. {}"
TOO_LARGE = "It needed more memory than {}. {}"
FEWER = "Take fewer series or weeks, or ask who runs this page."


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
            tell(self._folder, Status("running", step, done, total))


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
    except MemoryError:
        traceback.print_exc()
        allowed = limits().fit_memory
        bound = f"the {size_words(allowed)} that a fit may have here" if allowed else "there is"
        return Status("failed", message=TOO_LARGE.format(bound, FEWER))
    except Exception as error:  # noqa: BLE001 - the process's last word, whatever happened
        traceback.print_exc()
        return Status("failed", message=f"{type(error).__name__}: {error}")
    return Status("finished")


@contextmanager
def within(folder: Path, *, minutes: float | None, memory: int | None) -> Iterator[None]:
    """Hold this process to minutes and bytes of its own memory; out of time it says so, tidies up and ends."""
    usual = resource.getrlimit(resource.RLIMIT_DATA)
    timer = threading.Timer(60.0 * (minutes or 0.0), _out_of_time, (folder, minutes or 0.0))
    timer.daemon = True
    if minutes is not None:
        timer.start()
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, usual)  # the last word needs some
        timer.cancel()


def _out_of_time(folder: Path, minutes: float) -> None:
    """End this process: code that was compiled does not listen to anything gentler."""
    tell(folder, Status("failed", message=TOO_LONG.format(f"{minutes:g}", FEWER)))
    Job(folder.name, folder).sweep()
    os._exit(1)


def main(folder: Path, store: Path) -> None:
    """Do the work of a job in this process: Ctrl-C and a request to end both cancel it."""
    with Interruption() as interruption:
        allowed = limits()
        with within(folder, minutes=allowed.fit_minutes, memory=allowed.fit_memory):
            status = _work(folder, Store(store), interruption)
        tell(folder, status)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
