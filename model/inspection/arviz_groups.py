"""Groups of ArviZ that are large, made on demand from a posterior tree: by-week log likelihood, predictions, priors.

Each takes a tree as Lull uses it inside (`model/inspection/arviz_layout.py`) and returns one group.
"""

import numpy as np
import xarray as xr
from scipy.special import expit, gammaln

from lull.data.arrays import Array
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.panel import ObservedWeeks, Panel, make_panel
from lull.model.forward.history import WeeklyTerms, filtered, weekly_terms
from lull.model.forward.past_weeks import past_weeks
from lull.model.inspection.predictive_checks import replicated_counts
from lull.model.spec import ModelSpec, Priors

MOST_CELLS = 4_000_000  # draws x series x weeks that are stored with a run; of larger ones it is made on demand


def weekly_log_likelihood(tree: xr.DataTree) -> xr.Dataset:
    """Return `count`: the log probability of each known count given the weeks before it, all regimes summed.

    Dims (chain, draw, observation), chains of all imputations end to end; an observation is a week of a series whose
    count is known, named by the coords `series` and `week`. A missing week is none: it would be a constant, which
    cross-validation cannot weigh. Summed over a series' weeks it is the log likelihood of the series.
    """
    posterior, observed = tree["posterior"].to_dataset(), tree["observed_data"].to_dataset()["count"]
    chains = posterior["imputation"].to_numpy()
    shape = (chains.size, posterior.sizes["draw"], *observed.shape[1:])
    values = np.empty(shape)
    for imputation in range(observed.sizes["imputation"]):
        for chain in np.flatnonzero(chains == imputation):
            values[[chain]] = _one_step(posterior.isel(chain=[chain]), past_weeks(tree, imputation))
    known = observed.notnull().all("imputation").to_numpy()
    series, week = np.nonzero(known)
    attrs = {"long_name": "log probability of the week's count given the weeks before"}
    return xr.Dataset(
        {"count": (("chain", "draw", "observation"), values[..., known], attrs)},
        coords={
            **{name: posterior[name] for name in ("chain", "draw", "imputation")},
            "series": ("observation", observed["series"].to_numpy()[series]),
            "week": ("observation", observed["week"].to_numpy()[week]),
        },
    )


def with_weekly_log_likelihood(tree: xr.DataTree) -> xr.DataTree:
    """Return the tree with the log likelihood by week in place of that by series; without one where it is too large."""
    posterior, weeks = tree["posterior"], tree["observed_data"].sizes["week"]
    cells = posterior.sizes["chain"] * posterior.sizes["draw"] * posterior.sizes["series"] * weeks
    groups = {name: node.to_dataset() for name, node in tree.children.items() if name != "log_likelihood"}
    if cells <= MOST_CELLS:
        groups["log_likelihood"] = weekly_log_likelihood(tree).astype(np.float32)
    return xr.DataTree.from_dict(groups)


def posterior_predictive(tree: xr.DataTree, *, draws: int, seed: int) -> xr.Dataset:
    """Return `count`: `draws` replicates of the known weeks of each imputation, NaN where a week is missing.

    Dims (chain, draw, series, week) with one chain an imputation.
    """
    observed = tree["observed_data"].to_dataset()["count"]
    rng = np.random.default_rng(seed)
    made = [replicated_counts(tree, at, draws, rng)[1] for at in range(observed.sizes["imputation"])]
    few = min(len(part) for part in made)
    attrs = {"long_name": "attacks, replicated from the posterior", "units": "attacks per week"}
    return xr.Dataset(
        {"count": (("chain", "draw", "series", "week"), np.stack([part[:few] for part in made]), attrs)},
        coords={
            "chain": np.arange(len(made)),
            "draw": np.arange(few),
            "imputation": ("chain", np.arange(len(made))),
            "series": tree["posterior"]["series"],
            "week": observed["week"],
        },
    )


def _one_step(posterior: xr.Dataset, past: ObservedWeeks) -> Array:
    """Return the log probability of each week's count given the weeks before, (chain, draw, series, week)."""
    terms = weekly_terms(posterior, past)
    active = _predicted_active(posterior, past, terms)
    size, log_leak = posterior["concentration"].to_numpy()[..., None], np.log(posterior["leak"].to_numpy())
    count = np.where(np.isnan(past.count), 0.0, past.count)
    log_odds = terms.log_intensity + past.log_completeness - np.log(size)  # of mean to concentration
    negative_binomial = gammaln(count + size) - gammaln(size) + count * log_odds
    negative_binomial -= (count + size) * np.logaddexp(0.0, log_odds)
    log_false_positive = log_leak[..., None, None] + past.log_completeness
    poisson = count * log_false_positive - np.exp(log_false_positive)
    with np.errstate(divide="ignore"):
        either = np.logaddexp(np.log(active) + negative_binomial, np.log1p(-active) + poisson)
    return np.where(np.isnan(past.count), 0.0, either - gammaln(count + 1.0))


def _predicted_active(posterior: xr.Dataset, past: ObservedWeeks, terms: WeeklyTerms) -> Array:
    """Return P(active) of each week given the counts before it, (chain, draw, series, week)."""
    filtered_active = filtered(posterior, past, terms)[1]
    before = filtered_active[..., :-1]
    stays, resumes = expit(-terms.halt_logit[..., 1:]), expit(terms.resumption_logit[..., 1:])
    first = posterior["initial_active"].to_numpy()[..., None]
    return np.concatenate([first, before * stays + (1.0 - before) * resumes], axis=-1)


def prior_groups(tree: xr.DataTree, *, spec: ModelSpec, priors: Priors, draws: int, seed: int) -> dict[str, xr.Dataset]:
    """Return the groups `prior` and `prior_predictive`: draws of the priors alone, for the weeks that were observed.

    `prior` has the variables of `posterior`, dims (chain, draw, ...) with one chain; `prior_predictive` has `count`
    (chain, draw, series, week), attacks per week. The priors are those of the first imputation's fit.
    """
    import pymc as pm  # noqa: PLC0415 - seconds; only priors need it

    from lull.model.fitting.build import build  # noqa: PLC0415 - the same
    from lull.model.fitting.posterior import derive  # noqa: PLC0415 - the same

    panel = _panel_of(tree, spec=spec, priors=priors)
    with build(panel, spec=spec, priors=priors):
        drawn = pm.sample_prior_predictive(draws, random_seed=seed, compile_kwargs={"mode": "FAST_COMPILE"})
    named = derive(drawn["prior"].to_dataset(), panel, spec=spec, priors=priors).drop_vars("log_likelihood")
    counts = drawn["prior_predictive"]["count"].to_numpy()
    observed = tree["observed_data"].to_dataset()["count"]
    predicted = xr.Dataset(
        {"count": (("chain", "draw", "series", "week"), counts, {"units": "attacks per week"})},
        coords={"chain": named["chain"], "draw": named["draw"], "series": named["series"], "week": observed["week"]},
    )
    return {"prior": named, "prior_predictive": predicted}


def _panel_of(tree: xr.DataTree, *, spec: ModelSpec, priors: Priors) -> Panel:
    """Return the panel of the first imputation, rebuilt from what is stored of it."""
    observed, constant = tree["observed_data"].to_dataset()["count"], tree["constant_data"].to_dataset()
    schedule = constant["schedule"].rename(schedule_week="week")
    covariates = Covariates(schedule, tuple(bool(kept) for kept in constant["carried"].to_numpy()))
    weeks = observed["week"].to_numpy().astype("datetime64[D]")
    seen = covariates.seen(weeks[0], weeks[-1])
    return make_panel(observed.isel(imputation=0), seen, spec=spec, priors=priors)
