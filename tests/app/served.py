"""The page as it is served: `lull app` in a process of its own, and a browser's page on it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

PATIENCE = 60.0  # seconds that a server or a screen may take on a busy machine
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
QUIET = """() => {
    const app = document.querySelector("[data-testid=stApp]"), many = each => document.querySelectorAll(each).length;
    const running = app.dataset.testScriptState !== "notRunning" || many("[data-stale=true]");
    const busy = running || many("[role=graphics-document]") !== many("[data-testid=stVegaLiteChart]");
    if (busy || window.quietSince === undefined) window.quietSince = performance.now();
    return performance.now() - window.quietSince > 300;
}"""  # for a moment nothing has run, nothing was dimmed and every chart was drawn


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    store: Path, *options: str, port: int = 0, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yield the address of `lull app` on a store, started in a folder; without its path below a proxy."""
    port = port or free_port()
    command = [sys.executable, "-P", "-m", "lull.cli", "app", "--no-browser", "--port", str(port)]
    command += ["--store", str(store), *options]
    own = {name: str(store / f".{name.lower()}") for name in ("LULL_SCENARIOS", "LULL_FILES")} | (environment or {})
    path = options[options.index("--base-path") + 1] if "--base-path" in options else ""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet, cwd=folder, env=os.environ | own) as server:
        try:
            await_health(f"http://127.0.0.1:{port}{path}/_stcore/health", server)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def await_health(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers; fail if it ends or does not."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server did not answer")


def await_port(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server takes connections; fail if it ends or does not."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the server did not answer")


def chromium(playwright: Playwright) -> Browser:
    """Return a headless Chromium of the system; without one the tests fail."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path is not None, "no chromium on the PATH: `make browser` installs it"
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


@contextmanager
def opened(browser: Browser, address: str, *, width: int = 1280, height: int = 900) -> Iterator[Page]:
    """Yield a page of a reader of its own; certificates that nobody signed are taken."""
    viewport = {"width": width, "height": height}
    context = browser.new_context(viewport=viewport, bypass_csp=True, ignore_https_errors=True)  # axe is put in
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def quiet(page: Page) -> None:
    """Wait until nothing runs, nothing is dimmed and every chart is drawn: what is done sooner can be lost."""
    page.evaluate("window.quietSince = undefined")
    page.wait_for_function(QUIET)
