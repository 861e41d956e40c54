"""The page in the browser: Streamlit, on this machine only unless another address is given, reading one store."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from lull.cli.screen.streams import errors
from lull.data.integrity.limits import Limits
from lull.data.integrity.login import login_of, read_secrets, secrets_files
from lull.data.readers.tabular import MAX_BYTES
from lull.data.schema import InputError, Problem
from lull.data.settings import BROWSER, LOGIN, PAGE, STORE
from lull.model.runs.store import Store

ADDRESS = "127.0.0.1"
OPEN = "No log-in: everyone who reaches {address} can read all runs, start fits and bring files (docs/serving.md)."
MOST_MEGABYTES = MAX_BYTES // 1_000_000  # of one upload
APPLICATION = Path(__file__).parents[2] / "pages" / "serving" / "server_app.py"


@dataclass(frozen=True)
class Place:
    """Where the page is reached: an address and a port of this machine, and the path below which a proxy has it."""

    address: str = ADDRESS
    port: int = 8501
    base_path: str = ""


def serve(
    page: Path, folder: Path | None, place: Place, *, browser: bool, login: bool, given: Mapping[str, str]
) -> None:
    """Turn this process into the server of the page; it ends with Ctrl-C.

    `given` are limits as the environment would set them. With a log-in the server demands it for as long as it runs.
    Raises `InputError` for secrets that cannot be trusted, or lack the log-in that is required, for limits that are
    none, and for a path that is none.
    """
    required = login_of(read_secrets(secrets_files()), required=login) is not None
    if not required and not is_local(place.address):
        errors().print(OPEN.format(address=place.address), soft_wrap=True)
    environment = os.environ | given
    Limits.of(environment)
    environment |= {STORE: str(Store(folder).folder.absolute()), PAGE: str(page.absolute())}
    environment |= {LOGIN: "required" if required else "", BROWSER: "open" if browser else ""}
    line = command(place)
    sys.stdout.flush()
    os.execve(sys.executable, line, environment)  # noqa: S606 - our own interpreter


def is_local(address: str) -> bool:
    """Return whether an address is reached from this machine alone."""
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False


def base_path(text: str) -> str:
    """Return a path without slashes at its ends; raises `InputError` for one that is no part of an address."""
    path = text.strip("/")
    if not re.fullmatch(r"[A-Za-z0-9._~/-]*", path) or any(part in ("", ".", "..") for part in path.split("/") if path):
        raise InputError(Problem("--base-path", "a path such as /lull", repr(text)))
    return path


def command(place: Place) -> list[str]:
    """Return the command line of the server. Raises `InputError` for a path that is none."""
    settings = {
        "server.address": place.address,
        "server.port": place.port,
        "server.baseUrlPath": base_path(place.base_path),
        "server.headless": True,  # the page is opened by us: Streamlit would advertise, and ask for an address
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
    options = [
        f"--{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in settings.items()
    ]
    return [sys.executable, "-P", "-m", "lull.cli.serving.server", "run", str(APPLICATION), *options]
