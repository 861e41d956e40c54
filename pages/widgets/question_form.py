"""The question on top of a screen: what, how many, of which series, by when; it moves the view, nothing else."""

from typing import get_args

import streamlit as st

from lull.pages.widgets.layout import Screen, choose_series
from lull.pages.widgets.session import bind, current, move
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import EXACT, Kind, Question
from lull.scenarios.presentation.answer_words import KINDS, question_text

KIND, COUNT, WEEKS, BY = "ask.kind", "ask.count", "ask.weeks", "ask.by"
USUAL_COUNT, USUAL_WEEKS, MOST = 10, 4, 100_000


def choose_question(at: Screen) -> Question:
    """Let the reader say what is asked, and return it."""
    question = parse_question(current().question)
    counted = question.kind not in (*EXACT, "halted share")
    widths = [3, 1, 2, 2] if counted else [3, 2, 2]
    columns = iter(
        st.columns([*widths[:1], *widths[1:2] * (1 + (question.kind == "sustained")), *widths[2:]])
        if counted
        else st.columns(widths)
    )
    with next(columns):
        kinds = list(get_args(Kind.__value__))
        bind(KIND, question.kind)
        st.selectbox("Question", kinds, format_func=KINDS.__getitem__, key=KIND, on_change=_asked)
    if counted:
        with next(columns):
            bind(COUNT, question.count)
            st.number_input("N: attacks", 1, MOST, step=1, key=COUNT, on_change=_asked)
    if question.kind == "sustained":
        with next(columns):
            bind(WEEKS, question.weeks)
            st.number_input("M: weeks", 1, at.opened.state.horizon, step=1, key=WEEKS, on_change=_asked)
    with next(columns):
        choose_series(at)
    with next(columns):
        bind(BY, question.by)
        first, last = at.opened.state.weeks[0].item(), at.opened.last_day
        st.date_input("By", None, first, last, key=BY, format="YYYY-MM-DD", on_change=_asked)
    return question


def _asked() -> None:
    """Move the view to the question that the widgets say."""
    before = parse_question(current().question)
    widgets = st.session_state
    kind, by = widgets[KIND], widgets[BY] or before.by
    counted = kind not in (*EXACT, "halted share")
    fresh = before.kind in (*EXACT, "halted share")
    count = widgets.get(COUNT, USUAL_COUNT) if not fresh else USUAL_COUNT
    weeks = widgets.get(WEEKS, USUAL_WEEKS) if before.kind == "sustained" else USUAL_WEEKS
    move(question=question_text(kind, by, count=count if counted else 1, weeks=weeks if kind == "sustained" else 1))
