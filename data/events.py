"""Events: what was done or said on a day, of which kind it was, and under which driver it is filed.

An event without `end_date` is an impulse on its day; one with it is a state that lasts from `date` to
`end_date`, both included (a ceasefire in force). Salience 1..5 is a judgement, explained in `docs/data.md`.

The invariant: the faction's own acts (`endogenous`) never drive its counts, and an event of one series never drives
another.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date as calendar_date
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from lull.data.event_kinds import DIMENSIONS, ENDS, LASTING, OWN_ACT, Dimension, filed_under, parse_kind, type_problem
from lull.data.readers.cells import Day, Filled, OptionalDay, one_of, parse_whole
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.readers.records import read_records
from lull.data.schema import InputError, Problem, near

MAX_SALIENCE = 5
LONG_CEASEFIRE = 21  # days from which one that ran out had been long
USUAL_SALIENCE = 3  # of a file that gives none
TRUTH = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
OPTIONAL = (
    "end_date",
    "dimension",
    "target",
    "salience",
    "series",
    "type",
    "end",
    "endogenous",
    "coded",
    "url",
    "note",
)


def _salience(cell: object) -> int:
    value = parse_whole(cell)
    if not 1 <= value <= MAX_SALIENCE:
        raise InputError(Problem("", f"a salience from 1 to {MAX_SALIENCE}", str(value)))
    return value


def _truth(cell: object) -> object:
    value = TRUTH.get(str(cell).casefold())
    if value is None:
        raise InputError(Problem("", "true or false", repr(str(cell)), near(str(cell), ("true", "false"))))
    return value


class Event(BaseModel):
    """One row of an events file; columns and their meaning are in `docs/data.md`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_id: Filled
    date: Day
    end_date: OptionalDay = None
    kind: Annotated[str, BeforeValidator(parse_kind)]
    type: str = ""
    dimension: Annotated[Dimension, one_of(*DIMENSIONS)]
    actor: Filled
    target: str = ""
    salience: Annotated[int, BeforeValidator(_salience)] = USUAL_SALIENCE
    series: str = ""
    end: Annotated[str, one_of("", *ENDS)] = ""
    endogenous: Annotated[bool, BeforeValidator(_truth)] = False
    coded: OptionalDay = None
    url: str = ""
    note: str = ""

    @property
    def is_lasting(self) -> bool:
        """Whether the event is a state in force from `date` to `end_date`, both included."""
        return self.end_date is not None

    @property
    def is_open(self) -> bool:
        """Whether the event is a state in force whose last day is not known."""
        return (
            self.end_date is None and self.kind in LASTING and bool(self.type or self.end or self.kind != "ceasefire")
        )

    @property
    def ending(self) -> str:
        """How a ceasefire or halt ended: `ran_out`, `ran_out_early`, `broken_off`, `replaced`; "" if unknown."""
        if self.kind not in {"ceasefire", "declared_halt"} or self.end_date is None or self.end in {"", "unknown"}:
            return ""
        early = self.end == "ran_out" and (self.end_date - self.date).days < LONG_CEASEFIRE
        return "ran_out_early" if early else self.end

    @property
    def parties(self) -> tuple[str, str]:
        """Whose state it is: ceasefires of the same parties at once are one, those of others are several."""
        return self.actor, self.target

    @model_validator(mode="before")
    @classmethod
    def _what_follows_from_the_kind(cls, row: Any) -> Any:
        """Return a row with its driver, and whether it is an own act, where its cells leave that to its kind."""
        if not isinstance(row, dict):
            return row
        row = {name: cell for name, cell in row.items() if not (cell == "" and name in {"dimension", "endogenous"})}
        try:
            kind = parse_kind(row.get("kind", ""))
        except InputError:
            return {"dimension": DIMENSIONS[0]} | row  # the kind is reported, and nothing that follows from it
        follows = {"dimension": filed_under(kind, str(row.get("type", ""))), "endogenous": kind == OWN_ACT}
        return follows | row

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> Self:
        if self.end_date is not None and self.end_date < self.date:
            raise InputError(Problem("end_date", f"a day from date {self.date} on", str(self.end_date)))
        if problem := type_problem(self.kind, self.type):
            raise InputError(problem)
        if self.end and self.kind not in LASTING:
            expected = f"an end of {', '.join(LASTING)}"
            raise InputError(Problem("end", expected, f"{self.end!r} of {self.kind}", "Leave the cell empty."))
        if self.end in {"ran_out", "broken_off", "replaced"} and self.end_date is None:
            remedy = "Give its end_date, or write unknown."
            raise InputError(Problem("end_date", f"the last day of what is {self.end}", "an empty cell", remedy))
        return self


def read_events(path: Path | str, *, reading: Reading = USUAL, notes: list[str] | None = None) -> tuple[Event, ...]:
    """Return the events of a file in the order of the file.

    Raises `InputError` with every problem found.
    """
    return read_records(path, Event, key="event_id", optional=OPTIONAL, reading=reading, notes=notes)


def known_at(events: Iterable[Event], as_of: calendar_date) -> tuple[Event, ...]:
    """Return the events that had begun by `as_of` and were coded by then.

    An `end_date` agreed for later is known with them; that a state was broken off or replaced later is not, and then
    its last day is not known either.
    """
    return tuple(_as_known(event, as_of) for event in events if max(event.date, event.coded or event.date) <= as_of)


def _as_known(event: Event, as_of: calendar_date) -> Event:
    """Return an event with the end that could be known of it."""
    if event.end_date is None or event.end_date <= as_of or event.end not in {"broken_off", "replaced"}:
        return event
    return event.model_copy(update={"end_date": None, "end": "unknown"})


def check_series(events: Iterable[Event], known: Collection[str], where: str) -> None:
    """Raise `InputError` for events of series that the counts do not have."""
    unknown = dict.fromkeys(event.series for event in events if event.series and event.series not in known)
    if unknown:
        first = {name: next(event for event in events if event.series == name) for name in unknown}
        raise InputError(
            Problem(f"{where}, event {event.event_id}", "a series of the counts", repr(name), near(name, known))
            for name, event in first.items()
        )


def drivers_of(events: Iterable[Event], series: Sequence[str]) -> tuple[Event, ...]:
    """Return the events that may drive some series: not their own acts, nor events of other series."""
    return tuple(event for event in events if not event.endogenous and event.series in ("", *series))
