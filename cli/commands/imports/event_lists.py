"""`lull import events`: any list of events."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.commands.imports.selection import Files, Out, SelectionOptions
from lull.cli.options.arguments import Json, ReadingOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.data.importers.layouts import Layout


@dataclass(frozen=True)
class LayoutOptions:
    """The columns of a list of events."""

    event_id: Annotated[str, typer.Option(metavar="COLUMN", help="The name of the event.")] = "event_id"
    day: Annotated[str, typer.Option(metavar="COLUMN", help="The day, or the first day.")] = "date"
    last_day: Annotated[str, typer.Option(metavar="COLUMN", help="The last day.")] = ""
    actor_columns: Annotated[
        list[str] | None, typer.Option("--actor-column", metavar="COLUMN", help="Repeatable.  [default: actor]")
    ] = None
    separator: Annotated[str, typer.Option(metavar="MARK", help="The mark between the actors of one cell.")] = ""
    coded: Annotated[str, typer.Option(metavar="COLUMN", help="The day on which the row became known.")] = ""

    def layout(self) -> "Layout":
        """Return what the import of events takes."""
        from lull.data.importers.layouts import Layout

        columns = tuple(self.actor_columns or ["actor"])
        return Layout(self.event_id, columns, self.day, self.last_day, known=self.coded, separator=self.separator)


@options()
def events(
    *,
    files: Files,
    out: Out,
    layout: LayoutOptions,
    selection: SelectionOptions,
    reading: ReadingOptions,
    json: Json = False,
) -> None:
    """Import any list of events, one row an event, its columns named by options."""
    from lull.cli.imported_events import Source, import_into, usable_layout
    from lull.cli.printing.import_log import print_import

    chosen, how = selection.selection(), reading.reading()
    source = Source("events", usable_layout(files, layout.layout(), chosen, how), chosen, how)
    print_import(import_into(out, files, source), as_json=json)
