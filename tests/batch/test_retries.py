"""Unusable fits of a batch, fitted again with more draws: how often, what counts, and what the tables say of it."""

import csv
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from lull.batch import tasks
from lull.batch.cleanup import sweep
from lull.batch.collection import write_tables
from lull.batch.engine import missing, outcome_of, run_tasks
from lull.batch.plan import Batch, read_batch
from lull.batch.registry import recorded, running, task_state
from lull.data.schema import InputError
from lull.model.fitting.fit import FitPlan
from lull.model.runs.store import Run, Store, content_id

pytestmark = pytest.mark.integration

GRADES = {"Aurochs": ("good",), "Bison": ("unusable", "good"), "Camel": ("unusable",) * 4}
type Draws = list[tuple[str, int]]


@pytest.fixture
def fitted(write_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> Draws:
    """The series and draws of each fit: Bison's second is good, none of Camel's is."""
    made: Draws = []

    def find_or_fit(plan: FitPlan, store: Store, **_: object) -> Run:
        run_id = content_id(plan.identity())
        if found := store.find(run_id):
            return found
        (name,) = plan.evidence.series
        grade = GRADES[name][sum(series == name for series, _ in made)]
        made.append((name, plan.config.draws))
        evidence = {"evidence": settled(name)}
        return write_run(run_id=run_id, grade=grade, record={"plan": plan.identity(), "seconds": 1.5} | evidence)

    monkeypatch.setattr(tasks, "find_or_fit", find_or_fit)
    return made


def settled(name: str) -> dict[str, Any]:
    return {"kind": "counts", "factions": [name], "known": 9, "used": 9, "set_aside": [], "tension": []}


def planned(write_plan: Callable[..., Path], retries: int | str) -> Batch:
    def change(text: str) -> str:
        text = text.replace("tune = 60", f"tune = 60\nretries = {retries}")
        return text.replace('"baseline", "resumption-forced.toml"', '"baseline"')

    return read_batch(write_plan(series=tuple(GRADES), origins=("2022-12-26",), change=change))


def ran(batch: Batch, store: Store, client: Client) -> list[dict[str, str]]:
    with running(batch, store):
        assert run_tasks(missing(batch, store), store, client, heard=lambda *_: None) == []
    write_tables(batch, store, [outcome_of(task, store, {}) for task in batch.tasks])
    with (batch.out / "runs.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_an_unusable_fit_is_made_again_with_twice_the_draws_and_no_more_often_than_the_plan_says(
    write_plan: Callable[..., Path], store: Store, client: Client, fitted: Draws
) -> None:
    batch = planned(write_plan, 2)
    rows = ran(batch, store, client)
    assert sorted(fitted) == [
        ("Aurochs", 60), ("Bison", 60), ("Bison", 120), ("Camel", 60), ("Camel", 120), ("Camel", 240),
    ]  # fmt: skip
    assert [(row["series"], row["grade"], row["attempts"]) for row in rows] == [
        ("Aurochs", "good", "1"), ("Bison", "good", "2"), ("Camel", "unusable", "3"),
    ]  # fmt: skip
    assert [row["reason"] for row in rows] == [
        "",
        "1 unusable before it; 120 draws of each chain",
        "2 unusable before it; 240 draws of each chain",
    ]
    assert [row["run_id"] for row in rows] == [task.counting(store).run_id for task in batch.tasks]
    assert rows[1]["run_id"] == batch.tasks[1].run_ids[1]
    before = len(fitted)
    assert missing(batch, store) == []
    assert ran(batch, store, client) == rows
    assert len(fitted) == before


def test_without_retries_the_first_fit_counts(
    write_plan: Callable[..., Path], store: Store, client: Client, fitted: Draws
) -> None:
    rows = ran(planned(write_plan, 0), store, client)
    assert [(row["grade"], row["reason"], row["attempts"]) for row in rows] == [
        ("good", "", "1"), ("unusable", "", "1"), ("unusable", "", "1"),
    ]  # fmt: skip
    more = planned(write_plan, 1)
    assert [task.series for task in missing(more, store)] == [("Bison",), ("Camel",)]
    assert len(fitted) == 3


def test_a_listed_batch_keeps_every_attempt_and_knows_which_counts(
    write_plan: Callable[..., Path], store: Store, client: Client, fitted: Draws
) -> None:
    batch = planned(write_plan, 1)
    ran(batch, store, client)
    (listed,) = recorded(store)
    assert [task_state(store, task, set()) for task in listed.record()["tasks"]] == ["finished"] * 3
    assert sweep(store, older_than=timedelta(0), dry_run=False).runs == []
    assert len(fitted) == 5
    shutil.rmtree(store.folder / batch.tasks[1].run_ids[1])  # the attempt that counts is gone
    assert task_state(store, listed.record()["tasks"][1], set()) == "missing"
    assert [task.series for task in missing(batch, store)] == [("Bison",)]


def test_more_draws_do_not_mend_counts_that_the_reports_leave_open(
    write_plan: Callable[..., Path], store: Store, client: Client, fitted: Draws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.settled", lambda _: {"settled": {"counts": "unusable"}})
    batch = planned(write_plan, 2)
    with running(batch, store):
        run_tasks(missing(batch, store), store, client, heard=lambda *_: None)
    assert sorted(fitted) == [("Aurochs", 60), ("Bison", 60), ("Camel", 60)]


@pytest.mark.parametrize("value", ["4", "-1", "true", '"1"', "1.5"])
def test_the_number_of_retries_is_a_small_whole_number(value: str, write_plan: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match=r"plan\.toml:line 9, fit, retries"):
        planned(write_plan, value)
