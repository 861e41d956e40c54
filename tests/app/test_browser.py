"""The page in a real browser: what a reader sees, chooses by keyboard, links to, and cancels."""

import importlib.util
import os
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Literal
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Browser, Locator, Page, expect

from lull.data.files import write_json
from lull.model.runs.record import sealed
from lull.model.runs.store import RUN_FILE, Store
from lull.pages.panels.tour import STEPS
from lull.scenarios.language.scenario_files import scenario_text
from lull.scenarios.presentation.answer_words import KINDS
from tests.app.served import PATIENCE, opened, quiet, serving
from tests.conftest import write_embedded_run, write_synthetic_run

pytestmark = [pytest.mark.browser, pytest.mark.integration]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def address(answered_store: Store) -> Iterator[str]:
    """The address of the page on a store with one run and its forecast."""
    with serving(answered_store.folder) as address:
        yield address


LAB, ANSWER = "scenarios", ".st-key-answer h2"
SCREENS = {
    "": "Overview",
    LAB: "Scenario lab",
    "situation": "Situation",
    "side-by-side": "Compare scenarios",
    "questions": "Questions",
    "record": "Record",
    "evidence": "Evidence",
    "export": "Export",
    "your-data": "Your data",
    "glossary": "Glossary",
}


def answer(page: Page) -> str:
    """Return the answer in words, when it is there."""
    return page.locator(ANSWER).inner_text()


def pictures(page: Page) -> Locator:
    return page.locator("[role=graphics-document]")


LINES = """Array.from(document.querySelectorAll("[role=graphics-document]"), picture => Array.from(
    picture.querySelectorAll(".mark-line path"), path => path.getAttribute("d")).join())"""  # as each picture has them


def settled(page: Page, name: str) -> None:
    """Wait until a screen is whole: what `app.py` sends last is there, every chart is drawn and nothing is dimmed."""
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(page.locator(".lull-done")).to_have_count(1)
    expect(page.get_by_test_id("stDialog")).to_have_count(0)
    quiet(page)


def test_a_reader_moves_the_ceasefire_by_keyboard_and_shares_the_view(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}{LAB}") as page:
        before = answer(page)
        assert "As scheduled, the chance" in before
        choice = page.get_by_role("combobox", name="Ceasefire")
        choice.focus()
        choice.press_sequentially("broken off")
        choice.press("Enter")
        expect(page.locator(ANSWER)).not_to_have_text(before)
        page.wait_for_url("**scenario=~**")
        collapsed, drawn, address_before = answer(page), page.evaluate(LINES), page.url
        slider = page.get_by_text("Rates and reporting")
        slider.click()
        page.get_by_role("slider", name="Odds of resuming").press("ArrowRight")
        expect(page.locator(ANSWER)).not_to_have_text(collapsed)
        page.wait_for_function(f"drawn => {LINES}.every((line, at) => line !== drawn[at])", arg=drawn)
        page.wait_for_url(lambda address: address != address_before)  # sent after the answer
        moved, link = answer(page), page.url
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(ANSWER)).to_have_text(collapsed)
        assert page.get_by_test_id("stException").count() == 0
    with opened(browser, link) as other:
        expect(other.locator(ANSWER)).to_have_text(moved)
        expect(other.get_by_role("button", name="Undo")).to_be_disabled()  # a session of its own


def tour() -> ModuleType:
    """Return the walk-through, which is a program too."""
    spec = importlib.util.spec_from_file_location("tour", Path(__file__).with_name("tour.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_walk_through_of_the_page_ends_in_a_link_of_ones_own(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    walked = tour()
    link, result = walked.walk(browser, address, tmp_path)
    assert {path.stem for path in tmp_path.glob("*.png")} == set(walked.STEPS) == set(tour_in_the_documents())
    with opened(browser, link) as other:
        expect(other.locator(ANSWER)).to_have_text(result)


def tour_in_the_documents() -> list[str]:
    """Return the pictures that the page on the page shows."""
    text = (Path(__file__).parents[2] / "docs" / "app.md").read_text("utf-8")
    return re.findall(r"\(pictures/(\w+)\.png\)", text)


def test_going_back_shows_what_was_shown_before(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}{LAB}") as page:
        before = answer(page)
        page.goto(f"{address}{LAB}?scenario=ceasefire-extended")
        expect(page.locator(ANSWER)).not_to_have_text(before)
        settled(page, "Scenario lab")
        page.go_back()
        expect(page.locator(ANSWER)).to_have_text(before)


def test_a_good_file_is_taken_and_a_broken_one_reported(browser: Browser, address: str, tmp_path: Path) -> None:
    good, broken = tmp_path / "good.toml", tmp_path / "broken.toml"
    good.write_text(scenario_text("ceasefire-fork"), "utf-8")
    broken.write_text('id = "x"\ntitle = "t"\nassumptions = "a"\nprobability = 1\n', "utf-8")
    with opened(browser, f"{address}{LAB}") as page:
        answer(page)
        page.get_by_role("button", name="Save").click()
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(good)
        expect(page.get_by_text("it collapses early").first).to_be_visible()
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(broken)
        expect(page.get_by_text("broken.toml:line 4")).to_be_visible()


@pytest.mark.parametrize("path", SCREENS)
def test_every_screen_fits_wide_and_narrow_and_is_accessible_light_and_dark(
    browser: Browser, address: str, tmp_path: Path, path: str
) -> None:
    with opened(browser, address + path, height=844) as page:
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            settled(page, SCREENS[path])
            check_fit(page, width)
            page.screenshot(path=pictured(tmp_path, f"{path or 'overview'}-{width}.png"), full_page=True)
        page.set_viewport_size({"width": 1280, "height": 720})
        for group in page.get_by_test_id("stExpander").all():
            group.locator("summary").click()
        grounds = [accessible_in(page, scheme, SCREENS[path]) for scheme in SCHEMES]
        assert len(set(grounds)) == len(SCHEMES)  # each was really shown


def check_fit(page: Page, width: int) -> None:
    """Hold a screen to its width: it does not scroll sideways, and no chart leaves it."""
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
    for chart in page.get_by_test_id("stVegaLiteChart").all():
        box = chart.bounding_box()
        assert box is not None
        assert (box["x"] >= 0, box["x"] + box["width"] <= width, box["height"] > 100) == (True, True, True)


def accessible_in(page: Page, scheme: Literal["light", "dark"], name: str) -> str:
    """Return the colour of the ground of a screen that has no serious finding of accessibility in a colour scheme."""
    page.emulate_media(color_scheme=scheme)
    settled(page, name)
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == [], scheme
    ground: str = page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    return ground


def pictured(folder: Path, name: str) -> Path:
    """Return where a screenshot goes: $LULL_SCREENSHOTS keeps them."""
    kept = os.environ.get("LULL_SCREENSHOTS")
    return Path(kept or folder) / name


def test_the_first_fit_starts_by_itself_and_two_readers_follow_it(browser: Browser, store: Store) -> None:
    """Who follows a fit that another reader has dismissed does not wait for ever."""
    first = {"LULL_FIRST_FIT": ""}
    with (
        serving(store.folder, environment=first) as address,
        opened(browser, address) as page,
        opened(browser, address) as other,
    ):
        for reader in (page, other):
            expect(reader.get_by_text("Working: ")).to_be_visible()
            expect(reader.get_by_role("button", name="Fit the embedded case")).to_be_disabled()
            expect(pictures(reader)).to_have_count(1)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Fit cancelled; nothing was saved")).to_be_visible()
        page.get_by_role("button", name="Dismiss").click()
        for reader in (page, other):
            expect(reader.get_by_role("button", name="Fit the embedded case")).to_be_enabled()
            expect(reader.get_by_test_id("stProgress")).to_have_count(0)
    assert store.runs() == []
    assert [path.name for path in store.folder.iterdir()] == [".jobs"]


def test_a_line_of_the_overview_leads_to_its_lab_and_an_older_link_still_opens(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        settled(page, "Overview")
        line = page.get_by_role("row").filter(has_text="US forces")
        cells = line.get_by_role("cell").all_inner_texts()
        assert line.get_by_role("img").get_attribute("alt") == page.get_by_alt_text("US forces").get_attribute("alt")
        assert page.get_by_alt_text("US forces").evaluate("picture => picture.naturalWidth") > 0
        line.get_by_role("link", name="US forces").click()
        settled(page, "Scenario lab")
        assert selectors(page)["Series"] == "US forces"
        assert "(US forces)" in answer(page)
        page.goto(f"{address}?series=us_forces&question=any+attack+by+2025-01-26&scenario=baseline")
        settled(page, "Scenario lab")
        chance = next(cell for cell in cells if cell.endswith("%") and cell in answer(page))
        assert chance, "four weeks ahead the lab says what the overview does"


def test_the_tour_is_walked_from_the_first_to_the_last_step(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        settled(page, "Overview")
        page.get_by_role("button", name="Two-minute tour").click()
        for place, step in enumerate(STEPS, start=1):
            expect(page.get_by_text(f"Tour, {place} of {len(STEPS)}: {step.title}")).to_be_visible()
            settled(page, SCREENS["" if step.path == "overview" else step.path])
            if step.view.get("scenario") == "ceasefire-collapses":
                assert "The ceasefire collapses early" in answer(page)
            page.get_by_role("button", name="Next" if place < len(STEPS) else "Finish").click()
        settled(page, "Overview")
        expect(page.locator(".st-key-tour")).to_have_count(0)
    words = sum(len(f"{step.title} {step.words}".split()) for step in STEPS)
    assert words / 200 < 2, "two minutes at 200 words a minute"


def test_the_series_box_the_sentence_and_the_tooltip_agree(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}{LAB}?scenario=ceasefire-collapses") as page:
        settled(page, "Scenario lab")
        for name in ("US forces", "Israel"):
            box = page.get_by_role("combobox", name="Series", exact=True)
            box.focus()
            box.fill(name)
            box.press("Enter")
            expect(page.locator(ANSWER)).to_contain_text(f"({name})")
            expect(box).to_have_value(name)
        for place in range(2):
            said = tooltips(page, pictures(page).nth(place))
            assert any("The ceasefire" in words or "Your scenario" in words for words in said), said
            assert not any(re.search("undefined|null|NaN", words) for words in said), said


def tooltips(page: Page, picture: Locator) -> set[str]:
    """Return what a picture says at its points, found by moving the pointer over it."""
    picture.scroll_into_view_if_needed()
    box, said = picture.bounding_box(), set()
    assert box is not None
    for across in (0.3, 0.5, 0.7, 0.9):
        for down in range(2, 66, 4):
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"] / 100)
            shown = page.locator("#vg-tooltip-element.visible")
            said |= set(shown.all_inner_texts())
    return said


def test_an_exported_picture_shows_what_the_screen_does(browser: Browser, address: str, tmp_path: Path) -> None:
    with opened(browser, f"{address}export") as page:
        settled(page, "Export")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download SVG").click()
        download.value.save_as(tmp_path / "picture.svg")
    drawn = (tmp_path / "picture.svg").read_text("utf-8")
    assert not re.search("undefined|null|NaN", drawn)
    lines = re.findall(r'<path[^>]* d="(M[^"]+)"', drawn)
    assert sum(line.count("L") + line.count("C") > 10 for line in lines) >= 3, "the past, the median, its bands"


WEEKS = 40


def weekly(*, most: int) -> str:
    """Return a small file of weekly counts with a pause in it."""
    days = [date(2024, 1, 1) + timedelta(weeks=week) for week in range(WEEKS)]
    counts = [0 if 15 <= week < 25 else 1 + 3 * week % most for week in range(WEEKS)]
    rows = (f"north,{day},{count},The group" for day, count in zip(days, counts, strict=True))
    return "\n".join(["series,week_start,count,faction", *rows, ""])


def test_own_data_are_uploaded_checked_fitted_and_another_fit_cancelled(
    browser: Browser, store: Store, tmp_path: Path
) -> None:
    for name, text in {"good.csv": weekly(most=7), "other.csv": weekly(most=11)}.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "broken.csv").write_text("series,week_start,count\nnorth,2024-01-02,x\n", "utf-8")
    with serving(store.folder) as address, opened(browser, f"{address}your-data") as page:
        bring = page.get_by_test_id("stFileUploaderDropzoneInput").first  # the other one opens snapshots
        bring.set_input_files([tmp_path / name for name in ("broken.csv", "good.csv", "other.csv")])
        expect(page.get_by_text("“broken.csv” was not imported")).to_be_visible()
        expect(page.get_by_text("weekly counts of 1 series over 40 weeks").first).to_be_visible()
        fit, choice = (
            page.get_by_role("button", name="Fit", exact=True),
            page.get_by_role("combobox", name="Counts or reports"),
        )
        fit.click()
        expect(page.get_by_role("button", name="Cancel")).to_have_count(1)
        choice.focus()
        choice.press_sequentially("other")
        choice.press("Enter")
        expect(choice).to_have_value("other.csv")
        fit.click()
        expect(page.get_by_role("button", name="Cancel")).to_have_count(1)
        page.get_by_role("button", name="Take it out of the queue").click()  # of one reader one fit runs at once
        expect(page.get_by_text("Fit cancelled; nothing was saved")).to_be_visible()
        expect(page.get_by_text("Attack within 9 weeks")).to_be_visible(timeout=4000 * PATIENCE)
        assert page.get_by_test_id("stException").count() == 0
    (run,) = store.runs()
    assert run.record["evidence"]["factions"] == ["The group"]


def test_a_workbook_is_taken_away_and_opens(browser: Browser, address: str, tmp_path: Path) -> None:
    with opened(browser, f"{address}export") as page:
        with page.expect_download() as download:
            page.get_by_role("button", name="Workbook (XLSX)").click()
        download.value.save_as(tmp_path / "forecast.xlsx")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download PNG").click()
        download.value.save_as(tmp_path / "picture.png")
    book = load_workbook(tmp_path / "forecast.xlsx")
    assert book.sheetnames[0] == "baseline"
    assert book["baseline"].max_row > 1
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def selectors(page: Page) -> dict[str, str]:
    """Return what the selectors of a screen show."""
    names = ("Run", "Series", "Question")
    fields = {name: page.get_by_role("combobox", name=name, exact=True) for name in names}
    shown = {name: field.first.input_value() for name, field in fields.items() if field.count()}
    day = page.get_by_test_id("stDateInputField")
    return shown | ({"By": "".join(day.first.inner_text().split())} if day.count() else {})


def test_every_selector_of_every_screen_shows_the_view_that_is_answered_for(browser: Browser, store: Store) -> None:
    """Of choices that are not the defaults: the older run, the second series, another question and day."""
    older = write_synthetic_run(store)
    write_json(older.folder / RUN_FILE, sealed(older.record | {"created": "2024-01-01T00:00:00+00:00"}))
    write_embedded_run(store)
    assert store.runs()[0].run_id != older.run_id
    view = {"run": older.run_id, "series": "us_forces", "question": "resumption by 2025-04-01"}
    with serving(store.folder) as address, opened(browser, f"{address}?{urlencode(view)}") as page:
        settled(page, "Scenario lab")
        seen = set()
        for name in [*SCREENS.values(), *SCREENS.values()]:
            page.get_by_test_id("stTopNavLink").filter(has_text=name.removesuffix(" scenarios")).click()
            settled(page, name)
            if name in ("Overview", "Your data", "Glossary", "Record"):  # of no run
                continue
            shown = selectors(page)
            seen |= set(shown)
            assert shown.pop("Run").endswith(older.run_id[:6])
            assert shown.pop("Series", "US forces") == "US forces"
            assert shown.pop("By", "2025-04-01") == "2025-04-01"
            assert shown.pop("Question", KINDS["resumption"]) == KINDS["resumption"]
        assert seen == {"Run", "Series", "By", "Question"}


def test_pointing_at_a_week_names_the_reports_that_cover_it(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}situation") as page:
        settled(page, "Situation")
        box = pictures(page).first.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
        expect(page.locator("#vg-tooltip-element")).to_contain_text("316 from 2024-01-01 to 2024-11-21")
