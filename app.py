"""The page `lull app` opens: set-up and the choice of the screen. Nothing is sampled in this process."""

import streamlit as st

from model.store import Store
from pages.first_run import show_first_run, show_jobs
from pages.forecast import show_forecast

STYLE = """<style>
.block-container {max-width: 1180px; padding-top: 2.5rem; padding-bottom: 4rem;}
h1 {padding-top: 0;}
@media (max-width: 640px) {
  .block-container {padding-left: 1rem; padding-right: 1rem;}
  h1 {font-size: 1.6rem !important;}
}
</style>"""


def main() -> None:
    """Show the forecast of a run, or how to make the first one."""
    st.set_page_config(page_title="Lull", page_icon=":material/monitoring:", layout="wide")
    st.html(STYLE)
    pages = [st.Page(_home, title="Lull", default=True)]
    st.navigation(pages, position="hidden").run()


def _home() -> None:
    store = Store()
    show_jobs(store)
    runs = store.runs()
    if runs:
        show_forecast(runs)
    else:
        show_first_run(store)


main()
