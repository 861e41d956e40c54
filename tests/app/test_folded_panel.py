"""A folded panel is empty; opened by its reader, or come into use, it is filled."""

import pytest
from streamlit.testing.v1 import AppTest

SCRIPT = """
import streamlit as st
from lull.pages.panels.folded_panel import folded_panel

panel = folded_panel("Rates", key="rates", used=st.checkbox("Use", key="use"))
if panel.open:
    panel.caption("inside")
"""


@pytest.fixture
def screen() -> AppTest:
    """A screen with one panel."""
    return AppTest.from_string(SCRIPT).run()


def is_filled(screen: AppTest) -> bool:
    return [each.value for each in screen.caption] == ["inside"]


def test_a_panel_is_filled_once_its_reader_opens_it(screen: AppTest) -> None:
    assert not is_filled(screen)
    screen.session_state["rates"] = True
    assert is_filled(screen.run())
    screen.session_state["rates"] = False
    assert not is_filled(screen.run())


def test_what_comes_into_use_opens_and_may_be_folded(screen: AppTest) -> None:
    assert is_filled(screen.checkbox(key="use").check().run())
    screen.session_state["rates"] = False
    assert not is_filled(screen.run()), "its reader has folded it"
    screen.checkbox(key="use").uncheck().run()
    assert is_filled(screen.checkbox(key="use").check().run())


def test_what_is_used_from_the_first_is_open() -> None:
    assert is_filled(AppTest.from_string(SCRIPT.replace('st.checkbox("Use", key="use")', "True")).run())
