"""What a fit costs as the data grow: with the weeks, with the series (fitted together), and with both.

Synthetic counts and covariates of `sampler.py`, the default procedure for weekly counts, one size after another. The
last size, 64 series of 260 weeks, is the one with a target: under 5 minutes, R-hat under 1.01. From 32 series on twice
the draws are taken: the more parameters, the more neighbouring draws resemble each other.
"""

import argparse
import re
import sys
from dataclasses import replace

import numpy as np
from sampler import Figures, judged, quantities, sample_lull, synthetic_panel
from shared.figures import arguments, begin

from lull.model.spec import FROM_COUNTS, SamplerConfig

LARGEST, MANY = (64, 260), 32
SIZES = (
    *((2, weeks) for weeks in (50, 100, 200, 400, 800, 1600)),
    *((series, 112) for series in (1, 2, 4, 8, 16, 32, 64)),
    LARGEST,
)
COLUMNS = {
    "compile_s": "6.1f",
    "sample_s": "6.1f",
    "steps_per_draw": "6.1f",
    "min_ess": "6.0f",
    "min_ess_per_s": "7.2f",
    "max_rhat": "6.4f",
    "divergences": "4.0f",
}


def cost(series: int, weeks: int, config: SamplerConfig) -> tuple[Figures, str]:
    """Return the figures of one size, and the quantity that mixed worst."""
    panel = synthetic_panel(series=series, weeks=weeks, pad=True)
    draws, measured = sample_lull(panel, config)
    figures, worst = judged(measured, quantities(draws, panel))
    figures["min_ess"] = figures["min_ess_per_s"] * figures["sample_s"]
    return {"series": series, "weeks": weeks} | figures, worst


def exponents(rows: list[Figures]) -> Figures:
    """Return with which power of the weeks, and of the series, the seconds of sampling grow; the other held."""
    found = {}
    for grows, held in (("weeks", "series"), ("series", "weeks")):
        kept = [row for row in rows if sum(other[held] == row[held] for other in rows) > 2]  # a line through them
        for value in {row[held] for row in kept}:
            each = [row for row in kept if row[held] == value]
            slope = np.polyfit(*(np.log([row[name] for row in each]) for name in (grows, "sample_s")), 1)[0]
            found[f"sample_s_by_{grows}"] = float(slope)
    return found


def size(text: str) -> tuple[int, int]:
    """Return series and weeks of a text such as 64x260."""
    if not re.fullmatch(r"[1-9]\d*x[1-9]\d*", text):
        raise argparse.ArgumentTypeError(f"{text} is not a size; 64x260 is: 64 series of 260 weeks")
    series, weeks = text.split("x")
    return int(series), int(weeks)


def main() -> None:
    """Print the figures."""
    parser = arguments(__doc__)
    parser.add_argument("sizes", nargs="*", type=size, default=SIZES, help="such as 2x400 64x260 (default: all)")
    asked = parser.parse_args()
    measurement = begin("scaling", asked)
    config = replace(FROM_COUNTS, tune=100, draws=100) if asked.quick else FROM_COUNTS
    print("series  weeks  " + "  ".join(COLUMNS) + "  worst", file=sys.stderr)
    rows = []
    for series, weeks in asked.sizes:
        ample = replace(config, draws=2 * config.draws) if series >= MANY else config
        figures, worst = cost(series, weeks, ample)
        cells = [f"{figures[name]:{form}}".rjust(len(name)) for name, form in COLUMNS.items()]
        print(f"{series:6d}  {weeks:5d}  " + "  ".join(cells) + f"  {worst}", file=sys.stderr, flush=True)
        rows.append(figures)
    measurement.publish(rows[-1] | exponents(rows), {}, whole=asked.sizes is SIZES, sizes=rows)


if __name__ == "__main__":
    main()
