"""PyMC's own posterior prediction of the weeks after the origin: an independent check.

Slow and plain on purpose. The forward simulation must equal it (`tests/model/test_law.py`).
Variables of the weeks ahead are not in the posterior, hence drawn fresh.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import xarray as xr
from numpy.typing import NDArray

from lull.data.calendar import WEEK
from lull.model.density.layout import coordinates
from lull.model.fitting.build import Declared, declare, hazards
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.panel import Panel, last_attack, last_known_count
from lull.model.forward.plain_simulator import Dynamics, Past, random_counts
from lull.model.regimes.filter import filter_regimes
from lull.model.spec import ModelSpec, Priors


def predict(
    trace: xr.DataTree,
    panel: Panel,
    covariates: Covariates,
    *,
    origin: np.datetime64,
    horizon: int,
    spec: ModelSpec,
    priors: Priors,
    seed: int,
) -> xr.DataArray:
    """Return PyMC's predictions of horizons 1..`horizon`, counts (chain, draw, series, horizon)."""
    longer = _with_weeks_ahead(panel, covariates, origin=origin, horizon=horizon)
    with pm.Model(coords=coordinates(longer)):
        declared = declare(longer, spec=spec, priors=priors)
        _weeks_ahead(declared, longer, spec=spec, priors=priors, horizon=horizon)
        predicted = pm.sample_posterior_predictive(
            trace,
            var_names=["count_ahead"],
            freeze_vars=list(trace["posterior"].data_vars),
            random_seed=seed,
            progressbar=False,
            compile_kwargs={"mode": "FAST_COMPILE"},  # the simulator is plain Python: nothing to gain by compiling
        )
    return predicted["posterior_predictive"]["count_ahead"].rename(
        count_ahead_dim_0="series", count_ahead_dim_1="horizon"
    )


def _with_weeks_ahead(panel: Panel, covariates: Covariates, *, origin: np.datetime64, horizon: int) -> Panel:
    """Return the panel followed by `horizon` unobserved weeks under the schedule, the level standing still."""
    first = origin - WEEK * (panel.weeks - 1)
    ahead = ((0, 0), (0, horizon))
    return replace(
        panel,
        count=np.pad(panel.count, ahead, constant_values=np.nan),
        log_completeness=np.pad(panel.log_completeness, ahead),
        silence=np.pad(panel.silence, ahead),
        impulses=covariates.slice(first, origin + WEEK * horizon),
        basis=np.pad(panel.basis, (*ahead, (0, 0)), mode="edge"),
        week_information=np.pad(panel.week_information, ahead),
        expected_push=np.pad(panel.expected_push, ahead),
    )


def _weeks_ahead(declared: Declared, panel: Panel, *, spec: ModelSpec, priors: Priors, horizon: int) -> None:
    """Declare `count_ahead`: the weeks after the origin, given the state there."""
    terms, weeks, series = list(declared.terms.values()), panel.weeks, len(panel.series)
    log_intensity, halt, resumption = hazards(terms, declared.data["log_silence"], declared.data["log_last_count"])
    concentration, log_leak = terms[2], terms[7]
    p_active = _p_active(
        *(pt.as_tensor(panel.count[:, :weeks]), log_intensity[:, :weeks], concentration),
        *(halt[:, :weeks], resumption[:, :weeks], log_leak, declared.initial_logit),
        pt.as_tensor(panel.log_completeness[:, :weeks]),
    )
    step = pm.Normal("level_step_ahead", shape=(series, horizon))
    noise = pm.Normal("return_noise_ahead", shape=(series, horizon))
    rest = pm.Normal("level_residual_ahead", shape=(series,))
    sigma = declared.sigma
    drift = sigma[:, None] ** 2 / 2 if spec.drift_correction else 0.0
    at = np.arange(series), last_attack(panel.settled[:, :weeks])
    last_level = declared.level[at] - declared.level[:, weeks - 1]
    base = [term[:, weeks:] if name in _WEEKLY else term for name, term in declared.terms.items()]
    residual = sigma * panel.residual_sd * rest
    base[0] = base[0] + residual[:, None]
    return_level = np.log(priors.return_rate) - declared.intercept - declared.level[:, weeks - 1] - residual
    pm.CustomDist(
        "count_ahead",
        *base,
        p_active,
        log_intensity[:, weeks - 1],
        pt.as_tensor(panel.silence[:, weeks - 1]),
        pt.as_tensor(last_known_count(panel.settled[:, :weeks])),
        sigma[:, None] * step - drift,
        last_level,
        return_level,
        pt.as_tensor(priors.return_half_life),
        priors.return_sd * noise,
        random=_random_ahead,
        signature="(s,t),(),(s),(s,t),(s),(s,t),(s),(),(s),(s),(s),(s),(s,t),(s),(s),(),(s,t)->(s,t)",
    )


_WEEKLY = ("log_intensity_base", "halt_base", "resumption_base")


def _random_ahead(*terms: Any, rng: np.random.Generator, size: tuple[int, ...] | None = None) -> NDArray[np.float64]:
    """Return counts of the weeks ahead, (..., series, horizon)."""
    del size
    return random_counts(Dynamics(*terms[:8]), rng, past=Past(*terms[8:]))


@pytensor.wrap_py(
    itypes=[pt.dmatrix, pt.dmatrix, pt.dvector, pt.dmatrix, pt.dmatrix, pt.dscalar, pt.dvector, pt.dmatrix],
    otypes=[pt.dvector],
)
def _p_active(*arguments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return P(active) in the last week given the counts up to it, (series,)."""
    return filter_regimes(*arguments)[1][:, -1]
