"""`lull app`: the page in the browser."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from lull.cli.options.arguments import StoreFolder
from lull.cli.options.expansion import options

PAGE = Path(__file__).parents[2] / "app.py"


@dataclass(frozen=True)
class PlaceOptions:
    """Where the page is reached."""

    port: Annotated[int, typer.Option(metavar="INT", help="The port of the page.", min=1, max=65535)] = 8501
    address: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; another address than this machine's own opens it.")
    ] = "127.0.0.1"
    base_path: Annotated[
        str, typer.Option(metavar="PATH", help="Below which path a proxy serves the page, such as /lull.")
    ] = ""


@dataclass(frozen=True)
class LimitOptions:
    """What fits that are started from the page, and one reader, may take."""

    fits: Annotated[
        int | None, typer.Option(metavar="INT", min=1, help="Fits at once; others wait.", show_default="2")
    ] = None
    fits_per_reader: Annotated[
        int | None, typer.Option(metavar="INT", min=1, help="Of them, those of one reader.", show_default="1")
    ] = None
    fit_memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory of one fit, such as 4G.", show_default="no limit")
    ] = None
    fit_minutes: Annotated[
        int | None, typer.Option(metavar="INT", min=1, help="Minutes of one fit.", show_default="no limit")
    ] = None
    quota: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Runs and files of one reader, such as 5G.", show_default="no limit"),
    ] = None

    def environment(self) -> dict[str, str]:
        """Return the limits that were given, as the environment sets them."""
        from lull.data.integrity.limits import FIT_MEMORY, FIT_MINUTES, FITS, FITS_PER_READER, QUOTA

        given = {
            FITS: self.fits,
            FITS_PER_READER: self.fits_per_reader,
            FIT_MEMORY: self.fit_memory,
            FIT_MINUTES: self.fit_minutes,
            QUOTA: self.quota,
        }
        return {name: str(value) for name, value in given.items() if value is not None}


@options()
def app(
    *,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    login: Annotated[bool, typer.Option("--login", help="Do not start without a log-in; see docs/serving.md.")] = False,
    place: PlaceOptions,
    limits: LimitOptions,
    store: StoreFolder = None,
) -> None:
    """Open the page in the browser.

    It listens on this machine only (127.0.0.1) and reads the runs of the store. Ctrl-C ends it. docs/serving.md says
    how to serve it to a team.
    """
    from lull.cli.serving.launch import Place, serve

    where = Place(place.address, place.port, place.base_path)
    serve(PAGE, store, where, browser=browser, login=login, given=limits.environment())
