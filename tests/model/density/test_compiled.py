"""The density is PyMC's own, value and gradient, for every shape and every choice; it is compiled once, and kept."""

import ctypes
from dataclasses import replace
from math import prod

import numpy as np
import pytest
import xarray as xr

from lull.data.counts import WeeklyCounts
from lull.model.density.compiled import Density, density_function, density_of
from lull.model.fitting.build import build
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.panel import Panel, make_panel
from lull.model.spec import ModelSpec, Normal, Priors

FIRST, WEEKS = np.datetime64("2024-01-01"), 20
WHOLE = ModelSpec(self_excitation=True)
SPECS = {
    "usual": ModelSpec(),
    "whole": WHOLE,
    "separate": replace(WHOLE, pooling="separate"),
    "no regimes": replace(WHOLE, regimes=False),
    "no duration dependence": replace(WHOLE, duration_dependence=False),
    "no level": replace(WHOLE, level=False),
    "halting apart from the level": replace(WHOLE, level_dependent_halting=False),
    "three modes": replace(WHOLE, level_modes=3),
}
PUSHED = {"none": (), "states": (False, False), "carried": (True, False, True)}


def panel(seed: int, spec: ModelSpec, *, series: int = 2, carried: tuple[bool, ...] = (True, False)) -> Panel:
    """Return a panel with zero and missing weeks, some at the end, the last known one reported in part."""
    rng = np.random.default_rng(seed)
    values = rng.poisson(3.0, (series, WEEKS)).astype(float)
    values[0, 8:12], values[-1, 3], values[:, -2:] = 0.0, np.nan, np.nan
    names = [f"series {number}" for number in range(series)]
    counts = WeeklyCounts.from_arrays(values[None], series=names, first_week=FIRST)
    counts = counts.with_completeness((0.5, 0.7, 0.95))
    pushes = xr.DataArray(
        rng.uniform(0, 1, (len(carried), WEEKS)),
        dims=("covariate", "week"),
        coords={"covariate": [f"covariate {number}" for number in range(len(carried))], "week": counts.weeks},
    )
    return make_panel(counts.array.isel(imputation=0), Covariates(pushes, carried), spec=spec, priors=Priors())


def by_series(panel: Panel) -> Panel:
    """Return the panel with a table of covariates for each series."""
    tables = [panel.impulses[0] * (1 + number) for number in range(len(panel.series))]
    expected = np.repeat(panel.expected_push, len(panel.series), axis=0)
    return replace(panel, impulses=np.stack(tables), expected_push=expected)


def call(density: Density, point: np.ndarray) -> tuple[int, float, np.ndarray]:
    """Return the code, the log density and the gradient that the sampler is given."""
    value, gradient = np.zeros(1), np.full(point.size, np.nan)
    arrays = (np.ascontiguousarray(point), gradient, value, density.layout.data)
    pointers = [array.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for array in arrays]
    return density_function().ctypes(point.size, *pointers), float(value[0]), gradient


def points_of(density: Density, seed: int) -> np.ndarray:
    """Return points around the prior mean, (point, free)."""
    return density.layout.start + np.random.default_rng(seed).normal(0.0, 0.7, (4, density.size))


def check_against_pymc(panel: Panel, spec: ModelSpec, priors: Priors) -> None:
    """Hold value and gradient to those of PyMC's model, and the names and the order of the free variables as well."""
    density, model = density_of(panel, spec=spec, priors=priors), build(panel, spec=spec, priors=priors)
    free = density.layout.free
    assert list(free) == [variable.name for variable in model.value_vars]
    assert {name: tuple(shape) for name, shape in model.eval_rv_shapes().items() if name in free} == free
    value, gradient = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    ends = np.cumsum([prod(shape) for shape in free.values()])
    for point in points_of(density, 3):
        parts = zip(free.items(), np.split(point, ends[:-1]), strict=True)
        named = {name: part.reshape(shape) for (name, shape), part in parts}
        code, found, slope = call(density, point)
        assert code == 0
        assert found == pytest.approx(float(value(named)), rel=1e-12)
        np.testing.assert_allclose(slope, gradient(named), rtol=1e-9, atol=1e-9)


@pytest.mark.integration
@pytest.mark.parametrize("series", [1, 3])
@pytest.mark.parametrize("name", SPECS)
def test_value_and_gradient_are_those_of_pymc_for_every_choice(name: str, series: int) -> None:
    spec = SPECS[name]
    check_against_pymc(panel(1, spec, series=series), spec, Priors())


@pytest.mark.integration
@pytest.mark.parametrize("name", PUSHED)
def test_value_and_gradient_are_those_of_pymc_for_all_covariates(name: str) -> None:
    check_against_pymc(panel(2, WHOLE, carried=PUSHED[name]), WHOLE, Priors())


@pytest.mark.integration
def test_value_and_gradient_are_those_of_pymc_for_covariates_of_each_series_and_own_beliefs() -> None:
    priors = Priors(intercept=Normal(0.3, 0.8), log_leak=Normal(-3.0, 0.4), other_effect=Normal(0.2, 0.7))
    check_against_pymc(by_series(panel(3, WHOLE)), WHOLE, priors)


@pytest.mark.integration
@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e3])
def test_a_point_without_a_density_ends_the_trajectory(wrong: float) -> None:
    density = density_of(panel(1, WHOLE), spec=WHOLE, priors=Priors())
    assert call(density, np.full(density.size, wrong))[0] > 0


@pytest.mark.integration
def test_one_function_serves_every_panel_and_is_read_back_from_the_disk() -> None:
    assert density_function() is density_function()
    density_function.cache_clear()
    assert density_function().cache_hits == 1


def test_chains_start_apart_and_where_the_seed_says() -> None:
    density = density_of(panel(1, WHOLE), spec=WHOLE, priors=Priors())
    start = density._initial_point
    np.testing.assert_array_equal(start(1), start(1))
    assert np.abs(start(1) - start(2)).min() > 0
    assert np.abs(start(1) - density.layout.start).max() <= 1.0
