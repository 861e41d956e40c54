"""The page in a real browser: what a reader sees, chooses by keyboard, links to, and cancels."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from model.store import Store

pytestmark = pytest.mark.browser
PATIENCE = 60.0  # seconds that a server or a screen may take on a busy machine
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium of the system; without one the tests fail."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path is not None, "no chromium on the PATH: `make browser` installs it"
    with sync_playwright() as playwright:
        expect.set_options(timeout=1000 * PATIENCE)
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def serving(store: Store) -> Iterator[str]:
    """Yield the address of `lull app` on a store."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-P", "-m", "cli", "app", "--no-browser", "--port", str(port)]
    command += ["--store", str(store.folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            await_health(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def await_health(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server did not answer")


@contextmanager
def opened(browser: Browser, address: str, *, width: int = 1280, height: int = 900) -> Iterator[Page]:
    """Yield a page of a reader of its own."""
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


@pytest.fixture(scope="module")
def address(answered_store: Store) -> Iterator[str]:
    """The address of the page on a store with one run and its forecast."""
    with serving(answered_store) as address:
        yield address


def figures(page: Page) -> list[str]:
    """Return the figures on the page, when all are there."""
    cells = page.get_by_test_id("stMetricValue")
    expect(cells).to_have_count(4)
    return cells.all_inner_texts()


def test_a_reader_sees_the_charts_chooses_by_keyboard_and_shares_the_view(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        before = figures(page)
        expect(page.get_by_role("heading", name="Islamic Resistance in Iraq")).to_be_visible()
        for words in ("Weekly attacks of israel from", "Chance of a resumption (israel) by week"):
            expect(page.locator(f"[aria-label*='{words}']").first).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0
        choice = page.get_by_role("combobox", name="Scenario")
        choice.focus()
        choice.press_sequentially("pressure")
        choice.press("Enter")
        expect(page.get_by_text("Diplomatic pressure eases").first).to_be_visible()
        page.wait_for_url("**scenario=pressure-eases**")
        expect(page.get_by_test_id("stMetricValue").nth(1)).not_to_have_text(before[1])
        chosen, link = figures(page), page.url
        assert chosen != before
    with opened(browser, link) as other:
        assert figures(other) == chosen


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_wide_and_narrow_screens(browser: Browser, address: str, tmp_path: Path, width: int) -> None:
    with opened(browser, address, width=width, height=844) as page:
        figures(page)
        expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for chart in page.get_by_test_id("stVegaLiteChart").all():
            box = chart.bounding_box()
            assert box is not None
            assert (box["x"] >= 0, box["x"] + box["width"] <= width, box["height"] > 200) == (True, True, True)
        page.screenshot(path=tmp_path / f"{width}.png", full_page=True)


def test_a_fit_is_started_followed_and_cancelled(browser: Browser, store: Store) -> None:
    with serving(store) as address, opened(browser, address) as page:
        page.get_by_role("button", name="Fit the embedded case").click()
        expect(page.get_by_text("Working: ")).to_be_visible()
        expect(page.get_by_role("button", name="Fit the embedded case")).to_be_disabled()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("The fit was cancelled; nothing of it was kept")).to_be_visible()
        page.get_by_role("button", name="Dismiss").click()
        expect(page.get_by_role("button", name="Fit the embedded case")).to_be_enabled()
    assert store.runs() == []
    assert [path.name for path in store.folder.iterdir()] == [".jobs"]
