"""The situation of a stored run: what is shown of each week, and where it is missing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from streamlit.testing.v1 import AppTest

from lull.model.forward.origin import covariates_so_far
from lull.model.runs.store import Run, Store
from lull.scenarios.results.situation import Situation, situation

pytestmark = pytest.mark.integration

PATIENCE = 60  # seconds for a first projection on a busy machine
EVENT = {"dimension": "pressure", "kind": "own_statement", "actor": "A council", "target": "", "salience": 3}


@pytest.fixture
def shown(write_run: Callable[..., Run]) -> Situation:
    days = {"end_date": None, "date": "2024-03-04", "event_id": "e1"}
    lasting = {"end_date": "2026-01-01", "date": "2024-11-27", "event_id": "e2", "dimension": "ceasefire"}
    early = {"end_date": None, "date": "2020-01-03", "event_id": "e3"}
    return situation(write_run(record={"events": [EVENT | days, EVENT | lasting, EVENT | early]}))


def test_a_week_is_covered_by_the_reports_whose_window_has_a_day_of_it(shown: Situation) -> None:
    (report,) = shown.reports
    weeks = [week.week for week in shown.weeks_of("israel")]
    covered = {week for week in weeks if shown.covering("israel", week)}
    days = {report.first_day + timedelta(days=day) for day in range(report.days)}
    assert covered == {week for week in weeks if days & {week + timedelta(days=day) for day in range(7)}}
    assert weeks[-1] not in covered
    assert shown.covering("us_forces", weeks[0]) == ()
    assert shown.past_table("israel").column("reports").to_pylist() == [int(week in covered) for week in weeks]


def test_missing_weeks_are_empty_and_the_halted_share_is_that_of_the_posterior(shown: Situation) -> None:
    table = shown.past_table("us_forces")
    assert table.column("median").to_pylist()[-8:] == [None] * 8
    assert np.array(table.column("halted")) == pytest.approx(
        [1 - week.p_active for week in shown.weeks_of("us_forces")]
    )


def test_events_are_cut_at_the_weeks_shown_and_others_left_out(shown: Situation) -> None:
    rows = shown.event_table.to_pylist()
    assert [(row["what"], row["lasting"]) for row in rows] == [("own statement", False), ("own statement", True)]
    assert rows[1]["end"].date() == date(2024, 12, 29)
    assert rows[1]["when"] == "2024-11-27 to 2026-01-01"


def test_what_never_pushed_has_no_index_and_an_impulse_fades(write_run: Callable[..., Run]) -> None:
    run = write_run()
    values = covariates_so_far(run.posterior())
    assert (values[:, 0, 0, :40] == 0).all()
    assert values[:, 0, 0, 40] == pytest.approx(1)
    assert (np.diff(values[:, 0, 0, 40:], axis=-1) < 0).all()
    assert (values[0] <= values[2]).all()
    assert set(situation(run).indices.column("covariate").to_pylist()) == {"deterrence", "ceasefire"}


def test_drivers_and_events_are_those_of_a_series_where_they_differ(write_run: Callable[..., Run]) -> None:
    """Israel alone has events: the indices say of which series they are, and its events are its own."""
    event = {**EVENT, "date": "2024-11-27", "end_date": None, "series": "israel"}
    run = write_run(record={"events": [event]})
    tree = run.posterior()
    constant = tree["constant_data"].to_dataset()
    rows = [constant["schedule"], 0.0 * constant["schedule"]]
    apart = xr.concat(rows, dim=constant["series"]).transpose("series", "covariate", "schedule_week")
    tree["constant_data"] = xr.DataTree(constant.drop_vars("schedule").assign(schedule=apart))
    past = situation(replace(run, made=tree))
    of = zip(past.indices["series"].to_pylist(), past.indices["covariate"].to_pylist(), strict=True)
    assert set(of) == {("israel", "deterrence"), ("israel", "ceasefire")}
    assert past.event_table["series"].to_pylist() == ["israel"]


@pytest.fixture
def screen(answered_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AppTest:
    monkeypatch.setenv("LULL_STORE", str(answered_store.folder))
    monkeypatch.setenv("LULL_SCENARIOS", str(tmp_path / "own"))
    code = "from lull.pages.screens.situation import show_situation\nshow_situation()"
    return AppTest.from_string(code, default_timeout=PATIENCE)


def texts(screen: AppTest) -> str:
    kinds = (screen.markdown, screen.caption, screen.info, screen.header)
    return "\n".join(element.value for kind in kinds for element in kind)


def test_the_situation_shows_counts_events_regimes_indices_and_tension(screen: AppTest) -> None:
    screen.run()
    assert not screen.exception
    assert len(screen.get("vega_lite_chart")) == 2, "one timeline, and the inconsistent reports"
    screen.session_state["past.events"] = True  # the table is made when it is unfolded
    screen.run()
    assert len(screen.dataframe[0].value) > 20, "the embedded events are known, though the run has no record of them"
    assert "4\N{NO-BREAK SPACE}weeks without an attack, up to the week" in texts(screen)
    assert "Counts are statements by the group, not verified attacks." in texts(screen)
    assert "No report covers this week: it is missing, not zero." in texts(screen)
    screen.select_slider(key="situation.week").set_value(date(2024, 11, 18)).run()
    assert "1 report covers this week" in texts(screen)
    assert screen.dataframe[1].value["z"].tolist() == ["-3.5"]


def test_a_series_without_recent_evidence_says_so(screen: AppTest) -> None:
    screen.query_params["series"] = "us_forces"
    screen.run()
    assert not screen.exception
    assert "8\N{NO-BREAK SPACE}weeks have no reports: they are missing, not zero." in texts(screen)
