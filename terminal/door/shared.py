"""Options and exit codes that commands in several files share."""

from pathlib import Path
from typing import Annotated

import typer

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
Horizon = Annotated[int, typer.Option(metavar="WEEKS", help="Weeks ahead, 1 to 520.")]
Seed = Annotated[int, typer.Option(metavar="INT", help="The one random seed.")]


def end(*, good: bool, code: int = UNUSABLE) -> None:
    """End with an exit code that says so if the result is not good."""
    if not good:
        raise typer.Exit(code)
