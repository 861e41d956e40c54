"""Sample one posterior three ways: Lull, PyMC as it comes, and NumPyro; effective draws per second of each.

The same model, priors, level basis, free variables and counts (4 series of 112 weeks, synthetic, with two covariates
that are carried over and one that lasts), the same chains and draws; Lull tunes as long as in the product, the rivals
longer, which they need to find their metric. The rivals write the likelihood as their users do
(`benchmarks/rivals/sampler_pymc.py`, `sampler_numpyro.py`) and sample with their own defaults: `pymc` with the sampler
that a plain installation has, `pymc_nutpie` with nutpie, which PyMC prefers where it is installed.

Bulk effective sample sizes are those of the same named quantities, computed by one function from the draws. `ratio` is
of the smallest per second of sampling, `ratio_with_compiling` counts the time to compile too.

Ends with 1 where two posteriors differ by more than Monte Carlo error allows, with 2 where a rival is not installed.
"""

import argparse
import importlib
import importlib.util
import itertools
import math
import os
import sys
import time
from dataclasses import replace
from typing import Any

import arviz_stats as azs
import numpy as np
import xarray as xr
from scipy import stats
from shared.figures import arguments, begin

from lull.data.arrays import Array
from lull.data.calendar import weeks_between
from lull.data.synthetic import Truth, carry_over, simulate_counts
from lull.model.density.compiled import density_function
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.panel import Panel, make_panel
from lull.model.fitting.posterior import derive
from lull.model.fitting.sampler import PosteriorSampler
from lull.model.parameters import JUDGED, TABLE
from lull.model.spec import FROM_COUNTS, ModelSpec, Priors, SamplerConfig

type Figures = dict[str, float]

SPEC, PRIORS, SEED = ModelSpec(), Priors(), 1
RIVALS = {"pymc": "pymc", "pymc_nutpie": "nutpie", "numpyro": "numpyro"}  # and the package that each needs
FIRST_WEEK = np.datetime64("2022-01-03")
NAMES = ("deterrence", "mobilisation", "ceasefire")
PUSHED = Truth(effect=(-0.3, 0.3, -0.4), halt_effect=(0.4, -0.3, 0.6), resumption_effect=(-0.3, 0.4, -0.5))
TRUTHS = (  # sparse, dense, swinging, and one with long silences
    replace(PUSHED, intercept=math.log(2.0), concentration=3.0, sigma=0.12, halt_intercept=-2.2),
    replace(PUSHED, intercept=math.log(12.0), concentration=10.0, sigma=0.10, halt_intercept=-3.0),
    replace(PUSHED, intercept=math.log(5.0), concentration=6.0, sigma=0.15, halt_intercept=-2.5),
    replace(PUSHED, intercept=math.log(1.2), concentration=2.0, sigma=0.15, halt_intercept=-1.8, resumption_aging=0.7),
)
SCALES = {row.name: row.scale for row in TABLE}
COMPARED = (*(name for name in JUDGED if SCALES[name] != "logit" and name != "log_intensity"), "level")
RIVALS_TUNE = 500  # draws of each chain
FALSE_ALARM = 0.001  # chance that posteriors which are the same are kept apart


def synthetic_panel(*, series: int, weeks: int) -> Panel:
    """Return the counts of so many series (the four kinds in turn) with their covariates and basis."""
    rng = np.random.default_rng(SEED)
    impulses = np.zeros((len(NAMES), weeks))
    for row, first in ((0, 8), (1, 18)):
        at = np.arange(first, weeks, 23)
        impulses[row, at] = rng.integers(2, 6, at.size) / 5
    impulses[2, weeks // 2 : weeks // 2 + weeks // 8] = 1.0
    carried = np.stack([carry_over(impulses[0], half_life=4), carry_over(impulses[1], half_life=3), impulses[2]])
    truths = {f"series {number}": TRUTHS[number % len(TRUTHS)] for number in range(series)}
    counts, _ = simulate_counts(truths, carried, first_week=FIRST_WEEK, rng=rng)
    labels = {"covariate": list(NAMES), "week": weeks_between(counts.weeks[0], counts.origin).astype("datetime64[ns]")}
    covariates = Covariates(xr.DataArray(impulses, coords=labels, dims=("covariate", "week")), (True, True, False))
    return make_panel(counts.array.isel(imputation=0), covariates, spec=SPEC, priors=PRIORS)


def sample_lull(panel: Panel, config: SamplerConfig) -> tuple[xr.Dataset, Figures]:
    """Return the draws of the free variables, and what the rivals tell of theirs."""
    begun, cpu = time.perf_counter(), time.process_time()
    density_function()
    ready = time.perf_counter()
    measured = {"compile_s": ready - begun, "compile_cpu_s": time.process_time() - cpu}
    trace = PosteriorSampler(SPEC, PRIORS, config).sample(panel, seed=SEED)
    measured["sample_s"] = time.perf_counter() - ready
    measured["steps_per_draw"] = float(trace["sample_stats"]["n_steps"].mean())
    measured["divergences"] = int(trace["sample_stats"]["diverging"].sum())
    return trace["posterior"].to_dataset(), measured


def quantities(draws: xr.Dataset, panel: Panel) -> dict[str, Array]:
    """Return what is judged and compared by label, each (chain, draw); positive quantities as their logarithm."""
    labelled = draws.assign_coords(chain=np.arange(draws.sizes["chain"]), draw=np.arange(draws.sizes["draw"]))
    posterior = derive(labelled, panel, spec=SPEC, priors=PRIORS)
    found = {}
    for name in COMPARED:
        values = posterior[name].to_numpy()
        values = np.log(values) if SCALES[name] == "log" else values
        for index in np.ndindex(values.shape[2:]):
            each = values[:, :, *index]
            if np.isfinite(each).all():  # a state has no half-life
                found[f"{name}{list(index) if index else ''}"] = each
    return found


def judged(measured: Figures, found: dict[str, Array]) -> tuple[Figures, str]:
    """Return the figures of one sampler, and the quantity that mixed worst."""
    ess = {label: float(azs.ess(values, method="bulk", chain_axis=0, draw_axis=1)) for label, values in found.items()}
    rhat = max(float(azs.rhat(values, chain_axis=0, draw_axis=1)) for values in found.values())
    per_second = np.array(list(ess.values())) / measured["sample_s"]
    figures = {"min_ess_per_s": float(per_second.min()), "median_ess_per_s": float(np.median(per_second))}
    figures["min_ess_per_s_with_compiling"] = min(ess.values()) / (measured["sample_s"] + measured["compile_s"])
    return figures | measured | {"max_rhat": rhat, "load": os.getloadavg()[0]}, min(ess, key=lambda label: ess[label])


def largest_difference(found: dict[str, dict[str, Array]]) -> tuple[float, str, float]:
    """Return the largest difference of two samplers' means in Monte Carlo errors, whose it is, and its bound.

    The bound is the normal quantile that the largest of so many passes with the probability `FALSE_ALARM`.
    """
    differences = {}
    for (one, ours), (other, theirs) in itertools.combinations(found.items(), 2):
        for label in ours:
            error = math.hypot(*(float(azs.mcse(each[label], chain_axis=0, draw_axis=1)) for each in (ours, theirs)))
            difference = abs(float(ours[label].mean() - theirs[label].mean()))
            differences[f"{label}, {one} and {other}"] = difference / error
    worst = max(differences, key=lambda label: differences[label])
    return differences[worst], worst, float(stats.norm.isf(FALSE_ALARM / 2 / len(differences)))


def sample_each(
    wanted: list[str], config: SamplerConfig, theirs: SamplerConfig
) -> dict[str, tuple[Figures, dict[str, Array]]]:
    """Return the figures and the quantities of each sampler, one after another in this process."""
    ours = synthetic_panel(series=4, weeks=112)
    real = ours.uninformed()  # as the rivals sample
    each = {}
    for name in wanted:
        if name == "lull":
            panel = ours
            draws, measured = sample_lull(panel, config)
        else:
            module, _, sampler = name.partition("_")
            rival = importlib.import_module(f"rivals.sampler_{module}")
            panel, how = real, {"sampler": sampler} if sampler else {}
            draws, measured = rival.sample(panel, PRIORS, theirs, cores=os.process_cpu_count() or 1, seed=SEED, **how)
        found = quantities(draws, panel)
        figures, worst = judged(measured, found)
        print(f"{name}: worst is {worst}, {figures}", file=sys.stderr)
        each[name] = (figures, found)
    return each


def beside(each: dict[str, tuple[Figures, dict[str, Array]]]) -> dict[str, Figures]:
    """Return the figures of the rivals, each with how many times better Lull is."""
    rivals = {name: dict(figures) for name, (figures, _) in each.items() if name != "lull"}
    if "lull" in each:
        lull = each["lull"][0]
        for figures in rivals.values():
            figures["ratio"] = lull["min_ess_per_s"] / figures["min_ess_per_s"]
            both = (lull, figures)
            ours, theirs = (measured["min_ess_per_s_with_compiling"] for measured in both)
            figures["ratio_with_compiling"] = ours / theirs
    return rivals


def missing(wanted: list[str]) -> list[str]:
    """Return the packages that are wanted and not installed."""
    return [RIVALS[name] for name in wanted if name in RIVALS and importlib.util.find_spec(RIVALS[name]) is None]


def asked_for() -> argparse.Namespace:
    """Return what was asked for."""
    parser = arguments(__doc__)
    parser.add_argument("--only", choices=("lull", *RIVALS), action="append", help="one sampler; may be repeated")
    parser.add_argument("--draws", type=int, default=FROM_COUNTS.draws, help="of each chain (default: %(default)s)")
    return parser.parse_args()


def main() -> None:
    """Print the figures."""
    asked = asked_for()
    measurement = begin("sampler", asked)
    wanted = asked.only or ["lull", *RIVALS]
    if absent := missing(wanted):
        print(
            f"Not installed: {', '.join(absent)}. `make .cache/rivals/ready` installs the rivals, and "
            ".cache/rivals/bin/python runs this.",
            file=sys.stderr,
        )
        sys.exit(2)
    config = replace(FROM_COUNTS, draws=asked.draws)
    theirs = replace(config, tune=RIVALS_TUNE)
    if asked.quick:
        config = theirs = replace(config, tune=100, draws=100)
    each = sample_each(wanted, config, theirs)
    more: dict[str, Any] = {}
    differ = False
    if len(each) > 1:
        largest, whose, bound = largest_difference({name: found for name, (_, found) in each.items()})
        more["posteriors"] = {"largest_difference_in_errors": largest, "bound": bound, "quantity": whose}
        differ = largest > bound
    lull = each["lull"][0] if "lull" in each else {}
    measurement.publish(lull, beside(each), whole=asked.only is None, **more)
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
