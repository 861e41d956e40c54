"""The summary: skill against the best baseline, on the same cells, drawn over series."""

import numpy as np
import pyarrow as pa
import pytest

from lull.data.schema import InputError
from lull.evaluation.scores.comparison import compare
from lull.evaluation.scores.resampling import sign_flip_p_values
from lull.evaluation.scores.summary import paired_tests, summarise

Row = tuple[str, str, str, int, str, float]


def table(rows: list[Row]) -> pa.Table:
    names = ("model", "series", "origin_date", "horizon", "metric", "value")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def rows_of(model: str, values: dict[str, list[float]], *, metric: str = "crps") -> list[Row]:
    return [
        (model, series, f"2020-01-{5 + 7 * place:02}", 1, metric, value)
        for series, listed in values.items()
        for place, value in enumerate(listed)
    ]


def lines(summary: pa.Table) -> dict[tuple[str, str], dict[str, float]]:
    return {(line["model"], line["metric"]): line for line in summary.to_pylist()}


THREE = [
    *rows_of("ours", {"A": [1.0, 1.0], "B": [4.0]}),
    *rows_of("weak", {"A": [9.0, 9.0], "B": [9.0]}),
    *rows_of("hard", {"A": [2.0, 2.0], "B": [8.0]}),
]
STATES: list[Row] = [
    (model, series, date, 0, "silent_weeks", value)
    for model in ("ours", "weak", "hard")
    for series, date, value in (("A", "2020-01-05", 4.0), ("A", "2020-01-12", 0.0), ("B", "2020-01-05", 3.0))
]


def test_the_skill_is_against_the_best_baseline_by_hand() -> None:
    summary = lines(summarise(table(THREE), baselines={"weak", "hard"}, seed=1))
    ours = summary["ours", "crps"]
    assert (ours["mean"], ours["skill_vs_best_baseline"], ours["n_scored"]) == (2.0, pytest.approx(0.5), 3)
    assert (ours["ci_low"], ours["ci_high"]) == (pytest.approx(0.5), pytest.approx(0.5))  # half in every series
    assert summary["hard", "crps"]["skill_vs_best_baseline"] == 0
    assert summary["weak", "crps"]["skill_vs_best_baseline"] == pytest.approx(1 - 27 / 12)


def test_one_series_has_no_interval() -> None:
    one = [row for row in THREE if row[1] == "A"]
    ours = lines(summarise(table(one), baselines={"hard"}, seed=1))["ours", "crps"]
    assert ours["skill_vs_best_baseline"] == pytest.approx(0.5)
    assert np.isnan([ours["ci_low"], ours["ci_high"]]).all()


def test_slices_are_by_horizon_and_by_state_at_the_origin() -> None:
    summary = lines(summarise(table(THREE + STATES), baselines={"hard"}, seed=1))
    counted = {metric: line["n_scored"] for (model, metric), line in summary.items() if model == "ours"}
    assert counted == {"crps": 3, "crps|h1": 3, "crps|silent": 1, "crps|active": 2}
    assert summary["ours", "crps|active"]["mean"] == 2.5


def test_a_log_score_is_compared_in_nats() -> None:
    rows = rows_of("ours", {"A": [1.0], "B": [2.0]}, metric="log_score") + rows_of(
        "hard", {"A": [1.5], "B": [2.0]}, metric="log_score"
    )
    ours = lines(summarise(table(rows), baselines={"hard"}, seed=1))["ours", "log_score"]
    assert ours["skill_vs_best_baseline"] == pytest.approx(0.25)
    assert (ours["ci_low"], ours["ci_high"]) == (pytest.approx(0), pytest.approx(0.5))


def test_figures_of_calibration_have_no_skill() -> None:
    rows = rows_of("ours", {"A": [0.9]}, metric="coverage_90") + rows_of("hard", {"A": [0.8]}, metric="coverage_90")
    line = lines(summarise(table(rows), baselines={"hard"}, seed=1))["ours", "coverage_90"]
    assert line["mean"] == 0.9
    assert np.isnan([line["skill_vs_best_baseline"], line["ci_low"], line["ci_high"]]).all()
    assert paired_tests(table(rows), baselines={"hard"}, seed=1).num_rows == 0


def test_models_with_other_cells_are_not_compared() -> None:
    fewer = THREE[:-1]
    moved = [*THREE[:-1], ("hard", "B", "2020-01-12", 1, "crps", 8.0)]
    for rows in (fewer, moved):
        with pytest.raises(InputError, match="cells"):
            compare(table(rows))


def test_an_event_forecaster_is_compared_where_it_is_scored() -> None:
    events = [row for name in ("ours", "odds") for row in rows_of(name, {"A": [0.1]}, metric="any_attack_brier")]
    summary = lines(summarise(table(THREE + events), baselines={"hard", "odds"}, seed=1))
    assert ("odds", "crps") not in summary
    assert summary["ours", "any_attack_brier"]["skill_vs_best_baseline"] == 0


def test_a_baseline_that_could_not_be_run_is_named() -> None:
    line = lines(summarise(table(THREE), baselines={"hard"}, absent=["tsb"], seed=1))["tsb", "not installed"]
    assert line["n_scored"] == 0


def test_the_best_baseline_may_lose_nothing() -> None:
    rows = rows_of("ours", {"A": [0.0]}) + rows_of("hard", {"A": [0.0]}) + rows_of("weak", {"A": [1.0]})
    summary = lines(summarise(table(rows), baselines={"hard", "weak"}, seed=1))
    assert summary["ours", "crps"]["skill_vs_best_baseline"] == 0
    assert np.isnan(summary["weak", "crps"]["skill_vs_best_baseline"])


def test_the_same_seed_gives_the_same_table_whatever_the_order_of_rows() -> None:
    rng = np.random.default_rng(2)
    rows = [row for name in ("ours", "hard") for row in rows_of(name, {s: [rng.gamma(2.0)] for s in "ABCDEF"})]
    one, other = (summarise(table(listed), baselines={"hard"}, seed=7) for listed in (rows, rows[::-1]))
    assert str(one.to_pylist()) == str(other.to_pylist())  # nan is not equal to itself


def test_the_interval_covers_the_skill_and_narrows_with_more_series() -> None:
    rng = np.random.default_rng(4)

    def width(count: int) -> float:
        losses = rng.gamma(2.0, size=(2, count))
        rows = [
            row
            for name, values in zip(("ours", "hard"), losses, strict=True)
            for row in rows_of(name, {f"s{place}": [float(value)] for place, value in enumerate(values)})
        ]
        line = lines(summarise(table(rows), baselines={"hard"}, seed=1))["ours", "crps"]
        assert line["ci_low"] < line["skill_vs_best_baseline"] < line["ci_high"]
        return line["ci_high"] - line["ci_low"]

    assert width(400) < width(25) / 2


def test_sign_flips_by_hand() -> None:
    # of the 8 signs of three equal differences 2 are as far from 0: p = 1/4, within five standard errors
    p_value = sign_flip_p_values(np.ones(3), rng=np.random.default_rng(1))
    assert p_value == pytest.approx(0.25, abs=5 * (0.25 * 0.75 / 10_000) ** 0.5)
    assert sign_flip_p_values(np.zeros(5), rng=np.random.default_rng(1)) == 1
    assert sign_flip_p_values(np.ones(40), rng=np.random.default_rng(1)) < 0.001


def test_the_paired_test_names_the_best_baseline() -> None:
    tests = lines(paired_tests(table(THREE), baselines={"weak", "hard"}, seed=1))
    ours = tests["ours", "crps"]
    assert (ours["opponent"], ours["difference"], ours["n_series"], ours["n_clusters"]) == ("hard", -2.5, 2, 2)
    assert ours["skill"] == pytest.approx(0.5)
    assert ("hard", "crps") not in tests


def test_the_pool_is_an_opponent_of_its_own_and_never_the_best_single_one() -> None:
    rows = [*THREE, *rows_of("naive_pool", {"A": [1.5, 1.5], "B": [5.0]})]
    summary = lines(summarise(table(rows), baselines={"weak", "hard", "naive_pool"}, seed=1))
    ours = summary["ours", "crps"]
    assert ours["skill_vs_best_baseline"] == pytest.approx(0.5)
    assert ours["skill_vs_naive_pool"] == pytest.approx(1 - 6 / 8)
    assert ours["naive_pool_ci_low"] <= ours["skill_vs_naive_pool"] <= ours["naive_pool_ci_high"]
    tests = paired_tests(table(rows), baselines={"weak", "hard", "naive_pool"}, seed=1).to_pylist()
    assert {test["opponent"] for test in tests if test["model"] == "ours"} == {"hard", "naive_pool"}


def test_without_a_pool_there_is_no_skill_against_it() -> None:
    ours = lines(summarise(table(THREE), baselines={"hard"}, seed=1))["ours", "crps"]
    assert np.isnan(ours["skill_vs_naive_pool"])


def test_the_series_that_decides_a_sum_is_named() -> None:
    ours = lines(summarise(table(THREE), baselines={"hard"}, seed=1))["ours", "crps"]
    assert (ours["largest_series"], ours["largest_share"]) == ("B", pytest.approx(4 / 6))


def test_a_paired_test_weighs_series_alike_whatever_their_level() -> None:
    values = {"quiet": [0.1, 0.1], "busy": [30.0]}
    levels = [
        (m, s, "2020-01-05", 0, "level", v) for m in ("ours", "hard") for s, v in (("quiet", 0.2), ("busy", 60.0))
    ]
    rows = [
        *rows_of("ours", values),
        *rows_of("hard", {"quiet": [0.2, 0.2], "busy": [24.0]}),
        *levels,
    ]
    summary = lines(summarise(table(rows), baselines={"hard"}, seed=1))["ours", "crps"]
    paired = lines(paired_tests(table(rows), baselines={"hard"}, seed=1))["ours", "crps"]
    assert summary["skill_vs_best_baseline"] == pytest.approx(1 - 30.2 / 24.4)  # the busy one decides
    # in shares of the level .5 and .5 against 1 and .4
    assert paired["skill"] == pytest.approx(1 - 1.0 / 1.4)
    assert paired["difference"] == pytest.approx((0.5 - 1.0 + 0.5 - 0.4) / 2)
    logs = [(m, s, d, h, "crps_log1p" if k == "crps" else k, v) for m, s, d, h, k, v in rows]
    unscaled = lines(paired_tests(table(logs), baselines={"hard"}, seed=1))["ours", "crps_log1p"]
    assert unscaled["difference"] == pytest.approx((-0.1 + 6.0) / 2)  # a logarithm knows no level
