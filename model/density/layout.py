"""How a panel, its choices and its beliefs lie in the flat data of the density, and the free variables in its point.

Both are named arrays laid end to end in the order of `Free` and `Given`; the data begin with the sizes and with where
each array begins. The free variables are those of the model in PyMC, by the same names and in its order.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lull.data.arrays import Array
from lull.model.density.views import HEADER, Free, Given, Sizes
from lull.model.fitting.panel import Panel
from lull.model.parameters import MECHANISMS, SERIES_PARAMETERS, SHARED, SPREAD_SD, effect_moments, series_priors
from lull.model.spec import ModelSpec, Normal, Priors

type Shapes = Mapping[str, tuple[int, ...]]

OBSERVED = ("count", "log_completeness", "log_silence", "log_last_count")  # of a panel's data, as the kernels take them
STANDARD = Normal(0.0, 1.0)
DIMS = {
    "series_offset": ("parameter", "series"),
    "population_offset": ("parameter",),
    "log_spread": ("parameter",),
    "push": ("mechanism", "covariate"),
    "log_half_life": ("carried",),
    "level_mode": ("series", "mode"),
    "intercept": ("series",),
    "self_excitation": (),
    "log_leak": (),
    "initial_logit": ("series",),
}  # of the free variables, in the order of `Free`


@dataclass(frozen=True)
class Layout:
    """A panel laid out: the shapes of the free variables that it has, the data, and the prior means to start from."""

    free: Shapes
    data: Array
    start: Array


def lay_out(panel: Panel, *, spec: ModelSpec, priors: Priors) -> Layout:
    """Return the layout of a panel under the choices of a spec and the beliefs of priors."""
    sizes = _sizes(panel, spec)
    prior = _prior(panel, sizes, priors)
    given = _given(panel, sizes, prior, priors)
    parts = [np.ravel(value) for value in given]
    free_bounds = np.cumsum([0, *(moments[0].size if moments is not None else 0 for moments in prior.values())])
    data_bounds = HEADER + np.cumsum([0, *(part.size for part in parts)])
    data = np.concatenate([np.array(sizes), free_bounds, data_bounds, *parts]).astype(np.float64)
    shapes = {name: moments[0].shape for name, moments in prior.items() if moments is not None}
    return Layout(shapes, data, given.prior[0])


def coordinates(panel: Panel) -> dict[str, Any]:
    """Return the coordinates of the dims of the free variables."""
    return {
        "series": list(panel.series),
        "parameter": list(SERIES_PARAMETERS),
        "mechanism": list(MECHANISMS),
        "covariate": list(panel.covariates),
        "carried": [name for name, carried in zip(panel.covariates, panel.carried, strict=True) if carried],
        "mode": np.arange(panel.basis.shape[2]),
    }


def _sizes(panel: Panel, spec: ModelSpec) -> Sizes:
    series = len(panel.series)
    counted = np.flatnonzero(~np.isnan(panel.count).all(axis=0))
    return Sizes(
        series=series,
        weeks=panel.weeks,
        known=int(counted[-1]) + 1 if counted.size else 1,
        modes=panel.basis.shape[2] if spec.level else 0,
        covariates=len(panel.covariates),
        carried=sum(panel.carried),
        tables=len(panel.impulses),
        pooled=int(spec.pooling == "pooled" and series > 1),
        regimes=int(spec.regimes),
        aging=int(spec.duration_dependence),
        falling=int(spec.level_dependent_halting and spec.regimes),
        exciting=int(spec.self_excitation),
        sharing=int(bool(panel.week_information.any() or panel.mode_centre.any())),
    )


def _prior(panel: Panel, sizes: Sizes, priors: Priors) -> dict[str, Array | None]:
    """Return mean and sd of each free variable, (2, ...), in the order of `Free`; None of what the model is without.

    The sd is infinite where mean or sd depend on other free variables.
    """
    offsets = (len(SERIES_PARAMETERS), sizes.series)
    series = (sizes.series,)
    made: dict[str, Array | None] = {
        "series_offset": _moments(STANDARD, offsets),
        "population_offset": _moments(STANDARD, offsets[:1]) if sizes.pooled else None,
        "log_spread": _moments(Normal(0.0, SPREAD_SD), offsets[:1]) if sizes.pooled else None,
        "push": np.stack(effect_moments(priors, panel.covariates)) if sizes.covariates else None,
        "log_half_life": _moments(priors.log_half_life, (sizes.carried,)) if sizes.carried else None,
        "level_mode": _moments(Normal(0.0, math.inf), (*series, sizes.modes)) if sizes.modes else None,
        "intercept": np.stack([panel.intercept_mean, np.full(series, math.inf)]),
        "self_excitation": _moments(priors.self_excitation, ()) if sizes.exciting else None,
        "log_leak": _moments(priors.log_leak, ()),
        "initial_logit": _moments(priors.initial_logit, series),
    }
    assert tuple(made) == Free._fields
    return made


def _moments(belief: Normal, shape: tuple[int, ...]) -> Array:
    """Return mean and sd of a variable of this shape, (2, ...)."""
    return np.stack([np.full(shape, belief.mean), np.full(shape, belief.sd)])


def _given(panel: Panel, sizes: Sizes, prior: Mapping[str, Array | None], priors: Priors) -> Given:
    """Return what is observed and believed."""
    data, known, real = panel.data, slice(0, sizes.known), slice(0, sizes.weeks)
    beliefs = series_priors(priors)
    centre = np.tile(np.array([[belief.mean] for belief in beliefs]), sizes.series)
    centre[0] = data["log_concentration_mean"]
    sd = np.array([belief.sd for belief in beliefs])
    basis = data["basis"][:, known, : sizes.modes]
    moments = np.concatenate([each.reshape(2, -1) for each in prior.values() if each is not None], axis=1)
    intercept_sd = priors.intercept_sd if priors.intercept is None else priors.intercept.sd
    intercept = np.stack([panel.intercept_mean, np.full(sizes.series, intercept_sd)])
    sds = np.concatenate([moments[1, np.isfinite(moments[1])], intercept[1]])
    return Given(
        observed=np.stack([data[name][:, known] for name in OBSERVED]),
        basis=basis,
        turned=basis.swapaxes(1, 2),
        information=data["information"][:, : sizes.modes],
        centre=centre,
        scale=SHARED * sd if sizes.pooled else sd,
        prior=moments,
        intercept=intercept,
        rows=np.flatnonzero(panel.carried).astype(np.float64),
        impulses=panel.impulses[..., real],
        week_weight=panel.week_weight[real],
        constant=np.array([-np.log(sds).sum() - moments.shape[1] * 0.5 * math.log(2.0 * math.pi)]),
        week_information=panel.week_information[:, known],
        mode_centre=panel.mode_centre[:, : sizes.modes],
        intercept_weight=panel.intercept_weight[:, real],
        expected_push=panel.expected_push[:, real],
    )
