"""A disk that is full from any one write on: `python -m tests.full_disk --minutes 60`.

Every command of `tests/kills.py` is run once to count what it writes below its place: files opened for writing, folders
made, files synced. Then it is run once for each of these, the disk full from there on: whatever needs room fails with
"No space left on device". It must end with code 2 and a message without a traceback, or well where the file was only a
help (an index, a cache); nothing finished is lost, nothing half stands under its own name; with room again the same
command ends well, with the same files. It prints a line for each command and returns 1 if anything was lost.
"""

import argparse
import errno
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lull import cli
from tests.kills import COMMANDS, ENDS, SERVER, Figures, State, begin, files, lost_after, settle

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

FAILED = "stderr.txt"
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
UNDISTURBED = 1 << 30  # writes: more than any command makes


def full_after(folder: Path, writes: int, made: "Synchronized[int]") -> None:
    """Let this process write so often below a folder, and then never again; count what it writes."""
    below, sync = f"{folder}{os.sep}", os.fsync

    def take(path: object) -> None:
        made.value += 1
        if made.value > writes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def hook(event: str, given: tuple[object, ...]) -> None:
        is_write = (event == "open" and isinstance(given[2], int) and given[2] & WRITING) or event == "os.mkdir"
        if is_write and isinstance(given[0], str | bytes | os.PathLike) and within(given[0], below):
            take(given[0])

    def full_sync(descriptor: int) -> None:
        if within(f"/proc/self/fd/{descriptor}", below):
            take("a file")
        sync(descriptor)

    sys.addaudithook(hook)
    os.fsync = full_sync


def within(path: "str | bytes | os.PathLike[str]", below: str) -> bool:
    """Return whether a path lies below a folder."""
    return os.path.realpath(os.fsdecode(path)).startswith(below)


def run(words: list[str], folder: Path, writes: int, made: "Synchronized[int]") -> None:
    """Be the command, on a disk with room for so many writes."""
    os.setsid()
    os.chdir(folder)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(os.open(folder.with_name(FAILED), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    sys.argv = ["lull", *words]
    full_after(folder, writes, made)
    cli.main()


def ended(name: str, folder: Path, writes: int = UNDISTURBED) -> tuple[int | None, int]:
    """Return the code with which a command ends, and how often it has written."""
    made = SERVER.Value("i", 0)
    child = SERVER.Process(target=run, args=(COMMANDS[name], folder, writes, made))
    child.start()
    child.join()
    return child.exitcode, made.value


def trial(name: str, pattern: Path, folder: Path, *, whole: dict[str, str], writes: int, figures: Figures) -> str:
    """Run a command on a disk that is full after so many writes; return what was lost, empty if nothing."""
    begin(name, pattern, folder)
    begun, well = State.of(folder), ENDS.get(name, 0)
    code, _ = ended(name, folder, writes)
    words = folder.with_name(FAILED).read_text("utf-8", errors="replace")
    figures.under_way += code != well
    if "Traceback" in words or code not in (well, 2):
        return f"ends with {code}: {words.strip()[-200:]}"
    if code == 2 and os.strerror(errno.ENOSPC) not in words:
        return f"does not name the full disk: {words.strip()[-200:]}"
    return lost_after(name, folder, whole, begun)


def tried(name: str, pattern: Path, until: float = float("inf"), *, tell: Callable[[str], None] = print) -> Figures:
    """Run a command on a disk that is full from its first write on, from its second, and so on to its last."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve() / "whole"
        begin(name, pattern, folder)
        code, writes = ended(name, folder)
        assert code == ENDS.get(name, 0), f"{name} does not end well even undisturbed"
        whole = files(folder / "out")
    for room in range(writes):
        if time.monotonic() > until:
            break
        with tempfile.TemporaryDirectory() as place:
            figures.trials += 1
            folder = Path(place).resolve() / "trial"
            if lost := trial(name, pattern, folder, whole=whole, writes=room, figures=figures):
                figures.lost.append(f"write {room + 1}: {lost}")
    tell(f"{name}: {figures.trials} of {writes} writes, {figures.under_way} refused, {len(figures.lost)} lost")
    return figures


def main() -> int:
    """Try every command, or those that are named, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="*", default=list(COMMANDS))
    parser.add_argument("--minutes", type=float, default=60.0)
    chosen = parser.parse_args()
    share, lost = 60 * chosen.minutes / len(chosen.commands), 0
    with tempfile.TemporaryDirectory() as place:
        settle(Path(place) / "pattern")
        for name in chosen.commands:
            figures = tried(name, Path(place) / "pattern", time.monotonic() + share)
            lost += len(figures.lost)
            sys.stdout.write("".join(f"    {each}\n" for each in figures.lost))
            sys.stdout.flush()
    return bool(lost)


if __name__ == "__main__":
    sys.exit(main())
