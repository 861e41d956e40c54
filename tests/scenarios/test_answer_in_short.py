"""The answer in three sentences stands on top of page, report and JSON, and says what the numbers below it say."""

import json

import pytest

from lull.cli.printing.forecast_page import print_forecast
from lull.cli.screen.streams import output
from lull.cli.stored_run import forecast_of
from lull.model.runs.store import Store
from lull.scenarios.language.standard import standard_request
from lull.scenarios.presentation.answer_in_short import NO_SCENARIO, NOTHING_MOVES, summary_sentences
from lull.scenarios.presentation.report import report_page
from lull.scenarios.presentation.wording import percent
from lull.scenarios.results.document import ForecastDocument
from lull.scenarios.results.forecast_cache import find_kept
from lull.scenarios.results.summary import PAUSED

pytestmark = pytest.mark.integration


@pytest.fixture
def document(answered_store: Store) -> ForecastDocument:
    run = answered_store.runs()[0]
    kept = find_kept(run, standard_request(run))
    assert kept is not None
    return kept.document()


def noted(document: ForecastDocument, **parts: object) -> ForecastDocument:
    """Return the document with parts of what it notes of every series replaced."""
    notes = tuple(note.model_copy(update=parts) for note in document.series)
    return document.model_copy(update={"series": notes})


def test_the_first_sentence_is_the_chance_of_each_series_with_its_day(document: ForecastDocument) -> None:
    first, _, _ = summary_sentences(document)
    shown = [percent(document.chance("any attack", "baseline", note.name, 26).probability) for note in document.series]
    assert first == (
        "Chance of at least one attack by 29 June 2025, as known on 31 December 2024: "
        f"israel {shown[0]}, us_forces {shown[1]}."
    )


def test_the_second_compares_with_the_record_where_a_series_is_silent(document: ForecastDocument) -> None:
    chance = document.chance("any attack", "baseline", "israel", 26).probability
    near = noted(document, reference_rate=None)
    assert "nothing to compare" in summary_sentences(near)[1]
    notes = (near.series[0].model_copy(update={"reference_rate": chance - 0.3}), *near.series[1:])
    _, record, _ = summary_sentences(near.model_copy(update={"series": notes}))
    assert f"israel {percent(chance - 0.3)}" in record
    assert "The model is far higher for israel." in record
    assert "us_forces" not in record
    notes = (near.series[0].model_copy(update={"reference_rate": chance}), *near.series[1:])
    assert "The model is within 25 points of it." in summary_sentences(near.model_copy(update={"series": notes}))[1]


def test_the_third_names_the_scenario_that_moves_most(document: ForecastDocument) -> None:
    _, _, third = summary_sentences(document)
    rows = [row for row in document.chances if (row.asked, row.horizon) == ("any attack", 26)]
    most = max(rows, key=lambda row: abs(row.difference))
    assert third.startswith(f"Of the scenarios asked about {most.scenario_id} moves it most: {most.series} from ")
    alone = document.model_copy(update={"scenarios": document.scenarios[:1]})
    assert summary_sentences(alone)[2] == NO_SCENARIO
    same = tuple(note.model_copy(update={"departs": None}) for note in document.scenarios)
    assert summary_sentences(document.model_copy(update={"scenarios": same}))[2] == NOTHING_MOVES


def test_page_and_report_begin_with_the_answer(document: ForecastDocument, capsys: pytest.CaptureFixture[str]) -> None:
    print_forecast(document, output())
    page, report = " ".join(capsys.readouterr().out.split()), report_page(document)
    for text, evidence in ((page, "Evidence"), (report, "<h2>")):
        assert text.index(summary_sentences(document)[2]) < text.index(evidence)


def test_a_resumption_is_printed_only_of_what_has_paused(
    document: ForecastDocument, capsys: pytest.CaptureFixture[str]
) -> None:
    for paused in (True, False):
        changed = noted(document, paused=paused)
        print_forecast(changed, output(), every_week=True)
        page = capsys.readouterr().out
        assert ("Chance of a resumption" in page) == paused
        assert ("resumed" in page) == paused
        assert ("Chance of a resumption" in report_page(changed)) == paused


def test_the_chance_of_a_pause_decides_whether_a_series_has_paused(answered_store: Store) -> None:
    run = answered_store.runs()[0]
    document = forecast_of(run, standard_request(run)).document()
    for note in json.loads(document.model_dump_json())["series"]:
        assert note["paused"] == (note["p_active"] <= 1 - PAUSED)
