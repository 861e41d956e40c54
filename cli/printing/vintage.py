"""What was fetched as one object: the vintage of a day, what the account cannot see, how to go on."""

import shlex
from pathlib import Path
from typing import Any

from lull.data.sources.vintage import Vintage


def vintage_document(vintage: Vintage, out: Path) -> dict[str, Any]:
    """Return what was fetched."""
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
