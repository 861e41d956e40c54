"""New weeks learned from without a new fit: the draws of a run weighed by how well they foresaw the weeks.

Each draw is followed over the new weeks by particles: regimes and levels that the equations of
`model/forward/simulate.py` let come, weighed by the chance of the counts that came (Gordon, Salmond & Smith, 1993,
IEE Proc. F 140). The mean weight of a draw's particles is its likelihood of the new weeks, whatever the level did;
draws are resampled by it, and each takes one of its particles to the new origin.

The invariant: parameters are draws of the old fit, never new ones. Few effective draws mean that the weeks surprised
the fit; below the bound of a usable sampler the update is refused.
"""

import math
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import logit, logsumexp
from scipy.stats import nbinom, poisson

from lull.data.arrays import Array, by_series
from lull.data.counts import WeeklyCounts
from lull.data.schema import InputError, Problem
from lull.model.fitting.out_of_scale import observed, within_scale
from lull.model.fitting.panel import last_known_count, log_completeness_of, settled
from lull.model.forward.dynamics import (
    Drawn,
    Pushed,
    Silence,
    Standing,
    drawn_of,
    fill_drives,
    kernel,
    law_of,
    next_week,
    pushed_of,
)
from lull.model.forward.origin import origin_state
from lull.model.forward.state import FREE, OriginState, Push
from lull.model.inspection.diagnostics import USABLE_ESS
from lull.model.numba_kernels import share_out
from lull.model.parameters import AT_ORIGIN
from lull.model.regimes.filter import silent_weeks
from lull.model.spec import MOST_NEW_WEEKS

PARTICLES, FEWEST = 64, 8  # of each draw and series; fewer where there are many
MOST_CELLS = 8_000_000  # draws x series x particles
LARGEST_LOG = 20.0  # of an intensity, as in the plain simulator


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
    last_level: Array
    log_intensity: Array
    was_active: Array  # (week, draw, series, particle), and so on
    intensity: Array


def assimilate(tree: xr.DataTree, counts: WeeklyCounts, schedule: xr.DataArray, *, seed: int) -> Updated:
    """Return the posterior tree moved on to the last week of `counts`, which begin as those of the tree do.

    `schedule` are the covariates before carry-over, (covariate, schedule_week) or by series, from the first week to
    beyond the new origin. Without a new week the tree comes back as it is. Raises `InputError` if the past is not that
    of the tree, if there are several imputations, or if too few draws stay effective.
    """
    schedule = _of_the_run(tree, schedule)
    new = _new_weeks(tree, counts, schedule)
    recorded, counts = counts, within_scale(counts)
    if new == 0:
        return Updated(tree, float(tree["posterior"].sizes["chain"] * tree["posterior"].sizes["draw"]), 0)
    rng = np.random.default_rng(seed)
    scheduled = tree.copy()
    constant = scheduled["constant_data"].to_dataset().drop_vars(["schedule", "schedule_week"], errors="ignore")
    scheduled["constant_data"] = xr.DataTree(constant.assign(schedule=schedule))
    state = origin_state(scheduled, horizon=new, run_id="", part="regimes")
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
    chosen = _resampled(weight, rng)
    return Updated(_moved(scheduled, recorded, particles, chosen, rng), effective, new)


def goes_on(tree: xr.DataTree, counts: WeeklyCounts) -> bool:
    """Return whether counts begin with those of a tree: one imputation, the same series, the same past."""
    before = tree["observed_data"].to_dataset()["count"]
    values, given = before.to_numpy(), within_scale(counts).array.to_numpy()
    return (
        len(values) == len(given) == 1
        and tuple(before["series"].to_numpy()) == counts.series
        and before["week"].to_numpy().astype("datetime64[D]")[0] == counts.weeks[0]
        and before.sizes["week"] <= counts.weeks.size
        and np.array_equal(values, given[..., : before.sizes["week"]], equal_nan=True)
    )


def _of_the_run(tree: xr.DataTree, schedule: xr.DataArray) -> xr.DataArray:
    """Return the schedule without covariates that the run does not know, where these never act."""
    known = schedule["covariate"].isin(tree["posterior"]["covariate"])
    if known.all() or (schedule.where(~known, 0.0) != 0.0).any():
        return schedule
    return schedule.sel(covariate=tree["posterior"]["covariate"].to_numpy())


def _new_weeks(tree: xr.DataTree, counts: WeeklyCounts, schedule: xr.DataArray) -> int:
    """Return how many weeks are new. Raises `InputError` if the others are not those of the tree, or they are many."""
    weeks = tree["observed_data"].to_dataset().sizes["week"]
    remedy = "Fit again, without --update."
    tables = tree["constant_data"].to_dataset()["schedule"], schedule
    old, now = (by_series(each.to_numpy())[..., :weeks] for each in tables)
    if not goes_on(tree, counts) or old.shape[1:] != now.shape[1:] or (old != now).any():
        raise InputError(Problem("--update", "the weeks and events of the run, and later ones", "others", remedy))
    if (new := counts.weeks.size - weeks) > MOST_NEW_WEEKS:
        raise InputError(Problem("--update", f"at most {MOST_NEW_WEEKS} new weeks", str(new), remedy))
    return new


def _followed(state: OriginState, count: Array, log_share: Array, rng: np.random.Generator) -> _Particles:
    """Return the particles after the new weeks, from counts and shares (series, week)."""
    pairs = state.draws * len(state.series)
    shape = (state.draws, len(state.series), max(FEWEST, min(PARTICLES, MOST_CELLS // pairs)))
    drawn, drives = drawn_of(state), _drives(state)
    active = rng.random(shape) < state.p_active[..., None]
    residual = state.level_residual_sd[..., None] * rng.normal(size=shape)
    level, last_level = state.level[..., None] + residual, state.last_level[..., None] + residual
    log_intensity = np.broadcast_to(state.log_intensity[..., None], shape).copy()
    size, leak = state.concentration[..., None], state.leak[:, None, None]
    silence, last = state.silent_weeks[0], state.last_count[0]
    log_weight = np.zeros(shape)
    were, intensities = [], []
    for week in range(count.shape[1]):
        numbers = logit(rng.random(shape)), rng.normal(size=shape)
        arguments = (drawn, drives[..., week], silence, last, *numbers, active, level, last_level, log_intensity)
        share_out(_move, *arguments, draws=state.draws, cells=active.size)
        intensity = np.exp(np.minimum(log_intensity, LARGEST_LOG))
        mean = np.where(active, intensity, leak) * np.exp(log_share[:, week])[:, None]
        log_weight += _log_chance(count[:, week, None], mean, np.where(active, size, np.inf))
        were.append(active.copy())
        intensities.append(intensity)
        last_level = np.where((count[:, week, None] > 0) & active, level, last_level)
        silence = np.where(count[:, week] > 0, 0.0, silence + (count[:, week] == 0))
        last = np.where(np.isnan(count[:, week]), last, count[:, week])
    ends = active.astype(float), level, last_level, log_intensity
    return _Particles(log_weight, *ends, np.array(were), np.array(intensities))


def _drives(state: OriginState) -> Array:
    """Return what is known of the new weeks before they happen, (draw, series, 3, week), as `fill_drives` fills it."""
    drives = np.empty((state.draws, len(state.series), 3, state.horizon))
    push = Push.none(covariates=len(state.covariates), horizon=state.horizon)
    _fill_drives(drawn_of(state), pushed_of(push), drives)
    return drives


@kernel
def _fill_drives(drawn: Drawn, pushed: Pushed, drives: Array) -> None:
    """Fill the drives (draw, series, 3, week)."""
    for draw in range(drives.shape[0]):
        for series in range(drives.shape[1]):
            fill_drives(draw, series, drawn, pushed, drives[draw, series])


@kernel
def _move(  # noqa: PLR0917 - numba calls by position
    first: int,
    end: int,
    drawn: Drawn,
    drives: Array,
    silent_weeks: Array,
    last_count: Array,
    uniform_logit: Array,
    z: Array,
    active: NDArray[np.bool_],
    level: Array,
    last_level: Array,
    log_intensity: Array,
) -> None:
    """Move the particles (draw, series, particle) of the draws from `first` up to `end` one week on, in place.

    Halting knows the level of the week before, as in a fit: what is observed has set it.
    """
    for draw in range(first, end):
        for series in range(active.shape[1]):
            law, drive = law_of(draw, series, drawn), drives[draw, series]
            age = silent_weeks[series]
            log_age = math.log1p(age)
            for particle in range(active.shape[2]):
                cell = (draw, series, particle)
                now = next_week(
                    Standing(active[cell], level[cell], level[cell], log_intensity[cell]),
                    law,
                    (drive[0], drive[1], drive[2]),
                    Silence(age, log_age, last_level[cell], last_level[cell]),
                    last_count[series],
                    FREE,
                    uniform_logit[cell],
                    z[cell],
                )
                active[cell], level[cell], log_intensity[cell] = now.active, now.level, now.log_intensity


def _log_chance(count: Array, mean: Array, size: Array) -> Array:
    """Return the log probability of a week's counts (series, 1) for each particle, 0 where one is missing.

    Negative binomial, or Poisson where the size is infinite.
    """
    seen = np.nan_to_num(count)
    finite = np.where(np.isfinite(size), size, 1.0)
    busy = nbinom.logpmf(seen, finite, finite / (finite + mean))
    return np.where(np.isnan(count), 0.0, np.where(np.isfinite(size), busy, poisson.logpmf(seen, mean)))


def _resampled(weight: Array, rng: np.random.Generator) -> NDArray[np.int64]:
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
    moved = posterior.copy()
    for name, values in posterior.data_vars.items():
        flat = values.to_numpy().reshape(-1, *values.shape[2:])
        moved[name] = values.copy(data=flat[chosen].reshape(values.shape))
    level, last_level, log_intensity, active = (
        _picked(values[chosen], one)
        for values in (particles.level, particles.last_level, particles.log_intensity, particles.active)
    )
    there = (level, np.zeros_like(level), last_level, log_intensity, active)
    for name, drawn in zip(AT_ORIGIN, there, strict=True):
        moved[name] = posterior[name].copy(data=drawn.reshape(*shape, -1))
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
