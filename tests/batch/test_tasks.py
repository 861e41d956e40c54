"""What a worker does with a task: tasks of every kind take turns in one process."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask
import pytest

from lull.batch import backtests, tasks
from lull.batch.engine import RUNS
from lull.batch.plan import read_batch
from lull.data.evidence import Evidence
from lull.evaluation.backtest import plan_backtest
from lull.evaluation.cells import Rule
from lull.evaluation.forecasters.participants import Entrant, Setting
from lull.model.runs.store import Store


def test_a_fit_of_a_batch_and_one_of_a_backtest_do_not_compile_at_once(
    write_plan: Callable[..., Path], weekly: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker with several threads may serve both; each would compile into the cache of the process."""
    entered, inside, most = threading.Event(), 0, 0

    def work(*_: Any) -> Any:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        assert dask.config.get("scheduler") == "synchronous"
        entered.set()
        threading.Event().wait(0.3)  # long enough for the other thread to come in, if it could
        inside -= 1
        return "good"

    monkeypatch.setattr(tasks, "_done", work)
    monkeypatch.setattr(tasks, "finished", lambda _run: {})
    monkeypatch.setattr(backtests, "kept_trial", work)
    task = read_batch(write_plan()).tasks[0]
    trials = plan_backtest(
        Evidence(counts=weekly),
        Rule(origins=1, learn=20),
        (Entrant("all_zero", "baseline"),),
        Setting(horizon=4),
        progress=lambda *_: None,
        seed=1,
    ).trials
    batch = threading.Thread(target=RUNS.do, args=(RUNS.packed(task, store),))
    batch.start()
    assert entered.wait(5)
    assert backtests.do(backtests.packed(trials[0], store))["status"] == "finished"
    batch.join(5)
    assert not batch.is_alive()
    assert most == 1


def test_a_worker_with_other_code_does_nothing(
    write_plan: Callable[..., Path], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = RUNS.packed(read_batch(write_plan()).tasks[0], store)
    monkeypatch.setattr(tasks, "revision", lambda _: "another")
    outcome = RUNS.do(text)
    assert outcome["status"] == "failed"
    assert "expected the code that this was planned with, found other code. Install one Lull everywhere." in str(
        outcome
    )
    assert not store.folder.exists()


def test_laps_are_the_cpu_seconds_of_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 11.0, 14.0, 14.5, 16.5])
    monkeypatch.setattr(tasks.time, "process_time", lambda: next(clock))
    laps = tasks.Laps()
    laps("sample the posterior", 0, 2)
    laps("sample the posterior", 1, 2)
    laps("store the run", 0, 1)
    laps.end()
    assert laps.seconds == {"read the data": 1.0, "sample the posterior": 3.5, "store the run": 2.0}
