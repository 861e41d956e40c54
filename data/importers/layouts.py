"""Where the exports of event databases keep what is needed, and how their days are written."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from lull.data.readers.cells import parse_day, shown
from lull.data.schema import InputError, Problem

type Window = tuple[date, date]

MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
LAST_PRECISION = 3  # of ACLED: 1 the day, 2 the week, 3 the month
LARGEST_TIMESTAMP = 4_102_444_800  # the year 2100


@dataclass(frozen=True)
class Layout:
    """The columns of one kind of export, one row an event; an empty name is a column it does not have.

    `separator` parts the actors of one cell. `first_day` and `last_day` bound the day; `precision` widens it. `known`
    is when the row was coded: a day, a moment, or seconds since 1970.
    """

    event_id: str
    actors: tuple[str, ...]
    first_day: str
    last_day: str = ""
    precision: str = ""
    known: str = ""
    front: str = ""
    separator: str = ""

    @property
    def required(self) -> tuple[str, ...]:
        """The columns without which the file is no such export."""
        return (self.event_id, *self.actors, self.first_day, *([self.last_day] if self.last_day else []))


def day_of(cell: str) -> date:
    """Return the day that an export names: 2024-12-31, 31 December 2024 or 2024-12-31 00:00:00.000."""
    text = re.sub(r"[ T]00:00(:00(\.0+)?)?$", "", cell)
    spoken = re.fullmatch(r"([0-9]{1,2}) ([A-Za-z]+) ([0-9]{4})", text)
    if spoken and spoken[2].lower() in MONTHS:
        text = f"{spoken[3]}-{MONTHS.index(spoken[2].lower()) + 1:02d}-{int(spoken[1]):02d}"
    return parse_day(text)


def moment_of(cell: str) -> datetime:
    """Return the moment (UTC) of seconds since 1970, of a date and time with or without a time zone, or of a day."""
    if re.fullmatch(r"[0-9]{9,10}", cell) and int(cell) < LARGEST_TIMESTAMP:
        return datetime.fromtimestamp(int(cell), UTC).replace(tzinfo=None)
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]", cell):
        return datetime.combine(day_of(cell), time())
    day_of(cell[:10])  # which refuses what is no day
    try:
        moment = datetime.fromisoformat(re.sub(r" ?(UTC|GMT)$", "Z", cell).replace(" +", "+").replace(" -", "-"))
    except ValueError:
        expected = "a date, with a time as 23:30:00 or 23:30:00-05:00"
        raise InputError(Problem("", expected, shown(cell))) from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def precision_of(cell: str) -> int:
    """Return how well ACLED knows a day: 1 the day, 2 the week, 3 the month."""
    if cell not in {str(level) for level in range(1, LAST_PRECISION + 1)}:
        raise InputError(Problem("", "1, 2 or 3", shown(cell)))
    return int(cell)


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
)
UCDP = Layout(
    event_id="id",
    actors=("side_a", "side_b"),
    first_day="date_start",
    last_day="date_end",
    front="country",
    separator=",",
)
LIST = Layout(event_id="event_id", actors=("actor",), first_day="date")
EXPORTS = {"acled": ACLED, "ucdp": UCDP, "list": LIST}  # by the name of their kind
