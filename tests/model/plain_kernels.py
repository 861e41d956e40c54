"""What tests of kernels share: their sources as plain Python, with a mistake or without, and a push of every kind."""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from lull.model.forward.state import ACTIVE, FREE, HALTED, Push

NOTHING: Mapping[str, tuple[str, str]] = {}


def plain_python(*kernels: ModuleType, changes: Mapping[str, tuple[str, str]] = NOTHING) -> ModuleType:
    """Return the last of some modules of kernels with all of them run anew, none of it compiled.

    `changes` are by the name of a file what it says and what it says instead.
    """
    uncompiled = ModuleType("lull.model.numba_kernels")
    vars(uncompiled).update(vars(sys.modules["lull.model.numba_kernels"]))
    vars(uncompiled).update(inner=_unchanged, inlined=_unchanged, kernel_of=lambda _: _unchanged)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "lull.model.numba_kernels", uncompiled)
        for shipped in kernels:
            path = Path(str(shipped.__file__))
            source = path.read_text("utf-8")
            if change := changes.get(path.name):
                assert source.count(change[0]) >= 1, f"{path.name} no longer says {change[0]!r}"
                source = source.replace(*change)
            module = ModuleType(f"lull.model.{path.parent.name}.{path.stem}")
            module.__file__ = str(path)
            patch.setitem(sys.modules, module.__name__, module)
            exec(compile(source, module.__file__, "exec"), vars(module))  # noqa: S102 - our own source
    return module


def _unchanged(function: Any) -> Any:
    """Return what a decorator is given."""
    return function


def push_of_every_kind(seed: int, covariates: int, *, draws: int, horizon: int) -> Push:
    """Return a push of every kind on two series, by draw and series."""
    rng = np.random.default_rng(100 + seed)
    shape = (draws, 2, horizon)
    forced = np.where(rng.random(shape) < 0.1, rng.choice([HALTED, ACTIVE], shape), FREE).astype(np.int8)
    return Push(
        covariate=rng.normal(0, 0.3, (draws, 2, covariates, horizon)),
        log_intensity=rng.normal(0, 0.3, (1, 2, horizon)),
        halt_logit=rng.normal(0.5, 0.7, shape),
        resumption_logit=rng.normal(0.5, 0.7, (draws, 1, horizon)),
        forced_regime=forced,
        reporting=np.ones((1, 1, horizon)),
    )
