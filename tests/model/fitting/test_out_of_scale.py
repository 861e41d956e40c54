"""Weeks out of scale: which are, what the fit is given in their place, and that they are named."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.data.evidence import Evidence
from lull.model.fitting.fit import FitPlan, find_or_fit
from lull.model.fitting.out_of_scale import (
    LONGEST,
    TIMES,
    in_scale,
    observed,
    out_of_scale,
    recorded,
    sentence,
    set_apart,
    within_scale,
)
from lull.model.runs.store import Store
from lull.model.spec import SamplerConfig
from lull.scenarios.language.standard import standard_request
from lull.scenarios.results.forecast import forecast

WEEKS = 80
QUIET = np.random.default_rng(1).integers(0, 4, WEEKS).astype(float)
MONDAY = np.datetime64("2023-01-02")


def with_weeks(changes: dict[int, float]) -> np.ndarray:
    count = QUIET.copy()
    for week, value in changes.items():
        count[week] = value
    return count


def counts(values: np.ndarray) -> WeeklyCounts:
    """Counts (imputation, week) of one series."""
    return WeeklyCounts.from_arrays(values[:, None, :], series=["north"], first_week=MONDAY)


def tree(values: np.ndarray) -> xr.DataTree:
    return xr.DataTree.from_dict({"observed_data": observed(counts(values))})


@pytest.mark.parametrize("week", [0, 1, 40, 78, 79])
@pytest.mark.parametrize("size", [60, 180, 400, 1000, 3000, 1_000_000])
def test_one_huge_week_is_out_of_scale_at_any_age(week: int, size: float) -> None:
    assert np.flatnonzero(out_of_scale(with_weeks({week: size}))).tolist() == [week]


@pytest.mark.parametrize(
    "changes", [{40: 3000, 50: 1000}, {40: 3000, 41: 2000}, {78: 60, 79: 3000}, {3: 3000, 30: 90, 60: 400}]
)
def test_so_are_several_of_them_whatever_lies_between_their_sizes(changes: dict[int, float]) -> None:
    assert np.flatnonzero(out_of_scale(with_weeks(changes))).tolist() == sorted(changes)


@pytest.mark.parametrize("scale", [1, 30, 1000])
def test_a_busy_series_has_its_own_scale(scale: int) -> None:
    busy = QUIET * scale
    busy[40] = 60 * 3 * scale
    assert np.flatnonzero(out_of_scale(busy)).tolist() == [40]


@pytest.mark.parametrize(
    "count",
    [
        QUIET,
        with_weeks({40: TIMES * 3 - 1}),
        with_weeks(dict.fromkeys(range(77, 80), 3000.0)),  # a run longer than `LONGEST` is a new level
        with_weeks(dict.fromkeys(range(40, 80), 3000.0)),
        with_weeks(dict.fromkeys(range(0, 80, 10), 3000.0)),  # what comes every ten weeks is no exception
        np.array([0.0] * 20 + [1.0, 0.0, 1.0, 0.0, 300.0]),  # two weeks of attacks are no scale
        np.zeros(30),
        np.full(30, np.nan),
        np.array([3000.0]),
    ],
)
def test_nothing_else_is(count: np.ndarray) -> None:
    assert LONGEST == 2
    assert not out_of_scale(count).any()


@pytest.mark.parametrize("concentration", [0.1, 0.3, 1.0])
def test_a_bursty_series_is_in_scale_at_every_origin(concentration: float) -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        count = rng.negative_binomial(concentration, concentration / (concentration + 5.0), 150).astype(float)
        assert not any(out_of_scale(count[:seen]).any() for seen in range(20, 151))


def test_a_missing_week_neither_parts_a_run_nor_is_out_of_scale() -> None:
    count = with_weeks({74: 3000, 75: np.nan, 76: 3000, 77: np.nan, 78: 3000, 79: np.nan})
    assert not out_of_scale(count).any()
    assert np.flatnonzero(out_of_scale(with_weeks({40: 3000, 41: np.nan}))).tolist() == [40]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(1, 10**6))
def test_the_fit_is_given_the_largest_count_of_the_others_and_nothing_else_changes(rest: list[int], huge: int) -> None:
    count = np.array([*rest, huge], dtype=float)
    flags, taken = out_of_scale(count), in_scale(count)
    np.testing.assert_array_equal(taken[~flags], count[~flags])
    if flags.any():
        assert (taken[flags] == count[~flags].max()).all()
        assert (count[flags] >= TIMES * taken[flags]).all()
    np.testing.assert_array_equal(within_scale(counts(count[None])).array.to_numpy()[0, 0], taken)
    np.testing.assert_array_equal(in_scale(taken), taken)


def test_counts_in_scale_come_back_as_they_are() -> None:
    given_ = counts(QUIET[None])
    assert within_scale(given_) is given_
    assert set_apart(tree(QUIET[None])) == ()


def test_a_tree_keeps_what_was_recorded_and_names_what_was_set_apart() -> None:
    made = tree(with_weeks({40: 3000})[None])
    assert float(made["observed_data"]["count"].max()) == 3
    assert float(recorded(made).max()) == 3000
    (week,) = set_apart(made)
    assert (week.series, week.week, week.recorded, week.taken_as) == ("north", date(2023, 10, 9), 3000, 3)
    assert sentence([week]).startswith(
        "the week of 2023-10-09 with 3,000 attacks (north) is out of scale and set apart"
    )
    assert sentence([week] * 5).count("3,000") == 3
    assert "and 2 more are" in sentence([week] * 5)


def test_imputations_agree_on_the_weeks_and_each_has_its_own_largest() -> None:
    panels = np.stack([with_weeks({40: 3000}), with_weeks({40: 2500, 5: 4}), with_weeks({40: 3})])
    taken = within_scale(counts(panels)).array.to_numpy()[:, 0]
    assert taken[:, 40].tolist() == [3, 4, 3]
    assert [week.recorded for week in set_apart(tree(panels))] == [2500]


def test_an_older_tree_knows_of_none() -> None:
    older = xr.DataTree.from_dict({"observed_data": counts(QUIET[None]).array.to_dataset(name="count")})
    assert set_apart(older) == ()


@pytest.mark.integration
def test_a_fit_holds_the_other_weeks_for_weeks_of_attacks_and_names_the_one_set_apart(
    tmp_path: Path, store: Store
) -> None:
    rows = [f"spike,{MONDAY + at * WEEK},{int(count)}" for at, count in enumerate(with_weeks({40: 3000}))]
    path = tmp_path / "weekly.csv"
    path.write_text("\n".join(["series,week_start,count", *rows]) + "\n", "utf-8")
    small = SamplerConfig(chains=2, tune=200, draws=200, thin=1, imputations=1)
    run = find_or_fit(FitPlan(Evidence(counts=path), config=small), store, progress=quiet)
    document = forecast(run, standard_request(run), progress=quiet).document()
    assert document.convergence.grade != "good"
    (week,) = document.evidence.out_of_scale
    assert (week.week, week.recorded, week.taken_as) == (date(2023, 10, 9), 3000, 3)
    (past,) = [row for row in document.history if row.week == week.week]
    assert past.median == 3000
    assert document.week(document.scenarios[0].id, "spike", 12).mean < 5
    assert document.series[0].p_active > 0.9
    assert np.mean([row.p_active for row in document.history[-39:]]) > 0.9
    if document.convergence.usable:
        assert "the week of 2023-10-09 with 3,000 attacks (spike)" in document.convergence.reasons[0]
    assert run.diagnostics()["out_of_scale"] == run.record["evidence"]["out_of_scale"]


def quiet(_step: str, _done: int, _total: int) -> None:
    """Tell nobody about progress."""
