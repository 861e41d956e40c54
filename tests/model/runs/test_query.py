"""SQL over a store: it reads the tables that are whole, each once, and nothing else of the machine."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from lull.cli import lull
from lull.data.schema import InputError
from lull.model.runs.query import ask_store
from lull.model.runs.store import Run, Store


@pytest.fixture
def asked(store: Store, write_run: Callable[..., Run]) -> Store:
    """A store with a run, its forecast, one that is kept, and one in the making."""
    run = write_run()
    for name in ("forecast.parquet", "forecasts/abc/forecast.parquet", "forecasts/.abc9/forecast.parquet"):
        (run.folder / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"series": ["israel"], "value": [1.0]}), run.folder / name)
    return store


def test_a_forecast_in_the_making_is_not_counted(asked: Store) -> None:
    assert ask_store(asked, "select count(*) as n from forecasts")["n"].to_pylist() == [1]


@pytest.mark.parametrize(
    "sql",
    [
        "from forecast",
        "FROM Forecast SELECT run_id",
        "table forecast",
        "with found as (from forecast) from found",
        "select * from (from main.forecast)",
        "select * from query_table('forecast')",
        "select * from query_table(['forecast', 'forecasts'])",
        "select * from query('from forecast')",
        "from runs semi join forecast using (run_id)",
    ],
)
def test_however_a_question_names_a_table_its_rows_are_read(sql: str, asked: Store) -> None:
    assert set(ask_store(asked, sql)["run_id"].to_pylist()) == {"0123456789abcdef"}


WRITES = (
    "select 1; select 2",
    "copy (select 1) to '{out}'",
    "attach '{out}' as other",
    "install httpfs",
    "load httpfs",
    "pragma database_list",
    "set threads = 1",
    "set variable a = 1",
    "create table t as select 1",
    "drop view forecast",
    "export database '{out}'",
    "import database '{out}'",
    "call pragma_version()",
    "prepare q as select 1",
    "use memory",
    "begin",
    "vacuum",
    "",
    "/* nothing */",
)
READS = (
    "select * from read_csv('{secret}')",
    "select * from read_text('{secret}')",
    "select * from read_blob('{secret}')",
    "select * from read_json('{secret}')",
    "select * from '{secret}'",
    "select * from glob('{folder}/*')",
    "select * from read_parquet('{folder}/*.parquet')",
    "select * from sniff_csv('{secret}')",
    "select * from duckdb_secrets()",
    "select getenv('HOME')",
    "with x as (select * from read_csv('{secret}')) select * from x",
    "select * from query('copy (select 1) to ''{out}''')",
    "select * from read_csv('https://example.org/x.csv')",
)


@pytest.mark.parametrize("sql", [*WRITES, *READS])
def test_what_is_no_question_to_the_tables_is_refused_in_one_sentence(sql: str, asked: Store, tmp_path: Path) -> None:
    secret, out = tmp_path / "secret.csv", tmp_path / "out.csv"
    secret.write_text("a,b\n1,2\n")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    text = sql.format(secret=secret, out=out, folder=tmp_path)
    result = CliRunner().invoke(lull, ["runs", "query", text, "--store", str(asked.folder)])
    assert result.exit_code == 2, result.output
    assert result.output.startswith("query: expected")
    assert "Traceback" not in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert not out.exists()


def test_a_file_that_python_has_open_is_no_table(asked: Store) -> None:
    rows = pa.table({"a": [1]})  # DuckDB looks for names in Python's frames
    assert rows.num_rows == 1
    with pytest.raises(InputError, match="rows does not exist"):
        ask_store(asked, "select * from rows")


def test_equal_names_and_what_is_no_number_are_printed_right(asked: Store) -> None:
    sql = "select 1 as n, 2 as n, 3 as n_2, 'nan'::double as x, [{'p': 'inf'::double}] as d, null as none"
    shown = CliRunner().invoke(lull, ["runs", "query", sql, "--store", str(asked.folder)])
    assert shown.stdout.splitlines()[0].split() == ["n", "n_2", "n_2_2", "x", "d", "none"]
    assert shown.stdout.splitlines()[2].split()[:4] == ["1", "2", "3", "nan"]
    told = CliRunner().invoke(lull, ["runs", "query", sql, "--json", "--store", str(asked.folder)])
    document = json.loads(told.stdout, parse_constant=pytest.fail)
    assert document["rows"] == [{"n": 1, "n_2": 2, "n_2_2": 3, "x": None, "d": [{"p": None}], "none": None}]
