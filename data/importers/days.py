"""Days as they are written in the wild, the order of day and month decided over a whole column and never guessed.

A cell that names its month by a word or begins with the year says which day it is. 1/5/2026 does not: a cell of the
same column with a number above 12 decides, or the user does.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from lull.data.importers.months import MONTHS
from lull.data.readers.cells import checked_year, parse_day, shown
from lull.data.schema import InputError, Problem

type Window = tuple[date, date]

CLOCK = re.compile(
    r"(?:[T ]|, )\s*(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$"
)
SPOKEN = re.compile(
    r"(?:[^\W\d]+\.?,? )?(\d{1,2})(?:st|nd|rd|th|er|\.|º)?[\s/-]*(?:de )?([^\W\d_]+)\.?,?[\s/-]*(?:de )?(\d{4}|\d{2})"
)
SPOKEN_MONTH_FIRST = re.compile(r"(?:[^\W\d]+,? )?([^\W\d_]+)\.?[\s-]+(\d{1,2})(?:st|nd|rd|th)?(?:,\s*|[\s-]+)(\d{4})")
YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})()(\d{2})(\d{2})")
NUMBERS = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})")
ORDERS = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}  # where the year, the month and the day stand
FIRST_OF_TWO_DIGITS = 69  # 69 is 1969, 68 is 2068
SECONDS = re.compile(r"([0-9]{9,10})(\.0+)?")
LARGEST_TIMESTAMP = 4_102_444_800  # the year 2100
ASK = "Say which with --day-first or --month-first, or write days as YYYY-MM-DD."


@dataclass(frozen=True)
class DayForm:
    """How the days of a column are read: the order of numeric ones, `""` where there are none; what was assumed."""

    order: str = ""
    notes: tuple[str, ...] = ()

    def day(self, cell: str) -> date:
        """Return the day that a cell names, whatever the time of day with it."""
        first, last = self.window(cell)
        if first != last:
            raise InputError(Problem("", "a day", shown(cell), "It names a month."))
        return first

    def window(self, cell: str) -> Window:
        """Return the first and the last day that a cell may mean: a month or a year where the day is 00."""
        text = _without_clock(cell)
        if found := YEAR_FIRST.fullmatch(text):
            year, month, day = (int(found[place] or found[place + 4]) for place in (1, 3, 4))
            return (_day(year, month, day, cell),) * 2 if day else _span(year, month, cell)
        if found := SPOKEN.fullmatch(text):
            number, word, last = found[1], found[2], found[3]
        elif found := SPOKEN_MONTH_FIRST.fullmatch(text):
            word, number, last = found[1], found[2], found[3]
        elif self.order and (found := NUMBERS.fullmatch(text)):
            return (_numeric(found, self.order, cell),) * 2
        else:
            return (parse_day(text),) * 2
        if word.lower() not in MONTHS:
            raise InputError(Problem("", "a date as YYYY-MM-DD", shown(cell), "No month is known by that name."))
        return (_day(_year(last), MONTHS[word.lower()], int(number), cell),) * 2

    def moment(self, cell: str) -> datetime:
        """Return the moment (UTC) of seconds since 1970, of a day, or of a day and a time of day."""
        if (seconds := SECONDS.fullmatch(cell)) and int(seconds[1]) < LARGEST_TIMESTAMP:
            return datetime.fromtimestamp(int(seconds[1]), UTC).replace(tzinfo=None)
        day, clock = self.day(cell), CLOCK.search(cell)
        if clock is None:
            return datetime.combine(day, time())
        try:
            return datetime.combine(day, _time(clock)) - _offset(clock[6])
        except ValueError:
            expected = "a date, with a time as 23:30:00 or 23:30:00-05:00"
            raise InputError(Problem("", expected, shown(cell))) from None


def day_form(cells: Iterable[str], *, day_first: bool | None, where: str) -> DayForm:
    """Return how the cells of one or more columns name days; raises `InputError` where nothing decides the order.

    `where` names the file and its columns. `day_first` is what the user says.
    """
    texts = [(cell, _without_clock(cell)) for cell in cells]
    numeric = [(cell, found) for cell, text in texts if (found := NUMBERS.fullmatch(text))]
    spoken = [found for _, text in texts if (found := SPOKEN.fullmatch(text))]
    short = any(len(found[4]) < 4 for _, found in numeric) or any(len(found[3]) < 4 for found in spoken)  # noqa: PLR2004 - digits of a year
    notes = ("Years of two digits were read as 1969 to 2068.",) if short else ()
    if not numeric:
        return DayForm("", notes)
    if day_first is not None:
        return DayForm("dmy" if day_first else "mdy", notes)
    decisive, doubtful = dict[str, str](), ""
    for cell, found in numeric:
        days = _readings(found)
        if len(set(days.values())) > 1:
            doubtful = doubtful or cell
        elif len(days) == 1:
            decisive.setdefault(next(iter(days)), cell)
    if len(decisive) > 1:
        found_days = f"both, as in {' and '.join(map(repr, decisive.values()))}"
        raise InputError(Problem(where, "one order of day and month", found_days, ASK))
    if not decisive and doubtful:
        found_days = f"days that can be read in two ways, as {doubtful!r}"
        raise InputError(Problem(where, "days of which one has a number above 12", found_days, ASK))
    order, cell = next(iter(decisive.items()), ("dmy", ""))
    if not cell:
        return DayForm(order, notes)
    word = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}[order]
    return DayForm(order, (*notes, f"Days were read as {word}, as {cell!r} shows."))


def _readings(found: re.Match[str]) -> dict[str, date]:
    """Return the days that three numbers may name, by the order of their parts."""
    orders = ORDERS if len(found[4]) < 4 else ("dmy", "mdy")  # noqa: PLR2004 - digits of a year
    days = {}
    for order in orders:
        try:
            days[order] = _numeric(found, order, found[0])
        except InputError:
            continue
    return days


def _numeric(found: re.Match[str], order: str, cell: str) -> date:
    parts = (found[1], found[3], found[4])
    year, month, day = (parts[place] for place in ORDERS[order])
    return _day(_year(year), int(month), int(day), cell)


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= FIRST_OF_TWO_DIGITS else 2000)  # noqa: PLR2004 - digits


def _day(year: int, month: int, day: int, cell: str) -> date:
    try:
        return checked_year(date(year, month, day))
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(Problem("", "a day of the calendar", repr(cell), "The calendar has no such day.")) from None


def _span(year: int, month: int, cell: str) -> Window:
    """Return the first and the last day of a month, of a year if the month is 00."""
    first = _day(year, month or 1, 1, cell)
    return first, (_day(year, month or 12, 28, cell) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _without_clock(cell: str) -> str:
    return CLOCK.sub("", cell.strip())


def _time(clock: re.Match[str]) -> time:
    hour, half = int(clock[1]), (clock[5] or "").lower().replace(".", "")
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - hours of half a day
            raise ValueError(clock[0])
        hour = hour % 12 + 12 * (half == "pm")
    return time(hour, int(clock[2]), int(clock[3] or 0), round(float(clock[4] or 0) * 1e6) % 1_000_000)


def _offset(zone: str | None) -> timedelta:
    """Return how far a time zone is ahead of UTC."""
    if not zone or not zone[1:3].isdigit():
        return timedelta()
    ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:].lstrip(":") or 0))
    return -ahead if zone[0] == "-" else ahead
