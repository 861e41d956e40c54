"""kill -9 at random moments of commands, as often as is asked: `python tests/kills.py --trials 20 --minutes 60`.

A trial starts a command in a fresh place, kills it and all that it started at a random moment of the time that it
takes, and then looks: the store can be read, no file of it is damaged, what was finished is as it was, an output under
its own name is the whole file, no process is left; the same command then ends well, with the same files. It prints
a line for each command and returns 1 if anything was lost.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import psutil

from lull.batch.store_check import check_store
from lull.model.runs.store import Store
from tests.conftest import write_embedded_run, write_synthetic_run

ROWS = 60_000  # events of the import
TIMED = (".xlsx", ".tar")  # formats that hold the time at which they were made


@dataclass
class Figures:
    """What came of the trials of one command."""

    trials: int = 0
    under_way: int = 0
    lost: list[str] = field(default_factory=list)


def store_of(folder: Path) -> Store:
    """Return a store with the embedded run and two others."""
    store = Store(folder / "store")
    write_embedded_run(store)
    for run_id in ("a" * 16, "b" * 16):
        write_synthetic_run(store, run_id=run_id)
    return store


def settle(folder: Path) -> None:
    """Fill the place that every trial is a copy of."""
    store_of(folder)
    rows = (f"{number},2024-{1 + number % 12:02d}-{1 + number % 28:02d},A{number % 7}" for number in range(ROWS))
    (folder / "events.csv").write_text("\n".join(["event_id,date,actor", *rows, ""]))
    lull(["runs", "backup", "archive.tar", "--store", "store"], folder).wait()


COMMANDS: dict[str, list[str]] = {
    "import": ["import", "events", "events.csv", "--actor", "A1", "--out", "out"],
    "backup": ["runs", "backup", "out/store.tar", "--store", "store"],
    "restore": ["runs", "restore", "archive.tar", "--store", "other"],
    "export": ["export", "aaaa", "--format", "csv", "--format", "hubverse-parquet", "--out", "out", "--store", "store"],
    "forecast": ["forecast", "--horizon", "13", "--out", "out", "--store", "store"],
    "scenario": ["scenario", "run", "ceasefire-collapses", "--run", "aaaa", "--store", "store"],
    "clean": ["runs", "clean", "--older-than", "0", "--store", "other"],
}


def lull(words: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start the command in a folder, in a group of its own."""
    command = [sys.executable, "-P", "-m", "lull.cli", *words]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=folder, start_new_session=True, **quiet)


def files(folder: Path) -> dict[str, str]:
    """Return the checksum of every output under its own name, but for those that hold a time."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    paths = [path for path in paths if path.suffix not in TIMED]
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in paths}


def wrong(folder: Path, reference: dict[str, str], runs: set[str]) -> str:
    """Return what a kill has broken in a place, empty if nothing."""
    store = Store(folder / "store")
    if {run.run_id for run in store.runs()} != runs:
        return "a run is gone"
    for place in (store, Store(folder / "other")):
        if damaged := check_store(place, repair=False).damaged if place.folder.is_dir() else []:
            return f"damaged: {damaged[0].name}"
    halves = {name for name, digest in files(folder / "out").items() if reference.get(name, digest) != digest}
    return f"half an output: {min(halves)}" if halves else ""


def tried(name: str, pattern: Path, trials: int, until: float, rng: random.Random) -> Figures:
    """Kill one command as often as is asked, or until the time is over."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as place:
        whole, seconds = reference_of(name, pattern, Path(place) / "whole")
    while figures.trials < trials and time.monotonic() < until:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "trial"
            figures.trials += 1
            if lost := trial(
                name, pattern, folder, whole=whole, after=rng.uniform(0.05, 1.0) * seconds, figures=figures
            ):
                figures.lost.append(lost)
    return figures


def reference_of(name: str, pattern: Path, folder: Path) -> tuple[dict[str, str], float]:
    """Return what a command makes if nobody disturbs it, and how long it takes."""
    begin(name, pattern, folder)
    started = time.monotonic()
    assert lull(COMMANDS[name], folder).wait() == 0, f"{name} does not end well even undisturbed"
    return files(folder / "out"), time.monotonic() - started


def begin(name: str, pattern: Path, folder: Path) -> None:
    """Copy the place of a trial; what a command cleans is filled first."""
    shutil.copytree(pattern, folder)
    (folder / "out").mkdir()
    if name == "clean":
        shutil.copytree(folder / "store", folder / "other")


def trial(name: str, pattern: Path, folder: Path, *, whole: dict[str, str], after: float, figures: Figures) -> str:
    """Kill a command after some seconds and return what was lost, empty if nothing."""
    begin(name, pattern, folder)
    runs = {run.run_id for run in Store(folder / "store").runs()}
    child = lull(COMMANDS[name], folder)
    time.sleep(after)
    left = [child.pid, *(each.pid for each in psutil.Process(child.pid).children(recursive=True))]
    if child.poll() is None:
        figures.under_way += 1
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    time.sleep(0.2)
    if any(psutil.pid_exists(pid) for pid in left):
        return "a process is left"
    if broken := wrong(folder, whole, runs):
        return broken
    if lull(COMMANDS[name], folder).wait() != 0:
        return "the same command fails"
    return wrong(folder, whole, runs) or ("" if files(folder / "out") == whole else "other files after all")


def main() -> int:
    """Try every command, or those that are named, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="*", default=list(COMMANDS))
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    rng, lost = random.Random(chosen.seed), 0  # noqa: S311 - no secret
    share = 60 * chosen.minutes / len(chosen.commands)
    with tempfile.TemporaryDirectory() as place:
        settle(Path(place) / "pattern")
        for name in chosen.commands:
            figures = tried(name, Path(place) / "pattern", chosen.trials, time.monotonic() + share, rng)
            lost += len(figures.lost)
            words = f"{name}: {figures.trials} trials, {figures.under_way} under way, {len(figures.lost)} lost"
            sys.stdout.write(f"{words} {figures.lost or ''}\n")
            sys.stdout.flush()
    return bool(lost)


if __name__ == "__main__":
    sys.exit(main())
