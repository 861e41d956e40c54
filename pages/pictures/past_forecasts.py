"""How good forecasts of these data were, as pictures: what was stated against what came, replicated weeks."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lull.data.readers.tabular import embedded_file
from lull.model.runs.store import Run
from lull.pages.panels.folded_table import show_folded
from lull.pages.pictures.whiskers import show_whiskers
from lull.scenarios.distributions.reliability import reliability_rows, reliability_spec, reliability_table
from lull.scenarios.presentation.rows import replicate_rows
from lull.scenarios.results.calibration_status import FILE, own_figures, read_figures
from lull.scenarios.whiskers.rows import REPLICATES, replicate_whiskers

ELSEWHERE = "Nothing is known of past forecasts of these data: the picture is of other series, and may not hold here."


def show_reliability(run: Run) -> None:
    """Show what past forecasts of a run's data stated against what came; of other series where there are none."""
    own = own_figures(run)
    table = reliability_table(own or read_figures(embedded_file(FILE)))
    rows = reliability_rows(table)
    if not rows:
        return
    st.markdown("**What was stated, and how often it came**")
    st.caption(f"{'' if own else f'{ELSEWHERE} '}On the broken line it came as often as stated.")
    words = "; ".join(f"{row['what was stated']}: stated {row['stated']}, came {row['came']}" for row in rows)
    alt = f"Reliability and interval coverage of past forecasts. {words}."
    st.vega_lite_chart(table, dict(reliability_spec()), alt=alt, key="chart.reliability", width="stretch")
    show_folded(rows, "Stated and observed shares as a table", key="reliability")


def show_replicates(replicates: Sequence[Mapping[str, Any]]) -> None:
    """Show the figures of the observed weeks on the scale of those of replicated weeks."""
    st.caption("Each figure on a scale of its own: 0 and 1 are the ends of 95 % of the replicated figures.")
    title = "place of the observed"
    show_whiskers(replicate_whiskers(replicates), REPLICATES, title, key="replicates")
    show_folded(replicate_rows(replicates), "The check as a table", key="replicates.table")
