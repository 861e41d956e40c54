"""What the data taught about each driver: its prior, its posterior, and how sensitive that is to prior and data.

A driver effect is the effect of one covariate on one mechanism, or its half-life. Overlap 1 says that the data said
nothing; the sensitivities say how far the posterior would move if the prior, or the likelihood, were made a little
stronger.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr
from arviz_stats.base import array_stats
from numpy.typing import NDArray
from scipy import special

from lull.data.arrays import Array
from lull.model.parameters import EFFECTS, effect_priors
from lull.model.spec import Normal, Priors

INTERVAL = (0.05, 0.5, 0.95)
BINS = 64
EDGES = special.ndtri(np.linspace(0.0, 1.0, BINS + 1))  # of bins of equal prior probability, in prior sds from the mean
FEWEST = 2.8  # draws for each that is effective, so that ArviZ has five in the tail that it smooths
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
    summed = log_likelihood["count"].sum("series").transpose("chain", "draw").to_numpy()
    weights = _weights(_within_imputation(summed, posterior["imputation"].to_numpy()))
    return tuple(_driver_effect(*one, weights) for one in _beliefs(posterior, priors))


def reweighted_effect(draws: Array, belief: Normal) -> dict[str, object]:
    """Return what another belief changes in the record of an effect, from draws (chain, draw) that were weighed by it.

    The sensitivities stay those of the fit.
    """
    after, overlap = Interval(*np.quantile(draws, INTERVAL).tolist()), _overlap(draws.ravel(), belief)
    before = dict(zip(("prior_low", "prior_median", "prior_high"), _quantiles(belief).tolist(), strict=True))
    learned = _in_words(overlap, has_sign=after.low > 0 or after.high < 0)
    return before | after._asdict() | {"overlap": overlap, "learned": learned}


def to_records(found: tuple[DriverEffect, ...]) -> list[dict[str, object]]:
    """Return the driver effects for a JSON file, whose quantiles stand side by side."""
    return [_record(**vars(row)) for row in found]


def _record(*, covariate: str, on: str, prior: Interval, posterior: Interval, **rest: object) -> dict[str, object]:
    before = {f"prior_{name}": bound for name, bound in prior._asdict().items()}
    return {"covariate": covariate, "on": on} | before | posterior._asdict() | rest


def _beliefs(posterior: xr.Dataset, priors: Priors) -> Iterator[tuple[str, str, Array, Normal]]:
    """Yield variable, covariate, draws (chain, draw) and prior of each driver effect; a half-life's is lognormal."""
    tables = effect_priors(priors)
    draws = {name: posterior[name].to_numpy() for name in (*tables, "half_life")}
    for at, covariate in enumerate(map(str, posterior["covariate"].to_numpy())):
        for name, table in tables.items():
            yield name, covariate, draws[name][..., at], table.get(covariate, priors.other_effect)
        if np.isfinite(draws["half_life"][..., at]).all():
            yield "half_life", covariate, draws["half_life"][..., at], priors.log_half_life


def _driver_effect(
    name: str, covariate: str, draws: Array, belief: Normal, likelihood: tuple[Array, Array]
) -> DriverEffect:
    """Return one driver effect from its draws (chain, draw) and their weights under either power of the likelihood."""
    is_log = name == "half_life"
    scaled = np.log(draws) if is_log else draws
    bounds = np.concatenate([_quantiles(belief), np.quantile(scaled, INTERVAL)])
    quantiles = (np.exp(bounds) if is_log else bounds).tolist()
    posterior = Interval(*quantiles[3:])
    overlap = _overlap(scaled.ravel(), belief)
    return DriverEffect(
        covariate=covariate,
        on=EFFECTS[name].mechanism if name in EFFECTS else "half-life",
        prior=Interval(*quantiles[:3]),
        posterior=posterior,
        overlap=overlap,
        prior_sensitivity=_sensitivity(scaled, _weights(-0.5 * ((scaled - belief.mean) / belief.sd) ** 2)),
        likelihood_sensitivity=_sensitivity(scaled, likelihood),
        learned=_in_words(overlap, has_sign=is_log or posterior.low > 0 or posterior.high < 0),
    )


def _quantiles(belief: Normal) -> Array:
    """Return the quantiles of a belief that are shown."""
    return belief.mean + belief.sd * special.ndtri(INTERVAL)


def _overlap(draws: Array, belief: Normal) -> float:
    """Return the area under both densities, the posterior's as a histogram over bins of equal prior probability."""
    share = np.histogram(draws, bins=belief.mean + belief.sd * EDGES)[0] / draws.size
    return float(np.minimum(share, 1.0 / BINS).sum())


def _weights(log_density: Array) -> tuple[Array, Array]:
    """Return the weights of draws (chain, draw) under which a density is raised to either of `POWERS`.

    They are ArviZ's `power_scale_lw`, which looks for the effective draws of the tails anew for each power.
    """
    laid = log_density.ravel()
    effective = array_stats.ess(laid[None], method="tail", prob=0.05, relative=True)
    share = min(float(effective), laid.size / FEWEST)
    logs = (array_stats.psislw((1.0 - power) * laid, r_eff=share)[0] for power in POWERS)
    lower, upper = (np.exp(each).reshape(log_density.shape) for each in logs)
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


def _within_imputation(log_likelihood: Array, imputation: NDArray[np.int64]) -> Array:
    """Return the log likelihood (chain, draw) less its mean in the imputation, whose data are another constant."""
    centred = np.empty(log_likelihood.shape)
    for value in np.unique(imputation):
        mine = log_likelihood[imputation == value]
        centred[imputation == value] = mine - mine.mean()
    return centred


def _in_words(overlap: float, *, has_sign: bool) -> str:
    """Return what the overlap says. That an effect is shown, no posterior alone can say: placebo calendars do."""
    if overlap >= LITTLE:
        return "mostly the prior"
    return "moved far" if overlap < MUCH and has_sign else "moved some way"
