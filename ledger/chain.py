"""The lines of a ledger: each holds the SHA-256 of the line before it, and a checksum of its own.

So an altered byte is found in its line, a line that is missing where the next one does not follow, and lines missing at
the end by the head, a small file beside the ledger that names the last one.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lull.data.schema import InputError, Problem
from lull.ledger.entries import Body, Entry, plain, read_body

FIRST = "0" * 64  # stands before the first line
NUMBER, TIME, PREVIOUS, SEAL = "number", "time", "previous", "checksum"
FRAME = {NUMBER, TIME, PREVIOUS, SEAL}


@dataclass(frozen=True)
class Head:
    """The last line that was written: its number and its SHA-256."""

    number: int = 0
    digest: str = FIRST


@dataclass(frozen=True)
class Chain:
    """What the bytes of a ledger say: entries, problems, the last line, and what of a line was cut off at the end."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    head: Head = Head()
    partial: bytes = b""


def written(bodies: Sequence[Body], head: Head, time: datetime) -> tuple[tuple[Entry, ...], bytes, Head]:
    """Return entries that follow a head, their lines, and the new head."""
    entries, lines = [], b""
    for body in bodies:
        values = plain(body)
        entry = Entry(head.number + 1, time, read_body(values))
        frame = {NUMBER: entry.number, TIME: time.isoformat(timespec="microseconds"), PREVIOUS: head.digest}
        line = _sealed(frame | values)
        head = Head(entry.number, digest(line))
        entries.append(entry)
        lines += line + b"\n"
    return tuple(entries), lines, head


def read_chain(content: bytes, head: Head | None, where: str) -> Chain:
    """Return what the bytes of a ledger say, and what is wrong with them; None: the head is missing."""
    *lines, partial = content.split(b"\n")
    if partial and (values := _intact(partial)) is not None and NUMBER in values:
        lines, partial = [*lines, partial], b""  # only the end of its line is missing
    reader = _Reader(where)
    for line in lines:
        reader.take(line)
    problems = [*reader.problems, *_at_the_end(reader, head, where)]
    if partial:
        remedy = (
            "A write was interrupted. The next entry sets the part aside in the folder .ledger; nothing else is lost."
        )
        place = f"{where}:line {len(lines) + 1}"
        problems.append(Problem(place, "a whole line", f"{len(partial)} bytes of one", remedy))
    return Chain(tuple(reader.entries), tuple(problems), reader.head, partial)


def digest(line: bytes) -> str:
    """Return the SHA-256 of a line without its end."""
    return hashlib.sha256(line).hexdigest()


class _Reader:
    """Takes line after line, and notes entries and problems."""

    def __init__(self, where: str) -> None:
        self.where, self.line = where, 0
        self.head, self.trusted = Head(), True
        self.entries: list[Entry] = []
        self.problems: list[Problem] = []

    def take(self, line: bytes) -> None:
        """Read the next line."""
        self.line += 1
        values = _intact(line)
        if values is None:
            remedy = "The line was altered after it was written, so it does not count. Restore it from a backup."
            self._note("the line that was written", "another", remedy)
            self.head, self.trusted = Head(self.head.number + 1, digest(line)), False
            return
        self._check_place(values)
        self.head, self.trusted = Head(int(values[NUMBER]), digest(line)), True
        try:
            body = read_body({name: value for name, value in values.items() if name not in FRAME})
            self.entries.append(Entry(self.head.number, datetime.fromisoformat(values[TIME]), body))
        except (InputError, ValueError) as error:
            self._note("an entry that this Lull knows", str(error), "Perhaps a newer one wrote it.")

    def _check_place(self, values: dict[str, Any]) -> None:
        """Note where a whole line does not follow the line before it."""
        number, expected = int(values[NUMBER]), self.head.number + 1
        if number != expected:
            missing = f"entries {expected} to {number - 1} are missing" if number > expected else "another order"
            missing = f"entry {expected} is missing" if number == expected + 1 else missing
            self._note(f"entry {expected}", f"entry {number}: {missing}", "Restore the lines from a backup.")
        elif self.trusted and values[PREVIOUS] != self.head.digest:
            self._note(f"what follows entry {self.head.number}", "what followed another line")

    def _note(self, expected: str, found: str, remedy: str = "") -> None:
        self.problems.append(Problem(f"{self.where}:line {self.line}", expected, found, remedy))


def _at_the_end(reader: _Reader, head: Head | None, where: str) -> Iterator[Problem]:
    """Yield what the head says of the end of a ledger: lines that are missing, or others in their place."""
    last = reader.head
    if head is None:
        if reader.line:
            expected = "the file .ledger/head.json, which names the last line"
            yield Problem(where, expected, "none", "Lines missing at the end would not be found.")
    elif last.number < head.number:
        place, expected = f"{where}:line {reader.line + 1}", f"entries up to {head.number}"
        yield Problem(place, expected, f"the end after entry {last.number}", "Restore the lines from a backup.")
    elif last.number == head.number and last.digest != head.digest and reader.trusted:
        yield Problem(f"{where}:line {reader.line}", "the last line that was written", "another")


def _sealed(values: dict[str, Any]) -> bytes:
    """Return the line of some values, with their checksum."""
    return _line(values | {SEAL: digest(_line(values))})


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _intact(line: bytes) -> dict[str, Any] | None:
    """Return the values of a line that is as it was written, byte by byte; None of another."""
    try:
        values = json.loads(line)
        bare = {name: value for name, value in values.items() if name != SEAL}
        return values if _sealed(bare) == line else None
    except (ValueError, AttributeError, TypeError, RecursionError):
        return None
