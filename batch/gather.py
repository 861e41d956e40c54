"""The tables of a batch, read from the store in the order of the plan: the same bytes however often it was interrupted.

One run is in memory at a time.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from batch.plan import Batch, Task
from batch.work import Outcome
from model.store import Store
from scenarios.outputs import whole_file
from scenarios.tables import harmless, write_parquet_parts

FORECASTS, RUNS = "forecast.parquet", "runs.csv"
RUN_COLUMNS = ("run_id", "series", "origin_date", "status", "reason", "grade", "seconds")


def write_tables(batch: Batch, store: Store, outcomes: Sequence[Outcome]) -> list[Path]:
    """Write the forecast table of all finished runs and the list of runs; return where they are.

    Where a plan names variants a column `model_id` says whose a row is. Raises `InputError` if a file can not be
    written.
    """
    written = [_write_runs(batch, outcomes)]
    finished = [task for task in batch.tasks if task.finished(store)]
    if finished:
        named = len(batch.variants) > 1
        write_parquet_parts((_table(task, store, named=named) for task in finished), batch.out / FORECASTS)
        written.insert(0, batch.out / FORECASTS)
    return written


def _table(task: Task, store: Store, *, named: bool) -> pa.Table:
    """Return the forecast table of a task; `named` adds whose model it is."""
    table = pa.parquet.read_table(task.table(store), partitioning=None)
    return table.append_column("model_id", pa.array([task.variant] * len(table), pa.string())) if named else table


def _write_runs(batch: Batch, outcomes: Sequence[Outcome]) -> Path:
    """Write a row for each task: what became of it, and how long its fit took."""
    with whole_file(batch.out / RUNS) as scratch, scratch.open("w", newline="", encoding="utf-8") as file:
        several = len(batch.variants) > 1
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([*RUN_COLUMNS, *(["model_id"] if several else [])])
        for task, outcome in zip(batch.tasks, outcomes, strict=True):
            told = [task.run_id, harmless("; ".join(task.series) or "*"), task.origin_date]
            told += [outcome["status"], harmless(outcome["reason"]), outcome["grade"], outcome["seconds"]]
            rows.writerow([*told, *([harmless(task.variant)] if several else [])])
    return batch.out / RUNS
