"""The run store: a run is whole or absent, and found again by what it was made from."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.schema import InputError
from lull.model.runs.record import SCHEMA
from lull.model.runs.store import Store, checksum, content_id


def write_run(store: Store, run_id: str = "abc") -> None:
    said = {"as_of": "2024-12-31", "origin": "2024-12-23", "grade": "good", "evidence": {}, "question": "why"}
    with store.writing(run_id, said) as folder:
        (folder / "posterior.nc").write_bytes(b"draws")


def test_a_run_that_was_written_is_found_with_its_checksums(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write_run(store)
    run = store.find("abc")
    assert run is not None
    assert run.record["question"] == "why"
    assert run.record["outputs"] == {"posterior.nc": checksum(run.folder / "posterior.nc")}
    assert [found.run_id for found in store.runs()] == ["abc"]


def test_a_run_that_is_being_written_is_not_listed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.writing("abc", {}) as folder:
        (folder / "run.json").write_text("{}")
        assert store.runs() == []


def write_half(folder: Path, interruption: type[BaseException]) -> None:
    (folder / "posterior.nc").write_bytes(b"half")
    raise interruption


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, interruption: type[BaseException]) -> None:
    store = Store(tmp_path)
    with pytest.raises(interruption), store.writing("abc", {}) as folder:
        write_half(folder, interruption)
    assert store.find("abc") is None
    assert list(tmp_path.iterdir()) == []


def test_a_second_writer_of_the_same_run_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.writing("abc", {"who": "late"}):
        write_run(store)
    run = store.find("abc")
    assert run is not None
    assert run.record["question"] == "why"
    assert [path.name for path in tmp_path.iterdir()] == ["abc"]


def test_a_run_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write_run(store)
    path = tmp_path / "abc" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": SCHEMA + 1}))
    with pytest.raises(InputError, match=f"expected a run of schema {SCHEMA} or older, found schema {SCHEMA + 1}"):
        store.find("abc")


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with (
        pytest.raises(InputError, match="a folder that can be written"),
        Store(tmp_path / "file").writing("abc", {}),
    ):
        pass


def test_a_store_without_space_says_so_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=7_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with (
        pytest.raises(InputError, match="expected 100 MB of free space, found 7 MB"),
        Store(tmp_path).writing("abc", {}),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_attached_file_is_copied_in_and_recorded(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    write_run(store)
    run = store.find("abc")
    assert run is not None
    source = tmp_path / "table"
    source.write_bytes(b"rows")
    run.attach("forecast.parquet", source)
    again = store.find("abc")
    assert again is not None
    assert again.record["outputs"]["forecast.parquet"] == checksum(again.folder / "forecast.parquet")
    assert (again.folder / "forecast.parquet").read_bytes() == source.read_bytes()


@given(st.dictionaries(st.text(max_size=5), st.integers(), min_size=1, max_size=5))
def test_the_run_id_depends_on_every_part_and_not_on_their_order(parts: dict[str, int]) -> None:
    assert content_id(parts) == content_id(dict(reversed(parts.items())))
    name = next(iter(parts))
    assert content_id(parts) != content_id(parts | {name: parts[name] + 1})
