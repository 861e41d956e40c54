"""The engine on a cluster inside this process, with fits that only write a run: resume, dedupe, retries, failures."""

import csv
import errno
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from distributed import Client

from lull.batch import engine, tasks
from lull.batch.backtests import reading_trials
from lull.batch.cleanup import sweep
from lull.batch.collection import write_tables
from lull.batch.engine import missing, outcome_of, run_tasks
from lull.batch.plan import Batch, read_batch
from lull.batch.registry import recorded, referred, running
from lull.batch.tasks import Outcome
from lull.data.schema import InputError, Problem
from lull.data.settings import LEARNED
from lull.model.fitting.fit import FitPlan
from lull.model.forward.origin import origin_state
from lull.model.runs.query import ask_store
from lull.model.runs.store import Run, Store, content_id
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import ask
from lull.scenarios.language.spec import baseline
from lull.scenarios.results.answer_table import SCHEMA
from lull.scenarios.results.calibration_status import (
    CONSISTENT,
    CONTRADICTED,
    FOLDER,
    OVERALL,
    Figure,
    grading_of,
    name_of,
    write_figures,
)
from tests.conftest import SERIES as FRONTS

pytestmark = pytest.mark.integration

WhichPlan = Callable[..., Path]


class Fits:
    """Fits that write a synthetic run, are counted, and fail where they should."""

    def __init__(self, write_run: Callable[..., Run]) -> None:
        self.tried: Counter[str] = Counter()
        self.broken: dict[str, tuple[int, Exception]] = {}
        self._write_run = write_run

    def __call__(self, plan: FitPlan, store: Store, **_: object) -> Run:
        run_id = content_id(plan.identity())
        if found := store.find(run_id):
            return found
        name = plan.evidence.series[0]
        self.tried[name] += 1
        times, error = self.broken.get(name, (0, ValueError()))
        if self.tried[name] <= times:
            raise error
        return self._write_run(run_id=run_id, record={"plan": plan.identity(), "seconds": 1.5})


@pytest.fixture
def fits(write_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> Fits:
    """The fits that workers do here."""
    made = Fits(write_run)
    monkeypatch.setattr(tasks, "find_or_fit", made)
    return made


@pytest.fixture
def batch(write_plan: WhichPlan) -> Batch:
    """Four series up to one origin."""
    return read_batch(write_plan(origins=("2022-12-26",), change=baseline_only))


def baseline_only(text: str) -> str:
    return text.replace('"baseline", "resumption-forced.toml"', '"baseline"')


def ran(batch: Batch, store: Store, client: Client) -> list[Outcome]:
    heard: list[Any] = []
    failures = run_tasks(missing(batch, store), store, client, heard=lambda *reported: heard.append(reported))
    assert [outcome for _, outcome in heard if outcome["status"] == "failed"] == failures
    return failures


def tables(batch: Batch, store: Store, failures: list[Outcome]) -> list[dict[str, str]]:
    by_run = {outcome["run_id"]: outcome for outcome in failures}
    write_tables(batch, store, [outcome_of(task, store, by_run) for task in batch.tasks])
    with (batch.out / "runs.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_batch_fills_the_store_and_does_nothing_twice(batch: Batch, store: Store, client: Client, fits: Fits) -> None:
    assert ran(batch, store, client) == []
    rows = tables(batch, store, [])
    assert list(rows[0]) == [
        "run_id", "series", "origin_date", "status", "reason", "grade", "seconds", "calibration", "attempts",
    ]  # fmt: skip
    assert [row["series"] for row in rows] == ["Aurochs", "Bison", "Camel", "Dingo"]
    assert {(row["status"], row["grade"], row["seconds"], row["origin_date"]) for row in rows} == {
        ("finished", "good", "1.5", "2023-01-01")
    }
    before = (batch.out / "forecast.parquet").read_bytes()
    assert missing(batch, store) == []
    lost = batch.tasks[2]
    shutil.rmtree(store.folder / lost.run_id)
    lost_table = batch.tasks[0].table(store)
    lost_table.unlink()
    assert ran(batch, store, client) == []
    assert fits.tried == {"Aurochs": 1, "Bison": 1, "Camel": 2, "Dingo": 1}  # a lost table costs no fit
    tables(batch, store, [])
    assert (batch.out / "forecast.parquet").read_bytes() == before
    assert pq.read_table(batch.out / "forecast.parquet").num_rows == 4 * pq.read_table(lost_table).num_rows


def test_the_list_of_runs_tells_the_calibration_of_the_day_it_is_written(
    batch: Batch, store: Store, client: Client, fits: Fits
) -> None:
    fits.broken = {"Camel": (99, InputError(Problem("Camel", "a count", "none")))}
    failures = ran(batch, store, client)
    name = name_of(batch.tasks[0].plan.evidence.identity())
    record = store.folder / FOLDER / f"{name}.csv"
    record.parent.mkdir()
    for verdict, grade in ((CONSISTENT, "consistent so far"), (CONTRADICTED, "contradicted")):
        whole = Figure("regimes", OVERALL, "all", 12, None, None, 500, 500, 5, 1.0, verdict)
        write_figures([whole], record, source=name)
        reported = [row["calibration"] for row in tables(batch, store, failures)]
        assert (reported[0], reported[2]) == (grade, "")


@pytest.mark.integration
def test_questions_are_answered_for_every_run_and_kept_with_it(
    write_plan: WhichPlan, store: Store, client: Client, fits: Fits
) -> None:
    def asking(*questions: str) -> Batch:
        asked = str(list(questions)).replace("'", '"')
        change = lambda text: baseline_only(text).replace("seed = 3", f"seed = 3\nquestions = {asked}")  # noqa: E731
        return read_batch(write_plan(series=("Aurochs", "Bison"), origins=("2022-12-26",), change=change))

    texts = ("resumption within 4 weeks", "first week above 3 within 3 weeks")
    batch = asking(*texts)
    assert ran(batch, store, client) == []
    tables(batch, store, [])
    answers = pq.read_table(batch.out / "answers.parquet")
    assert answers.column_names == [*SCHEMA.names, "calibration", "calibration_reason", "run_id"]
    rows = answers.to_pylist()
    assert [(row["question"], row["series"]) for row in rows[:4]] == [(text, name) for text in texts for name in FRONTS]
    assert [row["run_id"] for row in rows] == [task.run_id for task in batch.tasks for _ in range(4)]
    run = batch.tasks[0].run(store)
    assert run is not None
    graded = grading_of(run)
    assert {(row["calibration"], row["calibration_reason"]) for row in rows} == {(graded.grade, graded.reason)}
    state = origin_state(run.posterior(), horizon=9, run_id=run.run_id)
    asked = parse_question(texts[1], origin=state.origin)
    reported = asdict(ask(asked, baseline(), state, series="us_forces", seed=3))
    assert {name: reported[name] for name in ("probability", "by_date", "mc_error")}.items() <= rows[3].items()
    assert [part["probability"] for part in rows[3]["distribution"]] == [
        part["probability"] for part in reported["distribution"]
    ]
    with (batch.out / "answers.csv").open(encoding="utf-8") as file:
        flat = list(csv.DictReader(file))
    assert json.loads(flat[3]["distribution"])[-1]["week_end"] is None
    assert float(flat[0]["probability"]) == rows[0]["probability"]
    before = (batch.out / "answers.parquet").read_bytes()
    lost = batch.tasks[1].answers(store)
    assert lost is not None
    lost.unlink()
    assert missing(batch, store) == [batch.tasks[1]]
    assert ran(batch, store, client) == []
    tables(batch, store, [])
    assert (batch.out / "answers.parquet").read_bytes() == before
    more = asking(*texts, "any attack within 2 weeks")
    assert ran(more, store, client) == []
    assert fits.tried == {"Aurochs": 1, "Bison": 1}  # another question costs no fit
    counted = "SELECT count(*) AS n, count(DISTINCT run_id) AS runs FROM answers WHERE by_date > origin_date"
    assert ask_store(store, counted).to_pylist() == [{"n": 2 * (4 + 6), "runs": 2}]


@pytest.mark.integration
def test_few_tasks_are_under_way_however_many_there_are(
    write_plan: WhichPlan, store: Store, client: Client, fits: Fits, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = read_batch(write_plan(change=baseline_only)).tasks
    under_way: list[int] = [0]

    def submitted(*reported: Any) -> Any:
        under_way.append(under_way[-1] + 1)
        return submit(*reported)

    submit = engine._submitted
    monkeypatch.setattr(engine, "_submitted", submitted)
    assert run_tasks(tasks, store, client, heard=lambda *_: under_way.append(under_way[-1] - 1)) == []
    assert (max(under_way), under_way[-1]) == (engine.AHEAD, 0)
    assert fits.tried.total() == len(tasks) == 8


def test_what_fails_is_tried_twice_more_and_stops_nothing(
    batch: Batch, store: Store, client: Client, fits: Fits
) -> None:
    fits.broken = {"Bison": (2, RuntimeError("a flaw\nthat passes")), "Camel": (99, RuntimeError("a flaw that stays"))}
    failures = ran(batch, store, client)
    assert fits.tried == {"Aurochs": 1, "Bison": 3, "Camel": 3, "Dingo": 1}
    assert [failure["reason"] for failure in failures] == ["RuntimeError: a flaw that stays"]
    rows = tables(batch, store, failures)
    assert [row["status"] for row in rows] == ["finished", "finished", "failed", "finished"]
    assert rows[2]["reason"] == "RuntimeError: a flaw that stays"


def test_bad_input_is_not_tried_again(batch: Batch, store: Store, client: Client, fits: Fits) -> None:
    fits.broken = {"Dingo": (99, InputError(Problem("weekly.csv", "a count", "none")))}
    failures = ran(batch, store, client)
    assert fits.tried["Dingo"] == 1
    assert [failure["reason"] for failure in failures] == ["weekly.csv: expected a count, found none."]


def test_data_that_changed_meanwhile_are_refused(
    batch: Batch, store: Store, client: Client, fits: Fits, weekly: Path
) -> None:
    weekly.write_text(weekly.read_text().replace("Camel,2022-01-03,", "Camel,2022-01-03,9"))
    failures = ran(batch, store, client)
    assert [failure["run_id"] for failure in failures] == [batch.tasks[2].run_id]
    assert "other contents" in failures[0]["reason"]
    assert "Camel" not in fits.tried


def test_a_worker_with_other_learned_tables_is_refused(
    batch: Batch, store: Store, client: Client, fits: Fits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LEARNED, str(store.folder))  # a folder without tables
    failures = ran(batch, store, client)
    assert len(failures) == len(batch.tasks)
    assert all("LULL_LEARNED: expected the tables that the plan was read with" in one["reason"] for one in failures)
    assert fits.tried.total() == 0


@pytest.mark.integration
def test_a_listed_batch_keeps_its_runs_and_a_forgotten_one_does_not(
    batch: Batch, store: Store, client: Client, fits: Fits, write_run: Callable[..., Run]
) -> None:
    with running(batch, store) as record:
        assert record.running()
        ran(batch, store, client)
    assert (recorded(store), record.running()) == ([record], False)
    assert referred(store) == {task.run_id for task in batch.tasks}
    write_run(run_id="stray")
    (store.folder / ".half.written").mkdir()
    now = timedelta(0)
    assert sweep(store, older_than=now, dry_run=True).runs == ["stray"]
    assert store.find("stray") is not None
    assert sweep(store, older_than=timedelta(days=1), dry_run=False).runs == []
    swept = sweep(store, older_than=now, dry_run=False)
    assert (swept.runs, swept.scratch, swept.kept) == (["stray"], [], 4)  # what is new may still be written
    record.forget()
    assert len(sweep(store, older_than=now, dry_run=False).runs) == 4
    assert store.runs() == []
    assert fits.tried.total() == 4


def test_old_forecasts_of_backtests_go_but_no_record_and_none_while_a_backtest_runs(store: Store) -> None:
    old, new, record = (store.folder / ".backtests" / name for name in ("trials/old", "trials/new", "0123/record.json"))
    for path in (old, new, record):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("reported")
    for path in (old, record):
        os.utime(path, (0, 0))
    assert sweep(store, older_than=timedelta(days=1), dry_run=True).trials == 1
    with reading_trials(store), reading_trials(store):
        busy = sweep(store, older_than=timedelta(days=1), dry_run=False)
        assert (busy.trials, busy.backtest_running) == (0, True)
    assert old.exists()
    swept = sweep(store, older_than=timedelta(days=1), dry_run=False)
    assert (swept.trials, swept.size, swept.backtest_running) == (1, len("reported"), False)
    assert [path.exists() for path in (old, new, record)] == [False, True, True]
    assert sweep(store, older_than=timedelta(0), dry_run=False).trials == 1
    assert record.exists()


def test_a_batch_of_a_store_that_can_only_be_read_is_reported(
    batch: Batch, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "access", lambda *_: False)
    with running(batch, store) as record:
        assert record.running()
    assert not record.running()
    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(InputError, match="a folder that can be written, found Read-only file system"):
        record.forget()
    assert recorded(store) == [record]


@pytest.mark.integration
def test_the_store_answers_sql(batch: Batch, store: Store, client: Client, fits: Fits) -> None:
    question = "SELECT series, count(*) AS n FROM runs GROUP BY ALL ORDER BY series"
    assert ask_store(store, question).to_pylist() == []
    assert ask_store(store, "SELECT * FROM forecast").num_rows == 0
    assert ask_store(store, "SELECT * FROM answers").column_names == ["run_id", *SCHEMA.names]
    ran(batch, store, client)
    assert ask_store(store, question).column("series").to_pylist() == ["Aurochs", "Bison", "Camel", "Dingo"]
    joined = "SELECT DISTINCT run_id FROM forecast JOIN runs USING (run_id) ORDER BY run_id"
    assert ask_store(store, joined).column("run_id").to_pylist() == sorted(task.run_id for task in batch.tasks)
    assert (
        ask_store(store, "SELECT count(*) AS n FROM forecasts").to_pylist()
        == ask_store(store, "SELECT count(*) AS n FROM forecast").to_pylist()
    )
    with pytest.raises(InputError, match="expected SQL over runs"):
        ask_store(store, "selec")
    assert fits.tried.total() == 4
