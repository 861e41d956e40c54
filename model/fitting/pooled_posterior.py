"""One fit for every imputation of the counts, and one posterior pooled over them at draw level.

Reporting uncertainty reaches the forecast because every imputation brings its own chains (Rubin's logic at draw level):
the `chain` dim runs over imputations x chains and carries the coordinate `imputation`.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from lull.data.counts import WeeklyCounts
from lull.model.density.compiled import density_function
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.out_of_scale import observed, within_scale
from lull.model.fitting.panel import Panel, active_mean, last_known_count, make_panel
from lull.model.fitting.posterior import derive, weekly_summary, with_unseen
from lull.model.fitting.sampler import PosteriorSampler, child_seeds
from lull.model.spec import ModelSpec, Priors, SamplerConfig

UNSEEN = 101  # spawn key of the draws of what the data cannot teach

type Progress = Callable[[str, int, int], None]


def fit_imputations(
    counts: WeeklyCounts,
    covariates: Covariates,
    *,
    spec: ModelSpec,
    priors: Priors,
    config: SamplerConfig,
    seed: int,
    progress: Progress,
) -> xr.DataTree:
    """Return the pooled tree: groups `posterior`, `sample_stats`, `weekly`, `observed_data`, `constant_data`.

    Weeks out of scale are set apart (`model/fitting/out_of_scale.py`).
    """
    seen = covariates.seen(counts.weeks[0], counts.origin)
    panels = make_panels(within_scale(counts), seen, spec=spec, priors=priors)
    progress("compile the model", 0, 1)
    density_function()
    progress("compile the model", 1, 1)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(UNSEEN,)))
    sampler, fitted = PosteriorSampler(spec, priors, config), []
    progress("sample the posterior", 0, len(panels))
    with closing(sampler.sample_each(panels, seeds=child_seeds(seed, len(panels)))) as traces:
        for panel, trace in zip(panels, traces, strict=True):
            posterior = derive(trace["posterior"].to_dataset(), panel, spec=spec, priors=priors)
            weekly = weekly_summary(posterior, panel)
            whole = with_unseen(posterior, covariates, priors, rng=rng)
            stats = trace["sample_stats"].to_dataset()
            stats.attrs.pop("created_at", None)  # stands in `run.json`: the same draws are the same bytes
            fitted.append(FittedPanel(panel, whole, stats, weekly))
            progress("sample the posterior", len(fitted), len(panels))
    return pooled_tree(fitted, covariates, counts, spec=spec)


@dataclass(frozen=True)
class FittedPanel:
    """One imputation and what was made of it: its named posterior, the sampler's statistics, its weekly summary."""

    panel: Panel
    posterior: xr.Dataset
    sample_stats: xr.Dataset
    weekly: xr.Dataset


def pooled_tree(
    fitted: Sequence[FittedPanel], covariates: Covariates, counts: WeeklyCounts, *, spec: ModelSpec
) -> xr.DataTree:
    """Return the posterior tree of fitted panels, pooled over imputations."""
    constant = _constant_data([part.panel for part in fitted], covariates, counts)
    pooled = _pooled([part.posterior for part in fitted])
    groups = {
        "posterior": pooled.drop_vars("log_likelihood"),
        "log_likelihood": pooled[["log_likelihood"]].rename(log_likelihood="count"),
        "sample_stats": _pooled([part.sample_stats for part in fitted]),
        "weekly": _weekly([part.weekly for part in fitted], counts),
        "observed_data": observed(counts),
        "constant_data": constant.assign_attrs(drift_correction=int(spec.drift_correction)),
    }
    return xr.DataTree.from_dict(groups)


def make_panels(counts: WeeklyCounts, covariates: Covariates, *, spec: ModelSpec, priors: Priors) -> list[Panel]:
    """Return one panel an imputation, all with the same priors: those of the mean over imputations."""
    array = counts.array
    busy = active_mean(array.to_numpy()).mean(axis=0)
    return [
        make_panel(array.isel(imputation=at), covariates, spec=spec, priors=priors, busy=busy)
        for at in range(array.sizes["imputation"])
    ]


def _pooled(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Return the datasets of the imputations joined along `chain`, which says of each chain whose it is."""
    chains = parts[0].sizes["chain"]
    joined = xr.concat(
        parts, dim="chain", data_vars="minimal", coords="minimal", compat="override", join="override"
    ).assign_coords(chain=np.arange(len(parts) * chains))
    return joined.assign_coords(imputation=("chain", np.repeat(np.arange(len(parts)), chains)))


def _weekly(parts: Sequence[xr.Dataset], counts: WeeklyCounts) -> xr.Dataset:
    """Return what the posterior says of the past by week, averaged over imputations, and the counts' quantiles."""
    summary = (
        xr.concat(parts, dim="imputation", data_vars="all", join="override")
        .mean("imputation")
        .assign_coords(week=counts.array["week"])
    )
    with np.errstate(invalid="ignore"):
        known = counts.array.where(counts.array.notnull(), 0.0)
        quantiles = known.quantile([0.05, 0.5, 0.95], dim="imputation").where(counts.array.notnull().any("imputation"))
    for name, level in (("count_q05", 0.05), ("count_q50", 0.5), ("count_q95", 0.95)):
        summary[name] = quantiles.sel(quantile=level, drop=True)
    return summary


def _constant_data(panels: Sequence[Panel], covariates: Covariates, counts: WeeklyCounts) -> xr.Dataset:
    """Return what the forward simulation and the hindcast need of the data apart from the draws."""

    def stacked(name: str) -> NDArray[np.float64]:
        return np.stack([getattr(panel, name) for panel in panels])

    last = np.stack([last_known_count(panel.settled) for panel in panels])
    schedule = covariates.array.rename(week="schedule_week")
    return xr.Dataset(
        {
            "silent_weeks": (("imputation", "series"), stacked("silence")[..., -1]),
            "last_count": (("imputation", "series"), last),
            "basis": (("imputation", "series", "week", "mode"), stacked("basis")),
            "residual_sd": (("imputation", "series"), np.stack([panel.residual_sd for panel in panels])),
            "schedule": schedule,
            "carried": (("covariate",), np.array(covariates.carried, dtype=np.int8)),
        },
        coords={"series": counts.array["series"], "week": counts.array["week"]},
    )
