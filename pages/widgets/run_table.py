"""The runs of the store side by side: what each was made from, its grade, and its pictures on one screen."""

from datetime import date

import streamlit as st

from lull.data.schema import InputError
from lull.model.runs.labels import Label, labels
from lull.model.runs.store import Run, Store
from lull.pages.panels.run_notes import show_notes
from lull.pages.widgets.layout import run_name
from lull.pages.widgets.run_cache import open_run, session_of
from lull.scenarios.overview.run_rows import subject
from lull.scenarios.presentation.curves import fan_table
from lull.scenarios.presentation.lab_charts import fan_spec
from lull.scenarios.presentation.verdicts import NOT_USABLE
from lull.scenarios.presentation.wording import literal, percent, series_name
from lull.scenarios.results.calibration_status import grading_of
from lull.scenarios.results.evidence_used import of_run

BESIDE, MOST, SMALL = "runs.beside", 4, 190
MOST_ROWS = 500  # of the table
AFTER = 9  # weeks ahead of the chance that the table gives


def show_runs(store: Store) -> None:
    """Show all runs as a table, and some of them side by side."""
    st.header("Runs")
    runs = store.runs()
    if not runs:
        st.info("There is no run yet. Fit one above, or the embedded case on “Overview”.")
        return
    noted = labels(store)
    runs = sorted(runs, key=lambda run: not noted.get(run.run_id, Label()).pinned)[:MOST_ROWS]
    st.dataframe([_row(run, noted.get(run.run_id, Label())) for run in runs], hide_index=True)
    names = {run.run_id: run_name(run, noted.get(run.run_id)) for run in runs}
    show_notes(store, runs, names)
    usual = list(names)[: min(2, len(names))]
    chosen = st.multiselect(
        "Side by side", list(names), usual, format_func=names.__getitem__, max_selections=MOST, key=BESIDE
    )
    runs = [run for run in runs if run.run_id in chosen]
    for column, run in zip(st.columns(max(len(runs), 1)), runs, strict=False):
        with column:
            _show_run(run)


def _row(run: Run, label: Label) -> dict[str, object]:
    evidence = run.record["evidence"]
    return {
        "name": label.name,
        "pinned": label.pinned,
        "group": of_run(run.record),
        "as known on": run.record["as_of"],
        "made from": f"{evidence['used']} {'reports' if evidence['kind'] == 'reports' else 'weekly counts'}",
        "last week": run.record["origin"],
        "convergence": run.record["grade"],
        "calibration": grading_of(run).grade,
        "run": run.run_id[:8],
    }


def _show_run(run: Run) -> None:
    """Show the first series of a run, or the one chosen, with its baseline."""
    try:
        opened = open_run(run)
    except InputError as error:
        st.error(f"This run cannot be read: {literal(str(error))} Fit it again.")
        return
    known = date.fromisoformat(str(run.record["as_of"]))
    st.markdown(
        f"**{literal(subject(run.record))}**, as known on {known:%-d %B %Y}. Convergence: {run.record['grade']}."
    )
    if run.record["grade"] == "unusable":
        st.error(f"{NOT_USABLE}: the screen “Evidence” says why.")
    names = opened.state.series
    series = st.selectbox("Series", names, format_func=series_name, key=f"runs.{run.run_id}")
    session = session_of(run, series)
    ahead = min(AFTER, opened.state.horizon)
    chance = float(session.baseline.any_attack[..., ahead - 1].mean())
    st.metric(f"Attack within {ahead} weeks", percent(chance), border=True)
    mean = float(session.baseline.paths.count[:, 0, -1].mean())
    alt = f"Weekly attacks of {series_name(series)} and the baseline ahead; {mean:.1f} on average in the last week."
    spec = dict(fan_spec(alone=True, height=SMALL, legend=False))
    st.vega_lite_chart(
        fan_table(session, session.baseline), spec, alt=alt, key=f"runs.chart.{run.run_id}", width="stretch"
    )
