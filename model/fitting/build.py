"""The model, stated once in PyMC (`docs/model.md` has the equations in the field's words).

`model/density/` has the same density as one function of machine code, from which fits are sampled; the tests hold
the two together, value and gradient. The named quantities are computed from the free variables after sampling by
`model/fitting/posterior.py`. `model/forward/pymc_prediction.py` adds the weeks after the origin.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from lull.model.density.kernels import SURELY
from lull.model.density.layout import coordinates
from lull.model.fitting.carry_over import push_rows
from lull.model.fitting.level import mode_scale
from lull.model.fitting.panel import Panel
from lull.model.forward.plain_simulator import Dynamics, random_counts
from lull.model.parameters import SERIES_PARAMETERS, SHARED, SPREAD_SD, effect_moments, series_priors
from lull.model.regimes.likelihood_op import regime_loglik
from lull.model.spec import ModelSpec, Normal, Priors

type Tensor = Any  # PyTensor ships no types


@dataclass(frozen=True)
class Declared:
    """What `declare` made: the terms of `reference.Dynamics` in its order, sigma, the initial logit, and the data."""

    terms: dict[str, Tensor]
    intercept: Tensor  # at covariates of zero, (series,)
    level: Tensor  # (series, week)
    sigma: Tensor
    initial_logit: Tensor
    data: dict[str, Tensor]


def build(panel: Panel, *, spec: ModelSpec, priors: Priors) -> pm.Model:
    """Return the model of one panel; its observed variable is `count` (series, week).

    Free variables: `intercept` (series,), `series_offset` (parameter, series) in units of the between-series sd,
    `level_mode` (series, mode), `push` (mechanism, covariate), `log_half_life` (carried,), `log_leak` (),
    `initial_logit` (series,), `self_excitation` () if chosen, and, when pooled, `population_offset` and
    `log_spread` (parameter,).
    """
    with pm.Model(coords=coordinates(panel)) as model:
        declare(panel, spec=spec, priors=priors)
    return model


def declare(panel: Panel, *, spec: ModelSpec, priors: Priors) -> Declared:
    """Declare the variables and the observed counts in the model context at hand."""
    data = {name: pm.Data(f"{name}_data", value) for name, value in panel.data.items()}
    terms, intercept, level, sigma = dynamics(panel, data, spec=spec, priors=priors)
    initial_logit = believed("initial_logit", priors.initial_logit, dims="series")
    if not spec.regimes:
        initial_logit = pt.full_like(initial_logit, SURELY)
    pm.CustomDist(
        "count",
        *terms.values(),
        initial_logit,
        data["log_completeness"],
        data["log_silence"],
        data["log_last_count"],
        logp=_logp,
        random=_random,
        signature="(s,t),(),(s),(s,t),(s),(s,t),(s),(),(s),(s,t),(s,t),(s,t)->(s,t)",
        observed=data["count"],
    )
    return Declared(terms, intercept, level, sigma, initial_logit, data)


def dynamics(
    panel: Panel, data: dict[str, Tensor], *, spec: ModelSpec, priors: Priors
) -> tuple[dict[str, Tensor], Tensor, Tensor, Tensor]:
    """Return the terms of `reference.Dynamics` in its order, and the intercept, level and sigma of `Declared`.

    Declares their variables. Intercept and modes are sampled less what the pushes take of them given the counts: were
    the log intensity seen with an error of variance 1 / `week_information`, all three would be independent given
    sigma. Else a push is held by the counts of all series given their levels, and moves only as all of these move.
    """
    values = _series_parameters(data, panel, spec=spec, priors=priors)
    named = {name: values[row] for row, name in enumerate(SERIES_PARAMETERS)}
    pushed = _pushes(panel, data, priors)
    sigma = pt.exp(named["log_sigma"]) if spec.level else pt.zeros(len(panel.series))
    level, moved, taken = pt.zeros_like(data["count"]), pt.zeros(len(panel.series)), 0.0
    if panel.covariates:
        apart = pushed[0] - data["expected_push"]
        informed = data["week_information"] * apart
        moved = (data["intercept_weight"] * apart).sum(axis=1)
    if spec.level:
        scale = mode_scale(named["log_sigma"], data["information"])
        if panel.covariates:
            on_each = (data["basis"] * informed[:, :, None]).sum(axis=1) - data["mode_centre"] * informed.sum(axis=1)[
                :, None
            ]
            taken = on_each * (sigma[:, None] / scale)
        mode = (pm.Normal("level_mode", taken, scale, dims=("series", "mode")) - taken) / scale
        level = sigma[:, None] * (data["basis"] * mode[:, None, :]).sum(axis=-1)
        moved = moved + sigma * (data["mode_centre"] * mode).sum(axis=-1)
    intercept_sd = priors.intercept_sd if priors.intercept is None else priors.intercept.sd
    intercept = pm.Normal("intercept", data["intercept_mean"] + moved, np.float64(intercept_sd), dims="series") - moved
    if panel.covariates:  # the prior is that of the intercept at the mean covariate
        intercept = intercept - (pushed[0] * data["week_weight"]).sum(axis=-1)
    log_intensity = intercept[:, None] + pushed[0] + level
    nothing = pt.zeros(len(panel.series))
    halt = named["halt_intercept"][:, None] + pushed[1]
    resumption = named["resumption_intercept"][:, None] + pushed[2]
    aging = pt.exp(named["log_resumption_aging"]) if spec.duration_dependence else nothing
    falling = pt.exp(named["log_halt_level"]) if spec.level_dependent_halting and spec.regimes else nothing
    terms = {
        "log_intensity_base": log_intensity,
        "self_excitation": believed("self_excitation", priors.self_excitation)
        if spec.self_excitation
        else pt.constant(0.0),
        "log_concentration": named["log_concentration"],
        "halt_base": halt if spec.regimes else pt.full_like(halt, -SURELY),
        "halt_level": falling,
        "resumption_base": resumption if spec.regimes else pt.full_like(resumption, SURELY),
        "resumption_aging": aging,
        "log_leak": believed("log_leak", priors.log_leak),
    }
    return terms, intercept, level, sigma


def believed(name: str, belief: Normal, *, dims: str | None = None) -> Tensor:
    """Declare a normal variable of a believed mean and sd; of plain numbers PyTensor would keep seven digits."""
    return pm.Normal(name, np.float64(belief.mean), np.float64(belief.sd), dims=dims)


def _series_parameters(data: dict[str, Tensor], panel: Panel, *, spec: ModelSpec, priors: Priors) -> Tensor:
    """Return the parameters that vary by series, (parameter, series)."""
    beliefs = series_priors(priors)
    sd = np.array([belief.sd for belief in beliefs])
    centre = np.array([0.0, *(belief.mean for belief in beliefs[1:])])
    first = np.eye(len(beliefs))[0]  # the concentration, whose mean is data; sums fuse, where joined parts would not
    mean = centre[:, None] + first[:, None] * data["log_concentration_mean"]
    offset = pm.Normal("series_offset", dims=("parameter", "series"))
    if spec.pooling == "separate" or len(panel.series) == 1:
        return mean + sd[:, None] * offset
    shared = pm.Normal("population_offset", dims="parameter")
    spread = believed("log_spread", Normal(0.0, SPREAD_SD), dims="parameter")
    return mean + (SHARED * sd)[:, None] * (shared[:, None] + pt.exp(spread)[:, None] * offset)


def _pushes(panel: Panel, data: dict[str, Tensor], priors: Priors) -> tuple[Tensor, Tensor, Tensor]:
    """Return the pushes of the covariates on each mechanism, (week,); (series, week) where series have their own."""
    if not panel.covariates:
        nothing = pt.zeros(data["count"].shape[1])
        return nothing, nothing, nothing
    mean, sd = effect_moments(priors, panel.covariates)
    push = pm.Normal("push", mean, sd, dims=("mechanism", "covariate"))
    half_life = pt.zeros(0)
    if any(panel.carried):
        log_half_life = believed("log_half_life", priors.log_half_life, dims="carried")
        half_life = pt.exp(log_half_life)
    carried = np.flatnonzero(panel.carried).tolist()
    if len(panel.impulses) > 1:
        return push_rows(data["impulses"], half_life, push, carried)
    intensity, halt, resumption = push_rows(data["impulses"][None], half_life, push, carried)
    return intensity[0], halt[0], resumption[0]


def _lag(values: Tensor) -> Tensor:
    """Return values (series, week) moved one week later; the first week, which no step reaches, repeats."""
    return pt.set_subtensor(values[:, 1:], values[:, :-1])  # joined parts take seconds to compile


def hazards(terms: list[Tensor], silence: Tensor, last: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return log intensity and the halt and resumption logits, (series, week): the terms and the observed past."""
    base, gamma, _, halt, halt_level, resumption, aging, _ = terms
    log_intensity = base + gamma * last
    halt = halt - halt_level[:, None] * _lag(log_intensity)
    return log_intensity, halt, resumption - aging[:, None] * silence


def _logp(count: Tensor, *terms: Tensor) -> Tensor:
    """Return the log likelihood of counts (series, week), all regime paths summed."""
    *dynamic, initial_logit, log_completeness, silence, last = terms
    log_intensity, halt, resumption = hazards(dynamic, silence, last)
    return regime_loglik(
        count, log_intensity, dynamic[2], halt, resumption, dynamic[7], initial_logit, log_completeness
    ).sum()


def _random(*terms: Any, rng: np.random.Generator, size: tuple[int, ...] | None = None) -> NDArray[np.float64]:
    """Return counts drawn from the model, (..., series, week)."""
    *dynamic, initial_logit, log_completeness, silence, last = terms
    del silence, last, size  # the simulator carries its own
    thinned = log_completeness if log_completeness.any() else None
    return random_counts(Dynamics(*dynamic), rng, initial_logit=initial_logit, log_completeness=thinned)
