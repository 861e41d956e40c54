"""The glossary is the same in the docs and in the app, and the old addresses of screens lead to the new ones."""

import os
from pathlib import Path
from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from lull.model.runs.store import Store
from lull.scenarios.presentation.glossary import INTRODUCTION, as_markdown, entries
from lull.scenarios.results.calibration_status import Calibrated
from lull.scenarios.results.document import Grade

RENAMED = {"so-far": "situation", "ask": "questions", "trust": "evidence", "take-away": "export"}
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "glossary.md"


def test_docs_and_app_show_the_same_entries(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = f"# Glossary\n\n{INTRODUCTION}\n\n{as_markdown()}\n"
    if os.environ.get("LULL_WRITE_DOCS"):
        PAGE.write_text(expected, "utf-8")
    assert PAGE.read_text("utf-8") == expected
    monkeypatch.setenv("LULL_STORE", str(store.folder))
    screen = AppTest.from_string("from lull.pages.screens.glossary import show_glossary\nshow_glossary()").run()
    assert not screen.exception
    assert [each.value for each in screen.markdown] == [as_markdown()]


def test_every_term_is_explained_once_and_every_grade_is_among_them() -> None:
    terms = [entry.term for entry in entries()]
    assert len(terms) == len(set(terms))
    assert {*get_args(Grade.__value__), *get_args(Calibrated.__value__)} <= set(terms)
    assert [entry.term for entry in entries() if not entry.meaning.endswith(".")] == []
    assert {
        "silence",
        "pause",
        "halt",
        "resumption",
        "intensity",
        "as of",
        "known to",
        "origin",
        "salience",
        "premise",
    } <= {*terms}


@pytest.mark.integration
@pytest.mark.parametrize(("old", "new"), [*RENAMED.items(), ("scenarios", "")])  # the lab, shown at the bare address
def test_another_address_leads_to_the_screen_with_the_rest_of_the_link(
    answered_store: Store, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    monkeypatch.setenv("LULL_STORE", str(answered_store.folder))
    screen = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    addresses = {str(page["url_pathname"]): name for name, page in screen._registered_pages.items()}
    titles = []
    for address in (old, new):
        screen.query_params["series"] = "us_forces"
        screen._page_hash = addresses[address]
        screen.run()
        assert not screen.exception
        titles.append(screen.title[0].value)
        assert screen.query_params["series"] == "us_forces"
    assert titles[0] == titles[1]
