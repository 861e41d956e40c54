"""The regime likelihood as one PyTensor operation: log likelihood and all its derivatives from a single pass.

A gradient is never a graph of its own: it reads the extra outputs of the node that gave the likelihood, so that one
leapfrog step of the sampler is one call of the kernel. Derivatives of the derivatives are not provided.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from numba import njit
from numpy.typing import NDArray
from pytensor.gradient import DisconnectedType, disconnected_type
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from lull.model.regimes.kernels import SOURCE, loglik_and_gradients

type Tensor = Any  # PyTensor ships no types
type Node = Apply[Any]

NDIM = (2, 2, 1, 2, 2, 0, 1, 2)  # of the inputs, in the order of `regime_loglik`


class RegimeLoglik(Op):  # type: ignore[misc] # PyTensor ships no types
    """Log likelihood of each series and its derivatives; inputs as in `regime_loglik`, all in full shape.

    Outputs: loglik (series,), then the derivatives by each input between the data (count and log completeness), in
    order; that by log leak (series,).
    """

    __props__ = ()

    def make_node(self, *inputs: Tensor) -> Node:
        """Return the node for inputs of the right number of dims, made float64."""
        tensors = [pt.cast(pt.as_tensor_variable(value), "float64") for value in inputs]
        for place, (tensor, ndim) in enumerate(zip(tensors, NDIM, strict=True)):
            if tensor.ndim != ndim:
                raise ValueError(f"input {place} of the regime likelihood has {ndim} dims, found {tensor.ndim}")
        shape = tensors[0].type.shape
        flat, full = pt.TensorType("float64", shape[:1]), pt.TensorType("float64", shape)
        return Apply(self, tensors, [kind() for kind in (flat, full, flat, full, full, flat, flat)])

    def perform(self, node: Node, inputs: Sequence[NDArray[np.float64]], output_storage: list[list[Any]]) -> None:
        """Fill the outputs from the kernel."""
        del node
        count, intensity, size, halt, resumption, leak, *rest = (np.ascontiguousarray(value) for value in inputs)
        outputs = loglik_and_gradients(count, intensity, size, halt, resumption, leak.item(), rest[0], rest[1])
        for storage, value in zip(output_storage, outputs, strict=True):
            storage[0] = value

    def infer_shape(self, node: Node, shapes: list[tuple[Tensor, ...]]) -> list[tuple[Tensor, ...]]:
        """Return the shapes of the outputs, known from that of count."""
        del node
        full, flat = shapes[0], shapes[0][:1]
        return [flat, full, flat, full, full, flat, flat]

    def connection_pattern(self, node: Node) -> list[list[bool]]:
        """Return which output depends on which input in a differentiable way: all but those on the data."""
        last = len(node.inputs) - 1
        return [[0 < place < last] * len(node.outputs) for place in range(len(node.inputs))]

    def pullback(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor], cotangents: Sequence[Tensor]) -> list[Any]:
        """Return the derivatives by each input of a function of the log likelihoods."""
        del inputs
        if not all(isinstance(cotangent.type, DisconnectedType) for cotangent in cotangents[1:]):
            raise NotImplementedError("the regime likelihood has no second derivatives")
        by_series = cotangents[0]
        _, intensity, size, halt, resumption, leak, initial = outputs
        by_week = by_series[:, None]
        return [
            disconnected_type(),
            by_week * intensity,
            by_series * size,
            by_week * halt,
            by_week * resumption,
            (by_series * leak).sum(),  # one leak for all series
            by_series * initial,
            disconnected_type(),
        ]


_regime_loglik = RegimeLoglik()


def regime_loglik(  # noqa: PLR0917 - the order of every function of the regimes
    count: Tensor,
    log_intensity: Tensor,
    log_concentration: Tensor,
    halt_logit: Tensor,
    resumption_logit: Tensor,
    log_leak: Tensor,
    initial_logit: Tensor,
    log_completeness: Tensor,
) -> Tensor:
    """Return the symbolic log likelihood of each series, (series,), all regime paths summed.

    `count` (series, week), whole numbers, NaN or below 0 where missing, may be shared data. `log_intensity` and the
    logits of the step into each week (series, week); a dim of theirs that is known to be 1 is broadcast.
    `log_concentration` and `initial_logit` (series,); `log_leak` (); `log_completeness` (series, week), at most 0, is
    the log of the share of a week that has been counted. Other shapes that do not agree are a ValueError at run time.
    """
    count = pt.as_tensor_variable(count)
    intensity, halt, resumption = (_full(value, count) for value in (log_intensity, halt_logit, resumption_logit))
    outputs: Tensor = _regime_loglik(
        count,
        intensity,
        log_concentration,
        halt,
        resumption,
        log_leak,
        initial_logit,
        log_completeness,
        return_list=True,
    )
    return outputs[0]


def _full(values: Tensor, count: Tensor) -> Tensor:
    """Return values in the shape of count if they have a dim known to be 1 that is not known to be 1 there."""
    values = pt.as_tensor_variable(values)
    known = zip(values.type.broadcastable, count.type.broadcastable, strict=True)
    return pt.broadcast_to(values, count.shape) if any(one and not same for one, same in known) else values


@register_funcify_and_cache_key(RegimeLoglik)
def _numba_regime_loglik(op: Op, **_: Any) -> tuple[Callable[..., Any], str]:
    """Return the operation as a function for PyTensor's numba backend, and the key of its entry in the cache.

    The key holds the checksum of the kernel: PyTensor's cache would outlive an edit of it.
    """
    del op

    @njit
    def regime_loglik_kernel(  # noqa: PLR0917 - the inputs of the operation
        count: Any,
        intensity: Any,
        size: Any,
        halt: Any,
        resumption: Any,
        leak: Any,
        initial: Any,
        log_completeness: Any,
    ) -> Any:
        return loglik_and_gradients(
            np.ascontiguousarray(count),
            np.ascontiguousarray(intensity),
            np.ascontiguousarray(size),
            np.ascontiguousarray(halt),
            np.ascontiguousarray(resumption),
            leak.item(),
            np.ascontiguousarray(initial),
            np.ascontiguousarray(log_completeness),
        )

    return regime_loglik_kernel, SOURCE
