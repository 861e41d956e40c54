"""Published questions held against newer data: what is decided is entered in the ledger, a correction beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lull.data.calendar import week_of
from lull.ledger.entries import Correction, Decided, Entry, Outcome, PremiseStatus, Published, Resolution, Void
from lull.ledger.journal import Ledger
from lull.ledger.outcomes import Found, Newer, outcome
from lull.ledger.standing import Version, standings
from lull.scenarios.engine.premise_check import NewerData, judge
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.language.spec import Scenario

__all__ = ["Newer", "resolve"]


@dataclass(frozen=True)
class _Premise:
    status: PremiseStatus
    seen: str = ""


def resolve(ledger: Ledger, newer: Newer) -> tuple[Entry, ...]:
    """Enter what newer data decide of the published questions, and return the entries; the same data enter nothing new.

    Every version of a question is decided for the days that it asks about. Raises `InputError` if the ledger cannot be
    read or written.
    """
    return ledger.extend(lambda entries: tuple(_decisions(entries, newer)))


def _decisions(entries: tuple[Entry, ...], newer: Newer) -> Iterator[Outcome]:
    for standing in standings(entries):
        for version in standing.versions:
            body = version.body
            found = outcome(parse_question(body.question), since=body.since, series=body.series, newer=newer)
            if found is not None and (decided := _decision(version, found, newer)) is not None:
                yield decided


def _decision(version: Version, found: Found, newer: Newer) -> Outcome | None:
    """Return what is to be entered of a version, None if nothing is new.

    What was decided is undone by another decision only: data that say less than earlier ones change nothing.
    """
    before, premise = version.decision, _premise(version.body, newer)
    if found.outcome == "open" or (found.outcome == "void" and before is not None):
        return None
    if before is None:
        values = _values(version, found, newer, premise)
        return Void(**values) if found.outcome == "void" else Resolution(**values, outcome=found.outcome)
    premise = _kept(before, premise)
    values = _values(version, found, newer, premise)
    other_total = None not in (before.total, found.total) and found.total != before.total
    if found.outcome != before.outcome or other_total:
        return Correction(**values, outcome=found.outcome, replaces=version.settled[-1].number)
    more = before.total is None and found.total is not None
    if (more or premise.status != before.premise) and found.outcome != "void":
        return Resolution(
            **values | {"total": before.total if found.total is None else found.total}, outcome=found.outcome
        )
    return None


def _values(version: Version, found: Found, newer: Newer, premise: _Premise) -> dict[str, Any]:
    body = version.body
    about = {"question": body.question, "series": body.series, "deadline": body.deadline, "of": version.entry.number}
    what = {"total": found.total, "day": found.day, "reason": found.reason, "known_to": found.known_to}
    return about | what | {"source": newer.source, "premise": premise.status, "premise_seen": premise.seen}


def _premise(body: Published, newer: Newer) -> _Premise:
    """Return what newer data say of the premise of a scenario."""
    premise = Scenario.model_validate(body.assumptions).premise if body.assumptions else None
    if premise is None:
        return _Premise("")
    origin = week_of(body.since, newer.counts.origin) - np.timedelta64(7, "D")
    verdict = judge(premise, NewerData(newer.events, newer.counts, origin, newer.as_of))
    return _Premise(verdict.status, verdict.observation)


def _kept(before: Decided, premise: _Premise) -> _Premise:
    """Return a premise as it was settled before, if these data leave it open."""
    return _Premise(before.premise, before.premise_seen) if premise.status == "open" else premise
