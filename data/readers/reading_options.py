"""How a file is to be read where it leaves a doubt, and the rows of it that could not be."""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lull.data.schema import Problem


@dataclass(frozen=True)
class Reading:
    """What the user says of a file; what is left out is decided from the whole file, or asked.

    `day_first` says whether 1/5/2026 is 1 May; `set_aside` is how many unreadable rows may be left out.
    """

    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    day_first: bool | None = None
    set_aside: int = 0


@dataclass(frozen=True)
class AsideRow:
    """One row that was set aside: the line it starts on, why, and its text."""

    file: str
    line: int
    problem: Problem
    text: str

    @property
    def reason(self) -> str:
        """What was expected and what was found."""
        return f"expected {self.problem.expected}, found {self.problem.found}"


USUAL = Reading()
ASIDE = re.compile(r"Set aside: [^:]*:(?:line|row) (\d+)")  # begins what is said of a row that was set aside
ASIDE_COLUMNS = ("file", "line", "reason", "row")


def aside_rows(rows: Iterable[AsideRow]) -> list[tuple[object, ...]]:
    """Return rows that were set aside as the rows of a file with `ASIDE_COLUMNS`."""
    return [(row.file, row.line, row.reason, row.text) for row in rows]


def aside_notes(problems: Iterable[Problem]) -> list[str]:
    """Return what is said of rows that were set aside: the place of each, and the reason."""
    return [f"Set aside: {problem}" for problem in problems]


def lines_aside(notes: Iterable[str]) -> frozenset[int]:
    """Return the lines of the rows that notes say were set aside."""
    return frozenset(int(found[1]) for note in notes if (found := ASIDE.match(note)))


def say(name: str, notes: Sequence[str], into: list[str] | None) -> None:
    """Add what was assumed to read a file to a list; without one it is said on the log, standard error."""
    if into is not None:
        into += [note for note in notes if note not in into]
        return
    for note in notes:
        logging.getLogger("lull").warning("%s: %s", name, note)
