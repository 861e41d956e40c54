"""Placebo calendars: how often effects as large are found where the events come at other times.

The calendar of all covariates is turned round the fitted weeks by evenly spread shifts, and the model is fitted under
each: what comes together in the real calendar stays together. How far the data move an effect is the distance of its
posterior mean from that of its prior, in prior standard deviations. An effect lies apart by how far that is from its
mean over all calendars, in standard deviations over them, to either side. One imputation of reports is used for all.

**The rule.** An effect is called one if in at most one calendar of twenty, the real one among them, *any* effect lies
as far apart (the largest of all effects, after Westfall and Young). From each of the calendars the others lie round the
weeks alike, to a rounding of a week. So if the events could as well have come at any of these times, the real calendar
is as likely as any to be the outlying one, and the chance that any effect is called is at most one in twenty, however
many effects there are and however much they move together. An interval that excludes 0 calls nothing.
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
from lull.model.fitting.sampler import PosteriorSampler, child_seeds
from lull.model.parameters import EFFECTS, effect_priors
from lull.model.runs.compile_cache import lease
from lull.model.spec import ModelSpec, Priors, SamplerConfig

type Progress = Callable[[str, int, int], None]

CONFIG = SamplerConfig(chains=2, tune=300, draws=500)
SELDOM = 0.05  # share of calendars in which any effect lies as far apart, up to which an effect is called one


@dataclass(frozen=True)
class PlaceboEffect:
    """One effect: how far the data moved it (prior sds, signed), the median of that under placebo calendars, and its p.

    `p` is the share of calendars in which this effect lies as far apart, `p_any` that in which any effect does, and by
    which it is `called` an effect.
    """

    covariate: str
    on: str
    moved: float
    placebo_moved: float
    p: float
    p_any: float
    called: bool


@dataclass(frozen=True)
class PlaceboTest:
    """The effects, how many placebo calendars there were, and the p of all events together by mean log likelihood.

    `level` is the chance that any effect is called though the events could as well have come at other times, at most.
    `false_calls` is the share of placebo calendars that would have an effect called, were each the real one in turn.
    """

    effects: tuple[PlaceboEffect, ...]
    calendars: int
    p: float
    false_calls: float
    level: float = SELDOM


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
    config: SamplerConfig = CONFIG,
) -> PlaceboTest:
    """Return what placebo calendars say of each effect. Raises `InputError` for more of them than there are weeks."""
    one = replace(counts, array=counts.array[:1])
    seen = covariates.seen(one.weeks[0], one.origin)
    shifts = shifts_of(one.weeks.size, placebos)
    sampler, moved, fit = PosteriorSampler(spec, priors, config), [], []
    for done, (shift, child) in enumerate(zip((0, *shifts), child_seeds(seed, placebos + 1), strict=True)):
        progress("fit placebo calendars", done, placebos + 1)
        turned_round = turned(seen, one.weeks[0], one.origin, by=shift)
        panel = make_panels(within_scale(one), turned_round, spec=spec, priors=priors)[0]
        trace = sampler.sample(panel, seed=child)
        posterior = derive(trace["posterior"].to_dataset(), panel, spec=spec, priors=priors)
        moved.append(list(_moved(posterior, priors)))
        fit.append(float(posterior["log_likelihood"].sum("series").mean()))
    progress("fit placebo calendars", placebos + 1, placebos + 1)
    distances = np.array([[distance for _, _, distance in row] for row in moved])
    own, of_any = shares_as_far(distances)
    effects = tuple(
        PlaceboEffect(covariate, on, real, float(np.median(others)), float(p), float(p_any), bool(p_any <= SELDOM))
        for (covariate, on, real), others, p, p_any in zip(moved[0], distances[1:].T, own[0], of_any[0], strict=True)
    )
    false_calls = float((of_any[1:] <= SELDOM).any(axis=1).mean())
    return PlaceboTest(effects, placebos, share_as_far(np.array(fit)), false_calls)


def shifts_of(weeks: int, placebos: int) -> list[int]:
    """Return by how many weeks each placebo calendar is turned: different, and spread evenly with the real one."""
    if placebos >= weeks:
        raise InputError(Problem("--placebo", f"at most {weeks - 1} for {weeks} weeks", str(placebos)))
    return [number * weeks // (placebos + 1) for number in range(1, placebos + 1)]


def turned(covariates: Covariates, first: Week, last: Week, *, by: int) -> Covariates:
    """Return the covariates with the calendar of the weeks first..last turned round by some weeks."""
    array = covariates.array.copy()
    weeks = array["week"].to_numpy().astype("datetime64[D]")
    inside = (weeks >= first) & (weeks <= last)
    values = array.to_numpy()
    values[..., inside] = np.roll(values[..., inside], by, axis=-1)
    return replace(covariates, array=array.copy(data=values))


def shares_as_far(moved: Array) -> tuple[Array, Array]:
    """Return of how far each effect was moved (calendar, effect) the shares of calendars, itself among them.

    The first are those in which that effect lies as far apart, the second those in which any effect does.
    """
    spread = moved.std(axis=0)
    apart = np.abs(moved - moved.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    as_far = apart[:, np.newaxis] >= apart  # (other calendar, calendar, effect), of the same effect
    any_as_far = apart.max(axis=1)[:, np.newaxis, np.newaxis] >= apart
    return as_far.mean(axis=0), any_as_far.mean(axis=0)


def share_as_far(figures: Array) -> float:
    """Return the share of calendars, the real and first one among them, whose figure is as large as the real one's."""
    return float((figures >= figures[0]).mean())


def _moved(posterior: xr.Dataset, priors: Priors) -> Iterator[tuple[str, str, float]]:
    """Yield each effect's covariate, its mechanism and how far it was moved, signed."""
    for name, table in effect_priors(priors).items():
        for covariate in posterior["covariate"].to_numpy():
            belief = table.get(str(covariate), priors.other_effect)
            mean = float(posterior[name].sel(covariate=covariate).mean())
            yield str(covariate), str(EFFECTS[name].mechanism), (mean - belief.mean) / belief.sd
