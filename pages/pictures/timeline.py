"""The timeline of a series on a screen: one picture, how much of the past it shows, and its events as a table."""

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from lull.pages.widgets.run_cache import standing_of
from lull.scenarios.engine.projection import Projection
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.language.spec import Scenario
from lull.scenarios.presentation.wording import literal, percent, series_name
from lull.scenarios.results.situation import Situation
from lull.scenarios.timeline.picture import bands_of, timeline_spec
from lull.scenarios.timeline.rows import EVENT, timeline_table

SHOWN: dict[str, int | None] = {"All weeks": None, "Last year": 52, "Last 13 weeks": 13}
HOW = (
    "One axis for everything: attacks with the fan ahead, events, the chance of a pause and the drivers. Point at a "
    "week or an event for its words; drag to move, shift and wheel to zoom, double click for the whole."
)


def show_timeline(
    past: Situation, session: SeriesSession, projection: Projection, scenario: Scenario, *, key: str, usual: str
) -> None:
    """Show the past of a series, the weeks ahead and what a scenario assumes on one axis; `usual` is of `SHOWN`."""
    chosen = st.segmented_control("Weeks so far", list(SHOWN), default=usual, key=f"{key}.weeks")
    standing = standing_of(session.open_run.run, session.series, SHOWN[chosen or usual])
    table = timeline_table(standing, session, projection, scenario)
    bands, words = bands_of(table), timeline_words(past, session, projection)
    st.vega_lite_chart(table, dict(timeline_spec(bands)), alt=words, key=f"chart.{key}", width="stretch")
    st.caption(HOW)
    if bands.lanes:
        folded = st.expander("Events and assumptions as a table", key=f"{key}.events", on_change="rerun")
        if folded.open:  # a table takes longer to make than the picture to take in its rows
            folded.dataframe(_events(table), hide_index=True)


def timeline_words(past: Situation, session: SeriesSession, projection: Projection) -> str:
    """Return what the picture shows, in words."""
    weeks = past.weeks_of(session.series)
    known = [week for week in weeks if week.median is not None]
    most = max(known, key=lambda week: week.median or 0.0, default=None)
    peak = f"most in the week of {most.week}, {most.median:.0f} by the median" if most else "no week known"
    halted = percent(1 - weeks[-1].p_active)
    return (
        f"Weekly attacks ({series_name(session.series)}) from {weeks[0].week} to {weeks[-1].week}: {peak}; the chance "
        f"of a pause in the last week is {halted}. Then {session.state.horizon} weeks ahead under “{projection.title}” "
        f"over the baseline; in the last of them the mean is {projection.paths.count[:, 0, -1].mean():.1f}."
    )


def _events(table: pa.Table) -> list[dict[str, object]]:
    rows = table.filter(pc.field("line") == EVENT).to_pylist()
    return [
        {"when": row["when"], "kind": literal(row["lane"]), "what": row["what"], "who": row["who"]}
        for row in reversed(rows)
    ]
