"""Time a fresh process: to the help page, to the posterior of the embedded case (16 imputations), and to its forecast.

`warm_page_s` and `cold_page_s` are the whole of `lull forecast` with an empty store, to the end of the page that it
prints; in the cold one a second process compiles beside it. The other figures are of one process alone. `warm_s` finds
the compiled functions of an earlier process on the disk, `cold_s` finds none; both start with an empty store and end
with a run in it. The parts of a start (`import`, `compile`, `sample` and the rest) are given for both. The rival is
the same model compiled as nutpie compiles it by itself, with PyTensor's caches warm: its wrapper is made anew in every
process.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from shared.figures import arguments, begin

FIT = """
import json, sys, time
begin = time.perf_counter()
from pathlib import Path
from lull.data.evidence import embedded_evidence
from lull.model.fitting.fit import FitPlan, find_or_fit, usual_config
from lull.model.runs.store import Store

laps = []
evidence = embedded_evidence()
plan = FitPlan(evidence, config=usual_config(evidence))
store = Store(Path(sys.argv[1]))
run = find_or_fit(plan, store, progress=lambda step, done, total: laps.append((step, time.perf_counter())))
laps.append(("end", time.perf_counter()))
print(json.dumps({"begin": begin, "laps": laps, "grade": run.record["grade"]}))
"""
COMPILE = """
import sys, time
sys.path.insert(0, "benchmarks")
from start import embedded_model
if sys.argv[1] == "lull":
    begin = time.perf_counter()
    from lull.model.density.compiled import density_function
    density_function()
else:
    import nutpie
    model = embedded_model()
    begin = time.perf_counter()
    nutpie.compile_pymc_model(model)
print(time.perf_counter() - begin)
"""
PROJECT = Path(__file__).parents[1]
PARTS = {
    "reconstruct the weekly counts": "reconstruct_s",
    "load the model": "import_s",
    "compile the model": "compile_s",
    "sample the posterior": "sample_s",
    "store the run": "store_s",
}


def embedded_model() -> Any:
    """Return the model of the embedded case: two series over its weeks, with its covariates."""
    import numpy as np  # noqa: PLC0415 - only the child needs it

    from lull.data.counts import WeeklyCounts  # noqa: PLC0415 - the same
    from lull.data.evidence import embedded_evidence, read_evidence  # noqa: PLC0415 - the same
    from lull.model.fitting.build import build  # noqa: PLC0415 - the same
    from lull.model.fitting.covariates import from_events  # noqa: PLC0415 - the same
    from lull.model.fitting.panel import make_panel  # noqa: PLC0415 - the same
    from lull.model.spec import ModelSpec, Priors  # noqa: PLC0415 - the same

    known = read_evidence(embedded_evidence())
    first = np.datetime64("2023-10-16")
    weeks = int((known.origin - first) / np.timedelta64(7, "D")) + 1
    values = np.random.default_rng(1).poisson(5.0, (2, weeks)).astype(float)
    counts = WeeklyCounts.from_arrays(values, series=("israel", "us_forces"), first_week=first)
    covariates = from_events(known.events, first, known.origin)
    spec, priors = ModelSpec(), Priors()
    panel = make_panel(counts.array.isel(imputation=0), covariates, spec=spec, priors=priors)
    return build(panel, spec=spec, priors=priors)


def seconds(command: list[str], *, rounds: int) -> float:
    """Return the median wall time of a command."""
    return statistics.median(_timed(command) for _ in range(rounds))


def _timed(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command
    return time.perf_counter() - begin


def started(environment: dict[str, str]) -> dict[str, float]:
    """Return the seconds of a fresh process from its start to a stored posterior, whole and in parts."""
    with tempfile.TemporaryDirectory() as store:
        begin = time.perf_counter()
        answer = _python(FIT, store, environment=environment)
        whole = time.perf_counter() - begin
    found = json.loads(answer)
    laps = _first_of_each(found["laps"])
    parts = {
        PARTS[step]: laps[following] - at
        for (step, at), following in zip(laps.items(), list(laps)[1:], strict=False)
        if step in PARTS
    }
    return {"whole_s": whole} | parts


def _first_of_each(laps: list[list[Any]]) -> dict[str, float]:
    """Return when each step was first reported, in order."""
    first: dict[str, float] = {}
    for step, at in laps:
        first.setdefault(step, at)
    return first


def _python(program: str, *arguments: str, environment: dict[str, str]) -> str:
    """Return what a program prints that runs in a fresh process."""
    command = [sys.executable, "-c", program, *arguments]
    run = subprocess.run(  # noqa: S603 - our own command
        command, check=True, capture_output=True, text=True, env=os.environ | environment, cwd=PROJECT
    )
    return run.stdout.strip().splitlines()[-1]


def emptied(folder: str) -> dict[str, str]:
    """Return an environment whose caches are under a folder, for Lull, PyTensor and numba alike."""
    flags = f"base_compiledir={folder}/pytensor"
    return {"XDG_CACHE_HOME": folder, "NUMBA_CACHE_DIR": f"{folder}/numba", "PYTENSOR_FLAGS": flags}


def printed(environment: dict[str, str]) -> float:
    """Return the seconds of `lull forecast` with an empty store, to the end of its page."""
    lull = str(Path(sys.executable).parent / "lull")
    with tempfile.TemporaryDirectory() as store:
        begin = time.perf_counter()
        subprocess.run(  # noqa: S603 - our own command
            [lull, "forecast", "--store", store], check=True, capture_output=True, env=os.environ | environment
        )
        return time.perf_counter() - begin


def measured(*, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the figures of Lull and of nutpie's own wrapper."""
    bare = seconds([sys.executable, "-c", "pass"], rounds=5)
    shown = seconds([str(Path(sys.executable).parent / "lull"), "--help"], rounds=5)
    with tempfile.TemporaryDirectory() as folder:
        caches = emptied(folder)
        cold = started(caches)
        warm = [started(caches) for _ in range(rounds)]
        for name in ("lull", "nutpie"):
            _python(COMPILE, name, environment=caches)  # fills the cache
        compiled = {
            name: statistics.median(float(_python(COMPILE, name, environment=caches)) for _ in range(rounds))
            for name in ("lull", "nutpie")
        }
    with tempfile.TemporaryDirectory() as folder:
        caches = emptied(folder)
        cold_page = printed(caches)
        warm_page = statistics.median(printed(caches) for _ in range(rounds))
    typical = {part: statistics.median(one[part] for one in warm) for part in warm[0]}
    lull = {
        "help_s": shown,
        "bare_python_s": bare,
        "warm_page_s": warm_page,
        "cold_page_s": cold_page,
        "warm_s": typical.pop("whole_s"),
        "cold_s": cold.pop("whole_s"),
        "density_s": compiled["lull"],
    }
    lull |= {f"warm_{name}": value for name, value in typical.items()}
    lull |= {f"cold_{name}": value for name, value in cold.items()}
    rival = {"density_s": compiled["nutpie"], "ratio": compiled["nutpie"] / compiled["lull"]}
    return lull, rival


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="warm starts; the median is printed")
    options = parser.parse_args()
    measurement = begin("start", options)
    lull, rival = measured(rounds=1 if options.quick else options.rounds)
    measurement.publish(lull, {"nutpie": rival})


if __name__ == "__main__":
    main()
