"""Why this number: the reports that decide it, the state at the origin, drivers, similar pauses on record, the grade.

It is made only when it is asked for, since each driver is taken away once.
"""

import streamlit as st

from lull.data.learned.pause_record import recorded
from lull.pages.panels.number_table import show_numbers
from lull.pages.widgets.run_cache import added_of, situation_of
from lull.scenarios.engine.questions import Answer, Question
from lull.scenarios.engine.reference_class import earlier_rate, ended_within, is_silent, silent_weeks
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.presentation.answer_words import points_words
from lull.scenarios.presentation.rows import Z, tension_rows
from lull.scenarios.presentation.verdicts import calibration_sentence
from lull.scenarios.presentation.wording import (
    glued,
    literal,
    moved_points,
    percent,
    points_interval,
    series_sentence,
)
from lull.scenarios.results.evidence_used import convergence
from lull.scenarios.results.situation import ReportUsed, Situation

RECENT, MOST = 13, 5  # weeks before the origin that decide the state; reports named
AHEAD = (4, 12, 26)
NAMED = "why"  # the switch


def show_reasons(session: SeriesSession, question: Question, answer: Answer) -> None:
    """Show the chain behind an answer, if the reader asks for it."""
    if not st.toggle("Why this number", key=NAMED):
        return
    run = session.open_run.run
    with st.container(border=True, key="reasons"):
        st.markdown("**1. The reports it rests on**")
        _show_reports(situation_of(run), session.series)
        st.markdown("**2. Where the series stands**")
        st.write(literal(series_sentence(session.document(()), session.series)))
        st.markdown("**3. What each driver adds, as scheduled**")
        _show_drivers(session, question, answer)
        st.markdown("**4. What similar recorded pauses did**")
        _show_pauses(session)
        st.markdown("**5. The grade**")
        verdict = convergence(run)
        st.write(literal(f"Convergence: {verdict.grade}. {calibration_sentence(verdict)}"))


def _show_reports(past: Situation, series: str) -> None:
    reports = deciding(past, series)
    if not reports:
        st.write(
            f"No report covers the last {RECENT} weeks: the counts are as given, or the state rests on older weeks."
        )
        return
    st.caption(f"Of the last {RECENT} weeks: the least consistent first, then those with the most attacks. {Z}")
    st.dataframe(tension_rows(reports), hide_index=True)


def deciding(past: Situation, series: str) -> tuple[ReportUsed, ...]:
    """Return the reports of the last weeks: inconsistent ones first, then those of most attacks, at most `MOST`."""
    weeks = past.weeks_of(series)[-RECENT:]
    recent = [each for each in past.reports_of(series) if any(each.covers(week.week) for week in weeks)]
    return tuple(sorted(recent, key=lambda each: (not each.flag, -each.reported, each.report_id))[:MOST])


def _show_drivers(session: SeriesSession, question: Question, answer: Answer) -> None:
    added = added_of(session.open_run.run, session.series, question)
    if not added:
        st.write("No driver moves the answer: none is at work in the weeks ahead.")
        return
    st.caption(
        f"The answer as scheduled is {glued(percent(answer.baseline))}. Each driver is taken away alone, so the rows "
        "need not add up. It is what the model makes of them, after such events, not proof of a cause."
    )
    rows = [
        {
            "driver": one.driver.replace("_", " "),
            "adds": glued(points_words(moved_points(answer.baseline, one.added))),
            "90 % interval": points_interval(one.low, one.high),
            "answer without it": glued(percent(one.without)),
        }
        for one in added
    ]
    show_numbers(rows, key="added")


def _show_pauses(session: SeriesSession) -> None:
    if not is_silent(session.state):
        st.write("The series is not silent, so no recorded pause is like it.")
        return
    silent, rate = silent_weeks(session.state), earlier_rate(session.state)
    alike = next((one for one in reversed(recorded().of(rate)) if silent >= one.age_from), None)
    if alike is not None:
        before = "" if rate is None else f", after {rate:.0f} attacks in the 26 weeks before"
        st.write(
            f"Silent for {silent:.0f} weeks{before}. Recorded silences of {alike.age_from} to {alike.age_to} weeks "
            f"after a similar rate were seen in {alike.weeks_at_risk:,} weeks; in {alike.ended:,} of these they ended."
        )
    cells = {f"within {weeks} weeks": glued(percent(ended_within(silent, weeks, rate))) for weeks in AHEAD}
    show_numbers([{"recorded silences as old": "had ended", **cells}], key="pauses")
