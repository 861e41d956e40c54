"""What the formats of other tools ask besides a forecast: a question and its range, or later counts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from lull.cli.options.arguments import FILE, Series


@dataclass(frozen=True)
class ExportChoices:
    """The question of a metaculus export and its range; the later counts of a hub."""

    question: Annotated[
        str | None, typer.Option(metavar="TEXT", help='Of metaculus: as of `lull ask`, or "total attacks by DATE".')
    ] = None
    series: Series = None
    span: Annotated[
        str | None, typer.Option("--range", metavar="LOW:HIGH", help="Of metaculus: the range of a total.")
    ] = None
    outcomes: Annotated[
        int | None, typer.Option(metavar="INT", help="Of metaculus: how many outcomes a discrete question has.")
    ] = None
    open_bounds: Annotated[
        Literal["none", "lower", "upper", "both"], typer.Option(help="Of metaculus: the open ends of a total's range.")
    ] = "upper"
    observed: Annotated[
        Path | None, typer.Option(metavar=FILE, help="Of a hub: later weekly counts, for its target data.")
    ] = None
