"""From the start page to a link of one's own scenario: the walk-through of `docs/app.md`, walked and photographed.

`python tests/app/tour.py http://127.0.0.1:8501/ docs/pictures` makes the pictures again from a page that is served.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

PATIENCE = 60_000  # ms that a screen may take on a busy machine
ANSWER = ".st-key-answer h2"
STEPS = ("start", "ceasefire", "event", "share")


def walk(browser: Browser, address: str, folder: Path) -> tuple[str, str]:
    """Return the link and the answer of a scenario made in four steps, with a picture of each in the folder."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, device_scale_factor=1)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.goto(f"{address}scenarios")
    expect(page.locator("[role=graphics-document]")).to_have_count(2)
    page.wait_for_timeout(500)  # the pictures fade in
    page.screenshot(path=folder / "start.png")
    _collapse(page)
    page.screenshot(path=folder / "ceasefire.png")
    _add_event(page)
    page.screenshot(path=folder / "event.png")
    link = page.get_by_text("Link to this view")
    for _ in range(3):  # the first click may only close the menu of the event
        if link.is_visible():
            break
        page.get_by_role("button", name="Share").click()
        page.wait_for_timeout(3000)
    expect(link).to_be_visible()
    page.wait_for_timeout(500)
    page.screenshot(path=folder / "share.png")
    answer, address = page.locator(ANSWER).inner_text(), page.url
    context.close()
    return address, answer


def _collapse(page: Page) -> None:
    before = page.locator(ANSWER).inner_text()
    choice = page.get_by_role("combobox", name="Ceasefire")
    choice.focus()
    choice.press_sequentially("broken off")
    choice.press("Enter")
    expect(page.locator(ANSWER)).not_to_have_text(before)
    page.wait_for_timeout(500)


def _add_event(page: Page) -> None:
    page.get_by_role("button", name="Add an event").click()
    kind = page.get_by_role("combobox", name="Kind")
    kind.focus()
    kind.press_sequentially("mobil")
    kind.press("Enter")
    chance = page.get_by_role("slider", name="Chance that it happens")
    chance.focus()
    for _ in range(50):
        chance.press("ArrowLeft")
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Add", exact=True).click()
    page.keyboard.press("Escape")
    expect(page.get_by_text("the answer above is their weighted average")).to_be_visible()
    page.mouse.move(800, 500)
    page.mouse.wheel(0, -2000)
    page.wait_for_timeout(800)


def main() -> None:
    """Walk on the page of an address, and keep the pictures."""
    address, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        sys.stdout.write("\n".join(walk(browser, address, folder)) + "\n")


if __name__ == "__main__":
    main()
