"""The regime likelihood as one PyTensor operation: log likelihood and all its derivatives from a single pass.

A gradient is never a graph of its own: it reads the extra outputs of the node that gave the likelihood, so that one
leapfrog step of the sampler is one call of the kernel. Derivatives of the derivatives are not provided.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytensor.tensor as pt
from numba import njit
from numpy.typing import NDArray
from pytensor.gradient import DisconnectedType, disconnected_type
from pytensor.graph import Apply, Op
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key

from model import regimes

type Tensor = Any  # PyTensor ships no types

WEEKLY = (0, 1, 3, 4)  # inputs (series, week): count, log intensity, the two logits
NDIM = (2, 2, 1, 2, 2, 0, 1)


class RegimeLoglik(Op):  # type: ignore[misc] # PyTensor ships no types
    """Log likelihood of each series and its derivatives; inputs as in `regime_loglik`, all in full shape.

    Outputs: loglik (series,), then the derivatives by each input after count, in order; log leak's is (series,).
    """

    __props__ = ()

    def make_node(self, *inputs: Tensor) -> Apply:
        """Return the node for inputs of the right number of dims, made float64."""
        tensors = [pt.cast(pt.as_tensor_variable(value), "float64") for value in inputs]
        for tensor, ndim in zip(tensors, NDIM, strict=True):
            if tensor.ndim != ndim:
                raise ValueError(f"an input has {tensor.ndim} dims where {ndim} are expected: {tensor}")
        series, weeks = tensors[0].type.shape
        flat, full = pt.TensorType("float64", (series,)), pt.TensorType("float64", (series, weeks))
        return Apply(self, tensors, [kind() for kind in (flat, full, flat, full, full, flat, flat)])

    def perform(self, node: Apply, inputs: Sequence[NDArray[np.float64]], output_storage: list[list[Any]]) -> None:
        """Fill the outputs from the kernel."""
        del node
        arrays = [np.ascontiguousarray(value) if value.ndim else float(value) for value in inputs]
        for storage, value in zip(output_storage, regimes.loglik_and_gradients(*arrays), strict=True):
            storage[0] = value

    def infer_shape(self, fgraph: Any, node: Apply, shapes: list[tuple[Tensor, ...]]) -> list[tuple[Tensor, ...]]:
        """Return the shapes of the outputs: those of the inputs after count."""
        del fgraph, node
        full = shapes[0]
        flat = (full[0],)
        return [flat, full, flat, full, full, flat, flat]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return which output depends on which input in a differentiable way: all but those on count."""
        return [[place > 0] * len(node.outputs) for place in range(len(node.inputs))]

    def pullback(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor], cotangents: Sequence[Tensor]) -> list[Any]:
        """Return the derivatives by each input of a function of the likelihoods."""
        del inputs
        if not all(isinstance(cotangent.type, DisconnectedType) for cotangent in cotangents[1:]):
            raise NotImplementedError("the regime likelihood has no second derivatives")
        weight = cotangents[0]
        scaled = [weight[:, None] * by if by.ndim == 2 else weight * by for by in outputs[1:]]  # noqa: PLR2004 - (series, week)
        scaled[4] = scaled[4].sum()  # one leak for all series
        return [disconnected_type(), *scaled]


regime_loglik_and_gradients = RegimeLoglik()


def regime_loglik(
    count: Tensor,
    log_intensity: Tensor,
    log_concentration: Tensor,
    halt_logit: Tensor,
    resumption_logit: Tensor,
    log_leak: Tensor,
    initial_logit: Tensor,
) -> Tensor:
    """Return the symbolic log likelihood of each series, (series,), all regime paths summed.

    `count` (series, week) with NaN where missing, may be shared data; `log_intensity` and the logits of the step
    into each week (series, week), of which a dim known to be 1 is broadcast; `log_concentration` and `initial_logit`
    (series,); `log_leak` (). Any other mismatch of shapes is a ValueError when the function runs.
    """
    count = pt.as_tensor_variable(count)
    weekly = [_full(value, count) for value in (log_intensity, halt_logit, resumption_logit)]
    return regime_loglik_and_gradients(
        count, weekly[0], log_concentration, weekly[1], weekly[2], log_leak, initial_logit
    )[0]


def _full(values: Tensor, count: Tensor) -> Tensor:
    """Return values in the shape of count, as they are unless they have a dim that is known to be 1."""
    values = pt.as_tensor_variable(values)
    known = zip(values.type.broadcastable, count.type.broadcastable, strict=True)
    return pt.broadcast_to(values, count.shape) if any(one and not same for one, same in known) else values


def _source_key() -> str:
    """Return a checksum of the kernel's source: PyTensor's cache of compiled functions outlives an edit without it."""
    return sha256(Path(regimes.__file__).read_bytes() + Path(__file__).read_bytes()).hexdigest()


@register_funcify_and_cache_key(RegimeLoglik)  # type: ignore[untyped-decorator] # PyTensor ships no types
def _numba_regime_loglik(op: Op, **_: Any) -> tuple[Callable[..., Any], str]:
    """Return the operation as a function for PyTensor's numba backend, and the key of its cache entry."""
    del op
    kernel = regimes.loglik_and_gradients

    @njit  # type: ignore[untyped-decorator] # numba ships no types
    def regime_loglik_kernel(
        count: Any, intensity: Any, size: Any, halt: Any, resumption: Any, leak: Any, initial: Any
    ) -> Any:
        return kernel(
            np.ascontiguousarray(count),
            np.ascontiguousarray(intensity),
            np.ascontiguousarray(size),
            np.ascontiguousarray(halt),
            np.ascontiguousarray(resumption),
            leak.item(),
            np.ascontiguousarray(initial),
        )

    return regime_loglik_kernel, _source_key()
