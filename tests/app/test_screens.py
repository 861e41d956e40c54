"""The screens on a small stored run, without a browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from batch.jobs import Job, Status
from data.evidence import Evidence
from data.schema import InputError, Problem
from model.store import Run, Store

type WriteRun = Callable[..., Run]
PAGE = Path(__file__).parents[2] / "app.py"
PATIENCE = 60  # seconds for a first projection on a busy machine


@pytest.fixture
def screen(store: Store, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page on the test's own store."""
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    return AppTest.from_file(str(PAGE), default_timeout=PATIENCE)


@pytest.fixture
def answered(answered_store: Store, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page on a store with the embedded run and its forecast."""
    monkeypatch.setenv("LULL_STORE", str(answered_store.folder))
    return AppTest.from_file(str(PAGE), default_timeout=PATIENCE)


def texts(screen: AppTest) -> str:
    kinds = (screen.title, screen.subheader, screen.markdown, screen.caption, screen.error, screen.warning, screen.info)
    return "\n".join(element.value for kind in kinds for element in kind)


def test_a_run_is_shown_with_its_answer_pictures_and_tables(answered: AppTest) -> None:
    answered.run()
    assert not answered.exception
    told = texts(answered)
    assert "When attacks pause and resume, as known on 31 December 2024." in told
    assert "Counts are statements by the group, not verified attacks." in told
    assert "The chance of at least one attack" in told
    assert len(answered.metric) == 4
    assert [len(table.value) for table in answered.dataframe][:3] == [5, 5, 5]
    assert len(answered.get("vega_lite_chart")) == 2


def test_another_scenario_and_series_change_the_numbers(answered: AppTest) -> None:
    answered.run()
    before = [figure.value for figure in answered.metric], [figure.delta for figure in answered.metric]
    answered.selectbox(key="scenario").select("pressure-eases").run()
    changed = [figure.value for figure in answered.metric], [figure.delta for figure in answered.metric]
    assert changed != before
    answered.selectbox(key="series").select("us_forces").run()
    assert [figure.value for figure in answered.metric] != changed[0]
    assert "missing, not zero" in texts(answered)


def test_the_choices_stand_in_the_address(answered: AppTest) -> None:
    answered.query_params["scenario"] = "deterrence-rises"
    answered.query_params["series"] = "us_forces"
    answered.run()
    assert answered.selectbox(key="scenario").value == "deterrence-rises"
    assert answered.selectbox(key="series").value == "us_forces"
    answered.selectbox(key="scenario").select("baseline").run()
    assert answered.query_params["scenario"] == "baseline"


def test_an_address_that_names_nothing_known_shows_the_usual(answered: AppTest) -> None:
    answered.query_params["scenario"] = "no-such-scenario"
    answered.run()
    assert not answered.exception
    assert len(answered.metric) == 4


def test_an_unusable_run_warns_above_every_number(screen: AppTest, embedded_run: WriteRun) -> None:
    embedded_run(grade="unusable")
    screen.run()
    assert "These numbers may not be used" in screen.error[0].value


def test_of_several_runs_the_newest_is_shown_and_another_can_be_chosen(screen: AppTest, write_run: WriteRun) -> None:
    write_run(run_id="aaaa0000", record={"as_of": "2024-12-30", "evidence": counts_record(["The group"])})
    write_run(run_id="bbbb0000", record={"evidence": counts_record(["Another group"])})
    screen.run()
    shown = {"aaaa0000": "The group", "bbbb0000": "Another group"}
    first = screen.selectbox(key="run").value
    assert screen.title[0].value == shown[first]
    other = next(name for name in shown if name != first)
    screen.selectbox(key="run").select(other).run()
    assert screen.title[0].value == shown[other]


def counts_record(factions: list[str]) -> dict[str, object]:
    days = {"first_day": "2024-01-01", "last_day": "2024-12-29"}
    return {"kind": "counts", "factions": factions, "known": 3, "used": 3, **days, "set_aside": [], "tension": []}


def test_without_a_run_there_is_one_thing_to_do(
    screen: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Evidence] = []

    def start(evidence: Evidence, _: Store) -> Job:
        asked.append(evidence)
        return Job("abc", tmp_path)

    monkeypatch.setattr("pages.first_run.start", start)
    screen.run()
    assert [button.label for button in screen.button] == ["Fit the embedded case"]
    screen.button(key="fit").click().run()
    assert not screen.exception
    assert len(asked) == 1


def test_a_fit_that_can_not_start_is_told(screen: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object) -> Job:
        raise InputError(Problem("/store", "a folder that can be written", "No space left on device"))

    monkeypatch.setattr("pages.first_run.start", start)
    screen.run()
    screen.button(key="fit").click().run()
    assert not screen.exception
    assert "No space left on device" in screen.error[0].value


class FakeJob(Job):
    """A job of a given status."""

    told = Status("running", "sample the posterior", 3, 16)
    cancelled = False

    def status(self) -> Status:
        return self.told

    def cancel(self) -> None:
        type(self).cancelled = True

    def log(self) -> str:
        return "a line of the log"


def test_a_fit_under_way_shows_its_progress_and_can_be_cancelled(
    screen: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("pages.first_run.jobs", lambda _: [FakeJob("abc", tmp_path)])
    screen.run()
    assert screen.button(key="fit").disabled
    assert "sample the posterior (3 of 16)" in screen.get("progress")[0].proto.text
    screen.button(key="cancel-abc").click().run()
    assert FakeJob.cancelled


def test_a_fit_that_failed_says_why_and_can_be_dismissed(
    screen: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    job = FakeJob("abc", folder)
    monkeypatch.setattr(FakeJob, "told", Status("failed", message="weekly.csv:line 2: wrong"))
    monkeypatch.setattr("pages.first_run.jobs", lambda _: [job] if folder.exists() else [])
    screen.run()
    assert "weekly.csv:line 2: wrong" in screen.error[0].value
    assert "a line of the log" in screen.code[0].value
    screen.button(key="dismiss-abc").click().run()
    assert not screen.error
    assert not folder.exists()
