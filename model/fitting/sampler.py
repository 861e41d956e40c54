"""From panels to draws of their posteriors.

A sampler that was stopped gives no draws: what comes back is whole or is an exception.
"""

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import nutpie
import xarray as xr

from lull.model.density.compiled import density_of
from lull.model.fitting.panel import Panel
from lull.model.spec import ModelSpec, Priors, SamplerConfig

KEPT_STATS = ("diverging", "energy", "n_steps", "step_size", "tree_depth")
POLL_SECONDS = 0.01
LOW_RANK = 150  # variables up to which a metric has correlations: of more they take longer to find than they save


@dataclass(frozen=True)
class PosteriorSampler:
    """What samples the posteriors of panels under the choices of a spec and the beliefs of priors."""

    spec: ModelSpec
    priors: Priors
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
        if self.config.sampler == "pymc":
            yield from (self._sample_pymc(panel, seed=seed) for panel, seed in work)
            return
        started = (self._start(panel, seed=seed) for panel, seed in work)
        running = next(started, None)
        try:
            while running is not None:
                _wait(running)
                finished, running = running, next(started, None)
                yield _kept(finished.wait())
        finally:
            if running is not None:
                running.cancel()

    def _start(self, panel: Panel, *, seed: int) -> Any:
        """Return nutpie's sampler of one panel, which runs."""
        density = density_of(panel, spec=self.spec, priors=self.priors)
        return nutpie.sample(
            density.for_nutpie(),
            draws=self.config.draws,
            tune=self.config.tune,
            chains=self.config.chains,
            seed=seed,
            target_accept=self.config.target_accept,
            adaptation="low_rank" if self.config.metric == "low_rank" and density.size <= LOW_RANK else "diag",
            save_warmup=False,
            progress_bar=False,
            blocking=False,
        )

    def _sample_pymc(self, panel: Panel, *, seed: int) -> xr.DataTree:
        """Return the draws of PyMC's own NUTS: slower, kept as the cross-check and for machines without nutpie."""
        import pymc as pm  # noqa: PLC0415 - seconds; only the cross-check needs it

        from lull.model.fitting.build import build  # noqa: PLC0415 - the same

        with build(panel, spec=self.spec, priors=self.priors):
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
