"""`lull drivers` beside the record: what other actors' events were followed by, and what no record teaches."""

from collections.abc import Callable
from typing import Any

import pytest

from lull.cli.printing.drivers import print_drivers
from lull.data.evidence import embedded_evidence
from lull.model.fitting.fit import FitPlan
from lull.model.runs.store import Run
from lull.scenarios.drivers.driver_record import (
    COURSE,
    NOTHING,
    known_rows,
    moved_effects,
    record_document,
    time_course,
)
from lull.scenarios.presentation.wording import effect_words, placebo_sentence
from lull.scenarios.results.document import DriverEffect
from lull.scenarios.results.evidence_used import placebo_of


def effect(covariate: str, on: str) -> DriverEffect:
    figures = {
        name: 0.0
        for name in DriverEffect.model_fields
        if name not in {"covariate", "on", "learned", "placebo_p", "placebo_p_any", "called"}
    }
    return DriverEffect(covariate=covariate, on=on, learned="mostly the prior", **figures)


def test_the_record_of_a_driver_has_its_cases_its_actors_and_an_interval() -> None:
    record = record_document(effect("ceasefire", "halting"))
    assert record is not None
    assert (record["kind"], record["type"]) == ("ceasefire", "written")
    assert record["actors"] > 10 < record["cases"]
    assert record["low"] < record["mean"] < record["high"]
    assert "UCDP" in record["source"]


@pytest.mark.parametrize(("covariate", "on"), [("fuel_price", "intensity"), ("ceasefire", "half-life")])
def test_what_the_record_cannot_know_has_none(covariate: str, on: str) -> None:
    assert record_document(effect(covariate, on)) is None


def test_record_belief_and_data_are_printed_and_what_no_record_teaches_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_drivers([effect("ceasefire", "resumption"), effect("pressure", "halting")], {}, "r1")
    shown = capsys.readouterr().out
    assert "ceasefire written" in shown
    assert NOTHING in " ".join(shown.split())
    assert shown.index("What the record says") < shown.index("What the data say")


def test_a_row_of_a_driver_has_record_course_belief_and_data_side_by_side() -> None:
    both = [effect("ceasefire", "halting"), effect("pressure", "halting"), effect("ceasefire", "half-life")]
    written, pressure, half_life = known_rows(both, picture=True)
    assert written["after such events elsewhere"].startswith("ceasefire written: +0.5 [")
    assert written["cases"].endswith("actors")
    assert written[COURSE] == list(time_course(both[0]))
    assert len(written[COURSE]) == 4
    assert list(written)[:2] == ["driver", "after such events elsewhere"]
    assert {"believed", "now", "placebo"} <= set(written)
    assert (pressure[COURSE], pressure["cases"]) == ([], "")
    assert NOTHING in pressure["after such events elsewhere"]
    assert half_life["after such events elsewhere"] == ""
    assert moved_effects(both, ["ceasefire"]) == (both[0],)
    assert all("because" not in str(cell) for row in known_rows(both) for cell in row.values())


def test_an_effect_is_shown_where_placebo_calendars_say_so_and_not_where_its_interval_does() -> None:
    sure = effect("ceasefire", "halting").model_copy(update={"low": 1.0, "median": 2.0, "high": 3.0})
    assert effect_words(sure) == "mostly prior"
    assert effect_words(sure.model_copy(update={"called": False})) == "no effect shown"
    assert effect_words(sure.model_copy(update={"called": True})) == "an effect is shown"


def test_how_many_effects_are_called_one_is_said_and_that_few_calendars_can_call_none() -> None:
    rows = [
        {"covariate": "declared_halt", "on": "halting", "called": True},
        {"covariate": "pressure", "on": "halting", "called": False},
    ]
    test = {"effects": rows, "calendars": 40, "level": 0.05, "false_calls": 0.025, "p": 0.5}
    said = placebo_sentence(test)
    assert "1 of 2 effects is called one: declared halt on halting." in said
    assert "So few calendars" not in said
    assert "0 of 1 effect is called one." in placebo_sentence(test | {"effects": rows[1:]})
    assert "So few calendars cannot call any." in placebo_sentence(test | {"calendars": 18})


def test_the_embedded_case_has_its_placebo_test_and_other_evidence_has_none(write_run: Callable[..., Run]) -> None:
    plan: dict[str, Any] = FitPlan(embedded_evidence()).identity()
    shipped = placebo_of(write_run(run_id="a" * 16, record={"plan": plan | {"code": "older"}}))
    assert shipped["calendars"] >= 40
    assert len(shipped["effects"]) == 21
    assert [row["called"] for row in shipped["effects"]] == [row["p_any"] <= 0.05 for row in shipped["effects"]]
    assert shipped["false_calls"] <= 0.05
    assert placebo_of(write_run(run_id="b" * 16, record={"plan": plan | {"seed": 2}})) == {}
