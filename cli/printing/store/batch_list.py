"""The batches that a store knows, in words and as objects: how far each is, and what failed."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from lull.batch.registry import Recorded, task_state
from lull.cli.printing.store.batch_outcome import print_failures
from lull.cli.screen.layout import plain_table
from lull.cli.screen.streams import output
from lull.data.schema import InputError
from lull.model.runs.store import Store


def batch_document(one: Recorded, store: Store) -> dict[str, Any]:
    """Return how far a batch is; of one whose notes are damaged only that."""
    try:
        return _document(one, store)
    except InputError as error:
        sys.stderr.write(
            f"{error}\n`lull batch run PLAN` writes it anew, `lull batch forget {one.batch_id}` removes it.\n"
        )
        nothing = dict.fromkeys(("runs", "finished", "failed", "missing"), 0)
        words = dict.fromkeys(("plan", "out", "started"), "")
        return {"batch_id": one.batch_id, **words, "state": "damaged", **nothing, "failures": []}


def _document(one: Recorded, store: Store) -> dict[str, Any]:
    record, failures = one.record(), {outcome["run_id"]: outcome for outcome in one.failures()}
    states = {task["run_id"]: task_state(store, task, set(failures)) for task in record["tasks"]}
    counts = Counter(states.values())
    at_rest = "finished" if counts["finished"] == len(states) else "stopped"
    failed = [
        task | {"task": f"{'; '.join(task['series']) or 'all series'} · {task['origin']}"} | failures[task["run_id"]]
        for task in record["tasks"]
        if states[task["run_id"]] == "failed"
    ]
    document = {"batch_id": one.batch_id, "plan": record["plan"], "out": record["out"], "started": record["started"]}
    document |= {"state": "running" if one.running() else at_rest, "runs": len(states)}
    return document | {name: counts[name] for name in ("finished", "failed", "missing")} | {"failures": failed}


def print_batches(batches: list[dict[str, Any]], store: Store, *, with_failures: bool) -> None:
    """Print batches as a table, and of the first what failed."""
    console = output()
    if not batches:
        console.print(f"No batch of this kind in {store.folder}. `lull batch run PLAN` starts one.", soft_wrap=True)
        return
    table = plain_table("batch", "plan", "started", "state", "runs", "finished", "failed", "missing", words=4)
    for one in batches:
        counts = (str(one[name]) for name in ("runs", "finished", "failed", "missing"))
        table.add_row(
            one["batch_id"], Path(one["plan"]).name, one["started"][:16].replace("T", " "), one["state"], *counts
        )
    console.print(table)
    if with_failures and batches[0]["failures"]:
        print_failures(batches[0]["failures"])
