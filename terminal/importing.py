"""`lull import`: events or counts of others become files that `lull forecast` reads; what became of each row."""

from pathlib import Path
from typing import Any

from lull.data.calendar import calendar_sentence
from lull.data.counts import WeeklyCounts, read_counts
from lull.data.importers.events import Selection
from lull.data.importers.layouts import Layout
from lull.data.importers.written import (
    COUNT_COLUMNS,
    COUNTS_FILE,
    REPORTS_FILE,
    Imported,
    count_rows,
    import_events,
    write_rows,
)
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.schema import InputError, Problem
from lull.terminal.screen import output, print_json

LEAST_PARTS = 2


def import_events_and_print(
    path: Path, layout: Layout, selection: Selection, *, source: str, out: Path, as_json: bool
) -> None:
    """Import events: write their counts (and reports, if days are coarse) to `out`, and say what was kept."""
    made = import_events(path, layout, selection, source=source)
    for name, (columns, rows) in made.files.items():
        write_rows(out / name, columns, rows)
    notes, written = _notes(made, selection), [out / name for name in made.files]
    _print(_document(path, made.events.tally(), made.counts, notes, written), as_json=as_json)


def import_counts_and_print(
    path: Path, *, fill_zeros: bool, out: Path, as_json: bool, reading: Reading = USUAL
) -> None:
    """Import weekly counts of any format as CSV, and say what was assumed and set aside."""
    notes: list[str] = []
    counts = read_counts(path, fill_zeros=fill_zeros, reading=reading, notes=notes)
    write_rows(out / COUNTS_FILE, COUNT_COLUMNS, count_rows(counts))
    known = int(counts.array.notnull().sum())
    notes += [said] if (said := calendar_sentence(counts.origin)) else []
    tally = {"series-weeks with a count": known, "series-weeks missing": counts.array.size - known}
    _print(_document(path, tally, counts, notes, [out / COUNTS_FILE], unit="series_weeks"), as_json=as_json)


def pairs_of(texts: list[str]) -> tuple[tuple[str, str], ...]:
    """Return texts COLUMN=VALUE as pairs."""
    pairs = [tuple(part.strip() for part in text.split("=", 1)) for text in texts]
    if wrong := [text for text, pair in zip(texts, pairs, strict=True) if len(pair) < LEAST_PARTS or not pair[0]]:
        raise InputError(Problem("--only", "COLUMN=VALUE", repr(text)) for text in wrong)
    return tuple((pair[0], pair[1]) for pair in pairs)


def _notes(made: Imported, selection: Selection) -> list[str]:
    notes = ["Covered weeks without an event are 0; weeks outside are missing."]
    if selection.last_day is None or selection.first_day is None:
        notes.append(
            "Covered is what lies between the first and the last day of the file; --from and --until say else."
        )
    if REPORTS_FILE in made.files:
        notes.append(
            f"{COUNTS_FILE} lacks events of coarse date, so that a week of 0 there may have had one. {REPORTS_FILE} "
            "holds all events that were kept, and knows from below the weeks that one of coarse date may lie in."
        )
    if selection.as_of and made.events.known is None:
        notes.append("The file does not say when a row was coded: --as-of cut by the day of the event.")
    return notes


def _document(
    path: Path,
    tally: dict[str, int],
    counts: WeeklyCounts,
    notes: list[str],
    written: list[Path],
    *,
    unit: str = "rows",
) -> dict[str, Any]:
    return {
        "file": str(path),
        unit: sum(tally.values()),
        "fates": tally,
        "series": {
            str(name): int(total)
            for name, total in zip(counts.series, counts.array[0].sum("week").to_numpy(), strict=True)
        },
        "first_week": str(counts.weeks[0]),
        "last_week": str(counts.weeks[-1]),
        "notes": notes,
        "files": [str(one) for one in written],
    }


def _print(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    console = output()
    unit = "rows" if "rows" in document else "series_weeks"
    console.print(f"{Path(document['file']).name}: {document[unit]:,} {unit.replace('_', '-')}")
    for fate, number in document["fates"].items():
        console.print(f"{number:>12,}  {fate}", soft_wrap=True)
    console.print(f"Weeks of {document['first_week']} to {document['last_week']}:")
    for name, total in document["series"].items():
        console.print(f"{total:>12,}  {name}", soft_wrap=True)
    for line in (*document["notes"], *(f"Wrote {path}" for path in document["files"])):
        console.print(line, soft_wrap=True)
