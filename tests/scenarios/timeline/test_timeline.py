"""One timeline: every row on its day, the numbers those of the projections, what is assumed as marks."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lull.model.runs.store import Run
from lull.scenarios.engine.series_session import SeriesSession, open_run
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import Scenario, baseline
from lull.scenarios.results.situation import situation
from lull.scenarios.timeline.picture import Bands, bands_of, timeline_spec
from lull.scenarios.timeline.rows import standing_table, timeline_table


@pytest.fixture
def session(embedded_run: Callable[..., Run]) -> SeriesSession:
    return SeriesSession.of(open_run(embedded_run()), "israel")


def table_of(session: SeriesSession, scenario: Scenario, past_weeks: int | None = None) -> pa.Table:
    past = situation(session.open_run.run)
    standing = standing_table(past, session, past_weeks=past_weeks)
    return timeline_table(standing, session, session.project(scenario), scenario)


def rows(table: pa.Table, line: str) -> list[dict[str, Any]]:
    return [row for row in table.to_pylist() if row["line"] == line]


def test_the_fan_goes_on_from_the_past_and_has_the_numbers_of_the_projection(session: SeriesSession) -> None:
    scenario = find_scenario("ceasefire-fork")
    table, paths = table_of(session, scenario), session.project(scenario).paths
    ahead = rows(table, "scenario")
    assert [row["median"] for row in ahead] == np.median(paths.count[:, 0], axis=0).tolist()
    assert [row["halted"] for row in ahead] == pytest.approx(1 - paths.active[:, 0].mean(axis=0))
    days = [row["week"] for row in (*rows(table, "past"), *rows(table, "baseline"))]
    assert {(later - earlier).days for earlier, later in pairwise(days)} == {7}
    assert [row["week"] for row in rows(table, "pointer")] == days


def test_branches_and_the_scheduled_end_are_marks_on_their_days(session: SeriesSession) -> None:
    marks = {row["lane"]: row for row in rows(table_of(session, find_scenario("ceasefire-fork")), "event")}
    assert marks["scheduled"]["week"].date() == session.open_run.ceasefire_end
    collapse = marks["it collapses early"]
    assert "%" in collapse["who"]
    assert "on a day from 6 January 2025 to 24 January 2025" in collapse["what"]
    assert collapse["when"] == f"{collapse['week']:%Y-%m-%d} to {collapse['end']:%Y-%m-%d}"
    extended = marks["it is extended"]
    assert extended["end"].date() == session.open_run.last_day


def test_a_short_past_cuts_weeks_drivers_and_events_alike(session: SeriesSession) -> None:
    table = table_of(session, baseline(), past_weeks=13)
    assert len(rows(table, "past")) == 13
    first = rows(table, "past")[0]["week"]
    assert min(row["week"] for row in table.to_pylist()) == first
    assert {row["driver"] for row in rows(table, "driver")} == {"ceasefire", "deterrence"}


def test_nothing_at_the_pointer_is_empty_and_a_baseline_alone_has_no_scenario(session: SeriesSession) -> None:
    table = table_of(session, baseline())
    for row in rows(table, "pointer"):
        assert all(row[name] for name in ("attacks", "ahead", "pause", "reports", "report_1", "report_3"))
    bands = bands_of(table)
    assert bands.alone
    assert "your scenario" not in bands.lanes
    assert timeline_spec(bands) is timeline_spec(bands_of(table)), "the picture stays while the rows move"


def test_bands_do_not_overlap_and_the_axis_is_shared() -> None:
    spec = timeline_spec(Bands(("pressure", "scheduled"), ("pressure",), alone=False))
    assert spec["resolve"]["scale"]["y"] == "independent"
    assert "x" not in spec["resolve"]["scale"]
    assert {each["name"] for each in spec["params"]} == {"cursor", "zoom"}


def test_what_an_event_assumes_is_on_its_day(session: SeriesSession) -> None:
    text = {"kind": "event", "dimension": "pressure", "date": "2025-01-20", "salience": 3}
    scenario = Scenario.model_validate({"id": "x", "title": "t", "assumptions": "a", "interventions": [text]})
    (mark,) = [row for row in rows(table_of(session, scenario), "event") if row["lane"] == "your scenario"]
    assert (mark["week"].date(), mark["lasting"]) == (date(2025, 1, 20), False)


def test_drivers_go_on_as_scheduled_and_as_the_scenario_pushes_them(session: SeriesSession) -> None:
    scenario = find_scenario("ceasefire-extended")
    table, state = table_of(session, scenario), session.state
    place = state.covariates.index("ceasefire")
    ahead = [row for row in rows(table, "driver") if row["driver"] == "ceasefire"][-state.horizon :]
    assert [row["week"].date() for row in ahead] == state.weeks.tolist()
    assert [row["value"] for row in ahead] == np.median(state.future_covariate[:, 0, place], axis=0).tolist()
    pushed = rows(table, "driver of the scenario")
    assert {row["driver"] for row in pushed} == {"ceasefire"}
    assert [row["value"] for row in pushed] == pytest.approx([1.0] * state.horizon), "in force for good"
    assert rows(table_of(session, baseline()), "driver of the scenario") == []
