"""New weeks learned from without a new fit: the draws of a run weighed by how well they foresaw the weeks.

Each draw is followed over the new weeks by particles: regimes and levels that the equations of
`model/forward/simulate.py` let come, weighed by the chance of the counts that came (Gordon, Salmond & Smith, 1993,
IEE Proc. F 140). The mean weight of a draw's particles is its likelihood of the new weeks, whatever the level did;
draws are drawn anew by it, and each takes one of its particles to the new origin.

The invariant: parameters are draws of the old fit, never new ones. Few effective draws mean that the weeks surprised
the fit; below the bound of a usable sampler the update is refused.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit, logsumexp
from scipy.stats import nbinom, poisson

from lull.data.arrays import Array
from lull.data.counts import WeeklyCounts
from lull.data.schema import InputError, Problem
from lull.model.fitting.out_of_scale import observed, within_scale
from lull.model.fitting.panel import last_known_count, log_completeness_of, settled
from lull.model.forward.origin import AT_ORIGIN, origin_state
from lull.model.forward.state import OriginState
from lull.model.inspection.diagnostics import USABLE_ESS
from lull.model.regimes.filter import silent_weeks
from lull.model.spec import MOST_NEW_WEEKS

PARTICLES, FEWEST = 64, 8  # of each draw and series; fewer where there are many
MOST_CELLS = 8_000_000  # draws x series x particles
LARGEST_LOG = 20.0  # of an intensity, as in the reference


@dataclass(frozen=True)
class Updated:
    """A posterior tree at a later origin, and how many of its draws are effective."""

    tree: xr.DataTree
    effective: float
    weeks: int


@dataclass(frozen=True)
class _Particles:
    """What the particles of every draw came to, (draw, series, particle), and their log weights."""

    log_weight: Array
    active: Array
    level: Array
    log_intensity: Array
    was_active: Array  # (week, draw, series, particle), and so on
    intensity: Array


def assimilate(tree: xr.DataTree, counts: WeeklyCounts, schedule: xr.DataArray, *, seed: int) -> Updated:
    """Return the posterior tree moved on to the last week of `counts`, which begin as those of the tree do.

    `schedule` are the covariates before carry-over, (covariate, schedule_week), from the first week to beyond the new
    origin. Without a new week the tree comes back as it is. Raises `InputError` if the past is not that of the tree, if
    there are several imputations, or if too few draws stay effective.
    """
    new = _new_weeks(tree, counts, schedule)
    told, counts = counts, within_scale(counts)
    if new == 0:
        return Updated(tree, float(tree["posterior"].sizes["chain"] * tree["posterior"].sizes["draw"]), 0)
    rng = np.random.default_rng(seed)
    scheduled = tree.copy()
    constant = scheduled["constant_data"].to_dataset().drop_vars(["schedule", "schedule_week"], errors="ignore")
    scheduled["constant_data"] = xr.DataTree(constant.assign(schedule=schedule))
    state = origin_state(scheduled, horizon=new, run_id="")
    ahead = settled(counts.array.to_numpy()[0], log_completeness_of(counts.array))[:, -new:]
    share = log_completeness_of(counts.array)[:, -new:]
    particles = _followed(state, ahead, share, rng)
    by_draw = logsumexp(particles.log_weight, axis=-1).sum(axis=-1)
    weight = np.exp(by_draw - logsumexp(by_draw))
    effective = float(1.0 / (weight**2).sum())
    if not effective >= USABLE_ESS:
        found = f"{effective:.0f} of {weight.size} draws"
        remedy = "The new weeks surprised the fit: fit again, without --update."
        raise InputError(Problem("--update", f"at least {USABLE_ESS:.0f} effective draws", found, remedy))
    chosen = _drawn_anew(weight, rng)
    return Updated(_moved(scheduled, told, particles, chosen, rng), effective, new)


def goes_on(tree: xr.DataTree, counts: WeeklyCounts) -> bool:
    """Return whether counts begin with those of a tree: one imputation, the same series, the same past."""
    before = tree["observed_data"].to_dataset()["count"]
    values, told = before.to_numpy(), within_scale(counts).array.to_numpy()
    return (
        len(values) == len(told) == 1
        and tuple(before["series"].to_numpy()) == counts.series
        and before["week"].to_numpy().astype("datetime64[D]")[0] == counts.weeks[0]
        and before.sizes["week"] <= counts.weeks.size
        and np.array_equal(values, told[..., : before.sizes["week"]], equal_nan=True)
    )


def _new_weeks(tree: xr.DataTree, counts: WeeklyCounts, schedule: xr.DataArray) -> int:
    """Return how many weeks are new. Raises `InputError` if the others are not those of the tree, or they are many."""
    weeks = tree["observed_data"].to_dataset().sizes["week"]
    remedy = "Fit again, without --update."
    old = tree["constant_data"].to_dataset()["schedule"].to_numpy()[:, :weeks]
    if not goes_on(tree, counts) or not np.array_equal(old, schedule.to_numpy()[:, :weeks]):
        raise InputError(Problem("--update", "the weeks and events of the run, and later ones", "others", remedy))
    if (new := counts.weeks.size - weeks) > MOST_NEW_WEEKS:
        raise InputError(Problem("--update", f"at most {MOST_NEW_WEEKS} new weeks", str(new), remedy))
    return new


def _followed(state: OriginState, count: Array, log_share: Array, rng: np.random.Generator) -> _Particles:
    """Return the particles after the new weeks, from counts and shares (series, week)."""
    pairs = state.draws * len(state.series)
    shape = (state.draws, len(state.series), max(FEWEST, min(PARTICLES, MOST_CELLS // pairs)))

    def told(name: str) -> Array:
        values: Array = getattr(state, name)[..., None]
        return values if values.ndim == len(shape) else values[..., None]

    active = rng.random(shape) < told("p_active")
    level = told("level") + told("level_residual_sd") * rng.normal(size=shape)
    before, sigma, size = told("log_intensity"), told("sigma"), told("concentration")
    silence, last = state.silent_weeks[0], state.last_count[0]
    log_weight = np.zeros(shape)
    were, intensities = [], []
    for week in range(count.shape[1]):
        now = {name: np.einsum("dk,dk->d", getattr(state, name), state.future_covariate[..., week])[:, None, None]
               for name in ("effect", "halt_effect", "resumption_effect")}  # fmt: skip
        halt = expit(told("halt_intercept") - told("halt_level") * before + now["halt_effect"])
        aged = told("resumption_aging") * np.log1p(silence)[:, None]
        resume = expit(told("resumption_intercept") - aged + now["resumption_effect"])
        active = rng.random(shape) < np.where(active, 1.0 - halt, resume)
        drift = sigma**2 / 2.0 if state.drift_correction else 0.0
        level = level + np.where(active, sigma * rng.normal(size=shape) - drift, 0.0)
        excited = told("self_excitation") * np.log1p(last)[:, None]
        before = np.minimum(told("intercept") + now["effect"] + level + excited, LARGEST_LOG)
        mean = np.where(active, np.exp(before), told("leak")) * np.exp(log_share[:, week])[:, None]
        log_weight += _log_chance(count[:, week, None], mean, np.where(active, size, np.inf))
        were.append(active)
        intensities.append(np.exp(before))
        silence = np.where(count[:, week] > 0, 0.0, silence + (count[:, week] == 0))
        last = np.where(np.isnan(count[:, week]), last, count[:, week])
    return _Particles(log_weight, active.astype(float), level, before, np.array(were), np.array(intensities))


def _log_chance(count: Array, mean: Array, size: Array) -> Array:
    """Return the log probability of a week's counts (series, 1) for each particle, 0 where one is missing.

    Negative binomial, or Poisson where the size is infinite.
    """
    seen = np.nan_to_num(count)
    finite = np.where(np.isfinite(size), size, 1.0)
    busy = nbinom.logpmf(seen, finite, finite / (finite + mean))
    return np.where(np.isnan(count), 0.0, np.where(np.isfinite(size), busy, poisson.logpmf(seen, mean)))


def _drawn_anew(weight: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the draws by systematic resampling, in random order, so that no chain gathers the likeliest."""
    steps = (rng.random() + np.arange(weight.size)) / weight.size
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), steps), weight.size - 1)
    return rng.permutation(chosen)


def _moved(
    tree: xr.DataTree, counts: WeeklyCounts, particles: _Particles, chosen: NDArray[np.int64], rng: np.random.Generator
) -> xr.DataTree:
    """Return the tree with the chosen draws at the new origin."""
    posterior = tree["posterior"].to_dataset()
    shape = posterior.sizes["chain"], posterior.sizes["draw"]
    one = _one_particle(particles.log_weight[chosen], rng)
    at_origin = {name: _picked(getattr(particles, name)[chosen], one) for name in ("level", "log_intensity", "active")}
    moved = posterior.copy()
    for name, values in posterior.data_vars.items():
        flat = values.to_numpy().reshape(-1, *values.shape[2:])
        moved[name] = values.copy(data=flat[chosen].reshape(values.shape))
    there = dict(
        zip(AT_ORIGIN, (at_origin["level"], None, at_origin["log_intensity"], at_origin["active"]), strict=True)
    )
    for name, drawn in there.items():
        data = np.zeros((*shape, len(counts.series))) if drawn is None else drawn.reshape(*shape, -1)
        moved[name] = posterior[name].copy(data=data)
    weights = np.stack([_picked(week[chosen], one) for week in particles.was_active])
    intensity = np.stack([_picked(week[chosen], one) for week in particles.intensity])
    groups = {name: tree[name].to_dataset() for name in tree.children}
    groups |= {"posterior": moved, "observed_data": observed(counts)}
    groups["weekly"] = _weekly(groups["weekly"], counts, weights, intensity)
    groups["constant_data"] = _constant(groups["constant_data"], within_scale(counts))
    return xr.DataTree.from_dict(groups)


def _one_particle(log_weight: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return one particle of each draw and series by its weight, (draw, series)."""
    noise = rng.gumbel(size=log_weight.shape)
    return np.argmax(log_weight + noise, axis=-1)


def _picked(values: Array, one: NDArray[np.int64]) -> Array:
    return np.take_along_axis(values, one[..., None], axis=-1)[..., 0].astype(float)


def _weekly(weekly: xr.Dataset, counts: WeeklyCounts, active: Array, intensity: Array) -> xr.Dataset:
    """Return the summary of past weeks with the new ones, from draws (week, draw, series)."""
    new = len(active)
    values = {"p_active": active.mean(axis=1).T}
    values |= {f"intensity_q{at:02}": np.quantile(intensity, at / 100, axis=1).T for at in (5, 50, 95)}
    seen = counts.array.to_numpy()[0][:, -new:]
    values |= {f"count_q{at:02}": seen for at in (5, 50, 95)}
    weeks = counts.array["week"].to_numpy()
    later = xr.Dataset(
        {name: (("series", "week"), value) for name, value in values.items()},
        coords={"series": weekly["series"], "week": weeks[-new:]},
    )
    return xr.concat([weekly.assign_coords(week=weeks[:-new]), later], dim="week", join="override", data_vars="minimal")


def _constant(constant: xr.Dataset, counts: WeeklyCounts) -> xr.Dataset:
    """Return what the forward simulation needs of the data, at the new origin; the level's modes stay as they were."""
    sure = settled(counts.array.to_numpy(), log_completeness_of(counts.array))
    new = counts.weeks.size - constant.sizes["week"]
    last = np.stack([last_known_count(panel) for panel in sure])
    basis = np.pad(constant["basis"].to_numpy(), ((0, 0), (0, 0), (0, new), (0, 0)), mode="edge")
    kept = constant.drop_vars(["basis", "week", "silent_weeks", "last_count"])
    return kept.assign(
        basis=(("imputation", "series", "week", "mode"), basis),
        silent_weeks=(("imputation", "series"), silent_weeks(sure)[..., -1]),
        last_count=(("imputation", "series"), last),
    ).assign_coords(week=counts.array["week"])
