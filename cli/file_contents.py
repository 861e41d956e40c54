"""What a file of any kind that Lull reads holds, scenarios included, or what is wrong with it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from lull.cli.printing.file_check import FileCheck
from lull.data.readers.contents import CONTENTS
from lull.data.readers.detection import Kind, recognise
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.schema import InputError
from lull.scenarios.beliefs.belief_file import read_beliefs
from lull.scenarios.language.scenario_files import read_scenario
from lull.scenarios.language.spec import Branch


def checked(path: Path, *, kind: Kind | None = None, reading: Reading = USUAL) -> FileCheck:
    """Return what a file of the kind that it is said or found to be holds, or what is wrong with it."""
    notes: list[str] = []
    try:
        kind = kind or recognise(path, reading)
        content = READERS[kind](path, reading, notes)
    except InputError as error:
        return FileCheck(path, kind, "", error, tuple(notes))
    return FileCheck(path, kind, content, None, tuple(notes))


def _scenario(path: Path, reading: Reading, notes: list[str]) -> str:
    del reading, notes
    scenario = read_scenario(path)
    number = len(scenario.interventions) + _in_branches(scenario.branches)
    where = " in all its branches together" if scenario.branches else ""
    return f"the scenario {scenario.id!r} with {number} intervention{'' if number == 1 else 's'}{where}"


def _in_branches(branches: Sequence[Branch]) -> int:
    """Return how many interventions branches have, and theirs."""
    return sum(len(branch.interventions) + _in_branches(branch.branches) for branch in branches)


def _beliefs(path: Path, reading: Reading, notes: list[str]) -> str:
    del reading, notes
    found = read_beliefs(path)
    number, drivers = len(found.effects), sorted({driver for driver, _, _ in found.effects})
    whose = f" of {found.who}" if found.who else ""
    said = [f"{number} effect{'' if number == 1 else 's'} of {', '.join(drivers)}"] if number else []
    said += [f"the chances of {' or '.join(name for name, _ in fork)}" for fork in found.forks]
    said += [f"the salience of {dimension}" for dimension, _ in found.salience]
    return f"beliefs{whose}: {'; '.join(said)}"


READERS: dict[Kind, Callable[[Path, Reading, list[str]], str]] = {
    **CONTENTS,
    "scenario": _scenario,
    "beliefs": _beliefs,
}
