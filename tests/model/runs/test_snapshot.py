"""A run and a view as one file: what opens elsewhere is what was taken, and nothing else of the store goes along."""

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lull.data.schema import InputError
from lull.model.runs.backup import back_up
from lull.model.runs.snapshot import VIEW_FILE, open_snapshot, take_snapshot
from lull.model.runs.store import Run, Store

LINK = {"series": "us_forces", "question": "resumption by 2025-02-01", "scenario": "ceasefire-fork"}


def test_a_snapshot_opens_in_another_store(store: Store, write_run: Callable[..., Run], tmp_path: Path) -> None:
    run, other = write_run(), write_run(run_id="ffff")
    take_snapshot(run, LINK, tmp_path / "one.lull")
    with tarfile.open(tmp_path / "one.lull") as archive:
        assert not any(other.run_id in name for name in archive.getnames())
    elsewhere = Store(tmp_path / "elsewhere")
    assert open_snapshot(elsewhere, tmp_path / "one.lull") == LINK | {"run": run.run_id}
    (opened,) = elsewhere.runs()
    assert opened.record == run.record
    again = LINK | {"series": "israel"}
    take_snapshot(opened, again, tmp_path / "two.lull")
    assert open_snapshot(store, tmp_path / "two.lull") == again | {"run": run.run_id}, "of a run that is there already"
    assert (elsewhere.folder / run.run_id / VIEW_FILE).is_file()


def test_what_is_no_snapshot_is_refused_and_leaves_nothing(
    store: Store, write_run: Callable[..., Run], tmp_path: Path
) -> None:
    write_run()
    back_up(store, tmp_path / "backup.tar")
    (tmp_path / "text.lull").write_text("no archive")
    elsewhere = Store(tmp_path / "elsewhere")
    for name in ("backup.tar", "text.lull"):
        with pytest.raises(InputError, match="a snapshot that the page wrote"):
            open_snapshot(elsewhere, tmp_path / name)
    assert elsewhere.runs() == []
