"""Impulses carried over with a half-life as one PyTensor operation: the recursion of one week and its derivative.

A convolution over all lags says the same at a hundred times the cost, and was most of the gradient's.
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
from lull.model.numba_kernels import checksum_of, kernel_of

type Tensor = Any  # PyTensor ships no types
type Node = Apply[Any]

CHECKSUM = checksum_of(__file__)


@kernel_of(CHECKSUM)
def carried_and_slope(impulses: Array, keep: Array) -> tuple[Array, Array]:
    """Return impulses (row, week) carried over, `x_t = impulse_t + keep * x_(t-1)`, and the derivative by keep."""
    carried, slope = np.empty_like(impulses), np.empty_like(impulses)
    for row in range(impulses.shape[0]):
        value, change = 0.0, 0.0
        for week in range(impulses.shape[1]):
            change = value + keep[row] * change
            value = impulses[row, week] + keep[row] * value
            carried[row, week], slope[row, week] = value, change
    return carried, slope


class CarryOver(Op):  # type: ignore[misc] # PyTensor ships no types
    """Carried-over impulses (row, week) and their derivative by the share kept; inputs impulses, keep (row,)."""

    __props__ = ()

    def make_node(self, impulses: Tensor, keep: Tensor) -> Node:
        """Return the node of impulses (row, week) and the share kept a week (row,)."""
        impulses, keep = (pt.cast(pt.as_tensor_variable(value), "float64") for value in (impulses, keep))
        if (impulses.ndim, keep.ndim) != (2, 1):
            raise ValueError(f"impulses have dims (row, week) and keep (row,), found {impulses.ndim} and {keep.ndim}")
        return Apply(self, [impulses, keep], [impulses.type(), impulses.type()])

    def perform(self, node: Node, inputs: Sequence[Array], output_storage: list[list[Any]]) -> None:
        """Fill the outputs."""
        del node
        outputs = carried_and_slope(*(np.ascontiguousarray(value) for value in inputs))
        for storage, value in zip(output_storage, outputs, strict=True):
            storage[0] = value

    def infer_shape(self, node: Node, shapes: list[tuple[Tensor, ...]]) -> list[tuple[Tensor, ...]]:
        """Return the shapes of the outputs: those of the impulses."""
        del node
        return [shapes[0], shapes[0]]

    def connection_pattern(self, node: Node) -> list[list[bool]]:
        """Return which output depends on which input in a differentiable way: all on keep."""
        return [[place > 0] * len(node.outputs) for place in range(len(node.inputs))]

    def pullback(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor], cotangents: Sequence[Tensor]) -> list[Any]:
        """Return the derivatives of a function of the carried-over impulses; the data have none."""
        del inputs
        if not isinstance(cotangents[1].type, DisconnectedType):
            raise NotImplementedError("the carry-over has no second derivatives")
        return [disconnected_type(), (cotangents[0] * outputs[1]).sum(axis=1)]


_carry_over = CarryOver()


def carry_over(impulses: Tensor, half_life: Tensor) -> Tensor:
    """Return symbolic impulses (row, week) convolved with `2^(-lag / half_life)`; half-lives (row,) in weeks."""
    outputs: Tensor = _carry_over(impulses, 2.0 ** (-1.0 / half_life), return_list=True)
    return outputs[0]


@register_funcify_and_cache_key(CarryOver)
def _numba_carry_over(op: Op, **_: Any) -> tuple[Callable[..., Any], str]:
    """Return the operation as a function for PyTensor's numba backend, and the key of its entry in the cache."""
    del op

    @njit
    def carry_over_kernel(impulses: Any, keep: Any) -> Any:
        return carried_and_slope(np.ascontiguousarray(impulses), np.ascontiguousarray(keep))

    return carry_over_kernel, CHECKSUM
