"""What a run was made from, read from its record: reports used and set aside, and those that disagree with the rest."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from lull.data.evidence import embedded_evidence
from lull.data.readers.tabular import embedded_file
from lull.model.runs.store import PLACEBO_FILE, Run, content_id, read_json
from lull.scenarios.beliefs.reader_beliefs import NOBODY, beliefs_in
from lull.scenarios.overview.run_rows import subject
from lull.scenarios.results.calibration_status import grading_of
from lull.scenarios.results.document import (
    CLAIMS,
    RECORDED,
    REPORTED,
    Convergence,
    DriverEffect,
    EvidenceUsed,
    OutOfScale,
    Tension,
)

MOST_NAMED = 3  # figures that are off
TAIL = 0.025
FEWEST = 5  # reports used, below which the numbers are all but the prior's
FEWEST_WEEKS = 26  # of weekly counts, the same
PRIOR_ALONE = "What follows is prior belief, not what was seen of this group."


def evidence_used(record: Mapping[str, Any]) -> EvidenceUsed:
    """Return what the counts of a run were made from; reports in tension with the others first by their distance."""
    evidence = record["evidence"]
    rows = (*evidence["set_aside"], *evidence["tension"])
    flagged = sorted((row for row in evidence["tension"] if row["flag"]), key=lambda row: -abs(row["residual"]))
    return EvidenceUsed(
        kind=evidence["kind"],
        known=evidence["known"],
        used=evidence["used"],
        set_aside=by_reason((row["reason"] for row in evidence["set_aside"]), names=(row["report_id"] for row in rows)),
        first_day=evidence["first_day"],
        last_day=evidence["last_day"],
        tension=tuple(Tension(**{name: row[name] for name in Tension.model_fields}) for row in flagged),
        completeness=tuple(evidence.get("completeness", ())),
        completeness_error=tuple(evidence.get("completeness_error", ())),
        out_of_scale=tuple(OutOfScale(**row) for row in evidence.get("out_of_scale", ())),
    )


def known_to(record: Mapping[str, Any]) -> date:
    """Return the last day that the evidence of a run reaches: what fell on later days it cannot know of."""
    evidence = record["evidence"]
    return date.fromisoformat(str(evidence.get("known_to") or evidence["last_day"]))


def thin_sentence(evidence: EvidenceUsed) -> str:
    """Return a warning where fewer than `FEWEST` reports or `FEWEST_WEEKS` weeks of counts were used, else nothing."""
    if evidence.kind == "counts":
        weeks = ((evidence.last_day - evidence.first_day).days + 1) // 7
        return "" if weeks >= FEWEST_WEEKS else f"Almost no evidence: counts of {weeks} weeks. {PRIOR_ALONE}"
    if evidence.used >= FEWEST:
        return ""
    used = "1 report was" if evidence.used == 1 else f"{evidence.used} reports were"
    return f"Almost no evidence: {used} used of {evidence.known} known. {PRIOR_ALONE}"


def completeness_sentence(evidence: EvidenceUsed) -> str:
    """Return what is said of last weeks that are reported in part; nothing where all are whole."""
    if not evidence.completeness:
        return ""
    errors = [f" ± {100 * error:.0f}" for error in evidence.completeness_error] or [""] * len(evidence.completeness)
    parts = [f"{100 * share:.0f}{error} %" for share, error in zip(evidence.completeness, errors, strict=True)]
    *most, last = parts
    shares = f"{', '.join(most)} and {last}, the newest first" if most else last
    weeks = f"The last {len(most) + 1} weeks are" if most else "The last week is"
    known = " The standard errors (±) are not in the forecast." if evidence.completeness_error else ""
    return f"{weeks} taken as reported in part: {shares}. A zero there is no proof of silence.{known}"


def what_counts_are(record: Mapping[str, Any]) -> str:
    """Return what the counts of a run are: what the group said if reports claim, else what a source recorded.

    The embedded reports are not the reader's own source, whether or not they claim.
    """
    evidence, plan = record["evidence"], record.get("plan", {})
    if evidence["kind"] == "reports" and evidence.get("claimed", True):
        return CLAIMS
    made_from = plan.get("evidence", {}).get("reports")
    return REPORTED if made_from and made_from == embedded_evidence().identity()["reports"] else RECORDED


def of_run(record: Mapping[str, Any]) -> str:
    """Return what distinguishes a run from others in a list: its series, or whose attacks it is of; whose beliefs."""
    chosen = record.get("plan", {}).get("evidence", {}).get("series", ())
    named = "; ".join(chosen) or subject(record)
    found = beliefs_in(record)
    return f"{named}, with the beliefs of {found.who or NOBODY}" if found else named


def by_reason(reasons: Iterable[str], *, names: Iterable[str]) -> dict[str, int]:
    """Return how many reports were set aside for each reason, the commonest first; one named in it is 'another'."""
    known = set(names)
    unnamed = (" ".join("another" if word in known else word for word in reason.split(" ")) for reason in reasons)
    return dict(Counter(unnamed).most_common())


def convergence(run: Run) -> Convergence:
    """Return the verdict on a run: of its diagnostics, and of what is on record of such forecasts."""
    verdict, graded = run.diagnostics(), grading_of(run)
    worst = verdict["worst"]
    return Convergence(
        grade=verdict["grade"],
        reasons=tuple(verdict["reasons"]),
        advice=verdict["advice"],
        draws=verdict["draws"],
        divergences=verdict["divergences"],
        rhat=worst["rhat"],
        ess_bulk=worst["ess_bulk"],
        ess_tail=worst["ess_tail"],
        calibration=graded.grade,
        calibration_reason=graded.reason,
        replication=replication_sentence(verdict),
    )


def driver_effects(run: Run) -> tuple[DriverEffect, ...]:
    """Return what the data say of each driver, with the placebo shares where there are any."""
    shares = {
        (row["covariate"], row["on"]): {"placebo_p": row["p"], "placebo_p_any": row["p_any"], "called": row["called"]}
        for row in placebo_of(run).get("effects", ())
    }
    rows = run.diagnostics().get("levers", ())
    return tuple(DriverEffect(**row, **shares.get((row["covariate"], row["on"]), {})) for row in rows)


def placebo_of(run: Run) -> dict[str, Any]:
    """Return the placebo test of a run, of the embedded case the one that is shipped; empty if there is none.

    A test by the rule of older code is none.
    """
    file = run.folder / PLACEBO_FILE
    found = read_json(file) if file.exists() else {}
    return found if "false_calls" in found else _shipped_placebo(run)


def _shipped_placebo(run: Run) -> dict[str, Any]:
    asked = {name: part for name, part in run.record.get("plan", {}).items() if name != "code"}
    kept = read_json(embedded_file(PLACEBO_FILE))
    found: dict[str, Any] = kept["test"] if kept["run_id"] == content_id(asked) else {}
    return found


def replicates(verdict: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the figures of the observed weeks and those of replicated weeks, from a run's diagnostics."""
    return list(verdict.get("replicates", ()))


def replication_sentence(verdict: Mapping[str, Any]) -> str:
    """Return whether replicated weeks are like those observed, the furthest off named; nothing of an older run."""
    rows = replicates(verdict)
    if not rows:
        return ""
    off = sorted((row for row in rows if not TAIL <= row["p"] <= 1 - TAIL), key=lambda row: min(row["p"], 1 - row["p"]))
    start = "Posterior predictive check: replicated weeks are like those observed"
    if not off:
        return f"{start} in all {len(rows)} figures."
    named = "; ".join(
        f"{row['figure']} of {row['series']} {row['observed']:.3g} (replicated [{row['low']:.3g}, {row['high']:.3g}])"
        for row in off[:MOST_NAMED]
    )
    more = f" and {len(off) - MOST_NAMED} more" if len(off) > MOST_NAMED else ""
    return f"{start} but for {len(off)} of {len(rows)} figures (1 in 20 by chance): {named}{more}."
