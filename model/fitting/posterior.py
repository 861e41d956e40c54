"""From the sampler's free variables to the quantities of the field, in numpy and after sampling.

The names, dims and units written here are the schema of the posterior (`docs/model.md`): what leads to a number on the
screen is read from these, never from the sampler's own parametrisation.
"""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from lull.data.arrays import Array
from lull.model.density.kernels import SURELY
from lull.model.fitting.covariates import Covariates, carry_over
from lull.model.fitting.level import mode_scale
from lull.model.fitting.panel import Panel
from lull.model.forward.history import in_last_week, smoothed, weekly_terms
from lull.model.parameters import BY_SERIES, EFFECTS, GIVEN, SHARED, UNITS, effect_moments, series_priors
from lull.model.spec import ModelSpec, Priors


def derive(trace: xr.Dataset, panel: Panel, *, spec: ModelSpec, priors: Priors) -> xr.Dataset:
    """Return the named posterior of one panel, dims (chain, draw, ...), from the free variables of `build`."""
    shared = _shared_parameters(trace, panel, priors)
    named = shared | _series_parameters(trace, panel, shared, spec=spec, priors=priors)
    named["intercept"] = (("series",), _uncentred(named["intercept"][1], shared, panel))
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
    drawn = {}
    for name, mean, sd in zip(EFFECTS, *effect_moments(priors, unseen), strict=True):
        drawn[name] = rng.normal(mean, sd, shape)
    half_life = np.exp(rng.normal(priors.log_half_life.mean, priors.log_half_life.sd, shape))
    carried = dict(zip(covariates.names, covariates.carried, strict=True))
    drawn["half_life"] = np.where([carried[name] for name in unseen], half_life, np.nan)
    order = [[*posterior["covariate"].to_numpy(), *unseen].index(name) for name in covariates.names]
    joined = {
        name: np.concatenate([posterior[name].to_numpy(), values], axis=-1)[..., order]
        for name, values in drawn.items()
    }
    rest = posterior.drop_vars([*drawn, "covariate"]).assign_coords(covariate=list(covariates.names))
    dims = ("chain", "draw", "covariate")
    return rest.assign({name: (dims, values, posterior[name].attrs) for name, values in joined.items()})


def weekly_summary(posterior: xr.Dataset, panel: Panel) -> xr.Dataset:
    """Return by week what the posterior says of the past: P(active) and intensity quantiles, dims (series, week)."""
    active, intensity = [], []
    for chain in _by_chain(posterior):
        terms = weekly_terms(chain, panel.observed)
        active.append(smoothed(chain, panel.observed, terms)[0])
        intensity.append(np.exp(terms.log_intensity[0]))
    quantiles = np.quantile(np.concatenate(intensity), [0.05, 0.5, 0.95], axis=0)
    names = ("intensity_q05", "intensity_q50", "intensity_q95")
    values = {"p_active": np.concatenate(active).mean(axis=0), **dict(zip(names, quantiles, strict=True))}
    return xr.Dataset(
        {name: (("series", "week"), value) for name, value in values.items()},
        coords={"series": list(panel.series)},
    )


type Named = dict[str, tuple[tuple[str, ...], Array]]


def _series_parameters(trace: xr.Dataset, panel: Panel, common: Named, *, spec: ModelSpec, priors: Priors) -> Named:
    """Return what varies by series on its natural scale, as name -> (dims, values); `common` is what does not."""
    beliefs = series_priors(priors)
    sd = np.array([belief.sd for belief in beliefs])[:, None]
    mean = np.stack([panel.log_concentration_mean, *(np.full(len(panel.series), b.mean) for b in beliefs[1:])])
    offset = trace["series_offset"].to_numpy()
    if "population_offset" in trace:
        shared, spread = trace["population_offset"].to_numpy(), np.exp(trace["log_spread"].to_numpy())
        offset = SHARED * (shared[..., None] + spread[..., None] * offset)
    value = dict(zip(BY_SERIES, np.moveaxis(mean + sd * offset, -2, 0), strict=True))
    named: Named = {row.name: (row.dims, np.exp(each) if row.scale == "log" else each) for row, each in value.items()}
    log_sigma = next(each for row, each in value.items() if row.name == "sigma")
    named |= {name: (named[name][0], np.full_like(log_sigma, fixed)) for name, fixed in _left_out(spec).items()}
    modes = (*log_sigma.shape, panel.basis.shape[2])
    sampled = trace["level_mode"].to_numpy() if spec.level else np.zeros(modes)
    sigma, scale = named["sigma"][1], mode_scale(log_sigma, panel.information)
    moved, taken = _taken(common, panel)
    mode = (sampled - taken * sigma[..., None] / scale) / scale if spec.level else sampled
    moved = moved + sigma * (panel.mode_centre * mode).sum(axis=-1)
    named["level_mode"] = (("series", "mode"), mode)
    named["intercept"] = (("series",), trace["intercept"].to_numpy() - moved)
    named["initial_active"] = (("series",), 1 / (1 + np.exp(-trace["initial_logit"].to_numpy())))
    return named


def _left_out(spec: ModelSpec) -> dict[str, float]:
    """Return the parameters of pieces that the model does without, and the value that each then has."""
    left_out = {}
    if not spec.level:
        left_out["sigma"] = 0.0
    if not spec.regimes:
        left_out |= {"halt_intercept": -SURELY, "resumption_intercept": SURELY}
    if not (spec.level_dependent_halting and spec.regimes):
        left_out["halt_level"] = 0.0
    if not spec.duration_dependence:
        left_out["resumption_aging"] = 0.0
    return left_out


def _taken(shared: Named, panel: Panel) -> tuple[Array, Array]:
    """Return what the sampler's intercept and modes have of the pushes on the log intensity.

    (chain, draw, series) and, in units of sigma over their scale, (chain, draw, series, mode).
    """
    effect, half_life = shared["effect"][1], shared["half_life"][1]
    moved, taken = [], []
    for at, information in enumerate(panel.week_information):
        if at < len(panel.impulses):  # else the one row is of all series
            push = np.einsum("...k,...kw->...w", effect, carry_over(panel.impulses[at], half_life))
            push -= panel.expected_push[at]
        moved.append(push @ panel.intercept_weight[at])
        taken.append((push * information) @ panel.basis[at] - (push @ information)[..., None] * panel.mode_centre[at])
    return np.stack(moved, axis=-1), np.stack(taken, axis=-2)


def _uncentred(intercept: Array, shared: "Named", panel: Panel) -> Array:
    """Return the intercept at covariates of zero; the sampler's is at their mean over the observed weeks."""
    effect, half_life = shared["effect"][1], shared["half_life"][1]
    means = [carry_over(rows, half_life).mean(axis=-1) for rows in panel.impulses]
    return intercept - np.stack([np.einsum("...k,...k->...", effect, mean) for mean in means], axis=-1)


def _shared_parameters(trace: xr.Dataset, panel: Panel, priors: Priors) -> Named:
    """Return what all series share, as name -> (dims, values)."""
    log_leak = trace["log_leak"].to_numpy()
    named: Named = {
        "leak": ((), np.exp(log_leak)),
        "self_excitation": (
            (),
            trace["self_excitation"].to_numpy() if "self_excitation" in trace else np.zeros_like(log_leak),
        ),
    }
    named |= {name: ((), np.full(log_leak.shape, getattr(priors, name))) for name in GIVEN}
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
    there, log_likelihood = in_last_week(posterior, panel.observed, panel.residual_sd)
    return there | {"log_likelihood": log_likelihood}


def _by_chain(posterior: xr.Dataset) -> Iterator[xr.Dataset]:
    """Yield the posterior one chain at a time, which bounds the memory of what is computed by week."""
    for chain in range(posterior.sizes["chain"]):
        yield posterior.isel(chain=[chain])
