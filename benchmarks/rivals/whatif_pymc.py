"""The what-if of a PyMC user: the weeks ahead as a generative graph, conditioned on the posterior, compiled once.

The same equations, posterior and interventions as Lull's. The weeks are a `scan` whose random variables are drawn for
one posterior draw at a time, as `sample_posterior_predictive` does; covariates are `pm.Data`, so that a new scenario is
a `set_data`. `sample_posterior_predictive` prepares its function at every call; the second way compiles it once and
calls it in the same loop over draws.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import xarray as xr
from numpy.typing import NDArray
from pymc.pytensorf import collect_default_updates

from lull.model.forward.simulate import OriginState

BY_SERIES = (
    "intercept", "concentration", "sigma", "halt_intercept", "halt_level", "resumption_intercept", "resumption_aging",
    "level", "level_residual_sd", "log_intensity", "p_active", "silent_weeks",
)  # fmt: skip
BY_COVARIATE = ("effect", "halt_effect", "resumption_effect", "half_life", "carry")


def what_if(state: OriginState, impulses: NDArray[np.float64], in_force: NDArray[np.float64]) -> pm.Model:
    """Return the model of the weeks ahead; `impulses` (covariate, week) and `in_force` (week,) can be set anew."""
    coords = {"series": state.series, "covariate": state.covariates, "week": np.arange(state.horizon)}
    with pm.Model(coords=coords) as graph:
        given = {name: pm.Flat(name, dims="series") for name in BY_SERIES}
        given |= {name: pm.Flat(name, dims="covariate") for name in BY_COVARIATE}
        given["leak"] = pm.Flat("leak")
        pushed = pm.Data("impulses", impulses, dims=("covariate", "week"))
        force = pm.Data("in_force", in_force, dims="week")
        covariate = _covariate(given, pushed, force, state.horizon)
        terms = [given[name] for name in (*BY_SERIES, "leak", "effect", "halt_effect", "resumption_effect")]
        pm.CustomDist("count", *terms, covariate, dist=_weeks_ahead, dims=("week", "series"))
    return graph


def _covariate(given: dict[str, Any], impulses: Any, in_force: Any, horizon: int) -> Any:
    """Return the covariates of the weeks ahead, (week, covariate): impulses carried over, and the state."""
    lag = np.arange(horizon)[:, None] - np.arange(horizon)[None, :]
    keep = 2.0 ** (-1.0 / given["half_life"])
    kernel = pt.switch(lag[None] >= 0, keep[:, None, None] ** np.maximum(lag, 0)[None], 0.0)
    fading = given["carry"][:, None] * keep[:, None] ** (1.0 + np.arange(horizon))[None]
    carried = (kernel * impulses[:, None, :]).sum(axis=-1) + fading
    return pt.concatenate([carried[:-1], in_force[None]], axis=0).T


def _weeks_ahead(*terms: Any) -> Any:
    """Return the counts of the weeks ahead, (week, series)."""
    (
        intercept, concentration, sigma, halt, halt_level, resume, aging, level, residual, log_intensity, p_active,
        silent, leak, effect, halt_effect, resumption_effect, covariate, size,
    ) = terms  # fmt: skip
    del size
    start = level + residual * pm.Normal.dist(0.0, 1.0, shape=level.shape)
    active = pm.Bernoulli.dist(p_active)

    def step(now: Any, active: Any, level: Any, before: Any, silent: Any) -> Any:
        halts = pm.math.sigmoid(halt - halt_level * before + halt_effect @ now)
        resumes = pm.math.sigmoid(resume - aging * pt.log1p(silent) + resumption_effect @ now)
        active = pm.Bernoulli.dist(pt.switch(pt.gt(active, 0.5), 1.0 - halts, resumes)).astype("float64")
        step = pm.Normal.dist(-(sigma**2) / 2.0, sigma)
        level = level + active * step
        intensity = intercept + effect @ now + level
        busy = pm.NegativeBinomial.dist(mu=pt.exp(intensity), alpha=concentration)
        stray = pm.Poisson.dist(leak, shape=intercept.shape)
        count = pt.switch(pt.gt(active, 0.5), busy, stray)
        silent = pt.switch(pt.gt(count, 0), 0.0, silent + 1.0)
        return (active, level, intensity, silent, count), collect_default_updates([count])

    outputs, _ = pytensor.scan(
        step,
        sequences=[covariate],
        outputs_info=[active.astype("float64"), start, log_intensity, silent, None],
        strict=False,
    )
    return outputs[-1]


def posterior_of(state: OriginState) -> xr.DataTree:
    """Return the state as a posterior of one chain, (chain, draw, ...)."""
    series, covariate = ("chain", "draw", "series"), ("chain", "draw", "covariate")
    values: dict[str, Any] = {name: (series, getattr(state, name)[None]) for name in BY_SERIES}
    values |= {name: (covariate, getattr(state, name)[None]) for name in BY_COVARIATE}
    values["carry"] = (covariate, state.carry[None, :, 0])
    half_life = np.where(np.isnan(state.half_life), 1.0, state.half_life)
    values["half_life"] = (covariate, half_life[None])
    values["leak"] = (("chain", "draw"), state.leak[None])
    posterior = xr.Dataset(values, coords={"chain": [0], "draw": np.arange(state.draws)})
    return xr.DataTree.from_dict({"posterior": posterior})


def compiled(graph: pm.Model, state: OriginState) -> Callable[[], NDArray[np.float64]]:
    """Return a function that draws the counts of all posterior draws, (draw, week, series); compiled here, once."""
    inputs = [graph[name] for name in (*BY_SERIES, *BY_COVARIATE, "leak")]
    with graph:
        draw = pm.compile(inputs, graph["count"], random_seed=1, mode=None)
    points = [state.carry[:, 0] if each.name == "carry" else getattr(state, each.name) for each in inputs]
    points[-2 - BY_COVARIATE[::-1].index("half_life")] = np.where(np.isnan(state.half_life), 1.0, state.half_life)

    def all_draws() -> NDArray[np.float64]:
        return np.stack([draw(*(values[place] for values in points)) for place in range(state.draws)])

    return all_draws


def time_pymc(
    state: OriginState, summary: Callable[[NDArray[np.float64]], object], *, rounds: int
) -> dict[str, dict[str, float]]:
    """Return the figures of both ways by name: a new scenario each round, counts of all draws, and their summary."""
    in_force = state.future_covariate[0, 0, -1]
    graph = what_if(state, np.zeros((len(state.covariates), state.horizon)), in_force)
    tree, by_hand = posterior_of(state), compiled(graph, state)

    def predicted() -> NDArray[np.float64]:
        kept = [str(name) for name in tree["posterior"].data_vars]  # the draws stay what they are
        found = pm.sample_posterior_predictive(
            tree, var_names=["count"], freeze_vars=kept, random_seed=1, progressbar=False
        )
        return found["posterior_predictive"]["count"].to_numpy()[0]

    figures = {}
    for name, run in (("pymc", predicted), ("pymc_compiled", by_hand)):
        taken = [_one_scenario(graph, number, in_force, run, summary) for number in range(rounds + 1)][1:]
        figures[name] = {"median_ms": 1e3 * float(np.median(taken)), "p95_ms": 1e3 * float(np.quantile(taken, 0.95))}
    return figures


def _one_scenario(
    graph: pm.Model,
    number: int,
    in_force: NDArray[np.float64],
    run: Callable[[], NDArray[np.float64]],
    summary: Callable[[NDArray[np.float64]], object],
) -> float:
    """Return how many seconds a new scenario takes: an escalation, and a truce that ends, in another week each."""
    impulses = np.zeros(graph["impulses"].eval().shape)
    impulses[2, number] = 1.0
    begun = time.perf_counter()
    with graph:
        pm.set_data({"impulses": impulses, "in_force": np.where(np.arange(in_force.size) < number, in_force, 0.0)})
        summary(run())
    return time.perf_counter() - begun
