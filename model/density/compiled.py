"""The compiled log density: compiled once on a machine, then read from the disk, for every panel and every spec.

The sampler calls a C function of two vectors, the free variables and the data (`model/density/layout.py`); all that
differs between panels is in the data.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numba import carray, cfunc, types  # type: ignore[attr-defined] # numba's types are incomplete

from lull.data.arrays import Array
from lull.model.density.kernels import SOURCE, log_density
from lull.model.density.layout import DIMS, Layout, coordinates, lay_out
from lull.model.density.views import HEADER
from lull.model.fitting.panel import Panel
from lull.model.spec import ModelSpec, Priors

if TYPE_CHECKING:
    from nutpie.compile_pymc import CompiledPyMCModel

POINTER = types.CPointer(types.double)  # type: ignore[no-untyped-call] # the same
DENSITY_TYPE = types.int64(types.uint64, POINTER, POINTER, POINTER, POINTER)
COPY_TYPE = types.int64(types.uint64, types.uint64, POINTER, POINTER, POINTER)
JITTER = 1.0  # chains start within so much of the prior mean, on the scale of the free variables
NO_DENSITY = 3  # nutpie's code of a point that ends the trajectory as a divergence; 0 is good


@dataclass(frozen=True)
class Density:
    """The density of one panel: its free variables lie in a flat vector as `layout.free` says."""

    layout: Layout
    coordinates: dict[str, Any]

    @property
    def size(self) -> int:
        """The number of free variables."""
        return self.layout.start.size

    def for_nutpie(self) -> "CompiledPyMCModel":
        """Return what `nutpie.sample` takes."""
        from nutpie.compile_pymc import CompiledPyMCModel  # noqa: PLC0415 - half a second; only sampling needs it

        free = self.layout.free
        ends = np.cumsum([math.prod(shape) for shape in free.values()]).tolist()
        slices = [slice(low, high) for low, high in zip([0, *ends[:-1]], ends, strict=True)]
        return CompiledPyMCModel(
            _n_dim=self.size,
            dims={name: DIMS[name] for name in free},
            _coords={name: xr.DataArray(at, dims=name).to_index() for name, at in self.coordinates.items()},
            _shapes=dict(free),
            compiled_logp_func=density_function(),
            compiled_expand_func=_copy_function(),
            initial_point_func=self._initial_point,
            shared_data={},
            shared_var_keys={},
            user_data=self.layout.data,
            n_expanded=self.size,
            shape_info=(list(free), slices, list(free.values())),
            logp_func=None,
            expand_func=None,
            reparameterized_names=[],
        )

    def _initial_point(self, seed: int | None) -> Array:
        """Return where a chain starts."""
        start = self.layout.start
        return start + np.random.default_rng(seed).uniform(-JITTER, JITTER, start.size)


def density_of(panel: Panel, *, spec: ModelSpec, priors: Priors) -> Density:
    """Return the density of a panel under the choices of a spec and the beliefs of priors."""
    return Density(lay_out(panel, spec=spec, priors=priors), coordinates(panel))


@cache
def density_function() -> Any:
    """Return the C function (dim, point, gradient out, value out, data) -> code, compiled or read from the disk."""
    return _c_function(_density, DENSITY_TYPE)


@cache
def _copy_function() -> Any:
    """Return the C function that says what is kept of a point: all of it."""
    return _c_function(_copy, COPY_TYPE)


def _c_function(function: Any, signature: Any) -> Any:
    """Return a C function; the name that it is kept under holds the checksum of its sources, as that of a kernel."""
    function.__qualname__ = f"{function.__name__}_{SOURCE[:16]}"
    return cfunc(signature, cache=True, error_model="numpy")(function)


def _density(dim: int, point_: Any, gradient_: Any, value_: Any, data_: Any) -> int:
    """Fill the gradient and the value at a point; what may not be sampled from is no number somewhere."""
    header = carray(data_, (HEADER,))
    data = carray(data_, (int(header[HEADER - 1]),))
    gradient = carray(gradient_, (dim,))
    value = log_density(data, carray(point_, (dim,)), gradient)
    value_[0] = value
    finite = math.isfinite(value)
    for at in range(dim):
        finite = finite and math.isfinite(gradient[at])
    return 0 if finite else NO_DENSITY


def _copy(dim: int, expanded: int, point_: Any, out_: Any, data_: Any) -> int:  # noqa: ARG001 - as nutpie calls it
    """Fill what is kept of a point."""
    for at in range(dim):
        out_[at] = point_[at]
    return 0
