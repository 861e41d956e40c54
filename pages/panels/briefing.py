"""A briefing of what is in hand, as a page and on paper; made when it is asked for."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from lull.model.runs.store import Run
from lull.scenarios.briefing.page import PAPERS, make_briefing
from lull.scenarios.briefing.paper import NO_BROWSER, browser, pdf_of
from lull.scenarios.language.spec import Scenario
from lull.scenarios.language.standard import HORIZON, SEED
from lull.scenarios.results.forecast import forecast
from lull.scenarios.results.forecast_cache import Request


def offer_briefing(run: Run, series: str, scenarios: Sequence[Scenario], *, name: str) -> None:
    """Offer one page of a run, its pictures of a series; `name` ends the names of its files.

    As PDF where a browser is installed that prints it.
    """
    st.header("Briefing")
    st.caption(
        "One page: the answer, two pictures, the scenarios, what changed since the last one, caveats and record."
    )
    request = Request.of(scenarios, horizon=HORIZON, seed=SEED)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        paper = st.selectbox("Paper", list(PAPERS), format_func=PAPERS.__getitem__, key="briefing.paper", width=140)
        page = partial(_page, run, request, series, paper)
        st.download_button(
            "Briefing (HTML)", page, f"briefing-{name}.html", "text/html", key="briefing.html", on_click="ignore"
        )
        if browser():
            st.download_button(
                "Briefing (PDF)", lambda: pdf_of(page()) or b"", f"briefing-{name}.pdf", "application/pdf",
                key="briefing.pdf", on_click="ignore",
            )  # fmt: skip
    if not browser():
        st.caption(NO_BROWSER)


def _page(run: Run, request: Request, series: str, paper: str) -> str:
    made = forecast(run, request, progress=lambda _step, _done, _total: None)
    return make_briefing(made, series, paper=paper)  # type: ignore[arg-type]
