"""The store asked in SQL: DuckDB over the Parquet tables where they lie; nothing is copied.

The invariant: a question is one SELECT, and DuckDB opens no file but the tables of the store, whatever is asked.
"""

import sys
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from lull.data.integrity.checksums import LIST, is_intact, seal_path
from lull.data.schema import InputError, Problem
from lull.model.runs.store import FORECAST_FILE, Run, Store

TABLES, ANSWERS = ("tables/*.parquet", "forecasts/[!.]*/forecast.parquet"), "answers/*.parquet"
MAGIC = b"PAR1"  # at both ends of a Parquet file
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

    `forecast` is the first forecast of each run, `forecasts` all that were kept. A column whose name another has is
    numbered: `n`, `n_2`. Raises `InputError` for what DuckDB does not understand, and for all that is no SELECT over
    these tables.
    """
    store = Store(store.folder.absolute())
    runs = store.runs()
    with duckdb.connect() as connection:
        _check_question(connection, sql)
        asked = _asked(connection, sql)
        first = [path for run in runs for path in _whole(run, FORECAST_FILE)] if "forecast" in asked else []
        kept = [path for run in runs for each in TABLES for path in _whole(run, each)] if "forecasts" in asked else []
        answers = [path for run in runs for path in _whole(run, ANSWERS)] if "answers" in asked else []
        rows = [_row(run) for run in runs]
        connection.register("runs", pa.Table.from_pylist(rows, schema=pa.schema(RUN_COLUMNS)))
        _shut(connection, (*first, *kept, *answers))
        _view(connection, "forecast", store, first, FORECAST_COLUMNS)
        _view(connection, "forecasts", store, kept, FORECAST_COLUMNS)
        _view(connection, "answers", store, answers, ANSWER_COLUMNS)
        try:
            return _named_apart(connection.sql(sql).to_arrow_table())
        except duckdb.Error as error:
            raise _not_understood(error) from None


def _whole(run: Run, pattern: str) -> Iterator[Path]:
    """Yield the tables of a run that are what was written; the others are named on standard error."""
    for path in sorted(run.folder.glob(pattern)):
        if _is_whole(run, path):
            yield path
        else:
            sys.stderr.write(f"{path} is damaged and left out. `lull runs check --repair` sets it apart.\n")


def _is_whole(run: Run, path: Path) -> bool:
    """Return whether a table is what was written; one of an earlier Lull, without a checksum, has its two ends."""
    if path.name in run.record["outputs"] and path.parent == run.folder:
        return not run.damaged(path.name)
    if seal_path(path).is_file():
        return is_intact(path)
    if (path.parent / LIST).is_file():
        return is_intact(path.parent)
    content = path.read_bytes()
    return len(content) > 2 * len(MAGIC) and content.startswith(MAGIC) and content.endswith(MAGIC)


def _check_question(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise `InputError` unless the text is one statement that reads."""
    try:
        kinds = [statement.type.name for statement in connection.extract_statements(sql)]
    except duckdb.Error as error:
        raise _not_understood(error) from None
    if kinds != ["SELECT"]:
        found = f"{len(kinds)} statements" if len(kinds) > 1 else (kinds or ["nothing"])[0]
        raise InputError(Problem("query", "one question: SELECT ...", found, "The store is read, never changed."))


def _asked(connection: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    """Return which views a question names, in small letters: the files of the others need not be looked at.

    All of them where DuckDB does not say.
    """
    try:
        return {name.lower().rpartition(".")[2].strip('"') for name in connection.get_table_names(sql)}
    except duckdb.Error:
        return {"forecast", "forecasts", "answers"}


def _shut(connection: duckdb.DuckDBPyConnection, files: Iterable[Path]) -> None:
    """Leave DuckDB these files of the machine and nothing else, for good."""
    connection.execute(f"SET allowed_paths = [{', '.join(_quoted(str(path)) for path in files)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _not_understood(error: duckdb.Error) -> InputError:
    """Return DuckDB's complaint as an error of the question."""
    reason = str(error).split("\n", 1)[0]
    return InputError(Problem("query", "SQL over runs, forecast, forecasts, answers", reason))


def _named_apart(table: pa.Table) -> pa.Table:
    """Return a table whose columns of equal names are numbered from the second on."""
    names: list[str] = []
    for name in table.column_names:
        numbered = (f"{name}_{number}" for number in count(2))
        names.append(name if name not in names else next(new for new in numbered if new not in names))
    return table.rename_columns(names)


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
