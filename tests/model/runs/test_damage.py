"""Damaged files of a store: found when they are read, named, set apart, and made again by what made them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from lull.batch.store_check import check_store
from lull.cli import lull
from lull.data.integrity.checksums import APART, is_intact, seal_path
from lull.data.schema import InputError
from lull.model.runs.query import ask_store
from lull.model.runs.record import SCHEMA, SEAL, read_record
from lull.model.runs.store import DIAGNOSTICS_FILE, FORECAST_FILE, POSTERIOR_FILE, RUN_FILE, Run, Store
from lull.scenarios.language.standard import standard_request
from lull.scenarios.results.forecast_cache import find_kept
from lull.scenarios.results.tables import write_parquet

pytestmark = pytest.mark.integration

ID = "0123456789abcdef"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x04
    path.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "flipped": flip,
    "gone": Path.unlink,
}
damaged = pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)


def apart(store: Store) -> list[str]:
    folder = store.folder / APART
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@damaged
@pytest.mark.parametrize("name", [RUN_FILE, POSTERIOR_FILE, DIAGNOSTICS_FILE])
def test_a_damaged_run_is_set_apart_and_made_again(
    name: str,
    damage: Callable[[Path], object],
    store: Store,
    write_run: Callable[..., Run],
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = write_run()
    before = (whole.folder / POSTERIOR_FILE).read_bytes()
    damage(whole.folder / name)
    assert store.find(ID) is None
    assert apart(store) == [f"{ID}.1"]
    assert f"{whole.folder} was damaged. It is set apart as " in capsys.readouterr().err
    again = write_run()
    assert (again.folder / POSTERIOR_FILE).read_bytes() == before
    assert not again.damaged()


@damaged
def test_a_damaged_run_takes_down_one_row_and_is_named(
    damage: Callable[[Path], object], store: Store, write_run: Callable[..., Run]
) -> None:
    write_run()
    damage(write_run(run_id="f" * 16).folder / RUN_FILE)
    listed = CliRunner().invoke(lull, ["runs", "--store", str(store.folder)])
    assert listed.exit_code == 0
    assert ID in listed.stdout
    named = "" if damage is Path.unlink else "lull runs check --repair"  # without it the folder is not listed
    assert named in listed.stderr
    assert [run.run_id for run in store.runs()] == [ID]


@damaged
def test_a_table_of_a_run_is_set_apart_alone(
    damage: Callable[[Path], object], store: Store, write_run: Callable[..., Run], tmp_path: Path
) -> None:
    run = write_run()
    write_parquet(pa.table({"series": ["israel"]}), tmp_path / "table.parquet")
    run.attach(FORECAST_FILE, tmp_path / "table.parquet")
    damage(run.folder / FORECAST_FILE)
    found = store.find(ID)
    assert found is not None
    assert not (run.folder / FORECAST_FILE).exists()
    assert apart(store) == ([] if damage is Path.unlink else [f"{ID}--{FORECAST_FILE}.1"])
    found.attach(FORECAST_FILE, tmp_path / "table.parquet")
    assert not Store(store.folder).runs()[0].damaged()


@damaged
def test_a_sealed_table_is_made_again_where_it_was(
    damage: Callable[[Path], object], store: Store, write_run: Callable[..., Run]
) -> None:
    path = write_run().folder / "tables" / "abc.parquet"
    table = pa.table({"series": ["israel"], "value": [0.133]})
    write_parquet(table, path, seal=True)
    before = path.read_bytes()
    assert is_intact(path)
    damage(path)
    assert not store.has_intact(path)
    assert apart(store) == (
        [] if damage is Path.unlink else [f"{ID}--tables--abc.parquet.1", f"{ID}--tables--abc.parquet.1.sha256"]
    )
    write_parquet(table, path, seal=True)
    assert path.read_bytes() == before
    assert store.has_intact(path)


def test_the_checksum_of_a_file_is_there_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    write_parquet(pa.table({"n": [1]}), path, seal=True)
    path.unlink()  # as if killed between the two
    assert not is_intact(path)
    assert seal_path(path).is_file()


@damaged
@pytest.mark.parametrize("name", ["forecast.csv", "forecast.json", "forecast.parquet", "SHA256SUMS"])
def test_a_damaged_forecast_is_never_handed_out(
    name: str, damage: Callable[[Path], object], answered_store: Store, tmp_path: Path
) -> None:
    store = Store(tmp_path / "copy")
    shutil.copytree(answered_store.folder, store.folder)
    (run,) = store.runs()
    kept = find_kept(run, standard_request(run))
    assert kept is not None
    damage(kept.folder / name)
    assert find_kept(run, standard_request(run)) is None
    assert [one.split("--")[:2] for one in apart(store)] == [[run.run_id, "forecasts"]]


@damaged
def test_a_query_leaves_out_what_is_damaged(
    damage: Callable[[Path], object], answered_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "copy")
    shutil.copytree(answered_store.folder, store.folder)
    whole = ask_store(store, "select count(*) as n from forecasts")["n"][0].as_py()
    assert whole > 0
    for path in store.folder.glob("*/forecasts/*/forecast.parquet"):
        damage(path)
    assert ask_store(store, "select count(*) as n from forecasts")["n"][0].as_py() == 0
    assert ask_store(store, "select count(*) as n from forecast")["n"][0].as_py() == whole
    assert ("is damaged and left out" in capsys.readouterr().err) == (damage is not Path.unlink)


def test_what_is_damaged_after_it_was_found_is_not_read(write_run: Callable[..., Run]) -> None:
    run = write_run()
    flip(run.folder / POSTERIOR_FILE)
    with pytest.raises(InputError, match=r"posterior.nc: expected the file that was written, found another"):
        run.posterior()


def test_nothing_that_was_set_apart_is_lost(store: Store, write_run: Callable[..., Run]) -> None:
    for _ in range(3):
        flip(write_run().folder / POSTERIOR_FILE)
        assert store.find(ID) is None
    assert apart(store) == [f"{ID}.{number}" for number in (1, 2, 3)]
    swept = CliRunner().invoke(lull, ["runs", "clean", "--older-than", "0", "--store", str(store.folder)])
    assert swept.exit_code == 0
    assert len(apart(store)) == 3


@pytest.mark.parametrize("run_id", ["", ".", "..", "../x", "a/b", ".jobs", "a\\b", "\0"])
def test_an_id_is_the_name_of_a_run_and_leads_nowhere_else(run_id: str, store: Store) -> None:
    store.folder.mkdir()
    (store.folder.parent / "x").mkdir()
    for folder in (store.folder, store.folder.parent, store.folder.parent / "x"):
        (folder / RUN_FILE).write_text("{}")
    assert store.find(run_id) is None
    assert not (store.folder / APART).exists()


def test_a_reader_s_own_store_is_no_damaged_run(store: Store) -> None:
    (store.folder / ID / "fedcba9876543210").mkdir(parents=True)
    assert store.find(ID) is None
    assert check_store(store, repair=True).damaged == []
    assert (store.folder / ID).is_dir()


def older(run: Run) -> None:
    """Let a run be one of Lull 0.2: schema 1, without a seal."""
    record = json.loads((run.folder / RUN_FILE).read_text())
    del record[SEAL]
    (run.folder / RUN_FILE).write_text(json.dumps(record | {"schema": 1}))


def test_a_run_of_schema_one_is_read_and_sealed_by_a_repair(store: Store, write_run: Callable[..., Run]) -> None:
    run = write_run()
    older(run)
    assert store.find(ID) is not None
    before = {path.name: path.read_bytes() for path in run.folder.iterdir() if path.name != RUN_FILE}
    assert check_store(store, repair=False).sealed == 0
    assert check_store(store, repair=True).sealed == 1
    record = read_record(run.folder / RUN_FILE)
    assert record["schema"] == SCHEMA
    assert {name: record[name] for name in run.record if name not in (SEAL, "schema")} == {
        name: run.record[name] for name in run.record if name not in (SEAL, "schema")
    }
    assert {path.name: path.read_bytes() for path in run.folder.iterdir() if path.name != RUN_FILE} == before
    assert check_store(store, repair=True).sealed == 0


def test_a_time_without_a_zone_is_utc(store: Store, write_run: Callable[..., Run]) -> None:
    run = write_run()
    older(run)
    path = run.folder / RUN_FILE
    path.write_text(path.read_text().replace("+00:00", ""))
    assert CliRunner().invoke(lull, ["runs", "clean", "--store", str(store.folder)]).exit_code == 0


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema": "x"}', '{"schema": 1}', "[" * 100_000, "\udcff"])
def test_a_record_that_is_none_is_damaged(text: str, store: Store, write_run: Callable[..., Run]) -> None:
    (write_run().folder / RUN_FILE).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert store.runs() == []
    assert store.find(ID) is None


def test_a_check_names_every_damaged_file_and_sets_it_apart(store: Store, write_run: Callable[..., Run]) -> None:
    run, other = write_run(), write_run(run_id="f" * 16)
    write_parquet(pa.table({"n": [1]}), run.folder / "tables" / "abc.parquet", seal=True)
    trial = store.folder / ".backtests" / "trials" / "t.parquet"
    write_parquet(pa.table({"n": [1]}), trial, seal=True)
    jobs = store.folder / ".jobs" / "j" / "state.json"
    jobs.parent.mkdir(parents=True)
    jobs.write_text("{")
    for path in (run.folder / "tables" / "abc.parquet", trial, other.folder / POSTERIOR_FILE):
        flip(path)
    check = ["runs", "check", "--store", str(store.folder)]
    said = CliRunner().invoke(lull, check)
    assert said.exit_code == 1
    assert "1 run whole, 4 damaged" in said.stdout
    told = json.loads(CliRunner().invoke(lull, [*check, "--json"]).stdout)
    names = {str(Path(name).relative_to(store.folder)) for name in told["damaged"]}
    assert names == {f"{ID}/tables/abc.parquet", "f" * 16, ".backtests/trials/t.parquet", ".jobs/j/state.json"}
    assert apart(store) == []
    assert CliRunner().invoke(lull, [*check, "--repair"]).exit_code == 1
    assert len([name for name in apart(store) if not name.endswith(".sha256")]) == 4
    assert CliRunner().invoke(lull, check).exit_code == 0


def test_a_store_that_cannot_be_written_says_that_it_is_damaged(
    store: Store, write_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    flip(write_run().folder / POSTERIOR_FILE)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(InputError, match="It is damaged, and the store cannot be written to set it apart"):
        store.find(ID)
