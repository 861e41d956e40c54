"""The record and the judgement of a question in a real browser: on a ledger with forecasts that came out."""

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from lull.data import calendar
from lull.ledger.entries import Comment, OwnNumber
from lull.ledger.journal import Ledger
from lull.ledger.publication import enter_comment, register
from lull.ledger.resolution import resolve
from lull.model.runs.store import Store
from tests.app.served import opened, serving
from tests.app.test_browser import accessible_in, check_fit, pictured, settled
from tests.conftest import write_embedded_run
from tests.ledger.conftest import forecast, newer

pytestmark = [pytest.mark.browser, pytest.mark.integration]
BEGIN = date(2024, 12, 30)
QUESTION = "any attack by 2025-03-01"  # what the screen asks first


def kept_record(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a run, and a ledger with a yes, a no and an open question."""
    write_embedded_run(store)
    monkeypatch.setattr(calendar, "today", lambda: date(2025, 1, 3))
    ledger = Ledger(store.folder)
    for question in (QUESTION, "total at least 9 by 2025-01-26", "any attack by 2025-01-26"):
        body = forecast(question, since=BEGIN, series="israel")
        about = {"question": question, "series": "israel", "deadline": body.deadline}
        register(ledger, body, OwnNumber(**about, chance=0.2, reason="A quiet winter."))  # type: ignore[arg-type]
        enter_comment(ledger, Comment(**about, text="See the statement of 2 January."))  # type: ignore[arg-type]
    resolve(ledger, newer({"israel": [0, 0, 0, 0]}, date(2025, 1, 27), first=BEGIN))


def test_the_record_and_my_number_are_read_wide_and_narrow_light_and_dark(
    browser: Browser,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept_record(store, monkeypatch)
    with serving(store.folder) as address:
        for path, name, words in (("record", "Record", "3 questions published"), ("questions", "Questions", "me: See")):
            with opened(browser, address + path, height=844) as page:
                settled(page, name)
                expect(page.get_by_text(words).first).to_be_visible()
                for width in (1280, 390):
                    page.set_viewport_size({"width": width, "height": 844})
                    settled(page, name)
                    check_fit(page, width)
                    page.screenshot(path=pictured(tmp_path, f"{path}-kept-{width}.png"), full_page=True)
                assert accessible_in(page, "light", name) != accessible_in(page, "dark", name)
