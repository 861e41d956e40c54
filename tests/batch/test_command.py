"""`lull batch` at the terminal, its workers in this process and its fits only written: what it says, and exit codes."""

import errno
import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from distributed import Client
from typer.testing import CliRunner, Result

from lull.batch import cluster, tasks
from lull.batch.plan import read_batch
from lull.batch.registry import recorded
from lull.cli import lull
from lull.data.schema import InputError, Problem
from lull.model.fitting.fit import FitPlan
from lull.model.runs.record import SCHEMA
from lull.model.runs.store import Run, Store, content_id

pytestmark = pytest.mark.integration

WhichPlan = Callable[..., Path]
Command = Callable[..., Result]


@pytest.fixture
def command(store: Store, client: Client, write_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> Command:
    """A function that calls `lull ... --store STORE`; a fit of Dingo fails."""

    def fit(plan: FitPlan, store: Store, **_: object) -> Run:
        if plan.evidence.series == ("Dingo",):
            raise InputError(Problem("Dingo", "a count", "none"))
        run_id = content_id(plan.identity())
        return store.find(run_id) or write_run(run_id=run_id, record={"plan": plan.identity(), "seconds": 1.5})

    monkeypatch.setattr(tasks, "find_or_fit", fit)
    monkeypatch.setattr(cluster, "client_of", lambda _where, tasks: nullcontext(client))  # noqa: ARG005 - its keyword

    def call(*arguments: str | Path) -> Result:
        return CliRunner().invoke(lull, [*map(str, arguments), "--store", str(store.folder)])

    return call


def plan_of(write_plan: WhichPlan, *series: str) -> Path:
    def baseline_only(text: str) -> str:
        return text.replace('"baseline", "resumption-forced.toml"', '"baseline"')

    return write_plan(series=series, origins=("2022-12-26",), change=baseline_only)


def test_a_dry_run_writes_nothing_and_counts_fits(command: Command, write_plan: WhichPlan, store: Store) -> None:
    plan = plan_of(write_plan, "Aurochs", "Bison")
    result = command("batch", "run", plan, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "To do: 2 fits, 2 forecasts. In the store: 0." in result.stdout
    assert not store.folder.exists()
    assert command("batch", "run", plan).exit_code == 0
    reported = json.loads(command("batch", "run", plan, "--dry-run", "--json").stdout)
    assert (reported["fits"], reported["projections"], reported["in_store"]) == (0, 0, 2)


def test_questions_are_shown_before_and_answered_after(command: Command, write_plan: WhichPlan, tmp_path: Path) -> None:
    plan = plan_of(write_plan, "Aurochs")
    plan.write_text(plan.read_text().replace("seed = 3", 'seed = 3\nquestions = ["any attack within 4 weeks"]'))
    assert "Asked: any attack within 4 weeks" in command("batch", "run", plan, "--dry-run").stdout
    reported = json.loads(command("batch", "run", plan, "--json").stdout)
    assert sum(reported["calibration"].values()) == reported["finished"] == 1
    assert [Path(name).name for name in reported["files"]] == [
        "forecast.parquet", "answers.parquet", "answers.csv", "runs.csv",
    ]  # fmt: skip
    assert len((tmp_path / "out" / "answers.csv").read_text().splitlines()) == 1 + 2
    silent = plan_of(write_plan, "Aurochs")
    command("batch", "run", silent)
    assert not (tmp_path / "out" / "answers.csv").exists()  # that of the plan before
    plan = plan_of(write_plan, "Aurochs")
    plan.write_text(plan.read_text().replace("seed = 3", 'seed = 3\nquestions = ["any attack within 4 weeks"]'))
    assert json.loads(command("batch", "run", plan, "--dry-run", "--json").stdout)["in_store"] == 1
    answers = next(path for path in (tmp_path / "store").glob("*/answers/*.parquet"))
    answers.unlink()
    dry = command("batch", "run", plan, "--dry-run").stdout
    assert "To do: 0 fits, 1 forecasts." in dry


def test_one_bad_series_stops_nothing_and_is_reported(command: Command, write_plan: WhichPlan, tmp_path: Path) -> None:
    plan = plan_of(write_plan, "Aurochs", "Dingo", "Bison")
    result = command("batch", "run", plan)
    assert result.exit_code == 1
    assert "2 of 3 runs finished: 0 from the store, 2 new" in result.stdout
    assert "Dingo · 2022-12-26\n    Dingo: expected a count, found none." in result.stdout
    assert f"lull batch run {plan} --store {tmp_path / 'store'}" in result.stdout
    assert "3 of 3 done, 0 running, 1 failed" in result.stderr
    rows = (tmp_path / "out" / "runs.csv").read_text().splitlines()
    assert [row.split(",")[3] for row in rows[1:]] == ["finished", "failed", "finished"]
    again = json.loads(command("batch", "run", plan, "--json").stdout)
    assert (again["from_store"], again["finished"]) == (2, 2)
    assert [one["series"] for one in again["failed"]] == [["Dingo"]]


def test_the_status_tells_counts_states_and_reasons(command: Command, write_plan: WhichPlan) -> None:
    assert "No batch" in command("batch", "status").stdout
    plan = plan_of(write_plan, "Aurochs", "Dingo")
    command("batch", "run", plan)
    listed = json.loads(command("batch", "status", "--json").stdout)["batches"]
    assert [(one["state"], one["finished"], one["failed"], one["missing"]) for one in listed] == [("stopped", 1, 1, 0)]
    assert "Dingo: expected a count, found none." in command("batch", "status", plan).stdout
    assert command("batch", "forget", "zzz").exit_code == 2
    assert command("batch", "forget", listed[0]["batch_id"][:6]).exit_code == 0
    assert "No batch" in command("batch", "status").stdout


def test_runs_are_listed_by_series_grade_and_origin(command: Command, write_plan: WhichPlan) -> None:
    command("batch", "run", plan_of(write_plan, "Aurochs", "Bison"))
    listed = json.loads(command("runs", "--json", "--series", "Bison", "--grade", "good").stdout)["runs"]
    assert len(listed) == 1
    assert "No such run" in command("runs", "--grade", "unusable").stdout
    assert command("runs", "--origin", "yesterday").exit_code == 2
    assert listed[0]["series"] == ["Bison"]
    assert "Bison" in command("runs").stdout
    assert "0.3\n" in command("runs", "query", "select 0.1::double + 0.2::double as x").stdout.replace(" ", "")
    assert command("runs", "query", " ; ").exit_code == 2
    answer = json.loads(command("runs", "query", "select count(*) as n from runs", "--json").stdout)
    assert answer == {"columns": ["n"], "rows": [{"n": 2}]}
    assert "2 runs stay" in command("runs", "clean", "--older-than", "0").stdout


def test_a_run_of_a_newer_schema_is_refused_before_anything_runs(
    command: Command, write_plan: WhichPlan, store: Store
) -> None:
    plan = plan_of(write_plan, "Aurochs", "Bison")
    command("batch", "run", plan)
    path = store.folder / read_batch(plan).tasks[0].run_id / "run.json"
    path.write_text(path.read_text().replace(f'"schema": {SCHEMA}', f'"schema": {SCHEMA + 1}'))
    result = command("batch", "run", plan)
    assert result.exit_code == 2
    assert f"found schema {SCHEMA + 1}. Upgrade Lull" in result.stderr


def test_a_full_disk_is_reported_before_the_work(
    command: Command, write_plan: WhichPlan, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(write_plan, "Aurochs")
    full = shutil.disk_usage(plan.parent)._replace(free=60_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    result = command("batch", "run", plan)
    assert result.exit_code == 2
    assert "expected 100 MB of free space, found 60 MB" in result.stderr
    assert list(store.folder.iterdir()) == []


def test_a_disk_that_fills_in_the_middle_loses_nothing_finished(
    command: Command, write_plan: WhichPlan, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, fit = plan_of(write_plan, "Aurochs", "Bison"), tasks.find_or_fit

    def full(asked: FitPlan, store: Store, **reported: Any) -> Run:
        if asked.evidence.series == ("Bison",):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return fit(asked, store, **reported)

    monkeypatch.setattr(tasks, "find_or_fit", full)
    result = command("batch", "run", plan)
    assert result.exit_code == 1
    assert "found No space left on device. Make room." in " ".join(result.stdout.split())
    kept = {path: path.stat().st_mtime_ns for path in store.folder.glob("*/tables/*.parquet")}
    assert len(kept) == 1
    monkeypatch.setattr(tasks, "find_or_fit", fit)
    assert "1 from the store, 1 new" in command("batch", "run", plan).stdout
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_a_store_that_cannot_be_written_is_reported(command: Command, write_plan: WhichPlan, store: Store) -> None:
    store.folder.write_text("a file")
    result = command("batch", "run", plan_of(write_plan, "Aurochs"))
    assert result.exit_code == 2
    assert "expected a folder that can be written" in result.stderr


def test_no_answer_at_the_address_is_reported(
    write_plan: WhichPlan, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lull.batch.cluster.WAIT_SECONDS", 0.2)
    plan = plan_of(write_plan, "Aurochs")
    reported = ["batch", "run", str(plan), "--store", str(store.folder), "--scheduler", "tcp://127.0.0.1:1"]
    result = CliRunner().invoke(lull, reported)
    assert result.exit_code == 2
    assert "--scheduler tcp://127.0.0.1:1: expected a Dask scheduler that answers" in result.stderr


def test_what_failed_is_noted_while_the_batch_runs(
    command: Command, write_plan: WhichPlan, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit, noted = tasks.find_or_fit, []

    def slow(asked: FitPlan, at: Store, **reported: Any) -> Run:
        if asked.evidence.series == ("Bison",):
            until = time.monotonic() + 20
            while not noted and time.monotonic() < until:
                noted.extend(recorded(store)[0].failures())
                time.sleep(0.01)
        return fit(asked, at, **reported)

    monkeypatch.setattr(tasks, "find_or_fit", slow)
    plan = plan_of(write_plan, "Dingo", "Bison")
    assert command("batch", "run", plan).exit_code == 1
    assert ["Dingo: expected a count, found none." in one["reason"] for one in noted] == [True]


def test_a_batch_whose_notes_are_damaged_is_one_row(command: Command, write_plan: WhichPlan, store: Store) -> None:
    plans = [plan_of(write_plan, "Bison"), plan_of(write_plan, "Camel")]
    assert [command("batch", "run", plan).exit_code for plan in plans] == [0, 0]
    folder = recorded(store)[0].folder
    (folder / "batch.json").write_text("{")
    listed = command("batch", "status", "--json")
    assert listed.exit_code == 0
    states = {one["batch_id"]: one["state"] for one in json.loads(listed.stdout)["batches"]}
    assert states.pop(folder.name) == "damaged"
    assert set(states.values()) <= {"finished"}
    assert f"`lull batch forget {folder.name}` removes it" in listed.stderr
    assert command("runs", "clean", "--older-than", "0").exit_code == 2  # what it refers to is not known
    assert command("batch", "forget", folder.name).exit_code == 0
    assert command("runs", "clean", "--older-than", "0").exit_code == 0
