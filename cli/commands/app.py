"""`lull app`: the page in the browser."""

from pathlib import Path
from typing import Annotated

import typer

from lull.cli.options.arguments import StoreFolder

PAGE = Path(__file__).parents[2] / "app.py"


def app(
    *,
    port: Annotated[int, typer.Option(metavar="INT", help="The port of the page.", min=1, max=65535)] = 8501,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    address: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; another address than this machine's own opens it.")
    ] = "127.0.0.1",
    login: Annotated[bool, typer.Option("--login", help="Do not start without a log-in; see docs/serving.md.")] = False,
    store: StoreFolder = None,
) -> None:
    """Open the page in the browser.

    It listens on this machine only (127.0.0.1) and reads the runs of the store. Ctrl-C ends it. docs/serving.md says
    how to serve it to a team.
    """
    from lull.cli.serving.launch import serve

    serve(PAGE, store, address=address, port=port, browser=browser, login=login)
