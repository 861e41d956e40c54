"""The record of a backtest is kept as it is, and its words say what its figures say."""

import html
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from lull.data.files import write_json
from lull.evaluation.presentation.report import report_page
from lull.evaluation.presentation.wording import (
    coverage_sentence,
    enough,
    excluded_sentence,
    fits_sentence,
    grade_sentence,
    largest_sentence,
    paired_sentence,
    scored_sentence,
    skill_rows,
    verdict_sentence,
)
from lull.evaluation.record import Fits, Paired, Summarised, keep_record, last_record
from lull.evaluation.results import coverage_by_horizon, pit_histogram
from lull.evaluation.scores.calibration import calibration
from lull.model.runs.store import Store, read_json
from tests.evaluation.conftest import small_record
from tests.evaluation.forged import held_rows, table


def scores(**metrics: list[float]) -> pa.Table:
    rows = [
        {"metric": metric, "horizon": place % 2 + 1, "value": value}
        for metric, values in metrics.items()
        for place, value in enumerate(values)
    ]
    return pa.Table.from_pylist(rows)


def test_the_newest_record_of_the_same_data_is_found_as_it_was_kept(store: Store) -> None:
    record = small_record(made_from={"counts": "aa", "reports": None, "as_of": "None"}, failed=({"trial": "A"},))
    keep_record(record, store)
    keep_record(small_record(backtest_id="other", made_from={"counts": "bb", "reports": None}), store)
    assert last_record(store, {"counts": "aa", "reports": None, "as_of": "2024-12-31"}) == record
    assert last_record(store, {"counts": "cc", "reports": None}) is None


def test_a_record_says_where_the_model_is_better_worse_and_neither() -> None:
    lines = {"better": (0.1, 0.05, 0.2), "worse": (-0.1, -0.2, -0.05), "open": (0.1, -0.1, 0.2)}
    words = {}
    for word, (skill, low, high) in lines.items():
        line = Summarised("lull", "crps", 0.9, skill, low, high, 8)
        words[word] = verdict_sentence(
            small_record(summary=(line, Summarised("all_zero", "crps", 1, 0, 0, 0, 8))), "lull"
        )
    assert "better than the best baseline at: attacks in each week." in words["better"]
    assert "The best baseline is better at: attacks in each week." in words["worse"]
    assert "Too close to call: attacks in each week." in words["open"]


def test_of_what_was_near_certain_no_share_is_shown() -> None:
    ours = Summarised("lull", "any_attack_brier|h8", 0.004, -400.0, -500.0, -300.0, 8)
    record = small_record(summary=(ours, Summarised("all_zero", "any_attack_brier|h8", 0.00001, 0, 0, 0, 8)))
    assert skill_rows(record)[0]["Lull"] == "near-certain"
    assert "The best baseline is better at: nothing for certain." in verdict_sentence(record, "lull")


def test_of_too_few_series_nothing_is_said_to_be_better() -> None:
    few = small_record(series=4, clusters=4, paired=())
    assert "cannot be compared with the best baseline" in verdict_sentence(few, "lull")
    assert skill_rows(few)[0]["Lull"] == "+20.0 %"
    assert paired_sentence(few, "lull") == ""
    slices = (
        Summarised("lull", "crps|silent", 1, 0.5, 0.5, 0.5, 8),
        Summarised("all_zero", "crps|silent", 2, 0, 0, 0, 8),
    )
    usual = small_record()
    test = Paired("lull", "crps|silent", "all_zero", -1.0, 1.0, 1)
    record = replace(usual, summary=(*usual.summary, *slices), paired=(*usual.paired, test))
    words = verdict_sentence(record, "lull")
    assert "better than the best baseline at: attacks in each week." in words
    assert "Of fewer than 5 independent series, too few to compare: attacks in each week, silent series." in words
    assert [row["Lull"] for row in skill_rows(record)] == ["+20.0 % [+10.0, +30.0]", "+50.0 %"]


@pytest.mark.parametrize(
    ("difference", "p_value", "words"),
    [
        (-0.2, 0.004, "attacks in each week: better than climatology 52 (p 0.004)."),
        (0.2, 0.0001, "attacks in each week: worse than climatology 52 (p below 0.001)"),
        (-0.2, 0.2, "of 1 question no difference that chance does not explain (p above 0.05)."),
    ],
)
def test_a_paired_test_is_reported_with_its_direction(difference: float, p_value: float, words: str) -> None:
    test = Paired("lull", "crps", "climatology_52", difference, p_value, 6)
    assert words in paired_sentence(small_record(paired=(test,)), "lull")


def test_what_was_asked_and_could_not_be_scored_is_told() -> None:
    assert excluded_sentence(small_record(excluded={})) == ""
    record = small_record(excluded={}, origins=9, fewer=2, unknown=7)
    assert excluded_sentence(record) == (
        "Fewer than 9 origins: 2 series, for want of weeks. Not scored: 7 of 96 weeks, missing or yet to come."
    )
    once = small_record(cells=1, series=1, silent=0, last_origin="2019-01-07")
    assert scored_sentence(once).startswith("1 forecast of 1 series, 12 weeks ahead: origin 2019-01-07, none of them")


def test_a_record_of_an_older_version_is_read(store: Store) -> None:
    path = keep_record(small_record(made_from={"counts": "aa", "reports": None}), store)
    content = read_json(path)
    for name in ("weights", "origins", "fewer", "unknown", "clusters"):
        del content[name]
    content["paired"] = [{"model": "lull", "metric": "crps", "best_baseline": "all_zero", "difference": -1.0}]
    write_json(path, content)
    record = last_record(store, {"counts": "aa", "reports": None})
    assert record is not None
    assert (record.paired, record.weights, record.unknown) == ((), {}, 0)


def test_what_intervals_held_is_reported_and_judged_by_the_grade_alone() -> None:
    record = small_record(calibration=calibration(table(held_rows(np.zeros((54, 1)))), "lull"))
    assert coverage_sentence(record, "lull") == (
        "Lull: 90 % intervals held 91 % of what happened, 50 % intervals held 52 % of what happened."
    )
    assert grade_sentence(record).startswith("Track record: contradicted: in 54 past forecasts of these data")
    assert grade_sentence(record) in html.unescape(report_page(record))
    assert grade_sentence(small_record()) == ""


def test_unusable_fits_are_named_and_more_than_a_twentieth_is_no_good_result() -> None:
    bad = Fits("lull", 18, 0, ("A at 2020-01-05: why", "B at 2020-01-05: why"), 1.4)
    record = small_record(fits=(bad,))
    assert not record.good
    assert "2 did not converge (10 %; up to 5 % may)" in fits_sentence(bad)
    assert (
        "lull: 15 fits, moved on to 5 other origins by filtering, 2" in fits_sentence(replace(bad, filtered=5)).lower()
    )
    assert replace(record, fits=(replace(bad, unusable=bad.unusable[:1], good=19),)).good
    assert "did not converge" in report_page(record)
    assert excluded_sentence(record) == "Left out: 1 series, no attack on record."


def test_the_pit_histogram_spreads_a_count_over_its_probability() -> None:
    np.testing.assert_allclose(pit_histogram(scores(pit_low=[0.0], pit_high=[1.0])), 0.1)
    sharp = pit_histogram(scores(pit_low=[0.05, 0.3], pit_high=[0.1, 0.5]))
    np.testing.assert_allclose(sharp, [0.5, 0, 0, 0.25, 0.25, 0, 0, 0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(sum(pit_histogram(scores(pit_low=[1.0, 0.0], pit_high=[1.0, 0.0]))), 1.0)
    assert pit_histogram(scores(crps=[1.0])) == []


def test_coverage_is_a_mean_by_week_ahead() -> None:
    assert coverage_by_horizon(scores(coverage_90=[1.0, 0.5, 0.0, 0.5]), "90") == [0.5, 0.5]


def test_a_headline_compares_with_the_pool_and_says_where_the_best_single_baseline_is_ahead() -> None:
    ours = Summarised("lull", "crps", 0.9, -0.1, -0.2, 0.1, 96, 0.2, 0.1, 0.3, "A", 0.4)
    pool = Summarised("naive_pool", "crps", 1.1, -0.3, -0.4, -0.2, 96, 0.0, 0.0, 0.0, "A", 0.4)
    best = Summarised("tsb", "crps", 0.8, 0.0, 0.0, 0.0, 96)
    record = small_record(summary=(ours, pool, best), baselines=("tsb", "naive_pool"), paired=())
    words = verdict_sentence(record, "lull")
    assert "Lull is better than the pool of simple baselines at: attacks in each week." in words
    assert words.endswith(
        "The best single baseline, chosen after the fact, has the smaller error at: attacks in each week."
    )
    [row] = skill_rows(record)
    assert (row["best baseline"], row["Lull"], row["against the best"]) == ("tsb", "+20.0 % [+10.0, +30.0]", "-10.0 %")
    assert largest_sentence(record, "lull").endswith("large share: A holds 40 % at attacks in each week.")


@pytest.mark.parametrize(
    ("clusters", "blocks", "many"), [(6, 1, True), (3, 9, False), (1, 5, True), (1, 4, False), (None, 0, True)]
)
def test_independence_is_counted_in_clusters_or_in_half_years_of_one(
    clusters: int | None, blocks: int, *, many: bool
) -> None:
    test = Paired("lull", "crps", "climatology_52", -0.2, 0.004, 6, clusters, blocks)
    record = small_record(paired=(test,))
    assert enough(record, record.summary[0]) is many
