"""A tour of two minutes on the page itself: each step shows a real screen, says in a sentence or two what to look at.

The tour assumes nothing but a run; a step is a screen, a part of a view to show there, and words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st
from streamlit.navigation.page import StreamlitPage

STEP = "lull.tour"  # in the session: the place of the step that is shown


@dataclass(frozen=True)
class Step:
    """One step: the address of its screen, what to look at, and what of the view it sets."""

    path: str
    title: str
    words: str
    view: Mapping[str, str] = field(default_factory=dict)


STEPS = (
    Step(
        "overview", "One line for each series",
        "The grey line shows the past, the blue fan the forecast. Beside it: how long the series has been silent, the "
        "chance of a pause, and the chance of an attack within 4 and 12 weeks. Click a name to open it in the lab.",
    ),
    Step(
        "scenarios", "One question, one answer",
        "The sentence below the question is the forecast if everything goes as scheduled. Change the question, the "
        "series or the day, and it changes at once.",
        {"scenario": "baseline"},
    ),
    Step(
        "scenarios", "Change one thing",
        "Here the ceasefire collapses early. The sentence says how the chance changes, by how many points, "
        "and how certain that is. Use the controls on the left to change more; Undo goes back.",
        {"scenario": "ceasefire-collapses"},
    ),
    Step(
        "side-by-side", "Scenarios side by side",
        "Each row is a scenario and its change from the baseline. Weights further down give their weighted average.",
    ),
    Step(
        "questions", "When it comes",
        "The same question as a date: the days by which the chance reaches a quarter, a half and three quarters, and "
        "a file with the chance for every day.",
    ),
    Step(
        "situation", "What is known of the past",
        "Weekly counts with the reports behind each week, the events, and the chance week by week that attacks were "
        "paused. Reports that contradict each other are listed, not hidden.",
    ),
    Step(
        "evidence", "How far to trust it",
        "How far the data inform each driver, whether the computation can be used, and how well past forecasts of "
        "these data did.",
    ),
    Step(
        "your-data", "Your own data",
        "Drop in weekly counts or reports of any group. A file is checked line by line before anything is fitted.",
    ),
)  # fmt: skip


def start_tour() -> None:
    """Begin the tour; a callback of a button."""
    st.session_state[STEP] = 0


def show_tour(screens: Mapping[str, StreamlitPage], here: str) -> None:
    """Show the step that the reader is at above the screen; one who went elsewhere is led back by the next button."""
    place = st.session_state.get(STEP)
    if place is None:
        return
    step = STEPS[place]
    with st.container(border=True, key="tour"):
        st.markdown(f"**Tour, {place + 1} of {len(STEPS)}: {step.title}.** {step.words}")
        with st.container(horizontal=True):
            back = st.button("Back", disabled=place == 0, key="tour.back")
            onward = st.button("Next" if place + 1 < len(STEPS) else "Finish", type="primary", key="tour.next")
            st.button("End the tour", on_click=_end, key="tour.end", type="tertiary")
    if back or onward:
        _go(screens, here, place + (1 if onward else -1))


def _end() -> None:
    st.session_state.pop(STEP, None)


def _go(screens: Mapping[str, StreamlitPage], here: str, place: int) -> None:
    """Show another step on its screen; after the last one the overview without the tour."""
    if place >= len(STEPS):
        _end()
        st.switch_page(screens["overview"])
    st.session_state[STEP] = place
    step = STEPS[place]
    if step.path == here and not step.view:
        st.rerun()
    st.switch_page(screens[step.path], query_params=dict(step.view))
