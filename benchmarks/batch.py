"""Time many separate fits with their forecasts: fits a minute on two workers, on one, and in PyMC one process each.

Lull: `lull batch run`'s own engine on a local cluster of one, then of two processes, after a fit in each to load and
compile; 4 chains x (500 + 1,000) draws, diagnostics, posterior to the disk, three scenarios over 12 weeks. The rival
(`benchmarks/rivals/batch_pymc.py`) does the draws alone, two processes at a time on the same two cores, each a fresh
process, as a script in a loop does; of so many fits only a few are timed, since each takes long.
"""

import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from shared.figures import arguments, begin

sys.path[:] = [path for path in sys.path if Path(path) != Path(__file__).parent]  # there `batch` would be this file

from lull.batch.cluster import Where, client_of  # noqa: E402 - after the line above
from lull.batch.engine import run_tasks  # noqa: E402
from lull.batch.plan import Batch, Task, read_batch  # noqa: E402
from lull.data.calendar import WEEK  # noqa: E402
from lull.data.synthetic import Truth, simulate_counts  # noqa: E402
from lull.model.runs.store import Store, content_id  # noqa: E402
from lull.model.spec import FROM_COUNTS  # noqa: E402

FIRST, WEEKS = np.datetime64("2020-01-06"), 190
RIVAL = Path(__file__).parent / "rivals" / "batch_pymc.py"
PLAN = """
[data]
counts = "weekly.csv"
series = "*"
[origins]
last = 2
every = 8
[run]
horizon = 12
scenarios = ["baseline", "pressure-eases", "deterrence-rises"]
[output]
dir = "out"
"""


def write_plan(folder: Path, series: int) -> Batch:
    """Write synthetic weekly counts and a plan over them, two origins each."""
    rng = np.random.default_rng(1)
    rates = np.exp(rng.uniform(math.log(1.0), math.log(12.0), series))
    truths = {f"series {at}": replace(Truth(), intercept=math.log(rate)) for at, rate in enumerate(rates)}
    counts, _ = simulate_counts(truths, np.zeros((0, WEEKS)), first_week=FIRST, rng=rng)
    rows = [
        f"{name},{FIRST + WEEK * week},{int(count)}"
        for name, column in zip(counts.series, counts.array.to_numpy()[0], strict=True)
        for week, count in enumerate(column)
    ]
    (folder / "weekly.csv").write_text("\n".join(["series,week_start,count", *rows, ""]))
    (folder / "plan.toml").write_text(PLAN)
    return read_batch(folder / "plan.toml")


def warm_up(tasks: Sequence[Task]) -> list[Task]:
    """Return tasks of the same shapes that are not in the plan: another seed."""
    plans = [replace(task.plan, seed=99) for task in tasks]
    ids = [content_id(plan.identity()) for plan in plans]
    return [replace(task, plan=plan, run_id=one) for task, plan, one in zip(tasks, plans, ids, strict=True)]


def time_batch(batch: Batch, store: Store, *, workers: int) -> dict[str, float]:
    """Return fits a minute on so many workers, and the seconds until they were ready."""
    begun = time.perf_counter()
    with client_of(Where(workers=workers), tasks=len(batch.tasks)) as client:
        refuse(run_tasks(warm_up(batch.tasks[: 2 * workers]), store, client, heard=ignored))
        ready = time.perf_counter()
        refuse(run_tasks(batch.tasks, store, client, heard=ignored))
        taken = time.perf_counter() - ready
    return {"fits_per_min": 60 * len(batch.tasks) / taken, "ready_s": ready - begun}


def ignored(_task: object, _outcome: object) -> None:
    """Hear nothing."""


def refuse(failures: Sequence[Any]) -> None:
    """Stop if anything failed: a rate of failures is none."""
    if failures:
        raise SystemExit(f"{len(failures)} fits failed: {failures[0]['reason']}")


def time_pymc(batch: Batch, *, fits: int) -> dict[str, float]:
    """Return the fits a minute of PyMC in fresh processes, two at a time."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        alone = list(pool.map(_pymc_fit, batch.tasks[:fits]))
    taken = time.perf_counter() - begun
    return {"fits_per_min": 60 * fits / taken, "fit_s": float(np.median(alone)), "fits": fits}


def _pymc_fit(task: Task) -> float:
    """Return the seconds of one fit in a process of its own."""
    config = FROM_COUNTS
    arguments = [task.plan.evidence.counts, task.series[0], task.origin, config.draws, config.tune, config.chains]
    root = str(RIVAL.parents[2])
    run = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(RIVAL), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{RIVAL.parent.parent}", "OMP_NUM_THREADS": "1"},
    )
    return float(run.stdout.split()[-1])


def main() -> None:
    """Print the figures."""
    parser = arguments(__doc__)
    parser.add_argument("--series", type=int, default=10, help="synthetic series, two fits each (default: %(default)s)")
    parser.add_argument(
        "--rival-fits", type=int, default=2, help="fits of PyMC; 0 leaves it out (default: %(default)s)"
    )
    asked = parser.parse_args()
    if asked.quick:
        asked.series, asked.rival_fits = 3, 0
    measurement = begin("batch", asked)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        batch = write_plan(folder, asked.series)
        one, two = (time_batch(batch, Store(folder / f"store {workers}"), workers=workers) for workers in (1, 2))
        rivals = {"pymc": time_pymc(batch, fits=asked.rival_fits)} if asked.rival_fits else {}
    lull = two | {
        "fits_per_min_1_worker": one["fits_per_min"],
        "efficiency_2_workers": two["fits_per_min"] / one["fits_per_min"] / 2,
        "fits": len(batch.tasks),
        "client_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }
    for figures in rivals.values():
        figures["ratio"] = lull["fits_per_min"] / figures["fits_per_min"]
    measurement.publish(lull, rivals, whole=bool(rivals))


if __name__ == "__main__":
    main()
