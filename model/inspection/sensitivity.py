"""What the data taught about each driver: its prior, its posterior, and how sensitive that is to prior and data.

A driver effect is the effect of one covariate on one mechanism, or its half-life. Overlap 1 says that the data said
nothing; the sensitivities say how far the posterior would move if the prior, or the likelihood, were made a little
stronger.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr
from arviz_stats.base import array_stats
from scipy import special, stats

from lull.data.arrays import Array
from lull.model.parameters import EFFECTS, effect_priors
from lull.model.spec import Normal, Priors

INTERVAL = (0.05, 0.5, 0.95)
BINS = 64
POWERS = (0.99, 1.01)  # to which prior and likelihood are raised, as ArviZ's `psense` does (Kallioinen et al., 2024)
LITTLE, MUCH = 0.85, 0.6  # overlap above which the data said little, below which much


class Interval(NamedTuple):
    """The 5, 50 and 95 % quantiles of an effect."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class DriverEffect:
    """Prior and posterior of one driver effect, effects on the log or logit scale, half-lives in weeks.

    `overlap` is the area the two densities share (0..1); `prior_sensitivity` and `likelihood_sensitivity` are the
    power-scaling diagnostics; `learned` says it in words.
    """

    covariate: str
    on: str
    prior: Interval
    posterior: Interval
    overlap: float
    prior_sensitivity: float
    likelihood_sensitivity: float
    learned: str


def driver_effects(posterior: xr.Dataset, log_likelihood: xr.Dataset, priors: Priors) -> tuple[DriverEffect, ...]:
    """Return every driver effect of a named posterior; intervals hold 90 %."""
    weights = _weights(_within_imputation(log_likelihood.sum("series"), posterior))
    return tuple(
        _driver_effect(name, str(covariate), posterior[name].sel(covariate=covariate).to_numpy(), belief, weights)
        for name, covariate, belief in _beliefs(posterior, priors)
    )


def reweighted_effect(draws: Array, belief: Normal) -> dict[str, object]:
    """Return what another belief changes in the record of an effect, from draws (chain, draw) that were weighed by it.

    The sensitivities stay those of the fit.
    """
    prior = stats.norm(belief.mean, belief.sd)
    after, overlap = Interval(*np.quantile(draws, INTERVAL).tolist()), _overlap(draws.ravel(), prior)
    before = dict(zip(("prior_low", "prior_median", "prior_high"), prior.ppf(INTERVAL).tolist(), strict=True))
    learned = _in_words(overlap, has_sign=after.low > 0 or after.high < 0)
    return before | after._asdict() | {"overlap": overlap, "learned": learned}


def to_records(found: tuple[DriverEffect, ...]) -> list[dict[str, object]]:
    """Return the driver effects for a JSON file, whose quantiles stand side by side."""
    return [_record(**vars(row)) for row in found]


def _record(*, covariate: str, on: str, prior: Interval, posterior: Interval, **rest: object) -> dict[str, object]:
    before = {f"prior_{name}": bound for name, bound in prior._asdict().items()}
    return {"covariate": covariate, "on": on} | before | posterior._asdict() | rest


def _beliefs(posterior: xr.Dataset, priors: Priors) -> Iterator[tuple[str, str, Normal]]:
    """Yield each driver effect's variable, covariate and prior; a half-life's is on the log scale."""
    tables = effect_priors(priors)
    for covariate in posterior["covariate"].to_numpy():
        for name, table in tables.items():
            yield name, str(covariate), table.get(str(covariate), priors.other_effect)
        if np.isfinite(posterior["half_life"].sel(covariate=covariate)).all():
            yield "half_life", str(covariate), priors.log_half_life


def _driver_effect(
    name: str, covariate: str, draws: Array, belief: Normal, likelihood: tuple[Array, Array]
) -> DriverEffect:
    """Return one driver effect from its draws (chain, draw) and their weights under either power of the likelihood."""
    is_log = name == "half_life"
    scaled = np.log(draws) if is_log else draws
    prior = stats.norm(belief.mean, belief.sd)
    bounds = np.concatenate([prior.ppf(INTERVAL), np.quantile(scaled, INTERVAL)])
    quantiles = (np.exp(bounds) if is_log else bounds).tolist()
    posterior = Interval(*quantiles[3:])
    overlap = _overlap(scaled.ravel(), prior)
    return DriverEffect(
        covariate=covariate,
        on=EFFECTS[name].mechanism if name in EFFECTS else "half-life",
        prior=Interval(*quantiles[:3]),
        posterior=posterior,
        overlap=overlap,
        prior_sensitivity=_sensitivity(scaled, _weights(prior.logpdf(scaled))),
        likelihood_sensitivity=_sensitivity(scaled, likelihood),
        learned=_in_words(overlap, has_sign=is_log or posterior.low > 0 or posterior.high < 0),
    )


def _overlap(draws: Array, prior: stats.rv_continuous) -> float:
    """Return the area under both densities, the posterior's as a histogram over bins of equal prior probability."""
    edges = prior.ppf(np.linspace(0.0, 1.0, BINS + 1))
    share = np.histogram(draws, bins=edges)[0] / draws.size
    return float(np.minimum(share, 1.0 / BINS).sum())


def _weights(log_density: Array) -> tuple[Array, Array]:
    """Return the weights of draws (chain, draw) under which a density is raised to either of `POWERS`."""
    with warnings.catch_warnings():  # powers this near 1 need no smoothed tail, and ArviZ says that it is short
        warnings.filterwarnings("ignore", message="Number of tail draws cannot be less than 5")
        lower, upper = (np.exp(array_stats.power_scale_lw(log_density, alpha=power, axis=(-2, -1))) for power in POWERS)
    return lower / lower.sum(), upper / upper.sum()


def _sensitivity(draws: Array, weights: tuple[Array, Array]) -> float:
    """Return how far draws (chain, draw) move when the prior or the likelihood is raised to a power near 1.

    It is ArviZ's `power_scale_sense`, which orders the draws anew for each distance and sums by BLAS, whose threads
    cost more than sums of this size.
    """
    order = np.argsort(draws, axis=None)
    widths = np.diff(draws.ravel()[order])
    even = np.linspace(1.0 / draws.size, 1.0 - 1.0 / draws.size, draws.size - 1)
    moved = [_distance(widths, even, np.cumsum(scaled.ravel()[order])[:-1]) for scaled in weights]
    return float(np.mean(np.array(moved) / np.abs(np.log2(POWERS))))


def _distance(widths: Array, even: Array, weighed: Array) -> float:
    """Return the cumulative Jensen-Shannon distance of two distribution functions, the larger of both directions.

    Both are constant over `widths` between the draws in order.
    """
    ways = []
    for one, other in ((even, weighed), (1.0 - even, np.maximum(1.0 - weighed, 0.0))):
        middle = (one + other) / 2.0
        apart = (widths * (special.kl_div(one, middle) + special.kl_div(other, middle))).sum()
        ways.append(apart / np.log(2.0) / (widths * (one + other)).sum())
    return float(np.sqrt(max(ways)))


def _within_imputation(log_likelihood: xr.Dataset, posterior: xr.Dataset) -> Array:
    """Return the log likelihood (chain, draw) less its mean in the imputation, whose data are another constant."""
    imputation = posterior["imputation"]
    centred = log_likelihood.groupby(imputation) - log_likelihood.groupby(imputation).mean(...)
    return centred["count"].transpose("chain", "draw").to_numpy()


def _in_words(overlap: float, *, has_sign: bool) -> str:
    """Return what the overlap says. That an effect is shown, no posterior alone can say: placebo calendars do."""
    if overlap >= LITTLE:
        return "mostly the prior"
    return "moved far" if overlap < MUCH and has_sign else "moved some way"
