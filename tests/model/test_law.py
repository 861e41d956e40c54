"""The model's equations: the baseline projected from a posterior is PyMC's own posterior prediction of the same weeks.

Both start from the same draws; the two simulators share no code and no random numbers. A difference of means is held
against its Monte Carlo error, and the ranks of one among the other against uniformity.
"""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.pooled_posterior import FittedPanel, make_panels, pooled_tree
from lull.model.fitting.posterior import derive, weekly_summary
from lull.model.fitting.sampler import PosteriorSampler
from lull.model.forward.origin import origin_state
from lull.model.forward.pymc_prediction import predict
from lull.model.forward.simulate import Push, RandomNumbers, simulate
from lull.model.spec import ModelSpec, Priors, SamplerConfig

pytestmark = pytest.mark.integration
HORIZON = 12
FIRST = np.datetime64("2024-01-01")


def counts() -> WeeklyCounts:
    """One busy series that has just gone silent, one sparse one whose last weeks are missing."""
    rng = np.random.default_rng(5)
    busy = rng.negative_binomial(4, 0.3, 50)
    busy[18:27] = busy[-4:] = 0
    sparse = rng.poisson(0.8, 50).astype(float)
    sparse[-3:] = np.nan
    values = np.stack([busy.astype(float), sparse])[None]
    coords = {"series": ["busy", "sparse"], "week": (FIRST + WEEK * np.arange(50)).astype("datetime64[ns]")}
    return WeeklyCounts(xr.DataArray(values, coords=coords, dims=("imputation", "series", "week")))


def covariates() -> Covariates:
    """Impulses with a half-life, and a state that ends within the horizon."""
    weeks = FIRST + WEEK * np.arange(50 + 520)
    values = np.zeros((2, weeks.size))
    values[0, [10, 30, 52]] = 0.8
    values[1, 45:56] = 1.0
    coords = {"covariate": ["deterrence", "ceasefire"], "week": weeks.astype("datetime64[ns]")}
    return Covariates(xr.DataArray(values, coords=coords, dims=("covariate", "week")), (True, False))


@pytest.fixture(scope="module", params=["plain", "self-exciting", "reported late"])
def both(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    """The counts ahead by the two ways, each (draw, series, horizon), from one posterior."""
    spec, priors = ModelSpec(self_excitation=request.param == "self-exciting"), Priors()
    observed = counts().with_completeness((0.3, 0.6, 0.95) if request.param == "reported late" else ())
    panel = make_panels(observed, covariates(), spec=spec, priors=priors)[0]
    config = SamplerConfig(chains=2, tune=200, draws=1000)
    trace = PosteriorSampler(spec, priors, config).sample(panel, seed=3)
    arguments = {"origin": observed.origin, "horizon": HORIZON, "spec": spec, "priors": priors}
    predicted = predict(trace, panel, covariates(), **arguments, seed=11).to_numpy()
    posterior = derive(trace["posterior"].to_dataset(), panel, spec=spec, priors=priors)
    fitted = FittedPanel(panel, posterior, trace["sample_stats"].to_dataset(), weekly_summary(posterior, panel))
    tree = pooled_tree([fitted], covariates(), observed, spec=spec)
    state = origin_state(tree, horizon=HORIZON, run_id="law", part="regimes")
    numbers = RandomNumbers.draw(seed=7, draws=state.draws, series=state.series, horizon=HORIZON)
    projected = simulate(state, Push.none(covariates=2, horizon=HORIZON), numbers).count
    return projected, predicted.reshape(projected.shape)


def test_weekly_means_agree_within_their_monte_carlo_error(both: tuple[np.ndarray, np.ndarray]) -> None:
    projected, predicted = (np.log1p(counts) for counts in both)
    error = np.sqrt((projected - predicted).var(axis=0) / projected.shape[0])
    z = (projected - predicted).mean(axis=0) / error
    bound = stats.norm.isf(0.0005 / z.size)  # one false alarm in a thousand runs over all cells
    assert np.abs(z).max() < bound


def test_the_chance_of_no_attack_agrees(both: tuple[np.ndarray, np.ndarray]) -> None:
    projected, predicted = (np.cumsum(counts, axis=2) == 0 for counts in both)
    difference = projected.astype(float) - predicted
    error = np.sqrt(difference.var(axis=0) / projected.shape[0])
    assert (np.abs(difference.mean(axis=0)) < stats.norm.isf(0.0005 / error.size) * np.maximum(error, 1e-3)).all()


def test_totals_of_one_rank_uniformly_among_totals_of_the_other(both: tuple[np.ndarray, np.ndarray]) -> None:
    rng = np.random.default_rng(13)
    projected, predicted = (
        counts.sum(axis=2) + rng.random(counts.shape[:2]) for counts in both
    )  # ties broken at random
    for series in range(2):
        assert stats.ks_2samp(projected[:, series], predicted[:, series]).pvalue > 0.0005
