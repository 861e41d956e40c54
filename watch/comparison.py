"""What changed since the last pass, and what of it is to be reported: once for each change, not within quiet days.

A question is compared with what was last reported of it, so that a slow drift is reported too; a published one at first
with the chance that was published. A premise that fell is reported at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from lull.scenarios.language.spec import BASELINE
from lull.watch.answers_now import AnswerNow, PremiseNow
from lull.watch.past_pass import Premise, Reported, State

ROUNDING = 1e-9

type Move = Literal["new", "still", "moved", "held", "over"]


@dataclass(frozen=True)
class AnswerChange:
    """A question beside what was last reported of it: moved (to report), held by quiet days, still, new or over."""

    now: AnswerNow
    before: float | None
    reported: float | None
    move: Move

    @property
    def sentence(self) -> str:
        """What it says in words."""
        watched, chance = self.now.watched, self.now.chance
        under = "" if watched.scenario.id == BASELINE else f", under “{watched.scenario.title}”"
        asked = f"“{watched.text}”{f' ({watched.series})' if watched.series else ''}{under}"
        if chance is None:
            return f"{asked}: its day, {self.now.by}, is over."
        if self.reported is None:
            return f"{asked}: {chance:.0%}, asked for the first time."
        return f"{asked}: {self.reported:.0%} when last reported, now {chance:.0%}."

    def document(self) -> dict[str, Any]:
        """Return it as plain values of JSON."""
        watched = self.now.watched
        return {
            "question": watched.text,
            "series": watched.series,
            "scenario": watched.scenario.id,
            "published": watched.is_published,
            "by_date": str(self.now.by),
            "probability": self.now.chance,
            "baseline": self.now.baseline,
            "last_pass": self.before,
            "last_reported": self.reported,
            "threshold": watched.threshold,
            "change": self.move,
        }


@dataclass(frozen=True)
class PremiseChange:
    """A premise beside how it stood at the last pass; `fell`: it is overtaken now and was not then."""

    now: PremiseNow
    before: str | None

    @property
    def fell(self) -> bool:
        """Whether it is to be reported."""
        return self.now.verdict.status == "overtaken" != self.before

    @property
    def sentence(self) -> str:
        """What it says in words."""
        verdict = self.now.verdict
        seen = f": {verdict.observation}" if verdict.observation else ""
        return f"The premise of “{self.now.scenario.title}” is {verdict.status}{seen}."

    def document(self) -> dict[str, Any]:
        """Return it as plain values of JSON."""
        verdict = self.now.verdict
        return {
            "scenario": self.now.scenario.id,
            "title": self.now.scenario.title,
            "status": verdict.status,
            "day": verdict.day and str(verdict.day),
            "observation": verdict.observation,
            "last_pass": self.before,
            "fell": self.fell,
        }


@dataclass(frozen=True)
class Changes:
    """All that a pass found."""

    answers: tuple[AnswerChange, ...]
    premises: tuple[PremiseChange, ...]

    @property
    def to_report(self) -> tuple[str, ...]:
        """The sentences of what is to be reported, what fell first."""
        fell = [one.sentence for one in self.premises if one.fell]
        return (*fell, *(one.sentence for one in self.answers if one.move == "moved"))


def changes(
    answers: Sequence[AnswerNow], premises: Sequence[PremiseNow], last: State, *, today: date, quiet_days: int
) -> Changes:
    """Return what a pass found beside what the last one left."""
    before = {name: kept.status for name, kept in last.premises.items()}
    fallen = (PremiseChange(one, before.get(one.scenario.id)) for one in premises)
    return Changes(tuple(_answer(one, last, today, quiet_days) for one in answers), tuple(fallen))


def remembered(found: Changes, last: State, *, today: date) -> State:
    """Return the memory after a pass; what is no longer asked is forgotten."""
    answers = {
        one.now.watched.key: reported for one in found.answers if (reported := _reported(one, last, today)) is not None
    }
    judged = [one.now for one in found.premises]
    premises = {one.scenario.id: Premise(status=one.verdict.status, since=one.since.item()) for one in judged}
    return last.model_copy(update={"passes": last.passes + 1, "answers": answers, "premises": premises})


def _answer(now: AnswerNow, last: State, today: date, quiet_days: int) -> AnswerChange:
    kept = last.answers.get(now.watched.key)
    reported = kept.reported if kept else now.watched.published
    before = kept.chance if kept else None
    if now.chance is None:
        return AnswerChange(now, before, reported, "over")
    if reported is None:
        return AnswerChange(now, before, reported, "new")
    if abs(now.chance - reported) < now.watched.threshold - ROUNDING:
        return AnswerChange(now, before, reported, "still")
    quiet = kept is not None and kept.day is not None and (today - kept.day).days < quiet_days
    return AnswerChange(now, before, reported, "held" if quiet else "moved")


def _reported(change: AnswerChange, last: State, today: date) -> Reported | None:
    """Return what is remembered of a question, None of one that is over."""
    chance, kept = change.now.chance, last.answers.get(change.now.watched.key)
    if chance is None:
        return None
    if change.move == "moved":
        return Reported(chance=chance, reported=chance, day=today)
    return Reported(
        chance=chance, reported=chance if change.reported is None else change.reported, day=kept.day if kept else None
    )
