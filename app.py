"""The page `lull app` opens: set-up and the screens, in the order of a forecaster's thought.

Nothing is sampled in this process. An address names a screen, never a file of `pages/`: Streamlit would run the file.
"""

import streamlit as st

from pages.compare import show_compare
from pages.evidence import show_evidence
from pages.lab import show_lab
from pages.questions import show_questions

STYLE = """<style>
.block-container {max-width: 1240px; padding-top: 3.5rem; padding-bottom: 4rem;}
h1 {padding-top: 0; font-size: 2rem !important;}
h3 {font-size: 1.35rem !important;}
h4 {font-size: 1.3rem !important; line-height: 1.35 !important;}
[data-testid="stTable"] {overflow-x: auto;}
@media (max-width: 640px) {
  .block-container {padding-left: 1rem; padding-right: 1rem;}
  h1 {font-size: 1.5rem !important;}
  h4 {font-size: 1.1rem !important;}
  div:has(> .st-key-answer) {position: sticky; top: 3.7rem; z-index: 5;}
  .st-key-answer {background: Canvas; padding-bottom: 0.5rem;}
  [data-testid="stTable"] td, [data-testid="stTable"] th {padding: 0.25rem 0.35rem; font-size: 0.8rem;}
}
</style>"""


def main() -> None:
    """Show the screen that the reader chose."""
    st.set_page_config(page_title="Lull", page_icon=":material/monitoring:", layout="wide")
    st.html(STYLE)
    screens = [
        st.Page(show_lab, title="Scenario lab", url_path="scenarios", icon=":material/tune:", default=True),
        st.Page(show_compare, title="Compare", url_path="side-by-side", icon=":material/compare_arrows:"),
        st.Page(show_questions, title="Questions", url_path="ask", icon=":material/help:"),
        st.Page(show_evidence, title="Evidence", url_path="trust", icon=":material/fact_check:"),
    ]
    st.navigation(screens, position="top").run()


main()
