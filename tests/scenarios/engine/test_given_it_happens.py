"""What may happen, given that it does: the day is drawn as it would have come, the chance is the scenario's."""

from datetime import date, timedelta

import pytest

from lull.scenarios.engine.given_it_happens import given_it_happens
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import Event
from lull.scenarios.language.uncertain import Weighted

FIRST = date(2024, 12, 30)


def test_the_war_is_given_and_both_its_parts_come_on_one_day() -> None:
    by = FIRST + timedelta(weeks=4, days=-1)
    given = given_it_happens(find_scenario("iran-israel-war"), first=FIRST, by=by)
    assert given is not None
    assert given.chance == pytest.approx(1 - 0.95**4)
    event, intensity = given.scenario.interventions
    assert isinstance(event, Event)
    assert isinstance(event.date, Weighted)
    assert event.date == intensity.start  # type: ignore[union-attr]
    days = [day for day, _ in event.date.weighted]
    assert (days[0], days[-1], len(days)) == (FIRST, by, 28)
    weights = dict(event.date.weighted)
    assert weights[FIRST + timedelta(days=7)] == pytest.approx(0.95 * weights[FIRST])


def test_what_is_certain_has_no_other_answer() -> None:
    assert given_it_happens(find_scenario("ceasefire-collapses"), first=FIRST, by=date(2025, 3, 1)) is None
    assert given_it_happens(find_scenario("iran-israel-war"), first=FIRST, by=FIRST - timedelta(days=1)) is None
