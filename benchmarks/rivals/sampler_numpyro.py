"""The model as a NumPyro user would write it: emissions from NumPyro's distributions, the regimes summed by `lax.scan`.

The same free variables, priors and level basis as Lull's own model, in double precision; only the real weeks, without
Lull's padding. One host device for each chain: with fewer devices than chains NumPyro runs them one after another.
"""

import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import xarray as xr
from jax import lax
from jax.nn import log_sigmoid
from numpyro.infer import MCMC, NUTS
from rivals.sampler_priors import beliefs

from lull.model.fitting.panel import Panel
from lull.model.parameters import SERIES_PARAMETERS, SHARED
from lull.model.spec import Priors, SamplerConfig

type Array = Any  # of JAX, traced or not

DIMS = {
    "intercept": ("series",),
    "series_offset": ("parameter", "series"),
    "population_offset": ("parameter",),
    "log_spread": ("parameter",),
    "push": ("mechanism", "covariate"),
    "log_half_life": ("carried",),
    "level_mode": ("series", "mode"),
    "log_leak": (),
    "initial_logit": ("series",),
}


def sample(
    panel: Panel, priors: Priors, config: SamplerConfig, *, cores: int, seed: int
) -> tuple[xr.Dataset, dict[str, float]]:
    """Return the draws of the free variables, and `compile_s`, `sample_s`, `steps_per_draw`, `divergences`.

    NumPyro compiles while it runs; JAX tells how long each tracing and compilation took, the rest is sampling.
    """
    numpyro.enable_x64()
    numpyro.set_host_device_count(max(cores, config.chains))
    sampler = MCMC(
        NUTS(user_model),
        num_warmup=config.tune,
        num_samples=config.draws,
        num_chains=config.chains,
        chain_method="parallel",
        progress_bar=False,
    )
    compiling: list[float] = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, seconds, **_: compiling.append(seconds) if event.startswith("/jax/core/compile/") else None
    )
    whole = _run(sampler, panel, priors, seed)
    compiled = sum(compiling)
    stats = sampler.get_extra_fields(group_by_chain=True)
    measured = {
        "compile_s": compiled,
        "sample_s": whole - compiled,
        "steps_per_draw": float(stats["num_steps"].mean()),
        "divergences": int(stats["diverging"].sum()),
    }
    draws = sampler.get_samples(group_by_chain=True)
    values = {name: (("chain", "draw", *dims), np.asarray(draws[name])) for name, dims in DIMS.items()}
    return xr.Dataset(values), measured


def _run(sampler: MCMC, panel: Panel, priors: Priors, seed: int) -> float:
    """Return the seconds that one run takes until its draws are there."""
    begun = time.perf_counter()
    sampler.run(jax.random.key(seed), panel, priors, extra_fields=("num_steps", "diverging"))
    jax.block_until_ready(sampler.get_samples(group_by_chain=True))
    return time.perf_counter() - begun


def user_model(panel: Panel, priors: Priors) -> None:
    """Declare the pooled model with regimes, ageing hazards, level and covariates."""
    believed = beliefs(panel, priors)
    offset = _normal("series_offset", np.zeros(believed.mean.shape))
    shared, spread = _normal("population_offset", np.zeros(6)), _normal("log_spread", np.zeros(6), 0.4)
    value = believed.mean + SHARED * believed.sd * (shared[:, None] + jnp.exp(spread)[:, None] * offset)
    parameter = {name: value[row] for row, name in enumerate(SERIES_PARAMETERS)}
    push, covariate = _normal("push", believed.push_mean, believed.push_sd), _carried_over(panel, priors)
    intercept = _normal("intercept", panel.intercept_mean, priors.intercept_sd)
    mode = _normal("level_mode", np.zeros((len(panel.series), panel.basis.shape[2])))
    log_leak = _normal("log_leak", priors.log_leak.mean, priors.log_leak.sd)
    initial_logit = _normal(
        "initial_logit", np.full(len(panel.series), priors.initial_logit.mean), priors.initial_logit.sd
    )

    pushed = push[0] @ covariate
    level = jnp.exp(parameter["log_sigma"])[:, None] * jnp.einsum("swm,sm->sw", panel.basis, mode)
    log_intensity = intercept[:, None] + pushed - pushed.mean() + level
    halt = parameter["halt_intercept"][:, None] + push[1] @ covariate
    halt = halt[:, 1:] - jnp.exp(parameter["log_halt_level"])[:, None] * log_intensity[:, :-1]
    resumption = parameter["resumption_intercept"][:, None] + push[2] @ covariate
    aging = jnp.exp(parameter["log_resumption_aging"])[:, None]
    resumption = resumption[:, 1:] - aging * np.log1p(panel.silence[:, :-1])

    busy = dist.NegativeBinomial2(jnp.exp(log_intensity), jnp.exp(parameter["log_concentration"])[:, None])
    known, seen = ~np.isnan(panel.count), np.nan_to_num(panel.count)
    active = jnp.where(known, busy.log_prob(seen), 0.0)
    halted = jnp.where(known, dist.Poisson(jnp.exp(log_leak)).log_prob(seen), 0.0)
    numpyro.factor("count", _log_likelihood(active, halted, halt, resumption, initial_logit).sum())


def _normal(name: str, mean: Any, sd: Any = 1.0) -> Array:
    """Return a free normal variable of the mean's shape."""
    return numpyro.sample(name, dist.Normal(mean, sd).to_event(np.ndim(mean)))


def _carried_over(panel: Panel, priors: Priors) -> Array:
    """Return the covariates (covariate, week), the impulses convolved with `2^(-lag / half_life)`."""
    carried = np.flatnonzero(panel.carried)
    half_life = jnp.exp(
        _normal("log_half_life", np.full(carried.size, priors.log_half_life.mean), priors.log_half_life.sd)
    )
    decay = jnp.exp2(-np.arange(panel.weeks) / half_life[:, None])
    rows = [jnp.convolve(panel.impulses[0, row], decay[at])[: panel.weeks] for at, row in enumerate(carried)]
    return jnp.asarray(panel.impulses[0]).at[carried].set(jnp.stack(rows))


def _log_likelihood(active: Array, halted: Array, halt: Array, resumption: Array, initial_logit: Array) -> Array:
    """Return the log likelihood of each series, (series,): the forward recursion over weeks, in log space."""
    first = (active[:, 0] + log_sigmoid(initial_logit), halted[:, 0] + log_sigmoid(-initial_logit))
    log_hazards = [log_sigmoid(logit) for logit in (-halt, halt, -resumption, resumption)]
    by_week = [values.T for values in (active[:, 1:], halted[:, 1:], *log_hazards)]
    last, _ = lax.scan(_step, first, by_week)
    return jnp.logaddexp(*last)


def _step(messages: tuple[Array, Array], week: list[Array]) -> tuple[tuple[Array, Array], None]:
    """Return the two log messages of a week from those of the week before, its emissions and its log hazards."""
    was_active, was_halted = messages
    active, halted, stay, leave, rest, resume = week
    now_active = active + jnp.logaddexp(was_active + stay, was_halted + resume)
    now_halted = halted + jnp.logaddexp(was_active + leave, was_halted + rest)
    return (now_active, now_halted), None
