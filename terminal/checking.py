"""`lull check`: what a file is, and every problem in it, as a table or as one object."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from lull.data.readers.contents import CONTENTS
from lull.data.readers.detection import Kind, recognise
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.schema import LISTED, InputError, Problem
from lull.scenarios.language.scenario_files import read_scenario
from lull.scenarios.language.spec import Branch
from lull.terminal.screen import output, print_json

PLACE = re.compile(r":(line|row|cell|schema)\b ?([^,]*)(?:, (?:column )?(.*))?$")  # at the end of `Problem.where`


def check_all_and_print(paths: Sequence[Path], *, as_json: bool) -> bool:
    """Check scenario files, all of them before any problem is raised, and return whether all are good."""
    if len(paths) == 1:
        return check_and_print(paths[0], as_json=as_json, kind="scenario")
    problems: list[Problem] = []
    documents = []
    for path in paths:
        said, error = _checked(path, "scenario")
        documents.append(_document(path, "scenario", said, error))
        problems += error.problems if error else ()
        if error is None and not as_json:
            _print_good(path, said)
    if as_json:
        print_json({"files": documents})
    elif problems:
        raise InputError(problems)
    return not problems


def _checked(path: Path, kind: Kind) -> tuple[str, InputError | None]:
    """Return what a good file holds, or what is wrong with it."""
    try:
        return READERS[kind](path, USUAL, []), None
    except InputError as error:
        return "", error


def _print_good(path: Path, said: str, notes: Sequence[str] = ()) -> None:
    console = output()
    console.print(f"{path.name}: {said}. No problems found.", soft_wrap=True, markup=False)
    for note in notes:
        console.print(note, soft_wrap=True, markup=False)


def check_and_print(path: Path, *, as_json: bool, kind: Kind | None = None, reading: Reading = USUAL) -> bool:
    """Check a file of the kind that it is said or seen to be, print what it holds, and return whether it is good."""
    notes: list[str] = []
    try:
        kind = kind or recognise(path, reading)
        said, error = READERS[kind](path, reading, notes), None
    except InputError as found:
        said, error = "", found
    if as_json:
        print_json(_document(path, kind, said, error) | {"notes": notes})
    elif error is None:
        _print_good(path, said, notes)
    else:
        _print_bad(path, error)
    return error is None


def _print_bad(path: Path, error: InputError) -> None:
    """Print the problems of a file as a table, and how many more there are."""
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


def _document(path: Path, kind: Kind | None, said: str, error: InputError | None) -> dict[str, Any]:
    """Return the result as one object."""
    problems = [asdict(problem) | _place(problem) for problem in error.problems] if error else []
    unlisted = error.unlisted if error else 0
    return {
        "file": str(path),
        "kind": kind,
        "ok": error is None,
        "says": said,
        "problems": problems,
        "unlisted": unlisted,
    }


def _scenario(path: Path, reading: Reading, notes: list[str]) -> str:
    del reading, notes
    scenario = read_scenario(path)
    number = len(scenario.interventions) + _in_branches(scenario.branches)
    where = " in all its branches together" if scenario.branches else ""
    return f"the scenario {scenario.id!r} with {number} intervention{'' if number == 1 else 's'}{where}"


def _in_branches(branches: Sequence[Branch]) -> int:
    """Return how many interventions branches have, and theirs."""
    return sum(len(branch.interventions) + _in_branches(branch.branches) for branch in branches)


READERS: dict[Kind, Callable[[Path, Reading, list[str]], str]] = {
    **CONTENTS,
    "scenario": _scenario,
}
