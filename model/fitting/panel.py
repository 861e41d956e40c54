"""One imputation of the counts with all that is observed along with it: the arrays the model is given.

Of a week that is reported in part the likelihood takes the count as the share that it is. Whether such a week was
silent is not known: there a zero neither lengthens a silence nor ends it.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from lull.data.arrays import Array
from lull.model.fitting.covariates import Covariates, carry_over
from lull.model.fitting.level import informed_modes, level_basis
from lull.model.parameters import effect_moments
from lull.model.regimes.filter import silent_weeks
from lull.model.spec import ModelSpec, Normal, Priors

SETTLED = 0.9  # share of a week that is reported from which a zero says that there was no attack
AROUND = 4.0  # weeks, the sd of the weights by which the busyness of a week is that of its neighbours
FEW = 0.1  # weeks' worth of the whole series' busyness, where there are no neighbours
MISSING = -1.0  # a missing count inside the model graph, where PyMC allows no NaN


@dataclass(frozen=True)
class ObservedWeeks:
    """What was observed of some series in one imputation, week by week, all weeks real.

    `count` (attacks, NaN where missing), `log_completeness` (log of the share of each week that is reported) and
    `silence` (silent weeks up to each week) are (series, week); `impulses` (covariates before carry-over) (series,
    covariate, week), a single row for all series; `basis` (the modes of the level) (series, week, mode).
    """

    count: Array
    log_completeness: Array
    silence: Array
    impulses: Array
    basis: Array

    @property
    def settled(self) -> Array:
        """The counts without the zeros that may not stay."""
        return settled(self.count, self.log_completeness)


@dataclass(frozen=True)
class Panel:
    """What the model is given: arrays (series, week), (series, week, mode), and `impulses` (series, covariate, week).

    A single row of `impulses` is of all series: the model then has one table of covariates. `weeks` counts those up to
    the origin; a prediction appends others. `information` (series, mode) is what the counts tell of each mode: how it
    is sampled, not what it is; so do `week_information` (series, week), that of each count, `mode_centre` (series,
    mode), the mean of each mode by it, and `expected_push` (series or 1, week) of the covariates on the log intensity,
    as believed. `intercept_mean` and `log_concentration_mean` (series,) are the centres of the two priors that depend
    on how busy a series is.
    """

    series: tuple[str, ...]
    covariates: tuple[str, ...]
    carried: tuple[bool, ...]
    weeks: int
    count: Array
    log_completeness: Array
    silence: Array
    impulses: Array
    basis: Array
    residual_sd: Array
    information: Array
    mode_centre: Array
    week_information: Array
    expected_push: Array
    intercept_mean: Array
    log_concentration_mean: Array

    @property
    def data(self) -> dict[str, Array]:
        """The arrays by the name of their `pm.Data`: what changes between panels of one shape."""
        data = {
            "count": np.where(np.isnan(self.count), MISSING, self.count),
            "log_completeness": self.log_completeness,
            "log_silence": log_silence(self.silence),
            "log_last_count": log_last_count(self.settled),
            "basis": self.basis,
            "information": self.information,
            "mode_centre": self.mode_centre,
            "intercept_mean": self.intercept_mean,
            "log_concentration_mean": self.log_concentration_mean,
        }
        if self.covariates:
            one = len(self.impulses) == 1
            data |= {"impulses": self.impulses[0] if one else self.impulses, "week_weight": self.week_weight}
            data |= {"expected_push": self.expected_push[0] if one else self.expected_push}
            data |= {"week_information": self.week_information, "intercept_weight": self.intercept_weight}
        return data

    @property
    def settled(self) -> Array:
        """The counts without the zeros that may not stay."""
        return settled(self.count, self.log_completeness)

    @property
    def observed(self) -> ObservedWeeks:
        """What was observed."""
        return ObservedWeeks(self.count, self.log_completeness, self.silence, self.impulses, self.basis)

    @property
    def intercept_weight(self) -> Array:
        """The weights of the average that the counts inform less `week_weight`, (series, week).

        0 of a series without information.
        """
        total = self.week_information.sum(axis=1, keepdims=True)
        share = np.divide(self.week_information, total, out=np.zeros_like(self.week_information), where=total > 0)
        return np.where(total > 0, share - self.week_weight, 0.0)

    def uninformed(self) -> Self:
        """Return the same panel for a sampler that moves the intercept and the modes as the model states them."""
        parts = ("information", "week_information", "mode_centre")
        return replace(self, **{name: np.zeros_like(getattr(self, name)) for name in parts})

    @property
    def week_weight(self) -> Array:
        """The weights that average over the weeks up to the origin, (week,)."""
        weight: Array = (np.arange(self.count.shape[1]) < self.weeks) / self.weeks
        return weight


def make_panel(
    counts: xr.DataArray,
    covariates: Covariates,
    *,
    spec: ModelSpec,
    priors: Priors,
    busy: Array | None = None,
) -> Panel:
    """Return the panel of counts (series, week); `busy` (series,) overrides the mean active count of each series."""
    count = counts.to_numpy().astype(float)
    weeks = counts["week"].to_numpy().astype("datetime64[D]")
    log_completeness = log_completeness_of(counts)
    sure = settled(count, log_completeness)
    basis = level_basis(sure, modes=spec.level_modes, freeze_after=spec.freeze_after)
    busy = active_mean(count) if busy is None else busy
    by_week = _information(count, busy, priors)
    modes, information, centre = informed_modes(basis.modes, by_week)
    impulses = covariates.slice(weeks[0], weeks[-1])
    if len(count) == 1:  # there is no other series that waits for its intercept and modes
        by_week, centre = np.zeros_like(by_week), np.zeros_like(centre)
    return Panel(
        series=tuple(str(name) for name in counts["series"].to_numpy()),
        covariates=covariates.names,
        carried=covariates.carried,
        weeks=weeks.size,
        count=count,
        log_completeness=log_completeness,
        silence=silent_weeks(sure),
        impulses=impulses,
        basis=modes,
        residual_sd=basis.residual_sd,
        information=information,
        mode_centre=centre,
        week_information=by_week,
        expected_push=_expected_push(impulses, covariates, priors),
        intercept_mean=_intercept_mean(busy, priors.intercept),
        log_concentration_mean=_log_concentration_mean(busy, priors),
    )


def log_completeness_of(counts: xr.DataArray) -> Array:
    """Return the log of the share of each week that is reported, (series, week), for counts (..., series, week)."""
    shape = counts.shape[-2:]
    if "completeness" not in counts.coords:
        return np.zeros(shape)
    return np.tile(np.log(counts["completeness"].to_numpy()), (shape[0], 1))


def settled(count: Array, log_completeness: Array) -> Array:
    """Return counts (..., series, week) in which a zero of a week reported below `SETTLED` is missing."""
    return np.where((count == 0) & (log_completeness < np.log(SETTLED)), np.nan, count)


def active_mean(count: Array) -> Array:
    """Return the mean count of the weeks with an attack, (series,); 1 where there is none."""
    positive = np.where(count > 0, count, np.nan)
    with_any = ~np.isnan(positive).all(axis=-1)
    mean = np.ones(count.shape[:-1])
    mean[with_any] = np.nanmean(positive[with_any], axis=-1)
    return mean


def log_silence(silence: Array) -> Array:
    """Return log(1 + silent weeks up to the week before), (series, week); the first week has no silence behind it."""
    before = np.zeros_like(silence)
    before[:, 1:] = silence[:, :-1]
    return np.log1p(before)


def log_last_count(count: Array) -> Array:
    """Return log(1 + the last known count before each week), (series, week)."""
    last = np.zeros_like(count)
    for week in range(1, count.shape[1]):
        known = ~np.isnan(count[:, week - 1])
        last[:, week] = np.where(known, count[:, week - 1], last[:, week - 1])
    return np.log1p(last)


def last_known_count(count: Array) -> Array:
    """Return the last known count of each series, (series,); 0 where there is none."""
    known = ~np.isnan(count)
    at = count.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return np.where(known.any(axis=1), np.nan_to_num(count[np.arange(count.shape[0]), at]), 0.0)


def last_attack(count: Array) -> NDArray[np.int64]:
    """Return the place of the last week with an attack in counts (series, week), (series,); the first, if none has."""
    attacked = count > 0
    last: NDArray[np.int64] = count.shape[1] - 1 - np.argmax(attacked[:, ::-1], axis=1)
    return np.where(attacked.any(axis=1), last, 0)


def _intercept_mean(busy: Array, prior: Normal | None) -> Array:
    """Return the centre of the intercept's prior, log attacks a week, (series,)."""
    return np.log(busy) if prior is None else np.full(busy.shape, prior.mean)


def _log_concentration_mean(busy: Array, priors: Priors) -> Array:
    """Return the centre of the prior of log concentration: dense series are closer to Poisson."""
    dense = busy >= priors.dense_from
    return np.where(dense, priors.log_concentration_dense.mean, priors.log_concentration_sparse.mean)


def _expected_push(impulses: Array, covariates: Covariates, priors: Priors) -> Array:
    """Return the push on the log intensity at prior means, (series or 1, week)."""
    half_life = np.where(covariates.carried, np.exp(priors.log_half_life.mean), np.nan)
    effect = effect_moments(priors, covariates.names)[0][0]
    return np.einsum("k,skw->sw", effect, carry_over(impulses, half_life))


def _information(count: Array, busy: Array, priors: Priors) -> Array:
    """Return what the count of each week tells of its log intensity, (series, week): the curvature of its log density.

    `1 / (1 / mean + 1 / concentration)`, for counts as concentrated as believed and as busy as the weeks around, of the
    weeks with an attack only: others may be halted. Among several series times the square of the share of the weeks
    around that have an attack: a lone count amid a silence may be a false positive, and hold up effects of all.
    """
    attacked = count > 0
    near = partial(gaussian_filter1d, sigma=AROUND, axis=1, mode="constant")
    rate = near(np.where(attacked, count, 0.0)) + FEW * busy[:, None]
    attacks, known = near(attacked.astype(float)), near((~np.isnan(count)).astype(float))
    per_event = (attacks + FEW) / rate
    certain = (attacks / np.maximum(known, FEW)) ** 2 if len(count) > 1 else 1.0
    return np.where(attacked, certain / (per_event + np.exp(-_log_concentration_mean(busy, priors))[:, None]), 0.0)
