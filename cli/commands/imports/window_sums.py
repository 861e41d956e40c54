"""`lull import sums`: sums over months or other windows."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.commands.imports.selection import DayOptions, Only, SumsOut, Whose
from lull.cli.options.arguments import Json, ReadingOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.data.importers.summed_reports import SumChoice
    from lull.data.importers.sums import SumLayout

COLUMN = "COLUMN"


class Qualifier(StrEnum):
    """What a sum says of its window."""

    EXACT = "exact"
    AT_LEAST = "at_least"


@dataclass(frozen=True)
class WindowOptions:
    """The columns of the sums and of their windows."""

    total: Annotated[str, typer.Option("--sum", metavar=COLUMN, help="The column of the sums.")]
    month: Annotated[str, typer.Option(metavar=COLUMN, help="The month of a sum.")] = ""
    year: Annotated[str, typer.Option(metavar=COLUMN, help="Its year, if in a column of its own.")] = ""
    from_column: Annotated[str, typer.Option(metavar=COLUMN, help="The first day of a sum.")] = ""
    to_column: Annotated[str, typer.Option(metavar=COLUMN, help="The last day of a sum.")] = ""
    days: Annotated[int, typer.Option(metavar="N", min=0, help="Or how many days each runs from the first.")] = 0

    def layout(self) -> "SumLayout":
        """Return where a file keeps its sums. Raises `InputError` unless the options name one kind of window."""
        from lull.data.importers.sums import SumLayout
        from lull.data.schema import InputError, Problem

        first, last, days, month, year = self.from_column, self.to_column, self.days, self.month, self.year
        kinds = [bool(month), bool(first and last), bool(first and days)]
        if sum(kinds) != 1 or (year and not month) or (month and (first or last or days)):
            expected = "--month (and --year), --from-column and --to-column, or --from-column and --days"
            given = {"--month": month, "--year": year, "--from-column": first, "--to-column": last, "--days": days}
            found = " and ".join(name for name, value in given.items() if value) or "none of them"
            raise InputError(Problem("the window of a sum", expected, found))
        return SumLayout(self.total, first, last, days, month, year)


@dataclass(frozen=True)
class RowOptions:
    """Which rows count, for which front, and what their sums say."""

    front: Annotated[str, typer.Option(metavar=COLUMN, help="The column of the front.")] = ""
    only: Only = None
    fill_zeros: Annotated[
        bool, typer.Option("--fill-zeros", help="A window without a row at a front is 0, not missing.")
    ] = False
    qualifier: Annotated[Qualifier, typer.Option(help="What a sum says of its window.")] = Qualifier.EXACT

    def choice(self, period: DayOptions) -> "SumChoice":
        """Return what the import of sums takes."""
        from lull.data.importers.events import pairs_of
        from lull.data.importers.summed_reports import SumChoice

        return SumChoice(pairs_of(self.only or ()), self.front, self.fill_zeros, *period.days())


@options()
def sums(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, Parquet, XLSX or JSON.")],
    out: SumsOut,
    faction: Whose,
    windows: WindowOptions,
    rows: RowOptions,
    period: DayOptions,
    reading: ReadingOptions,
    json: Json = False,
) -> None:
    """Import sums over months or other windows as reports: one row a window, place and kind."""
    from lull.cli.imported_sums import Windows, import_windows
    from lull.cli.printing.import_log import print_import

    choice = rows.choice(period)
    said = Windows(windows.layout(), faction, exact=rows.qualifier is Qualifier.EXACT)
    print_import(import_windows(out, file, said, choice, reading.reading()), as_json=json)
