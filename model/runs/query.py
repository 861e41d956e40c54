"""The store asked in SQL: DuckDB over the Parquet tables where they lie; nothing is copied."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from lull.data.schema import InputError, Problem
from lull.model.runs.store import FORECAST_FILE, Run, Store

TABLES, ANSWERS = ("tables/*.parquet", "forecasts/*/forecast.parquet"), "answers/*.parquet"
FORECAST_COLUMNS = {
    "origin_date": "DATE",
    "scenario_id": "VARCHAR",
    "target": "VARCHAR",
    "series": "VARCHAR",
    "horizon": "INTEGER",
    "target_end_date": "DATE",
    "output_type": "VARCHAR",
    "output_type_id": "VARCHAR",
    "value": "DOUBLE",
}
ANSWER_COLUMNS = {
    "origin_date": "DATE",
    "question": "VARCHAR",
    "by_date": "DATE",
    "series": "VARCHAR",
    "scenario": "VARCHAR",
    "probability": "DOUBLE",
    "baseline": "DOUBLE",
    "difference": "DOUBLE",
    "difference_low": "DOUBLE",
    "difference_high": "DOUBLE",
    "mc_error": "DOUBLE",
    "reference_rate": "DOUBLE",
    "distribution": "STRUCT(week_end DATE, probability DOUBLE, baseline DOUBLE)[]",
    "grade": "VARCHAR",
}
RUN_COLUMNS = {name: pa.string() for name in ("run_id", "as_of", "origin", "grade", "series", "created", "folder")} | {
    "seconds": pa.float64()
}


def ask_store(store: Store, sql: str) -> pa.Table:
    """Return the rows of a question to the views `runs`, `forecast`, `forecasts` and `answers`.

    `forecast` is the first forecast of each run, `forecasts` all that were kept. Raises `InputError` for what DuckDB
    does not understand.
    """
    store = Store(store.folder.absolute())
    runs = store.runs()
    with duckdb.connect() as connection:
        rows = [_row(run) for run in runs]
        connection.register("runs", pa.Table.from_pylist(rows, schema=pa.schema(RUN_COLUMNS)))
        first = [run.folder / FORECAST_FILE for run in runs]
        kept = [path for run in runs for pattern in TABLES for path in sorted(run.folder.glob(pattern))]
        _view(connection, "forecast", store, [path for path in first if path.is_file()], FORECAST_COLUMNS)
        _view(connection, "forecasts", store, kept, FORECAST_COLUMNS)
        answers = [path for run in runs for path in sorted(run.folder.glob(ANSWERS))]
        _view(connection, "answers", store, answers, ANSWER_COLUMNS)
        try:
            answer = connection.sql(sql)
            if answer is None:
                raise InputError(Problem("query", "a question: SELECT ...", repr(sql)))
            return answer.to_arrow_table()
        except duckdb.Error as error:
            reason = str(error).split("\n", 1)[0]
            raise InputError(Problem("query", "SQL over runs, forecast, forecasts, answers", reason)) from None


def _row(run: Run) -> dict[str, Any]:
    """Return what the view `runs` says of a run."""
    record = run.record
    series = record.get("plan", {}).get("evidence", {}).get("series") or record["evidence"]["factions"]
    row = {name: str(record[name]) for name in ("as_of", "origin", "grade", "created")}
    return (
        {"run_id": run.run_id, "series": "; ".join(series), "seconds": record.get("seconds")}
        | row
        | {"folder": str(run.folder)}
    )


def _view(
    connection: duckdb.DuckDBPyConnection, name: str, store: Store, paths: Iterable[Path], columns: dict[str, str]
) -> None:
    """Make a view of Parquet files of the store, an empty one if there is none; `run_id` comes first."""
    files = ", ".join(_quoted(str(path)) for path in paths)
    if files:
        start = len(str(store.folder)) + 2  # SQL counts from 1, and the slash
        run_id = f"split_part(replace(substr(filename, {start}), '\\', '/'), '/', 1)"
        source = f"read_parquet([{files}], filename = true, union_by_name = true)"
        select = f"SELECT {run_id} AS run_id, * EXCLUDE (filename) FROM {source}"  # noqa: S608 - quoted paths of ours
    else:
        empty = ", ".join(f"NULL::{kind} AS {column}" for column, kind in {"run_id": "VARCHAR", **columns}.items())
        select = f"SELECT {empty} WHERE false"
    connection.execute(f"CREATE VIEW {name} AS {select}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
