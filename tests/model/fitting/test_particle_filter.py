"""Weeks learned from without a fit: exact where the level stands still, nothing without a week, refused in time."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.special import expit
from scipy.stats import nbinom, poisson

from lull.data.calendar import WEEK, weeks_ahead, weeks_between
from lull.data.counts import WeeklyCounts
from lull.data.evidence import Evidence, read_evidence
from lull.data.schema import InputError
from lull.model.fitting.fit import FitPlan, fit, usual_config
from lull.model.fitting.out_of_scale import set_apart
from lull.model.fitting.particle_filter import assimilate, goes_on
from lull.model.fitting.update import update
from lull.model.forward.origin import origin_state
from lull.model.parameters import AT_ORIGIN, EFFECTS, JUDGED, forward_names
from lull.model.runs.store import Run, Store, content_id
from tests.conftest import FIRST_WEEK, ORIGIN, SERIES, posterior_tree

HALTING = ("halt_intercept", "resumption_intercept")


def still_tree(**values: float) -> xr.DataTree:
    """Return a tree of one imputation whose draws are all alike and whose level stands still."""
    tree = posterior_tree(np.random.default_rng(1))
    one = {name: tree[name].to_dataset() for name in tree.children if name != "hurdle"}  # of other draws
    first = one["posterior"].isel(chain=[0] * 4, draw=[0] * 500).assign_coords(chain=range(4), draw=range(500))
    same = first.assign_coords(imputation=("chain", [0] * 4))
    for name in (*EFFECTS, "sigma", *AT_ORIGIN[:3]):
        same[name] = xr.zeros_like(same[name])
    same["return_half_life"] = xr.full_like(same["return_half_life"], 1e9)  # nor does a pause move it
    for name, value in values.items():
        same[name] = xr.full_like(same[name], value)
    for name in ("observed_data", "constant_data"):
        one[name] = one[name].isel(imputation=[0])
    return xr.DataTree.from_dict(one | {"posterior": same})


def later(tree: xr.DataTree, *weeks: tuple[float, float]) -> tuple[WeeklyCounts, xr.DataArray]:
    """Return the counts of a tree with some more weeks, and its schedule."""
    count = tree["observed_data"]["count"].to_numpy()
    new = np.array(weeks, dtype=float).reshape(-1, len(SERIES)).T[None]
    counts = WeeklyCounts.from_arrays(np.concatenate([count, new], axis=-1), series=SERIES, first_week=FIRST_WEEK)
    return counts, tree["constant_data"].to_dataset()["schedule"]


def test_without_a_new_week_nothing_changes() -> None:
    tree = still_tree()
    updated = assimilate(tree, *later(tree), seed=1)
    assert updated.tree is tree
    assert updated.effective == 2000


def test_where_the_level_stands_still_the_regime_is_the_filtered_one() -> None:
    tree = still_tree(intercept=0.3, concentration=2.0, leak=0.05, self_excitation=0.0, p_active=0.4, log_intensity=0.3)
    new = [(0.0, 0.0), (0.0, np.nan), (0.0, 0.0)]
    updated = assimilate(tree, *later(tree, *new), seed=1)
    state = origin_state(tree, horizon=1, run_id="")
    expected = np.array([0.4, 0.4])
    silence = state.silent_weeks[0].copy()
    for count in np.array(new):
        halt = expit(state.halt_intercept[0] - 0.3 * state.halt_level[0])
        resume = expit(state.resumption_intercept[0] - state.resumption_aging[0] * np.log1p(silence))
        expected = expected * (1 - halt) + (1 - expected) * resume
        known = np.isfinite(count)
        busy = np.where(known, nbinom.pmf(0, 2.0, 2.0 / (2.0 + np.exp(0.3))), 1.0)
        quiet = np.where(known, poisson.pmf(0, 0.05), 1.0)
        expected = expected * busy / (expected * busy + (1 - expected) * quiet)
        silence += known
    there = origin_state(updated.tree, horizon=4, run_id="")
    np.testing.assert_allclose(there.p_active.mean(axis=0), expected, atol=4 * 0.5 / np.sqrt(2000))
    assert there.origin == ORIGIN + 3 * WEEK
    np.testing.assert_array_equal(there.silent_weeks[0], silence)


def test_draws_weigh_by_how_well_they_foresaw_the_weeks() -> None:
    tree = still_tree(halt_intercept=-60.0, p_active=1.0, self_excitation=0.0, concentration=5.0)
    posterior = tree["posterior"].to_dataset()
    high = np.arange(posterior.sizes["draw"]) < posterior.sizes["draw"] / 2
    posterior["intercept"] = xr.where(xr.DataArray(high, dims="draw"), 1.2, 1.0).broadcast_like(posterior["intercept"])
    tree["posterior"] = xr.DataTree(posterior.transpose("chain", "draw", ...))
    counts = np.array([(2.0, 6.0), (4.0, 3.0)])
    updated = assimilate(tree, *later(tree, *map(tuple, counts)), seed=2)
    log = [nbinom.logpmf(counts, 5.0, 5.0 / (5.0 + np.exp(intercept))).sum() for intercept in (1.2, 1.0)]
    share = (updated.tree["posterior"]["intercept"].to_numpy()[..., 0] > 1.1).mean()
    assert share == pytest.approx(expit(log[0] - log[1]), abs=2 / 2000)  # systematic resampling adds no more noise
    weight = np.repeat(np.exp(log - np.max(log)), 1000)
    assert updated.effective == pytest.approx(weight.sum() ** 2 / (weight**2).sum())


def test_the_level_follows_counts_that_rise() -> None:
    tree = still_tree(halt_intercept=-60.0, p_active=1.0, intercept=1.0, concentration=50.0, self_excitation=0.0)
    posterior = tree["posterior"].to_dataset()
    tree["posterior"] = xr.DataTree(posterior.assign(sigma=xr.full_like(posterior["sigma"], 0.3)))
    updated = assimilate(tree, *later(tree, (9.0, 3.0), (9.0, 3.0)), seed=3)
    level = updated.tree["posterior"]["level"].to_numpy().mean(axis=(0, 1))
    assert level[0] > 0.3
    assert abs(level[1]) < 0.2


@pytest.mark.parametrize(
    ("weeks", "message"), [([(90.0, 0.0)], "effective draws"), ([(1.0, 1.0)] * 27, "at most 26 new weeks")]
)
def test_weeks_that_contradict_or_are_too_many_are_refused(weeks: list[tuple[float, float]], message: str) -> None:
    tree = still_tree(p_active=1.0)
    posterior = tree["posterior"].to_dataset()
    spread = np.random.default_rng(1).normal(0, 0.3, posterior["intercept"].shape)
    tree["posterior"] = xr.DataTree(posterior.assign(intercept=posterior["intercept"] + spread))
    with pytest.raises(InputError, match=message):
        assimilate(tree, *later(tree, *weeks), seed=1)


def test_a_new_week_out_of_scale_is_set_apart() -> None:
    tree = still_tree(p_active=1.0)
    updated = assimilate(tree, *later(tree, (4000.0, 0.0)), seed=1)
    (week,) = set_apart(updated.tree)
    assert (week.series, str(week.week), week.recorded) == (SERIES[0], str(ORIGIN + WEEK), 4000)
    assert goes_on(updated.tree, later(tree, (4000.0, 0.0))[0])


def test_another_past_is_refused() -> None:
    tree = still_tree()
    counts, schedule = later(tree, (1.0, 1.0))
    other = counts.array.copy()
    other[0, 0, 5] += 1
    with pytest.raises(InputError, match="the weeks and events of the run"):
        assimilate(tree, WeeklyCounts(other), schedule, seed=1)
    with pytest.raises(InputError, match="the weeks and events of the run"):
        assimilate(tree, counts, schedule + 1, seed=1)


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., FitPlan]:
    """A function that writes the counts of a tree with some more weeks, and returns the plan of a fit of them."""

    def written(tree: xr.DataTree, *weeks: tuple[float, float]) -> FitPlan:
        counts, _ = later(tree, *weeks)
        path = tmp_path / f"{len(weeks)}.csv"
        rows = [
            f"{name},{week},{'' if np.isnan(count) else int(count)}"
            for name, values in zip(SERIES, counts.array.to_numpy()[0], strict=True)
            for week, count in zip(counts.weeks, values, strict=True)
        ]
        path.write_text("\n".join(["series,week_start,count", *rows]) + "\n", "utf-8")
        evidence = Evidence(counts=path)
        return FitPlan(evidence, config=usual_config(evidence))

    return written


@pytest.fixture
def fitted_run(write_run: Callable[..., Run], plan: Callable[..., FitPlan]) -> tuple[Run, xr.DataTree]:
    """A stored run of counts without events."""
    tree = still_tree(p_active=0.9)
    constant = tree["constant_data"].to_dataset()
    weeks = np.concatenate([weeks_between(FIRST_WEEK, ORIGIN), weeks_ahead(ORIGIN, 520)]).astype("datetime64[ns]")
    tree["constant_data"] = xr.DataTree(constant.assign(schedule=xr.zeros_like(constant["schedule"])))
    assert constant.sizes["schedule_week"] == weeks.size
    run = write_run(record={"plan": plan(tree).identity(), "evidence": {}})
    scratch = run.folder.with_name("posterior.nc")
    scratch.write_bytes(bytes(tree.to_netcdf(engine="h5netcdf")))
    run.attach("posterior.nc", scratch)
    scratch.unlink()
    return run, tree


def quiet(_step: str, _done: int, _total: int) -> None:
    """Report no progress."""


def updated(plan: FitPlan, store: Store) -> Run:
    """Return the run of a plan by updating an earlier one."""
    return update(plan, read_evidence(plan.evidence), store, progress=quiet)


@pytest.mark.integration
def test_an_update_is_a_run_of_its_own_that_names_its_fit(
    fitted_run: tuple[Run, xr.DataTree], plan: Callable[..., FitPlan], store: Store
) -> None:
    run, tree = fitted_run
    longer = plan(tree, (0.0, 3.0), (1.0, 5.0))
    made = updated(longer, store)
    assert made.record["updated_from"] == run.run_id
    assert made.record["effective_draws"] >= 100
    assert made.record["origin"] == str(ORIGIN + 2 * WEEK)
    assert "2 new weeks" in made.diagnostics()["reasons"][0]
    assert updated(longer, store).run_id == made.run_id
    assert origin_state(made.posterior(), horizon=26, run_id="").draws == 2000
    later_still = plan(tree, (0.0, 3.0), (1.0, 5.0), (2.0, 4.0))
    assert updated(later_still, store).record["updated_from"] == run.run_id  # never from an update


def test_without_a_fit_to_go_on_from_an_update_is_refused(
    fitted_run: tuple[Run, xr.DataTree], plan: Callable[..., FitPlan], store: Store
) -> None:
    _, tree = fitted_run
    other = plan(tree, (0.0, 3.0))
    with pytest.raises(InputError, match="Fit first"):
        updated(replace(other, spec=replace(other.spec, level=False)), store)


@pytest.mark.slow
def test_an_update_says_what_a_full_fit_says(tmp_path: Path, store: Store) -> None:
    """Means of the state at the origin agree within 4 standard errors of 400 effective draws each."""
    rng = np.random.default_rng(8)
    busy = rng.poisson(rng.gamma(3, np.exp(1.5 + np.cumsum(rng.normal(0, 0.12, 90))) / 3))
    paused = np.where((np.arange(90) > 60) & (np.arange(90) < 78), 0, rng.poisson(3, 90))
    weeks = FIRST_WEEK + WEEK * np.arange(90)
    states = []
    for many, move in ((87, None), (90, update), (90, fit)):
        rows = [
            f"{name},{week},{count}"
            for name, values in {"busy": busy, "paused": paused}.items()
            for week, count in zip(weeks[:many], values[:many], strict=True)
        ]
        path = tmp_path / f"{many}.csv"
        path.write_text("\n".join(["series,week_start,count", *rows]) + "\n", "utf-8")
        plan = FitPlan(Evidence(counts=path), config=usual_config(Evidence(counts=path)))
        run_id = content_id(plan.identity())
        known = read_evidence(plan.evidence)
        run = updated(plan, store) if move is update else fit(plan, known, store, run_id=run_id, progress=quiet)
        states.append(origin_state(run.posterior(), horizon=1, run_id=""))
    _, moved, refitted = states
    for name in sorted(set(JUDGED) & set(forward_names("series"))):
        ours, theirs = getattr(moved, name), getattr(refitted, name)
        error = np.sqrt((ours.var(axis=0) + theirs.var(axis=0)) / 400)
        np.testing.assert_array_less(np.abs(ours.mean(axis=0) - theirs.mean(axis=0)), 4 * error + 1e-3, err_msg=name)
