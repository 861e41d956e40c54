"""The pushes of covariates, carried over with half-lives, as two PyTensor operations: their values and derivatives.

The loops are those of `model/density/pushes.py`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from numba import njit
from pytensor.gradient import DisconnectedType, disconnected_type
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from lull.data.arrays import Array
from lull.model.density.pushes import CHECKSUM, push_slopes, push_values

type Tensor = Any  # PyTensor ships no types
type Node = Apply[Any]

VECTOR, MATRIX, CUBE = (pt.TensorType("float64", shape=(None,) * dims) for dims in (1, 2, 3))


class PushValues(Op):  # type: ignore[misc] # PyTensor ships no types
    """`push_values` of impulses (series, covariate, week), keep (row,) and push (mechanism, covariate)."""

    __props__ = ("rows",)

    def __init__(self, rows: tuple[int, ...]) -> None:
        self.rows = rows

    def make_node(self, *inputs: Tensor) -> Node:
        """Return the node for inputs of the right number of dims, made float64."""
        return Apply(self, _floats(inputs, (3, 1, 2)), [MATRIX(), MATRIX(), MATRIX(), CUBE(), CUBE()])

    def perform(self, node: Node, inputs: Sequence[Array], output_storage: list[list[Any]]) -> None:
        """Fill the outputs from the kernel."""
        del node
        impulses, keep, push = map(np.ascontiguousarray, inputs)
        _fill(output_storage, push_values(impulses, keep, push, np.array(self.rows, dtype=np.int64)))

    def infer_shape(self, node: Node, shapes: list[tuple[Tensor, ...]]) -> list[tuple[Tensor, ...]]:
        """Return the shapes of the outputs, known from those of impulses and keep."""
        del node
        (series, covariates, weeks), (rows,), _ = shapes
        pushed = (series, weeks)
        return [pushed, pushed, pushed, (series, covariates, weeks), (series, rows, weeks)]

    def connection_pattern(self, node: Node) -> list[list[bool]]:
        """Return which output depends on which input in a differentiable way: all on keep and push."""
        return [[place > 0] * len(node.outputs) for place in range(len(node.inputs))]

    def pullback(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor], cotangents: Sequence[Tensor]) -> list[Any]:
        """Return the derivatives of a function of the pushes by keep and push; impulses are data and have none."""
        if not all(isinstance(cotangent.type, DisconnectedType) for cotangent in cotangents[3:]):
            raise NotImplementedError("the carried-over covariates are no part of a density but through their pushes")
        by_week = [
            pt.zeros_like(output) if isinstance(cotangent.type, DisconnectedType) else cotangent
            for output, cotangent in zip(outputs[:3], cotangents[:3], strict=True)
        ]
        by_push, by_keep = PushSlopes(self.rows)(*by_week, inputs[2], *outputs[3:])
        return [disconnected_type(), by_keep, by_push]


class PushSlopes(Op):  # type: ignore[misc] # PyTensor ships no types
    """Inputs and outputs as `push_slopes`."""

    __props__ = ("rows",)

    def __init__(self, rows: tuple[int, ...]) -> None:
        self.rows = rows

    def make_node(self, *inputs: Tensor) -> Node:
        """Return the node for inputs of the right number of dims, made float64."""
        return Apply(self, _floats(inputs, (2, 2, 2, 2, 3, 3)), [MATRIX(), VECTOR()])

    def perform(self, node: Node, inputs: Sequence[Array], output_storage: list[list[Any]]) -> None:
        """Fill the outputs from the kernel."""
        del node
        intensity, halt, resumption, push, carried, slope = map(np.ascontiguousarray, inputs)
        rows = np.array(self.rows, dtype=np.int64)
        _fill(output_storage, push_slopes(intensity, halt, resumption, push, carried, slope, rows))

    def infer_shape(self, node: Node, shapes: list[tuple[Tensor, ...]]) -> list[tuple[Tensor, ...]]:
        """Return the shapes of the outputs: those of push and of the rows."""
        del node
        return [shapes[3], shapes[5][1:2]]


def push_rows(impulses: Tensor, half_life: Tensor, push: Tensor, rows: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Return the symbolic pushes of covariates on intensity, halting and resumption, each (series, week).

    `impulses` (series, covariate, week), of which those in `rows` are carried over with half-lives (row,) in weeks;
    `push` (mechanism, covariate).
    """
    outputs = PushValues(tuple(map(int, rows)))(impulses, np.float64(2.0) ** (-1.0 / half_life), push)
    return outputs[0], outputs[1], outputs[2]


def _floats(inputs: Sequence[Tensor], ndims: tuple[int, ...]) -> list[Tensor]:
    """Return the inputs as float64 tensors. Raises `ValueError` if one has another number of dims."""
    tensors = [pt.cast(pt.as_tensor_variable(value), "float64") for value in inputs]
    if tuple(tensor.ndim for tensor in tensors) != ndims:
        raise ValueError(f"inputs with {ndims} dims were expected, found {tuple(tensor.ndim for tensor in tensors)}")
    return tensors


def _fill(output_storage: list[list[Any]], outputs: Sequence[Array]) -> None:
    for storage, value in zip(output_storage, outputs, strict=True):
        storage[0] = value


@register_funcify_and_cache_key(PushValues)
def _numba_values(op: PushValues, **_: Any) -> tuple[Callable[..., Any], str]:
    """Return the operation as a function for PyTensor's numba backend, and the key of its entry in the cache."""
    rows = np.array(op.rows, dtype=np.int64)

    @njit
    def push_values_kernel(impulses: Any, keep: Any, push: Any) -> Any:
        return push_values(np.ascontiguousarray(impulses), np.ascontiguousarray(keep), np.ascontiguousarray(push), rows)

    return push_values_kernel, f"{CHECKSUM}{op.rows}"


@register_funcify_and_cache_key(PushSlopes)
def _numba_slopes(op: PushSlopes, **_: Any) -> tuple[Callable[..., Any], str]:
    """Return the operation as a function for PyTensor's numba backend, and the key of its entry in the cache."""
    rows = np.array(op.rows, dtype=np.int64)

    @njit
    def push_slopes_kernel(  # noqa: PLR0917 - the inputs of the operation
        intensity: Any, halt: Any, resumption: Any, push: Any, carried: Any, slope: Any
    ) -> Any:
        return push_slopes(
            np.ascontiguousarray(intensity),
            np.ascontiguousarray(halt),
            np.ascontiguousarray(resumption),
            np.ascontiguousarray(push),
            np.ascontiguousarray(carried),
            np.ascontiguousarray(slope),
            rows,
        )

    return push_slopes_kernel, f"{CHECKSUM}{op.rows}"
