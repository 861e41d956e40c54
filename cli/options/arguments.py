"""Options, groups of options and exit codes that several commands share."""

from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from lull.data.readers.reading_options import Reading

UNUSABLE, BAD_INPUT, INTERRUPTED = 1, 2, 130
FILE, DATE, FOLDER = "FILE", "YYYY-MM-DD", "DIR"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
StoreFolder = Annotated[
    Path | None,
    typer.Option("--store", metavar=FOLDER, help="The runs.", show_default="$LULL_STORE or the user's data folder"),
]
Scenarios = Annotated[
    list[str] | None, typer.Option("--scenario", metavar="NAME|FILE", help="Of the library, or a file; repeatable.")
]
ScenarioNames = Annotated[list[str], typer.Argument(help="Names of the library or files.")]
Horizon = Annotated[int, typer.Option(metavar="WEEKS", help="Weeks ahead, 1 to 520.")]
Seed = Annotated[int, typer.Option(metavar="INT", help="Random seed.")]
FillZeros = Annotated[bool, typer.Option("--fill-zeros", help="A week without a row in --counts is 0, not missing.")]
EventsFile = Annotated[Path | None, typer.Option(metavar=FILE, help="Dated events.")]
Out = Annotated[Path | None, typer.Option(metavar=FOLDER, help="Write the files to this folder.")]
Part = Annotated[
    Literal["pool", "regimes", "hurdle", "recent"],
    typer.Option(help="The forecast, or one of the models that it pools alone: for inspection."),
]
Question = Annotated[str, typer.Argument(help='Such as "any attack by 2025-03-01".')]
Series = Annotated[str | None, typer.Option(metavar="NAME", help="The series asked about, if there are several.")]
RunId = Annotated[
    str | None,
    typer.Option(
        "--run", metavar="ID", help="A run of the store, by its first letters.  [default: the embedded case's]"
    ),
]
Priors = Annotated[
    Path | None, typer.Option("--priors", metavar=FILE, help="Beliefs about drivers, in place of the record's.")
]
Workers = Annotated[
    int | None, typer.Option(metavar="INT", min=1, help="Processes on this machine.  [default: as many as fit]")
]


@dataclass(frozen=True)
class SamplerOptions:
    """How long the sampler runs; None: as is usual for the evidence."""

    draws: Annotated[int | None, typer.Option(metavar="INT", help="Draws of each chain, after tuning.")] = None
    tune: Annotated[int | None, typer.Option(metavar="INT", help="Draws of each chain that tune the sampler.")] = None


@dataclass(frozen=True)
class RunOptions:
    """Which run of the store, and whose beliefs its draws are weighed by."""

    run: RunId = None
    priors: Priors = None


@dataclass(frozen=True)
class ProjectionOptions:
    """How far paths run, with which random numbers, and of which model."""

    horizon: Horizon = 26
    seed: Seed = 1
    part: Part = "pool"


@dataclass(frozen=True)
class OutputOptions:
    """Where results go: files of a folder, words or JSON, and the store of the runs."""

    out: Out = None
    as_json: Json = False
    store: StoreFolder = None


@dataclass(frozen=True)
class ReadingOptions:
    """How a file is to be read where it leaves a doubt."""

    sheet: Annotated[
        str, typer.Option(metavar="NAME", help="The sheet of a workbook.  [default: that with the columns]")
    ] = ""
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Of a text file, such as windows-1251.")] = ""
    delimiter: Annotated[
        str, typer.Option(metavar="MARK", help="The mark between the cells of a text file, or tab.")
    ] = ""
    day_first: Annotated[
        bool | None, typer.Option("--day-first/--month-first", help="Whether 1/5/2026 is 1 May or 5 January.")
    ] = None
    set_aside: Annotated[
        int, typer.Option(metavar="N", min=0, help="Go on without up to N unreadable rows; list them.")
    ] = 0

    def reading(self) -> "Reading":
        """Return what the readers of files take."""
        from lull.data.readers.reading_options import Reading

        return Reading(*astuple(self))


def end(*, good: bool, code: int = UNUSABLE) -> None:
    """End with an exit code that says so if the result is not good."""
    if not good:
        raise typer.Exit(code)
