"""The entries of a ledger: what was forecast, by whom, what came of it. Each is written once and never changed.

A question is named by its text, its series and its deadline (`Key`). Publishing it again is a new entry, a later
version of it. `docs/record.md` gives the format.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from lull.data.arrays import Array
from lull.data.schema import InputError, Problem
from lull.scenarios.engine.questions import Kind
from lull.scenarios.language.spec import BASELINE
from lull.scenarios.results.tables import LEVELS, quantiles

type Chance = Annotated[float, Field(ge=0, le=1)]
type Quantiles = tuple[float, float, float]  # 5, 50 and 95 %, of the attacks of all days asked about
type Verdict = Literal["yes", "no", "void"]
type PremiseStatus = Literal["", "open", "confirmed", "overtaken"]  # empty: the scenario has none, or is the baseline

MOST_LISTED = 400  # attacks that `Counts.pmf` goes up to
ALONE = "me"  # the one reader of a machine without a log-in


class Key(NamedTuple):
    """What names a question."""

    question: str
    series: str
    deadline: date


@dataclass(frozen=True)
class Counts:
    """A distribution of the attacks of all days asked about, a whole number each.

    `quantiles` are at the levels of the forecast table. `pmf` are the chances of 0, 1, 2, ... attacks, `beyond` that of
    more; where no whole number is likely (totals of hundreds) `pmf` is cut and `beyond` is large.
    """

    quantiles: dict[str, float]
    pmf: tuple[Chance, ...]
    beyond: Chance

    @classmethod
    def of(cls, totals: Array) -> Self:
        """Return the distribution of totals (draw,), a part of an attack counted whole."""
        whole = np.ceil(totals).astype(int)
        size = min(MOST_LISTED, int(whole.max())) + 1
        pmf = np.bincount(whole[whole < size], minlength=size) / whole.size
        beyond = max(0.0, 1.0 - float(pmf.sum())) if whole.max() >= size else 0.0
        levels = quantiles(whole).tolist()
        return cls(dict(zip(LEVELS, levels, strict=True)), tuple(pmf.tolist()), beyond)

    @property
    def three(self) -> Quantiles:
        """The 5, 50 and 95 % quantiles."""
        return self.quantiles["0.05"], self.quantiles["0.5"], self.quantiles["0.95"]


@dataclass(frozen=True)
class Baseline:
    """What can be said without the model: its name, the chance, and the attacks where it says them."""

    name: str
    chance: Chance
    counts: Counts | None = None


@dataclass(frozen=True, kw_only=True)
class About:
    """The question that an entry is about."""

    question: str
    series: str
    deadline: date

    @property
    def key(self) -> Key:
        """What names the question."""
        return Key(self.question, self.series, self.deadline)


@dataclass(frozen=True, kw_only=True)
class Published(About):
    """A forecast: the chance that it comes from `since` to the deadline, both days included.

    `rule` says how it is decided, `scheduled` is the chance under what is scheduled, `assumptions` the scenario in
    full (None: the baseline), `beliefs` the reader's as their file says them (None: the record's), `evidence` the
    checksums of the files, `known_to` the last day that they reach.
    """

    kind: Literal["published"] = "published"
    asked: Kind
    since: date
    rule: str
    scenario: str = BASELINE
    scenario_title: str = ""
    premise: str = ""
    assumptions: dict[str, Any] | None = None
    beliefs: dict[str, Any] | None = None
    chance: Chance
    scheduled: Chance
    counts: Counts | None = None
    baseline: Baseline | None = None
    run_id: str
    evidence: dict[str, str]
    known_to: date
    grade: str
    reader: str = ALONE


@dataclass(frozen=True, kw_only=True)
class OwnNumber(About):
    """A reader's own number under a scenario: a probability, three quantiles of the attacks, or both; and why."""

    kind: Literal["own number"] = "own number"
    reader: str = ALONE
    scenario: str = BASELINE
    chance: Chance | None = None
    quantiles: Quantiles | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Comment(About):
    """What a reader says about a question, under a scenario."""

    kind: Literal["comment"] = "comment"
    reader: str = ALONE
    scenario: str = BASELINE
    text: str


@dataclass(frozen=True, kw_only=True)
class Decided(About):
    """What newer data decided about the published entry `of`.

    `total` is the attacks of all days asked about, None where some are not known; `day` the day by which it had come;
    `source` the checksum of the newer data, `known_to` the last day that they reach.
    """

    of: int
    outcome: Verdict
    total: int | None = None
    day: date | None = None
    reason: str
    source: str
    known_to: date
    premise: PremiseStatus = ""
    premise_seen: str = ""


@dataclass(frozen=True, kw_only=True)
class Resolution(Decided):
    """Yes or no. A second one of the same outcome adds a total or a premise that was not known before."""

    kind: Literal["resolution"] = "resolution"
    outcome: Literal["yes", "no"]


@dataclass(frozen=True, kw_only=True)
class Void(Decided):
    """The data that there are do not decide it: it is not scored."""

    kind: Literal["void"] = "void"
    outcome: Literal["void"] = "void"


@dataclass(frozen=True, kw_only=True)
class Correction(Decided):
    """Later data decide otherwise than the entry `replaces`; both stay."""

    kind: Literal["correction"] = "correction"
    replaces: int


type Outcome = Resolution | Void | Correction
type Body = Published | OwnNumber | Comment | Outcome
BODY: TypeAdapter[Body] = TypeAdapter(
    Annotated[Published | OwnNumber | Comment | Resolution | Void | Correction, Field(discriminator="kind")]
)


@dataclass(frozen=True)
class Entry:
    """An entry as it stands in a ledger: its number from 1 up, when it was written (UTC), and what it says."""

    number: int
    time: datetime
    body: Body


def document(entry: Entry) -> dict[str, Any]:
    """Return an entry as plain values of JSON."""
    return {"number": entry.number, "time": entry.time.isoformat(timespec="seconds")} | plain(entry.body)


def plain(body: Body) -> dict[str, Any]:
    """Return what an entry says as plain values of JSON. Raises `InputError` for values out of bounds."""
    values: dict[str, Any] = BODY.dump_python(read_body(asdict(body)), mode="json")
    return values


def read_body(values: dict[str, Any]) -> Body:
    """Return what an entry says. Raises `InputError` for what is none."""
    try:
        return BODY.validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "entry"
        found = repr(first.get("input"))[:80]
        raise InputError(Problem(where, first["msg"].lower(), found)) from None
