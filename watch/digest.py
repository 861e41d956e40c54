"""A pass in one object and on one page: `changes.json` and `digest.html`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lull.data.files import write_json, write_whole
from lull.ledger.entries import Entry, document
from lull.model.runs.store import Run
from lull.scenarios.overview.run_rows import subject
from lull.scenarios.presentation.html_page import html_page
from lull.scenarios.results.evidence_used import convergence, known_to, what_counts_are
from lull.watch.channels import WHAT_IT_IS
from lull.watch.comparison import AnswerChange, Changes
from lull.watch.current_fit import How
from lull.watch.past_pass import Message

TEMPLATES = Path(__file__).parent / "templates"
CHANGES, DIGEST = "changes.json", "digest.html"
MADE = {
    "found": "A fit of these data was in the store.",
    "updated": "An earlier fit was moved on to the new weeks.",
    "fitted": "The model was fitted anew: no earlier fit goes on to these weeks.",
}
MOVES = {
    "new": "asked for the first time",
    "still": "",
    "moved": "moved",
    "held": "moved; reported before within the quiet days",
    "over": "its day is over",
}


@dataclass(frozen=True)
class Pass:
    """What a pass did: its run and how it came about, what changed, what was decided, what is reported and what failed.

    `briefing` are the files of its briefing.
    """

    day: date
    run: Run
    how: How
    first: bool
    found: Changes
    decided: tuple[Entry, ...]
    messages: tuple[Message, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    briefing: tuple[Path, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether its answers may be used."""
        return convergence(self.run).usable

    def document(self) -> dict[str, Any]:
        """Return it as plain values of JSON."""
        return {
            "what_it_is": WHAT_IT_IS,
            "day": str(self.day),
            "first": self.first,
            "run_id": self.run.run_id,
            "fit": self.how,
            **convergence(self.run).grades,
            "known_to": str(known_to(self.run.record)),
            "answers": [one.document() for one in self.found.answers],
            "premises": [one.document() for one in self.found.premises],
            "decided": [document(entry) for entry in self.decided],
            "messages": [one.model_dump(mode="json") for one in self.messages],
            "briefing": [path.name for path in self.briefing],
            "notes": list(self.notes),
            "problems": list(self.problems),
        }


def write_pass(done: Pass, out: Path) -> list[Path]:
    """Write the object and the page of a pass, each whole, and return where they are."""
    write_json(out / CHANGES, done.document())
    write_whole(out / DIGEST, digest(done))
    return [out / CHANGES, out / DIGEST]


def digest(done: Pass) -> str:
    """Return the page of a pass."""
    known = f"Data known to {known_to(done.run.record):%-d %B %Y}. {MADE[done.how]}"
    return html_page(
        "digest.html",
        folder=TEMPLATES,
        title=f"{subject(done.run.record)}: what changed by {done.day:%-d %B %Y}",
        what_it_is=WHAT_IT_IS,
        known=known,
        claims=what_counts_are(done.run.record),
        reported=done.found.to_report,
        convergence=convergence(done.run),
        answers=[_answer_row(one) for one in done.found.answers],
        premises=[_premise_row(one.document()) for one in done.found.premises],
        decided=[_decided_row(document(one)) for one in done.decided],
        briefing=[path.name for path in done.briefing],
        notes=(*done.notes, *done.problems),
        run_id=done.run.run_id,
    )


def sentences(done: Pass) -> Sequence[str]:
    """Return the pass in words, as the command prints it."""
    reported = done.found.to_report or ("No answer moved past its threshold, and no premise fell.",)
    return (f"Data known to {known_to(done.run.record)}. {MADE[done.how]}", *reported, WHAT_IT_IS)


def _answer_row(one: AnswerChange) -> dict[str, str]:
    asked = one.now.watched
    return {
        "Question": asked.text,
        "Series": asked.series,
        "Scenario": asked.scenario.title,
        "When last reported": _percent(one.reported),
        "Last pass": _percent(one.before),
        "Now": _percent(one.now.chance),
        "Baseline": _percent(one.now.baseline),
        "Change": MOVES[one.move],
    }


def _premise_row(one: Mapping[str, Any]) -> dict[str, str]:
    names = {"Scenario": "title", "Premise": "status", "Day": "day", "Observation": "observation"}
    return {name: str(one[key] or "") for name, key in names.items()}


def _decided_row(one: Mapping[str, Any]) -> dict[str, str]:
    return {name.capitalize(): str(one[name]) for name in ("question", "series", "deadline", "outcome", "reason")}


def _percent(chance: float | None) -> str:
    return "" if chance is None else f"{chance:.0%}"
