"""What a run was made from, read from its record: reports used and set aside, and those that disagree with the rest."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from scenarios.document import Convergence, EvidenceUsed, LeverNote, Tension

MOST_NAMED = 3  # factions


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
        tension=tuple(_tension(row) for row in flagged),
        completeness=tuple(evidence.get("completeness", ())),
    )


def completeness_sentence(evidence: EvidenceUsed) -> str:
    """Return what is said of last weeks that are reported in part; nothing where all are whole."""
    if not evidence.completeness:
        return ""
    *most, last = (f"{share:.0%}".replace("%", " %") for share in evidence.completeness)
    shares = f"{', '.join(most)} and {last}, the newest first" if most else last
    weeks = f"The last {len(most) + 1} weeks are" if most else "The last week is"
    return f"{weeks} taken as reported in part: {shares}. A zero there is no proof of silence."


def subject(record: Mapping[str, Any]) -> str:
    """Return whose attacks a run is about; of many factions the first are named."""
    names = record["evidence"]["factions"]
    more = len(names) - MOST_NAMED
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:MOST_NAMED])} and {more} more"


def by_reason(reasons: Iterable[str], *, names: Iterable[str]) -> dict[str, int]:
    """Return how many reports were set aside for each reason, the commonest first; one named in it is 'another'."""
    known = set(names)
    told = (" ".join("another" if word in known else word for word in reason.split(" ")) for reason in reasons)
    return dict(Counter(told).most_common())


def convergence(verdict: Mapping[str, Any]) -> Convergence:
    """Return the verdict of a run's diagnostics."""
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
    )


def lever_notes(verdict: Mapping[str, Any]) -> tuple[LeverNote, ...]:
    """Return what the data taught about each lever, from a run's diagnostics."""
    return tuple(LeverNote(**row) for row in verdict.get("levers", ()))


def _tension(row: Mapping[str, Any]) -> Tension:
    return Tension(
        report_id=row["report_id"],
        source=row["source"],
        front=row["front"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        reported=row["reported"],
        implied=row["implied"],
        implied_low=row["implied_low"],
        implied_high=row["implied_high"],
        residual=row["residual"],
    )
