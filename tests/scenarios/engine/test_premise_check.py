"""Premises against newer data: open, confirmed, overtaken, and by what."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from lull.data.counts import WeeklyCounts
from lull.data.events import Event, known_at, read_events
from lull.data.evidence import embedded_evidence
from lull.scenarios.engine.premise_check import NewerData, Verdict, judge
from lull.scenarios.language.premise import Premise
from lull.scenarios.language.scenario_files import counterfactuals, find_scenario, library

ORIGIN = np.datetime64("2024-12-23")
FIRST_WEEK = np.datetime64("2024-12-16")


def event(day: str, **more: Any) -> Event:
    shown = {"event_id": f"e-{day}", "date": day, "end_date": None, "kind": "strike_on_faction", "salience": 4}
    return Event.model_validate({**shown, "dimension": "deterrence", "actor": "Israel", "target": "Iraq", **more})


def judged(observation: dict[str, Any], *events: Event, counts: list[float] | None = None, as_of: str) -> Verdict:
    premise = Premise.model_validate({"statement": "s", "confirmed_by": [observation]})
    weekly = (
        None if counts is None else WeeklyCounts.from_arrays(np.array([counts]), series=["a"], first_week=FIRST_WEEK)
    )
    return judge(premise, NewerData(events, weekly, ORIGIN, date.fromisoformat(as_of)))


STRIKE = {"seen": "event", "kind": "strike", "actor": "israel", "salience": 4, "until": "2025-01-31"}
FEW = {"seen": "count", "series": "a", "at_most": 3, "until": "2025-01-12"}
MANY = {"seen": "count", "series": "a", "at_least": 4, "until": "2025-01-31"}


def test_nothing_seen_leaves_a_premise_open() -> None:
    assert judged(STRIKE, as_of="2025-03-01") == Verdict("open")


def test_an_event_confirms_and_is_named() -> None:
    found = judged(STRIKE, event("2025-01-20"), event("2025-01-10"), as_of="2025-03-01")
    assert found == Verdict("confirmed", date(2025, 1, 10), "event e-2025-01-10: strike, Israel, 2025-01-10")


@pytest.mark.parametrize(
    "other",
    [
        event("2024-12-29"),  # the origin week
        event("2025-02-01"),  # after `until`
        event("2025-01-10", salience=3),
        event("2025-01-10", actor="United States"),
        event("2025-01-10", kind="leader_killed"),
    ],
)
def test_an_event_of_other_marks_confirms_nothing(other: Event) -> None:
    assert judged(STRIKE, other, as_of="2025-03-01").status == "open"


def test_what_is_not_known_yet_confirms_nothing() -> None:
    assert judged(STRIKE, event("2025-01-20"), as_of="2025-01-19").status == "open"
    assert judged(STRIKE, event("2025-01-20"), as_of="2025-01-20").status == "confirmed"


def test_counts_from_the_origin_on_reach_a_bound_in_the_week_that_passed_it() -> None:
    found = judged(MANY, counts=[9, 9, 2, 1, 3, 9], as_of="2025-02-01")
    assert found == Verdict("confirmed", date(2025, 1, 19), "6 attacks of a by 2025-01-19", by_counts=True)
    assert judged(MANY, counts=[9, 9, 2, 1, 0], as_of="2025-02-01").status == "open"


def test_a_count_stays_below_only_once_its_weeks_are_over_and_known() -> None:
    assert judged(FEW, counts=[9, 9, 2, 1], as_of="2025-02-01").status == "confirmed"
    assert judged(FEW, counts=[9, 9, 2], as_of="2025-02-01").status == "open"
    assert judged(FEW, counts=[9, 9, 2, np.nan, 0], as_of="2025-02-01").status == "open"
    assert judged(FEW, counts=[9, 9, 2, 2], as_of="2025-02-01").status == "open"
    assert judged(FEW, as_of="2025-02-01").status == "open"


def test_the_earliest_observation_decides_and_a_tie_is_overtaken() -> None:
    truce = {"dimension": "ceasefire", "kind": "ceasefire", "end_date": "2025-01-26", "event_id": "truce"}
    state = {"seen": "state", "in_force": True, "on": "2025-01-10"}
    premise = Premise.model_validate({"statement": "s", "confirmed_by": [STRIKE], "overtaken_by": [state]})
    in_force = event("2024-11-27", **truce)
    for day, status in (("2025-01-09", "confirmed"), ("2025-01-10", "overtaken"), ("2025-01-11", "overtaken")):
        assert judge(premise, NewerData((in_force, event(day)), None, ORIGIN, date(2025, 2, 1))).status == status


def test_the_ceasefire_that_held_settles_the_scenarios_about_it() -> None:
    """The embedded ceasefire runs to 2025-01-26: on the 27th none is in force unless newer data say so."""
    truce = event("2024-11-27", dimension="ceasefire", kind="ceasefire", end_date="2025-02-18", salience=5)
    newer = NewerData((truce,), None, ORIGIN, date(2025, 2, 10))
    verdicts = {scenario.id: judge(scenario.premise, newer).status for scenario in library() if scenario.premise}
    assert verdicts["ceasefire-extended"] == "confirmed"
    assert verdicts["ceasefire-lapses"] == verdicts["ceasefire-collapses"] == verdicts["baseline"] == "overtaken"
    assert verdicts["leader-killed"] == "open"
    assert find_scenario("ceasefire-fork").premise is not None


def test_no_premise_of_the_library_is_settled_when_the_forecast_is_made() -> None:
    """What was known on the last day of 2024 leaves everything ahead open, and what lies behind overtaken."""
    known = known_at(read_events(embedded_evidence().events or ""), date(2024, 12, 31))
    newer = NewerData(known, None, ORIGIN, date(2024, 12, 31))
    assert {judge(one.premise, newer).status for one in library() if one.premise} == {"open"}
    assert {judge(one.premise, newer).status for one in counterfactuals() if one.premise} == {"overtaken"}


def test_what_is_not_given_settles_nothing() -> None:
    none = {"seen": "state", "in_force": False, "on": "2025-01-10"}
    premise = Premise.model_validate({"statement": "s", "confirmed_by": [none, STRIKE]})
    assert judge(premise, NewerData(None, None, ORIGIN, date(2025, 2, 1))).status == "open"
    assert judge(premise, NewerData((), None, ORIGIN, date(2025, 2, 1))).status == "confirmed"
