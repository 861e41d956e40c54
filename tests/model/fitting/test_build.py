"""Laws of the log posterior density: what it must not depend on, and that each choice of the spec does something.

Nothing is sampled. A density is compiled once for a kind of panel and evaluated on panels of other counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lull.data.calendar import WEEK
from lull.model.fitting.build import build
from lull.model.fitting.covariates import Covariates, carry_over
from lull.model.fitting.level import mode_scale
from lull.model.fitting.panel import Panel, make_panel
from lull.model.spec import ModelSpec, Normal, Priors

type Array = np.ndarray
type Point = dict[str, Array]

pytestmark = pytest.mark.integration  # some twenty densities
WEEKS = 26
FIRST = np.datetime64("2024-01-01")
POOLED, SEPARATE = ModelSpec(self_excitation=True), ModelSpec(self_excitation=True, pooling="separate")
SHARED_BY_SERIES = ("push", "log_half_life", "log_leak", "self_excitation")
SERIES_AXIS = {"intercept": 0, "initial_logit": 0, "level_mode": 0, "series_offset": 1}
UNHURRIED = settings(deadline=None, max_examples=10)  # the first example compiles
SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Density:
    """The log density of a model, for the counts of any panel of its kind."""

    model: pm.Model

    @cached_property
    def function(self) -> Callable[[Point], Any]:
        """The whole log density."""
        compiled: Callable[[Point], Any] = self.model.compile_logp(mode="FAST_COMPILE")
        return compiled

    @cached_property
    def gradient(self) -> Callable[[Point], Any]:
        """The derivatives by every free variable, laid end to end."""
        compiled: Callable[[Point], Any] = self.model.compile_dlogp(mode="FAST_COMPILE")
        return compiled

    def __call__(self, panel: Panel, point: Point) -> float:
        """Return the log density of a point for the data of a panel."""
        with self.model:
            pm.set_data({f"{name}_data": value for name, value in panel.data.items()})
        return float(self.function(point))


@cache
def density(series: int, spec: ModelSpec) -> Density:
    """Return the density for panels of this many series."""
    return Density(build(random_panel(series, seed=0), spec=spec, priors=Priors()))


def random_counts(series: int, *, seed: int) -> Array:
    """Return counts (series, week) with a silence that freezes the level and some missing weeks."""
    rng = np.random.default_rng(seed)
    count = rng.negative_binomial(2, 0.3, (series, WEEKS)).astype(float)
    count[rng.integers(series), 5:16] = 0.0
    count[rng.random(count.shape) < 0.1] = np.nan
    return count


def covariates() -> Covariates:
    """Return impulses, a state, and a column of the user's own."""
    weeks = FIRST + WEEK * np.arange(WEEKS + 40)
    values = np.zeros((3, weeks.size))
    values[0, [3, 17]] = 0.8
    values[1, 12:20] = 1.0
    values[2] = np.sin(np.arange(weeks.size))
    coords = {"covariate": ["deterrence", "ceasefire", "fuel_price"], "week": weeks.astype("datetime64[ns]")}
    return Covariates(xr.DataArray(values, coords=coords, dims=("covariate", "week")), (True, False, False))


def panel_of(count: Array, *, names: Sequence[str] | None = None) -> Panel:
    """Return the panel of counts (series, week)."""
    weeks = (FIRST + WEEK * np.arange(count.shape[1])).astype("datetime64[ns]")
    coords = {"series": list(names or (f"s{row}" for row in range(count.shape[0]))), "week": weeks}
    array = xr.DataArray(count, coords=coords, dims=("series", "week"))
    return make_panel(array, covariates(), spec=POOLED, priors=Priors())


def random_panel(series: int, *, seed: int) -> Panel:
    """Return the panel of random counts."""
    return panel_of(random_counts(series, seed=seed))


def random_point(model: pm.Model, *, seed: int) -> Point:
    """Return values of the free variables."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(scale=0.7, size=np.shape(value)) for name, value in model.initial_point().items()}


def of_series(point: Point, series: list[int]) -> Point:
    """Return the point of some of the series, in that order."""
    return {
        name: value.take(series, axis=SERIES_AXIS[name]) if name in SERIES_AXIS else value
        for name, value in point.items()
    }


def close(found: float, expected: float) -> bool:
    """Return whether two log densities agree up to rounding."""
    return found == pytest.approx(expected, rel=1e-10)


@UNHURRIED
@given(SEEDS)
def test_the_names_of_the_series_do_not_matter(seed: int) -> None:
    count = random_counts(3, seed=seed)
    renamed = panel_of(count, names=["z", "a", "a faction, renamed"])
    point = random_point(density(3, POOLED).model, seed=seed)
    assert close(renamed_density()(renamed, point), density(3, POOLED)(panel_of(count), point))


@cache
def renamed_density() -> Density:
    """Return the density of a model built with other names."""
    names = ["z", "a", "a faction, renamed"]
    return Density(build(panel_of(random_counts(3, seed=1), names=names), spec=POOLED, priors=Priors()))


@UNHURRIED
@given(SEEDS, st.permutations(range(3)))
def test_the_order_of_the_series_does_not_matter(seed: int, order: list[int]) -> None:
    count, whole = random_counts(3, seed=seed), density(3, POOLED)
    point = random_point(whole.model, seed=seed)
    assert close(whole(panel_of(count[order]), of_series(point, order)), whole(panel_of(count), point))


@UNHURRIED
@given(SEEDS)
def test_unrelated_series_add_their_own_terms_and_nothing_else(seed: int) -> None:
    count = random_counts(4, seed=seed)
    whole, two = density(4, SEPARATE), density(2, SEPARATE)
    point = random_point(whole.model, seed=seed)
    apart = two(panel_of(count[:2]), of_series(point, [0, 1])) + two(panel_of(count[2:]), of_series(point, [2, 3]))
    twice = sum(shared_prior(name, point) for name in SHARED_BY_SERIES)  # of what all series share
    assert close(whole(panel_of(count), point), apart - twice)


def shared_prior(name: str, point: Point) -> float:
    """Return the log prior of what all series share, written out once more."""
    priors = Priors()
    if name == "push":
        tables = (priors.intensity_effect, priors.halt_effect, priors.resumption_effect)
        beliefs = [[table.get(covariate, priors.other_effect) for covariate in covariates().names] for table in tables]
    else:
        beliefs = [[getattr(priors, name)]]
    mean, sd = (np.array([[getattr(one, part) for one in row] for row in beliefs]) for part in ("mean", "sd"))
    return float(stats.norm.logpdf(point[name], mean, sd).sum())


@UNHURRIED
@given(SEEDS)
def test_how_intercept_and_modes_are_sampled_changes_no_distribution(seed: int) -> None:
    panel, whole = random_panel(2, seed=seed), density(2, SEPARATE)
    plain = random_point(whole.model, seed=seed)
    log_sigma = Priors().log_sigma.mean + Priors().log_sigma.sd * plain["series_offset"][1]
    scale, mode = mode_scale(log_sigma, panel.information), plain["level_mode"]
    half_life = np.full(len(panel.covariates), np.nan)
    half_life[list(panel.carried)] = np.exp(plain["log_half_life"])
    apart = np.einsum("k,skw->sw", plain["push"][0], carry_over(panel.impulses, half_life)) - panel.expected_push
    own = panel.week_information[..., None] * (panel.basis - panel.mode_centre[:, None])
    shared = np.exp(log_sigma)[:, None] * np.einsum("swm,sw->sm", own, np.broadcast_to(apart, panel.count.shape))
    moved = (panel.intercept_weight * apart).sum(axis=1) + np.exp(log_sigma) * (panel.mode_centre * mode).sum(axis=1)
    point = plain | {"level_mode": mode * scale + shared / scale, "intercept": plain["intercept"] + moved}
    assert panel.information.max() > panel.information.min() >= 0.0
    assert np.abs(moved).min() > 0.0
    assert close(whole(panel, point), whole(panel.uninformed(), plain) - np.log(scale).sum())


@UNHURRIED
@given(SEEDS)
def test_missing_weeks_at_the_end_add_nothing_whatever_else_is_in_them(seed: int) -> None:
    bare, rng = panel_of(random_counts(2, seed=seed)), np.random.default_rng(seed)

    def longer(values: Array, *, axis: int, missing: float | None = None) -> Array:
        shape = [7 if at == axis else size for at, size in enumerate(values.shape)]
        return np.concatenate([values, rng.uniform(size=shape) if missing is None else np.full(shape, missing)], axis)

    whole = replace(
        bare,
        count=longer(bare.count, axis=1, missing=np.nan),
        log_completeness=longer(bare.log_completeness, axis=1, missing=0.0),
        silence=longer(bare.silence, axis=1),
        impulses=longer(bare.impulses, axis=2),
        basis=longer(bare.basis, axis=1),
        week_information=longer(bare.week_information, axis=1, missing=0.0),
        expected_push=longer(bare.expected_push, axis=1),
    )
    priors = Priors()
    short, long = (build(each, spec=POOLED, priors=priors) for each in (bare, whole))
    point = random_point(short, seed=seed)
    found = [float(model.compile_logp(mode="FAST_COMPILE")(point)) for model in (short, long)]
    assert close(*found)


SWITCHES = {
    "regimes": replace(POOLED, regimes=False),
    "duration_dependence": replace(POOLED, duration_dependence=False),
    "level": replace(POOLED, level=False),
    "level_dependent_halting": replace(POOLED, level_dependent_halting=False),
    "self_excitation": replace(POOLED, self_excitation=False),
    "pooling": SEPARATE,
}
GONE = {"level": {"level_mode"}, "self_excitation": {"self_excitation"}, "pooling": {"population_offset", "log_spread"}}
SILENT = {  # rows of `series_offset` that a switch cuts off from the counts
    "regimes": [2, 3, 4, 5],
    "duration_dependence": [5],
    "level": [1],
    "level_dependent_halting": [3],
    "self_excitation": [],
    "pooling": [],
}


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_switch_takes_away_what_it_names_and_nothing_else(switch: str) -> None:
    full, less = density(2, POOLED), density(2, SWITCHES[switch])
    panel = random_panel(2, seed=4)
    whole = random_point(full.model, seed=4)
    assert set(whole) - set(less.model.initial_point()) == GONE.get(switch, set())
    point = {name: value for name, value in whole.items() if name not in GONE.get(switch, set())}
    assert np.isfinite(less(panel, point))
    assert np.isfinite(less.gradient(point)).all()
    pull = series_offset_pull(less, panel, point)
    silent = [row for row in range(6) if np.abs(pull[row]).max() < 1e-9]
    assert silent == SILENT[switch]


def test_with_every_switch_on_every_free_variable_reaches_the_counts() -> None:
    full, panel = density(2, POOLED), random_panel(2, seed=4)
    point = random_point(full.model, seed=4)
    assert np.abs(series_offset_pull(full, panel, point)).min() > 1e-9


def series_offset_pull(of: Density, panel: Panel, point: Point) -> Array:
    """Return the derivative of the log likelihood alone by `series_offset`, whose prior is standard normal."""
    of(panel, point)
    start = 0
    for variable in of.model.value_vars:
        size = np.size(point[variable.name])
        if variable.name == "series_offset":
            gradient = np.asarray(of.gradient(point))[start : start + size].reshape(point[variable.name].shape)
            return gradient + point[variable.name]
        start += size
    raise AssertionError("a model has its series offsets")


def test_a_model_without_regimes_is_a_negative_binomial_of_its_intensity() -> None:
    less, panel = density(1, replace(SEPARATE, regimes=False, level=False)), random_panel(1, seed=6).uninformed()
    point = random_point(less.model, seed=6) | {"push": np.zeros((3, 3)), "self_excitation": np.array(0.0)}
    whole, alone = less(panel, point), less(no_counts(panel), point)
    concentration = np.exp(panel.log_concentration_mean[0] + 1.2 * point["series_offset"][0, 0])
    known = panel.count[~np.isnan(panel.count)]
    success = concentration / (concentration + np.exp(point["intercept"][0]))
    assert whole - alone == pytest.approx(stats.nbinom.logpmf(known, concentration, success).sum(), rel=1e-9)


def no_counts(panel: Panel) -> Panel:
    """Return the panel with every count missing."""
    return replace(panel, count=np.full_like(panel.count, np.nan))


def test_every_free_variable_has_named_dims_and_coords() -> None:
    model = density(3, POOLED).model
    dims = {
        "intercept": ("series",),
        "initial_logit": ("series",),
        "series_offset": ("parameter", "series"),
        "population_offset": ("parameter",),
        "log_spread": ("parameter",),
        "level_mode": ("series", "mode"),
        "push": ("mechanism", "covariate"),
        "log_half_life": ("carried",),
    }
    scalars = {variable.name for variable in model.free_RVs} - set(dims)
    assert {name: model.named_vars_to_dims[name] for name in dims} == dims
    assert scalars == {"log_leak", "self_excitation"}
    assert list(model.coords["series"]) == ["s0", "s1", "s2"]
    assert list(model.coords["covariate"]) == ["deterrence", "ceasefire", "fuel_price"]
    assert list(model.coords["carried"]) == ["deterrence"]
    assert list(model.coords["mechanism"]) == ["intensity", "halt", "resumption"]


def test_the_effects_of_a_column_of_the_users_own_have_their_own_prior() -> None:
    priors = Priors(other_effect=Normal(0.2, 2.0))
    model = build(random_panel(1, seed=0), spec=POOLED, priors=priors)
    mean, sd = (parameter.eval() for parameter in model["push"].owner.op.dist_params(model["push"].owner))
    np.testing.assert_array_equal(mean[:, 2], 0.2)
    np.testing.assert_array_equal(sd[:, 2], 2.0)
