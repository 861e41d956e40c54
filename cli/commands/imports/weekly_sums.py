"""`lull import acled-weekly`: ACLED's weekly files."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.commands.imports.selection import DayOptions, Files, SumsOut, Whose
from lull.cli.options.arguments import Json, ReadingOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.data.importers.weekly_sums import WeeklyChoice

NAME, COLUMN = "NAME", "COLUMN"


class Form(StrEnum):
    """What weekly sums become."""

    COUNTS = "counts"
    REPORTS = "reports"


@dataclass(frozen=True)
class PlaceOptions:
    """Which places and types count, and the column of the front."""

    country: Annotated[list[str] | None, typer.Option("--country", metavar=NAME, help="Only this one; repeatable.")] = (
        None
    )
    admin1: Annotated[list[str] | None, typer.Option(metavar=NAME, help="Only this one; repeatable.")] = None
    types: Annotated[list[str] | None, typer.Option("--type", metavar=NAME, help="Only of this type; repeatable.")] = (
        None
    )
    sub_types: Annotated[
        list[str] | None, typer.Option("--sub-type", metavar=NAME, help="Only of this one; repeatable.")
    ] = None
    front: Annotated[str, typer.Option(metavar=COLUMN, help="The column of the front; empty: all places together.")] = (
        "admin1"
    )

    def choice(self, faction: str, days: DayOptions) -> "WeeklyChoice":
        """Return what the import of weekly sums takes."""
        from lull.data.importers.weekly_sums import WeeklyChoice

        places = tuple(self.country or ()), tuple(self.admin1 or ())
        types = tuple(self.types or ()), tuple(self.sub_types or ())
        return WeeklyChoice(faction, *places, *types, self.front, *days.days())


@options()
def acled_weekly(
    *,
    files: Files,
    out: SumsOut,
    faction: Whose,
    places: PlaceOptions,
    form: Annotated[
        Form, typer.Option("--as", help="Weekly counts (weeks as in the file), or an exact report a week.")
    ] = Form.COUNTS,
    days: DayOptions,
    reading: ReadingOptions,
    json: Json = False,
) -> None:
    """Import ACLED's weekly files: WEEK, COUNTRY, ADMIN1, EVENT_TYPE, ..., EVENTS.

    Weeks run from Saturday to Friday. Of several files the newer one counts, week by week.
    """
    from lull.cli.imported_sums import import_weekly
    from lull.cli.printing.import_log import print_import

    choice = places.choice(faction, days)
    document = import_weekly(out, files, choice, reading.reading(), as_reports=form is Form.REPORTS)
    print_import(document, as_json=json)
