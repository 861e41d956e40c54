"""Dots and whiskers: every mark is a figure of what it shows, and nothing is shown that is not known."""

import json
import re
from collections.abc import Callable

import pytest

from lull.model.runs.store import Run
from lull.scenarios.drivers.driver_record import recorded
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.series_session import SeriesSession, open_run
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.presentation.pictures import picture_file
from lull.scenarios.results.document import DriverEffect
from lull.scenarios.results.evidence_used import evidence_used
from lull.scenarios.whiskers.picture import whiskers_spec
from lull.scenarios.whiskers.rows import (
    BELIEVED,
    DRIVERS,
    NOW,
    RECORD,
    REPORTS,
    SAYS,
    driver_whiskers,
    labels_of,
    report_whiskers,
    scenario_whiskers,
)


def effect(covariate: str, on: str) -> DriverEffect:
    return DriverEffect(
        covariate=covariate, on=on, prior_low=-1, prior_median=0, prior_high=1, low=-0.5, median=0.2, high=0.9,
        overlap=0.5, prior_sensitivity=0.0, likelihood_sensitivity=0.0, learned="",
    )  # fmt: skip


def test_a_driver_has_its_record_belief_and_posterior_and_a_half_life_has_no_line() -> None:
    known, own, life = effect("ceasefire", "halting"), effect("rainfall", "halting"), effect("ceasefire", "half-life")
    rows = driver_whiskers([known, own, life]).to_pylist()
    record = recorded(known)
    assert record is not None
    assert [(row["label"], row["kind"]) for row in rows] == [
        ("ceasefire on halting", RECORD), ("ceasefire on halting", BELIEVED), ("ceasefire on halting", NOW),
        ("rainfall on halting", BELIEVED), ("rainfall on halting", NOW),
    ]  # fmt: skip
    assert rows[0]["value"] == record.mean
    assert (rows[2]["low"], rows[2]["value"], rows[2]["high"]) == (-0.5, 0.2, 0.9)


def test_a_report_stands_against_what_the_others_imply(embedded_run: Callable[..., Run]) -> None:
    (report,) = evidence_used(embedded_run().record).tension
    table = report_whiskers([report])
    implied, says = table.to_pylist()
    assert (implied["low"], implied["value"], implied["high"]) == pytest.approx(
        (report.implied_low, report.implied, report.implied_high)
    )
    assert (says["kind"], says["low"], says["value"]) == (SAYS, report.reported, report.reported)
    spec = whiskers_spec(labels_of(table), REPORTS, title="attacks", wide=True)
    drawn = picture_file(spec, table, "svg", words="w").decode()
    assert len(re.findall(r'aria-roledescription="(?:point|circle|square|diamond)', drawn)) == 2
    assert not re.search("undefined|null|NaN", drawn)


def test_a_scenario_is_its_difference_in_points(embedded_run: Callable[..., Run]) -> None:
    session = SeriesSession.of(open_run(embedded_run()), "israel")
    found = session.ask(parse_question("any attack by 2025-03-01"), find_scenario("ceasefire-collapses"))
    (row,) = scenario_whiskers([("It collapses", found)]).to_pylist()
    assert row["value"] == pytest.approx(100 * (found.probability - found.baseline))
    assert row["low"] <= row["value"] <= row["high"]


def test_the_picture_stays_while_rows_move_and_names_kinds_only_where_there_are_several() -> None:
    one = whiskers_spec(("a", "b"), DRIVERS, title="t")
    assert one is whiskers_spec(("a", "b"), DRIVERS, title="t")
    assert '"legend": null' in json.dumps(whiskers_spec(("a",), ("k",), title="t"))
