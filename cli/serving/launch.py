"""The page in the browser: Streamlit, on this machine only unless another address is given, reading one store."""

import os
import sys
from pathlib import Path

from lull.data.readers.tabular import MAX_BYTES
from lull.data.settings import PAGE, STORE
from lull.model.runs.store import Store

ADDRESS = "127.0.0.1"
MOST_MEGABYTES = MAX_BYTES // 1_000_000  # of one upload
SCRIPT = Path(__file__).with_name("streamlit_page.py")


def serve(page: Path, folder: Path | None, *, address: str, port: int, browser: bool) -> None:
    """Turn this process into the server of the page; it ends with Ctrl-C."""
    environment = os.environ | {STORE: str(Store(folder).folder.absolute()), PAGE: str(page.absolute())}
    sys.stdout.flush()
    os.execve(sys.executable, command(address=address, port=port, browser=browser), environment)  # noqa: S606 - our own interpreter


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
    return [sys.executable, "-P", "-m", "lull.cli.serving.server", "run", str(SCRIPT), *options]
