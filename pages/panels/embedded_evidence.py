"""What the embedded case is made of, shown before there is a fit: the reports as they stand, and the events."""

from datetime import datetime, time, timedelta

import pyarrow as pa
import streamlit as st

from lull.data.events import Event
from lull.data.evidence import Known, embedded_evidence, read_evidence
from lull.data.reports import Report
from lull.scenarios.presentation.report_bars import REPORTS, reports_spec
from lull.scenarios.presentation.wording import series_name

MOST = 200  # events of the table


def show_embedded_evidence() -> None:
    """Show the reports of the embedded case as a picture, and its events as a table."""
    known = _known()
    st.header("The past, as reported")
    st.caption(
        "Each bar is a report: the days that it covers, and attacks a week if they were spread evenly over them. The "
        "fit reconciles the reports and gives weekly counts with their uncertainty."
    )
    table = _table(known)
    alt = f"{table.num_rows} reports of attacks, each with the days that it covers, up to {known.as_of:%-d %B %Y}."
    st.vega_lite_chart(table, dict(reports_spec()), alt=alt, key="chart.reports", width="stretch")
    st.header("Evidence")
    st.write(f"{len(known.reports)} reports and {len(known.events)} events were known on {known.as_of:%-d %B %Y}.")
    with st.expander("The reports as a table"):
        st.dataframe([_report(each) for each in known.reports], hide_index=True)
    newest = sorted(known.events, key=lambda each: each.date, reverse=True)[:MOST]
    with st.expander("The events as a table"):
        st.dataframe([_event(each) for each in newest], hide_index=True)


@st.cache_data(show_spinner=False)
def _known() -> Known:
    return read_evidence(embedded_evidence())


def _table(known: Known) -> pa.Table:
    """Return the reports of a count in a window of days; columns of `REPORTS`."""
    rows = []
    for each in known.reports:
        if each.is_rate or each.window_start is None or each.window_end is None:
            continue
        days = (each.window_end - each.window_start).days + 1
        rows.append({
            "start": datetime.combine(each.window_start, time()),
            "end": datetime.combine(each.window_end + timedelta(days=1), time()),
            "front": series_name(each.front), "rate": 7.0 * each.count / days, "count": each.count,
            "source": each.source, "days": days,
        })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=REPORTS)


def _report(each: Report) -> dict[str, object]:
    names = ("report_id", "source", "front", "window_start", "window_end", "measure", "qualifier", "count")
    return {name.replace("_", " "): getattr(each, name) for name in names}


def _event(each: Event) -> dict[str, object]:
    names = ("date", "end_date", "kind", "dimension", "actor", "target", "salience")
    return {name.replace("_", " "): getattr(each, name) for name in names}
