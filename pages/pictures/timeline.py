"""The timeline of a series on a screen: one picture, how much of the past it shows, and its events as a table.

The words of a picture are a part of it for the browser: if they changed with a scenario, it would be made anew at each
move instead of taking in new rows, which takes ten times as long. What a scenario changes is said below it.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from lull.pages.widgets.run_cache import ANSWERS_KEPT, Assumed, situation_of, standing_of
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.language.spec import Scenario, baseline
from lull.scenarios.presentation.curves import BASELINE, MARK, PAST, SCENARIO
from lull.scenarios.presentation.wording import literal, percent, series_name
from lull.scenarios.results.situation import Situation
from lull.scenarios.timeline.picture import Bands, bands_of, timeline_spec
from lull.scenarios.timeline.rows import DRIVER, EVENT, POINTER, PUSHED, timeline_table

SHOWN: dict[str, int | None] = {"All weeks": None, "Last year": 52, "Last 13 weeks": 13}
LINES = (PAST, BASELINE, SCENARIO, DRIVER, PUSHED, EVENT, POINTER, MARK)  # each a set of rows
HOW = (
    "One axis for everything: attacks with the fan ahead, events, the chance of a pause and the drivers. Point at a "
    "week or an event for its words; drag to move, shift and wheel to zoom, double click for the whole."
)


@dataclass(frozen=True)
class Drawn:
    """What the picture shows under a scenario: its rows in sets, what bands they need, and the last mean."""

    bands: Bands
    rows: Mapping[str, pa.Table]
    last_mean: float


def show_timeline(assumed: Assumed, *, key: str, usual: str) -> None:
    """Show the past of a series, the weeks ahead and what a scenario assumes on one axis; `usual` is of `SHOWN`."""
    chosen = st.segmented_control("Weeks so far", list(SHOWN), default=usual, key=f"{key}.weeks")
    drawn, session = _drawn(assumed.key, SHOWN[chosen or usual], assumed), assumed.session
    words = timeline_words(situation_of(assumed.run), session)
    spec = {**parted_spec(drawn.bands), "datasets": dict(drawn.rows)}
    st.vega_lite_chart(spec=spec, alt=words, key=f"chart.{key}", width="stretch")
    st.caption(f"{ahead_words(assumed.scenario, drawn, weeks=session.state.horizon)} {HOW}")
    if drawn.bands.lanes:
        folded = st.expander("Events and assumptions as a table", key=f"{key}.events", on_change="rerun")
        if folded.open:  # a table takes longer to make than the picture to take in its rows
            folded.dataframe(_events(drawn.rows[EVENT]), hide_index=True)


@st.cache_resource(max_entries=ANSWERS_KEPT, show_spinner=False)  # a tenth of a megabyte each
def _drawn(key: tuple[str, ...], past_weeks: int | None, _assumed: Assumed) -> Drawn:
    """Return what is drawn of a scenario; readers who look at the same share it."""
    del key
    standing = standing_of(_assumed.run, _assumed.series, past_weeks)
    projection = _assumed.projection
    table = timeline_table(standing, _assumed.session, projection, _assumed.scenario)
    return Drawn(bands_of(table), parted(table), float(projection.paths.count[:, 0, -1].mean()))


def parted(table: pa.Table) -> dict[str, pa.Table]:
    """Return the rows of each line as a set, without the columns that it does not fill.

    A browser filters no other rows for it, and leaves alone the marks of a set that stays the same.
    """
    return {line: _filled(table.filter(pc.field("line") == line)) for line in LINES}


def _filled(rows: pa.Table) -> pa.Table:
    named = [name for name in rows.column_names if rows[name].null_count < rows.num_rows]
    return rows.select(named or ["line"])


@lru_cache(maxsize=64)
def parted_spec(bands: Bands) -> dict[str, Any]:
    """Return the picture of a timeline, each layer on the set that has its rows."""
    spec: dict[str, Any] = deepcopy(dict(timeline_spec(bands)))
    sets, waiting = {f"datum.line === '{line}'": line for line in LINES}, [spec]
    while waiting:
        part = waiting.pop()
        if "mark" in part:
            part["data"] = {"name": sets[part["transform"][0]["filter"]]}
        waiting += part.get("layer", ())
    return spec


def timeline_words(past: Situation, session: SeriesSession) -> str:
    """Return what the picture shows of the past, in words."""
    weeks = past.weeks_of(session.series)
    known = [week for week in weeks if week.median is not None]
    most = max(known, key=lambda week: week.median or 0.0, default=None)
    peak = f"most in the week of {most.week}, {most.median:.0f} by the median" if most else "no week known"
    halted = percent(1 - weeks[-1].p_active)
    return (
        f"Weekly attacks ({series_name(session.series)}) from {weeks[0].week} to {weeks[-1].week}: {peak}; the chance "
        f"of a pause in the last week is {halted}. Then {session.state.horizon} weeks ahead."
    )


def ahead_words(scenario: Scenario, drawn: Drawn, *, weeks: int) -> str:
    """Return what the picture shows of so many weeks ahead, in words."""
    under = "as scheduled" if scenario.id == baseline().id else f"under “{literal(scenario.title)}”"
    return f"In the last of {weeks} weeks ahead the mean is {drawn.last_mean:.1f} attacks {under}."


def _events(table: pa.Table) -> list[dict[str, object]]:
    rows = table.to_pylist()
    return [
        {"when": row["when"], "kind": literal(row["lane"]), "what": row["what"], "who": row.get("who")}
        for row in reversed(rows)
    ]
