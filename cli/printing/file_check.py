"""A checked file in words or as one object: what it holds, and every problem in it."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from lull.cli.screen.streams import output
from lull.data.readers.detection import Kind
from lull.data.schema import LISTED, InputError, Problem

PLACE = re.compile(r":(line|row|cell|schema)\b ?([^,]*)(?:, (?:column )?(.*))?$")  # at the end of `Problem.where`


@dataclass(frozen=True)
class FileCheck:
    """What a check found: the kind of file, what it holds, or what is wrong with it."""

    path: Path
    kind: Kind | None
    content: str
    error: InputError | None = None
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the check as one object, without its notes."""
        problems = [asdict(problem) | _place(problem) for problem in self.error.problems] if self.error else []
        return {
            "file": str(self.path),
            "kind": self.kind,
            "ok": self.error is None,
            "says": self.content,
            "problems": problems,
            "unlisted": self.error.unlisted if self.error else 0,
        }


def print_check(found: FileCheck) -> None:
    """Print what a good file holds, or the problems of a bad one as a table, and how many more there are."""
    if found.error is None:
        console = output()
        console.print(f"{found.path.name}: {found.content}. No problems found.", soft_wrap=True)
        for note in found.notes:
            console.print(note, soft_wrap=True)
    else:
        _print_problems(found.path, found.error)


def _print_problems(path: Path, error: InputError) -> None:
    listed = error.problems[:LISTED]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for name in ("line", "column", "expected", "found", "what to do"):
        table.add_column(name, overflow="fold")
    for problem in listed:
        place = _place(problem)
        table.add_row(place["line"], place["column"], problem.expected, problem.found, problem.remedy)
    number = len(error.problems) + error.unlisted
    console = output()
    console.print(f"{path.name}: {number:,} {'problem' if number == 1 else 'problems'}.\n", soft_wrap=True)
    console.print(table)
    if more := number - len(listed):
        console.print(f"... and {more:,} more.")


def _place(problem: Problem) -> dict[str, str]:
    """Return the line (of a sheet the row or the cell) and the column of a problem; empty where it has none."""
    found = PLACE.search(problem.where)
    return {"line": found[2] or found[1], "column": found[3] or ""} if found else {"line": "", "column": ""}
