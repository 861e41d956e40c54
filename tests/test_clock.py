"""A clock that is set back: what was written before lies in the future, and none of it is lost, altered or hidden."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from lull.batch.cleanup import sweep
from lull.ledger import journal
from lull.ledger.entries import Comment
from lull.ledger.journal import Ledger
from lull.model.runs import run_index
from lull.model.runs.record import sealed
from lull.model.runs.store import RUN_FILE, Store

BACK = [timedelta(hours=1), timedelta(days=2), timedelta(days=3650)]


def write_record(store: Store, **changes: object) -> Path:
    """Write the record of a run, made now, and return where it is."""
    record = {"as_of": "2024-12-31", "origin": "2024-12-23", "grade": "good", "evidence": {}, "outputs": {}}
    path = store.folder / ("a" * 16) / RUN_FILE
    path.parent.mkdir(parents=True)
    made = {"created": datetime.now(UTC).isoformat(timespec="seconds")}
    path.write_text(json.dumps(sealed(record | made | changes)))
    return path


def later(path: Path, back: timedelta) -> None:
    """Let a file be of the future, as one is that was written before the clock was set back."""
    at = path.stat().st_mtime_ns + int(back.total_seconds()) * 10**9
    os.utime(path, ns=(at, at))


@pytest.mark.parametrize("back", BACK)
def test_a_run_of_the_future_is_listed_read_and_no_entry_of_the_index_outlives_it(
    store: Store, back: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_index, "MANY_NEW", 1)
    path = write_record(store)
    later(path, back)
    times = path.stat().st_mtime_ns
    assert [run.record["grade"] for run in store.runs()] == ["good"]
    said = json.loads(path.read_text())
    path.write_text(json.dumps(sealed(said | {"grade": "poor"})))
    os.utime(path, ns=(times, times))
    assert [run.record["grade"] for run in store.runs()] == ["poor"]


@pytest.mark.parametrize("back", BACK)
def test_cleaning_leaves_what_was_made_in_the_future(store: Store, back: timedelta) -> None:
    path = write_record(store, created=(datetime.now(UTC) + back).isoformat(timespec="seconds"))
    scratch = store.folder / ".abc.def"
    scratch.mkdir()
    later(scratch, back)
    found = sweep(store, older_than=timedelta(0), dry_run=False)
    assert (found.runs, found.scratch, found.kept) == ([], [], 1)
    assert scratch.is_dir()
    assert path.is_file()


@pytest.mark.parametrize("back", BACK)
def test_a_ledger_goes_on_in_its_order(tmp_path: Path, back: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, day = Ledger(tmp_path), datetime(2031, 1, 6, tzinfo=UTC)
    for moment, text in ((day, "first"), (day - back, "second"), (day + back, "third")):
        monkeypatch.setattr(journal, "now", lambda moment=moment: moment)
        asked = "any attack by 2031-03-31"
        ledger.append(Comment(question=asked, series="a", deadline=date(2031, 3, 31), text=text))
    assert ledger.problems() == ()
    assert [one.body.text for one in ledger.entries() if isinstance(one.body, Comment)] == ["first", "second", "third"]
