"""The control of the ceasefire: what becomes of the one in force, or the type of a new one, and how each ends."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import streamlit as st

from lull.pages.panels.event_controls import day_of
from lull.pages.widgets.session import bind, current, put
from lull.scenarios.engine.series_session import OpenRun
from lull.scenarios.language import spec
from lull.scenarios.language.draft import CEASEFIRE, in_slot
from lull.scenarios.language.spec import Scenario

STAYS, UNTIL, GOOD, COLLAPSE, START = "scheduled", "until", "good", "collapse", "start"
HOLDS, RUNS_OUT = "holds", "runs out"
FORM = "YYYY-MM-DD"
TYPES = {
    "ceasefire": "Written or definitive",
    "ceasefire_verbal": "Verbal",
    "ceasefire_partial": "Partial",
    "ceasefire_holiday": "For a holiday",
    "ceasefire_humanitarian": "Humanitarian",
    "ceasefire_other_side": "Declared by the other side alone",
}
OF_TYPES = (
    "What follows depends on the type: the Evidence screen has the record of each. These are the types of the run."
)
WEEKS_IN_FORCE = 8  # of a new one that runs out: half of those on record ended sooner


def show_ceasefire(scenario: Scenario, opened: OpenRun) -> None:
    """Show what becomes of the ceasefire: one choice, its date where it has one, and of a new one type and end."""
    now, end = in_slot(scenario, CEASEFIRE), opened.ceasefire_end
    names = _choices(opened)
    mode, day = _mode(now, opened)
    with st.container(border=True):
        bind("ceasefire.mode", mode)
        moved = partial(_moved, opened)
        choose = partial(st.selectbox, "Ceasefire", list(names), key="ceasefire.mode", on_change=moved)
        choose(format_func=lambda each: names.get(each, each))
        if day is not None:
            last = end if mode == COLLAPSE and end is not None else opened.last_day
            first = opened.first_day
            bind("ceasefire.day", min(max(day, first), last))
            st.date_input(f"{names[mode]}", None, first, last, key="ceasefire.day", format=FORM, on_change=moved)
        if mode == START:
            _show_new(now, opened)


def _choices(opened: OpenRun) -> dict[str, str]:
    """Return what may become of the ceasefire, in the words of the screen."""
    end = opened.ceasefire_end
    if end is None:
        return {STAYS: "No ceasefire (as now)", START: "Starts on"}
    until = f", on {end:%-d %b %Y}" if end < opened.last_day else ""
    ways = {STAYS: f"Runs out as scheduled{until}", UNTIL: "Extended until", GOOD: "Extended indefinitely"}
    return ways | {COLLAPSE: "Broken off on", START: "Another one starts on"}


def _show_new(now: spec.Ceasefire, opened: OpenRun) -> None:
    """Show the type of a new ceasefire, and how it ends."""
    moved = partial(_moved, opened)
    known = [name for name in TYPES if name in (*opened.state.covariates, now.state)]
    bind("ceasefire.type", now.state)
    choose = partial(st.selectbox, "Type", known, key="ceasefire.type", on_change=moved, help=OF_TYPES)
    choose(format_func=TYPES.__getitem__)
    bind("ceasefire.end", HOLDS if now.until is None else RUNS_OUT)
    ways = {HOLDS: "Holds", RUNS_OUT: "Runs out after"}
    st.selectbox("How it ends", list(ways), format_func=ways.__getitem__, key="ceasefire.end", on_change=moved)
    if now.until is not None:
        first = min(max(day_of(now.date, opened), opened.first_day), opened.last_day)
        bind("ceasefire.until", min(max(day_of(now.until, opened), first), opened.last_day))
        chosen = partial(st.date_input, "Its last day", None, first, opened.last_day, key="ceasefire.until")
        chosen(format=FORM, on_change=moved)


def _mode(now: Any, opened: OpenRun) -> tuple[str, date | None]:
    """Return which choice shows an intervention, and its date."""
    match now:
        case None:
            return STAYS, None
        case spec.Ceasefire(action="extend"):
            return GOOD, None
        case spec.Ceasefire(action="end"):
            return UNTIL, day_of(now.date, opened) - timedelta(days=1)
        case spec.Ceasefire(action="collapse"):
            return COLLAPSE, day_of(now.date, opened)
    return START, day_of(now.date, opened)


def _moved(opened: OpenRun) -> None:
    """Replace the ceasefire by what its control says."""
    mode, before = st.session_state["ceasefire.mode"], _mode(in_slot(current().scenario, CEASEFIRE), opened)
    end = opened.ceasefire_end or opened.first_day
    usual = {UNTIL: min(end + timedelta(weeks=5), opened.last_day), COLLAPSE: opened.first_day + timedelta(weeks=1)}
    day = st.session_state.get("ceasefire.day") if mode == before[0] else None
    day = day or usual.get(mode, opened.first_day)
    make = partial(spec.Ceasefire, kind="ceasefire")
    choices = {
        UNTIL: lambda: make(action="end", date=day + timedelta(days=1)),
        GOOD: lambda: make(action="extend"),
        COLLAPSE: lambda: make(action="collapse", date=day),
        START: lambda: make(action="start", date=day, **_type_and_end(day, opened)),
    }
    put(CEASEFIRE, choices[mode]() if mode in choices else None)


def _type_and_end(day: date, opened: OpenRun) -> dict[str, Any]:
    """Return the type of a new ceasefire and, where it runs out, its last day."""
    widgets = st.session_state
    type_ = {"state": widgets.get("ceasefire.type", CEASEFIRE)}
    if widgets.get("ceasefire.end") != RUNS_OUT:
        return type_
    usual = day + timedelta(weeks=WEEKS_IN_FORCE, days=-1)
    return type_ | {"until": min(max(widgets.get("ceasefire.until") or usual, day), opened.last_day)}
