"""What each draw says of past weeks: log intensity and hazards by week, and the regimes given the counts.

Plain numpy on a named posterior and what was observed; it compiles nothing, so that what looks back at a stored run
can stand on it as well as what has just been sampled.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import logit

from lull.data.arrays import Array
from lull.model.fitting.covariates import carry_over
from lull.model.fitting.panel import ObservedWeeks, last_attack, log_last_count, log_silence
from lull.model.parameters import AT_ORIGIN, BY_SERIES, EFFECTS
from lull.model.regimes.filter import filter_regimes, smooth_regimes


@dataclass(frozen=True)
class WeeklyTerms:
    """The model's terms of every week and draw: log intensity and the two hazard logits, each (..., series, week)."""

    log_intensity: Array
    halt_logit: Array
    resumption_logit: Array


def weekly_terms(posterior: xr.Dataset, past: ObservedWeeks) -> WeeklyTerms:
    """Return the terms of past weeks for each draw of a named posterior, (chain, draw, series, week)."""
    base = terms_without_past(posterior, past)
    draw = {name: posterior[name].to_numpy()[..., None] for name in ("halt_level", "resumption_aging")}
    log_intensity = base.log_intensity + _excitation(posterior) * log_last_count(past.settled)
    before = np.concatenate([log_intensity[..., :1], log_intensity[..., :-1]], axis=-1)
    halt = base.halt_logit - draw["halt_level"] * before
    aging = draw["resumption_aging"] * log_silence(past.silence)
    return WeeklyTerms(log_intensity, halt, base.resumption_logit - aging)


def terms_without_past(posterior: xr.Dataset, past: ObservedWeeks) -> WeeklyTerms:
    """Return the terms of `weekly_terms` without what the counts before a week add to them."""
    draw = {name: posterior[name].to_numpy()[..., None] for name in ("intercept", *(row.name for row in BY_SERIES))}
    half_life = posterior["half_life"].to_numpy()
    covariates = [carry_over(impulses, half_life) for impulses in past.impulses]
    effect = {name: posterior[name].to_numpy() for name in EFFECTS}
    pushed = {
        name: np.stack([np.einsum("...k,...kw->...w", effect[name], each) for each in covariates], axis=-2)
        for name in EFFECTS
    }
    level = draw["sigma"] * np.einsum("...sm,swm->...sw", posterior["level_mode"].to_numpy(), past.basis)
    return WeeklyTerms(
        draw["intercept"] + pushed["effect"] + level,
        draw["halt_intercept"] + pushed["halt_effect"],
        draw["resumption_intercept"] + pushed["resumption_effect"],
    )


def _excitation(posterior: xr.Dataset) -> Array:
    """Return the self-excitation of each draw, (chain, draw, 1, 1)."""
    excitation: Array = posterior["self_excitation"].to_numpy()[..., None, None]
    return excitation


def filtered(posterior: xr.Dataset, past: ObservedWeeks, terms: WeeklyTerms) -> tuple[Array, Array]:
    """Return the log likelihood (chain, draw, series) and P(active) given the counts so far (..., series, week)."""
    return filter_regimes(*_regime_arguments(posterior, past, terms))


def smoothed(posterior: xr.Dataset, past: ObservedWeeks, terms: WeeklyTerms) -> Array:
    """Return P(active) of each week given all counts, (chain, draw, series, week)."""
    return smooth_regimes(*_regime_arguments(posterior, past, terms))


def in_last_week(posterior: xr.Dataset, past: ObservedWeeks, left_out: Array) -> tuple[dict[str, Array], Array]:
    """Return what is `AT_ORIGIN` of the last of some past weeks, and the log likelihood, (chain, draw, series).

    `left_out` (series,) is the sd of the level there, in units of sigma, that its modes leave out.
    """
    terms, sigma = weekly_terms(posterior, past), posterior["sigma"].to_numpy()
    log_likelihood, p_active = filtered(posterior, past, terms)
    mode = posterior["level_mode"].to_numpy()
    level, last_level = (
        sigma * np.einsum("...sm,sm->...s", mode, past.basis[np.arange(len(past.basis)), week])
        for week in (-1, last_attack(past.settled))
    )
    there = (level, sigma * left_out, last_level, terms.log_intensity[..., -1], p_active[..., -1])
    return dict(zip(AT_ORIGIN, there, strict=True)), log_likelihood


def _regime_arguments(posterior: xr.Dataset, past: ObservedWeeks, terms: WeeklyTerms) -> tuple[Array, ...]:
    """Return the arguments of `filter_regimes` for past weeks."""
    return (
        past.count,
        terms.log_intensity,
        np.log(posterior["concentration"].to_numpy()),
        terms.halt_logit,
        terms.resumption_logit,
        np.log(posterior["leak"].to_numpy()),
        logit(posterior["initial_active"].to_numpy()),
        past.log_completeness,
    )
