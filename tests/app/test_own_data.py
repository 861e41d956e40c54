"""Bring your own: files kept or told by line, a fit started of what was chosen, runs side by side."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from batch.jobs import Job, Status
from data.cabinet import Cabinet
from data.evidence import Evidence
from model.store import Run, Store

PATIENCE = 60  # seconds for a first projection on a busy machine
GOOD = b"series,week_start,count\nnorth,2024-01-01,3\nnorth,2024-01-08,0\n"
BROKEN = b"series,week_start,count\nnorth,2024-01-02,x\n"
EVENTS = (
    b"event_id,date,end_date,kind,dimension,actor,target,salience\n"
    b"e1,2024-01-03,,own_statement,pressure,A council,North,3\n"
)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cabinet:
    monkeypatch.setenv("LULL_FILES", str(tmp_path / "files"))
    return Cabinet(tmp_path / "files")


@pytest.fixture
def screen(store: Store, files: Cabinet, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    assert not files.folder.exists()
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    code = "from pages.own_data import show_own_data\nshow_own_data()"
    return AppTest.from_string(code, default_timeout=PATIENCE)


def texts(screen: AppTest) -> str:
    kinds = (screen.markdown, screen.caption, screen.info, screen.error)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def bring(screen: AppTest, *files: tuple[str, bytes]) -> None:
    for name, content in files:
        screen.file_uploader[0].upload(name, content, "text/csv")
    screen.run()
    assert not screen.exception


def test_without_files_and_runs_every_part_says_what_to_do(screen: AppTest) -> None:
    screen.run()
    assert not screen.exception
    assert "You have no files yet. Drag one" in texts(screen)
    assert "A fit needs a file of weekly counts or of reports. Bring one above." in texts(screen)
    assert "There is no run yet. Fit one above" in texts(screen)
    assert "Counts are statements by the group, not verified attacks." in texts(screen)


def test_good_files_are_kept_and_of_broken_ones_every_problem_is_told(screen: AppTest, files: Cabinet) -> None:
    screen.run()
    bring(screen, ("good.csv", GOOD), ("broken.csv", BROKEN))
    assert [each.name for each in files.files()] == ["good.csv"]
    assert "“broken.csv” was not kept" in texts(screen)
    problems = screen.dataframe[0].value
    assert problems["where"].tolist() == [
        "broken.csv:line 2, column week_start",
        "broken.csv:line 2, column count",
    ]
    assert "weekly counts of 1 series" in str(screen.table[0].value)
    bring(screen, ("again.csv", GOOD))
    assert "was not kept" not in texts(screen)
    screen.button(key="own.delete").click().run()
    assert [each.name for each in files.files()] == ["again.csv"]


def test_a_fit_is_started_of_the_files_chosen(
    screen: AppTest, files: Cabinet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Evidence] = []

    def start(evidence: Evidence, _: Store) -> Job:
        asked.append(evidence)
        return Job("abc", tmp_path)

    monkeypatch.setattr("pages.own_data.start", start)
    files.put("weekly.csv", GOOD)
    files.put("events.csv", EVENTS)
    screen.run()
    screen.selectbox(key="fit.events").select("events.csv")
    screen.checkbox(key="fit.zeros").check()
    screen.button(key="own.fit").click().run()
    assert not screen.exception
    folder = files.folder
    assert asked == [Evidence(counts=folder / "weekly.csv", events=folder / "events.csv", fill_zeros=True)]


def test_what_does_not_fit_together_is_told_before_a_process_starts(screen: AppTest, files: Cabinet) -> None:
    files.put("weekly.csv", GOOD)
    screen.run()
    screen.date_input(key="fit.as_of").set_value("2023-01-01")
    screen.button(key="own.fit").click().run()
    assert not screen.exception
    assert "This can not be fitted." in texts(screen)
    assert "Choose a later" in texts(screen)
    assert str(files.folder) not in texts(screen)


class FakeJob(Job):
    """A job under way."""

    def status(self) -> Status:
        return Status("running", "sample the posterior", 1, 2)

    def log(self) -> str:
        return "a line of the log"


def test_a_fit_under_way_shows_its_log(screen: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pages.first_run.jobs", lambda _: [FakeJob("abc", tmp_path)])
    screen.run()
    assert screen.code[0].value == "a line of the log"


def test_runs_stand_side_by_side(screen: AppTest, write_run: Callable[..., Run]) -> None:
    write_run(run_id="aaaa0000", grade="unusable")
    write_run(run_id="bbbb0000", record={"as_of": "2024-12-30"})
    screen.run()
    assert not screen.exception
    assert len(screen.get("vega_lite_chart")) == 2
    assert [error.value[:30] for error in screen.error] == ["These numbers may not be used:"]
    assert [metric.label for metric in screen.metric] == ["Attack within 9 weeks"] * 2
    assert len(screen.dataframe[0].value) == 2
