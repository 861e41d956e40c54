"""The tables of a batch, read from the store in the order of the plan: the same bytes however often it was interrupted.

One run is in memory at a time. The calibration of a run is that of the day on which the tables are written.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from lull.batch.plan import Batch, Task
from lull.batch.tasks import Outcome
from lull.data.files import spreadsheet_safe, whole_file
from lull.model.runs.store import Store
from lull.scenarios.results.answer_table import flat
from lull.scenarios.results.calibration_status import Grading, grading_of
from lull.scenarios.results.tables import write_csv_parts, write_parquet_parts

FORECASTS, ANSWERS, ANSWERS_CSV, RUNS = "forecast.parquet", "answers.parquet", "answers.csv", "runs.csv"
RUN_COLUMNS = ("run_id", "series", "origin_date", "status", "reason", "grade", "seconds", "calibration", "attempts")

AGAIN = "{} unusable before it; {} draws of each chain"


def write_tables(batch: Batch, store: Store, outcomes: Sequence[Outcome]) -> list[Path]:
    """Write the forecast table and the answers of all finished runs and the list of runs; return where they are.

    Where a plan names variants a column `model_id` says whose a row is. Raises `InputError` if a file cannot be
    written.
    """
    finished = [task.counting(store) for task in batch.tasks if task.finished(store)]
    named = len(batch.variants) > 1
    written = []
    if finished:
        write_parquet_parts(_forecasts(finished, store, named=named), batch.out / FORECASTS)
        written = [FORECASTS]
    if any(task.questions for task in finished):
        write_parquet_parts(_answers(finished, store, named=named), batch.out / ANSWERS)
        write_csv_parts(map(flat, _answers(finished, store, named=named)), batch.out / ANSWERS_CSV)
        written += [ANSWERS, ANSWERS_CSV]
    for stale in {FORECASTS, ANSWERS, ANSWERS_CSV} - set(written):  # of an earlier plan
        (batch.out / stale).unlink(missing_ok=True)
    return [*(batch.out / name for name in written), _write_runs(batch, store, outcomes)]


def _forecasts(finished: Sequence[Task], store: Store, *, named: bool) -> Iterator[pa.Table]:
    """Yield the forecast table of each task."""
    for task in finished:
        table = _read(task.table(store))
        yield _labelled(table, "model_id", task.variant) if named else table


def _answers(finished: Sequence[Task], store: Store, *, named: bool) -> Iterator[pa.Table]:
    """Yield the answers of each task, with how far they are to be trusted and the run that gave them."""
    for task in finished:
        if (path := task.answers(store)) and (graded := _grading(task, store)):
            table = _labelled(_read(path), "calibration", graded.grade)
            table = _labelled(table, "calibration_reason", graded.reason)
            table = _labelled(table, "run_id", task.run_id)
            yield _labelled(table, "model_id", task.variant) if named else table


def _read(path: Path) -> pa.Table:
    return pa.parquet.read_table(path, partitioning=None)


def _labelled(table: pa.Table, name: str, label: str) -> pa.Table:
    """Return a table with one more column, in which every row says the same."""
    return table.append_column(name, pa.array([label] * len(table), pa.string()))


def calibrations(tasks: Iterable[Task], store: Store) -> Iterator[str]:
    """Yield how far each run that is in the store is to be trusted."""
    return (graded.grade for task in tasks if (graded := _grading(task, store)))


def _grading(task: Task, store: Store) -> Grading | None:
    """Return how far the run of a task is to be trusted; None if it is not in the store."""
    run = task.run(store)
    return grading_of(run) if run else None


def _write_runs(batch: Batch, store: Store, outcomes: Sequence[Outcome]) -> Path:
    """Write a row for each task: its status, and how long its fit took."""
    with whole_file(batch.out / RUNS) as scratch, scratch.open("w", newline="", encoding="utf-8") as file:
        several = len(batch.variants) > 1
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([*RUN_COLUMNS, *(["model_id"] if several else [])])
        for task, outcome in zip(batch.tasks, outcomes, strict=True):
            graded = _grading(task, store) if outcome["status"] == "finished" else None
            last = task.counting(store)
            attempts = task.retries - last.retries + 1
            reason = outcome["reason"] or (AGAIN.format(attempts - 1, last.plan.config.draws) if attempts > 1 else "")
            cells = [last.run_id, spreadsheet_safe("; ".join(task.series) or "*"), task.origin_date]
            cells += [outcome["status"], spreadsheet_safe(reason), outcome["grade"], outcome["seconds"]]
            cells += [graded.grade if graded else "", attempts]
            rows.writerow([*cells, *([spreadsheet_safe(task.variant)] if several else [])])
    return batch.out / RUNS
