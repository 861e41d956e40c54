"""`lull fetch`: what a database answers today, as served, into a folder of that day."""

import shlex
from datetime import date
from pathlib import Path
from typing import Any

from lull.data.sources.acled import Acled, AcledQuery
from lull.data.sources.answers import Source
from lull.data.sources.download import download
from lull.data.sources.session import Progress
from lull.data.sources.ucdp import Ucdp, UcdpQuery
from lull.data.sources.vintage import Vintage
from lull.scenarios.results.outputs import check_out
from lull.terminal.screen import output, print_json, progress


def fetch_and_print(query: AcledQuery | UcdpQuery, day: date, *, url: str, out: Path, as_json: bool) -> None:
    """Fetch the vintage of a day, and say what came, what the account cannot see and how to go on."""
    check_out(out)
    with progress(waiting="asking") as report:
        source = _source(query, day, url, report)
        try:
            vintage = download(source, out, day, report)
        finally:
            source.session.close()
    document = _document(vintage, out)
    if as_json:
        print_json(document)
        return
    console = output()
    for line in (f"{document['rows']:,} rows in {vintage.folder}", *document["notes"]):
        console.print(line, soft_wrap=True)


def _source(query: AcledQuery | UcdpQuery, day: date, url: str, report: Progress) -> Source:
    if isinstance(query, AcledQuery):
        return Acled(query, day, url=url, progress=report)
    return Ucdp(query, url=url, progress=report)


def _document(vintage: Vintage, out: Path) -> dict[str, Any]:
    record = vintage.record
    return {
        "source": record.source,
        "url": record.url,
        "query": record.query,
        "day": str(record.day),
        "rows": record.rows,
        "seen_to": record.seen_to and str(record.seen_to),
        "known_to": record.known_to and str(record.known_to),
        "restrictions": record.restrictions,
        "folder": str(vintage.folder),
        "files": [str(vintage.folder / page.file) for page in record.pages],
        "notes": _notes(vintage, out),
    }


def _notes(vintage: Vintage, out: Path) -> list[str]:
    record = vintage.record
    notes = [f"Older and unfinished: {path}. It is not continued." for path in _stale(vintage, out)]
    if record.seen_to:
        notes.append(f"Your account sees events up to {record.seen_to}: later weeks are missing, not quiet.")
    until = f" --until {record.known_to}" if record.known_to else ""
    pages = f"{shlex.quote(str(vintage.folder))}/page-*.json"
    notes.append(f"Go on: lull import {record.source} {pages} --actor NAME{until} --out imported")
    return notes


def _stale(vintage: Vintage, out: Path) -> list[Path]:
    """Return what was begun on another day: the database may have changed since."""
    return sorted(path for path in out.glob(f"{vintage.record.source}_*.partial") if path != vintage.folder)
