"""Series at the edge of sense: each goes from a file of counts to a forecast and a verdict, or to an error that helps.

The sampler runs for a moment only, so the verdict is often that its draws are too few: what counts is that there is
one, with reasons, and that every number of the forecast is a number.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from lull.data.calendar import WEEK
from lull.data.evidence import Evidence
from lull.data.schema import InputError
from lull.model.fitting.build import build
from lull.model.fitting.covariates import without_events
from lull.model.fitting.fit import FitPlan, find_or_fit
from lull.model.fitting.panel import make_panel
from lull.model.forward.exact import any_attack_probability
from lull.model.forward.prior_state import prior_state
from lull.model.forward.simulate import Push, RandomNumbers, simulate
from lull.model.runs.store import Store
from lull.model.spec import ModelSpec, Normal, Priors, SamplerConfig
from lull.scenarios.language.standard import standard_request
from lull.scenarios.results.document import ForecastDocument
from lull.scenarios.results.forecast import forecast

FIRST = np.datetime64("2024-01-01")
SHORT = SamplerConfig(chains=2, tune=150, draws=100, thin=1, imputations=1)
MISSING = None
PRIORS = Priors()
BILLIONTH_HALT, BILLIONTH_RESUMPTION = (  # in units of their sd from the prior mean
    (float(np.log(1e-9)) - belief.mean) / belief.sd for belief in (PRIORS.halt_intercept, PRIORS.resumption_intercept)
)
USUAL = [3, 0, 2, 5, 4, 0, 0, 1, 3, 2] * 3

type Counts = list[int | None]
type Forecasting = Callable[[Mapping[str, Counts]], ForecastDocument]

ALONE: dict[str, Counts] = {
    "nothing but zeros": [0] * 30,
    "a single week": [3],
    "a single week without an attack": [0],
    "the same count every week": [4] * 30,
    "one huge outlier": [3] * 14 + [5000] + [3] * 15,
    "one known week": [MISSING] * 12 + [3] + [MISSING] * 17,
    "known weeks at the ends alone": [2, *[MISSING] * 28, 4],
    "thousands every week": [4000, 5000] * 15,
}
TOGETHER: dict[str, Counts] = {
    "from the first week on": USUAL[:18],
    "up to the last week": [*[MISSING] * 12, *USUAL[:18]],
    "never known": [MISSING] * 30,
}


def quiet(_step: str, _done: int, _total: int) -> None:
    """Tell nobody about progress."""


def write(path: Path, counts: Mapping[str, Counts]) -> Path:
    """Write a file of weekly counts."""
    rows = [
        f"{series},{FIRST + WEEK * week},{'' if count is MISSING else count}\n"
        for series, column in counts.items()
        for week, count in enumerate(column)
    ]
    path.write_text("series,week_start,count\n" + "".join(rows))
    return path


@pytest.fixture
def forecast_of(tmp_path: Path) -> Forecasting:
    """A function that fits the counts of a file and forecasts from the run."""

    def made(counts: Mapping[str, Counts]) -> ForecastDocument:
        plan = FitPlan(Evidence(counts=write(tmp_path / "weekly.csv", counts)), config=SHORT)
        run = find_or_fit(plan, Store(tmp_path / "store"), progress=quiet)
        return forecast(run, standard_request(run), progress=quiet).document()

    return made


def check(document: ForecastDocument) -> None:
    """Hold a forecast to a verdict with reasons and to numbers that are numbers."""
    verdict = document.convergence
    assert verdict.grade in {"good", "doubtful", "unusable"}
    assert verdict.reasons
    assert verdict.advice
    json.dumps(document.model_dump(mode="json"), allow_nan=False)
    for scenario in document.scenarios:
        for series in document.series:
            chances = [document.chance("any attack", scenario.id, series.name, h).probability for h in range(1, 27)]
            assert 0.0 <= chances[0] <= chances[-1] <= 1.0


@pytest.mark.integration
@pytest.mark.parametrize("name", ALONE)
def test_a_series_alone_ends_in_a_verdict(name: str, forecast_of: Forecasting) -> None:
    document = forecast_of({"a": ALONE[name]})
    check(document)
    if name == "nothing but zeros":
        assert document.series[0].silent_weeks == 30
        assert document.series[0].p_active < 0.5


@pytest.mark.integration
def test_series_of_unequal_lengths_and_one_that_nobody_knows_end_in_a_verdict(forecast_of: Forecasting) -> None:
    document = forecast_of(TOGETHER)
    check(document)
    assert [one.name for one in document.series] == list(TOGETHER)


def test_counts_that_are_all_missing_are_an_error_that_says_what_to_do(forecast_of: Forecasting) -> None:
    with pytest.raises(InputError) as caught:
        forecast_of({"a": [MISSING] * 30})
    (problem,) = caught.value.problems
    assert "at least one count" in problem.expected
    assert "0 where there was no attack" in str(caught.value)


@pytest.mark.parametrize("rare", ["halt_intercept", "resumption_intercept"])
def test_hazards_of_one_in_a_billion_give_finite_chances(rare: str) -> None:
    billionth = Normal(float(np.log(1e-9)), 1e-3)
    priors = replace(Priors(), **{rare: billionth, "halt_level": Normal(1e-6, 1e-7)})
    state = prior_state(["a"], draws=200, horizon=26, seed=1, priors=priors)
    numbers = RandomNumbers.draw(series=state.series, draws=state.draws, horizon=26, seed=1)
    push = Push.none(covariates=len(state.covariates), horizon=26)
    chance = any_attack_probability(state, push, numbers)
    assert ((chance >= 0) & (chance <= 1)).all()
    assert np.isfinite(simulate(state, push, numbers).count).all()


@pytest.mark.integration
@pytest.mark.parametrize("weeks", [1, 30, 2000])
def test_the_density_is_finite_on_any_length_and_at_hazards_of_one_in_a_billion(weeks: int) -> None:
    rng = np.random.default_rng(weeks)
    count = rng.poisson(3.0, (1, weeks)).astype(float)
    count[:, weeks // 4 : weeks // 2] = 0.0
    count[:, weeks // 2 + 1 :: 7] = 5000.0
    coords = {"series": ["a"], "week": (FIRST + WEEK * np.arange(weeks)).astype("datetime64[ns]")}
    array = xr.DataArray(count, coords=coords, dims=("series", "week"))
    panel = make_panel(array, without_events(FIRST, FIRST + WEEK * weeks), spec=ModelSpec(), priors=Priors())
    model = build(panel, spec=ModelSpec(), priors=Priors())
    density, gradient = (compiled(mode="FAST_COMPILE") for compiled in (model.compile_logp, model.compile_dlogp))
    usual = {name: rng.normal(scale=0.5, size=np.shape(value)) for name, value in model.initial_point().items()}
    for rare in ({}, {2: BILLIONTH_HALT}, {4: BILLIONTH_RESUMPTION}, {2: BILLIONTH_HALT, 4: BILLIONTH_RESUMPTION}):
        point = {name: value.copy() for name, value in usual.items()}
        for row, offset in rare.items():
            point["series_offset"][row] = offset
        assert np.isfinite(density(point))
        assert np.isfinite(gradient(point)).all()
