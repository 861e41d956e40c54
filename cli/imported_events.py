"""Event data of others imported: which columns are read, what is written, and what is noted on the way."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lull.cli.printing.import_log import counts_document, set_aside_document
from lull.data.importers.events import Selection
from lull.data.importers.layouts import LIST, Layout
from lull.data.importers.sums import refuse_sums
from lull.data.importers.written import ASIDE_FILE, COUNTS_FILE, REPORTS_FILE, Imported, import_events, write_rows
from lull.data.readers.cells import alike_notes
from lull.data.readers.detection import columns_of
from lull.data.readers.reading_options import Reading


@dataclass(frozen=True)
class Source:
    """What files of events are: their name as a source, their columns, whose events count, how they are read."""

    name: str
    layout: Layout
    selection: Selection
    reading: Reading


def import_into(out: Path, paths: list[Path], source: Source) -> dict[str, Any]:
    """Write the counts of events (and reports, if days are coarse) to `out`; return the import log as one object."""
    for path in paths:
        refuse_sums(path, source.reading)
    made = import_events(paths, source.layout, source.selection, source=source.name, reading=source.reading)
    for name, (columns, rows) in made.files.items():
        write_rows(out / name, columns, rows)
    status = made.events.tally()
    return {
        "file": ", ".join(map(str, paths)),
        "rows": sum(status.values()),
        "fates": status,
        **counts_document(made.counts),
        "notes": _notes(made, source, paths),
        "files": [str(out / name) for name in made.files],
        "known_to": str(made.events.known_to),
        "set_aside": set_aside_document(made.events.set_aside),
        "changes": [change.to_dict() for change in made.events.changes],
    }


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


def _unread(paths: list[Path], source: Source) -> list[str]:
    """Return the columns of the files that an import does not read."""
    layout, selection = source.layout, source.selection
    used = {*layout.required, layout.known, layout.precision, selection.front, *dict(selection.only)}
    names = dict.fromkeys(name.casefold() for path in paths for name in columns_of(path, source.reading))
    return [name for name in names if name not in {one.casefold() for one in used}]


def _notes(made: Imported, source: Source, paths: list[Path]) -> list[str]:
    """Return what an import assumed and what it left out, in sentences."""
    notes = ["Covered weeks without an event are 0; weeks outside are missing.", *made.events.notes]
    notes += [str(change) for change in made.events.changes]
    notes += alike_notes(map(str, made.counts.series))
    if not source.layout.event_id:
        notes.append("The list has no ids: every row is taken for an event of its own.")
    if not source.layout.queried and not source.selection.sum_of and (unread := _unread(paths, source)):
        names = ", ".join(unread)
        notes.append(f"Rows are counted, one event each, not the values of {names}: --sum COLUMN adds a column up.")
    if made.events.set_aside:
        notes.append(f"{len(made.events.set_aside)} unreadable rows were set aside: {ASIDE_FILE} has them.")
    if REPORTS_FILE in made.files:
        notes.append(
            f"{COUNTS_FILE} lacks events of coarse date, so that a week of 0 there may have had one. {REPORTS_FILE} "
            "holds all events that were kept, and knows from below the weeks that one of coarse date may lie in."
        )
    if source.selection.as_of and made.events.known is None:
        notes.append("The file does not say when a row was coded: --as-of cut by the day of the event.")
    return notes
