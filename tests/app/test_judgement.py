"""My number, publishing and comments under an answer, and the screen of the record; without a browser."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lull.data import calendar
from lull.ledger.entries import Comment, OwnNumber, Published
from lull.ledger.journal import Ledger, open_ledger
from lull.ledger.publication import register
from lull.ledger.resolution import resolve
from lull.model.runs.store import Run, Store
from lull.pages.widgets import user_folders
from tests.ledger.conftest import forecast, newer

pytestmark = pytest.mark.integration

PATIENCE = 120
SCREEN = "from lull.pages.screens.{0} import show_{0}\nshow_{0}()"


@pytest.fixture(autouse=True)
def third_of_january(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(calendar, "today", lambda: date(2025, 1, 3))
    monkeypatch.setenv("LULL_SCENARIOS", str(tmp_path / "own"))


@pytest.fixture
def questions(store: Store, embedded_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> AppTest:
    embedded_run()
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    return AppTest.from_string(SCREEN.format("questions"), default_timeout=PATIENCE)


@pytest.fixture
def record(store: Store, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    return AppTest.from_string(SCREEN.format("record"), default_timeout=PATIENCE)


def press(screen: AppTest, label: str) -> None:
    next(button for button in screen.button if button.label == label).click().run()
    assert not screen.exception


def labelled(screen: AppTest, label: str) -> str:
    return next(one.key for one in screen.number_input if one.label == label)


def words(screen: AppTest) -> str:
    kinds = (screen.markdown, screen.caption, screen.success, screen.warning, screen.error)
    return "\n".join(element.value for kind in kinds for element in kind)


def test_my_number_is_kept_beside_the_models_and_pooled(questions: AppTest, store: Store) -> None:
    questions.run()
    questions.number_input(key=labelled(questions, "My probability, %")).set_value(20.0)
    next(one for one in questions.text_input if one.label == "Reason").set_value("A *quiet* winter.")
    press(questions, "Keep my number")
    (entry,) = open_ledger(store).entries()
    assert isinstance(entry.body, OwnNumber)
    assert (entry.body.reader, entry.body.chance, entry.body.scenario) == ("me", 0.2, "baseline")
    rows = next(table.value for table in questions.table if "who" in table.value.columns)
    assert rows["who"].tolist() == ["model, this run", "me", "pool: mean", "pool: mean of log odds"]
    assert rows["probability"][1] == "20 %"
    assert not [one for one in questions.text_input if "name" in one.label.lower()]  # nothing asks for a name
    questions.selectbox(key="judgement.scenario").select(1).run()  # under another scenario: another number
    assert not [table for table in questions.table if "who" in table.value.columns]
    questions.selectbox(key="judgement.scenario").select(0).run()
    assert questions.number_input(key=labelled(questions, "My probability, %")).value == 20.0


def test_a_forecast_is_published_and_commented_on(questions: AppTest, store: Store) -> None:
    questions.run()
    press(questions, "Publish")
    questions.text_area[0].set_value("See the statement of 2 January.")
    press(questions, "Add the comment")
    first, second = open_ledger(store).entries()
    assert isinstance(first.body, Published)
    assert isinstance(second.body, Comment)
    assert first.body.key == second.body.key
    assert 0 < first.body.chance < 1
    found = words(questions)
    assert "**Published**" in found
    assert "me: See the statement of 2 January" in found


def test_after_the_deadline_nothing_is_taken(questions: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "today", lambda: date(2026, 1, 3))
    questions.run()
    assert not questions.exception
    assert "Closed to numbers and publication" in words(questions)
    assert [one.disabled for one in questions.button if one.label in ("Publish", "Keep my number")] == [True, True]
    assert open_ledger(store).entries() == ()


def test_a_question_that_counts_do_not_decide_takes_no_number(questions: AppTest) -> None:
    questions.run()
    questions.selectbox(key="ask.kind").select("halted share").run()
    assert not questions.exception
    assert "do not decide this question" in words(questions)


def test_whoever_logs_in_is_named_by_their_address(monkeypatch: pytest.MonkeyPatch) -> None:
    class Reader(dict[str, object]):
        pass

    monkeypatch.setattr(user_folders.st, "user", Reader(is_logged_in=True, email="ada.l@example.org"))
    assert user_folders.reader_name() == "ada.l"
    monkeypatch.setattr(user_folders.st, "user", Reader(is_logged_in=False))
    assert user_folders.reader_name() == "me"


def test_an_empty_record_says_how_to_begin(record: AppTest) -> None:
    record.run()
    assert not record.exception
    assert "No forecasts published yet" in words(record)


def test_the_record_shows_scores_reliability_and_questions(record: AppTest, store: Store) -> None:
    ledger = Ledger(store.folder)
    for question in ("any attack by 2025-02-02", "any attack by 2025-03-02"):
        body = forecast(question, since=date(2024, 12, 30))
        register(ledger, body, OwnNumber(question=question, series="a", deadline=body.deadline, chance=0.9))
    resolve(ledger, newer({"a": [0, 2, 0, 0, 1]}, date(2025, 2, 3), first=date(2024, 12, 30)))
    resolve(ledger, newer({"a": [0, 0, 0, 0, 0]}, date(2025, 2, 3), first=date(2024, 12, 30)))
    record.run()
    assert not record.exception
    assert "2 questions published, 100% resolved" in words(record)
    scores = record.dataframe[0].value
    mine = scores[(scores["of"] == "me") & (scores["score"] == "Brier score")]
    assert mine["scored"].tolist() == [2]
    assert len(record.get("vega_lite_chart")) == 1
    assert [one.label for one in record.get("download_button")] == [
        "Forecasts and scores (CSV)",
        "Forecasts and scores (Parquet)",
        "Hub (hubverse)",
    ]
    content = ledger.path.read_bytes()
    ledger.path.write_bytes(content.replace(b'"chance":0.9', b'"chance":0.8', 1))
    record.run()
    assert "The ledger is not whole" in words(record)
