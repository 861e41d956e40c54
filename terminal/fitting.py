"""`lull fit` and what every command that needs a run does first: find it in the store, or fit it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.padding import Padding
from rich.text import Text

from lull.model.fitting.fit import FitPlan, fit
from lull.model.fitting.update import update
from lull.model.runs.store import Run, Store, content_id
from lull.model.spec import MAX_HORIZON
from lull.scenarios.language.spec import Scenario
from lull.scenarios.results.calibration_status import grading_of
from lull.scenarios.results.evidence_used import replication_sentence
from lull.terminal.screen import output, print_json, progress
from lull.terminal.trying import refuse_what_cannot_be_meant

GRADE_STYLES = {"good": "green", "doubtful": "yellow", "unusable": "bold red"}


def fitted(
    plan: FitPlan, store: Store, *, trying: Sequence[Scenario] = (), horizon: int = MAX_HORIZON, updating: bool = False
) -> tuple[Run, bool]:
    """Return the run of a plan, and whether it was in the store already; `updating` moves an earlier fit on to it.

    Before anything is fitted the scenarios are tried; raises `InputError` for what cannot be meant.
    """
    run_id = content_id(plan.identity())
    run = store.find(run_id)
    if run is not None:
        return run, True
    refuse_what_cannot_be_meant(trying, plan, horizon=horizon, seed=plan.seed)
    with progress(waiting="read the evidence") as told:
        if updating:
            run = update(plan, store, progress=told)
            return run, run.made is None
        return fit(plan, store, run_id=run_id, progress=told), False


def fit_and_print(plan: FitPlan, folder: Path | None, *, as_json: bool) -> bool:
    """Fit a plan, print the run and its verdict, and return whether it may be used."""
    run, kept = fitted(plan, Store(folder))
    verdict, graded = run.diagnostics(), grading_of(run)
    if as_json:
        told = {"run_id": run.run_id, "from_store": kept, "folder": str(run.folder), "convergence": verdict}
        print_json(told | {"calibration": graded.grade, "calibration_reason": graded.reason})
    else:
        console = output()
        console.print(f"Run {run.run_id} ({'from the store' if kept else 'new'}), origin {run.record['origin']}")
        console.print(verdict_line(verdict))
        for words in (verdict["advice"], f"Track record: {graded.sentence}.", replication_sentence(verdict)):
            console.print(Padding(Text(str(words)), (0, 0, 0, 2)))
    return bool(verdict["grade"] != "unusable")


def verdict_line(verdict: dict[str, Any]) -> Padding:
    """Return the verdict in one line: the grade and its reasons."""
    line = Text(verdict["grade"], style=GRADE_STYLES[verdict["grade"]])
    line.append(f": {'; '.join(verdict['reasons'])}.", style="default")
    return Padding(line, (0, 0, 0, 2))
