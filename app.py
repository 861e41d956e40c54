"""The page `lull app` opens: set-up and the screens, in the order of a forecaster's thought.

Nothing is sampled in this process. An address names a screen, never a file of `pages/`: run as `streamlit run app.py`,
Streamlit would take the file for it.
"""

from collections.abc import Callable
from importlib import import_module

import streamlit as st

from lull.pages.widgets.access import admitted

STYLE = """<style>
.block-container {max-width: 1240px; padding-top: 3.5rem; padding-bottom: 4rem;}
h1 {padding-top: 0; font-size: 2rem !important;}
h2 {font-size: 1.35rem !important; line-height: 1.35 !important;}
[data-testid="stCaptionContainer"] {opacity: 1;}
[data-testid="stCaptionContainer"] p {color: light-dark(#5a5a59, #b6b5b3) !important; opacity: 1;}
[data-testid="stMultiSelect"] [data-tag] {background: #0072b2 !important; color: white !important;}
[data-testid="stTable"] {overflow-x: auto;}
div:has(> .st-key-answer) {position: sticky; top: 3.7rem; z-index: 5;}
.st-key-answer {background: light-dark(#ffffff, #171614); padding-bottom: 0.5rem;}
@media (max-width: 640px) {
  .block-container {padding-left: 1rem; padding-right: 1rem;}
  h1 {font-size: 1.5rem !important;}
  h2 {font-size: 1.1rem !important;}
  [data-testid="stTable"] td, [data-testid="stTable"] th {padding: 0.25rem 0.35rem; font-size: 0.8rem;}
}
</style>"""

DONE = '<div class="lull-done" style="display: none"></div>'  # sent last: a browser that has it has the whole screen


def main() -> None:
    """Show the screen that the reader chose."""
    st.set_page_config(page_title="Lull", page_icon=":material/monitoring:", layout="wide")
    st.html(STYLE)
    if not admitted():
        return
    screens = [
        st.Page(_screen("situation"), title="Situation", url_path="so-far", icon=":material/timeline:"),
        st.Page(_screen("lab"), title="Scenario lab", url_path="scenarios", icon=":material/tune:", default=True),
        st.Page(_screen("compare"), title="Compare", url_path="side-by-side", icon=":material/compare_arrows:"),
        st.Page(_screen("questions"), title="Questions", url_path="ask", icon=":material/help:"),
        st.Page(_screen("evidence"), title="Evidence", url_path="trust", icon=":material/fact_check:"),
        st.Page(_screen("export"), title="Export", url_path="take-away", icon=":material/download:"),
        st.Page(_screen("own_data"), title="Your data", url_path="your-data", icon=":material/upload_file:"),
    ]
    try:
        st.navigation(screens, position="top").run()
    finally:
        st.html(DONE)


def _screen(name: str) -> Callable[[], None]:
    """Return the screen `show_<name>` of `pages/<name>.py`, loaded when it is shown: the first paint waits for none."""

    def show() -> None:
        with st.spinner("Loading"):
            module = import_module(f"lull.pages.{name}")
        getattr(module, f"show_{name}")()

    return show


main()
