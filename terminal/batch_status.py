"""`lull batch status` and `lull batch forget`: the batches that a store knows."""

from collections import Counter
from pathlib import Path
from typing import Any

from lull.batch.plan import read_batch
from lull.batch.registry import Recorded, recorded, task_state
from lull.data.schema import InputError, Problem
from lull.model.runs.store import Store
from lull.terminal.batching import print_failures
from lull.terminal.page import plain_table
from lull.terminal.screen import output, print_json


def print_status(path: Path | None, folder: Path | None, *, as_json: bool) -> None:
    """Print how far the batches of a store are; of one plan also what failed."""
    store = Store(folder)
    wanted = None if path is None else read_batch(path).batch_id
    told = [_told(one, store) for one in recorded(store) if wanted in (None, one.batch_id)]
    if as_json:
        print_json({"store": str(store.folder), "batches": told})
        return
    console = output()
    if not told:
        console.print(f"No batch of this kind in {store.folder}. `lull batch run PLAN` starts one.", soft_wrap=True)
        return
    table = plain_table("batch", "plan", "started", "state", "runs", "finished", "failed", "missing", words=4)
    for one in told:
        counts = (str(one[name]) for name in ("runs", "finished", "failed", "missing"))
        table.add_row(
            one["batch_id"], Path(one["plan"]).name, one["started"][:16].replace("T", " "), one["state"], *counts
        )
    console.print(table)
    if path is not None and told[0]["failures"]:
        print_failures(told[0]["failures"])


def forget_and_print(batch_id: str, folder: Path | None) -> None:
    """Take one batch off the list; raises `InputError` if the letters name none, several, or one that runs."""
    store = Store(folder)
    named = [one for one in recorded(store) if one.batch_id.startswith(batch_id)]
    if len(named) != 1:
        found = f"{len(named)} of {len(recorded(store))}"
        raise InputError(
            Problem("batch", f"one whose id begins with {batch_id!r}", found, "`lull batch status` lists them.")
        )
    if named[0].running():
        raise InputError(Problem(f"batch {named[0].batch_id}", "one that has ended", "it runs", "Stop it first."))
    named[0].forget()
    output().print(f"Forgot batch {named[0].batch_id}; its runs are still in the store.")


def _told(one: Recorded, store: Store) -> dict[str, Any]:
    """Return how far a batch is."""
    record, failures = one.record(), {outcome["run_id"]: outcome for outcome in one.failures()}
    states = {task["run_id"]: task_state(store, task, set(failures)) for task in record["tasks"]}
    counts = Counter(states.values())
    at_rest = "finished" if counts["finished"] == len(states) else "stopped"
    failed = [
        task | {"task": f"{'; '.join(task['series']) or 'all series'} · {task['origin']}"} | failures[task["run_id"]]
        for task in record["tasks"]
        if states[task["run_id"]] == "failed"
    ]
    told = {"batch_id": one.batch_id, "plan": record["plan"], "out": record["out"], "started": record["started"]}
    told |= {"state": "running" if one.running() else at_rest, "runs": len(states)}
    return told | {name: counts[name] for name in ("finished", "failed", "missing")} | {"failures": failed}
