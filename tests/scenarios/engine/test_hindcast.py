"""Past weeks projected again: what is taken from the record, what stays, and what stands beside it."""

from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import numpy as np
import pytest

from lull.data.events import read_events
from lull.data.evidence import embedded_evidence
from lull.data.schema import InputError
from lull.model.forward.prior_state import prior_state
from lull.model.forward.simulate import Push, RandomNumbers
from lull.model.runs.store import Run
from lull.scenarios.engine.hindcast import Hindcast, events_on_record, hindcast, week_to_begin_from
from lull.scenarios.engine.projection import compile_push, project
from lull.scenarios.language.scenario_files import counterfactuals, find_scenario
from lull.scenarios.language.spec import Scenario, baseline
from lull.scenarios.presentation.hindcast_report import WHAT_IT_IS, hindcast_page, total_rows, week_rows

pytestmark = pytest.mark.integration

EVENTS = read_events(embedded_evidence().events or "")
WEEK, HORIZON = np.datetime64("2024-11-11"), 6
STATE = replace(prior_state(("israel", "us_forces"), draws=100, horizon=HORIZON, seed=1), origin=WEEK, events=EVENTS)
NUMBERS = RandomNumbers.draw(series=STATE.series, draws=STATE.draws, horizon=HORIZON, seed=2)
DETERRENCE, PRESSURE, MOBILISATION, CEASEFIRE = range(4)

type WriteRun = Callable[..., Run]


def push(*interventions: dict[str, Any]) -> Push:
    content = {"id": "x", "title": "t", "assumptions": "a", "interventions": interventions}
    return compile_push(Scenario.model_validate(content), STATE, NUMBERS)


def removal(**named: str) -> dict[str, Any]:
    return {"kind": "removal", **named}


def test_a_removed_event_and_the_same_event_added_again_are_nothing() -> None:
    again = {"kind": "event", "dimension": "deterrence", "date": "2024-11-18", "salience": 5}
    assert np.abs(push(removal(event="e047")).covariate[:, :, DETERRENCE]).min() > 0
    np.testing.assert_allclose(push(removal(event="e047"), again).covariate, 0.0, atol=1e-12)


def test_an_event_is_named_by_its_id_or_by_its_dimension_and_day() -> None:
    by_id, by_day = push(removal(event="e047")), push(removal(dimension="deterrence", date="2024-11-18"))
    np.testing.assert_array_equal(by_id.covariate, by_day.covariate)
    twice = push(removal(event="e047"), removal(dimension="deterrence", date="2024-11-18"))
    np.testing.assert_array_equal(by_id.covariate, twice.covariate)


def test_a_removed_state_is_lost_from_its_first_day_on() -> None:
    lost = push(removal(dimension="ceasefire", date="2025-01-10")).covariate[0, 0, CEASEFIRE]
    np.testing.assert_allclose(-7 * lost, [0, 5, 7, 7, 7, 7])  # in force from Wednesday, 27 November


def test_a_day_on_which_two_states_are_in_force_is_lost_only_with_both() -> None:
    first = next(event for event in EVENTS if event.event_id == "e051")
    second = first.model_copy(update={"event_id": "other", "date": first.date.replace(day=30)})
    state = replace(STATE, events=(first, second))

    def lost(*ids: str) -> list[float]:
        content = {"id": "x", "title": "t", "assumptions": "a", "interventions": [removal(event=one) for one in ids]}
        added = compile_push(Scenario.model_validate(content), state, NUMBERS).covariate[0, 0, CEASEFIRE]
        return [round(days, 9) for days in (-7 * added).tolist()]

    assert lost("e051") == [0, 3, 0, 0, 0, 0]
    assert lost("other") == [0] * 6
    assert lost("e051", "other") == lost("other", "e051") == [0, 5, 7, 7, 7, 7]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"event": "e47"}, "Did you mean 'e047'?"),
        ({"event": "e046"}, "expected an event on 2024-11-18 or later, found e046 of 2024-11-17"),
        ({"dimension": "pressure", "date": "2024-11-19"}, "an event of pressure on record, found none on 2024-11-19"),
    ],
)
def test_what_is_not_on_record_cannot_be_removed(named: dict[str, str], expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        push(removal(**named))


def test_what_is_removed_cannot_be_held_as_well() -> None:
    held = {"kind": "covariate", "action": "hold", "covariate": "deterrence", "value": 1}
    with pytest.raises(InputError, match="hold and removal"):
        push(held, removal(event="e047"))


def test_a_projection_ahead_removes_nothing() -> None:
    with pytest.raises(InputError, match="lull scenario hindcast"):
        project(find_scenario("letter-never-sent"), replace(STATE, events=()), NUMBERS)


@pytest.fixture
def letter(embedded_run: WriteRun) -> Hindcast:
    run = embedded_run()
    scenario = find_scenario("letter-never-sent")
    week = week_to_begin_from([scenario], None, like=WEEK)
    return hindcast(run, [scenario], week=week, events=events_on_record(run), seed=3)


def test_the_record_and_the_scenario_are_paired_and_part_where_the_event_was(letter: Hindcast) -> None:
    record, changed = letter.projections
    assert (letter.state.origin, letter.state.horizon, letter.state.chains) == (WEEK, HORIZON, 4)
    np.testing.assert_array_equal(record.paths.count, project(baseline(), letter.state, record.numbers).paths.count)
    assert (record.paths.count != changed.paths.count)[..., 0].any()
    assert (record.resumption != changed.resumption).any()


def test_it_stands_beside_what_happened_and_says_what_it_is(letter: Hindcast) -> None:
    document = letter.document()
    israel, us_forces = document.happened
    assert (israel.weeks_known, us_forces.weeks_known, us_forces.median) == (6, 0, None)
    observed = letter.happened[:, 0].sum(axis=-1)
    assert observed.min() <= (israel.median or -1) <= observed.max()
    rows = week_rows(document, "israel")
    assert [row["week of"] for row in rows] == [f"{week.item():%-d %b %Y}" for week in letter.state.weeks]
    assert set(rows[0]) == {"week of", "happened", "on record", "letter-never-sent"}
    assert {row["happened"] for row in week_rows(document, "us_forces")} == {"missing"}
    totals = {total.scenario_id: total for total in document.totals if total.series == "israel"}
    means = [each.paths.cumulated[:, 0, -1].mean() for each in letter.projections]
    assert totals["letter-never-sent"].difference == pytest.approx(means[1] - means[0])
    assert (totals["baseline"].difference, totals["baseline"].p_more) == (0, 0)
    assert [row["all weeks"] for row in total_rows(document, "israel")] == [
        "happened",
        "on record",
        "letter-never-sent",
    ]
    page = hindcast_page(document)
    assert WHAT_IT_IS in unescape(page)
    assert page.count("<svg") == 2
    assert "what happened</text>" in page


def test_every_counterfactual_of_the_library_can_be_looked_back_on(embedded_run: WriteRun) -> None:
    run = embedded_run()
    for scenario in counterfactuals():
        found = hindcast(
            run, [scenario], week=week_to_begin_from([scenario], None, like=WEEK), events=events_on_record(run), seed=3
        )
        assert (found.projections[0].paths.count != found.projections[1].paths.count).any()


def test_a_week_without_any_after_it_is_refused(embedded_run: WriteRun) -> None:
    with pytest.raises(InputError, match="before 2024-12-23, the last week that counts"):
        hindcast(embedded_run(), [], week=np.datetime64("2024-12-23"), events=(), seed=1)


def test_the_day_to_begin_from_is_named_once() -> None:
    with pytest.raises(InputError, match="found none"):
        week_to_begin_from([baseline()], None, like=WEEK)
    with pytest.raises(InputError, match="2024-11-17, 2024-11-24"):
        week_to_begin_from(counterfactuals(), None, like=WEEK)


def test_other_events_than_those_of_the_run_are_refused(embedded_run: WriteRun, tmp_path: Any) -> None:
    other = tmp_path / "events.csv"
    other.write_text((embedded_evidence().events or other).read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(InputError, match="expected the events that run"):
        events_on_record(embedded_run(), other)
