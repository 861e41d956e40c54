"""The log density of a model and its gradient: one machine-code function, compiled once and then read from the disk.

The sampler calls a C function of two vectors, the free variables and the data laid end to end. So the function depends
on the graph alone, and numba's disk cache holds the whole of it under PyTensor's own key of that graph. The wrapper
that nutpie would make gives its arrays new names in each process, which no cache can hold: about ten seconds
every time.

No freedom of floating-point arithmetic is given away: a process that compiles holds several copies of a function, one
that reads from the disk a single one; the compiler would round them differently, and draws depend on who compiled.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any, Self

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr
from numba import carray, cfunc, types  # type: ignore[attr-defined] # numba's types are incomplete
from nutpie.compile_pymc import CompiledPyMCModel
from pymc.pytensorf import compile as compile_graph
from pytensor import config
from pytensor.graph.replace import clone_replace
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch.basic import numba_funcify_and_cache_key, numba_njit

from lull.data.arrays import Array

type Tensor = Any  # PyTensor ships no types
type Shapes = Mapping[str, tuple[int, ...]]

VERSIONS = "|".join(f"{name} {metadata.version(name)}" for name in ("pymc", "pytensor", "numba", "nutpie"))
POINTER = types.CPointer(types.double)  # type: ignore[no-untyped-call] # the same
DENSITY_TYPE = types.int64(types.uint64, POINTER, POINTER, POINTER, POINTER)
COPY_TYPE = types.int64(types.uint64, types.uint64, POINTER, POINTER, POINTER)
JITTER = 1.0  # chains start within so much of the prior mean, on the scale of the free variables

# The codes are nutpie's: 0 is good, above 0 is a point that ends the trajectory as a divergence.
DENSITY_SOURCE = """
def lull_density(dim, point_, gradient_, value_, data_):
    try:
        value, gradient = graph(carray(point_, ({dim},)), carray(data_, ({data},)))
    except Exception:
        return 1
    finite = True
    for at in range({dim}):
        gradient_[at] = gradient[at]
        finite = finite and isfinite(gradient[at])
    value_[0] = value[()]
    return 0 if finite and isfinite(value_[0]) else 3
"""
COPY_SOURCE = """
def lull_copy(dim, expanded, point_, out_, data_):
    for at in range(dim):
        out_[at] = point_[at]
    return 0
"""


@dataclass(frozen=True)
class Density:
    """A compiled density: `free` and `data` say where each named array lies in the two flat vectors."""

    model: pm.Model
    free: Shapes
    data: Shapes
    values: Array
    start: Array
    function: Any
    copy: Any

    def with_data(self, values: Mapping[str, Array], *, start: Mapping[str, Array] | None = None) -> Self:
        """Return the same density of other data; raises `ValueError` if an array has another shape.

        `start` are the prior means that are data too: chains begin where a model made of these data would let them.
        """
        parts = zip(self.free.items(), _bounds(self.free), strict=True)
        before = {name: self.start[low:high].reshape(shape) for (name, shape), (low, high) in parts}
        return replace(self, values=flat(values, self.data), start=flat(before | dict(start or {}), self.free))

    def for_nutpie(self) -> CompiledPyMCModel:
        """Return what `nutpie.sample` takes."""
        names, shapes = list(self.free), list(self.free.values())
        slices = [slice(low, high) for low, high in _bounds(self.free)]
        coords = {name: xr.DataArray(list(at), dims=name).to_index() for name, at in self.model.coords.items()}
        dims = {name: dims for name, dims in self.model.named_vars_to_dims.items() if name in self.free}
        return CompiledPyMCModel(
            _n_dim=self.start.size,
            dims=dims,
            _coords=coords,
            _shapes=dict(self.free),
            compiled_logp_func=self.function,
            compiled_expand_func=self.copy,
            initial_point_func=self._initial_point,
            shared_data={},
            shared_var_keys={},
            user_data=self.values,
            n_expanded=self.start.size,
            shape_info=(names, slices, shapes),
            logp_func=None,
            expand_func=None,
            reparameterized_names=[],
        )

    def _initial_point(self, seed: int | None) -> Array:
        """Return where a chain starts."""
        return self.start + np.random.default_rng(seed).uniform(-JITTER, JITTER, self.start.size)


def compile_density(model: pm.Model) -> Density:
    """Return the compiled density of a model whose free variables are untransformed and whose data are float64."""
    with config.change_flags(cxx=""):  # a C compiler takes over a second, for a loop that is run once
        start = {name: np.asarray(value) for name, value in model.initial_point(0).items()}
    free = {str(value.name): start[value.name].shape for value in model.value_vars}
    data = {str(variable.name): variable.get_value(borrow=True).shape for variable in model.data_vars}
    assert {variable.name for variable in model.unobserved_value_vars} == set(free), "no transforms, no deterministics"
    values = {str(variable.name): variable.get_value(borrow=True) for variable in model.data_vars}
    return Density(
        model,
        free,
        data,
        values=flat(values, data),
        start=flat(start, free),
        function=_c_function(model, free, data),
        copy=_cached(COPY_SOURCE, "lull_copy", {}, COPY_TYPE),
    )


def flat(values: Mapping[str, Array], shapes: Shapes) -> Array:
    """Return the named arrays laid end to end; raises `ValueError` if one is missing or has another shape."""
    found = {name: np.shape(values[name]) if name in values else None for name in shapes}
    wrong = [f"{name} {shape} instead of {shapes[name]}" for name, shape in found.items() if shape != shapes[name]]
    if wrong:
        raise ValueError(f"not the shapes that the density was compiled for: {', '.join(wrong)}")
    return np.concatenate([np.ravel(values[name]).astype(np.float64) for name in shapes])


@config.change_flags(numba__fastmath=False)
def _c_function(model: pm.Model, free: Shapes, data: Shapes) -> Any:
    """Return the C function (dim, point, gradient out, value out, data) -> code.

    The graph becomes a part of it. Called as PyTensor compiles it, within a wrapper, it would go through the compiler
    three times, each time whole.
    """
    graph, key = numba_funcify_and_cache_key(_graph(model, free, data).maker.fgraph)
    source = DENSITY_SOURCE.format(dim=_size(free), data=_size(data))
    inlined = numba_njit(graph.py_func, inline="always")
    names = {"graph": inlined, "carray": carray, "isfinite": math.isfinite}
    return _cached(source, "lull_density", names, DENSITY_TYPE, key=key)


def _graph(model: pm.Model, free: Shapes, data: Shapes) -> Any:
    """Return PyTensor's function (point, data) -> (log density, its gradient), all shapes known."""
    value = model.logp()
    gradient = pt.concatenate([by.ravel() for by in pt.grad(value, model.value_vars)])
    point = pt.TensorType("float64", shape=(_size(free),))("point")
    flat_data = pt.TensorType("float64", shape=(_size(data),))("data")
    lengths = {
        length: pt.constant(length.get_value(), dtype=length.dtype)
        for length in model.dim_lengths.values()
        if hasattr(length, "get_value")
    }
    pieces = _pieces(point, free, model.value_vars) | _pieces(flat_data, data, model.data_vars)
    with model:
        return compile_graph(
            (point, flat_data),
            clone_replace([value, gradient], pieces | lengths),
            mode="NUMBA",
            on_unused_input="ignore",
        )


def _pieces(vector: Tensor, shapes: Shapes, variables: Sequence[Tensor]) -> dict[Tensor, Tensor]:
    """Return the part of the vector that stands for each variable."""
    bounds = dict(zip(shapes, _bounds(shapes), strict=True))
    return {
        variable: vector[slice(*bounds[variable.name])].reshape(shapes[variable.name]).astype(variable.dtype)
        for variable in variables
    }


def _cached(source: str, name: str, names: Mapping[str, Any], signature: Any, *, key: str | None = "") -> Any:
    """Return the C function of a source text, from the disk if it was compiled before; no key, no cache."""
    names = dict(names) | {"__name__": __name__}  # numba imports the module of a function that it reads back
    whole = None if key is None else hashlib.sha256(f"{VERSIONS}{__name__}{source}{key}".encode()).hexdigest()
    function = compile_numba_function_src(source, name, names, cache_key=whole)
    return cfunc(signature, cache=whole is not None)(function)


def _bounds(shapes: Shapes) -> list[tuple[int, int]]:
    """Return where each array begins and ends in the flat vector."""
    ends = np.cumsum([math.prod(shape) for shape in shapes.values()])
    return list(zip([0, *map(int, ends[:-1])], map(int, ends), strict=True))


def _size(shapes: Shapes) -> int:
    return sum(math.prod(shape) for shape in shapes.values())
