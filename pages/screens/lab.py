"""The lab: a question on top, the controls of one scenario, and at once what it changes.

Controls and answer are one fragment within that of the question: a moved control reruns it alone. The numbers are
paired with the baseline draw by draw; the pictures keep their shape and take in new rows.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from lull.data.schema import InputError
from lull.pages.drivers.driver_table import show_moved_drivers
from lull.pages.panels.number_table import show_numbers
from lull.pages.panels.reasons import show_reasons
from lull.pages.pictures.timeline import show_timeline
from lull.pages.widgets.beliefs.beliefs_panel import show_beliefs
from lull.pages.widgets.controls import show_controls
from lull.pages.widgets.layout import Screen, screen, under_beliefs
from lull.pages.widgets.question_form import choose_question
from lull.pages.widgets.run_cache import Assumed, answer_under, behind, curve_of
from lull.pages.widgets.scenario_menu import choose_scenario, looks_back, show_keeping
from lull.pages.widgets.session import can_redo, can_undo, current, move, publish, redo, undo
from lull.scenarios.engine.given_it_happens import given_it_happens
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import Answer, Question
from lull.scenarios.engine.series_session import BranchAnswer
from lull.scenarios.language.spec import Scenario, baseline
from lull.scenarios.presentation.answer_words import (
    answer_words,
    asked_words,
    begun,
    counted_in,
    error_words,
    given_words,
    points_words,
)
from lull.scenarios.presentation.glossary import gloss
from lull.scenarios.presentation.lab_charts import curve_spec
from lull.scenarios.presentation.wording import (
    apart_words,
    glued,
    literal,
    moved_points,
    parts_sentence,
    percent,
    points_interval,
    series_name,
)


def show_lab() -> None:
    """Show the lab."""
    with screen("Scenario lab", weighing=False) as at:
        _show_lab(at)


@st.fragment
def _show_lab(at: Screen) -> None:
    """Show the question and, in a fragment of its own, what answers it: a moved control leaves the question alone."""
    _show_scenario(at, choose_question(at), current().series)


@st.fragment
def _show_scenario(at: Screen, question: Question, series: str) -> None:
    """Show the answer, its pictures and the controls, in the order in which a reader waits for them."""
    if (question, series) != (parse_question(current().question), current().series):  # by "Undo", below it
        st.rerun()
    at = under_beliefs(at)
    assumed = Assumed(at.run, series, current().scenario)
    lab = st.container(key="lab")  # its first child stays in sight (`app.py`)
    words, figures = lab.container(key="answer"), lab.container()
    with words:
        answer = _answer(question, assumed)
    left, right = lab.columns([2, 5], gap="medium")
    if answer:
        with figures:
            _show_figures(answer, assumed.scenario)
        with right:
            reasons, pictures, rest = st.container(), st.container(), st.container()
        with pictures:
            _show_pictures(assumed, question, reference=answer.reference_rate is not None)
    with left:
        choose_scenario()
        _show_steps()
        show_keeping(at.run)
        show_controls(at.opened.of_series(series))
        show_beliefs(at)
    if answer:
        with reasons:
            show_reasons(assumed.session, question, answer)
        with rest:
            _show_rest(figures, question, assumed)
    publish()


def _show_steps() -> None:
    """Show the ways back."""
    with st.container(horizontal=True, key="steps"):
        st.button("Undo", icon=":material/undo:", on_click=undo, disabled=not can_undo())
        st.button("Redo", icon=":material/redo:", on_click=redo, disabled=not can_redo())
        at_rest = current().scenario.id == baseline().id
        st.button("Reset", icon=":material/restart_alt:", on_click=_reset, disabled=at_rest)


def _reset() -> None:
    move(scenario=baseline())


def _answer(question: Question, assumed: Assumed) -> Answer | None:
    """Show the answer in words, and return it; or say why there is none."""
    try:
        answer = answer_under(assumed, question)
    except InputError as error:
        _show_refusal(error)
        return None
    scenario, series = assumed.scenario, series_name(answer.series)
    at_rest, of = scenario.id == baseline().id, counted_in(scenario)
    words = answer_words(answer, question, title=scenario.title, series=series, is_baseline=at_rest, of=of)
    st.markdown(f"## {begun(words)}")
    return answer


def _show_rest(figures: Any, question: Question, assumed: Assumed) -> None:
    """Show what stands behind an answer: where it comes from below its figures, the rest below the pictures."""
    found = behind(assumed, question)
    _show_given(figures, assumed, question)
    if found.parts:
        figures.caption(parts_sentence(found.parts))
    _show_ways(found.ways)
    show_moved_drivers(assumed.run, found.moved)
    assumptions = assumed.session.believed(assumed.scenario).assumptions
    st.caption(glued(f"**Assumed.** {literal(assumptions)}"))


def _show_given(place: Any, assumed: Assumed, question: Question) -> None:
    """Show the answer given that what may happen does: the answer above averages over both."""
    session = assumed.session
    scenario = session.believed(assumed.scenario)
    if given := given_it_happens(scenario, first=session.open_run.first_day, by=question.by):
        answer = answer_under(replace(assumed, scenario=given.scenario), question)
        place.caption(given_words(answer, question, chance=given.chance))


def _show_refusal(error: InputError) -> None:
    """Show what of a scenario is contradictory or invalid, and what to do."""
    if looks_back(current().scenario):
        st.warning("This scenario rewrites the past and cannot be projected forward: use “lull scenario hindcast”.")
        return
    problems = [f"expected {each.expected}, found {each.found}. {each.remedy}".strip() for each in error.problems]
    st.warning(literal("This scenario does not fit this run: " + " ".join(problems)) + " Change the setting, or undo.")


def _show_figures(answer: Answer, scenario: Scenario) -> None:
    """Show the answer in figures."""
    at_rest = scenario.id == baseline().id
    if caution := error_words(answer):
        st.caption(caution)
    if at_rest:
        st.caption("Change a setting to see its effect; everything else follows the baseline.")
    with st.container(horizontal=True, key="figures"):
        st.metric("Baseline", glued(percent(answer.baseline)), border=True, help=gloss("baseline"))
        if not at_rest:
            _show_difference(answer)
        if answer.reference_rate is not None:
            st.metric("Past pauses this long", glued(percent(answer.reference_rate)), border=True, help=REFERENCE)
    if answer.reference_rate is not None and (apart := apart_words(answer.baseline, answer.reference_rate)):
        st.caption(glued(apart))


def _show_difference(answer: Answer) -> None:
    interval = points_interval(answer.difference_low, answer.difference_high)
    points = points_words(moved_points(answer.probability, answer.difference))
    st.metric("Your scenario", glued(percent(answer.probability)), border=True)
    st.metric(glued(f"Difference (90 %: {interval})"), glued(points), border=True)


REFERENCE = (
    "Of past pauses this long among armed groups in a public event data set, the share that had ended by then. "
    "A base rate, not part of the model."
)


def _show_pictures(assumed: Assumed, question: Question, *, reference: bool) -> None:
    series = series_name(assumed.series)
    chance = f"{begun(asked_words(question))} ({series}), week by week."  # fixed: pages/pictures/timeline.py
    alone, share = assumed.scenario.id == baseline().id, question.kind == "halted share"
    title = "share so far" if share else "probability by date"
    st.markdown(f"**{'Share' if share else 'Chance'} by week**")
    spec = curve_spec(alone=alone, reference=reference, title=title)
    st.vega_lite_chart(curve_of(assumed, question), dict(spec), alt=chance, key="chart.curve", width="stretch")
    show_timeline(assumed, key="timeline", usual="Last year")


def _show_ways(ways: Sequence[BranchAnswer]) -> None:
    """Show the branches of a tree: each with its probability, and the answer there."""
    if not ways:
        return
    st.markdown("**Branches** (the answer above is their weighted average)")
    rows = [
        {
            "branch": way.title.replace(": ", ", "),
            "probability": glued(percent(way.probability)),
            "answer": glued(percent(way.answer.probability)),
        }
        for way in ways
    ]
    show_numbers(rows, key="ways")
