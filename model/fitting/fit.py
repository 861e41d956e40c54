"""From evidence to a finished run: reconstruct, fit every imputation, judge, store; or find the run that did it.

The heavy libraries are imported only when there is something to fit: the same question again is answered from the
store within a blink.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lull.data.calendar import WEEK, week_end
from lull.data.events import drivers_of
from lull.data.evidence import Evidence, Known, read_evidence
from lull.data.files import write_json
from lull.data.hit_shares import hit_shares
from lull.data.integrity.revision import FITTING, revision
from lull.data.learned.tables import learned_identity
from lull.model.runs.store import DIAGNOSTICS_FILE, POSTERIOR_FILE, Run, Store, content_id
from lull.model.spec import FROM_COUNTS, FROM_REPORTS, MAX_HORIZON, ModelSpec, Priors, SamplerConfig

if TYPE_CHECKING:
    import xarray as xr

    from lull.data.counts import WeeklyCounts
    from lull.model.fitting.covariates import Covariates
    from lull.model.reconstruction.reconstruct import Reconstruction

DRAWN = ("posterior", "hurdle", "log_likelihood", "sample_stats")  # groups of a tree that have draws

type Progress = Callable[[str, int, int], None]
"""Called with (step, done, total) as the work goes on; may raise to stop it."""


@dataclass(frozen=True)
class FitPlan:
    """Everything that decides a run: evidence, choices, beliefs, procedure, one seed, and own tables of many actors.

    The posterior does not depend on the tables; what is answered from it does.
    """

    evidence: Evidence
    spec: ModelSpec = field(default_factory=ModelSpec)
    priors: Priors = field(default_factory=Priors)
    config: SamplerConfig = FROM_REPORTS
    seed: int = 1
    learned: dict[str, str] = field(default_factory=learned_identity)  # own tables in use, by name their checksums
    beliefs: dict[str, Any] = field(default_factory=dict)  # of a reader in `priors`, as their file says them

    def believing(self, priors: Priors, beliefs: Mapping[str, Any]) -> "FitPlan":
        """Return the plan with other priors, in which `beliefs` of a reader are."""
        return replace(self, priors=priors, beliefs=dict(beliefs))

    def identity(self) -> dict[str, Any]:
        """Return what the run id is a hash of."""
        choices = {"spec": asdict(self.spec), "priors": asdict(self.priors), "config": asdict(self.config)}
        learned: dict[str, Any] = {"learned": self.learned} if self.learned else {}
        if self.beliefs:
            learned["beliefs"] = self.beliefs
        return {
            "evidence": self.evidence.identity(),
            **choices,
            **learned,
            "seed": self.seed,
            "code": revision(FITTING),
        }


def usual_config(evidence: Evidence) -> SamplerConfig:
    """Return the procedure for evidence of this kind: as many kept draws from one panel as from many imputations."""
    return FROM_COUNTS if evidence.counts else FROM_REPORTS


def find_or_fit(plan: FitPlan, store: Store, *, progress: Progress) -> Run:
    """Return the run of this plan: from the store, or fitted now and stored. Raises `InputError` for bad evidence."""
    run_id = content_id(plan.identity())
    return store.find(run_id) or fit(plan, read_evidence(plan.evidence), store, run_id=run_id, progress=progress)


def fit(plan: FitPlan, known: Known, store: Store, *, run_id: str, progress: Progress) -> Run:
    """Return a new run of this plan and what its evidence says, written to the store when it is whole."""
    started = time.perf_counter()
    record: dict[str, Any] = {"plan": plan.identity(), "as_of": str(known.as_of), "origin": str(known.origin)}
    record["events"] = [event.model_dump(mode="json", exclude={"url", "note"}) for event in known.events]
    record |= {"beliefs": plan.beliefs} if plan.beliefs else {}
    with store.writing(run_id, record) as folder:
        from lull.model.fitting.out_of_scale import records, set_apart  # noqa: PLC0415 - the same
        from lull.model.inspection.arviz_groups import with_weekly_log_likelihood  # noqa: PLC0415 - the same
        from lull.model.inspection.diagnostics import verdict_on  # noqa: PLC0415 - heavy, only a fit needs it
        from lull.model.inspection.predictive_checks import replicate  # noqa: PLC0415 - the same
        from lull.model.inspection.sensitivity import driver_effects, to_records  # noqa: PLC0415 - the same

        counts, record["evidence"] = weekly_counts(known, plan, progress=progress)
        tree = fit_counts(counts, known, plan, progress=progress)

        progress("judge the draws", 0, 1)
        apart = records(set_apart(tree))
        record["evidence"]["out_of_scale"] = apart
        verdict = verdict_on(tree)
        if settled := record["evidence"].get("settled"):
            verdict = verdict.given(**settled)
        record["grade"] = verdict.grade
        progress("check the posterior predictive", 0, 1)
        replicates = replicate(tree, seed=plan.seed)
        effects = driver_effects(tree["posterior"].to_dataset(), tree["log_likelihood"].to_dataset(), plan.priors)
        progress("store the run", 0, 1)
        tree = with_weekly_log_likelihood(thinned(tree, plan.config.thin))
        write_posterior(tree, folder / POSTERIOR_FILE)
        write_json(
            folder / DIAGNOSTICS_FILE,
            verdict.to_dict() | {"levers": to_records(effects), "replicates": replicates, "out_of_scale": apart},
        )
        record["seconds"] = round(time.perf_counter() - started, 2)
    run = store.find(run_id)
    assert run is not None
    return replace(run, made=tree)


def write_posterior(tree: "xr.DataTree", path: Path) -> None:
    """Write a posterior tree as ArviZ reads it, in memory first: HDF5 crashes where a disk is full."""
    from lull.model.inspection.arviz_layout import labelled  # noqa: PLC0415 - as above
    from lull.model.runs.netcdf import netcdf_bytes  # noqa: PLC0415 - the same

    made = labelled(tree)
    for node in made.subtree:  # when it was made stands in `run.json`: the same draws are the same bytes
        node.attrs = {name: value for name, value in node.attrs.items() if name != "created_at"}
    path.write_bytes(netcdf_bytes(made))


def weekly_counts(known: Known, plan: FitPlan, *, progress: Progress) -> tuple["WeeklyCounts", dict[str, Any]]:
    """Return the weekly counts of the evidence, reconstructed if it is reports, and what was made of it.

    Last weeks that are reported in part say so.
    """
    late = {"completeness": known.completeness, "completeness_error": known.completeness_error}
    if known.counts is not None:
        return known.counts.with_completeness(known.completeness), counts_record(known.counts) | late
    from lull.model.reconstruction.reconstruct import reconstruct  # noqa: PLC0415 - compiles numba code, only reports need it

    made = reconstruct(
        known.reports,
        as_of=known.as_of,
        faction=plan.evidence.faction,
        imputations=plan.config.imputations,
        seed=plan.seed,
        progress=progress,
    )
    counts = made.counts.up_to_week(known.origin).with_completeness(known.completeness)
    return counts, reconstruction_record(made, known) | late


def fit_counts(counts: "WeeklyCounts", known: Known, plan: FitPlan, *, progress: Progress) -> "xr.DataTree":
    """Return the posterior tree of weekly counts under the events that were known."""
    progress("load the model", 0, 1)
    from lull.model.runs.compile_cache import lease  # noqa: PLC0415 - only a fit compiles

    lease()
    from lull.model.fitting.pooled_posterior import fit_imputations  # noqa: PLC0415 - imports PyMC, some seconds
    from lull.model.hurdle.fitted import with_hurdle  # noqa: PLC0415 - the same

    tree = fit_imputations(
        counts,
        covariates_of(known, counts),
        spec=plan.spec,
        priors=plan.priors,
        config=plan.config,
        seed=plan.seed,
        progress=progress,
    )
    return with_hurdle(tree, plan.priors, seed=plan.seed)


def covariates_of(known: Known, counts: "WeeklyCounts") -> "Covariates":
    """Return the covariates of the weeks of counts and of the longest horizon, from events and own columns."""
    from lull.model.fitting.covariates import from_events, with_own  # noqa: PLC0415 - as above

    last = known.origin + WEEK * MAX_HORIZON
    covariates = from_events(drivers_of(known.events, counts.series), counts.weeks[0], last, series=counts.series)
    if known.covariates is not None:
        covariates = with_own(covariates, known.covariates, counts.weeks[0])
    return covariates


def counts_record(counts: "WeeklyCounts") -> dict[str, Any]:
    """Return what is recorded of counts that were given, for `run.json`."""
    known = int(counts.array.notnull().sum())
    seen = counts.weeks[counts.array.notnull().any(("imputation", "series")).to_numpy()]
    days = {
        "first_day": counts.weeks[0],
        "last_day": week_end(counts.origin),
        "known_to": week_end(seen[-1] if seen.size else counts.origin),
    }
    record = {"kind": "counts", "factions": _factions(counts), "known": known, "used": known}
    return record | days | {"set_aside": [], "tension": []}


def reconstruction_record(made: "Reconstruction", known: Known) -> dict[str, Any]:
    """Return what the reconstruction made of the reports, for `run.json`."""
    source = {report.report_id: report.source for report in known.reports}
    own = [report for report in known.reports if report.actor in _factions(made.counts)]
    read = {reading.report_id: reading for reading in made.reports_used}
    tension = [
        {
            **asdict(row),
            "source": source[row.report_id],
            "front": read[row.report_id].front,
            "first_day": read[row.report_id].first,
            "last_day": read[row.report_id].last,
        }
        for row in made.tension
    ]
    return {
        "kind": "reports",
        "factions": _factions(made.counts),
        "known": len(known.reports),
        "used": len(read),
        "first_day": min(reading.first for reading in read.values()),
        "last_day": max(reading.last for reading in read.values()),
        "claimed": made.claimed,
        "set_aside": [asdict(row) for row in made.reports_set_aside],
        "tension": tension,
        "diagnostics": asdict(made.diagnostics),
        "settled": {
            "counts": made.diagnostics.grade,
            "reason": f"the reports leave the weekly counts open ({made.diagnostics.verdict})",
        },
        "hits": [asdict(share) for share in hit_shares(own).values()],
    }


def _factions(counts: "WeeklyCounts") -> list[str]:
    """Return the names of the factions in the order of their series."""
    return list(dict.fromkeys(str(name) for name in counts.array["faction"].to_numpy()))


def thinned(tree: "xr.DataTree", thin: int) -> "xr.DataTree":
    """Return the tree with one draw in `thin` of each chain."""
    import xarray as xr  # noqa: PLC0415 - as above

    if thin == 1:
        return tree
    every = {"draw": slice(None, None, thin)}
    drawn = {name: tree[name].to_dataset().isel(every) for name in DRAWN}
    rest = {name: tree[name].to_dataset() for name in tree.children if name not in drawn}
    return xr.DataTree.from_dict(drawn | rest)
