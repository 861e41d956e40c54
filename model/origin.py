"""The state at the origin: what the forward simulation needs to know of a posterior, one row a draw.

Draw d of the state is draw d of the posterior with chains laid end to end, in every scenario and every export: that
identity is what makes a contrast a difference of like with like.
"""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from data.schema import InputError, Problem
from model.covariates import carry_over
from model.simulate import OriginState
from model.spec import MAX_HORIZON

type Array = NDArray[np.float64]

BY_SERIES = (
    "intercept", "concentration", "sigma", "halt_intercept", "halt_level", "resumption_intercept", "resumption_aging",
    "level", "level_residual_sd", "log_intensity", "p_active",
)  # fmt: skip
BY_COVARIATE = ("effect", "halt_effect", "resumption_effect", "half_life")
BY_DRAW = ("leak", "self_excitation")


def origin_state(tree: xr.DataTree, *, horizon: int, run_id: str) -> OriginState:
    """Return the state at the origin of every draw of a posterior tree, for horizons 1..`horizon`."""
    if not 1 <= horizon <= MAX_HORIZON:
        remedy = "Choose --horizon within it."
        raise InputError(Problem("--horizon", f"weeks from 1 to {MAX_HORIZON}", str(horizon), remedy))
    posterior, constant = tree["posterior"].to_dataset(), tree["constant_data"].to_dataset()
    draws: dict[str, Any] = {name: _flat(posterior[name]) for name in (*BY_SERIES, *BY_COVARIATE, *BY_DRAW)}
    imputation = np.repeat(posterior["imputation"].to_numpy(), posterior.sizes["draw"])
    weeks = constant["week"].to_numpy().astype("datetime64[D]")
    covariate = _covariates(constant, draws["half_life"], horizon=horizon)
    return OriginState(
        **draws,
        silent_weeks=constant["silent_weeks"].to_numpy()[imputation],
        last_count=constant["last_count"].to_numpy()[imputation],
        carry=covariate[..., 0],
        future_covariate=covariate[..., 1:],
        series=tuple(str(name) for name in posterior["series"].to_numpy()),
        covariates=tuple(str(name) for name in posterior["covariate"].to_numpy()),
        origin=weeks[-1],
        run_id=run_id,
        drift_correction=bool(constant.attrs["drift_correction"]),
    )


def _flat(draws: xr.DataArray) -> Array:
    """Return draws (chain, draw, ...) with the chains laid end to end, (draw, ...)."""
    values: Array = draws.to_numpy().astype(float)
    return np.ascontiguousarray(values.reshape(-1, *values.shape[2:]))


def _covariates(constant: xr.Dataset, half_life: Array, *, horizon: int) -> Array:
    """Return the covariates of the origin and of horizons 1..H under the schedule, (draw, covariate, 1 + horizon)."""
    seen = constant.sizes["week"]
    schedule = constant["schedule"].to_numpy()[:, : seen + horizon]
    return np.ascontiguousarray(carry_over(schedule, half_life)[..., seen - 1 :])
