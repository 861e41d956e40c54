"""From a model to draws: compiled once for a shape of data, sampled for each panel of that shape.

A sampler that was stopped gives no draws: what comes back is whole or is an exception.
"""

import time
from collections import OrderedDict
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import nutpie
import pymc as pm
import xarray as xr

from lull.data.arrays import Array
from lull.model.fitting.build import build
from lull.model.fitting.density import Density, compile_density
from lull.model.fitting.panel import Panel
from lull.model.spec import ModelSpec, Priors, SamplerConfig

KEPT_STATS = ("diverging", "energy", "n_steps", "step_size", "tree_depth")
POLL_SECONDS = 0.01
LOW_RANK = 150  # variables up to which the metric has correlations: of more they take longer to find than they save
KEPT_MODELS = 8  # of the last shapes fitted in this process


@dataclass(frozen=True)
class CompiledModel:
    """A model ready to be sampled for every panel of the shape it was compiled for; PyMC's sampler needs no density."""

    model: pm.Model
    density: Density | None
    config: SamplerConfig

    def sample(self, panel: Panel, *, seed: int) -> xr.DataTree:
        """Return the draws of one panel: `posterior` (free variables) and `sample_stats`, dims (chain, draw, ...)."""
        with closing(self.sample_each([panel], seeds=[seed])) as traces:
            return next(traces)

    def sample_each(self, panels: Sequence[Panel], *, seeds: Sequence[int]) -> Generator[xr.DataTree]:
        """Yield the draws of each panel in turn, as `sample` returns them.

        While the draws of one are read and used, the next is sampled in nutpie's threads. Who leaves early closes the
        generator, which stops them.
        """
        work = zip(panels, seeds, strict=True)
        if self.density is None:
            yield from (self._sample_pymc(panel, seed=seed) for panel, seed in work)
            return
        started = (self._start(self.density, panel, seed=seed) for panel, seed in work)
        running = next(started, None)
        try:
            while running is not None:
                _wait(running)
                finished, running = running, next(started, None)
                yield _kept(finished.wait())
        finally:
            if running is not None:
                running.cancel()

    def _start(self, density: Density, panel: Panel, *, seed: int) -> Any:
        """Return nutpie's sampler of one panel, which runs."""
        return nutpie.sample(
            density.with_data(_data_of(panel), start={"intercept": panel.intercept_mean}).for_nutpie(),
            draws=self.config.draws,
            tune=self.config.tune,
            chains=self.config.chains,
            seed=seed,
            target_accept=self.config.target_accept,
            adaptation="low_rank" if density.start.size <= LOW_RANK else "diag",
            save_warmup=False,
            progress_bar=False,
            blocking=False,
        )

    def _sample_pymc(self, panel: Panel, *, seed: int) -> xr.DataTree:
        """Return the draws of PyMC's own NUTS: slower, kept as the cross-check and for machines without nutpie."""
        with self.model:
            pm.set_data(_data_of(panel))
            trace = pm.sample(
                draws=self.config.draws,
                tune=self.config.tune,
                chains=self.config.chains,
                cores=1,
                random_seed=seed,
                nuts={"target_accept": self.config.target_accept},
                progressbar=False,
                compute_convergence_checks=False,
            )
        return _kept(trace)


def compile_model(panel: Panel, *, spec: ModelSpec, priors: Priors, config: SamplerConfig) -> CompiledModel:
    """Return the model of panels shaped like this one, compiled for the sampler."""
    model = build(panel, spec=spec, priors=priors)
    return CompiledModel(model, compile_density(model) if config.sampler == "nutpie" else None, config)


_kept_models: OrderedDict[str, CompiledModel] = OrderedDict()


def compiled_for(panel: Panel, *, spec: ModelSpec, priors: Priors, config: SamplerConfig) -> CompiledModel:
    """Return the compiled model of panels shaped like this one, kept in memory from an earlier fit if there was one.

    The graph knows shapes, covariates and choices; all else is data. Not for several threads at once.
    """
    shapes = {name: value.shape for name, value in panel.data.items()}
    key = repr((shapes, panel.covariates, panel.carried, spec, priors, config))
    if key not in _kept_models:
        _kept_models[key] = compile_model(panel, spec=spec, priors=priors, config=config)
    _kept_models.move_to_end(key)
    while len(_kept_models) > KEPT_MODELS:
        _kept_models.popitem(last=False)
    return _kept_models[key]


def _data_of(panel: Panel) -> dict[str, Array]:
    """Return the data of the model by the names that they have there."""
    return {f"{name}_data": value for name, value in panel.data.items()}


def _wait(sampler: Any) -> None:
    """Wait until the sampler is done, open to Ctrl-C."""
    while not _finished(sampler):
        time.sleep(POLL_SECONDS)


def _finished(sampler: Any) -> bool:
    """Return whether the sampler is done; nutpie says "not yet" by a timeout of its own."""
    try:
        return bool(sampler.is_finished)
    except TimeoutError:
        return False


def _kept(trace: xr.DataTree) -> xr.DataTree:
    """Return the groups and statistics that a run keeps."""
    stats = trace["sample_stats"].to_dataset()
    kept = [name for name in KEPT_STATS if name in stats]
    posterior = trace["posterior"].to_dataset()
    raw = [name for name in posterior.data_vars if not str(name).endswith("__")]
    return xr.DataTree.from_dict({"posterior": posterior[raw], "sample_stats": stats[kept]})


def child_seeds(seed: int, count: int) -> list[int]:
    """Return `count` independent seeds spawned from one."""
    return [int(child.generate_state(1)[0]) for child in np.random.SeedSequence(seed).spawn(count)]
