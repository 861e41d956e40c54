"""The file of a ledger: what was altered, cut or left out is found by its line; what was written is not lost."""

import errno
import hashlib
import json
import multiprocessing
import os
from datetime import date
from pathlib import Path

import pytest

from lull.data import files
from lull.data.files import write_json
from lull.data.schema import InputError
from lull.ledger.entries import Comment
from lull.ledger.journal import Ledger
from lull.model.runs.backup import back_up, restore
from lull.model.runs.store import Store

DEADLINE = date(2031, 3, 31)


def remark(text: str) -> Comment:
    return Comment(question="any attack by 2031-03-31", series="a", deadline=DEADLINE, text=text)


def texts(ledger: Ledger) -> list[str]:
    return [one.body.text for one in ledger.entries() if isinstance(one.body, Comment)]


@pytest.fixture
def five(ledger: Ledger) -> Ledger:
    for word in ("one", "two", "three", "four", "five"):
        ledger.append(remark(word))
    return ledger


def test_an_empty_ledger_is_whole(ledger: Ledger) -> None:
    assert (ledger.entries(), ledger.problems()) == ((), ())
    assert not ledger.path.exists()


def test_entries_come_back_in_their_order(five: Ledger) -> None:
    assert texts(five) == ["one", "two", "three", "four", "five"]
    assert [one.number for one in five.entries()] == [1, 2, 3, 4, 5]
    assert five.problems() == ()
    lines = five.path.read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["comment"] * 5
    previous = [json.loads(line)["previous"] for line in lines]
    assert previous == ["0" * 64, *(hashlib.sha256(line.encode()).hexdigest() for line in lines[:-1])]


def test_any_one_altered_byte_is_found_in_its_line(five: Ledger) -> None:
    whole = five.path.read_bytes()
    places = range(0, len(whole) - 1, 7)
    for place in (one for one in places if whole[one] != ord("\n")):
        altered = bytearray(whole)
        altered[place] ^= 1
        if altered[place] == ord("\n"):
            continue
        five.path.write_bytes(altered)
        line = whole[:place].count(b"\n") + 1
        assert [problem.where for problem in five.problems()] == [f"{five.path}:line {line}"], place
        assert len(five.entries()) == 4


@pytest.mark.parametrize("line", [1, 2, 3, 4, 5])
def test_a_missing_line_is_found(five: Ledger, line: int) -> None:
    lines = five.path.read_bytes().splitlines(keepends=True)
    five.path.write_bytes(b"".join(lines[: line - 1] + lines[line:]))
    (problem,) = five.problems()
    assert problem.where == f"{five.path}:line {line}"
    assert len(five.entries()) == 4


def test_lines_that_change_places_are_found(five: Ledger) -> None:
    lines = five.path.read_bytes().splitlines(keepends=True)
    five.path.write_bytes(b"".join([lines[0], lines[2], lines[1], *lines[3:]]))
    assert [problem.where.rpartition(" ")[2] for problem in five.problems()] == ["2", "3", "4"]


def test_a_line_made_anew_in_the_place_of_another_is_found(five: Ledger, tmp_path: Path) -> None:
    other = Ledger(tmp_path / "other")
    for word in ("one", "TWO"):
        other.append(remark(word))
    lines = five.path.read_bytes().splitlines(keepends=True)
    forged = other.path.read_bytes().splitlines(keepends=True)[1]
    five.path.write_bytes(b"".join([lines[0], forged, *lines[2:]]))
    assert [problem.where.rpartition(" ")[2] for problem in five.problems()] == ["2", "3"]


def test_a_ledger_goes_on_after_lines_were_lost_and_still_says_so(five: Ledger) -> None:
    lines = five.path.read_bytes().splitlines(keepends=True)
    five.path.write_bytes(b"".join(lines[:3]))
    (entry,) = five.append(remark("six"))
    assert entry.number == 6
    (problem,) = five.problems()
    assert "line 4" in problem.where
    assert "entries 4 to 5 are missing" in problem.found


def test_a_lost_head_is_said_and_made_again(five: Ledger) -> None:
    (five.folder / ".ledger" / "head.json").unlink()
    (problem,) = five.problems()
    assert "head.json" in problem.expected
    five.append(remark("six"))
    assert five.problems() == ()


def test_part_of_a_line_is_said_set_aside_and_the_rest_is_whole(five: Ledger) -> None:
    whole = five.path.read_bytes()
    five.path.write_bytes(whole + b'{"number":6,"ti')
    (problem,) = five.problems()
    assert problem.where.endswith("line 6")
    assert len(five.entries()) == 5
    five.append(remark("six"))
    assert five.problems() == ()
    assert texts(five)[-1] == "six"
    (part,) = five.parts
    assert part.read_bytes() == b'{"number":6,"ti'


def test_a_last_line_that_lacks_its_end_alone_is_kept(five: Ledger) -> None:
    five.path.write_bytes(five.path.read_bytes().rstrip(b"\n"))
    assert (len(five.entries()), five.problems()) == (5, ())
    five.append(remark("six"))
    assert (texts(five)[-2:], five.problems()) == (["five", "six"], ())


@pytest.mark.parametrize("taken", [0, 40])
def test_a_full_disk_adds_nothing_and_loses_nothing(five: Ledger, monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    before = five.path.read_bytes()

    def full(file: files.FileIO, content: bytes) -> None:
        file.write(content[:taken])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(files, "_write_all", full)
        with pytest.raises(InputError, match=r"No space left.*Nothing was added to the ledger"):
            five.append(remark("six"), remark("seven"))
    assert five.path.read_bytes() == before
    five.append(remark("six"))
    assert (len(five.entries()), five.problems()) == (6, ())


def test_a_full_disk_at_the_head_adds_nothing_either(five: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    before = five.path.read_bytes()

    def full(*_args: object, **_names: object) -> None:
        raise InputError([])

    with monkeypatch.context() as patch:
        patch.setattr("lull.ledger.journal.write_json", full)
        with pytest.raises(InputError):
            five.append(remark("six"))
    assert (five.path.read_bytes(), five.problems()) == (before, ())


def test_an_entry_stands_whose_head_is_in_place_though_its_folder_could_not_be_synced(
    five: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def placed(path: Path, content: object, **_: object) -> None:
        write_json(path, content)
        raise InputError([])

    with monkeypatch.context() as patch:
        patch.setattr("lull.ledger.journal.write_json", placed)
        five.append(remark("six"))
    assert (len(five.entries()), five.problems()) == (6, ())
    five.append(remark("seven"))
    assert (len(five.entries()), five.problems()) == (7, ())


def test_a_real_file_system_that_is_full_adds_nothing(five: Ledger) -> None:
    before = five.path.read_bytes()
    process = multiprocessing.get_context("fork").Process(target=_append_under_a_limit, args=(five.folder,))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert (five.path.read_bytes(), five.problems()) == (before, ())


def _append_under_a_limit(folder: Path) -> None:
    """Let files grow by a few bytes only, as on a full disk; the system ends a write part of the way."""
    import resource  # noqa: PLC0415 - of this process alone
    import signal  # noqa: PLC0415

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    ledger = Ledger(folder)
    size = ledger.path.stat().st_size + 50
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        ledger.append(remark("six"))
    except InputError:
        os._exit(0)
    os._exit(1)


def test_two_writers_at_once_lose_nothing(ledger: Ledger) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_many, args=(ledger.folder, name)) for name in ("x", "y")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert ledger.problems() == ()
    assert sorted(texts(ledger)) == sorted(f"{name}{place}" for name in "xy" for place in range(25))


def _write_many(folder: Path, name: str) -> None:
    for place in range(25):
        Ledger(folder).append(remark(f"{name}{place}"))


def test_an_entry_out_of_bounds_is_not_written(ledger: Ledger) -> None:
    with pytest.raises(InputError, match="text"):
        ledger.append(Comment(question="q", series="a", deadline=DEADLINE, text=3))  # type: ignore[arg-type]
    assert not ledger.path.exists()


def test_a_ledger_that_cannot_be_read_is_bad_input(ledger: Ledger) -> None:
    ledger.path.mkdir(parents=True)
    with pytest.raises(InputError, match="a ledger that can be read"):
        ledger.entries()


def test_an_entry_of_a_newer_lull_is_named_and_passed_over(five: Ledger) -> None:
    values = json.loads(five.path.read_bytes().splitlines()[-1])
    bare = {name: value for name, value in values.items() if name != "checksum"} | {"kind": "vote", "number": 6}
    bare["previous"] = hashlib.sha256(five.path.read_bytes().splitlines()[-1]).hexdigest()
    text = json.dumps(bare, separators=(",", ":")).encode()
    sealed = json.dumps(bare | {"checksum": hashlib.sha256(text).hexdigest()}, separators=(",", ":"))
    with five.path.open("a") as file:
        file.write(sealed + "\n")
    assert [problem.expected for problem in five.problems()] == ["an entry that this Lull knows"]
    assert len(five.entries()) == 5


def test_a_backup_takes_the_ledger_along(five: Ledger, tmp_path: Path) -> None:
    back_up(Store(five.folder), tmp_path / "store.tar")
    restore(Store(tmp_path / "other"), tmp_path / "store.tar")
    other = Ledger(tmp_path / "other")
    assert (other.entries(), other.problems()) == (five.entries(), ())
    assert [entry.number for entry in other.append(remark("six"))] == [6]
