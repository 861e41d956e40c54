"""The situation: the weeks so far, the reports behind each, events, regimes, drivers, and inconsistent reports."""

import streamlit as st

from lull.pages.widgets.layout import Screen, choose_series, screen
from lull.pages.widgets.run_cache import session_of, situation_of
from lull.pages.widgets.session import bind, current
from lull.scenarios.presentation.glossary import gloss
from lull.scenarios.presentation.rows import Z, tension_rows
from lull.scenarios.presentation.situation_charts import Span, events_spec, halted_spec, index_spec, named, past_spec
from lull.scenarios.presentation.wording import literal, percent, series_name, series_sentence
from lull.scenarios.results.situation import Situation

WEEK = "situation.week"


def show_situation() -> None:
    """Show where a series stands and how it came there."""
    with screen("Situation") as at:
        choose_series(at)
        series, past = current().series, situation_of(at.run)
        st.markdown(f"**{series_sentence(session_of(at.run, series).document(()), series)}**")
        weeks = past.weeks_of(series)
        span = (str(weeks[0].week), str(weeks[-1].week))
        _show_past(past, series, span)
        _show_events(past, span)
        _show_halted(past, series, span)
        _show_indices(past, span)
        _show_week(past, series)
        _show_tension(at, past, series)


def _show_past(past: Situation, series: str, span: Span) -> None:
    st.header("Attacks per week")
    weeks = [week for week in past.weeks_of(series) if week.median is not None]
    missing = len(past.weeks_of(series)) - len(weeks)
    gap = f" No evidence reaches {missing} weeks: they are missing, not zero." if missing else ""
    shown = "Median and 90 % interval of what the evidence leaves open." if past.reports else "Counts as given."
    st.caption(f"{shown}{gap}{' Point at a week: what covers it.' if past.reports else ''}")
    if not weeks:
        st.info("No week of this series has any evidence. Choose another series.")
        return
    most = max(weeks, key=lambda week: week.median or 0.0)
    alt = (
        f"Weekly attacks ({series_name(series)}) from {span[0]} to {span[1]}; most in the week of {most.week}, "
        f"{most.median:.0f} by the median; {weeks[-1].median:.0f} in the last week known, that of {weeks[-1].week}."
    )
    spec = dict(past_spec(span))
    st.vega_lite_chart(past.past_table(series), spec, alt=alt, key="chart.past", width="stretch")


def _show_events(past: Situation, span: Span) -> None:
    st.header("Events", help=gloss("salience"))
    table = past.event_table
    if not table.num_rows:
        st.caption("No events were supplied for these weeks. Add a file of events under “Your data” and fit again.")
        return
    st.caption("Size of a dot: salience. Bars: lasting states such as a ceasefire.")
    names = named(table, "dimension")
    alt = f"{table.num_rows} events of {', '.join(names)} from {span[0]} to {span[1]}."
    st.vega_lite_chart(table, dict(events_spec(span, names)), alt=alt, key="chart.events", width="stretch")
    with st.expander("The events as a table"):
        rows = [
            {"when": row["when"], "kind": row["dimension"], "what": row["what"], "who": row["who"],
             "salience": row["salience"]}
            for row in reversed(table.to_pylist())
        ]  # fmt: skip
        st.dataframe(rows, hide_index=True)


def _show_halted(past: Situation, series: str, span: Span) -> None:
    st.header("Chance of a pause", help=gloss("pause"))
    st.caption("By week, given all counts. One quiet week is not a pause.")
    weeks = past.weeks_of(series)
    halted = sum(week.p_active < 0.5 for week in weeks)  # noqa: PLR2004 - more likely than not
    alt = (
        f"Probability of being halted ({series_name(series)}): {percent(1 - weeks[-1].p_active)} in the last week; in "
        f"{halted} of {len(weeks)} weeks a halt is likelier than not."
    )
    spec = dict(halted_spec(span))
    st.vega_lite_chart(past.past_table(series), spec, alt=alt, key="chart.halted", width="stretch")


def _show_indices(past: Situation, span: Span) -> None:
    st.header("Drivers", help=gloss("driver"))
    if not past.indices.num_rows:
        st.caption("No driver was at work in these weeks.")
        return
    st.caption(
        "Events carried over from week to week, median and 90 % interval: 1 is what an event of salience 5 adds in its "
        "week, or a ceasefire in force all week."
    )
    names = named(past.indices, "covariate")
    last = {row["covariate"]: f"{row['median']:.2f}" for row in past.indices.to_pylist()}
    ends = ", ".join(f"{name} {value}" for name, value in last.items())
    alt = f"Drivers by week from {span[0]} to {span[1]}; in the last week: {ends}."
    st.vega_lite_chart(past.indices, dict(index_spec(span, names)), alt=alt, key="chart.indices", width="stretch")


@st.fragment
def _show_week(past: Situation, series: str) -> None:
    """Show the reports behind one week, which the pointer over the picture names in short."""
    if not past.reports:
        return
    st.header("The reports behind a week")
    weeks = [week.week for week in past.weeks_of(series)]
    known = [week.week for week in past.weeks_of(series) if week.median is not None]
    if st.session_state.get(WEEK) not in weeks:
        bind(WEEK, (known or weeks)[-1])
    week = st.select_slider("Week of", weeks, key=WEEK, format_func=lambda day: f"{day:%-d %b %Y}")
    covering = past.covering(series, week)
    if not covering:
        st.info("No report covers this week: it is missing, not zero. Choose another week.")
        return
    st.caption(f"{len(covering)} reports have a day of this week in their window; the narrowest window first.")
    st.dataframe(tension_rows(covering), hide_index=True)


def _show_tension(at: Screen, past: Situation, series: str) -> None:
    st.header("Inconsistent reports", help=gloss("z (standardised residual)"))
    if at.run.record["evidence"]["kind"] == "counts":
        st.caption("This run was made from weekly counts as given: there are no reports to compare.")
        return
    reports = sorted(past.reports_of(series), key=lambda each: -abs(each.residual))
    flagged = [each for each in reports if each.flag]
    st.caption(
        f"What a report says, and what all the others imply of its window. {len(flagged)} of {len(reports)} are far "
        f"apart ({literal(series_name(series))}, and all fronts together). They are kept, and weighed by their likely "
        f"error. {Z}"
    )
    if flagged:
        st.dataframe(tension_rows(flagged), hide_index=True)
    with st.expander(f"All {len(reports)} reports used"):
        st.dataframe(tension_rows(reports), hide_index=True)
