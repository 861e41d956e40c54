"""Where the exports of event databases keep what is needed."""

from dataclasses import dataclass
from datetime import date, timedelta

from lull.data.readers.cells import WHOLE_AS_FLOAT, shown
from lull.data.schema import InputError, Problem

type Window = tuple[date, date]

LAST_PRECISION = 3  # of ACLED: 1 the day, 2 the week, 3 the month


@dataclass(frozen=True)
class Layout:
    """The columns of one kind of export, one row an event; an empty name is a column it does not have.

    `separator` parts the actors of one cell. `first_day` and `last_day` bound the day; `precision` widens it. `known`
    is when the row was coded: a day, a moment, or seconds since 1970. A `queried` file holds what a database was
    asked; `named_like` is how one is named that says up to which day it is known.
    """

    event_id: str
    actors: tuple[str, ...]
    first_day: str
    last_day: str = ""
    precision: str = ""
    known: str = ""
    front: str = ""
    separator: str = ""
    queried: bool = False
    named_like: str = ""

    @property
    def required(self) -> tuple[str, ...]:
        """The columns without which the file is no such export."""
        return tuple(filter(None, (self.event_id, *self.actors, self.first_day, self.last_day)))


def precision_of(cell: str) -> int:
    """Return how well ACLED knows a day: 1 the day, 2 the week, 3 the month."""
    text = WHOLE_AS_FLOAT.sub("", cell)
    if text not in {str(level) for level in range(1, LAST_PRECISION + 1)}:
        raise InputError(Problem("", "1, 2 or 3", shown(cell)))
    return int(text)


def window_of(day: date, precision: int) -> Window:
    """Return the first and the last day that an event may have happened: the day, three days about it, its month."""
    if precision == 1:
        return day, day
    if precision == LAST_PRECISION:
        first = day.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return day - timedelta(days=3), day + timedelta(days=3)


ACLED = Layout(
    event_id="event_id_cnty",
    actors=("actor1", "actor2"),
    first_day="event_date",
    precision="time_precision",
    known="timestamp",
    front="country",
    separator=";",
    queried=True,
    named_like="..._event_date_from_DATE_event_date_to_DATE.csv",
)
UCDP = Layout(
    event_id="id",
    actors=("side_a", "side_b"),
    first_day="date_start",
    last_day="date_end",
    front="country",
    separator=",",
    queried=True,
    named_like="GEDEvent_v25_1.csv, GEDEvent_v26_0_3.csv",
)
LIST = Layout(event_id="event_id", actors=("actor",), first_day="date")
EXPORTS = {"acled": ACLED, "ucdp": UCDP, "list": LIST}  # by the name of their kind
