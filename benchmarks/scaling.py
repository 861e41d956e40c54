"""What work costs as it grows: time and memory by series, weeks, draws and scenarios, and of the largest cases.

Fits are of the synthetic counts and covariates of `sampler.py`, by the procedure for weekly counts, all series fitted
together. Scenarios are those of `whatif.py`, of a posterior of 4,000 draws of the priors: the forecast table of all of
them is written as Parquet, as `lull export` writes it. Each row is a process of its own, so that its memory is that of
the row: `memory_mb` at its peak, `grown_mb` the part above what it held before the work began.

In each table one size grows and the others stay; `cpu_s_by_...` and `grown_mb_by_...` are the fitted powers. The
fits by series and weeks take 500 draws of each chain and the largest 1,000, so that all ends within some 15 minutes
on two quiet cores. Targets: 64 series x 260 weeks under 60 s, R-hat under 1.01 and the smallest effective sizes at
least 400; the export of 100 series x 21 scenarios x 52 weeks under 1,000 MB.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sampler import Figures, judged, quantities, sample_lull, synthetic_panel
from shared.figures import arguments, begin
from whatif import scenarios as what_ifs

from lull.model.forward.prior_state import prior_state, with_prior_hurdle
from lull.model.spec import FROM_COUNTS
from lull.scenarios.engine.projection import project_in_parts
from lull.scenarios.language.spec import baseline
from lull.scenarios.results.tables import scenario_table, write_parquet_parts

type Row = dict[str, Any]

LARGEST = {"series": 64, "weeks": 260, "draws": 1000}
LARGEST_EXPORT = {"scenarios": 21, "series": 100, "weeks": 52}
TABLES: dict[str, tuple[Row, ...]] = {
    "series": tuple({"series": series, "weeks": 52, "draws": 500} for series in (1, 4, 16, 64, 256)),
    "weeks": tuple({"series": 2, "weeks": weeks, "draws": 500} for weeks in (52, 104, 260, 520, 1040)),
    "draws": tuple({"series": 4, "weeks": 112, "draws": draws} for draws in (500, 1000, 2000, 4000, 8000)),
    "scenarios": tuple({"scenarios": count, "series": 2, "weeks": 26} for count in (1, 3, 10, 30, 100)),
    "largest": (LARGEST, LARGEST_EXPORT),
}
QUICK: dict[str, tuple[Row, ...]] = {
    "series": tuple({"series": series, "weeks": 52, "draws": 100} for series in (1, 2, 4)),
    "scenarios": tuple({"scenarios": count, "series": 2, "weeks": 26} for count in (1, 2, 4)),
    "largest": ({"series": 4, "weeks": 104, "draws": 100}, {"scenarios": 3, "series": 4, "weeks": 26}),
}
MEASURED = ("cpu_s", "grown_mb")  # what grows
SHORT = {"seconds": "s", "memory_mb": "mb"}
DRAWS = 4000  # of the posterior that scenarios are projected from
SIZES = ("series", "weeks", "draws", "scenarios")
COLUMNS = (
    *SIZES, "compile_s", "compile_cpu_s", "seconds", "cpu_s", "memory_mb", "grown_mb", "steps_per_draw", "min_ess",
    "max_rhat", "divergences",
)  # fmt: skip


def fitted(sizes: Row) -> Row:
    """Return the figures of one fit; its memory is that of compiling and sampling, not of judging it."""
    panel = synthetic_panel(series=sizes["series"], weeks=sizes["weeks"])
    held, begun = peak_mb(), time.process_time()
    config = replace(FROM_COUNTS, tune=min(FROM_COUNTS.tune, sizes["draws"]), draws=sizes["draws"])
    draws, taken = sample_lull(panel, config)
    whole, peak = time.process_time() - begun, peak_mb()
    figures, worst = judged(taken, quantities(draws, panel))
    return figures | {
        "seconds": figures["sample_s"],
        "cpu_s": whole - figures["compile_cpu_s"],
        "memory_mb": peak,
        "grown_mb": peak - held,
        "min_ess": figures["min_ess_per_s"] * figures["sample_s"],
        "worst": worst,
    }


def exported(sizes: Row) -> Row:
    """Return what it takes to write the forecast table of the baseline and other scenarios."""
    names = [f"series {number}" for number in range(sizes["series"])]
    state = prior_state(names, draws=DRAWS, horizon=sizes["weeks"], seed=1)
    state = with_prior_hurdle(state, share=1 / 3, recent=1 / 3, seed=1)
    asked = (baseline(), *what_ifs(sizes["scenarios"] - 1))
    scenario_table(project_in_parts(baseline(), state.select(names[:1]), seed=1))  # compiles before the clock runs
    held, begun, cpu = peak_mb(), time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        tables = (scenario_table(project_in_parts(scenario, state, seed=1)) for scenario in asked)
        write_parquet_parts(tables, Path(folder) / "forecast.parquet")
    figures = {"seconds": time.perf_counter() - begun, "cpu_s": time.process_time() - cpu}
    return figures | {"memory_mb": peak_mb(), "grown_mb": peak_mb() - held}


def peak_mb() -> float:
    """Return the most memory that this process has held, in MB."""
    unit = 1.0 if sys.platform == "darwin" else 1024.0  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def in_own_process(sizes: Row) -> Row:
    """Return the row of these sizes, measured in a fresh process."""
    command = [sys.executable, __file__, "--row", json.dumps(sizes)]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    return sizes | json.loads(run.stdout)


def exponents(rows: Sequence[Row], grows: str) -> Figures:
    """Return with which powers of the size that `grows` the measured figures do: the least-squares lines of the logs.

    Raises `ValueError` for rows of one size, through which there is no line.
    """
    sizes = np.array([row[grows] for row in rows], dtype=float)
    if np.unique(sizes).size < 2:
        raise ValueError(f"rows of one size of {grows} have no exponent")
    return {
        f"{name}_by_{grows}": float(np.polyfit(np.log(sizes), np.log([max(row[name], 0.1) for row in rows]), 1)[0])
        for name in MEASURED
    }


def size(text: str) -> tuple[int, int]:
    """Return series and weeks of a text such as 64x260."""
    if not re.fullmatch(r"[1-9]\d*x[1-9]\d*", text):
        raise argparse.ArgumentTypeError(f"{text} is not a size; 64x260 is: 64 series of 260 weeks")
    series, weeks = text.split("x")
    return int(series), int(weeks)


def printed(row: Row) -> str:
    """Return the line of a row."""
    cells = [(f"{row[name]:.4g}" if name in row else "").rjust(max(len(name), 6)) for name in COLUMNS]
    return "  ".join([*cells, str(row.get("worst", ""))])


def measured(tables: dict[str, tuple[Row, ...]], row_of: Callable[[Row], Row]) -> tuple[Figures, list[Row]]:
    """Return the exponents of tables and the figures of the largest cases, and all rows."""
    figures: Figures = {}
    rows: list[Row] = []
    for name, sizes in tables.items():
        own = []
        for each in sizes:
            own.append(row_of(each))
            print(printed(own[-1]), file=sys.stderr, flush=True)
        rows += own
        if name in SIZES:
            figures |= exponents(own, name)
        else:
            for row in own:
                of = "export_" if "scenarios" in row else "fit_"
                taken = {key: value for key, value in row.items() if key in COLUMNS and key not in SIZES}
                figures |= {f"{of}{SHORT.get(key, key)}": value for key, value in taken.items()}
    return figures, rows


def main() -> None:
    """Print the figures."""
    parser = arguments(__doc__)
    parser.add_argument("sizes", nargs="*", type=size, help="fits of these alone, such as 2x400 64x260")
    parser.add_argument("--row", type=json.loads, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.row:
        print(json.dumps(exported(asked.row) if "scenarios" in asked.row else fitted(asked.row)))
        return
    measurement = begin("scaling", asked)
    draws = 100 if asked.quick else LARGEST["draws"]
    own = tuple({"series": series, "weeks": weeks, "draws": draws} for series, weeks in asked.sizes)
    tables = {"largest": own} if own else QUICK if asked.quick else TABLES
    print("  ".join([*(name.rjust(6) for name in COLUMNS), "worst"]), file=sys.stderr)
    figures, rows = measured(tables, in_own_process)
    measurement.publish(figures, {}, whole=tables is TABLES, sizes=rows)


if __name__ == "__main__":
    main()
