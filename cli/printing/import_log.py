"""The log of an import, in words or as one object: the status of its rows, its series and days, what was noted."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lull.cli.screen.streams import output, print_json
from lull.data.counts import WeeklyCounts
from lull.data.readers.reading_options import AsideRow


def counts_document(counts: WeeklyCounts) -> dict[str, Any]:
    """Return the attacks of each series, and the first and the last week."""
    totals = counts.array[0].sum("week").to_numpy()
    return {
        "series": {str(name): int(total) for name, total in zip(counts.series, totals, strict=True)},
        "first_week": str(counts.weeks[0]),
        "last_week": str(counts.weeks[-1]),
    }


def set_aside_document(rows: Iterable[AsideRow]) -> list[dict[str, Any]]:
    """Return rows that were set aside for `--json`."""
    return [{"line": row.line, "reason": row.reason, "file": row.file} for row in rows]


def print_import(document: dict[str, Any], *, as_json: bool) -> None:
    """Print the log of an import, in words or as one object."""
    if as_json:
        print_json(document)
        return
    console = output()
    unit = "rows" if "rows" in document else "series_weeks"
    names = ", ".join(Path(name).name for name in document["file"].split(", "))
    console.print(f"{names}: {document[unit]:,} {unit.replace('_', '-')}", soft_wrap=True)
    for status, number in document["fates"].items():
        console.print(f"{number:>12,}  {status}", soft_wrap=True)
    if "first_week" in document:
        console.print(f"Weeks of {document['first_week']} to {document['last_week']}:")
    else:
        console.print(f"Windows of {document['first_day']} to {document['last_day']}:")
    for name, total in document["series"].items():
        console.print(f"{total:>12,}  {name}", soft_wrap=True)
    for line in (*document["notes"], *(f"Wrote {path}" for path in document["files"])):
        console.print(line, soft_wrap=True)
