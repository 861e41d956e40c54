"""How loops are compiled with numba, and how their draws are shared out over threads: stated once for all kernels.

A process that reads a kernel from the disk and one that compiles it must get the same bits, so no kernel is given
freedom of floating-point arithmetic.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
from numba import njit

SMALL = 20_000  # cells below which a second thread costs more than it gains
# Logits are held within it, and so are logarithms whose exponentials are multiplied. A weekly hazard below 1e-56 means
# nothing; the messages of the regimes keep room above the smallest double, and exp(3 * 130) is still finite.
MAX_LOGIT = 130.0

_compiled = partial(njit, nogil=True, error_model="numpy")
_bare = partial(_compiled, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def inner[F: Callable[..., Any]](function: F) -> F:
    """Return a function compiled for the use of other compiled functions only: half the time to compile."""
    return cast("F", _bare(function))


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Return a function compiled into its compiled callers, always."""
    return cast("F", _bare(function, forceinline=True))


def checksum_of(*files: str | Path) -> str:
    """Return the checksum of source files, by name and content, and of this one."""
    sources = {"/".join(path.parts[-3:]): path.read_bytes() for path in map(Path, (*files, __file__))}
    return sha256(repr(sorted(sources.items())).encode()).hexdigest()


def kernel_of[F: Callable[..., Any]](checksum: str) -> Callable[[F], F]:
    """Return the decorator of what Python calls: compiled when first called, and kept on disk.

    The name it is kept under holds the checksum of the sources that it calls: numba itself looks at the age of one file
    only, and would run old code after a change of another.
    """

    def kernel(function: F) -> F:
        function.__qualname__ = f"{function.__name__}_{checksum[:16]}"
        return cast("F", _compiled(function, cache=True))

    return kernel


def share_out(fill: Callable[..., None], *arguments: Any, draws: int, cells: int) -> None:
    """Run a kernel `fill(first, last, *arguments)` over all draws, in as many threads as there are processors.

    `cells` says how much work it is. Threads of Python, because the kernels release its lock: numba's own pool may not
    be entered twice at a time.
    """
    threads = min(os.process_cpu_count() or 1, draws, 1 + cells // SMALL)
    if threads <= 1:
        fill(0, draws, *arguments)
        return
    first, *others = pairwise(np.linspace(0, draws, threads + 1).astype(int).tolist())
    with ThreadPoolExecutor(threads - 1) as pool:
        elsewhere = [pool.submit(fill, *edge, *arguments) for edge in others]
        fill(*first, *arguments)
        for done in elsewhere:
            done.result()
