"""The page in the browser: Streamlit, on this machine only unless another address is given, reading one store."""

import os
import sys
from ipaddress import ip_address
from pathlib import Path

from lull.cli.screen.streams import errors
from lull.data.integrity.login import login_of, read_secrets, secrets_files
from lull.data.readers.tabular import MAX_BYTES
from lull.data.settings import LOGIN, PAGE, STORE
from lull.model.runs.store import Store

ADDRESS = "127.0.0.1"
OPEN = "No log-in: everyone who reaches {address} can read all runs, start fits and bring files (docs/serving.md)."
MOST_MEGABYTES = MAX_BYTES // 1_000_000  # of one upload
APPLICATION = Path(__file__).parents[2] / "pages" / "serving" / "server_app.py"


def serve(page: Path, folder: Path | None, *, address: str, port: int, browser: bool, login: bool = False) -> None:
    """Turn this process into the server of the page; it ends with Ctrl-C.

    With a log-in the server demands it for as long as it runs. Raises `InputError` for secrets that cannot be
    trusted, or lack the log-in that is required.
    """
    required = login_of(read_secrets(secrets_files()), required=login) is not None
    if not required and not is_local(address):
        errors().print(OPEN.format(address=address), soft_wrap=True)
    environment = os.environ | {STORE: str(Store(folder).folder.absolute()), PAGE: str(page.absolute())}
    environment |= {LOGIN: "required" if required else ""}
    sys.stdout.flush()
    os.execve(sys.executable, command(address=address, port=port, browser=browser), environment)  # noqa: S606 - our own interpreter


def is_local(address: str) -> bool:
    """Return whether an address is reached from this machine alone."""
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False


def command(*, address: str = ADDRESS, port: int, browser: bool) -> list[str]:
    """Return the command line of the server."""
    settings = {
        "server.address": address,
        "server.port": port,
        "server.headless": not browser,
        "server.showEmailPrompt": False,  # it would wait at the first start for an answer to another question
        "server.fileWatcherType": "none",
        "server.maxUploadSize": MOST_MEGABYTES,
        "browser.gatherUsageStats": False,
        "runner.postScriptGC": False,  # a full collection after every move takes longer than the answer
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "theme.light.primaryColor": "#0072b2",
        "theme.dark.primaryColor": "#56b4e9",
    }
    options = [f"--{name}={str(value).lower()}" for name, value in settings.items()]
    return [sys.executable, "-P", "-m", "lull.cli.serving.server", "run", str(APPLICATION), *options]
