"""Long columns, checked by their distinct cells: a hundred thousand rows hold few different dates and counts.

Each distinct cell is parsed once by the parsers of `data.cells`; what they refuse is told for every row that
holds it, up to a limit, so that a file of a million wrong rows is told as fast as a file of ten.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from lull.data.calendar import is_monday, week_of
from lull.data.readers.cells import parse_day
from lull.data.readers.tabular import Table
from lull.data.schema import LISTED, InputError, Problem


@dataclass
class Findings:
    """The problems of one table in the order of its rows: the first of each kind told, the others counted."""

    table: Table
    listed: list[tuple[int, Problem]] = field(default_factory=list)
    unlisted: int = 0

    def __post_init__(self) -> None:
        """Begin with the rows that do not fit the header."""
        self.listed += list(self.table.ragged.items())

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


def parse_weeks(findings: Findings) -> list[date | None]:
    """Return the column `week_start` as Mondays, None where a cell names none."""
    return parse_column(findings, "week_start", _parse_monday, wrong=None)


def _parse_monday(cell: str) -> date | None:
    day = parse_day(cell)
    if not is_monday(day):
        found = f"{day}, a {day:%A}"
        raise InputError(Problem("", "a Monday", found, f"The Monday of that week is {week_of(day)}."))
    return day
