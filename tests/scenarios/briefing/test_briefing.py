"""A briefing: one page that says what the forecast says, in the language of its catalogue, on paper if it can be."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lull.cli import lull
from lull.data.schema import InputError
from lull.model.runs.store import Run, Store
from lull.scenarios.briefing import catalogue as words
from lull.scenarios.briefing import paper
from lull.scenarios.briefing.catalogue import Catalogue, catalogue, languages
from lull.scenarios.briefing.last_briefing import FILE, FOLDER, briefed, change_sentences, last_briefing
from lull.scenarios.briefing.page import MOST, briefing_page, make_briefing
from lull.scenarios.language.standard import standard_request
from lull.scenarios.overview.lines import WEEK, keep_rows, rows_of
from lull.scenarios.presentation.answer_in_short import summary_sentences
from lull.scenarios.presentation.wording import percent
from lull.scenarios.results.forecast import Forecast, forecast
from lull.scenarios.results.forecast_cache import Request

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def made(answered_store: Store) -> Forecast:
    (run,) = answered_store.runs()
    return forecast(run, standard_request(run), progress=lambda _step, _done, _total: None)


def test_the_page_has_the_answer_two_pictures_the_scenarios_and_its_record(made: Forecast) -> None:
    page = briefing_page(made, "israel")
    document = made.document()
    for sentence in summary_sentences(document):
        assert sentence in page
    assert page.count('<svg role="img"') == 2
    assert "@page {size: A4" in page
    assert '<html lang="en" dir="ltr">' in page
    for note in document.scenarios[:MOST]:
        assert note.title in page
    assert f"scenarios that are not shown: {len(document.scenarios) - MOST}." in page
    assert "nothing can be compared" in page
    assert document.run_id in page
    assert not re.search(r"<script|https?://(?!www\.w3\.org)", page)


def test_letter_paper_and_a_script_from_right_to_left(made: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
    english = catalogue()
    monkeypatch.setattr(
        "lull.scenarios.briefing.page.catalogue", lambda _: Catalogue("ar", "rtl", {**english.texts, "answer": "<b>"})
    )
    page = briefing_page(made, "israel", paper="letter")
    assert '<html lang="ar" dir="rtl">' in page
    assert "@page {size: letter" in page
    assert "<h2>&lt;b&gt;</h2>" in page


def test_every_language_has_every_text_and_another_is_refused() -> None:
    assert {frozenset(catalogue(name).texts) for name in languages()} == {frozenset(catalogue().texts)}
    assert {catalogue(name).direction for name in languages()} <= {"ltr", "rtl"}
    with pytest.raises(InputError, match="language: expected en, found 'xx'"):
        words.catalogue("xx")


@pytest.mark.integration
def test_a_page_fits_one_sheet_of_either_paper(made: Forecast) -> None:
    for size in ("a4", "letter"):
        pdf = paper.pdf_of(briefing_page(made, "israel", paper=size))  # type: ignore[arg-type]
        assert pdf is not None, "chromium is there, as the tests of the page need it"
        assert pdf.startswith(b"%PDF")
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1, size


def test_the_command_writes_html_alone_where_there_is_no_browser_and_says_so(
    answered_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper.shutil, "which", lambda _: None)
    command = ["briefing", "--out", str(tmp_path), "--store", str(answered_store.folder)]
    done = CliRunner().invoke(lull, [*command, "--scenario", "ceasefire-fork"])
    assert (done.exit_code, [path.name for path in tmp_path.iterdir()]) == (0, ["briefing.html"])
    assert "No PDF: it is printed by Chromium or Chrome, and neither is installed here." in " ".join(
        done.output.split()
    )
    told = CliRunner().invoke(lull, [*command, "--json"])
    assert json.loads(told.stdout)["no_pdf"] == paper.NO_BROWSER


def test_a_series_that_is_not_there_is_named(answered_store: Store, tmp_path: Path) -> None:
    command = ["briefing", "--out", str(tmp_path), "--store", str(answered_store.folder), "--series", "isreal"]
    done = CliRunner().invoke(lull, command)
    assert done.exit_code == 2
    assert "--series: expected one of israel, us_forces, found 'isreal'" in done.output
    assert list(tmp_path.iterdir()) == []


def test_what_changed_since_the_run_of_the_week_before_is_said(
    store: Store, embedded_run: Callable[..., Run], write_run: Callable[..., Run]
) -> None:
    run = embedded_run()
    earlier = write_run(run_id="bbbb000000000000", record={"origin": "2024-12-16"})
    now = {row.series: row for row in rows_of(run)}
    before = {"run_id": earlier.run_id, "origin": now["israel"].origin - WEEK, "created": "2000", "soon": 0.99}
    keep_rows(
        store,
        {run.run_id: tuple(now.values()), earlier.run_id: (now["israel"].model_copy(update=before),)},
    )
    asked = Request.of((), horizon=26, seed=1)
    page = briefing_page(forecast(run, asked, progress=lambda _step, _done, _total: None), "us_forces")
    assert "an attack in 4 weeks 99" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "nothing can be compared" not in page


def test_what_changed_since_the_last_briefing_is_said_by_the_same_day(
    embedded_run: Callable[..., Run], write_run: Callable[..., Run]
) -> None:
    run = embedded_run()
    asked = Request.of((), horizon=26, seed=1)
    made = forecast(run, asked, progress=lambda _step, _done, _total: None)
    assert "Since the last briefing" not in make_briefing(made, "israel")
    again = make_briefing(made, "israel")
    assert "Since the last briefing" not in again, "one of the same run is no earlier one"
    later = write_run(run_id="bbbb000000000000", record={"plan": run.record["plan"]})
    page = plain(make_briefing(forecast(later, asked, progress=lambda _step, _done, _total: None), "israel"))
    chance = made.document().chance("any attack", "baseline", "israel", 12)
    assert f"Since the last briefing, known to 29 December 2024 (run {run.run_id[:6]}):" in page
    same = f"{percent(chance.probability)} → {percent(chance.probability)} (0 points)"
    assert f"Israel, chance of at least one attack by {chance.by:%-d %B %Y}: As scheduled {same}" in page
    assert "US forces, chance of at least one attack by" in page


def test_days_that_are_over_are_not_compared_and_a_store_that_cannot_be_read_has_no_briefing(
    store: Store, made: Forecast
) -> None:
    document = made.document()
    last = briefed(document)
    over = last.model_copy(update={"origin": last.origin - 13 * WEEK})
    assert "so nothing can be compared" in change_sentences(over, document, catalogue())[0]
    moved = [one.model_copy(update={"chances": tuple(0.5 for _ in one.chances)}) for one in last.said]
    said = change_sentences(last.model_copy(update={"said": tuple(moved)}), document, catalogue())
    assert all(plain(sentence).count("50 % → ") == len(document.scenarios) for sentence in said[1:])
    assert len(said) == 1 + len(document.series)
    (store.folder / FOLDER).mkdir(parents=True)
    (store.folder / FOLDER / FILE).write_text("{")
    assert last_briefing(replace(made.run, folder=store.folder / made.run.run_id)) is None


def plain(page: str) -> str:
    return page.replace("\N{NO-BREAK SPACE}", " ")
