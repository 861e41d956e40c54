"""The first screen: every series of every run in a line, what has changed most on top, each a click from its lab."""

from collections.abc import Mapping, Sequence
from typing import get_args

import streamlit as st

from lull.model.runs.labels import labels
from lull.model.runs.store import Store
from lull.pages.panels.overview_rows import overview_of
from lull.pages.panels.tour import start_tour
from lull.pages.widgets.first_run import show_first_run, show_jobs
from lull.pages.widgets.session import show_said
from lull.pages.widgets.user_folders import reader_store
from lull.scenarios.overview.lines import SOON, Line, by_change, lines
from lull.scenarios.overview.table import change_sentence, overview_html
from lull.scenarios.presentation.wording import literal, series_name
from lull.scenarios.results.document import Grade

LAB = "scenarios"  # its address
NAMES = ("text", "grade", "state", "older", "order", "shown")
TEXT, GRADES, STATE, OLDER, ORDER, SHOWN = (f"overview.{name}" for name in NAMES)
STATES = {"all": "All", "silent": "Silent", "active": "Active"}
ORDERS = {"change": "Change", "soon": f"Chance in {SOON} weeks", "silent": "Silence", "name": "Name"}
AT_ONCE = 50  # lines


def show_overview() -> None:
    """Show the lines of the reader's store; without a run, the screen that makes the first one."""
    store = reader_store()
    show_jobs(store)
    found = overview_of(store)
    if not found.rows and not found.missing and not found.problems:
        show_first_run(store)
        return
    title, tour = st.columns([4, 1], vertical_alignment="center")
    title.title("Overview")
    tour.button("Two-minute tour", icon=":material/tour:", on_click=start_tour, key="tour.start", width="stretch")
    if found.missing:
        _show_catching_up()
    for run_id, problem in found.problems.items():
        st.warning(f"Run {run_id[:8]} cannot be read. {literal(problem)}")
    every = lines([row for rows in found.rows.values() for row in rows])
    _show_lines(store, every)
    _show_news(every)
    show_said()


@st.fragment(run_every=1.0)
def _show_catching_up() -> None:
    """Go on with the runs that have no line yet, and say how many they are; with the last one the screen is renewed."""
    found = overview_of(reader_store())
    if not found.missing:
        st.rerun()
    st.caption(f"Lines of {len(found.missing)} more runs are being made.")


def _show_lines(store: Store, every: Sequence[Line]) -> None:
    """Show the filters, and the lines that they leave."""
    names = {run_id: label.name for run_id, label in labels(store).items()}
    shown = _filtered(every, names)
    older = sum(line.superseded for line in every)
    count = f"{len(shown)} of {len(every)} series" if len(shown) < len(every) else f"{len(every)} series"
    st.caption(
        f"{count}. Pause: the chance that attacks are halted. Attack: at least one in the weeks ahead, as scheduled, "
        f"with its change since the run of the week before. {f'{older} are of earlier weeks.' if older else ''}"
    )
    if not shown:
        st.info("Nothing matches. Clear a filter.")
        return
    most = st.session_state.get(SHOWN, AT_ONCE)
    st.html(overview_html(shown[:most], names=names, lab=LAB))
    if len(shown) > most:
        st.button(f"Show {min(AT_ONCE, len(shown) - most)} more", on_click=_more, key="overview.more")


def _more() -> None:
    st.session_state[SHOWN] = st.session_state.get(SHOWN, AT_ONCE) + AT_ONCE


def _filtered(every: Sequence[Line], names: Mapping[str, str]) -> list[Line]:
    """Return the lines that the reader's choices leave, in the order chosen."""
    text, more = st.columns([3, 1], vertical_alignment="bottom")
    words = text.text_input("Search", key=TEXT, placeholder="Group, series or name").casefold().split()
    with more.popover("Filter and sort", icon=":material/filter_list:", width="stretch"):
        grades = st.multiselect("Grade", list(get_args(Grade.__value__)), key=GRADES, placeholder="Any")
        which = st.segmented_control("State", list(STATES), format_func=STATES.__getitem__, default="all", key=STATE)
        by = st.selectbox("Sort by", list(ORDERS), format_func=ORDERS.__getitem__, key=ORDER)
        older = any(line.superseded for line in every) and st.checkbox("Earlier weeks too", key=OLDER)
    left = [
        line
        for line in every
        if (older or not line.superseded)
        and (not grades or line.row.grade in grades)
        and (which in (None, "all") or bool(line.row.silent_weeks) == (which == "silent"))
        and all(word in _searched(line, names) for word in words)
    ]
    if by == "name":
        return sorted(left, key=lambda line: (line.row.group, line.row.series))
    if by == "silent":
        return sorted(left, key=lambda line: -line.row.silent_weeks)
    return sorted(left, key=lambda line: -line.row.soon) if by == "soon" else by_change(left)


def _searched(line: Line, names: Mapping[str, str]) -> str:
    row = line.row
    parts = (row.group, row.series, series_name(row.series), names.get(row.run_id, ""), row.run_id)
    return " ".join(parts).casefold()


def _show_news(every: Sequence[Line]) -> None:
    """Show what the newest week changed, in words."""
    news = by_change([line for line in every if line.before is not None and not line.superseded])
    if not news:
        return
    st.header("What the new week changed")
    for line in news[:AT_ONCE]:
        name = literal(f"{series_name(line.row.series)} ({line.row.group})")
        st.markdown(f"**{name}.** {literal(change_sentence(line))}")
