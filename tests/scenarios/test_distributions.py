"""Totals in bands, and what past forecasts stated against what came: the pictures' rows are the figures themselves."""

from collections.abc import Callable

import numpy as np
import pytest

from lull.model.runs.store import Run
from lull.pages.panels.folded_table import csv_of
from lull.scenarios.distributions.reliability import reliability_rows, reliability_table
from lull.scenarios.distributions.total_bands import band_spec, band_table, bands_of, quartile_sentence
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.series_session import SeriesSession, open_run
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.results.calibration_status import Figure
from lull.scenarios.results.percentiles import totals
from lull.scenarios.whiskers.rows import replicate_whiskers


def test_bands_hold_all_futures_of_each_scenario(embedded_run: Callable[..., Run]) -> None:
    session = SeriesSession.of(open_run(embedded_run()), "us_forces")
    question = parse_question("any attack by 2025-03-01")
    projections = (session.baseline, session.project(find_scenario("ceasefire-extended")))
    table = band_table(question, projections)
    for each in projections:
        rows = [row for row in table.to_pylist() if row["scenario"] == each.title]
        assert [row["from"] for row in rows] == pytest.approx([0.0, *(row["to"] for row in rows[:-1])])
        assert rows[-1]["to"] == pytest.approx(1.0)
        assert rows[0]["band"] == "none"
        assert rows[0]["to"] == pytest.approx(np.mean(totals(question, each) == 0))
    scenarios, bands = bands_of(table)
    assert scenarios == tuple(each.title for each in projections)
    assert bands[-1].endswith(" or more")
    assert band_spec(scenarios, bands) is band_spec(scenarios, bands)
    low, middle, high = np.quantile(
        np.ceil(totals(question, session.baseline)), (0.25, 0.5, 0.75), method="inverted_cdf"
    )
    words = f"lower quartile **{low:.0f}**, median **{middle:.0f}**, upper quartile **{high:.0f}** attacks"
    assert words in quartile_sentence(question, session.baseline)


def test_what_was_stated_stands_beside_what_came() -> None:
    def figure(name: str, weeks: int, nominal: float | None, held: float | None) -> Figure:
        return Figure("lull", name, "active", weeks, nominal, held, 8, 3, 2, 1.0, "consistent")

    known = [figure("all", 8, None, None), figure("coverage_90", 8, 0.9, 0.8), figure("any_attack", 4, 0.6, 0.5)]
    table = reliability_table([*known, figure("coverage_90", 8, 0.9, 0.1)])
    assert reliability_rows(table) == [
        {
            "what was stated": "90 % interval of weekly counts, 8 weeks",
            "stated": "90 %",
            "came": "80 %",
            "forecasts": 8,
        },
        {"what was stated": "an attack within 4 weeks, active", "stated": "60 %", "came": "50 %", "forecasts": 8},
    ]
    assert reliability_table([]).num_rows == 0


def test_a_replicated_figure_stands_on_the_scale_of_its_interval() -> None:
    one = {"series": "us_forces", "figure": "largest week", "observed": 9.0, "low": 3.0, "high": 12.0, "p": 0.4}
    still = {"series": "israel", "figure": "share of zeros", "observed": 0.0, "low": 0.0, "high": 0.0, "p": 1.0}
    rows = [row for row in replicate_whiskers([one, still]).to_pylist() if row["kind"] == "observed"]
    assert [(row["label"], row["shown"]) for row in rows] == [
        ("largest week, US forces", "9"),
        ("share of zeros, Israel", "0"),
    ]
    assert [row["value"] for row in rows] == pytest.approx([2 / 3, 0.0])


def test_a_table_as_a_file_is_no_formula() -> None:
    assert csv_of([{"name": "=HYPERLINK()", "n": 1}]).splitlines() == ["name,n", "'=HYPERLINK(),1"]
