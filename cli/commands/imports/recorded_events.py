"""`lull import ceasefires` and `lull import agreements`: data sets of recorded events, as events of series."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import FILE, FOLDER, Json, ReadingOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.data.recorded_events.ceasefires import RecordedEvents

EVENTS_FILE = "events.csv"
Source = Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX, as its owner publishes it.")]
EventsOut = Annotated[Path, typer.Option("--out", metavar=FOLDER, help="Write events.csv to this folder.")]
Counts = Annotated[
    Path | None, typer.Option(metavar=FILE, help="Only events of the series of these weekly counts.  [default: all]")
]
NAMES = "The UCDP Actor data set: the names that the series bear."


@options()
def ceasefires(
    *,
    file: Source,
    out: EventsOut,
    counts: Counts = None,
    actors: Annotated[Path | None, typer.Option(metavar=FILE, help=NAMES)] = None,
    reading: ReadingOptions,
    json: Json = False,
) -> None:
    """Import the Civil Conflict Ceasefire data set as events of many series.

    Each ceasefire has its type and how it ended; of a government alone it is one that the other side declared.
    """
    from lull.data.recorded_events.ceasefires import read_ceasefires
    from lull.data.recorded_events.named_actors import read_actors

    how = reading.reading()
    named = read_actors(actors) if actors else None
    _write(file, read_ceasefires(file, actors=named, series=_series(counts), reading=how), out, as_json=json)


@options()
def agreements(
    *,
    file: Source,
    out: EventsOut,
    actors: Annotated[Path, typer.Option(metavar=FILE, help=NAMES)],
    counts: Counts = None,
    reading: ReadingOptions,
    json: Json = False,
) -> None:
    """Import the UCDP Peace Agreement data set as events of many series: full, partial, process."""
    from lull.data.recorded_events.agreements import read_agreements
    from lull.data.recorded_events.named_actors import read_actors

    how = reading.reading()
    read = read_agreements(file, actors=read_actors(actors), series=_series(counts), reading=how)
    _write(file, read, out, as_json=json)


def _series(counts: Path | None) -> tuple[str, ...] | None:
    """Return the series of a file of counts."""
    if counts is None:
        return None
    from lull.data.counts import read_counts

    return read_counts(counts).series


def _write(file: Path, read: "RecordedEvents", out: Path, *, as_json: bool) -> None:
    """Write the events and print what became of the rows. Raises `InputError` if none is left."""
    from lull.cli.screen.streams import output, print_json
    from lull.data.importers.written import write_rows
    from lull.data.recorded_events.ceasefires import COLUMNS
    from lull.data.schema import InputError, Problem

    if not read.rows:
        found = "; ".join(f"{many} {fate}" for fate, many in read.fates.items()) or "no rows"
        raise InputError(
            Problem(file.name, "an event of a series", found, "Name the actors as the series with --actors.")
        )
    write_rows(out / EVENTS_FILE, COLUMNS, read.rows)
    document = {"file": str(file), "events": len(read.rows), "fates": read.fates, "files": [str(out / EVENTS_FILE)]}
    if as_json:
        print_json(document)
        return
    console = output()
    console.print(f"{file.name}: {len(read.rows):,} events")
    for fate, number in read.fates.items():
        console.print(f"{number:>12,}  {fate}", soft_wrap=True)
    console.print(f"Wrote {out / EVENTS_FILE}", soft_wrap=True)
