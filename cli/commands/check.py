"""`lull check`: every problem of a file."""

from pathlib import Path
from typing import Annotated

import typer

from lull.cli.options.arguments import BAD_INPUT, Json, ReadingOptions, end
from lull.cli.options.expansion import options


@options()
def check(
    *,
    file: Annotated[Path, typer.Argument(help="Any file that Lull reads, a scenario, or beliefs.")],
    reading: ReadingOptions,
    json: Json = False,
) -> None:
    """Check a file, and report every problem in it."""
    from lull.cli.file_contents import checked
    from lull.cli.printing.file_check import print_check
    from lull.cli.screen.streams import print_json

    found = checked(file, reading=reading.reading())
    if json:
        print_json(found.document() | {"notes": found.notes})
    else:
        print_check(found)
    end(good=found.error is None, code=BAD_INPUT)
