"""What a machine compiles for the first time, compiled in a second process beside the first fit.

A fit and a forecast of a few made-up weeks compile the density and the simulation, and numba's disk cache hands them to
the process that waits for them. It needs nothing of the data: shapes are no part of what is compiled. Without a second
processor, or where all was compiled before, there is no second process; without its help everything is compiled later.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import platformdirs

from lull.data.integrity.revision import revision
from lull.model.fitting.fit import Progress

NEEDS_DENSITY = "compile the model"  # the step of a fit that does
COUNTS = "series,week_start,count\n" + "".join(
    f"{series},{week},{(3 * at + shift) % 5}\n"
    for series, shift in (("a", 0), ("b", 2))
    for at, week in enumerate(f"2024-{month:02d}-{day:02d}" for month in (1, 4, 7) for day in (1, 8, 15, 22, 29))
)


class CompileAhead:
    """The second process, and how far it has come."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._reached: set[str] = set()

    def wait_for(self, stage: str) -> None:
        """Wait until a stage is compiled, or the process has ended, however."""
        assert self._process.stdout is not None
        while stage not in self._reached:
            line = self._process.stdout.readline()
            if not line:
                return
            self._reached.add(line.strip())

    def heeding(self, progress: Progress) -> Progress:
        """Return a progress that lets a fit wait for its density rather than compile it a second time."""

        def waiting(step: str, done: int, total: int) -> None:
            progress(step, done, total)
            if step == NEEDS_DENSITY and not done:
                self.wait_for("density")

        return waiting

    def end(self) -> None:
        """End the process, which may be over."""
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@contextmanager
def compiling_ahead(progress: Progress) -> Iterator[Progress]:
    """Yield the progress of a fit that has a second process compile what it and its forecast need, if that is new."""
    alone = os.process_cpu_count() == 1
    if alone or _mark().exists():
        yield progress
        return
    ahead = CompileAhead([sys.executable, "-m", __spec__.name])
    try:
        yield ahead.heeding(progress)
        progress("compile the simulation", 0, 1)
        ahead.wait_for("forecast")
    finally:
        ahead.end()


def _mark() -> Path:
    """Return the file that says of these kernels, with these versions, that a machine has compiled them."""
    versions = "-".join(metadata.version(name) for name in ("numba", "llvmlite", "numpy"))
    return platformdirs.user_cache_path("lull") / "compiled" / f"{revision(('model',))}-{versions}"


def compile_all(say: Callable[[str], None]) -> None:
    """Fit and forecast made-up weeks; say each stage that is compiled."""
    from lull.data.evidence import Evidence  # noqa: PLC0415 - who starts this process does without
    from lull.model.fitting.fit import FitPlan, find_or_fit  # noqa: PLC0415 - the same
    from lull.model.runs.store import Store  # noqa: PLC0415 - the same
    from lull.model.spec import FROM_COUNTS  # noqa: PLC0415 - the same
    from lull.scenarios.language.standard import standard_request  # noqa: PLC0415 - the same
    from lull.scenarios.results.forecast import make_forecast  # noqa: PLC0415 - the same

    def heard(step: str, done: int, _total: int) -> None:
        if step == NEEDS_DENSITY and done:
            say("density")

    with tempfile.TemporaryDirectory() as name:
        counts = Path(name) / "weekly.csv"
        counts.write_text(COUNTS, "utf-8")
        plan = FitPlan(Evidence(counts=counts), config=replace(FROM_COUNTS, chains=2, tune=20, draws=20))
        run = find_or_fit(plan, Store(Path(name) / "store"), progress=heard)
        make_forecast(run, standard_request(run), progress=lambda *_: None)
    _mark().parent.mkdir(parents=True, exist_ok=True)
    _mark().touch()
    say("forecast")


def _say(stage: str) -> None:
    """Tell the process that waits."""
    sys.stdout.write(f"{stage}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    compile_all(_say)
