"""Long columns, checked by their distinct cells: a hundred thousand rows hold few different dates and counts.

Each distinct cell is parsed once by the parsers of `data.cells`; what they refuse is reported for every row that
holds it, up to a limit, so that a file of a million wrong rows is read as fast as a file of ten.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np

from lull.data.calendar import MONDAY, Week, nearest_week, run_of_days, same_calendar, weekday
from lull.data.importers.days import day_form
from lull.data.readers.reading_options import USUAL, Reading, aside_notes
from lull.data.readers.tabular import Table
from lull.data.schema import LISTED, InputError, Problem

type Scope = Literal["row", "rows", "file"]


class Finding(NamedTuple):
    """One problem at a row: its line, its place in the table (None if it does not fit the header), how far it reaches.

    It lies in the row alone, in the row together with others, or in the file, which leaving a row out does not fix.
    """

    line: int
    place: int | None
    problem: Problem
    scope: Scope


@dataclass
class Findings:
    """The problems of one table in the order of its rows: the first of each kind listed, the others counted.

    `aside` are the problems of the rows that were left out of the table already, at most `reading.set_aside`.
    """

    table: Table
    reading: Reading = USUAL
    aside: list[Finding] = field(default_factory=list)
    listed: list[Finding] = field(default_factory=list)
    unlisted: int = 0
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with the rows that do not fit the header, and with what was assumed to read the table."""
        self.listed += [Finding(line, None, problem, "row") for line, problem in self.table.ragged.items()]
        self.notes += self.table.notes
        self.notes += aside_notes(finding.problem for finding in self.aside)

    def add(
        self, places: Iterable[int], column: str, describe: Callable[[int], Problem], *, scope: Scope = "row"
    ) -> None:
        """Add a problem for each place in the table; `describe` words it, without saying where."""
        places = iter(places)
        for place in islice(places, max(LISTED, self.reading.set_aside)):
            problem, line = describe(place), self.table.lines[place]
            placed = replace(problem, where=self.table.where(line, column))
            self.listed.append(Finding(line, place, placed, scope))
        self.unlisted += sum(1 for _ in places)

    def without_bad_rows(self) -> "Findings":
        """Return the findings of the table without its bad rows, to begin with; they are set aside.

        Of rows that do not go together, as one that is there twice, those are left out that stay wrong without the
        rows that are wrong by themselves. Raises everything found as one `InputError` if more rows are bad than may be
        set aside, or what is bad is no row.
        """
        alone = [finding for finding in self.listed if finding.scope == "row"] or self.listed
        first = {(finding.line, finding.place): finding for finding in reversed(alone)}
        aside = sorted([*self.aside, *first.values()], key=lambda finding: finding.line)
        places = {finding.place for finding in alone}
        left = [place for place in range(len(self.table.rows)) if place not in places]
        whole = any(finding.scope == "file" for finding in alone)
        if whole or self.unlisted or len(aside) > self.reading.set_aside or not left:
            ordered = sorted([*self.aside, *self.listed], key=lambda finding: finding.line)
            raise InputError((finding.problem for finding in ordered), unlisted=self.unlisted)
        return Findings(self.table.of_rows(left), self.reading, aside)


def checked_rows[Rows](table: Table, reading: Reading, parse: Callable[[Findings], Rows]) -> tuple[Findings, Rows]:
    """Return the findings and what `parse` makes of the rows of a table; up to `reading.set_aside` bad ones are noted.

    Raises everything that `parse` finds as one `InputError` if more rows are bad.
    """
    findings = Findings(table, reading)
    rows = parse(findings)
    while findings.listed:
        findings = findings.without_bad_rows()
        rows = parse(findings)
    return findings, rows


def parse_column[Value](findings: Findings, name: str, parse: Callable[[str], Value], *, wrong: Value) -> list[Value]:
    """Return a column's values, one a row, `wrong` for a cell that `parse` refuses (added to `findings`)."""
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


def parse_weeks(findings: Findings) -> list[date | None]:
    """Return the column `week_start`, None where a cell names no week of the calendar that most of the cells agree on.

    A week starts on Monday, unless more of the weeks that are named, and two at least, start on another weekday.
    Raises `InputError` if nothing decides the order of day and month and the user does not say it.
    """
    where = f"{findings.table.name}, column week_start"
    form = day_form(set(findings.table.column("week_start")), day_first=findings.reading.day_first, where=where)
    findings.notes += form.notes
    days: list[date | None] = parse_column(findings, "week_start", form.day, wrong=None)
    calendar = _calendar({day for day in days if day is not None})
    strange = {day for day in set(days) if day is not None and not same_calendar(np.datetime64(day), calendar)}

    def describe(place: int) -> Problem:
        day = days[place]
        assert day is not None
        expected = f"a {weekday(calendar)}" + ("" if calendar == MONDAY else ", as most of the weeks")
        nearest = nearest_week(day, calendar)
        shared = 7 - abs(np.datetime64(day) - nearest).astype(int)
        remedy = f"The nearest week starts on {nearest}, with {shared} of the 7 days. Every row names the same weekday."
        return Problem("", expected, f"{day}, a {weekday(day)}", remedy)

    findings.add((place for place, day in enumerate(days) if day in strange), "week_start", describe)
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
