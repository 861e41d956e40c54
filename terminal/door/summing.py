"""`lull import acled-weekly|sums`: arguments in, calls."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lull.terminal.door.importing import Files, From, Only, Until, imports
from lull.terminal.door.shared import FOLDER, DayFirst, Delimiter, Encoding, Json, SetAside, Sheet

__all__ = ["acled_weekly", "imports", "sums"]

NAME, COLUMN = "NAME", "COLUMN"

OneFile = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, Parquet, XLSX or JSON.")]
Out = Annotated[Path, typer.Option(metavar=FOLDER, help="Write counts.csv or reports.csv to this folder.")]
Whose = Annotated[str, typer.Option("--faction", metavar=NAME, help="Whose events they are said to be.")]
Countries = Annotated[list[str] | None, typer.Option("--country", metavar=NAME, help="Only this one; repeatable.")]
Provinces = Annotated[list[str] | None, typer.Option("--admin1", metavar=NAME, help="Only this one; repeatable.")]
Types = Annotated[list[str] | None, typer.Option("--type", metavar=NAME, help="Only of this type; repeatable.")]
SubTypes = Annotated[list[str] | None, typer.Option("--sub-type", metavar=NAME, help="Only of this one; repeatable.")]
Front = Annotated[str, typer.Option(metavar=COLUMN, help="The column of the front; empty: all places together.")]


class Form(StrEnum):
    """What weekly sums become."""

    COUNTS = "counts"
    REPORTS = "reports"


class Said(StrEnum):
    """What a sum says of its window."""

    EXACT = "exact"
    AT_LEAST = "at_least"


@imports.command("acled-weekly")
def acled_weekly(
    files: Files,
    out: Out,
    faction: Whose,
    country: Countries = None,
    admin1: Provinces = None,
    types: Types = None,
    sub_types: SubTypes = None,
    front: Front = "admin1",
    form: Annotated[
        Form, typer.Option("--as", help="Weekly counts (weeks as in the file), or an exact report a week.")
    ] = Form.COUNTS,
    start: From = None,
    until: Until = None,
    sheet: Sheet = "",
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    day_first: DayFirst = None,
    set_aside: SetAside = 0,
    json: Json = False,
) -> None:
    """Import ACLED's weekly files: WEEK, COUNTRY, ADMIN1, EVENT_TYPE, ..., EVENTS.

    Weeks run from Saturday to Friday. Of several files the newer one counts, week by week.
    """
    from lull.data.importers.weekly_sums import WeeklyChoice
    from lull.data.readers.reading_options import Reading
    from lull.terminal.options import Wrong
    from lull.terminal.summing import import_weekly_and_print

    wrong = Wrong()
    first, last = wrong.span(start, until, last_option="--until")
    wrong.stop_if_any()
    places = tuple(country or ()), tuple(admin1 or ())
    kinds = tuple(types or ()), tuple(sub_types or ())
    choice = WeeklyChoice(faction, *places, *kinds, front, first, last)
    reading = Reading(sheet, encoding, delimiter, day_first, set_aside)
    import_weekly_and_print(files, choice, reading, as_reports=form is Form.REPORTS, out=out, as_json=json)


@imports.command("sums")
def sums(
    file: OneFile,
    out: Out,
    faction: Whose,
    total: Annotated[str, typer.Option("--sum", metavar=COLUMN, help="The column of the sums.")],
    month: Annotated[str, typer.Option(metavar=COLUMN, help="The month of a sum.")] = "",
    year: Annotated[str, typer.Option(metavar=COLUMN, help="Its year, if in a column of its own.")] = "",
    from_column: Annotated[str, typer.Option(metavar=COLUMN, help="The first day of a sum.")] = "",
    to_column: Annotated[str, typer.Option(metavar=COLUMN, help="The last day of a sum.")] = "",
    days: Annotated[int, typer.Option(metavar="N", min=0, help="Or how many days each runs from the first.")] = 0,
    front: Annotated[str, typer.Option(metavar=COLUMN, help="The column of the front.")] = "",
    only: Only = None,
    fill_zeros: Annotated[
        bool, typer.Option("--fill-zeros", help="A window without a row at a front is 0, not missing.")
    ] = False,
    qualifier: Annotated[Said, typer.Option(help="What a sum says of its window.")] = Said.EXACT,
    start: From = None,
    until: Until = None,
    sheet: Sheet = "",
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    day_first: DayFirst = None,
    set_aside: SetAside = 0,
    json: Json = False,
) -> None:
    """Import sums over months or other windows as reports: one row a window, place and kind."""
    from lull.data.importers.events import pairs_of
    from lull.data.importers.summed_reports import SumChoice
    from lull.data.readers.reading_options import Reading
    from lull.terminal.options import Wrong
    from lull.terminal.summing import import_sums_and_print, window_layout

    wrong = Wrong()
    first, last = wrong.span(start, until, last_option="--until")
    wrong.stop_if_any()
    layout = window_layout(total, first_day=from_column, last_day=to_column, days=days, month=month, year=year)
    choice = SumChoice(pairs_of(only or []), front, fill_zeros, first, last)
    reading = Reading(sheet, encoding, delimiter, day_first, set_aside)
    exact = qualifier is Said.EXACT
    import_sums_and_print(file, layout, choice, reading, faction=faction, exact=exact, out=out, as_json=json)
