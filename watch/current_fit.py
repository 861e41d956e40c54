"""The run of today's data: found in the store, an earlier fit moved on to them, or fitted where that is refused."""

from typing import Literal

from lull.data.evidence import read_evidence
from lull.data.schema import InputError
from lull.model.fitting.fit import FitPlan, Progress, fit
from lull.model.fitting.update import update
from lull.model.runs.store import Run, Store, content_id

type How = Literal["found", "updated", "fitted"]


def current_run(plan: FitPlan, store: Store, *, progress: Progress) -> tuple[Run, How]:
    """Return the run of a plan and how it came about. Raises `InputError` for evidence that no fit can be made of."""
    run_id = content_id(plan.identity())
    if (run := store.find(run_id)) is not None:
        return run, "found"
    known = read_evidence(plan.evidence)
    if known.counts is not None:
        try:
            return update(plan, known, store, progress=progress), "updated"
        except InputError:  # no earlier fit goes on to these weeks
            pass
    return fit(plan, known, store, run_id=run_id, progress=progress), "fitted"
