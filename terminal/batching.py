"""`lull batch run`: what would run, what runs, and what became of it."""

import shlex
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.padding import Padding

from lull.batch.cluster import Where, client_of
from lull.batch.collection import RUNS, calibrations, write_tables
from lull.batch.engine import LOST, missing, outcome_of, run_tasks
from lull.batch.plan import Batch, read_batch
from lull.batch.registry import running
from lull.batch.tasks import Outcome
from lull.model.runs.store import Store
from lull.scenarios.results.outputs import check_out
from lull.terminal.board import board
from lull.terminal.page import heading, indented, plain_table
from lull.terminal.screen import output, print_json

MOST_LISTED = 40  # tasks or failures that a page spells out; --json has all
WIDEST = 46


def dry_run_and_print(path: Path, folder: Path | None, *, as_json: bool) -> None:
    """Print what a plan would run, how much of it is in the store, and the cost in fits."""
    batch, store = read_batch(path), Store(folder)
    rows = [(task, _needs(batch, store, at)) for at, task in enumerate(batch.tasks)]
    needs = Counter(need for _, need in rows)
    cost = {"fits": needs["fit"], "projections": needs["fit"] + needs["projection"], "in_store": needs["nothing"]}
    if as_json:
        keys = {"batch_id": batch.batch_id, "out": str(batch.out), "runs": len(batch.tasks), **cost}
        keys["questions"] = batch.tasks[0].questions
        told = [{"run_id": task.run_id, "series": task.series, "needs": need} for task, need in rows]
        origins = [{"origin_date": str(task.origin_date), "variant": task.variant} for task in batch.tasks]
        print_json(keys | {"tasks": [one | two for one, two in zip(told, origins, strict=True)]})
        return
    console = output()
    table = plain_table("series · origin", "run", "needs", words=3, widest=WIDEST)
    for task, need in rows[:MOST_LISTED]:
        table.add_row(task.label, task.run_id, need)
    console.print(table)
    if (more := len(rows) - MOST_LISTED) > 0:
        console.print(f"... and {more} more (--json lists all).")
    scenarios = ", ".join(one.id for one in batch.tasks[0].request.scenarios)
    console.print(f"\n{len(rows)} runs, each under {scenarios}; {batch.tasks[0].request.horizon} weeks ahead.")
    for text in batch.tasks[0].questions:
        console.print(f"Asked: {text}")
    console.print(f"To do: {cost['fits']} fits, {cost['projections']} forecasts. In the store: {cost['in_store']}.")
    console.print(f"Tables: {batch.out}", soft_wrap=True)


def run_and_print(path: Path, folder: Path | None, where: Where, *, as_json: bool) -> bool:
    """Run a plan, write its tables, print what became of it, and return whether nothing failed."""
    batch, store = read_batch(path), Store(folder)
    check_out(batch.out)
    store.check()
    started = time.monotonic()
    with running(batch, store) as recorded:
        todo = missing(batch, store)
        try:
            failures = _run(todo, len(batch.tasks), store, where)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"Interrupted. What is finished is kept; go on with: {again(path, folder, where)}"
            ) from None
        by_run = {outcome["run_id"]: outcome for outcome in failures}
        outcomes = [outcome_of(task, store, by_run) for task in batch.tasks]
        files, unnoted = write_tables(batch, store, outcomes), ""
        try:
            recorded.fail(failures)
        except OSError as error:
            unnoted = f"Failures were not noted in {recorded.folder}: {error.strerror}. `lull batch status` lacks them."
    told = {
        "batch_id": batch.batch_id,
        "runs": len(batch.tasks),
        "from_store": len(batch.tasks) - len(todo),
        "finished": sum(outcome["status"] == "finished" for outcome in outcomes),
        "failed": [_named(batch, outcome) for outcome in outcomes if outcome["status"] == "failed"],
        "grades": dict(Counter(outcome["grade"] for outcome in outcomes if outcome["grade"])),
        "calibration": dict(Counter(calibrations(batch.tasks, store))),
        "again": again(path, folder, where),
        "unnoted": unnoted,
        "seconds": round(time.monotonic() - started, 1),
        "files": [str(file) for file in files],
    }
    print_json(told) if as_json else _print(told)
    return not told["failed"]


def _run(todo: list[Any], total: int, store: Store, where: Where) -> list[Outcome]:
    """Do the tasks, shown as they end, and return the outcomes of those that failed."""
    if not todo:
        return []
    with board(len(todo), of=total) as shown, client_of(where, tasks=len(todo)) as client:
        shown.workers = sum(client.nthreads().values())
        return run_tasks(todo, store, client, heard=shown.ended)


def _needs(batch: Batch, store: Store, at: int) -> str:
    """Return what is to be done for a task."""
    task = batch.tasks[at]
    if task.finished(store):
        return "nothing"
    return "projection" if task.run(store) else "fit"


def _named(batch: Batch, outcome: Outcome) -> dict[str, Any]:
    """Return a failure with what failed."""
    task = next(task for task in batch.tasks if task.run_id == outcome["run_id"])
    names = {"series": list(task.series), "origin_date": str(task.origin_date), "variant": task.variant}
    return {"run_id": task.run_id, **names, "task": task.label, "reason": outcome["reason"]}


def again(path: Path, folder: Path | None, where: Where) -> str:
    """Return the command that goes on with a batch: the plan, its store and where it runs."""
    options = {
        "--store": folder,
        "--workers": where.workers,
        "--scheduler": where.address,
        "--tls-ca": where.ca,
        "--tls-cert": where.certificate,
        "--tls-key": where.key,
    }
    given = [word for name, value in options.items() if value is not None for word in (name, str(value))]
    return shlex.join(["lull", "batch", "run", str(path), *given])


def _print(told: dict[str, Any]) -> None:
    """Print what became of a batch."""
    console = output()
    new = told["finished"] - told["from_store"]
    rate = f", {60 * new / told['seconds']:.1f} a minute" if new and told["seconds"] else ""
    console.print(
        f"{told['finished']} of {told['runs']} runs finished: {told['from_store']} from the store, {new} new{rate}."
    )
    for what in ("grades", "calibration"):
        if told[what]:
            name = "Convergence" if what == "grades" else "Track record"
            counts = ", ".join(f"{count} {grade}" for grade, count in sorted(told[what].items()))
            console.print(f"{name}: {counts}.")
    if told["grades"].get("unusable"):
        console.print(f"Numbers of unusable runs may not be used; {RUNS} names them.")
    for file in told["files"]:
        console.print(f"Wrote {file}", soft_wrap=True)
    if told["failed"]:
        print_failures(told["failed"])
        what = "the rest" if any(one["reason"] == LOST for one in told["failed"]) else "only these"
        console.print(f"\nThe same command does {what} again: {told['again']}", soft_wrap=True)
    if told["unnoted"]:
        console.print(told["unnoted"], soft_wrap=True)


def print_failures(failed: list[dict[str, Any]]) -> None:
    """Print what failed, and why."""
    console = output()
    console.print(heading(f"Failed: {len(failed)}"))
    for one in failed[:MOST_LISTED]:
        console.print(indented(one["task"], style="bold"))
        console.print(Padding(one["reason"], (0, 0, 0, 4)))
    if (more := len(failed) - MOST_LISTED) > 0:
        console.print(f"... and {more} more (--json and runs.csv list all).")
