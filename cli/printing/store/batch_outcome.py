"""A batch in words and as one object: what would run, what ran, and what failed."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from lull.batch.collection import RUNS, calibrations
from lull.batch.engine import LOST
from lull.batch.plan import Batch, Task
from lull.batch.tasks import Outcome
from lull.cli.screen.layout import heading, indented, more_line, plain_table, print_files
from lull.cli.screen.streams import output, print_json
from lull.model.runs.store import Store

MOST_LISTED = 40  # tasks or failures that a page spells out; --json has all
WIDEST = 46


def print_dry_run(batch: Batch, store: Store, *, as_json: bool) -> None:
    """Print what a plan would run, how much of it is in the store, and the cost in fits."""
    rows = [(task, _needs(task, store)) for task in batch.tasks]
    needs = Counter(need for _, need in rows)
    cost = {"fits": needs["fit"], "projections": needs["fit"] + needs["projection"], "in_store": needs["nothing"]}
    if as_json:
        keys = {"batch_id": batch.batch_id, "out": str(batch.out), "runs": len(batch.tasks), **cost}
        names = [{"run_id": task.run_id, "series": task.series, "needs": need} for task, need in rows]
        origins = [{"origin_date": str(task.origin_date), "variant": task.variant} for task in batch.tasks]
        tasks = [one | two for one, two in zip(names, origins, strict=True)]
        print_json(keys | {"questions": batch.tasks[0].questions, "tasks": tasks})
        return
    console = output()
    table = plain_table("series · origin", "run", "needs", words=3, widest=WIDEST)
    for task, need in rows[:MOST_LISTED]:
        table.add_row(task.label, task.run_id, need)
    console.print(table)
    if more := more_line(MOST_LISTED, len(rows)):
        console.print(more)
    scenarios = ", ".join(one.id for one in batch.tasks[0].request.scenarios)
    console.print(f"\n{len(rows)} runs, each under {scenarios}; {batch.tasks[0].request.horizon} weeks ahead.")
    for text in batch.tasks[0].questions:
        console.print(f"Asked: {text}")
    console.print(f"To do: {cost['fits']} fits, {cost['projections']} forecasts. In the store: {cost['in_store']}.")
    console.print(f"Tables: {batch.out}", soft_wrap=True)


def _needs(task: Task, store: Store) -> str:
    """Return what is to be done for a task."""
    if task.finished(store):
        return "nothing"
    return "projection" if task.run(store) else "fit"


def outcome_document(batch: Batch, store: Store, outcomes: Sequence[Outcome], *, todo: int) -> dict[str, Any]:
    """Return how a batch ended, `todo` of its tasks run now."""
    return {
        "batch_id": batch.batch_id,
        "runs": len(batch.tasks),
        "from_store": len(batch.tasks) - todo,
        "finished": sum(outcome["status"] == "finished" for outcome in outcomes),
        "failed": [_named(batch, outcome) for outcome in outcomes if outcome["status"] == "failed"],
        "grades": dict(Counter(outcome["grade"] for outcome in outcomes if outcome["grade"])),
        "calibration": dict(Counter(calibrations(batch.tasks, store))),
    }


def _named(batch: Batch, outcome: Outcome) -> dict[str, Any]:
    """Return a failure with what failed."""
    task = next(task for task in batch.tasks if task.run_id == outcome["run_id"])
    names = {"series": list(task.series), "origin_date": str(task.origin_date), "variant": task.variant}
    return {"run_id": task.run_id, **names, "task": task.label, "reason": outcome["reason"]}


def print_outcome(document: dict[str, Any]) -> None:
    """Print how a batch ended: `document` is its one object."""
    console = output()
    new = document["finished"] - document["from_store"]
    rate = f", {60 * new / document['seconds']:.1f} a minute" if new and document["seconds"] else ""
    finished = f"{document['finished']} of {document['runs']} runs finished"
    console.print(f"{finished}: {document['from_store']} from the store, {new} new{rate}.")
    for what, name in {"grades": "Convergence", "calibration": "Track record"}.items():
        if document[what]:
            counts = ", ".join(f"{count} {grade}" for grade, count in sorted(document[what].items()))
            console.print(f"{name}: {counts}.")
    if document["grades"].get("unusable"):
        console.print(f"Numbers of unusable runs may not be used; {RUNS} names them.")
    print_files(document["files"], console)
    if document["failed"]:
        print_failures(document["failed"])
        what = "the rest" if any(one["reason"] == LOST for one in document["failed"]) else "only these"
        console.print(f"\nThe same command does {what} again: {document['again']}", soft_wrap=True)
    if document["unnoted"]:
        console.print(document["unnoted"], soft_wrap=True)


def print_failures(failed: list[dict[str, Any]]) -> None:
    """Print what failed, and why."""
    console = output()
    console.print(heading(f"Failed: {len(failed)}"))
    for one in failed[:MOST_LISTED]:
        console.print(indented(one["task"], style="bold"))
        console.print(indented(one["reason"], by=4))
    if more := more_line(MOST_LISTED, len(failed), where="--json and runs.csv list all"):
        console.print(more)
