"""The evidence options: which files and days a command stands on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from lull.cli.options.arguments import DATE, FILE, EventsFile, FillZeros


@dataclass(frozen=True)
class EvidenceOptions:
    """Files and days of the evidence; none named: the embedded case."""

    counts: Annotated[Path | None, typer.Option(metavar=FILE, help="Weekly counts: series, week_start, count.")] = None
    reports: Annotated[
        Path | None, typer.Option(metavar=FILE, help="Reports. Without any counts: the embedded ones.")
    ] = None
    events: EventsFile = None
    covariates: Annotated[
        Path | None, typer.Option(metavar=FILE, help="Weekly numbers of your own: week_start, ...")
    ] = None
    completeness: Annotated[
        Path | None,
        typer.Option(metavar=FILE, help="The share of the last weeks that is reported: weeks_before_end, share."),
    ] = None
    previous: Annotated[
        Path | None, typer.Option(metavar=FILE, help="An earlier snapshot of --counts, to estimate that share from.")
    ] = None
    as_of: Annotated[str | None, typer.Option(metavar=DATE, help="Only what was published by this day counts.")] = None
    origin: Annotated[str | None, typer.Option(metavar=DATE, help="A day of the last week that counts.")] = None
    faction: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose attacks to count: an actor of the reports.")
    ] = None
    fill_zeros: FillZeros = False
    only: Annotated[
        list[str] | None, typer.Option("--series", metavar="NAME", help="Only this series of --counts; repeatable.")
    ] = None


@dataclass(frozen=True)
class NewerEvidenceOptions(EvidenceOptions):
    """Data newer than a forecast; `origin` is of the forecast."""

    origin: Annotated[
        str | None,
        typer.Option(
            metavar=DATE, help="A day of the last week that the forecast knew.  [default: the embedded case's]"
        ),
    ] = None
