"""Time many separate fits with their forecasts: a plan of 1,000 series on two workers, a part of it on one, and PyMC.

Lull: `lull batch run`'s own engine on a local cluster of two processes, after two fits in each to load and compile:
150 weeks a series, 4 chains x (300 + 1,000) draws, diagnostics, posterior to the disk, three scenarios over 12 weeks.
One process does a small part of the same plan. `..._cpu_s` are CPU seconds of a fit in a worker, by what it was doing
(means; with what a worker does between tasks they are `fit_cpu_s`); `..._mb` the most memory that a process held.
The rival (`benchmarks/rivals/batch_pymc.py`) does the draws alone, two processes at a time on the same two cores, each
a fresh process, as a script in a loop does; of so many fits only a few are timed, since each takes long.
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
from distributed import Client
from shared.figures import arguments, begin

sys.path[:] = [path for path in sys.path if Path(path) != Path(__file__).parent]  # there `batch` would be this file

from lull.batch.cluster import Where, client_of  # noqa: E402 - after the line above
from lull.batch.engine import run_tasks  # noqa: E402
from lull.batch.plan import Batch, Task, read_batch  # noqa: E402
from lull.data.calendar import WEEK  # noqa: E402
from lull.data.synthetic import Truth, simulate_counts  # noqa: E402
from lull.model.runs.store import Store, content_id  # noqa: E402
from lull.model.spec import FROM_COUNTS  # noqa: E402

FIRST, WEEKS = np.datetime64("2020-01-06"), 150
PARTS = {
    "read_cpu_s": ("read the data", "load the model"),
    "density_cpu_s": ("compile the model",),
    "sample_cpu_s": ("sample the posterior",),  # with what is derived from the draws, and the hurdle model
    "judge_cpu_s": ("judge the draws",),
    "check_cpu_s": ("check the posterior predictive",),  # and what the data say of drivers
    "store_cpu_s": ("store the run",),
    "forecast_cpu_s": ("load the run", "read the scenarios"),
}
RIVAL = Path(__file__).parent / "rivals" / "batch_pymc.py"
PLAN = """
[data]
counts = "weekly.csv"
series = "*"
[run]
horizon = 12
scenarios = ["baseline", "pressure-eases", "deterrence-rises"]
[output]
dir = "out"
"""


def write_plan(folder: Path, series: int) -> Batch:
    """Write synthetic weekly counts and a plan over them, the last week the one origin."""
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


def time_batch(tasks: Sequence[Task], store: Store, *, workers: int) -> dict[str, float]:
    """Return fits a minute on so many workers, the seconds until they were ready, CPU seconds by part, and memory."""
    begun, laps = time.perf_counter(), list[dict[str, float]]()
    with client_of(Where(workers=workers), tasks=len(tasks)) as client:
        refuse(run_tasks(warm_up(tasks[: 2 * workers]), store, client, heard=lambda *_: None))
        ready, before = time.perf_counter(), used_by(client)
        refuse(run_tasks(tasks, store, client, heard=lambda _, outcome: laps.append(outcome.get("laps", {}))))
        taken, after = time.perf_counter() - ready, used_by(client)
    found = {"fits_per_min": 60 * len(tasks) / taken, "ready_s": ready - begun}
    found["fit_cpu_s"] = (sum(cpu for cpu, _ in after) - sum(cpu for cpu, _ in before)) / len(tasks)
    parts = {name: sum(lap.get(step, 0.0) for lap in laps for step in steps) for name, steps in PARTS.items()}
    return (
        found
        | {name: spent / len(tasks) for name, spent in parts.items()}
        | {"worker_peak_mb": max(mb for _, mb in after)}
    )


def used_by(client: Client) -> list[tuple[float, float]]:
    """Return of each worker its CPU seconds so far, and the most memory that it has held, MB."""
    used = client.run(resource.getrusage, resource.RUSAGE_SELF).values()
    return [(each.ru_utime + each.ru_stime, each.ru_maxrss / 1e3) for each in used]


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
    parser.add_argument("--series", type=int, default=1000, help="synthetic series, a fit each (default: %(default)s)")
    parser.add_argument("--alone", type=int, default=40, help="of them also on one worker (default: %(default)s)")
    parser.add_argument(
        "--rival-fits", type=int, default=2, help="fits of PyMC; 0 leaves it out (default: %(default)s)"
    )
    asked = parser.parse_args()
    if asked.quick:
        asked.series, asked.alone, asked.rival_fits = 6, 2, 0
    measurement = begin("batch", asked)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        batch = write_plan(folder, asked.series)
        two = time_batch(batch.tasks, Store(folder / "store of two"), workers=2)
        one = time_batch(batch.tasks[: asked.alone], Store(folder / "store of one"), workers=1)
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
