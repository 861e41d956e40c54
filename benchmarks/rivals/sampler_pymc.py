"""The model as a PyMC user would write it: emissions from PyMC's distributions, the regimes summed out by a `scan`.

The same free variables, priors and level basis as Lull's own model, so that the geometry is the same and the posterior
can be compared; only the real weeks, without Lull's padding; no deterministics, which would cost time at each draw.
What is different is the likelihood: a forward recursion in log space, its gradient by PyTensor.
"""

import time
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import xarray as xr
from numpy.typing import NDArray
from rivals.sampler_priors import Beliefs, beliefs

from lull.model.density.layout import coordinates
from lull.model.fitting.panel import Panel
from lull.model.parameters import SERIES_PARAMETERS, SHARED
from lull.model.spec import Priors, SamplerConfig

type Tensor = Any  # PyTensor ships no types


def sample(
    panel: Panel, priors: Priors, config: SamplerConfig, *, cores: int, sampler: str = "pymc", seed: int
) -> tuple[xr.Dataset, dict[str, float]]:
    """Return the draws of the free variables, and `compile_s`, `sample_s`, `steps_per_draw`, `divergences`.

    `sampler` is PyMC's own, all that a plain installation has, or "nutpie".
    """
    begun = time.perf_counter()
    graph = user_model(panel, priors)
    with graph:
        trace = pm.sample(
            draws=config.draws,
            tune=config.tune,
            chains=config.chains,
            cores=cores,
            nuts_sampler=sampler,
            random_seed=seed,
            progressbar=False,
            compute_convergence_checks=False,
        )
    sampled = float(trace["posterior"].attrs["sampling_time"])
    stats = trace["sample_stats"]
    measured = {
        "compile_s": time.perf_counter() - begun - sampled,
        "sample_s": sampled,
        "steps_per_draw": float(stats["n_steps"].mean()),
        "divergences": int(stats["diverging"].sum()),
    }
    return trace["posterior"].to_dataset(), measured


def user_model(panel: Panel, priors: Priors) -> pm.Model:
    """Return the pooled model with regimes, ageing hazards, level and covariates."""
    with pm.Model(coords=coordinates(panel)) as graph:
        believed = beliefs(panel, priors)
        parameter, covariate = _series_parameters(believed), _carried_over(panel, priors)
        push = pm.Normal("push", believed.push_mean, believed.push_sd, dims=("mechanism", "covariate"))
        intercept = pm.Normal("intercept", panel.intercept_mean, priors.intercept_sd, dims="series")
        mode = pm.Normal("level_mode", dims=("series", "mode"))
        log_leak = pm.Normal("log_leak", priors.log_leak.mean, priors.log_leak.sd)
        initial_logit = pm.Normal("initial_logit", priors.initial_logit.mean, priors.initial_logit.sd, dims="series")

        pushed = push[0] @ covariate
        level = pt.exp(parameter["log_sigma"])[:, None] * (panel.basis * mode[:, None, :]).sum(axis=-1)
        log_intensity = intercept[:, None] + pushed - pushed.mean() + level
        halt = parameter["halt_intercept"][:, None] + push[1] @ covariate
        halt = halt[:, 1:] - pt.exp(parameter["log_halt_level"])[:, None] * log_intensity[:, :-1]
        resumption = parameter["resumption_intercept"][:, None] + push[2] @ covariate
        aging = pt.exp(parameter["log_resumption_aging"])[:, None]
        resumption = resumption[:, 1:] - aging * np.log1p(panel.silence[:, :-1])

        active, halted = _emissions(panel.count, log_intensity, parameter["log_concentration"], log_leak)
        pm.Potential("count", _log_likelihood(active, halted, halt, resumption, initial_logit).sum())
    return graph


def _series_parameters(believed: Beliefs) -> dict[str, Tensor]:
    """Return the parameters that vary by series around a population, each (series,)."""
    offset = pm.Normal("series_offset", dims=("parameter", "series"))
    shared = pm.Normal("population_offset", dims="parameter")
    spread = pt.exp(pm.Normal("log_spread", 0.0, 0.4, dims="parameter"))
    value = believed.mean + SHARED * believed.sd * (shared[:, None] + spread[:, None] * offset)
    return {name: value[row] for row, name in enumerate(SERIES_PARAMETERS)}


def _carried_over(panel: Panel, priors: Priors) -> Tensor:
    """Return the covariates (covariate, week), the impulses convolved with `2^(-lag / half_life)`."""
    half_life = pt.exp(pm.Normal("log_half_life", priors.log_half_life.mean, priors.log_half_life.sd, dims="carried"))
    decay = pt.exp(-np.log(2.0) * np.arange(panel.weeks) / half_life[:, None])
    carried = np.flatnonzero(panel.carried)
    rows = pt.signal.convolve1d(panel.impulses[0, carried], decay, mode="full")[:, : panel.weeks]
    return pt.set_subtensor(pt.constant(panel.impulses[0])[carried], rows)


def _emissions(
    count: NDArray[np.float64], log_intensity: Tensor, log_concentration: Tensor, log_leak: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the log probability of each count while active and while halted, (series, week); 0 where missing."""
    known, seen = ~np.isnan(count), np.nan_to_num(count)
    busy = pm.NegativeBinomial.dist(mu=pt.exp(log_intensity), alpha=pt.exp(log_concentration)[:, None])
    stray = pm.Poisson.dist(pt.exp(log_leak))
    return pt.switch(known, pm.logp(busy, seen), 0.0), pt.switch(known, pm.logp(stray, seen), 0.0)


def _log_likelihood(active: Tensor, halted: Tensor, halt: Tensor, resumption: Tensor, initial_logit: Tensor) -> Tensor:
    """Return the log likelihood of each series, (series,): the forward recursion over weeks, in log space."""
    first = [active[:, 0] - pt.softplus(-initial_logit), halted[:, 0] - pt.softplus(initial_logit)]
    log_hazards = [-pt.softplus(logit) for logit in (halt, -halt, resumption, -resumption)]
    by_week = [values.T for values in (active[:, 1:], halted[:, 1:], *log_hazards)]
    last = pytensor.scan(_step, sequences=by_week, outputs_info=first, strict=True, return_updates=False)
    return pt.logaddexp(last[0][-1], last[1][-1])


def _step(  # noqa: PLR0917 - the order of the sequences
    active: Tensor, halted: Tensor, stay: Tensor, leave: Tensor, rest: Tensor, resume: Tensor,
    was_active: Tensor, was_halted: Tensor,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Return the two log messages of a week from its emissions, its log hazards and the messages of the week before."""
    now_active = active + pt.logaddexp(was_active + stay, was_halted + resume)
    now_halted = halted + pt.logaddexp(was_active + leave, was_halted + rest)
    return now_active, now_halted
