"""The unconditional forecast: half baseline, half companion, in the columns of every forecast table."""

import numpy as np
import pyarrow.compute as pc
import pytest
import xarray as xr

from lull.model.forward.prior_state import prior_state
from lull.model.hurdle.benchmark import shipped
from lull.scenarios.engine.opinion_pool import NAME, pooled_table
from lull.scenarios.engine.projection import Projection, project_all
from lull.scenarios.results.tables import ANY_ATTACK, COLUMNS, CUMULATED, WEEKLY, forecast_table

WEEKS, HORIZON = 80, 6


@pytest.fixture(scope="module")
def baseline() -> Projection:
    return project_all((), prior_state(["A", "B"], draws=400, horizon=HORIZON, seed=3), seed=5)[0]


def observed(baseline: Projection, imputations: int = 1, missing: int = 0) -> xr.DataArray:
    names = list(baseline.paths.series)
    counts = np.random.default_rng(4).poisson(2.0, (imputations, len(names), WEEKS)).astype(float)
    if missing:
        counts[..., -missing:] = np.nan
    return xr.DataArray(counts, dims=("imputation", "series", "week"), coords={"series": names})


def chance(table: object, horizon: int) -> float:
    rows = table.filter(  # type: ignore[attr-defined]
        (pc.field("target") == ANY_ATTACK) & (pc.field("horizon") == horizon) & (pc.field("output_type_id") == "yes")
    )
    return float(rows["value"][0].as_py())


def test_its_columns_are_those_of_every_forecast_table(baseline: Projection) -> None:
    table = pooled_table(baseline, observed(baseline))
    assert tuple(table.column_names) == COLUMNS
    assert table.schema == forecast_table([baseline]).schema
    assert set(table["scenario_id"].to_pylist()) == {NAME}
    assert set(table["target"].to_pylist()) == {WEEKLY, CUMULATED, ANY_ATTACK}


def test_a_chance_is_one_part_of_the_model_and_two_of_the_companion(baseline: Projection) -> None:
    counts = observed(baseline)
    _, companion = shipped().forecast(counts.to_numpy()[0, 0], horizon=HORIZON, draws=10, seed=1)
    own = baseline.any_attack.mean(axis=0)[0]
    pooled = pooled_table(baseline, counts)
    assert [chance(pooled, h + 1) for h in range(HORIZON)] == pytest.approx((own + 2 * companion) / 3)
    alone = pooled_table(baseline, counts, usable=False)
    assert [chance(alone, h + 1) for h in range(HORIZON)] == pytest.approx(companion)


def test_the_same_seed_gives_the_same_table_and_imputations_share_the_draws(baseline: Projection) -> None:
    counts = observed(baseline, imputations=3)
    assert pooled_table(baseline, counts).equals(pooled_table(baseline, counts))


def test_weeks_that_are_not_reported_yet_are_missing(baseline: Projection) -> None:
    late = observed(baseline)
    late[..., -3:] = 0.0
    share = np.where(np.arange(WEEKS) < WEEKS - 3, 1.0, 0.2)
    shown = pooled_table(baseline, late.assign_coords(completeness=("week", share)))
    assert shown.equals(pooled_table(baseline, late.where(xr.DataArray(share, dims="week") >= 0.9)))
    assert not shown.equals(pooled_table(baseline, late))
