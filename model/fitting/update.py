"""A run moved on to newer counts of the same series: found, assimilated, judged and stored as a run of its own.

The invariant: an updated run names the fit that it came from and how many draws are effective; it is never itself the
start of another update, so that errors do not pile up.
"""

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lull.data.evidence import Known
from lull.data.files import write_json
from lull.data.schema import InputError, Problem
from lull.model.fitting.fit import FitPlan, Progress, weekly_counts, write_posterior
from lull.model.runs.store import DIAGNOSTICS_FILE, POSTERIOR_FILE, Run, Store, content_id

if TYPE_CHECKING:
    import xarray as xr

    from lull.data.counts import WeeklyCounts
    from lull.model.fitting.particle_filter import Updated
    from lull.model.inspection.diagnostics import Grade

FROM = "updated_from"
NEWER = ("counts", "as_of", "origin", "completeness")  # what may differ of the evidence


def update(plan: FitPlan, known: Known, store: Store, *, progress: Progress) -> Run:
    """Return the run of a plan and what its evidence says by updating the newest fit of the same series and choices.

    Raises `InputError` if there is no such fit, and as `model.fitting.particle_filter.assimilate` does.
    """
    from lull.model.fitting.out_of_scale import records, set_apart  # noqa: PLC0415 - xarray; what is stored does without

    started = time.perf_counter()
    if known.counts is None:
        raise InputError(
            Problem("--update", "weekly counts", "reports", "Reports are reconstructed from scratch: fit again.")
        )
    progress("find the fit", 0, 1)
    counts, used = weekly_counts(known, plan, progress=progress)
    base, tree = _newest_fit(plan, store, counts)
    run_id = content_id(plan.identity() | {FROM: base.run_id})
    if (kept := store.find(run_id)) is not None:
        return kept
    progress("learn from the new weeks", 0, 1)
    updated = moved_on(tree, known, counts, seed=plan.seed)
    record: dict[str, Any] = {"plan": plan.identity(), "as_of": str(known.as_of), "origin": str(known.origin)}
    record["events"] = [event.model_dump(mode="json", exclude={"url", "note"}) for event in known.events]
    record |= {"beliefs": plan.beliefs} if plan.beliefs else {}
    used["out_of_scale"] = records(set_apart(updated.tree))
    record |= {"evidence": used, FROM: base.run_id, "effective_draws": round(updated.effective)}
    with store.writing(run_id, record | {"grade": graded(base.record["grade"], updated)}) as folder:
        write_posterior(updated.tree, folder / POSTERIOR_FILE)
        write_json(folder / DIAGNOSTICS_FILE, _diagnostics(base, updated))
        progress("store the run", round(time.perf_counter() - started), 1)
    run = store.find(run_id)
    assert run is not None
    return replace(run, made=updated.tree)


def _newest_fit(plan: FitPlan, store: Store, counts: "WeeklyCounts") -> tuple[Run, "xr.DataTree"]:
    """Return the newest run whose plan differs in newer evidence alone and whose counts these go on from."""
    from lull.model.fitting.particle_filter import goes_on  # noqa: PLC0415 - compiled code, only an update needs it

    asked = _fixed(plan.identity())
    for run in store.runs():
        if FROM in run.record or _fixed(run.record.get("plan", {})) != asked or run.record["grade"] == "unusable":
            continue
        tree = run.posterior()
        if goes_on(tree, counts):
            return run, tree
    expected = "a fit of the same series and choices whose weeks these go on from"
    raise InputError(Problem("--update", expected, f"none in {store.folder}", "Fit first: without --update."))


def _fixed(identity: dict[str, Any]) -> dict[str, Any]:
    """Return what must be the same in a fit and its update; files of events may grow, the schedule is compared."""
    evidence = {name: value for name, value in identity.get("evidence", {}).items() if name not in (*NEWER, "events")}
    return {name: value for name, value in identity.items() if name not in ("evidence", "seed")} | {
        "evidence": evidence
    }


def moved_on(tree: "xr.DataTree", known: Known, counts: "WeeklyCounts", *, seed: int) -> "Updated":
    """Return the tree moved on to newer counts, under the events that are known now.

    Raises `InputError` as `model.fitting.particle_filter.assimilate` does.
    """
    from lull.model.fitting.fit import covariates_of  # noqa: PLC0415 - as above
    from lull.model.fitting.particle_filter import assimilate  # noqa: PLC0415 - as above

    covariates = covariates_of(known, counts)
    return assimilate(tree, counts, covariates.array.rename(week="schedule_week"), seed=seed)


def graded(fit: "Grade", updated: "Updated") -> "Grade":
    """Return the grade of an updated fit: that of the fit, doubtful at best where few draws are effective.

    It is so too where a week is out of scale.
    """
    from lull.model.fitting.out_of_scale import set_apart  # noqa: PLC0415 - as above
    from lull.model.inspection.diagnostics import GOOD_ESS  # noqa: PLC0415 - as above

    few = updated.effective < GOOD_ESS or set_apart(updated.tree)
    return "doubtful" if fit == "good" and few else fit


def _diagnostics(base: Run, updated: "Updated") -> dict[str, Any]:
    """Return the verdict on the fit, and what the update adds to it."""
    from lull.model.fitting.out_of_scale import ADVICE, records, sentence, set_apart  # noqa: PLC0415 - as above

    verdict, apart = base.diagnostics(), set_apart(updated.tree)
    weeks = f"{updated.weeks} new week" + ("s" if updated.weeks > 1 else "")
    reason = f"updated from {base.run_id} by {weeks} without a fit, effective draws {updated.effective:.0f}"
    changes: dict[str, Any] = {"grade": graded(base.record["grade"], updated), "reasons": [reason, *verdict["reasons"]]}
    if changes["grade"] != verdict["grade"]:
        changes["advice"] = "Fit again, without --update: few draws foresaw the new weeks."
    if len(apart) > len(verdict.get("out_of_scale", ())):
        changes |= {"reasons": [sentence(apart), *changes["reasons"]], "advice": ADVICE, "out_of_scale": records(apart)}
    return verdict | changes
