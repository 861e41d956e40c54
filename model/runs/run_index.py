"""What lists say of the runs of a store, kept in one file: thousands of records are then listed within a second.

An entry holds for the very file that it was made of: same inode, size and times, none of them of just now. Any other
record is read, compared with its seal and, where many are new, added. A damaged index is rebuilt, and so is one of an
earlier Lull; none is needed.

The file says which entries the records of a shape have once for all of that shape, and of each run only their values:
half as many bytes, of which lists of numbers and texts are read sooner than objects.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from lull.data.files import is_settled, write_whole
from lull.data.integrity.checksums import DamagedError
from lull.data.schema import InputError, Problem
from lull.model.runs.partial_record import PartialRecord
from lull.model.runs.record import read_record

FILE = ".index.json"
FORMAT = 2
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

type State = list[int]
"""Inode, size and times of a file."""


class Shape(NamedTuple):
    """Which entries a record has: names of those at hand and of the others, and the mappings that are split as well."""

    known: Sequence[str]
    others: Sequence[str]
    within: "Sequence[tuple[str, Shape]]"


class Entry(NamedTuple):
    """What lists say of a record: its shape, and the values at hand, those within split mappings last."""

    state: State
    shape: Shape
    values: Sequence[Any]


@dataclass(frozen=True)
class Filed:
    """The record of a run, its folder and the id that names it."""

    run_id: str
    folder: Path
    record: dict[str, Any]


def filed_records(folder: Path, file: str) -> Iterator[Filed | DamagedError | InputError]:
    """Yield the records of the runs in a store by their ids, and why others cannot be read.

    Each is in `<folder>/<run id>/<file>`; what lists do not ask for is read from there when it is asked for.
    """
    index, fresh = _read(folder / FILE), 0
    kept: dict[str, Entry] = {}
    for run_id, own, path, stat in _files(folder, file):
        state = [stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        entry = index.get(run_id)
        if entry is not None and entry.state == state:
            kept[run_id] = entry
            yield Filed(run_id, own, _partial(entry.shape, iter(entry.values), partial(_whole, path, tuple(state))))
            continue
        try:
            record = read_record(Path(path))
        except (DamagedError, InputError) as error:
            yield error
            continue
        if is_settled(stat):
            fresh += 1
            kept[run_id] = Entry(state, *_split(record, LISTED))
        yield Filed(run_id, own, record)
    if fresh >= MANY_NEW:
        with suppress(InputError):  # of a store that may only be read
            _write(folder / FILE, kept)


def _files(folder: Path, file: str) -> Iterator[tuple[str, Path, str, os.stat_result]]:
    """Yield of each run in a store, by their ids, the id, its folder, where its record is and the state of that."""
    if not folder.is_dir():
        return
    for own in sorted(folder.iterdir(), key=str):  # paths that know their text: thousands are neither joined nor split
        whole = str(own)
        run_id = whole.rpartition("/")[2]
        if run_id.startswith("."):
            continue
        path = f"{whole}/{file}"
        try:
            stat = os.stat(path)  # noqa: PTH116 - of thousands
        except OSError:  # no run, or one that has just been removed
            continue
        yield run_id, own, path, stat


def _split(whole: Mapping[str, Any], listed: Mapping[str, Any]) -> tuple[Shape, list[Any]]:
    """Return the shape of a mapping, and the values of the entries that lists ask for."""
    parts = {name: _split(whole[name], listed[name]) for name in whole if _is_split(whole, listed, name)}
    known = [name for name in whole if name not in parts and name in listed and _is_short(whole[name])]
    others = [name for name in whole if name not in parts and name not in known]
    values = [whole[name] for name in known] + [value for _, inner in parts.values() for value in inner]
    return Shape(known, others, [(name, shape) for name, (shape, _) in parts.items()]), values


def _is_split(whole: Mapping[str, Any], listed: Mapping[str, Any], name: str) -> bool:
    return bool(listed.get(name)) and isinstance(whole[name], dict)


def _is_short(value: object) -> bool:
    return len(json.dumps(value, default=str)) <= LONGEST


def _partial(shape: Shape, values: Iterator[Any], whole: Callable[[], Mapping[str, Any]]) -> PartialRecord:
    """Return the mapping that was split; takes its values off the front of `values`."""
    known = {name: next(values) for name in shape.known}
    for name, inner in shape.within:
        known[name] = _partial(inner, values, partial(_part, whole, name))
    return PartialRecord(known, shape.others, whole)


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
    content = json.loads(text)
    shapes = [_shape(each) for each in content["shapes"]]
    return {run_id: Entry(state, shapes[place], values) for run_id, place, state, *values in content["runs"]}


def _shape(stated: Any) -> Shape:
    """Return a shape as the file has it."""
    known, others, within = stated
    return Shape(known, others, [(name, _shape(inner)) for name, inner in within])


def _write(path: Path, entries: Mapping[str, Entry]) -> None:
    """Write an index, whole or not at all, under the checksum of what it says."""
    places: dict[str, int] = {}
    runs = []
    for run_id, (state, shape, values) in entries.items():
        place = places.setdefault(json.dumps(shape), len(places))
        runs.append([run_id, place, state, *values])
    content = {"shapes": [json.loads(shape) for shape in places], "runs": runs}
    text = json.dumps(content, separators=(",", ":"), default=str)
    write_whole(path, f"{_seal(text)}\n{text}")


def _seal(text: str) -> str:
    """Return the format of an index and the checksum of its text."""
    return f"lull index {FORMAT} {hashlib.sha256(text.encode()).hexdigest()}"
