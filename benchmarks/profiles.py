"""Where a forecast, a what-if and a batch spend their time: tables for who wants to make them faster.

Each is run twice in fresh processes under cProfile: `cold` with nothing compiled, `warm` with what that left on the
disk, in an empty store. `.cache/profile/NAME.txt` says how long it took, what was compiled (CPU seconds of each
function, without those that it calls), and in which functions of which packages the rest went; `NAME.prof` is for
`pstats`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from start import emptied

PROJECT = Path(__file__).parents[1]
FOLDER = PROJECT / ".cache" / "profile"
PROGRAM = PROJECT / "benchmarks" / "shared" / "profiled.py"
WORK = ("forecast", "whatif", "batch")


def profile(work: str, state: str, caches: dict[str, str], store: Path) -> Path:
    """Run a piece of work under the profiler in a fresh process, and return the table that it wrote."""
    table = FOLDER / f"{work}_{state}.txt"
    environment = os.environ | caches | {"LULL_STORE": str(store), "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(PROGRAM), work, str(table)]
    subprocess.run(command, check=True, env=environment, cwd=PROJECT)  # noqa: S603 - our own command
    return table


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=WORK, help="one piece of work; may be repeated")
    parser.add_argument("--warm", action="store_true", help="with what this machine has compiled; nothing cold")
    asked = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        caches = {} if asked.warm else emptied(name)
        for work in asked.only or WORK:
            for state in ("warm",) if asked.warm else ("cold", "warm"):
                print(profile(work, state, caches, Path(name) / f"{work} {state}"))


if __name__ == "__main__":
    main()
