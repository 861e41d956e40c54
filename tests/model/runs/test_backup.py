"""A store as one file and back: what comes back is what was written, and nothing else is taken."""

import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lull.cli import lull
from lull.data.schema import InputError
from lull.model.runs.backup import back_up, restore
from lull.model.runs.store import POSTERIOR_FILE, Run, Store

ID = "0123456789abcdef"


def contents(store: Store) -> dict[str, bytes]:
    return {
        str(path.relative_to(store.folder)): path.read_bytes() for path in store.folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def kept(answered_store: Store, tmp_path: Path) -> Store:
    """A store with a run and its forecast, a reader's run, a batch, and what is of the moment."""
    store = Store(tmp_path / "kept")
    shutil.copytree(answered_store.folder, store.folder)
    (run,) = store.runs()
    shutil.copytree(run.folder, store.folder / "abcdefabcdefabcd" / ID)
    for name in (".batches/b/batch.json", ".batches/lock", ".jobs/j/log.txt", ".locks/x.lock", ".scratch.1/half"):
        (store.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (store.folder / name).write_text("{}")
    return store


def test_what_comes_back_is_what_was_written(kept: Store, tmp_path: Path) -> None:
    file, other = tmp_path / "store.tar", Store(tmp_path / "other")
    said = CliRunner().invoke(lull, ["runs", "backup", str(file), "--store", str(kept.folder)])
    assert said.exit_code == 0, said.output
    back = CliRunner().invoke(lull, ["runs", "restore", str(file), "--store", str(other.folder)])
    assert back.exit_code == 0, back.output
    moment = (".jobs", ".locks", ".scratch.1", ".batches/lock")
    assert contents(other) == {name: text for name, text in contents(kept).items() if not name.startswith(moment)}
    assert "Restored 2 runs and 1 other files" in back.stdout
    again = restore(other, file)
    assert (again.runs, again.files, len(again.present)) == ([], 0, 2)


def test_a_run_that_is_there_stays_as_it_is(store: Store, write_run: Callable[..., Run], tmp_path: Path) -> None:
    write_run()
    back_up(store, tmp_path / "store.tar")
    shutil.rmtree(store.folder)
    run = write_run(grade="doubtful")
    assert restore(store, tmp_path / "store.tar").present == [ID]
    assert store.runs()[0].record == run.record


def test_a_run_that_is_damaged_in_the_archive_is_not_restored(
    store: Store, write_run: Callable[..., Run], tmp_path: Path
) -> None:
    path = write_run().folder / POSTERIOR_FILE
    path.write_bytes(path.read_bytes()[:-1])
    back_up(store, tmp_path / "store.tar")
    back = CliRunner().invoke(lull, ["runs", "restore", str(tmp_path / "store.tar"), "--store", str(tmp_path / "new")])
    assert back.exit_code == 1
    assert f"Damaged in the archive, not restored: run {ID}" in back.stdout
    assert list((tmp_path / "new").iterdir()) == []


def archive(path: Path, name: str, kind: bytes = tarfile.REGTYPE) -> Path:
    """Write an archive with one member."""
    with tarfile.open(path, "w") as made:
        member = tarfile.TarInfo(name)
        member.type, member.size, member.linkname = kind, 2 if kind == tarfile.REGTYPE else 0, "/etc/passwd"
        made.addfile(member, io.BytesIO(b"{}"))
    return path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../outside", tarfile.REGTYPE),
        ("a/../../outside", tarfile.REGTYPE),
        ("/outside", tarfile.REGTYPE),
        ("a\\..\\outside", tarfile.REGTYPE),
        (".jobs/x/plan.json", tarfile.REGTYPE),
        (".batches/lock", tarfile.REGTYPE),
        ("a/run.json", tarfile.SYMTYPE),
        ("a/run.json", tarfile.LNKTYPE),
        ("a/run.json", tarfile.CHRTYPE),
        ("a/run.json", tarfile.FIFOTYPE),
    ],
)
def test_nothing_of_an_archive_leaves_the_store(name: str, kind: bytes, tmp_path: Path) -> None:
    store = Store(tmp_path / "in" / "store")
    file = archive(tmp_path / "evil.tar", name, kind)
    with pytest.raises(InputError, match=r"expected files of a store alone, found .* Nothing was restored"):
        restore(store, file)
    assert list(store.folder.iterdir()) == []
    assert not list(tmp_path.glob("**/outside"))


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\3\4", b"\0" * 700])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    said = CliRunner().invoke(lull, ["runs", "restore", str(tmp_path / "x.tar"), "--store", str(tmp_path / "new")])
    if content.strip(b"\0"):
        assert said.exit_code == 2
        assert "expected an archive that `lull runs backup` wrote" in said.stderr
    assert "Traceback" not in said.output


def test_half_an_archive_is_refused_whole(kept: Store, tmp_path: Path) -> None:
    back_up(kept, tmp_path / "store.tar")
    whole = (tmp_path / "store.tar").read_bytes()
    (tmp_path / "half.tar").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="expected an archive"):
        restore(Store(tmp_path / "new"), tmp_path / "half.tar")
    assert list((tmp_path / "new").iterdir()) == []


def test_an_empty_store_has_nothing_to_keep(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a store with runs, found nothing to keep"):
        back_up(Store(tmp_path / "none"), tmp_path / "store.tar")
