"""The page `lull app` opens: set-up and the screens, in the order of a forecaster's thought.

Nothing is sampled in this process. An address names a screen, never a file of `pages/`: Streamlit would run the file.
"""

import streamlit as st

from pages.evidence import show_evidence
from pages.lab import show_lab

STYLE = """<style>
.block-container {max-width: 1240px; padding-top: 3.5rem; padding-bottom: 4rem;}
h1 {padding-top: 0; font-size: 2rem !important;}
@media (max-width: 640px) {
  .block-container {padding-left: 1rem; padding-right: 1rem;}
  h1 {font-size: 1.5rem !important;}
}
</style>"""


def main() -> None:
    """Show the screen that the reader chose."""
    st.set_page_config(page_title="Lull", page_icon=":material/monitoring:", layout="wide")
    st.html(STYLE)
    screens = [
        st.Page(show_lab, title="Scenario lab", url_path="scenarios", icon=":material/tune:", default=True),
        st.Page(show_evidence, title="Evidence", url_path="trust", icon=":material/fact_check:"),
    ]
    st.navigation(screens, position="top").run()


main()
