"""The options that say whose events an import keeps, and over which days."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import DATE, FOLDER

if TYPE_CHECKING:
    from datetime import date

    from lull.data.importers.events import Selection

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="CSV, Parquet, XLSX or JSON; of an event in several the newest row counts."),
]
Out = Annotated[Path, typer.Option(metavar=FOLDER, help="Write counts.csv (and reports.csv) to this folder.")]
SumsOut = Annotated[Path, typer.Option("--out", metavar=FOLDER, help="Write counts.csv or reports.csv to this folder.")]
Whose = Annotated[str, typer.Option("--faction", metavar="NAME", help="Whose events they are said to be.")]
Only = Annotated[list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Only rows with this value; repeatable.")]

Front = Annotated[str, typer.Option(metavar="COLUMN", help="The column of the front, or target: the other actor.")]
From = Annotated[str | None, typer.Option("--from", metavar=DATE, help="The first day that the file covers.")]
Until = Annotated[str | None, typer.Option(metavar=DATE, help="The day up to which the source is known.")]


class Joint(StrEnum):
    """What another actor next to the chosen one means."""

    ANY = "any"
    SOLE = "sole"


@dataclass(frozen=True)
class DayOptions:
    """The days that a file covers."""

    start: From = None
    until: Until = None

    def days(self) -> "tuple[date | None, date | None]":
        """Return both days, None where one was not given; raises `InputError` for what is no day."""
        from lull.cli.options.problems import Problems

        problems = Problems()
        days = problems.span(self.start, self.until, last_option="--until")
        problems.stop_if_any()
        return days


@dataclass(frozen=True)
class SelectionOptions:
    """Whose events count."""

    actors: Annotated[list[str] | None, typer.Option("--actor", metavar="NAME", help="Whose events; repeatable.")] = (
        None
    )
    pattern: Annotated[str, typer.Option(metavar="REGEX", help="Whose events, by a regular expression.")] = ""
    faction: Annotated[str, typer.Option(metavar="NAME", help="What to call them.  [default: the actors]")] = ""
    front: Front = ""
    only: Only = None
    joint: Annotated[Joint, typer.Option(help="Events joint with other actors: any keeps them, sole drops them.")] = (
        Joint.ANY
    )
    start: From = None
    until: Until = None
    as_of: Annotated[str | None, typer.Option(metavar=DATE, help="Only rows that were known by this day count.")] = None
    sum_of: Annotated[
        str, typer.Option("--sum", metavar="COLUMN", help="Add up this column instead of counting rows.")
    ] = ""

    def selection(self) -> "Selection":
        """Return what the import of events takes; raises `InputError` for what is no day."""
        from lull.cli.options.problems import Problems
        from lull.data.importers.events import Selection, pairs_of

        problems = Problems()
        first, last = problems.day("--from", self.start), problems.day("--until", self.until)
        as_of = problems.day("--as-of", self.as_of)
        problems.stop_if_any()
        return Selection(
            tuple(self.actors or ()),
            self.pattern,
            self.faction,
            self.front,
            pairs_of(self.only or ()),
            self.joint.value,
            first,
            last,
            as_of,
            self.sum_of,
        )
