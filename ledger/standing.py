"""How the questions of a ledger stand: their versions, what was decided, whose numbers stand beside which version."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from lull.ledger.entries import Comment, Decided, Entry, Key, OwnNumber, PremiseStatus, Published, document
from lull.ledger.journal import Ledger

LATEST = datetime.max.replace(tzinfo=UTC)

type Status = Literal["open", "yes", "no", "void"]


@dataclass(frozen=True)
class Version:
    """One publication of a question: `until` is when the next one of the same scenario came, `settled` what came of it.

    `edited` says that another one of the same scenario followed on the same day: it is kept, and not scored.
    """

    entry: Entry
    body: Published
    until: datetime
    edited: bool
    settled: tuple[Entry, ...]
    numbers: Mapping[str, OwnNumber]

    @property
    def decision(self) -> Decided | None:
        """What stands: the last thing that was decided, None while it is open."""
        body = self.settled[-1].body if self.settled else None
        return body if isinstance(body, Decided) else None

    @property
    def outcome(self) -> Status:
        """Yes, no, void, or open."""
        return self.decision.outcome if self.decision else "open"

    @property
    def total(self) -> int | None:
        """The attacks of all days asked about, None where they are not known."""
        return self.decision.total if self.decision else None

    @property
    def premise(self) -> PremiseStatus:
        """What has become of the scenario's premise, empty if it has none."""
        if self.decision:
            return self.decision.premise
        return "open" if self.body.premise else ""

    @property
    def decided_at(self) -> datetime | None:
        """When yes or no was first entered in the ledger."""
        decided = (one.time for one in self.settled if isinstance(one.body, Decided) and one.body.outcome != "void")
        return next(decided, None)

    @property
    def weeks_ahead(self) -> int:
        """Weeks from the day of publication to the deadline, begun ones counted whole, at least 1."""
        days = (self.body.deadline - self.entry.time.date()).days
        return max(1, -(-days // 7))

    def document(self) -> dict[str, Any]:
        """Return the version as plain values of JSON."""
        own = {"outcome": self.outcome, "total": self.total, "premise_status": self.premise, "edited": self.edited}
        settled = [document(one) for one in self.settled]
        standing = {name: {"chance": one.chance, "quantiles": one.quantiles} for name, one in self.numbers.items()}
        return document(self.entry) | own | {"settled": settled, "own_numbers": standing}


@dataclass(frozen=True)
class Standing:
    """A question of the ledger: its versions, oldest first, and all that readers entered about it."""

    key: Key
    versions: tuple[Version, ...]
    numbers: tuple[Entry, ...]
    comments: tuple[Entry, ...]

    @property
    def latest(self) -> Version:
        """The last version."""
        return self.versions[-1]

    @property
    def outcome(self) -> Status:
        """How the last version stands."""
        return self.latest.outcome

    def document(self) -> dict[str, Any]:
        """Return the question as plain values of JSON."""
        return {
            "question": self.key.question,
            "series": self.key.series,
            "deadline": str(self.key.deadline),
            "outcome": self.outcome,
            "versions": [one.document() for one in self.versions],
            "numbers": [document(one) for one in self.numbers],
            "comments": [document(one) for one in self.comments],
        }


def published(ledger: Ledger) -> tuple[Standing, ...]:
    """Return the published questions, the oldest first. Raises `InputError` if the ledger cannot be read."""
    return standings(ledger.entries())


def open_questions(ledger: Ledger) -> tuple[Standing, ...]:
    """Return the questions of which nothing is decided yet. Raises `InputError` as `published`."""
    return tuple(one for one in published(ledger) if one.outcome == "open")


def about(entries: Iterable[Entry], key: Key) -> tuple[Entry, ...]:
    """Return the entries about a question, published or not."""
    return tuple(one for one in entries if one.body.key == key)


def standings(entries: Iterable[Entry]) -> tuple[Standing, ...]:
    """Return how the published questions of some entries stand."""
    by_key: dict[Key, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_key[entry.body.key].append(entry)
    return tuple(
        _standing(key, own) for key, own in by_key.items() if any(isinstance(one.body, Published) for one in own)
    )


def _standing(key: Key, entries: list[Entry]) -> Standing:
    numbers = tuple(one for one in entries if isinstance(one.body, OwnNumber))
    comments = tuple(one for one in entries if isinstance(one.body, Comment))
    versions = tuple(_version(one, one.body, entries) for one in entries if isinstance(one.body, Published))
    return Standing(key, versions, numbers, comments)


def _version(entry: Entry, body: Published, entries: list[Entry]) -> Version:
    later = [
        one
        for one in entries
        if isinstance(one.body, Published) and one.body.scenario == body.scenario and one.number > entry.number
    ]
    until = later[0].time if later else LATEST
    edited = any(one.time.date() == entry.time.date() for one in later)
    settled = tuple(one for one in entries if isinstance(one.body, Decided) and one.body.of == entry.number)
    return Version(entry, body, until, edited, settled, numbers_of(entries, body.scenario, until))


def numbers_of(entries: Iterable[Entry], scenario: str, until: datetime = LATEST) -> dict[str, OwnNumber]:
    """Return the last number of each reader under a scenario that was entered before a time."""
    found: dict[str, OwnNumber] = {}
    for entry in entries:
        if isinstance(entry.body, OwnNumber) and entry.body.scenario == scenario and entry.time < until:
            found[entry.body.reader] = entry.body
    return found
