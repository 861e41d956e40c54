"""How many attacks by the day asked about: a picture with quartiles, percentiles as a table, all of them as a file."""

from collections.abc import Sequence

import streamlit as st

from lull.pages.panels.folded_table import csv_of
from lull.pages.panels.number_table import show_numbers
from lull.scenarios.distributions.total_bands import band_spec, band_table, bands_of, quartile_sentence
from lull.scenarios.engine.projection import Projection
from lull.scenarios.engine.questions import Question
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.presentation.wording import glued, literal, series_name
from lull.scenarios.results.percentiles import ALL, SHOWN, total_percentiles


def show_total_distribution(session: SeriesSession, question: Question, projections: Sequence[Projection]) -> None:
    """Show the distribution of the attacks from the first day ahead to the day asked about, under each scenario."""
    st.header("How many attacks")
    span = f"{session.open_run.first_day:%-d %B %Y} to {question.by:%-d %B %Y}"
    st.markdown(f"**Attacks in total, {span}** ({literal(series_name(session.series))})")
    st.markdown(quartile_sentence(question, projections[0]))
    table = band_table(question, projections)
    words = "; ".join(f"{row['scenario']}, {row['band']}: {row['shown']}" for row in table.to_pylist())
    alt = f"Share of futures by attacks in total, {span}. {words}."
    st.vega_lite_chart(table, dict(band_spec(*bands_of(table))), alt=alt, key="chart.total", width="stretch")
    st.caption("Simulated futures with the fewest attacks are on the left; lines mark the quartiles.")
    totals = [total_percentiles(question, each, ALL) for each in projections]
    with st.expander("Percentiles as a table"):
        rows = [
            {"scenario": each.title, **{glued(f"{level} %"): str(total[level]) for level in SHOWN}}
            for each, total in zip(projections, totals, strict=True)
        ]
        show_numbers(rows, key="totals")
    run_id = session.open_run.run.run_id
    every = [
        {"by": question.by, "series": session.series, "scenario": each.title, "percentile": level}
        | {"attacks": total[level], "run_id": run_id}
        for each, total in zip(projections, totals, strict=True)
        for level in ALL
    ]
    st.download_button("Download percentiles 1 to 99", csv_of(every), "percentiles.csv", "text/csv", on_click="ignore")
