"""A checksum is that of the contents, whenever they are written; a file at rest is read once."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from lull.data import files
from lull.data.files import SETTLED_NS, file_checksum, publish_folder, scratch_folder, write_whole
from lull.data.readers.tabular import MAX_BYTES
from lull.data.schema import InputError


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read, one after another."""
    read: list[Path] = []
    digest = files.checksum
    monkeypatch.setattr(files, "checksum", lambda path: (read.append(path), digest(path))[1])
    files._kept.cache_clear()
    return read


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock be long after everything was written."""
    now = time.time_ns() + 2 * SETTLED_NS
    monkeypatch.setattr(files.time, "time_ns", lambda: now)


def test_a_file_at_rest_is_read_once(tmp_path: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weekly.csv"
    path.write_text("old")
    later(monkeypatch)
    assert [file_checksum(path) for _ in range(3)] == [sha("old")] * 3
    assert reads == [path]


def test_a_file_written_just_now_is_read_each_time(tmp_path: Path, reads: list[Path]) -> None:
    path = tmp_path / "weekly.csv"
    for text in ("old", "new", "old"):  # of the same size, perhaps within a tick of the clock
        path.write_text(text)
        assert file_checksum(path) == sha(text)
    assert len(reads) == 3


def test_another_file_in_its_place_is_read_even_if_its_times_were_kept(
    tmp_path: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "weekly.csv", tmp_path / "other.csv"
    path.write_text("old")
    other.write_text("new")
    later(monkeypatch)
    assert file_checksum(path) == sha("old")
    times = path.stat()
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)
    assert file_checksum(path) == sha("new")
    assert len(reads) == 2


def test_a_file_that_is_gone_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a file that can be read"):
        file_checksum(tmp_path / "none.csv")


def test_a_file_that_no_reader_takes_is_not_read(tmp_path: Path, reads: list[Path]) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError, match="at most 200 MB, found a larger file"):
        file_checksum(path)
    assert reads == []


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What reaches the disk, and what is renamed to which name, one after another."""
    done: list[tuple[str, str]] = []
    sync, rename, replace = os.fsync, Path.rename, Path.replace

    def syncing(descriptor: int) -> None:
        done.append(("sync", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "rename", lambda old, new: (done.append(("name", new.name)), rename(old, new))[1])
    monkeypatch.setattr(Path, "replace", lambda old, new: (done.append(("name", new.name)), replace(old, new))[1])
    return done


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, steps: list[tuple[str, str]]) -> None:
    """What a power cut leaves is what was synced: never a name without its content."""
    write_whole(tmp_path / "run.json", "{}")
    assert steps == [("sync", f".run.json.{os.getpid()}"), ("name", "run.json"), ("sync", tmp_path.name)]


def test_a_folder_is_on_the_disk_before_it_has_its_name(tmp_path: Path, steps: list[tuple[str, str]]) -> None:
    with scratch_folder(tmp_path) as scratch:
        (scratch / "tables").mkdir()
        for name in ("posterior.nc", "tables/one"):
            (scratch / name).write_text("x")
        publish_folder(scratch, tmp_path / "run")
    named = steps.index(("name", "run"))
    assert {name for _, name in steps[:named]} == {"posterior.nc", "tables", "one", scratch.name}
    assert steps[named + 1 :] == [("sync", tmp_path.name)]
