"""What each draw says of past weeks: log intensity and hazards by week, and the regimes that the counts tell.

Plain numpy on a named posterior and what was observed; it compiles nothing, so that what looks back at a stored run
can stand on it as well as what has just been sampled.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import xarray as xr
from scipy.special import logit

from lull.data.arrays import Array
from lull.model.fitting.covariates import carry_over
from lull.model.fitting.panel import log_last_count, log_silence, settled
from lull.model.regimes.filter import filter_regimes, smooth_regimes

EFFECTS = ("effect", "halt_effect", "resumption_effect")
SERIES_DRAWS = (
    "concentration",
    "sigma",
    "halt_intercept",
    "halt_level",
    "resumption_intercept",
    "resumption_aging",
)


class Observed(Protocol):
    """What was observed of `weeks` weeks (there may be padding after them); a `Panel` is one."""

    @property
    def weeks(self) -> int:
        """How many weeks are real."""

    @property
    def count(self) -> Array:
        """Attacks, NaN where missing, (series, week)."""

    @property
    def log_completeness(self) -> Array:
        """Log of the share of each week that is reported, (series, week)."""

    @property
    def silence(self) -> Array:
        """Silent weeks up to each week, (series, week)."""

    @property
    def impulses(self) -> Array:
        """Covariates before carry-over, (covariate, week)."""

    @property
    def basis(self) -> Array:
        """The modes of the level, (series, week, mode)."""


@dataclass(frozen=True)
class WeeklyTerms:
    """The model's terms of every week and draw: log intensity and the two hazard logits, each (..., series, week)."""

    log_intensity: Array
    halt_logit: Array
    resumption_logit: Array


def weekly_terms(posterior: xr.Dataset, panel: Observed) -> WeeklyTerms:
    """Return the terms of the panel's real weeks for each draw of a named posterior, (chain, draw, series, week)."""
    base = terms_without_past(posterior, panel)
    draw = {name: posterior[name].to_numpy()[..., None] for name in ("halt_level", "resumption_aging")}
    sure = settled(panel.count, panel.log_completeness)[:, : panel.weeks]
    log_intensity = base.log_intensity + _excitation(posterior) * log_last_count(sure)
    before = np.concatenate([log_intensity[..., :1], log_intensity[..., :-1]], axis=-1)
    halt = base.halt_logit - draw["halt_level"] * before
    aging = draw["resumption_aging"] * log_silence(panel.silence[:, : panel.weeks])
    return WeeklyTerms(log_intensity, halt, base.resumption_logit - aging)


def terms_without_past(posterior: xr.Dataset, panel: Observed) -> WeeklyTerms:
    """Return the terms of `weekly_terms` without what the counts before a week add to them."""
    draw = {name: posterior[name].to_numpy()[..., None] for name in ("intercept", *SERIES_DRAWS)}
    covariate = carry_over(panel.impulses[:, : panel.weeks], posterior["half_life"].to_numpy())
    effect = {name: posterior[name].to_numpy() for name in EFFECTS}
    pushed = {name: np.einsum("...k,...kw->...w", effect[name], covariate)[..., None, :] for name in EFFECTS}
    basis = panel.basis[:, : panel.weeks]
    level = draw["sigma"] * np.einsum("...sm,swm->...sw", posterior["level_mode"].to_numpy(), basis)
    return WeeklyTerms(
        draw["intercept"] + pushed["effect"] + level,
        draw["halt_intercept"] + pushed["halt_effect"],
        draw["resumption_intercept"] + pushed["resumption_effect"],
    )


def _excitation(posterior: xr.Dataset) -> Array:
    """Return the self-excitation of each draw, (chain, draw, 1, 1)."""
    excitation: Array = posterior["self_excitation"].to_numpy()[..., None, None]
    return excitation


def filtered(posterior: xr.Dataset, panel: Observed, terms: WeeklyTerms) -> tuple[Array, Array]:
    """Return the log likelihood (chain, draw, series) and P(active) given the counts so far (..., series, week)."""
    return filter_regimes(*_regime_arguments(posterior, panel, terms))


def smoothed(posterior: xr.Dataset, panel: Observed, terms: WeeklyTerms) -> Array:
    """Return P(active) of each real week given all counts, (chain, draw, series, week)."""
    return smooth_regimes(*_regime_arguments(posterior, panel, terms))


def _regime_arguments(posterior: xr.Dataset, panel: Observed, terms: WeeklyTerms) -> tuple[Array, ...]:
    """Return the arguments of `filter_regimes` for the real weeks of a panel."""
    return (
        panel.count[:, : panel.weeks],
        terms.log_intensity,
        np.log(posterior["concentration"].to_numpy()),
        terms.halt_logit,
        terms.resumption_logit,
        np.log(posterior["leak"].to_numpy()),
        logit(posterior["initial_active"].to_numpy()),
        panel.log_completeness[:, : panel.weeks],
    )
