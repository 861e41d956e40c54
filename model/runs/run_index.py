"""What lists say of the runs of a store, kept in one file: thousands of records are then listed within a second.

An entry holds for the very file that it was made of: same inode, size and times, none of them of just now. Any other
record is read, compared with its seal and, where many are new, added. A damaged index is rebuilt; none is needed.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from lull.data.files import is_settled, write_whole
from lull.data.integrity.checksums import DamagedError
from lull.data.schema import InputError, Problem
from lull.model.runs.partial_record import PartialRecord
from lull.model.runs.record import read_record

FILE = ".index.json"
FORMAT = 1
MANY_NEW = 64  # records that were read, from which the index is written again
LONGEST = 2000  # characters of an entry that is kept
# What lists ask of a record; () keeps an entry whole.
LISTED: Mapping[str, Any] = {
    **dict.fromkeys(("as_of", "origin", "grade", "created", "seconds", "beliefs", "run_id", "status"), ()),
    "evidence": dict.fromkeys(
        ("kind", "factions", "known", "used", "first_day", "last_day", "known_to", "claimed", "completeness"), ()
    ),
    "plan": {"evidence": ()},
}

type Entry = dict[str, Any]


@dataclass(frozen=True)
class Filed:
    """The record of a run, and the id that names its folder."""

    run_id: str
    record: dict[str, Any]


def filed_records(folder: Path, file: str) -> Iterator[Filed | DamagedError | InputError]:
    """Yield the records of the runs in a store by their ids, and why others cannot be read.

    Each is in `<folder>/<run id>/<file>`; what lists do not ask for is read from there when it is asked for.
    """
    index, fresh = _read(folder / FILE), 0
    kept: dict[str, Entry] = {}
    for run_id, path, stat in _files(folder, file):
        state = [stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        entry = index.get(run_id)
        if entry is not None and entry["state"] == state:
            kept[run_id] = entry
            yield Filed(run_id, _partial(entry, partial(_whole, path, tuple(state))))
            continue
        try:
            record = read_record(Path(path))
        except (DamagedError, InputError) as error:
            yield error
            continue
        if is_settled(stat):
            fresh += 1
            kept[run_id] = {"state": state, **_split(record, LISTED)}
        yield Filed(run_id, record)
    if fresh >= MANY_NEW:
        with suppress(InputError):  # of a store that may only be read
            _write(folder / FILE, kept)


def _files(folder: Path, file: str) -> Iterator[tuple[str, str, os.stat_result]]:
    """Yield the ids of the runs in a store, in order, where their records are, and the state of these."""
    if not folder.is_dir():
        return
    root = str(folder)
    for run_id in sorted(name for name in os.listdir(root) if not name.startswith(".")):  # noqa: PTH208 - of thousands
        path = f"{root}/{run_id}/{file}"
        with suppress(OSError):  # no run, or one that has just been removed
            yield run_id, path, os.stat(path)  # noqa: PTH116 - the same


def _split(whole: Mapping[str, Any], listed: Mapping[str, Any]) -> Entry:
    """Return the entries of a mapping that lists ask for, the names of the others, and what is within some."""
    known, others, within = {}, [], {}
    for name, value in whole.items():
        if listed.get(name) and isinstance(value, dict):
            within[name] = _split(value, listed[name])
        elif name in listed and len(json.dumps(value, default=str)) <= LONGEST:
            known[name] = value
        else:
            others.append(name)
    return {"known": known, "others": others, "within": within}


def _partial(entry: Entry, whole: Callable[[], Mapping[str, Any]]) -> PartialRecord:
    """Return the mapping that was split."""
    known = entry["known"]
    if within := entry["within"]:
        known = known | {name: _partial(part, partial(_part, whole, name)) for name, part in within.items()}
    return PartialRecord(known, entry["others"], whole)


def _part(whole: Callable[[], Mapping[str, Any]], name: str) -> dict[str, Any]:
    """Return an entry of a mapping, itself a mapping."""
    part: dict[str, Any] = whole()[name]
    return part


@lru_cache(maxsize=8)
def _whole(path: str, _state: tuple[int, ...]) -> dict[str, Any]:
    """Return all of a record. Raises `InputError` if it has been damaged since it was listed."""
    try:
        return read_record(Path(path))
    except DamagedError as error:
        raise InputError(Problem(path, "the record of a run", str(error), "List the runs again.")) from error


def _read(path: Path) -> dict[str, Entry]:
    """Return the entries of an index by run id; none if it is not there, damaged or of another Lull."""
    try:
        stat = path.stat()
        return _parsed(path, (stat.st_ino, stat.st_size, stat.st_mtime_ns))
    except OSError:
        return {}


@lru_cache(maxsize=2)
def _parsed(path: Path, _state: tuple[int, ...]) -> dict[str, Entry]:
    """Return the entries of an index, parsed once as long as it is not written again."""
    seal, _, text = path.read_text("utf-8").partition("\n")
    if seal != _seal(text):
        return {}
    entries: dict[str, Entry] = json.loads(text)
    return entries


def _write(path: Path, entries: Mapping[str, Entry]) -> None:
    """Write an index, whole or not at all, under the checksum of what it says."""
    text = json.dumps(entries, separators=(",", ":"), default=str)
    write_whole(path, f"{_seal(text)}\n{text}")


def _seal(text: str) -> str:
    """Return the format of an index and the checksum of its text."""
    return f"lull index {FORMAT} {hashlib.sha256(text.encode()).hexdigest()}"
