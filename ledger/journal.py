"""The ledger of a store: `ledger.jsonl`, which is only added to.

The invariant: what was written stays. Who adds holds a lock, and adds all of its lines, synced, or none; part of a line
that a crash left is set aside, and reported, before the next one is written.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from lull.data.files import append_whole, cut, held, unwritable, write_json, write_whole
from lull.data.schema import InputError, Problem
from lull.ledger.chain import Chain, Head, read_chain, written
from lull.ledger.entries import Body, Entry
from lull.model.runs.store import REMEDY, Store

FILE, FOLDER, HEAD, PART = "ledger.jsonl", ".ledger", "head.json", "part-of-line-"
NOTHING_ADDED = "Nothing was added to the ledger. Make room, or choose another one with --store DIR."

type Make = Callable[[tuple[Entry, ...]], Sequence[Body]]


def now() -> datetime:
    """Return the time of an entry that is written now."""
    return datetime.now(UTC)


def open_ledger(store: Store) -> "Ledger":
    """Return the ledger of a store; it need not exist yet."""
    return Ledger(store.folder)


@dataclass(frozen=True)
class Ledger:
    """The ledger of the store in a folder; every question reads the file anew."""

    folder: Path

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / FILE

    @property
    def parts(self) -> tuple[Path, ...]:
        """Files of parts of lines that were set aside."""
        return tuple(sorted((self.folder / FOLDER).glob(f"{PART}*")))

    def entries(self) -> tuple[Entry, ...]:
        """Return the entries that are whole, in their order. Raises `InputError` if the file cannot be read."""
        return self.chain().entries

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the file, by line; nothing if it is whole. Raises `InputError` as `entries`."""
        return self.chain().problems

    def chain(self) -> Chain:
        """Return what the file says. Raises `InputError` if it cannot be read."""
        found = self._read()
        if found.partial and (self.folder / FOLDER).is_dir():  # perhaps somebody is writing: wait for them
            with held(self.folder / FOLDER, shared=True):
                found = self._read()
        return found

    def append(self, *bodies: Body) -> tuple[Entry, ...]:
        """Add entries, all or none, and return them. Raises `InputError` if they cannot be written."""
        return self.extend(lambda _: bodies)

    def extend(self, make: Make) -> tuple[Entry, ...]:
        """Add what `make` returns of the entries there are, while nobody else adds; return the entries added.

        Raises `InputError` if they cannot be written, and what `make` raises; then nothing is added.
        """
        try:
            with held(self.folder / FOLDER):
                return self._extended(make)
        except OSError as error:
            raise unwritable(self.folder, error, REMEDY) from error

    def _extended(self, make: Make) -> tuple[Entry, ...]:
        head, content = self._head(), self._content()
        before = read_chain(content, head, str(self.path))
        bodies = make(before.entries)
        if not bodies:
            return ()
        start = before.head if head is None or before.head.number >= head.number else _after(before.head, head)
        entries, lines, new = written(bodies, start, now())
        if before.partial:
            self._set_aside(before.partial, len(content))
        elif content and not content.endswith(b"\n"):
            lines = b"\n" + lines
        append_whole(self.path, lines, remedy=NOTHING_ADDED)
        try:
            write_json(self.folder / FOLDER / HEAD, asdict(new), remedy=NOTHING_ADDED)
        except InputError:
            if self._head() != new:  # else it is in place, and only the folder could not be synced: the lines stand
                cut(self.path, self.path.stat().st_size - len(lines))
                raise
        return entries

    def _set_aside(self, partial: bytes, size: int) -> None:
        """Keep part of a line in a file of its own, and take it off the ledger."""
        write_whole(self.folder / FOLDER / f"{PART}{now():%Y%m%dT%H%M%S%f}", partial)
        cut(self.path, size - len(partial))

    def _read(self) -> Chain:
        head = self._head()  # first: who adds a line writes the head after it
        return read_chain(self._content(), head, str(self.path))

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            expected = "a ledger that can be read"
            raise InputError(Problem(str(self.path), expected, error.strerror or str(error))) from error

    def _head(self) -> Head | None:
        """Return the last line on record; of a new ledger that before the first, None where it cannot be read."""
        path = self.folder / FOLDER / HEAD
        try:
            return Head(**json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return None if self.path.exists() else Head()
        except (OSError, ValueError, TypeError):
            return None


def _after(last: Head, head: Head) -> Head:
    """Return where a ledger goes on whose last lines are missing: their numbers are not given again."""
    return Head(head.number, last.digest)
