"""A reader who has never seen the page finds what a desk asks for, in at most so many clicks from the first screen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lull.model.runs.store import Store
from tests.app.served import opened, serving
from tests.app.test_browser import ANSWER, settled

pytestmark = [pytest.mark.browser, pytest.mark.integration]


@pytest.fixture(scope="module")
def address(answered_store: Store) -> Iterator[str]:
    """The address of the page on a store with one run and its forecast."""
    with serving(answered_store.folder) as address:
        yield address


@dataclass
class Reader:
    """A reader at a page, whose clicks are counted."""

    page: Page
    clicks: int = 0

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1

    def screen(self, name: str) -> None:
        """Go to a screen by the menu on top."""
        self.click(self.page.get_by_test_id("stTopNavLink").filter(has_text=name))
        settled(self.page, name)

    def lab(self) -> None:
        """Go to the lab of a series by its line."""
        self.click(self.page.get_by_role("link", name="Israel"))
        settled(self.page, "Scenario lab")

    def choose(self, box: str, option: str) -> None:
        self.click(self.page.get_by_role("combobox", name=box, exact=True))
        self.click(self.page.get_by_role("option", name=option))


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[Reader]:
    with opened(browser, address, height=1400) as page:  # a list that opens closes when the page scrolls to it
        settled(page, "Overview")
        yield Reader(page)


def test_the_chance_by_a_date_is_two_clicks_away(reader: Reader) -> None:
    reader.lab()
    reader.click(reader.page.get_by_test_id("stDateInputField").get_by_role("spinbutton").nth(1))
    reader.page.keyboard.type("04")  # the month
    for _ in range(5):  # past the day and the two buttons: the field is left
        reader.page.keyboard.press("Tab")
    expect(reader.page.locator(ANSWER)).to_contain_text(re.compile(r"by 1 April 2025 \(Israel\) is .*%"))
    assert reader.clicks <= 2


def test_the_effect_of_a_scenario_is_shared_as_a_link_in_five(reader: Reader, browser: Browser) -> None:
    reader.lab()
    before = reader.page.locator(ANSWER).inner_text()
    reader.choose("Ceasefire", "Broken off")
    expect(reader.page.locator(ANSWER)).not_to_have_text(before)
    settled(reader.page, "Scenario lab")
    reader.click(reader.page.get_by_role("button", name="Share"))
    link = reader.page.get_by_test_id("stCode").filter(has_text="scenario=").first
    expect(link).to_be_visible()
    link.hover()
    reader.click(link.get_by_role("button"))
    assert reader.clicks <= 5
    said = reader.page.locator(ANSWER).inner_text()
    with opened(browser, link.inner_text().strip()) as other:
        expect(other.locator(ANSWER)).to_have_text(said)


def test_the_median_date_of_a_resumption_is_three_clicks_away(reader: Reader) -> None:
    reader.screen("Questions")
    reader.choose("Question", "a resumption")
    expect(reader.page.get_by_text("A resumption (Israel)")).to_be_visible()
    expect(reader.page.get_by_text(re.compile(r"median (after )?\d+ \w+ 202\d"))).to_be_visible()
    assert reader.clicks <= 3


def test_why_is_two_clicks_away(reader: Reader) -> None:
    reader.lab()
    reader.click(reader.page.get_by_text("Why this number"))
    for part in ("1. The reports it rests on", "3. What each driver adds, as scheduled", "5. The grade"):
        expect(reader.page.get_by_text(part)).to_be_visible()
    assert reader.clicks <= 2


def test_a_briefing_is_two_clicks_away(reader: Reader) -> None:
    reader.screen("Export")
    with reader.page.expect_download() as download:
        reader.click(reader.page.get_by_role("button", name="Briefing (HTML)"))
    assert "<title>Briefing: Islamic Resistance in Iraq" in download.value.path().read_text("utf-8")
    assert reader.clicks <= 2
