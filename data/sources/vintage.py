"""A vintage: what a database answered on one day, in one folder, as served.

While it is fetched its name ends in `.partial`; finished it is renamed. Each page is written before `fetch.json` names
it, both by a rename, so that an interrupted one goes on after its last whole page. No credential comes here.
"""

import os
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from lull.data.schema import InputError, Problem

RECORD = "fetch.json"


class Page(BaseModel):
    """One page: its file, how many rows it has, their checksum, and what names the page after it ("": none)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    file: str
    rows: int
    checksum: str
    following: str


class Record(BaseModel):
    """What `fetch.json` says: what was asked of whom and when, what came, and what the account cannot see.

    `total` is the number of rows that the service promised, `seen_to` the last day whose events the account sees,
    `known_to` the last day that the rows can know of; each is None where nothing says so. `finished` is None while
    pages are missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    source: str
    url: str
    query: dict[str, Any]
    day: date
    started: datetime
    finished: datetime | None = None
    total: int | None = None
    seen_to: date | None = None
    known_to: date | None = None
    restrictions: dict[str, Any] = {}
    pages: tuple[Page, ...] = ()

    @property
    def rows(self) -> int:
        """The rows of all pages so far."""
        return sum(page.rows for page in self.pages)


class Vintage:
    """A folder of pages and its record."""

    def __init__(self, folder: Path, record: Record) -> None:
        self.folder, self.record = folder, record

    @classmethod
    def opened(cls, out: Path, *, source: str, url: str, query: dict[str, Any], day: date) -> Self:
        """Return the vintage of a day in `out`: finished, interrupted, or new and not yet on disk.

        Raises `InputError` if another query was asked on that day.
        """
        new = Record(source=source, url=url, query=query, day=day, started=datetime.now(UTC))
        whole = out / f"{source}_{day}"
        partial = whole.with_name(f"{whole.name}.partial")
        folder = whole if whole.exists() else partial
        if not folder.exists():
            return cls(partial, new)
        record = _read(folder)
        if (record.source, record.url, record.query) != (source, url, query):
            remedy = f"Name another --out, one for each query, or remove {folder}."
            raise InputError(Problem(str(folder / RECORD), "the query that you ask now", "another one", remedy))
        return cls(folder, record)

    def add(self, body: bytes, page: Page, **known: Any) -> None:
        """Keep a page, and what else is `known` with it."""
        self._write(page.file, body)
        self._note(pages=(*self.record.pages, page), **known)

    def finish(self) -> None:
        """Rename the folder: it is whole."""
        self._note(finished=datetime.now(UTC))
        try:
            self.folder = self.folder.rename(self.folder.with_suffix(""))
        except OSError as error:
            raise _unwritable(self.folder, error) from None

    def _note(self, **known: Any) -> None:
        self.record = self.record.model_copy(update=known)
        self._write(RECORD, self.record.model_dump_json(indent=2).encode() + b"\n")

    def _write(self, name: str, content: bytes) -> None:
        scratch = self.folder / f".{name}.{os.getpid()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            scratch.write_bytes(content)
            scratch.replace(self.folder / name)
        except OSError as error:
            with suppress(OSError):
                scratch.unlink()
            raise _unwritable(self.folder, error) from None


def _read(folder: Path) -> Record:
    """Return the record of a folder. Raises `InputError` if it has none, or one without its pages."""
    try:
        record = Record.model_validate_json((folder / RECORD).read_bytes())
    except OSError as error:
        raise _broken(folder, error.strerror or str(error)) from None
    except ValidationError as error:
        raise _broken(folder, error.errors()[0]["msg"]) from None
    if missing := [page.file for page in record.pages if not (folder / page.file).is_file()]:
        raise _broken(folder, f"no {missing[0]}")
    return record


def _broken(folder: Path, found: str) -> InputError:
    remedy = f"Remove {folder} and fetch again."
    return InputError(Problem(str(folder), f"the pages that its {RECORD} names", found, remedy))


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError(Problem(f"--out {folder.parent}", "a folder that can be written", error.strerror or str(error)))
