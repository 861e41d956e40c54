"""A run whose weeks start on another weekday: every date of its forecast moves with them, and no number does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xarray as xr

from lull.model.runs.store import Run
from lull.scenarios.engine.hindcast import hindcast, week_to_begin_from
from lull.scenarios.language.spec import Scenario, baseline
from lull.scenarios.presentation.hindcast_report import known_sentence
from lull.scenarios.presentation.report import report_page
from lull.scenarios.results.answer_table import answers_table
from lull.scenarios.results.document import ForecastDocument
from lull.scenarios.results.forecast import forecast
from lull.scenarios.results.forecast_cache import Request
from lull.scenarios.results.tables import forecast_table

pytestmark = pytest.mark.integration

HORIZON = 6
type WriteRun = Callable[..., Run]
type Moved = Callable[[int], Run]


@pytest.fixture
def moved(write_run: WriteRun) -> Moved:
    """A function that returns a stored run with all its weeks some days later."""
    run = write_run()

    def later(days: int) -> Run:
        by = np.timedelta64(days, "D")
        groups = {name: _later(node.to_dataset(), by) for name, node in run.posterior().children.items()}
        shown = {name: str(np.datetime64(run.record[name], "D") + by) for name in ("as_of", "origin")}
        evidence = run.record["evidence"]
        reach = {"evidence": evidence | {"last_day": str(np.datetime64(evidence["last_day"], "D") + by)}}
        return replace(run, record=run.record | shown | reach, made=xr.DataTree.from_dict(groups))

    return later


def _later(group: xr.Dataset, by: np.timedelta64) -> xr.Dataset:
    dates = {
        name: (coord.dims, coord.to_numpy() + by) for name, coord in group.coords.items() if coord.dtype.kind == "M"
    }
    return group.assign_coords(dates)


def scenario(days: int) -> Scenario:
    """Return a scenario with a known day, a week ahead and a window."""

    def day(text: str) -> date:
        return date.fromisoformat(text) + timedelta(days=days)

    event = {"kind": "event", "dimension": "pressure", "salience": 4}
    interventions = (
        event | {"date": {"on": day("2025-01-09")}},
        event | {"date": {"weeks_ahead": 3}},
        {"kind": "ceasefire", "action": "end", "date": day("2025-01-15")},
    )
    content = {"id": "x", "title": "t", "assumptions": "a", "interventions": interventions}
    return Scenario.model_validate(content)


def shown(run: Run, days: int) -> tuple[ForecastDocument, pa.Table]:
    made = forecast(run, Request.of([scenario(days)], horizon=HORIZON, seed=3), progress=lambda *_: None)
    return made.document(), forecast_table(made.projections)


def back(value: Any, days: int) -> Any:
    """Return what a document or a table says with every date so many days earlier."""
    match value:
        case date():
            return value - timedelta(days=days)
        case dict():
            return {key: back(one, days) for key, one in value.items() if key not in ("evidence", "as_of")}
        case list() | tuple():
            return [back(one, days) for one in value]
        case str() if len(value) == len("2025-01-01") and value[:2] == "20":
            return str(date.fromisoformat(value) - timedelta(days=days))
    return value


@pytest.mark.parametrize("days", [5, -1, 380])
def test_dates_move_and_numbers_stay(moved: Moved, days: int) -> None:
    still, table = shown(moved(0), 0)
    later, later_table = shown(moved(days), days)
    assert back(later.model_dump(), days) == back(still.model_dump(), 0)
    assert back(later_table.to_pylist(), days) == back(table.to_pylist(), 0)


def answers(run: Run, days: int) -> list[dict[str, Any]]:
    by = date(2025, 1, 24) + timedelta(days=days)
    questions = [f"any attack by {by}", f"time to resumption by {by}"]
    table = answers_table(run, questions, [baseline(), scenario(days)], seed=1)
    return table.drop_columns("question").to_pylist()


@pytest.mark.parametrize("days", [5, -1])
def test_answers_move_with_the_calendar(moved: Moved, days: int) -> None:
    assert back(answers(moved(days), days), days) == back(answers(moved(0), 0), 0)


def test_weeks_that_do_not_start_on_monday_are_named(moved: Moved) -> None:
    usual, saturday = shown(moved(0), 0)[0], shown(moved(5), 5)[0]
    assert (saturday.origin_week, saturday.origin_date) == (date(2024, 12, 28), date(2025, 1, 3))
    assert "Weeks run from Saturday to Friday." in report_page(saturday)
    assert "Weeks run" not in report_page(usual)


def test_a_hindcast_begins_in_the_week_of_the_runs_own_calendar(moved: Moved) -> None:
    run = moved(5)  # weeks from Saturday
    week = week_to_begin_from([], date(2024, 11, 17), like=run.origin)
    assert str(week) == "2024-11-16"
    document = hindcast(run, [], week=week, events=(), seed=1).document()
    assert (document.origin_date, document.horizon) == (date(2024, 11, 22), 6)
    assert known_sentence(document).endswith("Weeks run from Saturday to Friday.")
