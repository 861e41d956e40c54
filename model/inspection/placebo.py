"""Placebo calendars: how often effects as large are found where the events come at other times.

The calendar of all covariates is turned round the fitted weeks by evenly spread shifts, and the model is fitted under
each. How far the data move an effect is the distance of its posterior mean from that of its prior, in prior standard
deviations; its p is the share of calendars, the real one among them, that move it as far (a permutation test in time:
what comes together in the real calendar stays together). One imputation of reports is used, the same for all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from lull.data.arrays import Array
from lull.data.calendar import Week
from lull.data.counts import WeeklyCounts
from lull.data.evidence import read_evidence
from lull.data.schema import InputError, Problem
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.fit import FitPlan, covariates_of, weekly_counts
from lull.model.fitting.out_of_scale import within_scale
from lull.model.fitting.pooled_posterior import make_panels
from lull.model.fitting.posterior import derive
from lull.model.fitting.sampler import child_seeds, compiled_for
from lull.model.parameters import EFFECTS, effect_priors
from lull.model.runs.compile_cache import lease
from lull.model.spec import ModelSpec, Priors, SamplerConfig

type Progress = Callable[[str, int, int], None]

CONFIG = SamplerConfig(chains=2, tune=300, draws=500)
EDGE = 4  # weeks by which a calendar is turned at least: nearer ones are almost the real one


@dataclass(frozen=True)
class PlaceboEffect:
    """One effect: how far the data moved it (prior sds), the median of that under placebo calendars, and its p."""

    covariate: str
    on: str
    moved: float
    placebo_moved: float
    p: float


@dataclass(frozen=True)
class PlaceboTest:
    """The effects, how many placebo calendars there were, and the p of all events together by mean log likelihood."""

    effects: tuple[PlaceboEffect, ...]
    calendars: int
    p: float


def placebo_test_of(plan: FitPlan, placebos: int, *, progress: Progress) -> PlaceboTest:
    """Return the test on the counts and the events of a plan.

    Raises `InputError` where no driver has acted in the weeks of the counts, and for more calendars than these weeks.
    """
    known = read_evidence(plan.evidence)
    counts, _ = weekly_counts(known, plan, progress=progress)
    lease()
    covariates = covariates_of(known, counts)
    if not covariates.seen(counts.weeks[0], counts.origin).names:
        raise InputError(Problem("--events, --covariates", "a driver to test", "none in the weeks of the counts"))
    return placebo_test(
        counts,
        covariates,
        spec=plan.spec,
        priors=plan.priors,
        placebos=placebos,
        seed=plan.seed,
        progress=progress,
    )


def placebo_test(
    counts: WeeklyCounts,
    covariates: Covariates,
    *,
    spec: ModelSpec,
    priors: Priors,
    placebos: int,
    seed: int,
    progress: Progress,
) -> PlaceboTest:
    """Return what placebo calendars say of each effect. Raises `InputError` for more of them than there are weeks."""
    one = replace(counts, array=counts.array[:1])
    seen = covariates.seen(one.weeks[0], one.origin)
    shifts = shifts_of(one.weeks.size, placebos)
    compiled, moved, fit = None, [], []
    for done, (shift, child) in enumerate(zip((0, *shifts), child_seeds(seed, placebos + 1), strict=True)):
        progress("fit placebo calendars", done, placebos + 1)
        turned_round = turned(seen, one.weeks[0], one.origin, by=shift)
        panel = make_panels(within_scale(one), turned_round, spec=spec, priors=priors)[0]
        compiled = compiled or compiled_for(panel, spec=spec, priors=priors, config=CONFIG)
        trace = compiled.sample(panel, seed=child)
        posterior = derive(trace["posterior"].to_dataset(), panel, spec=spec, priors=priors)
        moved.append(list(_moved(posterior, priors)))
        fit.append(float(posterior["log_likelihood"].sum("series").mean()))
    progress("fit placebo calendars", placebos + 1, placebos + 1)
    distances = np.array([[distance for _, _, distance in row] for row in moved])
    effects = tuple(
        PlaceboEffect(covariate, on, float(real), float(np.median(others)), share_as_far(real, others))
        for (covariate, on, real), others in zip(moved[0], distances[1:].T, strict=True)
    )
    return PlaceboTest(effects, placebos, share_as_far(fit[0], np.array(fit[1:])))


def shifts_of(weeks: int, placebos: int) -> list[int]:
    """Return by how many weeks each placebo calendar is turned: different, evenly spread, at least `EDGE`."""
    room = weeks - 2 * EDGE + 1
    if placebos > room:
        raise InputError(Problem("--placebo", f"at most {max(room, 0)} for {weeks} weeks", str(placebos)))
    return [int(shift) for shift in np.round(np.linspace(EDGE, weeks - EDGE, placebos))]


def turned(covariates: Covariates, first: Week, last: Week, *, by: int) -> Covariates:
    """Return the covariates with the calendar of the weeks first..last turned round by some weeks."""
    array = covariates.array.copy()
    weeks = array["week"].to_numpy().astype("datetime64[D]")
    inside = (weeks >= first) & (weeks <= last)
    values = array.to_numpy()
    values[..., inside] = np.roll(values[..., inside], by, axis=-1)
    return replace(covariates, array=array.copy(data=values))


def share_as_far(real: float, others: Array) -> float:
    """Return the share of calendars, the real one among them, whose figure is as large as the real one's."""
    return float((1 + (others >= real).sum()) / (1 + others.size))


def _moved(posterior: xr.Dataset, priors: Priors) -> Iterator[tuple[str, str, float]]:
    """Yield each effect's covariate, its mechanism and how far it was moved."""
    for name, table in effect_priors(priors).items():
        for covariate in posterior["covariate"].to_numpy():
            belief = table.get(str(covariate), priors.other_effect)
            mean = float(posterior[name].sel(covariate=covariate).mean())
            yield str(covariate), str(EFFECTS[name].mechanism), abs(mean - belief.mean) / belief.sd
