"""A fit in a process of its own: started once, followed, cancelled, and never left half-done."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from lull.batch.fit_queue import start, start_plan
from lull.batch.jobs import FOLDER, Job, Status, jobs
from lull.data.evidence import Evidence, embedded_evidence
from lull.data.files import write_json
from lull.data.schema import InputError
from lull.model.fitting.fit import FitPlan
from lull.model.runs.store import Run, Store, content_id

pytestmark = pytest.mark.integration

PATIENCE = 300.0  # seconds that a starting process may take on a busy machine


def ended(job: Job) -> Status:
    """Return the last word of a job."""
    return awaited(job, lambda status: status.over)


def awaited(job: Job, reached: Callable[[Status], bool]) -> Status:
    deadline = time.monotonic() + PATIENCE
    while not reached(status := job.status()):
        assert time.monotonic() < deadline, f"{status}\n{job.log()}"
        time.sleep(0.05)
    return status


def test_a_job_whose_run_is_there_finishes(store: Store, write_run: Callable[..., Run]) -> None:
    plan = FitPlan(embedded_evidence())
    write_run(run_id=content_id(plan.identity()))
    job = start_plan(plan, store)
    assert ended(job) == Status("finished")
    assert jobs(store) == [job]
    job.forget()
    assert jobs(store) == []


def test_a_job_that_another_reader_dismissed_is_over(store: Store, write_run: Callable[..., Run]) -> None:
    """Who still follows it then looks at the run, or at the screen without one."""
    run = write_run()
    assert Job(run.run_id, store.folder / FOLDER / run.run_id).status() == Status("finished")
    assert Job("ffff", store.folder / FOLDER / "ffff").status() == Status("cancelled")


def test_a_job_with_bad_input_fails_with_the_reason(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "weekly.csv"
    path.write_text("series,week_start,count\nA,2024-01-01,-3\n")
    status = ended(start(Evidence(counts=path), store))
    assert status.state == "failed"
    assert "weekly.csv:line 2, column count" in status.message
    assert store.runs() == []


def test_a_file_that_is_not_there_is_reported_before_a_process_starts(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a file that can be read, found No such file"):
        start(Evidence(counts=tmp_path / "none.csv"), store)
    assert jobs(store) == []


def test_a_store_that_is_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="expected a folder that can be written"):
        start(embedded_evidence(), Store(tmp_path / "file"))


def test_one_plan_has_one_job_and_a_cancelled_one_leaves_nothing(store: Store) -> None:
    job = start(embedded_evidence(), store)
    awaited(job, lambda status: status.state == "running")
    process = (job.folder / "process.json").read_text()
    assert start(embedded_evidence(), store) == job
    assert (job.folder / "process.json").read_text() == process
    job.cancel()
    assert job.status() == Status("cancelled")
    assert [path.name for path in store.folder.iterdir()] == [FOLDER]
    job.cancel()  # once more changes nothing
    assert job.status() == Status("cancelled")


def test_a_fit_gives_way_to_the_page(store: Store) -> None:
    job = start(embedded_evidence(), store)
    process = job.process()
    assert process is not None
    assert process.nice() == min(19, psutil.Process().nice() + 10)
    job.cancel()


def test_a_process_that_dies_has_failed(store: Store) -> None:
    job = start(embedded_evidence(), store)
    process = job.process()
    assert process is not None
    process.kill()
    assert ended(job).state == "failed"


def test_a_relative_file_means_the_same_in_the_process(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weekly.csv").write_text("series,week_start,count\nA,2024-01-01,many\n")
    monkeypatch.chdir(tmp_path)
    assert "found 'many'" in ended(start(Evidence(counts=Path("weekly.csv")), store)).message


@pytest.mark.parametrize("name", ["state.json", "process.json"])
@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', "null"])
def test_a_job_whose_notes_are_damaged_has_failed_and_stops_nothing(store: Store, name: str, text: str) -> None:
    folder = store.folder / FOLDER / "abc"
    folder.mkdir(parents=True)
    write_json(folder / "process.json", {"pid": 1, "created": 0.0})
    write_json(folder / "state.json", {"state": "running", "step": "sample", "done": 1, "total": 2, "message": ""})
    (folder / name).write_text(text)
    (job,) = jobs(store)
    assert job.status().state == "failed"
    job.cancel()
    job.forget()
    assert jobs(store) == []
