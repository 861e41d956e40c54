"""How every benchmark is asked, what it prints and where its figures are kept: stated once for all of them.

One object goes out: `{"benchmark", "machine", "date", "commit", "load", "lull": {FIGURE: NUMBER}, "rivals": {NAME:
{FIGURE: NUMBER}}}`. Figures of a busy machine are no figures: above a load of 1.5 nothing is measured and nothing
written, unless it is asked for, and then it is only printed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lull.data.files import write_json

QUIET = 1.5  # processes that run or wait, the mean of the last minute
PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "benchmarks" / "figures"

type Figures = Mapping[str, Any]


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return the parser of a benchmark, with the options that all share."""
    parser = argparse.ArgumentParser(description=(description or "").split("\n\n", 1)[0])
    parser.add_argument("--json", action="store_true", help="print the object on one line")
    parser.add_argument("--quick", action="store_true", help="small sizes: printed, never written")
    parser.add_argument("--at-any-load", action="store_true", help="of a busy machine too: printed, not written")
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="for the machine to become quiet")
    return parser


@dataclass(frozen=True)
class Measurement:
    """What is to be measured, begun on a machine of that load."""

    name: str
    asked: argparse.Namespace
    load: float
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def is_kept(self) -> bool:
        """Whether the figures are written: of whole sizes on a quiet machine, all of it measured."""
        return self.load <= QUIET and not (self.asked.quick or self.asked.at_any_load)

    def publish(self, lull: Figures, rivals: Mapping[str, Figures], *, whole: bool = True, **more: Any) -> None:
        """Print the object of the figures, and keep it if it may be; `whole`: nothing was left out."""
        found = {"benchmark": self.name, "machine": machine(), "date": self.begun.date().isoformat()}
        found |= {"commit": commit(), "load": round(self.load, 2), "lull": dict(lull), "rivals": dict(rivals)} | more
        print(json.dumps(found, indent=None if self.asked.json else 2))
        if self.is_kept and whole:
            write_json(FOLDER / f"{self.name}.json", found)


def begin(name: str, asked: argparse.Namespace) -> Measurement:
    """Return the measurement to make; ends the process with code 1 where the machine is not quiet enough."""
    until = time.monotonic() + asked.wait
    while (load := os.getloadavg()[0]) > QUIET and time.monotonic() < until and not asked.at_any_load:
        time.sleep(2)
    if load > QUIET and not asked.at_any_load:
        sys.stderr.write(
            f"{name}: nothing was measured, for the load of this machine is {load:.1f} and a figure needs {QUIET} or "
            "less. Wait (--wait SECONDS), or let it be printed and not written (--at-any-load).\n"
        )
        sys.exit(1)
    return Measurement(name, asked, load)


def machine() -> str:
    """Return what the figures were measured on."""
    cores = os.process_cpu_count() or 1
    return f"{platform.machine()}, {platform.system()}, {cores} cores, Python {platform.python_version()}"


def commit() -> str:
    """Return the commit of the code that was measured; a plus where files differ from it."""

    def git(*words: str) -> str:
        run = subprocess.run(["git", *words], capture_output=True, text=True, check=False, cwd=PROJECT)  # noqa: S603, S607 - git of this machine
        return run.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/figures")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
