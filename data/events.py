"""Events: what was done or said on a day, and which lever it pulled.

An event without `end_date` is an impulse on its day; one with it is a state that lasts from `date` to
`end_date`, both included (a ceasefire in force). Salience 1..5 is a judgement, explained in `docs/data.md`.
"""

from collections.abc import Iterable
from datetime import date as calendar_date
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from lull.data.readers.cells import Day, Filled, OptionalDay, one_of, parse_whole
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.readers.records import read_records
from lull.data.schema import InputError, Problem

Dimension = Literal["deterrence", "pressure", "ceasefire", "mobilisation"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
MAX_SALIENCE = 5


def _salience(cell: object) -> int:
    value = parse_whole(cell)
    if not 1 <= value <= MAX_SALIENCE:
        raise InputError(Problem("", f"a salience from 1 to {MAX_SALIENCE}", str(value)))
    return value


class Event(BaseModel):
    """One row of an events file; columns and their meaning are in `docs/data.md`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_id: Filled
    date: Day
    end_date: OptionalDay
    kind: Filled
    dimension: Annotated[Dimension, one_of(*DIMENSIONS)]
    actor: Filled
    target: str
    salience: Annotated[int, BeforeValidator(_salience)]
    url: str = ""
    note: str = ""

    @property
    def is_lasting(self) -> bool:
        """Whether the event is a state in force from `date` to `end_date`, both included."""
        return self.end_date is not None

    @model_validator(mode="after")
    def _end_is_not_before_date(self) -> Self:
        if self.end_date is not None and self.end_date < self.date:
            raise InputError(Problem("end_date", f"a day from date {self.date} on", str(self.end_date)))
        return self


def read_events(path: Path | str, *, reading: Reading = USUAL, notes: list[str] | None = None) -> tuple[Event, ...]:
    """Return the events of a file in the order of the file.

    Raises `InputError` with every problem found.
    """
    return read_records(path, Event, key="event_id", optional=("url", "note"), reading=reading, notes=notes)


def known_at(events: Iterable[Event], as_of: calendar_date) -> tuple[Event, ...]:
    """Return the events that had begun by `as_of`; an `end_date` agreed for later is known with them."""
    return tuple(event for event in events if event.date <= as_of)
