"""Driver effects: what the data taught is distinguished from what was believed before."""

import numpy as np
import pytest
import xarray as xr
from arviz_stats.base import array_stats

from lull.data.calendar import WEEK
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.posterior import with_unseen
from lull.model.inspection.sensitivity import (
    LITTLE,
    MUCH,
    POWERS,
    DriverEffect,
    Interval,
    _sensitivity,
    driver_effects,
    to_records,
)
from lull.model.parameters import effect_priors
from lull.model.spec import Normal, Priors
from lull.scenarios.results import document as shown

CHAINS, DRAWS = 4, 1000
PRIORS = Priors()


def posterior(rng: np.random.Generator, *, effect: Normal | None = None) -> xr.Dataset:
    """Draws of the priors of one covariate, but for its effect on intensity."""
    believed = {name: table["deterrence"] for name, table in effect_priors(PRIORS).items()}
    believed |= {"effect": effect or believed["effect"], "half_life": PRIORS.log_half_life}
    shape, dims = (CHAINS, DRAWS, 1), ("chain", "draw", "covariate")
    drawn = {name: rng.normal(belief.mean, belief.sd, shape) for name, belief in believed.items()}
    drawn["half_life"] = np.exp(drawn["half_life"])
    coords = {"covariate": ["deterrence"], "chain": np.arange(CHAINS), "draw": np.arange(DRAWS)}
    made = xr.Dataset({name: (dims, values) for name, values in drawn.items()}, coords=coords)
    return made.assign_coords(imputation=("chain", np.arange(CHAINS) // 2))


def found(draws: xr.Dataset, log_likelihood: xr.DataArray) -> dict[str, DriverEffect]:
    table = log_likelihood.expand_dims(series=["a"]).to_dataset(name="count")
    return {row.on: row for row in driver_effects(draws, table, PRIORS)}


def test_draws_of_the_prior_are_said_to_be_the_prior() -> None:
    rng = np.random.default_rng(1)
    draws = posterior(rng)
    effect = draws["effect"].isel(covariate=0, drop=True)
    table = found(draws, effect.copy(data=rng.normal(size=effect.shape)))
    assert set(table) == {"intensity", "halting", "resumption", "half-life"}
    assert all(row.overlap > 1 - 0.06 for row in table.values())  # histogram noise of 64 bins of 4,000 draws: .05
    assert all(row.learned == "mostly the prior" for row in table.values())
    assert table["half-life"].prior.median == pytest.approx(4.0, abs=0.01)
    assert table["half-life"].posterior.median == pytest.approx(4.0, rel=0.05)


def test_a_record_is_the_effect_that_a_forecast_shows_with_its_quantiles_side_by_side() -> None:
    rest = {"overlap": 0.5, "prior_sensitivity": 0.1, "likelihood_sensitivity": 0.2, "learned": "moved far"}
    effect = DriverEffect("pressure", "halting", Interval(1.0, 2.0, 3.0), Interval(4.0, 5.0, 6.0), **rest)
    (record,) = to_records((effect,))
    assert list(record)[:-4] == ["covariate", "on", "prior_low", "prior_median", "prior_high", "low", "median", "high"]
    assert list(record.values())[2:8] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert shown.DriverEffect(**record).model_dump(exclude={"placebo_p", "placebo_p_any", "called"}) == record


def test_a_posterior_far_from_its_prior_is_learned_and_only_that_one() -> None:
    rng = np.random.default_rng(2)
    draws = posterior(rng, effect=Normal(0.9, 0.1))
    likelihood = -0.5 * ((draws["effect"].isel(covariate=0, drop=True) - 0.9) / 0.1) ** 2
    table = found(draws, likelihood)
    assert table["intensity"].overlap < MUCH
    assert table["intensity"].learned == "moved far"
    assert table["intensity"].likelihood_sensitivity > table["resumption"].likelihood_sensitivity
    assert table["resumption"].overlap > LITTLE


def test_a_covariate_that_never_pushed_keeps_its_prior_and_its_place() -> None:
    rng = np.random.default_rng(3)
    weeks = np.datetime64("2024-01-01") + WEEK * np.arange(4)
    coords = {"covariate": ["pressure", "deterrence", "ceasefire"], "week": weeks.astype("datetime64[ns]")}
    table = xr.DataArray(np.zeros((3, 4)), coords=coords, dims=("covariate", "week"))
    draws = posterior(rng)
    whole = with_unseen(draws, Covariates(table, (True, True, False)), PRIORS, rng=rng)
    assert whole["covariate"].to_numpy().tolist() == ["pressure", "deterrence", "ceasefire"]
    xr.testing.assert_equal(
        whole["effect"].sel(covariate="deterrence", drop=True), draws["effect"][..., 0].drop_vars("covariate")
    )
    believed = PRIORS.resumption_effect["ceasefire"]
    drawn = whole["resumption_effect"].sel(covariate="ceasefire")
    assert abs(float(drawn.mean()) - believed.mean) < 4 * believed.sd / np.sqrt(CHAINS * DRAWS)
    assert np.isnan(whole["half_life"].sel(covariate="ceasefire")).all()
    assert np.isfinite(whole["half_life"].sel(covariate="pressure")).all()


def test_an_effect_whose_interval_holds_0_is_not_said_to_be_learned() -> None:
    rng = np.random.default_rng(4)
    draws = posterior(rng, effect=Normal(0.0, 0.05))
    effect = draws["effect"].isel(covariate=0, drop=True)
    table = found(draws, -0.5 * (effect / 0.05) ** 2)
    assert table["intensity"].overlap < MUCH
    assert table["intensity"].learned == "moved some way"


@pytest.mark.parametrize("tied", [False, True])
def test_a_sensitivity_is_that_of_arviz(*, tied: bool) -> None:
    rng = np.random.default_rng(5)
    draws = rng.normal(size=(CHAINS, DRAWS)).round(1 if tied else 12)
    weights = [np.exp((power - 1.0) * draws**2 * rng.uniform(0.5, 1.5)) for power in POWERS]
    lower, upper = (weight / weight.sum() for weight in weights)
    expected = array_stats.power_scale_sense(draws, lower, upper, *POWERS)
    assert _sensitivity(draws, (lower, upper)) == pytest.approx(float(expected), rel=1e-9)
