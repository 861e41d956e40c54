"""The page `lull app` opens: set-up and the screens, in the order of a forecaster's thought.

Nothing is sampled in this process.
"""

from collections.abc import Callable
from importlib import import_module

import streamlit as st

from lull.pages.panels.tour import show_tour
from lull.pages.widgets.access import admitted
from lull.pages.widgets.session import say

STYLE = """<style>
.block-container {max-width: 1240px; padding-top: 4.25rem; padding-bottom: 4rem;}
h1 {padding-top: 0; font-size: 2rem !important;}
h2 {font-size: 1.35rem !important; line-height: 1.35 !important;}
[data-testid="stCaptionContainer"] {opacity: 1;}
[data-testid="stCaptionContainer"] p {color: light-dark(#5a5a59, #b6b5b3) !important; opacity: 1;}
[data-testid="stMultiSelect"] [data-tag] {background: #0072b2 !important; color: white !important;}
[data-testid="stTable"] {overflow-x: auto;}
[class*="st-key-numbers-"] :is(td, th) {font-variant-numeric: tabular-nums;}
[class*="st-key-numbers-"] :is(td, th):not(:first-child) {text-align: right !important; white-space: nowrap;}
.st-key-tour {background: light-dark(#eaf3fa, #10283a);}
.st-key-lab > :first-child {position: sticky; top: 3.7rem; z-index: 5;}
.st-key-answer {background: light-dark(#ffffff, #171614); padding-bottom: 0.5rem;}
@media (max-width: 640px) {
  .block-container {padding-left: 1rem; padding-right: 1rem;}
  h1 {font-size: 1.5rem !important;}
  h2 {font-size: 1.1rem !important;}
  [data-testid="stTable"] td, [data-testid="stTable"] th {padding: 0.25rem 0.35rem; font-size: 0.8rem;}
}
</style>"""

SCREENS = (  # address, module of `pages/screens/`, title, icon
    ("overview", "overview", "Overview", "view_list"),
    ("situation", "situation", "Situation", "timeline"),
    ("scenarios", "lab", "Scenario lab", "tune"),
    ("side-by-side", "compare", "Compare", "compare_arrows"),
    ("questions", "questions", "Questions", "help"),
    ("record", "record", "Record", "scoreboard"),
    ("evidence", "evidence", "Evidence", "fact_check"),
    ("export", "export", "Export", "download"),
    ("your-data", "own_data", "Your data", "upload_file"),
    ("glossary", "glossary", "Glossary", "menu_book"),
)
FIRST = "overview"  # shown at the bare address; the framework gives the first page no other
LAB, OF_A_VIEW = "scenarios", {"run", "series", "question", "scenario", "beside"}
RENAMED = {"so-far": "situation", "ask": "questions", "trust": "evidence", "take-away": "export"}  # until 0.3

ICON = (  # drawn here: an icon by name would be fetched from another host
    '<svg viewBox="0 0 24 24" fill="none" stroke="#0072b2" stroke-width="2.5" stroke-linecap="round">'
    '<path d="M2 18h5l3-12 4 14 3-8h5"/></svg>'
)

DONE = '<div class="lull-done" style="display: none"></div>'  # sent last: a browser that has it has the whole screen


def main() -> None:
    """Show the screen that the reader chose."""
    st.set_page_config(page_title="Lull", page_icon=ICON, layout="wide")
    st.html(STYLE)
    if not admitted():
        return
    screens = {
        path: st.Page(
            _screen(name),
            title=title,
            url_path="" if path == FIRST else path,
            icon=f":material/{icon}:",
            default=path == FIRST,
        )
        for path, name, title, icon in SCREENS
    }
    moved = [
        st.Page(_moved(screens[new]), title=screens[new].title, url_path=old, visibility="hidden")
        for old, new in (*RENAMED.items(), (FIRST, FIRST))
    ]
    try:
        chosen = st.navigation([*screens.values(), *moved], position="top")
        if not chosen.url_path and OF_A_VIEW & st.query_params.keys():  # links of before there was an overview
            st.switch_page(screens[LAB], query_params=st.query_params.to_dict())
        show_tour(screens, chosen.url_path or FIRST)
        chosen.run()
    finally:
        st.html(DONE)


def _moved(to: st.Page) -> Callable[[], None]:
    """Return the page of another address of a screen: it goes on with the rest of the link; an old one says so."""

    def go() -> None:
        if to.url_path:
            say(f"This address is now “{to.url_path}”; the old one ends with the next release.")
        st.switch_page(to, query_params=st.query_params.to_dict())

    return go


def _screen(name: str) -> Callable[[], None]:
    """Return the screen `show_<name>` of `pages/screens/<name>.py`, loaded when it is shown."""

    def show() -> None:
        with st.spinner("Loading"):
            module = import_module(f"lull.pages.screens.{name}")
        getattr(module, f"show_{name}")()

    return show


main()
