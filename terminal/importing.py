"""`lull import`: events or counts of others become files that `lull forecast` reads; what became of each row."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lull.data.calendar import calendar_sentence
from lull.data.counts import WeeklyCounts, read_counts
from lull.data.importers.events import Selection
from lull.data.importers.layouts import LIST, Layout
from lull.data.importers.sums import refuse_sums
from lull.data.importers.written import (
    ASIDE_FILE,
    COUNT_COLUMNS,
    COUNTS_FILE,
    REPORTS_FILE,
    Imported,
    count_rows,
    import_events,
    write_rows,
)
from lull.data.readers.cells import alike_notes
from lull.data.readers.detection import columns_of
from lull.data.readers.reading_options import USUAL, AsideRow, Reading
from lull.terminal.screen import output, print_json


def import_events_and_print(
    paths: list[Path],
    layout: Layout,
    selection: Selection,
    *,
    source: str,
    out: Path,
    reading: Reading,
    as_json: bool,
) -> None:
    """Import events: write their counts (and reports, if days are coarse) to `out`, and say what was kept."""
    for path in paths:
        refuse_sums(path, reading)
    made = import_events(paths, layout, selection, source=source, reading=reading)
    for name, (columns, rows) in made.files.items():
        write_rows(out / name, columns, rows)
    unread = _unread(paths, layout, selection, reading) if not layout.queried else []
    notes, written = _notes(made, layout, selection, unread), [out / name for name in made.files]
    document = _document(paths, made.events.tally(), made.counts, notes, written)
    document |= {
        "known_to": str(made.events.known_to),
        "set_aside": set_aside_document(made.events.set_aside),
        "changes": [change.to_dict() for change in made.events.changes],
    }
    print_import(document, as_json=as_json)


def usable_layout(paths: list[Path], layout: Layout, selection: Selection, reading: Reading) -> Layout:
    """Return the layout without the columns that a list does not need and does not have.

    In a list without ids every row is an event; in one without actors all are of the faction that is named.
    """
    has = set.intersection(*({name.casefold() for name in columns_of(path, reading)} for path in paths))
    if layout.event_id.casefold() not in has and layout.event_id == LIST.event_id:
        layout = replace(layout, event_id="")
    named = selection.faction and not selection.actors and not selection.pattern
    if named and layout.actors == LIST.actors and LIST.actors[0] not in has:
        layout = replace(layout, actors=())
    return layout


def import_counts_and_print(
    path: Path, *, fill_zeros: bool, out: Path, as_json: bool, reading: Reading = USUAL
) -> None:
    """Import weekly counts of any format as CSV, and say what was assumed and set aside."""
    refuse_sums(path)
    notes: list[str] = []
    counts = read_counts(path, fill_zeros=fill_zeros, reading=reading, notes=notes)
    write_rows(out / COUNTS_FILE, COUNT_COLUMNS, count_rows(counts))
    known = int(counts.array.notnull().sum())
    notes += [said] if (said := calendar_sentence(counts.origin)) else []
    tally = {"series-weeks with a count": known, "series-weeks missing": counts.array.size - known}
    print_import(_document([path], tally, counts, notes, [out / COUNTS_FILE], unit="series_weeks"), as_json=as_json)


def _unread(paths: list[Path], layout: Layout, selection: Selection, reading: Reading) -> list[str]:
    """Return the columns of the files that an import does not read."""
    used = {*layout.required, layout.known, layout.precision, selection.front, *dict(selection.only)}
    names = dict.fromkeys(name.casefold() for path in paths for name in columns_of(path, reading))
    return [name for name in names if name not in {one.casefold() for one in used}]


def _notes(made: Imported, layout: Layout, selection: Selection, unread: list[str]) -> list[str]:
    notes = ["Covered weeks without an event are 0; weeks outside are missing.", *made.events.notes]
    notes += [str(change) for change in made.events.changes]
    notes += alike_notes(map(str, made.counts.series))
    if not layout.event_id:
        notes.append("The list has no ids: every row is taken for an event of its own.")
    if unread and not layout.queried and not selection.sum_of:
        names = ", ".join(unread)
        notes.append(f"Rows are counted, one event each, not the values of {names}: --sum COLUMN adds a column up.")
    if made.events.set_aside:
        notes.append(f"{len(made.events.set_aside)} unreadable rows were set aside: {ASIDE_FILE} has them.")
    if REPORTS_FILE in made.files:
        notes.append(
            f"{COUNTS_FILE} lacks events of coarse date, so that a week of 0 there may have had one. {REPORTS_FILE} "
            "holds all events that were kept, and knows from below the weeks that one of coarse date may lie in."
        )
    if selection.as_of and made.events.known is None:
        notes.append("The file does not say when a row was coded: --as-of cut by the day of the event.")
    return notes


def _document(
    paths: list[Path],
    tally: dict[str, int],
    counts: WeeklyCounts,
    notes: list[str],
    written: list[Path],
    *,
    unit: str = "rows",
) -> dict[str, Any]:
    return {
        "file": ", ".join(str(path) for path in paths),
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


def set_aside_document(rows: Iterable[AsideRow]) -> list[dict[str, Any]]:
    """Return rows that were set aside for `--json`."""
    return [{"line": row.line, "reason": row.reason, "file": row.file} for row in rows]


def print_import(document: dict[str, Any], *, as_json: bool) -> None:
    """Print what an import made of its rows, in words or as one object."""
    if as_json:
        print_json(document)
        return
    console = output()
    unit = "rows" if "rows" in document else "series_weeks"
    names = ", ".join(Path(name).name for name in document["file"].split(", "))
    console.print(f"{names}: {document[unit]:,} {unit.replace('_', '-')}", soft_wrap=True)
    for fate, number in document["fates"].items():
        console.print(f"{number:>12,}  {fate}", soft_wrap=True)
    if "first_week" in document:
        console.print(f"Weeks of {document['first_week']} to {document['last_week']}:")
    else:
        console.print(f"Windows of {document['first_day']} to {document['last_day']}:")
    for name, total in document["series"].items():
        console.print(f"{total:>12,}  {name}", soft_wrap=True)
    for line in (*document["notes"], *(f"Wrote {path}" for path in document["files"])):
        console.print(line, soft_wrap=True)
