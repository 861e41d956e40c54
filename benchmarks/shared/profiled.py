"""One piece of work under the profiler: `profiled.py forecast|whatif|batch TABLE`; `profiles.py` calls it."""

import cProfile
import io
import pstats
import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba.core import event

MOST = 40  # rows of a table


class Compiling(event.Listener):
    """CPU seconds that numba compiles, by function, each without what it calls; of all threads."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.times: Counter[str] = Counter()
        self.within = threading.local()

    def on_start(self, event: Any) -> None:
        """Begin a function."""
        del event
        self.within.__dict__.setdefault("open", []).append([time.thread_time(), 0.0])

    def on_end(self, event: Any) -> None:
        """End a function."""
        begun, inner = self.within.open.pop()
        whole = time.thread_time() - begun
        if self.within.open:
            self.within.open[-1][1] += whole
        function = event.data["dispatcher"].py_func
        name = f"{function.__module__}.{function.__qualname__}"
        self.seconds[name] += whole - inner
        self.times[name] += 1

    def table(self) -> str:
        """Return the functions by what they took."""
        head = f"Compiled: {sum(self.times.values())} functions, {sum(self.seconds.values()):.1f} s of CPU\n"
        rows = (f"{value:8.2f} s {self.times[name]:4d} times  {name}" for name, value in self.seconds.most_common(MOST))
        return "\n".join([head, *rows])


def forecast() -> None:
    """Forecast the embedded case, from an empty store to the printed page."""
    _command("forecast")


def whatif() -> None:
    """Project and ask 100 new scenarios of draws of the priors."""
    from questions import session_of, state_of, time_questions  # noqa: PLC0415 - only this needs it

    time_questions(session_of(state_of(None, None)))


def batch() -> None:
    """Fit six synthetic series of three lengths one after another in this process, as a worker of a batch does."""
    from sampler import PRIORS, SPEC, synthetic_panel  # noqa: PLC0415 - only this needs it

    from lull.model.fitting.posterior import derive  # noqa: PLC0415 - the same
    from lull.model.fitting.sampler import PosteriorSampler  # noqa: PLC0415 - the same
    from lull.model.spec import FROM_COUNTS  # noqa: PLC0415 - the same

    for weeks in (100, 150, 60, 150, 100, 60):
        panel = synthetic_panel(series=1, weeks=weeks)
        trace = PosteriorSampler(SPEC, PRIORS, FROM_COUNTS).sample(panel, seed=weeks)
        derive(trace["posterior"].to_dataset(), panel, spec=SPEC, priors=PRIORS)


WORK: dict[str, Callable[[], None]] = {"forecast": forecast, "whatif": whatif, "batch": batch}


def _command(*words: str) -> None:
    """Run the command in this process."""
    from lull.cli import main  # noqa: PLC0415 - only some work needs it

    sys.argv = ["lull", *words]
    try:
        main()
    except SystemExit as end:
        if end.code not in {0, 1, None}:
            raise


def _by_package(stats: pstats.Stats) -> str:
    """Return the seconds in each package's own functions."""
    seconds: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, _) in stats.stats.items():  # type: ignore[attr-defined] # not in the stubs
        seconds[_package(file)] += own
    return "\n".join(f"{value:8.2f} s  {name}" for name, value in seconds.most_common(15))


def _package(file: str) -> str:
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    if "lull" in parts:
        return "/".join(parts[parts.index("lull") + 1 :][:2]) or "lull"
    return "built-in" if file.startswith(("~", "<")) else "Python"


def main() -> None:
    """Profile and write the table."""
    work, table = sys.argv[1], Path(sys.argv[2])
    sys.path.insert(0, str(Path(__file__).parents[1]))
    compiling, profiler = Compiling(), cProfile.Profile()
    event.register("numba:compile", compiling)
    begun = time.perf_counter()
    profiler.runcall(WORK[work])
    whole, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    profiler.dump_stats(table.with_suffix(".prof"))
    text = io.StringIO()
    stats = pstats.Stats(profiler, stream=text).strip_dirs()
    stats.sort_stats("cumulative").print_stats(MOST)
    stats.sort_stats("tottime").print_stats(MOST)
    head = f"{work}: {whole:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of CPU, {used.ru_maxrss / 1e3:.0f} MB at most"
    packages = f"By package, the main thread:\n\n{_by_package(pstats.Stats(profiler))}"
    table.write_text(f"{head}\n\n{compiling.table()}\n\n{packages}\n\n{text.getvalue()}")


if __name__ == "__main__":
    main()
