"""The run of a plan: what every command that needs a fit does first is to find it in the store, or to make it."""

from collections.abc import Sequence

from lull.cli.compile_ahead import compiling_ahead
from lull.cli.contradictions import refuse_contradictory
from lull.cli.screen.streams import progress
from lull.data.evidence import read_evidence
from lull.model.fitting.fit import FitPlan, fit
from lull.model.fitting.update import update
from lull.model.runs.store import Run, Store, content_id
from lull.model.spec import MAX_HORIZON
from lull.scenarios.language.spec import Scenario


def fitted(
    plan: FitPlan,
    store: Store,
    *,
    scenarios: Sequence[Scenario] = (),
    horizon: int = MAX_HORIZON,
    updating: bool = False,
) -> tuple[Run, bool]:
    """Return the run of a plan, and whether it was in the store already; `updating` carries an earlier fit on to it.

    Before anything is fitted the scenarios are checked; raises `InputError` for contradictory ones.
    """
    run_id = content_id(plan.identity())
    run = store.find(run_id)
    if run is not None:
        return run, True
    with progress(waiting="read the evidence") as report:
        known = read_evidence(plan.evidence)
        refuse_contradictory(scenarios, known, plan, horizon=horizon)
        if updating:
            run = update(plan, known, store, progress=report)
            return run, run.made is None
        with compiling_ahead(report) as heeding:
            return fit(plan, known, store, run_id=run_id, progress=heeding), False
