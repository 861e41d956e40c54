"""What a reader sees of the limits of a server: a fit that waits, a quota that is used up, a fit that was ended."""

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lull.batch import fit_queue
from lull.batch.jobs import FOLDER, PLAN, Job
from lull.data.files import write_json
from lull.model.runs.store import Store

pytestmark = pytest.mark.integration

PATIENCE = 60
COUNTS = b"series,week_start,count\nnorth,2024-01-01,3\nnorth,2024-01-08,0\n"


@pytest.fixture
def screen(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    monkeypatch.setenv("LULL_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("LULL_SCENARIOS", str(tmp_path / "scenarios"))
    monkeypatch.setattr(fit_queue, "launch", lambda job: write_json(job.folder / "process.json", {}))
    code = "from lull.pages.screens.own_data import show_own_data\nshow_own_data()"
    return AppTest.from_string(code, default_timeout=PATIENCE)


def waits(store: Store, run_id: str, asked: float) -> Job:
    job = Job(run_id, store.folder / FOLDER / run_id)
    job.folder.mkdir(parents=True)
    (job.folder / PLAN).write_text("{}")
    os.utime(job.folder / PLAN, (asked, asked))
    return job


def test_a_fit_that_waits_shows_its_place_and_can_be_taken_out(screen: AppTest, store: Store) -> None:
    first, second = waits(store, "a" * 16, 1.0), waits(store, "b" * 16, 2.0)
    screen.run()
    assert not screen.exception
    words = [text.value for text in screen.markdown if "queue" in text.value]
    rule = "At most 2 run at once, 1 of one reader."
    assert words == [
        f"**Waiting for its turn**: place 2 in the queue. 1 asked before it. {rule}",
        f"**Waiting for its turn**: place 1 in the queue. It is the next one. {rule}",
    ]
    screen.button(key=f"cancel-{second.run_id}").click().run()
    assert not screen.exception
    assert second.status().state == "cancelled"
    assert first.is_started
    assert "Fit cancelled; nothing was saved." in [info.value for info in screen.info]


def test_a_quota_that_is_used_up_keeps_no_file_and_starts_no_fit(
    screen: AppTest, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen.run()
    screen.file_uploader[0].upload("good.csv", COUNTS, "text/csv")
    screen.run()
    monkeypatch.setenv("LULL_QUOTA", "2K")
    screen.button(key="own.fit").click().run()
    assert [job.state for job in map(Job.status, fit_queue.jobs(store))] == ["failed"]  # launched, and no process
    (store.folder / "large").write_bytes(bytes(3_000))
    screen.button(key="own.fit").click().run()
    assert "your space: expected at most 2 kB" in screen.error[-1].value.replace("\\", "")
    screen.file_uploader[0].upload("more.csv", COUNTS, "text/csv")
    screen.run()
    row = screen.dataframe[0].value.iloc[0]
    assert (row["where"], row["expected"]) == ("your space", "at most 2 kB")
    assert "ask who runs this page to remove old runs" in row["what to do"]
    assert [path.name for path in (tmp_path / "files").glob("*.csv")] == ["good.csv"]


def test_a_fit_that_was_ended_says_why_and_shows_its_log(screen: AppTest, store: Store) -> None:
    job = waits(store, "c" * 16, 1.0)
    write_json(job.folder / "process.json", {"pid": 1, "created": 0.0})
    message = "It took longer than 30 minutes, which is the limit here."
    write_json(job.folder / "state.json", {"state": "failed", "message": message})
    (job.folder / "log.txt").write_text("sampling\n")
    screen.run()
    assert screen.error[0].value == f"The fit failed. {message}"
    assert screen.code[0].value == "sampling"
