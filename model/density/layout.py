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

DIMS = {
    "series_offset": ("parameter", "series"),
    "population_offset": ("parameter",),
    "log_spread": ("parameter",),
    "push": ("mechanism", "covariate"),
    "log_half_life": ("carried",),
    "intercept": ("series",),
    "level_mode": ("series", "mode"),
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
    shapes = _free_shapes(sizes)
    given = _given(panel, sizes, priors)
    means = _prior_means(given, shapes)
    parts = [np.ravel(value) for value in given]
    free_bounds = np.cumsum([0, *(math.prod(shape) if shape is not None else 0 for shape in shapes.values())])
    data_bounds = HEADER + np.cumsum([0, *(part.size for part in parts)])
    data = np.concatenate([np.array(sizes), free_bounds, data_bounds, *parts]).astype(np.float64)
    present = {name: shape for name, shape in shapes.items() if shape is not None}
    return Layout(present, data, np.concatenate([np.ravel(means[name]) for name in present]).astype(np.float64))


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
    )


def _free_shapes(sizes: Sizes) -> dict[str, tuple[int, ...] | None]:
    """Return the shape of each free variable, None of those that the model is without."""
    parameters = len(SERIES_PARAMETERS)
    population = (parameters,) if sizes.pooled else None
    shapes: dict[str, tuple[int, ...] | None] = {
        "series_offset": (parameters, sizes.series),
        "population_offset": population,
        "log_spread": population,
        "push": (len(MECHANISMS), sizes.covariates) if sizes.covariates else None,
        "log_half_life": (sizes.carried,) if sizes.carried else None,
        "intercept": (sizes.series,),
        "level_mode": (sizes.series, sizes.modes) if sizes.modes else None,
        "self_excitation": () if sizes.exciting else None,
        "log_leak": (),
        "initial_logit": (sizes.series,),
    }
    assert tuple(shapes) == Free._fields
    return shapes


def _given(panel: Panel, sizes: Sizes, priors: Priors) -> Given:
    """Return what is observed and believed; the constant is that of all priors of free variables that there are."""
    data, known, real = panel.data, slice(0, sizes.known), slice(0, sizes.weeks)
    beliefs = series_priors(priors)
    centre = np.tile(np.array([[belief.mean] for belief in beliefs]), sizes.series)
    centre[0] = data["log_concentration_mean"]
    sd = np.array([belief.sd for belief in beliefs])
    intercept_sd = priors.intercept_sd if priors.intercept is None else priors.intercept.sd
    push = np.stack(effect_moments(priors, panel.covariates)) if panel.covariates else np.zeros((2, 3, 0))
    half_life = np.tile(np.array([[priors.log_half_life.mean], [priors.log_half_life.sd]]), sizes.carried)
    standard = math.prod(_free_shapes(sizes)["series_offset"] or ()) + (len(SERIES_PARAMETERS) if sizes.pooled else 0)
    standard += sizes.series * sizes.modes  # their sd is a matter of sigma, and so of the kernel
    logs = -standard * _HALF_LOG_2PI
    spreads = np.full(len(SERIES_PARAMETERS), SPREAD_SD)
    others = [spreads if sizes.pooled else np.zeros(0), push[1], half_life[1], np.full(sizes.series, intercept_sd)]
    others += [np.full(sizes.series, priors.initial_logit.sd), np.array([priors.log_leak.sd])]
    others += [np.array([priors.self_excitation.sd])] if sizes.exciting else []
    logs -= sum(float(np.log(each).sum()) + each.size * _HALF_LOG_2PI for each in others)
    basis = data["basis"][:, known, : sizes.modes]
    return Given(
        counts=data["count"][:, known],
        log_completeness=data["log_completeness"][:, known],
        log_silence=data["log_silence"][:, known],
        log_last_count=data["log_last_count"][:, known],
        basis=basis,
        turned=basis.swapaxes(1, 2),
        information=data["information"][:, : sizes.modes],
        centre=centre,
        scale=SHARED * sd if sizes.pooled else sd,
        spread_sd=spreads,
        intercept=np.stack([data["intercept_mean"], np.full(sizes.series, intercept_sd)]),
        push=push,
        log_half_life=half_life,
        log_leak=_moments(priors.log_leak),
        initial_logit=_moments(priors.initial_logit),
        self_excitation=_moments(priors.self_excitation),
        rows=np.flatnonzero(panel.carried).astype(np.float64),
        impulses=panel.impulses[..., real],
        week_weight=panel.week_weight[real],
        constant=np.array([logs]),
    )


_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


def _moments(belief: Normal) -> Array:
    return np.array([belief.mean, belief.sd])


def _prior_means(given: Given, shapes: Mapping[str, tuple[int, ...] | None]) -> dict[str, Array]:
    """Return the prior mean of each free variable, in its shape."""
    means: dict[str, Array | float] = {
        "push": given.push[0],
        "log_half_life": given.log_half_life[0],
        "intercept": given.intercept[0],
        "self_excitation": given.self_excitation[0],
        "log_leak": given.log_leak[0],
        "initial_logit": given.initial_logit[0],
    }
    return {name: np.broadcast_to(means.get(name, 0.0), shape) for name, shape in shapes.items() if shape is not None}
