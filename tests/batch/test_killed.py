"""Whatever is killed in the middle of a batch, the same command afterwards gives the tables of an undisturbed run."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

PATIENCE = 300.0  # seconds for one step on a busy machine
WhichPlan = Callable[..., Path]
pytestmark = pytest.mark.slow


def command(plan: Path, store: Path, *options: str) -> list[str]:
    return [sys.executable, "-P", "-m", "cli", "batch", "run", str(plan), "--store", str(store), *options]


def started(arguments: list[str]) -> "subprocess.Popen[str]":
    """Start a command in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def tables(store: Path) -> set[Path]:
    return set(store.glob("*/tables/*.parquet"))


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    output, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, output


@pytest.fixture
def undisturbed(write_plan: WhichPlan, tmp_path: Path) -> Path:
    """The forecast table of a run that nothing disturbed."""
    code, output = ended(started(command(write_plan(name="calm.toml", out="calm"), tmp_path / "calm-store")))
    assert code == 0, output
    return tmp_path / "calm" / "forecast.parquet"


def finish_and_compare(arguments: list[str], store: Path, kept: dict[Path, int], undisturbed: Path) -> None:
    """Run the command again: equal tables, and nothing that was finished is touched."""
    code, output = ended(started(arguments))
    assert code == 0, output
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    made = undisturbed.parents[1] / "out" / "forecast.parquet"
    assert pq.read_table(made).equals(pq.read_table(undisturbed))
    assert made.read_bytes() == undisturbed.read_bytes()
    assert len(tables(store)) == 8


def when_made(store: Path) -> dict[Path, int]:
    runs = {path.parents[1] / "posterior.nc" for path in tables(store)}
    return {path: path.stat().st_mtime_ns for path in tables(store) | runs}


def test_the_client_is_killed(write_plan: WhichPlan, tmp_path: Path, undisturbed: Path) -> None:
    arguments = command(write_plan(), tmp_path / "store")
    process = started(arguments)
    until(lambda: len(tables(tmp_path / "store")) >= 2)
    process.kill()
    process.communicate()  # until its workers are gone too
    kept = when_made(tmp_path / "store")
    assert len(kept) < 16, "it was killed too late to show anything"
    finish_and_compare(arguments, tmp_path / "store", kept, undisturbed)


def test_a_worker_is_killed(write_plan: WhichPlan, tmp_path: Path, undisturbed: Path) -> None:
    arguments = command(write_plan(), tmp_path / "store", "--workers", "2")
    process = started(arguments)
    until(lambda: len(tables(tmp_path / "store")) >= 2)
    children = psutil.Process(process.pid).children(recursive=True)
    worker = max(children, key=lambda child: child.memory_info().rss)
    kept = when_made(tmp_path / "store")
    worker.kill()
    code, output = ended(process)
    assert code == 0, output
    finish_and_compare(arguments, tmp_path / "store", kept, undisturbed)


def trials(store: Path) -> dict[Path, int]:
    """The forecasts of a backtest that are kept, and when each was made."""
    return {path: path.stat().st_mtime_ns for path in store.glob(".backtests/trials/*.parquet")}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_backtest_is_killed(weekly: Path, tmp_path: Path, how: signal.Signals) -> None:
    def asked(name: str) -> list[str]:
        store = tmp_path / ("store" if name == "again" else name)
        options = ["--learn", "20", "--origins", "2", "--horizon", "4", "--draws", "60", "--tune", "60", "--store"]
        reported = ["--counts", str(weekly), *options, str(store), "--out", str(tmp_path / f"{name}-out")]
        return [sys.executable, "-P", "-m", "cli", "backtest", *reported]

    calm, _ = ended(started(asked("calm")))
    process = started(asked("store"))
    until(lambda: len(trials(tmp_path / "store")) >= 20)
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # Ctrl-C reaches the workers too
    else:
        process.kill()
    code, output = ended(process)
    assert code == (130 if how == signal.SIGINT else -how), output
    assert "Traceback" not in output
    assert ("Interrupted" in output) == (how == signal.SIGINT)
    kept = trials(tmp_path / "store")
    assert len(kept) < len(trials(tmp_path / "calm")), "it was killed too late to show anything"
    assert ended(started(asked("again")))[0] == calm
    made = trials(tmp_path / "store")
    assert {path: made[path] for path in kept} == kept
    names = {path.name for path in (tmp_path / "calm-out").iterdir()}
    assert {"scores.parquet", "summary.csv", "paired.csv", "weights.csv", "fits.csv"} <= names
    for name in names:
        assert (tmp_path / "again-out" / name).read_bytes() == (tmp_path / "calm-out" / name).read_bytes(), name


@contextmanager
def cluster(folder: Path, port: int) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Start a scheduler and two workers from the command line, as on a cluster."""
    address = f"tcp://127.0.0.1:{port}"
    tool = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    scheduler = subprocess.Popen(
        [*tool, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        **quiet,  # type: ignore[call-overload]
    )
    one_core = dict.fromkeys(("PYTHON_CPU_COUNT", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    workers = [
        subprocess.Popen(
            [*tool, "worker", address, "--nthreads", "1", "--no-dashboard"],
            env=os.environ | one_core,
            **quiet,  # type: ignore[call-overload]
        )
        for _ in range(2)
    ]
    try:
        yield scheduler, address
    finally:
        for process in (*workers, scheduler):
            process.send_signal(signal.SIGTERM)
        for process in (*workers, scheduler):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def test_the_scheduler_of_a_cluster_is_killed(
    write_plan: WhichPlan, tmp_path: Path, undisturbed: Path, unused_tcp_port: int
) -> None:
    plan, store = write_plan(), tmp_path / "store"
    with cluster(tmp_path, unused_tcp_port) as (scheduler, address):
        process = started(command(plan, store, "--scheduler", address))
        until(lambda: len(tables(store)) >= 2)
        scheduler.kill()
        code, output = ended(process)
    assert code == 1
    assert "The scheduler is gone" in output
    kept = when_made(store)
    with cluster(tmp_path, unused_tcp_port) as (_, address):
        finish_and_compare(command(plan, store, "--scheduler", address), store, kept, undisturbed)


def test_two_batches_at_once_on_one_store(write_plan: WhichPlan, tmp_path: Path, undisturbed: Path) -> None:
    store = tmp_path / "store"
    both = [started(command(write_plan(name=f"{out}.toml", out=out), store)) for out in ("out", "too")]
    for process in both:
        code, output = ended(process)
        assert code == 0, output
    for out in ("out", "too"):
        assert (tmp_path / out / "forecast.parquet").read_bytes() == undisturbed.read_bytes()
    assert [path for path in store.iterdir() if path.name.startswith(".") and "." in path.name[1:]] == []


@pytest.fixture
def unused_tcp_port() -> int:
    """A port that nobody listens on."""
    import socket  # noqa: PLC0415 - here alone

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
