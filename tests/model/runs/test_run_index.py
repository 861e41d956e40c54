"""A list of runs says what their records say, whatever happened to them or to the index since it was written."""

import json
import pickle
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from lull.data.schema import InputError
from lull.model.runs import run_index
from lull.model.runs.partial_record import PartialRecord
from lull.model.runs.record import read_record, sealed
from lull.model.runs.run_index import FILE
from lull.model.runs.store import RUN_FILE, Store

RECORD = {
    "as_of": "2024-12-31",
    "origin": "2024-12-23",
    "grade": "good",
    "created": "2025-01-01T00:00:00+00:00",
    "evidence": {"factions": ["a"], "used": 3, "set_aside": [{"reason": "no date"}] * 3, "tension": []},
    "plan": {"evidence": {"series": ["a"]}, "priors": {"sd": 1.0}},
    "outputs": {"posterior.nc": "0"},
    "events": [{"kind": "ceasefire"}],
}


def write_record(store: Store, run_id: str, **changes: object) -> Path:
    path = store.folder / run_id / RUN_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(sealed(RECORD | {"run_id": run_id} | changes)))
    return path


@pytest.fixture
def indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(run_index, "MANY_NEW", 1)
    monkeypatch.setattr(run_index, "is_settled", lambda _: True)
    store = Store(tmp_path)
    for run_id in ("one", "two", "three"):
        write_record(store, run_id)
    assert len(store.runs()) == 3
    assert (tmp_path / FILE).is_file()
    return store


def listed(store: Store, run_id: str) -> dict[str, Any]:
    (found,) = [run.record for run in store.runs() if run.run_id == run_id]
    return found


def test_an_indexed_record_is_the_record(indexed: Store) -> None:
    whole = read_record(indexed.folder / "one" / RUN_FILE)
    assert isinstance(listed(indexed, "one"), PartialRecord)
    assert listed(indexed, "one") == whole
    assert whole == listed(indexed, "one")
    assert list(listed(indexed, "one")) == list(whole)
    assert json.dumps(listed(indexed, "one")) == json.dumps(whole)
    assert {**listed(indexed, "one")} == whole
    assert listed(indexed, "one") | {"grade": "doubtful"} == whole | {"grade": "doubtful"}
    assert {"grade": "doubtful"} | listed(indexed, "one") == {"grade": "doubtful"} | whole
    assert pickle.loads(pickle.dumps(listed(indexed, "one"))) == whole  # noqa: S301 - our own


def test_a_list_reads_no_record_that_it_knows(indexed: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_index, "read_record", pytest.fail)
    assert [run.record["grade"] for run in indexed.runs()] == ["good"] * 3
    assert [run.record["evidence"]["factions"] for run in indexed.runs()] == [["a"]] * 3
    assert [run.record["plan"]["evidence"]["series"] for run in indexed.runs()] == [["a"]] * 3
    assert [run.record.get("beliefs", 0) for run in indexed.runs()] == [0] * 3


@pytest.mark.parametrize("name", ["events", "outputs", "checksum"])
def test_what_the_index_leaves_out_is_read_when_asked_for(indexed: Store, name: str) -> None:
    whole = read_record(indexed.folder / "one" / RUN_FILE)
    assert name in listed(indexed, "one")
    assert listed(indexed, "one").get(name) == whole[name]
    assert listed(indexed, "one")["evidence"]["set_aside"] == whole["evidence"]["set_aside"]


def test_a_change_of_a_listed_record_stays(indexed: Store) -> None:
    record = listed(indexed, "one")
    record["outputs"] = {"forecast.parquet": "1"}
    assert record["events"] == RECORD["events"]
    assert record["outputs"] == {"forecast.parquet": "1"}
    assert listed(indexed, "one")["outputs"] == RECORD["outputs"]


def test_a_record_that_was_written_again_is_listed_as_it_is(indexed: Store) -> None:
    write_record(indexed, "one", grade="unusable")
    assert listed(indexed, "one")["grade"] == "unusable"


def test_a_run_that_came_or_went_is_listed_or_not(indexed: Store) -> None:
    shutil.rmtree(indexed.folder / "two")
    write_record(indexed, "four")
    assert {run.run_id for run in indexed.runs()} == {"one", "three", "four"}


def test_a_run_under_the_name_of_another_is_not_taken_for_it(indexed: Store) -> None:
    shutil.rmtree(indexed.folder / "one")
    write_record(indexed, "other", grade="doubtful")
    (indexed.folder / "other").rename(indexed.folder / "one")
    assert listed(indexed, "one")["grade"] == "doubtful"


def test_a_record_that_was_damaged_since_is_named(indexed: Store) -> None:
    path = indexed.folder / "one" / RUN_FILE
    path.write_text(path.read_text().replace("good", "best"))
    survey = indexed.survey()
    assert {run.run_id for run in survey.runs} == {"two", "three"}
    assert [str(path)] == [problem.where for problem in survey.problems]


def test_a_record_damaged_after_it_was_listed_is_not_read(indexed: Store) -> None:
    record = listed(indexed, "one")
    (indexed.folder / "one" / RUN_FILE).write_text("{}")
    with pytest.raises(InputError, match="record of a run"):
        record["events"]


OF_BEFORE = f"lull index 1 {sha256(b'{}').hexdigest()}\n{{}}"  # whole, as an earlier Lull wrote it


@pytest.mark.parametrize("content", ["", "{}", "lull index 2 0\n{}", "\n\n", OF_BEFORE])
def test_a_damaged_index_is_made_again(indexed: Store, content: str) -> None:
    intact = (indexed.folder / FILE).read_text()
    (indexed.folder / FILE).write_text(content)
    assert len(indexed.runs()) == 3
    assert (indexed.folder / FILE).read_text() == intact


def test_an_index_that_was_tampered_with_is_not_believed(indexed: Store) -> None:
    text = (indexed.folder / FILE).read_text()
    (indexed.folder / FILE).write_text(text.replace('"good"', '"evil"'))
    assert {run.record["grade"] for run in indexed.runs()} == {"good"}


def test_records_written_just_now_are_not_indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_index, "MANY_NEW", 1)
    store = Store(tmp_path)
    write_record(store, "one")
    assert len(store.runs()) == 1
    assert not (tmp_path / FILE).exists()


def test_records_of_other_shapes_are_listed_as_they_are(indexed: Store) -> None:
    write_record(indexed, "later", beliefs={"who": "Ada"}, seconds=3.5, plan={"evidence": {}, "seed": 1})
    write_record(indexed, "plain", plan="none", evidence={"factions": [], "used": 0})
    for _ in range(2):  # read from the records, then from the index
        for run_id in ("one", "later", "plain"):
            whole = read_record(indexed.folder / run_id / RUN_FILE)
            assert listed(indexed, run_id) == whole
            assert listed(indexed, run_id).get("beliefs") == whole.get("beliefs")


def test_a_list_in_json_loads_no_numerics(indexed: Store) -> None:
    """Their imports take longer than to list thousands of runs."""
    program = (
        "import sys; from lull.cli import lull; lull(sys.argv[1:], standalone_mode=False); "
        "print(*sys.modules, file=sys.stderr)"
    )
    words = [sys.executable, "-c", program, "runs", "--json", "--store", str(indexed.folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert len(json.loads(done.stdout)["runs"]) == 3
    assert not {"numpy", "pandas", "scipy", "rich", "duckdb", "pyarrow"} & set(done.stderr.split())
