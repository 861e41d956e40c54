"""Sums over windows: rows that say how many events fell in some days, of sources that publish no single events.

A sum is a report of its window and says nothing of any one day in it. A row that holds a sum is no event: counting
such rows would make one of many.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lull.data.calendar import MONDAY, WEEK, Week, today, weekday, weeks_of
from lull.data.importers.export import NEVER, Column, Days, Export, read_export
from lull.data.importers.months import MONTHS
from lull.data.readers.cells import WHOLE_AS_FLOAT, checked_year, parse_whole, shown
from lull.data.readers.detection import columns_of, is_of_sums
from lull.data.readers.reading_options import USUAL, AsideRow, Reading
from lull.data.schema import InputError, Problem

type Mask = NDArray[np.bool_]

DAY = "datetime64[D]"
ONE_DAY, ONE_MONTH = np.timedelta64(1, "D"), np.timedelta64(1, "M")
MONTH = re.compile(r"(\d{4})[-/. ]?(\d{1,2})|(\d{1,2})[-/. ](\d{4})|([^\W\d_]+)\.?[-/ ]?(\d{4})")


@dataclass(frozen=True)
class SumLayout:
    """Where a file keeps its sums: the column of numbers, and those of the window of each.

    A window runs from `first_day` to `last_day`, or for so many `days`, or over a `month`, of a `year` if that has a
    column of its own.
    """

    total: str
    first_day: str = ""
    last_day: str = ""
    days: int = 0
    month: str = ""
    year: str = ""

    @property
    def required(self) -> tuple[str, ...]:
        """The columns without which the file holds no such sums."""
        return tuple(filter(None, (self.total, self.first_day, self.last_day, self.month, self.year)))

    @property
    def dated_by(self) -> str:
        """The column that says when a window began."""
        return self.first_day or self.month


@dataclass(frozen=True)
class Sums:
    """The rows of a file: the first and the last day of each, and its sum, NaN where that was set aside.

    `unfinished` is how many rows were left out because their window is not over.
    """

    name: str
    columns: dict[str, Column]
    first: Days
    last: Days
    total: NDArray[np.float64]
    unfinished: int
    notes: tuple[str, ...]
    set_aside: tuple[AsideRow, ...]


def refuse_sums(path: Path, reading: Reading = USUAL) -> None:
    """Raise `InputError` for a file whose rows are sums, not events and not counts of a series."""
    heading = columns_of(path, reading)
    if not is_of_sums(heading):
        return
    weekly = "week" in {name.casefold() for name in heading}
    command = "lull import acled-weekly" if weekly else "lull import sums"
    remedy = f"Import it with `{command}`; counted as events, each of its rows would be one."
    raise InputError(Problem(path.name, "one row an event, or weekly counts by series", "rows that hold sums", remedy))


def read_sums(
    path: Path, layout: SumLayout, *, columns: Sequence[str] = (), once: Sequence[str] = (), reading: Reading = USUAL
) -> Sums:
    """Return the rows of a file of sums.

    `once` are columns that together with the window no two rows share, empty where the file has none of that name.
    A row whose sum was set aside stays, its sum unknown; one whose window is unreadable is left out. Windows that are
    not over today are left out and noted. Raises `InputError` with every problem found.
    """
    required = dict.fromkeys((*layout.required, *columns))
    export = read_export(path, required=required, used=once, reading=reading)
    first, last = _windows(export, layout)
    numbers = export.parse(layout.total, parse_whole, wrong=0)
    total = np.array(numbers, np.float64)[export.column(layout.total).codes]
    _note_future(export, layout, first)
    if layout.days and layout.days % 7 == 0:
        _note_weekdays(export, layout, first)
    if once:
        _note_repeated(export, layout, first, once)
    held = {name: export.column(name) for name in (*required, *once)}
    good = export.settle()
    total[~good] = np.nan
    unfinished = last > np.datetime64(today())
    usable = (first > np.datetime64(NEVER)) & (last >= first) & ~unfinished
    if not usable.any():
        raise InputError(Problem(export.name, "a sum of a window that is over", "none"))
    columns_kept = {name: Column(column.cells, column.codes[usable]) for name, column in held.items()}
    return Sums(
        name=export.name,
        columns=columns_kept,
        first=first[usable],
        last=last[usable],
        total=total[usable],
        unfinished=int((unfinished & good).sum()),
        notes=tuple(export.notes),
        set_aside=tuple(export.set_aside),
    )


def _windows(export: Export, layout: SumLayout) -> tuple[Days, Days]:
    """Return the first and the last day of each row."""
    if layout.month:
        return days_of_months(_months(export, layout))
    if layout.days:
        [(first, _)] = export.windows(layout.first_day)
        return first, first + np.timedelta64(layout.days - 1, "D")
    (first, _), (_, last) = export.windows(layout.first_day, layout.last_day)
    expected = f"a day from {layout.first_day} on"
    export.note(
        np.flatnonzero(last < first), layout.last_day, Problem("", expected, "an earlier day", "Exchange the two days?")
    )
    return first, last


def days_of_months(months: NDArray[np.datetime64]) -> tuple[Days, Days]:
    """Return the first and the last day of each month."""
    last = np.asarray(months + ONE_MONTH).astype(DAY) - ONE_DAY
    return months.astype(DAY), np.asarray(last, DAY)


def _months(export: Export, layout: SumLayout) -> NDArray[np.datetime64]:
    """Return the month of each row, datetime64[M]."""
    never = np.datetime64(NEVER, "M")
    if not layout.year:
        months = np.array(export.parse(layout.month, _month_and_year, wrong=NEVER), "datetime64[M]")
        return np.asarray(months[export.column(layout.month).codes])
    number = np.array(export.parse(layout.month, _month_number, wrong=0))[export.column(layout.month).codes]
    year = np.array(export.parse(layout.year, _year, wrong=0))[export.column(layout.year).codes]
    months = ((year - 1970) * 12 + number - 1).astype("datetime64[M]")
    return np.where((number > 0) & (year > 0), months, never)


def _month_and_year(cell: str) -> date:
    text = WHOLE_AS_FLOAT.sub("", cell.strip())
    if found := MONTH.fullmatch(text):
        year, month = found[1] or found[4] or found[6], found[2] or found[3] or found[5]
        return date(_year(year), _month_number(month), 1)
    try:
        return checked_year(date.fromisoformat(text[:10])).replace(day=1)
    except ValueError:
        expected = "a month as 2025-01 or January 2025"
        remedy = "A year in a column of its own is named by --year."
        raise InputError(Problem("", expected, shown(cell), remedy)) from None


def _month_number(cell: str) -> int:
    text = WHOLE_AS_FLOAT.sub("", cell.strip())
    if text.lower() in MONTHS:
        return MONTHS[text.lower()]
    if re.fullmatch(r"0?[1-9]|1[0-2]", text):
        return int(text)
    raise InputError(Problem("", "a month by its name or as 1 to 12", shown(cell)))


def _year(cell: str) -> int:
    text = WHOLE_AS_FLOAT.sub("", cell.strip())
    if not re.fullmatch(r"\d{4}", text):
        raise InputError(Problem("", "a year as 2025", shown(cell)))
    return checked_year(date(int(text), 1, 1)).year if int(text) else checked_year(date.min).year


def _note_future(export: Export, layout: SumLayout, first: Days) -> None:
    """Note the rows whose window begins after today."""
    now = today()
    for day in np.unique(first[first > np.datetime64(now)]):
        problem = Problem("", f"a window that began by today, {now}", f"one from {day} on", "Correct the date.")
        export.note(np.flatnonzero(first == day), layout.dated_by, problem)


def _note_weekdays(export: Export, layout: SumLayout, first: Days) -> None:
    """Note the rows whose window begins on another weekday than most of the windows do."""
    days = np.unique(first[first > np.datetime64(NEVER)])
    if not days.size:
        return
    calendar = commonest_calendar(days)
    for day in days[weeks_of(days, calendar) != days]:
        expected = f"a {weekday(calendar)}, as most of the windows"
        problem = Problem("", expected, f"{day}, a {weekday(day)}", "Every window begins on the same weekday.")
        export.note(np.flatnonzero(first == day), layout.dated_by, problem)


def commonest_calendar(days: Days) -> Week:
    """Return a week that begins on the commonest weekday of some distinct days."""
    offsets = ((days - MONDAY) % WEEK // ONE_DAY).astype(np.int64)
    return MONDAY + ONE_DAY * int(np.bincount(offsets, minlength=7).argmax())


def _note_repeated(export: Export, layout: SumLayout, first: Days, once: Sequence[str]) -> None:
    """Note the rows that give a window of the same place and kind again."""
    key = first.astype(np.int64)
    for name in once:
        column = export.column(name)
        key = key * (len(column.cells) + 1) + column.codes
    _, place = np.unique(key, return_index=True)
    again = np.ones(export.size, bool)
    again[place] = False
    again &= first > np.datetime64(NEVER)
    expected = f"each {layout.dated_by} once for the same {', '.join(once)}"
    export.note(np.flatnonzero(again), layout.dated_by, Problem("", expected, "it again", "Keep one of the rows."))
