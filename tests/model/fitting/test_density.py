"""The compiled density is PyMC's own, for the data at hand and for other data, and is read back from the disk."""

import ctypes
from collections.abc import Sequence

import numpy as np
import pymc as pm
import pytest
import xarray as xr

from lull.data.counts import WeeklyCounts
from lull.model.fitting.build import build
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.density import Density, compile_density
from lull.model.fitting.panel import Panel, make_panel
from lull.model.spec import ModelSpec, Priors

pytestmark = pytest.mark.integration
FIRST, WEEKS, SERIES = np.datetime64("2024-01-01"), 20, ("a", "b")
SPEC = ModelSpec(self_excitation=True)


@pytest.fixture(scope="module")
def model() -> pm.Model:
    """Return the model of a panel with every ingredient."""
    return build(panel(1), spec=SPEC, priors=Priors())


@pytest.fixture(scope="module")
def density(model: pm.Model) -> Density:
    """Return its density, compiled here or read back."""
    return compile_density(model)


def panel(seed: int) -> Panel:
    """Return a panel of two series with zero and missing weeks, a carried and a lasting covariate."""
    rng = np.random.default_rng(seed)
    values = rng.poisson(3.0, (len(SERIES), WEEKS)).astype(float)
    values[0, 8:12], values[1, 3] = 0.0, np.nan
    counts = WeeklyCounts.from_arrays(values, series=SERIES, first_week=FIRST)
    pushes = xr.DataArray(
        rng.uniform(0, 1, (2, WEEKS)),
        dims=("covariate", "week"),
        coords={"covariate": ["pressure", "ceasefire"], "week": counts.weeks},
    )
    covariates = Covariates(pushes, carried=(True, False))
    return make_panel(counts.array.isel(imputation=0), covariates, spec=SPEC, priors=Priors())


def data(of: Panel) -> dict[str, np.ndarray]:
    """Return the data of a panel by the names that the model gives them."""
    return {f"{name}_data": value for name, value in of.data.items()}


def call(density: Density, point: np.ndarray) -> tuple[int, float, np.ndarray]:
    """Return the code, the log density and the gradient that the sampler is given."""
    value, gradient = np.zeros(1), np.full(point.size, np.nan)
    arrays = (np.ascontiguousarray(point), gradient, value, density.values)
    pointers = [array.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for array in arrays]
    return density.function.ctypes(point.size, *pointers), float(value[0]), gradient


def by_pymc(model: pm.Model, density: Density, points: Sequence[np.ndarray]) -> list[tuple[float, np.ndarray]]:
    """Return log density and gradient of flat points by PyMC's own functions."""
    value, gradient = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    ends = np.cumsum([int(np.prod(shape)) for shape in density.free.values()])
    named = [
        {
            name: part.reshape(shape)
            for (name, shape), part in zip(density.free.items(), np.split(point, ends[:-1]), strict=True)
        }
        for point in points
    ]
    return [(float(value(point)), gradient(point)) for point in named]


def test_the_density_and_its_gradient_are_those_of_pymc(model: pm.Model, density: Density) -> None:
    points = np.random.default_rng(3).normal(0.0, 0.7, (4, density.start.size))
    for seed in (1, 2):
        values = data(panel(seed))
        with model:
            pm.set_data(values)
        for point, (value, gradient) in zip(points, by_pymc(model, density, points), strict=True):
            code, found, slope = call(density.with_data(values), point)
            assert code == 0
            assert found == pytest.approx(value, rel=1e-10)
            np.testing.assert_allclose(slope, gradient, rtol=1e-8, atol=1e-9)


def test_a_point_without_a_density_ends_the_trajectory(density: Density) -> None:
    code, *_ = call(density, np.full(density.start.size, np.nan))
    assert code > 0


def test_a_density_is_read_back_from_the_disk(model: pm.Model, density: Density) -> None:
    assert density.function.cache_hits in {0, 1}
    assert compile_density(model).function.cache_hits == 1


def test_data_of_another_shape_is_refused(density: Density) -> None:
    with pytest.raises(ValueError, match=r"count_data \(1, 20\) instead of \(2, \d+\)"):
        density.with_data(data(panel(1)) | {"count_data": np.zeros((1, 20))})


def test_chains_start_apart_and_where_the_seed_says(density: Density) -> None:
    start = density.for_nutpie().initial_point_func
    np.testing.assert_array_equal(start(1), start(1))
    assert np.abs(start(1) - start(2)).min() > 0
