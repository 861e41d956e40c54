"""What a check of the store, a backup and its return found and did, in words and as objects."""

from pathlib import Path

from lull.batch.store_check import Checked
from lull.cli.screen.streams import output
from lull.model.runs.backup import Restored


def check_document(found: Checked, *, repair: bool) -> dict[str, object]:
    """Return what a check found as one object."""
    return {
        "whole": found.whole,
        "damaged": [str(path) for path in found.damaged],
        "set_apart": repair,
        "unsealed": found.unsealed,
        "sealed": found.sealed,
        "newer": found.newer,
    }


def print_check(found: Checked, folder: Path, *, repair: bool) -> None:
    """Print what a check found, and what to do."""
    console = output()
    for path in found.damaged:
        console.print(f"Damaged: {path.relative_to(folder)}", soft_wrap=True)
    for problem in found.newer:
        console.print(problem, soft_wrap=True)
    older = f" {found.unsealed} files of an earlier Lull have no checksum." if found.unsealed else ""
    sealed = f" {found.sealed} records of an earlier Lull were sealed." if found.sealed else ""
    console.print(f"{_runs(found.whole)} whole, {len(found.damaged)} damaged.{older}{sealed}", soft_wrap=True)
    if found.damaged:
        apart = "Damaged files are in .damaged of the store" if repair else "--repair sets damaged files apart"
        console.print(f"{apart}; the command that made them makes them again.", soft_wrap=True)


def print_restored(done: Restored, folder: Path) -> None:
    """Print what came back, and what did not."""
    console = output()
    for run_id in done.damaged:
        console.print(f"Damaged in the archive, not restored: run {run_id}")
    words = f"Restored {_runs(len(done.runs))} and {done.files} other files to {folder}."
    console.print(f"{words} {_runs(len(done.present))} there already.", soft_wrap=True)


def _runs(number: int) -> str:
    return f"{number} run" if number == 1 else f"{number} runs"
