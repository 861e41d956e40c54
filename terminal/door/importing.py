"""`lull import`: arguments in, calls."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from lull.terminal.door.shared import DATE, FOLDER, DayFirst, Delimiter, Encoding, Json, SetAside, Sheet

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, Parquet or XLSX.")]
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="CSV, Parquet, XLSX or JSON; of an event in several the newest row counts."),
]
Out = Annotated[Path, typer.Option(metavar=FOLDER, help="Write counts.csv (and reports.csv) to this folder.")]
Actors = Annotated[list[str] | None, typer.Option("--actor", metavar="NAME", help="Whose events; repeatable.")]
Pattern = Annotated[str, typer.Option(metavar="REGEX", help="Whose events, by a regular expression.")]
Faction = Annotated[str, typer.Option(metavar="NAME", help="What to call them.  [default: the actors]")]
Front = Annotated[str, typer.Option(metavar="COLUMN", help="The column of the front, or target: the other actor.")]
Only = Annotated[list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Only rows with this value; repeatable.")]
From = Annotated[str | None, typer.Option("--from", metavar=DATE, help="The first day that the file covers.")]
Until = Annotated[str | None, typer.Option(metavar=DATE, help="The day up to which the source is known.")]
AsOf = Annotated[str | None, typer.Option(metavar=DATE, help="Only rows that were known by this day count.")]
Sum = Annotated[str, typer.Option("--sum", metavar="COLUMN", help="Add up this column instead of counting rows.")]


class Joint(StrEnum):
    """What another actor beside the chosen one means."""

    ANY = "any"
    SOLE = "sole"


JointWith = Annotated[Joint, typer.Option(help="Events joint with other actors: any keeps them, sole drops them.")]

imports = typer.Typer(
    help="Make weekly counts of event data and of counts of other sources.", no_args_is_help=True, rich_markup_mode=None
)


def _of(export: str) -> Callable[..., None]:
    """Return the command that imports the export of a database whose columns are known."""

    def command(
        files: Files,
        out: Out,
        actors: Actors = None,
        pattern: Pattern = "",
        faction: Faction = "",
        front: Front = "country",
        only: Only = None,
        joint: JointWith = Joint.ANY,
        start: From = None,
        until: Until = None,
        as_of: AsOf = None,
        sheet: Sheet = "",
        encoding: Encoding = "",
        delimiter: Delimiter = "",
        day_first: DayFirst = None,
        set_aside: SetAside = 0,
        json: Json = False,
    ) -> None:
        from lull.data.importers.layouts import EXPORTS
        from lull.data.readers.reading_options import Reading

        chosen = _selection(actors, pattern, faction, front, only, joint, days=(start, until, as_of))
        reading = Reading(sheet, encoding, delimiter, day_first, set_aside)
        _import(files, EXPORTS[export], chosen, source=export, reading=reading, out=out, as_json=json)

    return command


imports.command("acled", help="Import an ACLED export; actors are looked for on both sides.")(_of("acled"))
imports.command("ucdp", help="Import an export of UCDP GED; actors are looked for on both sides.")(_of("ucdp"))


@imports.command()
def events(
    files: Files,
    out: Out,
    event_id: Annotated[str, typer.Option(metavar="COLUMN", help="The name of the event.")] = "event_id",
    day: Annotated[str, typer.Option(metavar="COLUMN", help="The day, or the first day.")] = "date",
    last_day: Annotated[str, typer.Option(metavar="COLUMN", help="The last day.")] = "",
    actor_columns: Annotated[
        list[str] | None, typer.Option("--actor-column", metavar="COLUMN", help="Repeatable.  [default: actor]")
    ] = None,
    separator: Annotated[str, typer.Option(metavar="MARK", help="What parts the actors of one cell.")] = "",
    coded: Annotated[str, typer.Option(metavar="COLUMN", help="The day on which the row became known.")] = "",
    actors: Actors = None,
    pattern: Pattern = "",
    faction: Faction = "",
    front: Front = "",
    only: Only = None,
    joint: JointWith = Joint.ANY,
    start: From = None,
    until: Until = None,
    as_of: AsOf = None,
    add_up: Sum = "",
    sheet: Sheet = "",
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    day_first: DayFirst = None,
    set_aside: SetAside = 0,
    json: Json = False,
) -> None:
    """Import any list of events, one row an event, its columns named by options."""
    from dataclasses import replace

    from lull.data.importers.layouts import Layout
    from lull.data.readers.reading_options import Reading
    from lull.terminal.importing import usable_layout

    columns = tuple(actor_columns or ["actor"])
    layout = Layout(event_id, columns, day, last_day, known=coded, separator=separator)
    chosen = _selection(actors, pattern, faction, front, only, joint, days=(start, until, as_of))
    chosen, reading = replace(chosen, sum_of=add_up), Reading(sheet, encoding, delimiter, day_first, set_aside)
    layout = usable_layout(files, layout, chosen, reading)
    _import(files, layout, chosen, source="events", reading=reading, out=out, as_json=json)


@imports.command()
def counts(
    file: File,
    out: Out,
    fill_zeros: Annotated[bool, typer.Option("--fill-zeros", help="A week without a row is 0, not missing.")] = False,
    sheet: Sheet = "",
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    day_first: DayFirst = None,
    set_aside: SetAside = 0,
    json: Json = False,
) -> None:
    """Import weekly counts: series, week_start, count."""
    from lull.data.readers.reading_options import Reading
    from lull.terminal.importing import import_counts_and_print

    reading = Reading(sheet, encoding, delimiter, day_first, set_aside)
    import_counts_and_print(file, fill_zeros=fill_zeros, out=out, as_json=json, reading=reading)


def _selection(
    actors: list[str] | None,
    pattern: str,
    faction: str,
    front: str,
    only: list[str] | None,
    joint: Joint,
    *,
    days: tuple[str | None, str | None, str | None],
) -> Any:
    from lull.data.importers.events import Selection, pairs_of
    from lull.terminal.options import Wrong

    wrong = Wrong()
    names = ("--from", "--until", "--as-of")
    first, last, as_of = (wrong.day(name, day) for name, day in zip(names, days, strict=True))
    wrong.stop_if_any()
    chosen = tuple(actors or ())
    return Selection(chosen, pattern, faction, front, pairs_of(only or []), joint.value, first, last, as_of)


def _import(
    files: list[Path], layout: Any, chosen: Any, *, source: str, reading: Any, out: Path, as_json: bool
) -> None:
    from lull.terminal.importing import import_events_and_print

    import_events_and_print(files, layout, chosen, source=source, reading=reading, out=out, as_json=as_json)
