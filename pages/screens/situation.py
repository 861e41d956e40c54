"""The situation: the weeks so far, the reports behind each, events, regimes, drivers, and inconsistent reports."""

import streamlit as st

from lull.pages.panels.folded_table import show_folded
from lull.pages.pictures.timeline import show_timeline
from lull.pages.pictures.whiskers import show_reports_apart
from lull.pages.widgets.layout import Screen, choose_series, screen
from lull.pages.widgets.run_cache import Assumed, session_of, situation_of
from lull.pages.widgets.session import bind, current
from lull.scenarios.language.spec import baseline
from lull.scenarios.presentation.glossary import gloss
from lull.scenarios.presentation.rows import Z, tension_rows
from lull.scenarios.presentation.wording import glued, literal, series_name, series_sentence
from lull.scenarios.results.situation import Situation

WEEK = "situation.week"


def show_situation() -> None:
    """Show where a series stands and how it came there."""
    with screen("Situation") as at:
        choose_series(at)
        series, past = current().series, situation_of(at.run)
        st.markdown(f"**{glued(series_sentence(session_of(at.run, series).document(()), series))}**")
        _show_past(at, past, series)
        _show_week(past, series)
        _show_tension(at, past, series)


def _show_past(at: Screen, past: Situation, series: str) -> None:
    st.header("Timeline")
    weeks = [week for week in past.weeks_of(series) if week.median is not None]
    missing = len(past.weeks_of(series)) - len(weeks)
    gap = f" {missing} weeks have no reports: they are missing, not zero." if missing else ""
    shown = "Estimated weekly attacks: median and 90 % interval." if past.reports else "Counts as given."
    st.caption(
        glued(f"{shown}{gap} One quiet week is not a pause. A driver of 1 is an event of salience 5 in its week.")
    )
    if not weeks:
        st.info("No week of this series has any evidence. Choose another series.")
        return
    show_timeline(Assumed(at.run, series, baseline()), key="past", usual="All weeks")
    if not past.event_table.num_rows:
        st.caption("No events were supplied for these weeks. Add a file of events under “Your data” and fit again.")


@st.fragment
def _show_week(past: Situation, series: str) -> None:
    """Show the reports behind one week, which the pointer over the picture names in short."""
    if not past.reports:
        return
    st.header("Sources for a week")
    weeks = [week.week for week in past.weeks_of(series)]
    known = [week.week for week in past.weeks_of(series) if week.median is not None]
    if st.session_state.get(WEEK) not in weeks:
        bind(WEEK, (known or weeks)[-1])
    week = st.select_slider("Week of", weeks, key=WEEK, format_func=lambda day: f"{day:%-d %b %Y}")
    covering = past.covering(series, week)
    if not covering:
        st.info("No report covers this week: it is missing, not zero. Choose another week.")
        return
    count = "1 report covers" if len(covering) == 1 else f"{len(covering)} reports cover"
    st.caption(f"{count} this week, the most specific first.")
    st.dataframe(tension_rows(covering), hide_index=True)


def _show_tension(at: Screen, past: Situation, series: str) -> None:
    st.header("Inconsistent reports", help=gloss("z (standardised residual)"))
    if at.run.record["evidence"]["kind"] == "counts":
        st.caption("This run was made from weekly counts as given: there are no reports to compare.")
        return
    reports = sorted(past.reports_of(series), key=lambda each: -abs(each.residual))
    flagged = [each for each in reports if each.flag]
    st.caption(
        f"Each report against what all other reports imply for the same window. {len(flagged)} of {len(reports)} "
        f"conflict ({literal(series_name(series))}, and all fronts together). They are kept, weighted by "
        f"their likely error. {Z}"
    )
    show_reports_apart(flagged, key="apart")
    show_folded(tension_rows(reports), f"All {len(reports)} reports used", key="used")
