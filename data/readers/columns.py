"""Long columns, checked by their distinct cells: a hundred thousand rows hold few different dates and counts.

Each distinct cell is parsed once by the parsers of `data.cells`; what they refuse is told for every row that
holds it, up to a limit, so that a file of a million wrong rows is told as fast as a file of ten.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

import numpy as np

from lull.data.calendar import MONDAY, Week, nearest_week, run_of_days, same_calendar, weekday
from lull.data.importers.days import day_form
from lull.data.readers.tabular import Table
from lull.data.schema import LISTED, InputError, Problem


@dataclass
class Findings:
    """The problems of one table in the order of its rows: the first of each kind told, the others counted."""

    table: Table
    listed: list[tuple[int, Problem]] = field(default_factory=list)
    unlisted: int = 0
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with the rows that do not fit the header, and with what was assumed to read the table."""
        self.listed += list(self.table.ragged.items())
        self.notes += self.table.notes

    def add(self, places: Iterable[int], column: str, tell: Callable[[int], Problem]) -> None:
        """Add a problem for each place in the table; `tell` words it, without saying where."""
        places = iter(places)
        for place in islice(places, LISTED):
            told, line = tell(place), self.table.lines[place]
            where = self.table.where(line, column)
            self.listed.append((line, Problem(where, told.expected, told.found, told.remedy)))
        self.unlisted += sum(1 for _ in places)

    def stop_if_any(self) -> None:
        """Raise everything found as one `InputError`."""
        if self.listed:
            ordered = sorted(self.listed, key=lambda entry: entry[0])
            raise InputError((problem for _, problem in ordered), unlisted=self.unlisted)


def parse_column[Value](findings: Findings, name: str, parse: Callable[[str], Value], *, wrong: Value) -> list[Value]:
    """Return a column's values, one a row, `wrong` for a cell that `parse` refuses (told to `findings`)."""
    cells = findings.table.column(name)
    values: dict[str, Value] = {}
    refused: dict[str, Problem] = {}
    for cell in set(cells):
        try:
            values[cell] = parse(cell)
        except InputError as error:
            values[cell] = wrong
            refused[cell] = error.problems[0]
    if refused:
        places = (place for place, cell in enumerate(cells) if cell in refused)
        findings.add(places, name, lambda place: refused[cells[place]])
    return [values[cell] for cell in cells]


def parse_weeks(findings: Findings, *, day_first: bool | None = None) -> list[date | None]:
    """Return the column `week_start`, None where a cell names no week of the calendar that most of the cells agree on.

    A week starts on Monday, unless more of the weeks that are named, and two at least, start on another weekday.
    Raises `InputError` if nothing decides the order of day and month; `day_first` is what the user says.
    """
    where = f"{findings.table.name}, column week_start"
    form = day_form(set(findings.table.column("week_start")), day_first=day_first, where=where)
    findings.notes += form.notes
    days: list[date | None] = parse_column(findings, "week_start", form.day, wrong=None)
    calendar = _calendar({day for day in days if day is not None})
    strange = {day for day in set(days) if day is not None and not same_calendar(np.datetime64(day), calendar)}

    def tell(place: int) -> Problem:
        day = days[place]
        assert day is not None
        expected = f"a {weekday(calendar)}" + ("" if calendar == MONDAY else ", as most of the weeks")
        nearest = nearest_week(day, calendar)
        shared = 7 - abs(np.datetime64(day) - nearest).astype(int)
        remedy = f"The nearest week starts on {nearest}, with {shared} of the 7 days. Every row names the same weekday."
        return Problem("", expected, f"{day}, a {weekday(day)}", remedy)

    findings.add((place for place, day in enumerate(days) if day in strange), "week_start", tell)
    return [None if day in strange else day for day in days]


def _calendar(days: set[date]) -> Week:
    """Return a week that begins on the commonest weekday of some days, `MONDAY` where no other one is commoner."""
    found = Counter(day.weekday() for day in sorted(days))
    most = max(found, key=lambda number: (found[number], number == 0), default=0)
    return MONDAY + np.timedelta64(most if found[most] > 1 else 0, "D")


def other_calendar(where: str, week: Week, expected: Week) -> Problem:
    """Return the problem of a file whose weeks start on another weekday than those of the counts."""
    remedy = "Give both by weeks that start on the same day."
    return Problem(
        where, f"weeks from {run_of_days(expected)}, as those of the counts", f"from {run_of_days(week)}", remedy
    )
