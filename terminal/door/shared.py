"""Options and exit codes that commands in several files share."""

from pathlib import Path
from typing import Annotated

import typer

UNUSABLE, BAD_INPUT, INTERRUPTED = 1, 2, 130
FILE, DATE, FOLDER = "FILE", "YYYY-MM-DD", "DIR"

Counts = Annotated[Path | None, typer.Option(metavar=FILE, help="Weekly counts: series, week_start, count.")]
Reports = Annotated[Path | None, typer.Option(metavar=FILE, help="Reports. Without any counts: the embedded ones.")]
Events = Annotated[Path | None, typer.Option(metavar=FILE, help="Dated events.")]
Covariates = Annotated[Path | None, typer.Option(metavar=FILE, help="Weekly numbers of your own: week_start, ...")]
Completeness = Annotated[
    Path | None,
    typer.Option(metavar=FILE, help="The share of the last weeks that is reported: weeks_before_end, share."),
]
Previous = Annotated[
    Path | None, typer.Option(metavar=FILE, help="An earlier snapshot of --counts, to estimate that share from.")
]
AsOf = Annotated[str | None, typer.Option(metavar=DATE, help="Only what was published by this day counts.")]
Origin = Annotated[str | None, typer.Option(metavar=DATE, help="A day of the last week that counts.")]
Faction = Annotated[str | None, typer.Option(metavar="NAME", help="Whose attacks to count: an actor of the reports.")]
FillZeros = Annotated[bool, typer.Option("--fill-zeros", help="A week without a row in --counts is 0, not missing.")]
Draws = Annotated[int | None, typer.Option(metavar="INT", help="Draws of each chain, after tuning.")]
Tune = Annotated[int | None, typer.Option(metavar="INT", help="Draws of each chain that tune the sampler.")]
Out = Annotated[Path | None, typer.Option(metavar=FOLDER, help="Write the files to this folder.")]
Sheet = Annotated[str, typer.Option(metavar="NAME", help="The sheet of a workbook.  [default: that with the columns]")]
Encoding = Annotated[str, typer.Option(metavar="NAME", help="Of a text file, such as windows-1251.")]
Delimiter = Annotated[str, typer.Option(metavar="MARK", help="What parts the cells of a text file, or tab.")]
DayFirst = Annotated[
    bool | None, typer.Option("--day-first/--month-first", help="Whether 1/5/2026 is 1 May or 5 January.")
]
SetAside = Annotated[int, typer.Option(metavar="N", min=0, help="Go on without up to N unreadable rows; list them.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
StoreFolder = Annotated[
    Path | None,
    typer.Option("--store", metavar=FOLDER, help="The runs.", show_default="$LULL_STORE or the user's data folder"),
]
Scenarios = Annotated[
    list[str] | None, typer.Option("--scenario", metavar="NAME|FILE", help="Of the library, or a file; repeatable.")
]
Horizon = Annotated[int, typer.Option(metavar="WEEKS", help="Weeks ahead, 1 to 520.")]
Seed = Annotated[int, typer.Option(metavar="INT", help="The one random seed.")]


def end(*, good: bool, code: int = UNUSABLE) -> None:
    """End with an exit code that says so if the result is not good."""
    if not good:
        raise typer.Exit(code)
