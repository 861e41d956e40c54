"""Compiled once for the whole run of the tests: compiling a model takes longer than everything else that tests do."""

from collections.abc import Callable

import pytest

from lull.model.fitting.panel import Panel
from lull.model.fitting.sampler import CompiledModel, compile_model
from lull.model.spec import ModelSpec, Priors, SamplerConfig

type Compile = Callable[..., CompiledModel]


@pytest.fixture(scope="session")
def compile_once() -> Compile:
    """`compile_model`, which answers again with the model it made for another panel of the same shape."""
    made: dict[str, CompiledModel] = {}

    def compile_kept(panel: Panel, *, spec: ModelSpec, priors: Priors, config: SamplerConfig) -> CompiledModel:
        shapes = {name: value.shape for name, value in panel.data.items()}
        key = repr((shapes, panel.covariates, spec, priors, config))
        if key not in made:
            made[key] = compile_model(panel, spec=spec, priors=priors, config=config)
        return made[key]

    return compile_kept
