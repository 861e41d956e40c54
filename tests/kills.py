"""kill -9 at random moments of commands, as often as is asked: `python tests/kills.py --trials 20 --minutes 60`.

A trial starts a command in a fresh place, kills it and all that it started at a random moment of the time that it
takes, and then looks: the store can be read, no file of it is damaged, no entry of the ledger is gone or altered, what
was finished is as it was, an output under its own name is the whole file, no process is left; the same command then
ends well, with the same files. It prints a line for each command and returns 1 if anything was lost.
"""

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from lull import cli
from lull.batch.store_check import check_store
from lull.ledger import journal
from lull.ledger.entries import Entry
from lull.ledger.journal import open_ledger
from lull.model.fitting.fit import FitPlan, usual_config
from lull.model.runs.store import POSTERIOR_FILE, Store, content_id
from lull.watch.incoming import incoming
from lull.watch.watch_file import read_watch
from tests.conftest import SERIES, write_embedded_run, write_synthetic_run
from tests.data.recorded_events.test_importers import ACTORS, AGREEMENTS, CEASEFIRES
from tests.ledger.conftest import forecast
from tests.watch.conftest import COUNTS, WATCH

ROWS = 60_000  # events of the import
TIMED = (".xlsx", ".tar", ".pdf")  # formats that hold the time at which they were made
SINCE = ("briefing.html", "digest.html", "changes.json")  # say what is new since the last time: whole, or not
LOADED = (  # what the commands import, beside what stands above
    *("cli", "batch.cleanup", "data.importers.events", "ledger.publication", "ledger.resolution"),
    *("ledger.record_scores", "model.fitting.fit", "model.reconstruction.reconstruct", "model.runs.backup"),
    *("scenarios.briefing.page", "scenarios.drivers.answer_parts", "scenarios.exports.hub_folder"),
    *("scenarios.results.export", "scenarios.results.forecast", "watch.one_pass"),
)
AS_OF = date(2024, 12, 31)
NEWER = [f"{series},{AS_OF + timedelta(days=7 * week - 1)},{week % 2}" for series in SERIES for week in range(6)]
PATIENCE = 10.0  # seconds after a kill within which what it started must have ended
COUNTS_HEAD = "series,week_start,count"


@dataclass
class Figures:
    """What came of the trials of one command."""

    trials: int = 0
    under_way: int = 0
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class State:
    """What a store holds that no kill may take: its runs, and the entries of its ledger."""

    runs: frozenset[str]
    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, folder: Path) -> "State":
        """Return that of the store of a place."""
        store = Store(folder / "store")
        return cls(frozenset(run.run_id for run in store.runs()), open_ledger(store).entries())


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
    (folder / "newer.csv").write_text("\n".join([COUNTS_HEAD, *NEWER, ""]))
    for name, text in {"ceasefires": CEASEFIRES, "agreements": AGREEMENTS, "actors": ACTORS}.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    (folder / "silences.csv").write_text("\n".join([COUNTS_HEAD, *silences(), ""]))
    settle_ledger(folder)
    settle_watch(folder)
    ended(lull(["runs", "backup", "archive.tar", "--store", "store"], folder))


def silences() -> Iterator[str]:
    """Yield weekly counts of six actors whose silences end."""
    rng = random.Random(3)  # noqa: S311 - no secret
    for actor in "abcdef":
        for week in range(120):
            yield f"{actor},{date(2020, 1, 6) + timedelta(weeks=week)},{max(0, rng.randint(-2, 2))}"


def settle_ledger(folder: Path) -> None:
    """Enter a published forecast whose deadline is over: `resolve` decides it, `record` scores it."""
    since, question = date(2025, 1, 6), "any attack by 2025-02-02"
    journal.now = lambda: datetime(2025, 1, 3, 12, tzinfo=UTC)
    open_ledger(Store(folder / "store")).append(forecast(question, series="israel", since=since))


def settle_watch(folder: Path) -> None:
    """Write a watch, and the run that it finds in place of a fit."""
    (folder / "weekly.csv").write_text(COUNTS)
    (folder / "watch.toml").write_text(WATCH)
    data = incoming(read_watch(folder / "watch.toml"), as_of=AS_OF, cut=True, progress=lambda *_: None)
    plan = FitPlan(data.evidence, config=usual_config(data.evidence)).identity()
    write_synthetic_run(Store(folder / "store"), run_id=content_id(plan), record={"plan": plan})


COMMANDS: dict[str, list[str]] = {
    "import": ["import", "events", "events.csv", "--actor", "A1", "--out", "out"],
    "ceasefires": ["import", "ceasefires", "ceasefires.csv", "--actors", "actors.csv", "--out", "out"],
    "agreements": ["import", "agreements", "agreements.csv", "--actors", "actors.csv", "--out", "out"],
    "learn": ["learn", "--counts", "silences.csv", "--out", "out"],
    "backup": ["runs", "backup", "out/store.tar", "--store", "store"],
    "restore": ["runs", "restore", "archive.tar", "--store", "other"],
    "export": ["export", "aaaa", "--format", "csv", "--format", "hubverse-parquet", "--out", "out", "--store", "store"],
    "forecast": ["forecast", "--horizon", "13", "--out", "out", "--store", "store"],
    "scenario": ["scenario", "run", "ceasefire-collapses", "--run", "aaaa", "--store", "store"],
    "ask": ["ask", "any attack by 2025-03-01", "--series", "israel", "--run", "aaaa", "--store", "store"],
    "briefing": ["briefing", "aaaa", "--out", "out", "--horizon", "13", "--store", "store"],
    "publish": ["publish", "any attack by 2027-06-01", "--series", "israel", "--number", ".3", "--store", "store"],
    "resolve": ["resolve", "--counts", "newer.csv", "--store", "store"],
    "record": ["record", "--out", "out", "--format", "csv", "--format", "parquet", "--store", "store"],
    "watch": ["watch", "watch.toml", "--as-of", str(AS_OF), "--store", "store"],
    "premises": ["scenario", "check", "ceasefire-collapses", "--counts", "newer.csv", "--store", "store"],
    "repair": ["runs", "check", "--repair", "--store", "other"],
    "reconstruct": ["reconstruct", "--imputations", "2", "--out", "out"],
    "clean": ["runs", "clean", "--older-than", "0", "--store", "other"],
}


ENDS = {"repair": 1}  # with what code a command ends; 1: something is damaged, and set apart


SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload([f"lull.{name}" for name in LOADED])


def lull(words: list[str], folder: Path) -> BaseProcess:
    """Start the command in a folder, in a group of its own; what it imports is loaded already: a kill meets work."""
    child = SERVER.Process(target=run, args=(words, folder))
    child.start()
    return child


def run(words: list[str], folder: Path) -> None:
    """Be the command."""
    os.setsid()
    os.chdir(folder)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    sys.argv = ["lull", *words]
    cli.main()


def ended(child: BaseProcess) -> int | None:
    """Return the exit code of a command when it has ended."""
    child.join()
    return child.exitcode


def files(folder: Path) -> dict[str, str]:
    """Return the checksum of every output under its own name, but for those that hold a time."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    paths = [path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    paths = [path for path in paths if path.suffix not in TIMED]
    return {str(path.relative_to(folder)): fingerprint(path) for path in paths}


def fingerprint(path: Path) -> str:
    """Return the checksum of a file; of one that says what is new, whether it is whole."""
    if path.name not in SINCE:
        return sha256(path.read_bytes()).hexdigest()
    return str(path.read_text("utf-8").rstrip().endswith(("</html>", "}")))


def wrong(folder: Path, reference: dict[str, str], begun: State) -> str:
    """Return what a kill has broken in a place, empty if nothing."""
    store, now = Store(folder / "store"), State.of(folder)
    if now.runs != begun.runs:
        return "a run is gone"
    if now.entries[: len(begun.entries)] != begun.entries or open_ledger(store).problems():
        return "an entry of the ledger is gone"
    for place in (store, Store(folder / "other")):
        if damaged := check_store(place, repair=False).damaged if place.folder.is_dir() else []:
            return f"damaged: {damaged[0].name}"
    halves = {name for name, digest in files(folder / "out").items() if reference.get(name, digest) != digest}
    return f"half an output: {min(halves)}" if halves else ""


def tried(name: str, pattern: Path, trials: int, until: float, rng: random.Random | None) -> Figures:
    """Kill one command as often as is asked, or until the time is over; no `rng`: start it twice at once."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as place:
        whole, seconds = reference_of(name, pattern, Path(place) / "whole")
    while figures.trials < trials and time.monotonic() < until:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "trial"
            figures.trials += 1
            after = None if rng is None else rng.uniform(0.05, 1.0) * seconds
            if lost := trial(name, pattern, folder, whole=whole, after=after, figures=figures):
                figures.lost.append(lost)
    return figures


def reference_of(name: str, pattern: Path, folder: Path) -> tuple[dict[str, str], float]:
    """Return what a command makes if nobody disturbs it, and how long it takes."""
    begin(name, pattern, folder)
    started = time.monotonic()
    assert ended(lull(COMMANDS[name], folder)) == ENDS.get(name, 0), f"{name} does not end well even undisturbed"
    return files(folder / "out"), time.monotonic() - started


def begin(name: str, pattern: Path, folder: Path) -> None:
    """Copy the place of a trial; what a command cleans is filled first."""
    shutil.copytree(pattern, folder)
    (folder / "out").mkdir()
    if name in ("clean", "repair"):
        shutil.copytree(folder / "store", folder / "other")
    if name == "repair":
        (folder / "other" / ("b" * 16) / POSTERIOR_FILE).write_bytes(b"no posterior")


def trial(
    name: str, pattern: Path, folder: Path, *, whole: dict[str, str], after: float | None, figures: Figures
) -> str:
    """Kill a command after some seconds and return what was lost, empty if nothing; None: start it twice at once."""
    begin(name, pattern, folder)
    begun = State.of(folder)
    if after is None:
        return at_once(name, folder, whole, begun)
    child = lull(COMMANDS[name], folder)
    time.sleep(after)
    assert child.pid is not None
    left = []
    if child.is_alive():
        figures.under_way += 1
        left = [each.pid for each in psutil.Process(child.pid).children(recursive=True)]
        with suppress(ProcessLookupError):  # it has not even begun
            os.killpg(child.pid, signal.SIGKILL)
        child.kill()
    child.join()
    if not gone(left):
        return "a process is left"
    return lost_after(name, folder, whole, begun)


def lost_after(name: str, folder: Path, whole: dict[str, str], begun: State) -> str:
    """Return what a command that did not come to its end has lost, empty if nothing; the same command must end well."""
    if broken := wrong_after(name, folder, whole, begun):
        return broken
    if ended(lull(COMMANDS[name], folder)) not in (0, ENDS.get(name, 0)):
        return "the same command fails"
    return wrong(folder, whole, begun) or ("" if files(folder / "out") == whole else "other files after all")


def gone(left: list[int]) -> bool:
    """Return whether processes end by themselves: what watches over a killed browser notices that a moment later."""
    until = time.monotonic() + PATIENCE
    while any(psutil.pid_exists(pid) for pid in left) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(psutil.pid_exists(pid) for pid in left)


def at_once(name: str, folder: Path, whole: dict[str, str], begun: State) -> str:
    """Start a command twice at once and return what was lost, empty if nothing; one of the two may be refused."""
    codes = sorted(str(ended(child)) for child in [lull(COMMANDS[name], folder) for _ in range(2)])
    if codes[0] not in ("0", str(ENDS.get(name, 0))) or codes[1] not in ("0", "1", "2"):
        return f"they end with {' and '.join(codes)}"
    return wrong(folder, whole, begun) or ("" if files(folder / "out") == whole else "other files")


def wrong_after(name: str, folder: Path, whole: dict[str, str], begun: State) -> str:
    """Return what a kill has broken; what `repair` had not yet set apart was damaged before."""
    broken = wrong(folder, whole, begun)
    return "" if name == "repair" and broken.startswith("damaged") else broken


def main() -> int:
    """Try every command, or those that are named, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="*", default=list(COMMANDS))
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--at-once", action="store_true", help="kill nothing: start each command twice at once")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    rng, lost = random.Random(chosen.seed), 0  # noqa: S311 - no secret
    share = 60 * chosen.minutes / len(chosen.commands)
    with tempfile.TemporaryDirectory() as place:
        settle(Path(place) / "pattern")
        for name in chosen.commands:
            moments = None if chosen.at_once else rng
            figures = tried(name, Path(place) / "pattern", chosen.trials, time.monotonic() + share, moments)
            lost += len(figures.lost)
            words = f"{name}: {figures.trials} trials, {figures.under_way} under way, {len(figures.lost)} lost"
            sys.stdout.write(f"{words} {figures.lost or ''}\n")
            sys.stdout.flush()
    return bool(lost)


if __name__ == "__main__":
    sys.exit(main())
