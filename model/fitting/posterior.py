"""From the sampler's free variables to the quantities of the field, in numpy and after sampling.

The names, dims and units written here are the schema of the posterior (`docs/model.md`): what leads to a number on the
screen is read from these, never from the sampler's own parametrisation.
"""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from lull.data.arrays import Array
from lull.model.fitting.build import SERIES_PARAMETERS, SHARED, SURELY, mode_scale, series_priors
from lull.model.fitting.covariates import Covariates, carry_over
from lull.model.fitting.panel import Panel
from lull.model.forward.history import EFFECTS, filtered, smoothed, weekly_terms
from lull.model.spec import ModelSpec, Priors

UNITS = {
    "intercept": "log attacks per week while active, at the mean level",
    "concentration": "negative-binomial size (larger = closer to Poisson)",
    "sigma": "weekly sd of the level, log scale",
    "halt_intercept": "logit of the weekly halt hazard at one attack a week",
    "halt_level": "fall of the halt logit per unit of log intensity",
    "resumption_intercept": "logit of the weekly resumption hazard of a new pause",
    "resumption_aging": "fall of the resumption logit per log(1 + silent weeks)",
    "leak": "stray statements per week during a pause",
    "initial_active": "probability of being active in the first week",
    "self_excitation": "rise of log intensity per log(1 + last week's count)",
    "effect": "change of log intensity per unit of the covariate",
    "halt_effect": "change of the halt logit per unit of the covariate",
    "resumption_effect": "change of the resumption logit per unit of the covariate",
    "half_life": "weeks until half of an impulse is left (missing for a state)",
    "level_mode": "standardised mode of the level",
    "level": "level in the origin week, log scale",
    "level_residual_sd": "sd of the level's last week that the modes leave out, log scale",
    "log_intensity": "log attacks per week while active, in the origin week",
    "p_active": "probability of being active in the origin week given the counts up to it",
    "log_likelihood": "log likelihood of the series' counts, all regime paths summed",
}


def derive(trace: xr.Dataset, panel: Panel, *, spec: ModelSpec, priors: Priors) -> xr.Dataset:
    """Return the named posterior of one panel, dims (chain, draw, ...), from the free variables of `build`."""
    shared = _shared_parameters(trace, panel)
    named = shared | _series_parameters(trace, panel, spec=spec, priors=priors)
    named["intercept"] = (("series",), _uncentred(trace["intercept"].to_numpy(), shared, panel))
    posterior = xr.Dataset(
        {name: (("chain", "draw", *dims), values) for name, (dims, values) in named.items()},
        coords={
            "chain": trace["chain"],
            "draw": trace["draw"],
            "series": list(panel.series),
            "covariate": list(panel.covariates),
        },
    )
    by_chain = [_origin(chain, panel) for chain in _by_chain(posterior)]
    for name in by_chain[0]:
        posterior[name] = (("chain", "draw", "series"), np.concatenate([values[name] for values in by_chain]))
    for variable in posterior.data_vars:
        posterior[variable].attrs["long_name"] = UNITS[str(variable)]
    return posterior


def with_unseen(
    posterior: xr.Dataset, covariates: Covariates, priors: Priors, *, rng: np.random.Generator
) -> xr.Dataset:
    """Return the posterior with every covariate, in their order: one that never pushed before the origin has its prior.

    The data carry no information on it, so its posterior is its prior, exactly; a scenario may still pull it.
    """
    seen = set(posterior["covariate"].to_numpy().tolist())
    unseen = [name for name in covariates.names if name not in seen]
    shape = (posterior.sizes["chain"], posterior.sizes["draw"], len(unseen))
    tables = (priors.intensity_effect, priors.halt_effect, priors.resumption_effect)
    drawn = {}
    for name, table in zip(EFFECTS, tables, strict=True):
        beliefs = [table.get(covariate, priors.other_effect) for covariate in unseen]
        drawn[name] = rng.normal([belief.mean for belief in beliefs], [belief.sd for belief in beliefs], shape)
    half_life = np.exp(rng.normal(priors.log_half_life.mean, priors.log_half_life.sd, shape))
    carried = dict(zip(covariates.names, covariates.carried, strict=True))
    drawn["half_life"] = np.where([carried[name] for name in unseen], half_life, np.nan)
    order = [[*posterior["covariate"].to_numpy(), *unseen].index(name) for name in covariates.names]
    joined = {
        name: np.concatenate([posterior[name].to_numpy(), values], axis=-1)[..., order]
        for name, values in drawn.items()
    }
    rest = posterior.drop_vars([*drawn, "covariate"]).assign_coords(covariate=list(covariates.names))
    return rest.assign({name: (("chain", "draw", "covariate"), values) for name, values in joined.items()})


def weekly_summary(posterior: xr.Dataset, panel: Panel) -> xr.Dataset:
    """Return by week what the posterior says of the past: P(active) and intensity quantiles, dims (series, week)."""
    active, intensity = [], []
    for chain in _by_chain(posterior):
        terms = weekly_terms(chain, panel)
        active.append(smoothed(chain, panel, terms)[0])
        intensity.append(np.exp(terms.log_intensity[0]))
    quantiles = np.quantile(np.concatenate(intensity), [0.05, 0.5, 0.95], axis=0)
    names = ("intensity_q05", "intensity_q50", "intensity_q95")
    values = {"p_active": np.concatenate(active).mean(axis=0), **dict(zip(names, quantiles, strict=True))}
    return xr.Dataset(
        {name: (("series", "week"), value) for name, value in values.items()},
        coords={"series": list(panel.series)},
    )


type Named = dict[str, tuple[tuple[str, ...], Array]]


def _series_parameters(trace: xr.Dataset, panel: Panel, *, spec: ModelSpec, priors: Priors) -> Named:
    """Return what varies by series on its natural scale, as name -> (dims, values)."""
    beliefs = series_priors(priors)
    sd = np.array([belief.sd for belief in beliefs])[:, None]
    mean = np.stack([panel.log_concentration_mean, *(np.full(len(panel.series), b.mean) for b in beliefs[1:])])
    offset = trace["series_offset"].to_numpy()
    if "population_offset" in trace:
        shared, spread = trace["population_offset"].to_numpy(), np.exp(trace["log_spread"].to_numpy())
        offset = SHARED * (shared[..., None] + spread[..., None] * offset)
    value = dict(zip(SERIES_PARAMETERS, np.moveaxis(mean + sd * offset, -2, 0), strict=True))
    nothing = np.zeros_like(value["log_sigma"])
    sampled = trace["level_mode"].to_numpy() if spec.level else np.zeros((*nothing.shape, panel.basis.shape[2]))
    return {
        "concentration": (("series",), np.exp(value["log_concentration"])),
        "sigma": (("series",), np.exp(value["log_sigma"]) if spec.level else nothing),
        "halt_intercept": (("series",), value["halt_intercept"] if spec.regimes else nothing - SURELY),
        "halt_level": (
            ("series",),
            np.exp(value["log_halt_level"]) if spec.level_dependent_halting and spec.regimes else nothing,
        ),
        "resumption_intercept": (
            ("series",),
            value["resumption_intercept"] if spec.regimes else nothing + SURELY,
        ),
        "resumption_aging": (
            ("series",),
            np.exp(value["log_resumption_aging"]) if spec.duration_dependence else nothing,
        ),
        "level_mode": (("series", "mode"), sampled / mode_scale(value["log_sigma"], panel.centring, priors)),
        "initial_active": (("series",), 1 / (1 + np.exp(-trace["initial_logit"].to_numpy()))),
    }


def _uncentred(intercept: Array, shared: "Named", panel: Panel) -> Array:
    """Return the intercept at covariates of zero; the sampler's is at their mean over the observed weeks."""
    covariate = carry_over(panel.impulses[:, : panel.weeks], shared["half_life"][1]).mean(axis=-1)
    return intercept - np.einsum("...k,...k->...", shared["effect"][1], covariate)[..., None]


def _shared_parameters(trace: xr.Dataset, panel: Panel) -> Named:
    """Return what all series share, as name -> (dims, values)."""
    log_leak = trace["log_leak"].to_numpy()
    named: Named = {
        "leak": ((), np.exp(log_leak)),
        "self_excitation": (
            (),
            trace["self_excitation"].to_numpy() if "self_excitation" in trace else np.zeros_like(log_leak),
        ),
    }
    half_life = np.full((*log_leak.shape, len(panel.covariates)), np.nan)
    if "log_half_life" in trace:
        half_life[..., list(panel.carried)] = np.exp(trace["log_half_life"].to_numpy())
    named["half_life"] = (("covariate",), half_life)
    for row, name in enumerate(EFFECTS):
        effect = trace["push"].to_numpy()[..., row, :] if "push" in trace else np.zeros((*log_leak.shape, 0))
        named[name] = (("covariate",), effect)
    return named


def _origin(posterior: xr.Dataset, panel: Panel) -> dict[str, Array]:
    """Return the state at the origin for the draws of a named posterior, (chain, draw, series) by name."""
    terms = weekly_terms(posterior, panel)
    log_likelihood, p_active = filtered(posterior, panel, terms)
    sigma, last = posterior["sigma"].to_numpy(), panel.basis[:, panel.weeks - 1]
    return {
        "level": sigma * np.einsum("...sm,sm->...s", posterior["level_mode"].to_numpy(), last),
        "level_residual_sd": sigma * panel.residual_sd,
        "log_intensity": terms.log_intensity[..., -1],
        "p_active": p_active[..., -1],
        "log_likelihood": log_likelihood,
    }


def _by_chain(posterior: xr.Dataset) -> Iterator[xr.Dataset]:
    """Yield the posterior one chain at a time, which bounds the memory of what is computed by week."""
    for chain in range(posterior.sizes["chain"]):
        yield posterior.isel(chain=[chain])
