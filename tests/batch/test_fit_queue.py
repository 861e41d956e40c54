"""The queue of fits of the page: so many at once, of all and of each reader; what is left of an earlier server."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lull.batch import fit_queue
from lull.batch.fit_queue import advance, advance_all, cancel, place, resume, start_plan
from lull.batch.jobs import FOLDER, PROGRAM, Job, Status, jobs
from lull.data.evidence import embedded_evidence
from lull.data.files import write_json
from lull.model.fitting.fit import FitPlan
from lull.model.runs.store import Store

PATIENCE = 60.0  # seconds that a process may take on a busy machine
SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The processes of jobs by run id: they sleep in place of a fit."""
    children: dict[str, subprocess.Popen[bytes]] = {}

    def launch(job: Job) -> None:
        child = subprocess.Popen([sys.executable, "-c", SLEEP, PROGRAM, str(job.folder), str(job.store)])
        children[job.run_id] = child
        write_json(job.folder / "process.json", {"pid": child.pid, "created": psutil.Process(child.pid).create_time()})

    monkeypatch.setattr(fit_queue, "launch", launch)
    monkeypatch.setattr(fit_queue, "_waiting", set())  # not the queues of other tests, which `advance_all` would start
    yield children
    for child in children.values():
        child.kill()
        child.wait()


@pytest.fixture
def ask(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], Job]:
    """A function that asks for a fit of a reader: ask("anna", seed)."""
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    plan = FitPlan(embedded_evidence())
    return lambda reader, seed: start_plan(replace(plan, seed=seed), Store(store.folder / reader))


def finish(job: Job, child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    write_json(job.folder / "state.json", {"state": "finished"})


def states(*asked: Job) -> list[str]:
    return [job.status().state for job in asked]


def test_fits_wait_for_their_turn_and_no_reader_takes_all(
    ask: Callable[[str, int], Job], started: dict[str, subprocess.Popen[bytes]], store: Store
) -> None:
    first, second, third = ask("anna", 1), ask("anna", 2), ask("anna", 3)
    other, last = ask("bert", 4), ask("carl", 5)
    assert states(first, second, third, other, last) == ["starting", "waiting", "waiting", "starting", "waiting"]
    assert [place(job) for job in (first, second, third, other, last)] == [0, 1, 2, 0, 3]
    finish(first, started[first.run_id])
    advance(store.folder)
    assert states(second, third, last) == ["starting", "waiting", "waiting"]
    finish(other, started[other.run_id])
    advance_all()  # what the server does every second
    assert states(third, last) == ["waiting", "starting"]
    assert ask("anna", 3) == third
    assert place(third) == 1


@pytest.mark.parametrize(("fits", "of_one", "expected"), [("1", "9", 1), ("9", "2", 2), ("9", "9", 3)])
def test_how_many_fit_at_once_is_a_setting(
    fits: str, of_one: str, expected: int, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, started = request.getfixturevalue("ask"), request.getfixturevalue("started")
    monkeypatch.setenv("LULL_FITS", fits)
    monkeypatch.setenv("LULL_FITS_PER_READER", of_one)
    for seed in range(3):
        ask("anna", seed)
    assert len(started) == expected


def test_a_fit_that_waits_is_taken_out_of_the_queue(
    ask: Callable[[str, int], Job], started: dict[str, subprocess.Popen[bytes]], store: Store
) -> None:
    first, second, third = ask("anna", 1), ask("anna", 2), ask("anna", 3)
    cancel(second)
    assert states(second, third) == ["cancelled", "waiting"]
    assert place(third) == 1
    second.forget()
    assert jobs(Store(store.folder / "anna")) == [third, first]
    finish(first, started[first.run_id])
    advance(store.folder)
    assert states(third) == ["starting"]


def test_the_queue_outlives_the_server_and_processes_that_no_job_names_do_not(
    ask: Callable[[str, int], Job], started: dict[str, subprocess.Popen[bytes]], store: Store
) -> None:
    first, second = ask("anna", 1), ask("anna", 2)
    orphan = subprocess.Popen([sys.executable, "-c", SLEEP, PROGRAM, str(first.folder), str(first.store)])
    elsewhere = subprocess.Popen([sys.executable, "-c", SLEEP, PROGRAM, "/elsewhere/.jobs/x", "/elsewhere"])
    left = store.folder / "anna" / f".{first.run_id}.left"
    left.mkdir()
    try:
        started[first.run_id].kill()
        started[first.run_id].wait()
        fit_queue._waiting.clear()  # another server
        resume(store.folder)
        orphan.wait(PATIENCE)
        assert elsewhere.poll() is None
        assert states(first, second) == ["failed", "starting"]
        assert not left.exists()
    finally:
        for child in (orphan, elsewhere):
            child.kill()
            child.wait()


def test_a_process_that_cannot_be_started_is_a_failure_and_stops_no_other(
    ask: Callable[[str, int], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    def launch(_job: Job) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(fit_queue, "launch", launch)
    job = ask("anna", 1)
    assert job.status() == Status(
        "failed", message="Its process could not be started: Resource temporarily unavailable."
    )


def in_process(folder: Path, code: str) -> subprocess.CompletedProcess[bytes]:
    """Run code in the place of a fit, with the folder of its job as `folder`."""
    head = f"from pathlib import Path; folder = Path({str(folder)!r}); from lull.batch.fit_process import within\n"
    return subprocess.run([sys.executable, "-c", head + code], check=False, capture_output=True, timeout=PATIENCE)


def test_a_fit_that_takes_too_long_says_so_and_leaves_nothing(store: Store) -> None:
    job = Job("abc", store.folder / FOLDER / "abc")
    (store.folder / ".abc.scratch").mkdir(parents=True)
    ended = in_process(job.folder, "import time\nwith within(folder, minutes=0.01, memory=None): time.sleep(600)")
    assert ended.returncode == 1
    assert job._reported() == Status(
        "failed",
        message="It took longer than 0.01 minutes, which is the limit here. "
        "Take fewer series or weeks, or ask who runs this page.",
    )
    assert not (store.folder / ".abc.scratch").exists()


def test_a_fit_may_take_so_much_memory_and_no_more(store: Store) -> None:
    code = "with within(folder, minutes=None, memory={}): x = bytearray(300_000_000); print('taken')"
    assert b"MemoryError" in in_process(store.folder, code.format(250_000_000)).stderr
    assert in_process(store.folder, code.format(2_000_000_000)).stdout == b"taken\n"


def test_a_fit_without_memory_has_failed_with_the_reason_and_its_log(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LULL_FIT_MEMORY", "120M")
    job = start_plan(FitPlan(embedded_evidence()), store)
    deadline = time.monotonic() + PATIENCE
    while not (status := job.status()).over:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert status.state == "failed"
    assert "memory" in status.message
    assert job.log()
    assert store.runs() == []
    assert os.listdir(store.folder) == [FOLDER]  # noqa: PTH208 - names are enough
