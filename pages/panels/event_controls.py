"""The events of the scenario in hand: each with its name, when it comes, its salience and its chance."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import streamlit as st

from lull.data.events import MAX_SALIENCE
from lull.pages.widgets.session import bind, current, move, say
from lull.scenarios.engine.series_session import OpenRun
from lull.scenarios.language import spec
from lull.scenarios.language.draft import MOST_FORKS, PossibleEvent, event_name, possible_events, with_events
from lull.scenarios.language.spec import Scenario
from lull.scenarios.language.uncertain import Hazard, On, Uniform, WeeksAhead
from lull.scenarios.presentation.wording import glued, percent

FORM = "YYYY-MM-DD"
DAY, SPAN, HAZARD = "day", "span", "hazard"
WHEN = {DAY: "On a day", SPAN: "Between two days", HAZARD: "A chance each week"}
USUAL_HAZARD, USUAL_SALIENCE, LONGEST = 5, 4, 60
EVENT_HELP = (
    "Deterrence: force or a threat of it against the group. Pressure: political demands on it. "
    "Mobilisation: what calls it to act."
)
SALIENCE_HELP = "A judgement, from 1 (a statement among many) to 5 (the killing of a leader, a war)."

BELIEVED_HELP = "Under “What I believe” stands another salience, which holds in its place."


def show_events(scenario: Scenario, opened: OpenRun, drivers: Sequence[str]) -> None:
    """Show the events assumed, and a way to add one."""
    with st.container(border=True):
        st.markdown("**Events**")
        for place, each in enumerate(possible_events(scenario)):
            _show_event(place, each, opened)
        with st.popover("Add an event", icon=":material/add:", width="stretch"):
            st.selectbox("Kind", drivers, key="new.dimension", format_func=str.capitalize, help=EVENT_HELP)
            st.text_input("Name (optional)", key="new.name", max_chars=LONGEST, placeholder="A strike on Baghdad")
            _show_when("new", On(on=opened.first_day + timedelta(weeks=1)), opened)
            st.slider("Salience", 1, MAX_SALIENCE, USUAL_SALIENCE, key="new.salience", help=SALIENCE_HELP)
            st.slider("Chance that it happens", 1, 100, 100, key="new.chance", format="%d %%")
            st.button(
                "Add", type="primary", on_click=_event_added, args=(opened,), width="stretch", key="new.add"
            )  # fmt: skip


def day_of(when: Any, opened: OpenRun) -> date:
    """Return the day of a certain date, of another the first that it may be."""
    match when:
        case On():
            return when.on
        case WeeksAhead():
            return opened.first_day + timedelta(weeks=when.weeks_ahead - 1)
        case Uniform():
            return when.uniform[0]
    return opened.first_day


def _show_when(key: str, when: Any, opened: OpenRun, **moved: Any) -> None:
    """Show when something comes: on a day, on one of several, or with a chance each week. A new form keeps its own."""
    now = HAZARD if isinstance(when, Hazard) else SPAN if isinstance(when, Uniform) else DAY
    fresh = not moved
    first, last = opened.first_day, opened.last_day
    if not fresh or f"{key}.when" not in st.session_state:
        bind(f"{key}.when", now)
    chosen = st.selectbox("When", list(WHEN), format_func=WHEN.__getitem__, key=f"{key}.when", **moved)
    if chosen == HAZARD:
        if not fresh or f"{key}.hazard" not in st.session_state:
            bind(f"{key}.hazard", round(100 * when.hazard) if isinstance(when, Hazard) else USUAL_HAZARD)
        st.slider("Chance each week", 1, 50, key=f"{key}.hazard", format="%d %%", **moved)
        return
    day = min(max(day_of(when, opened), first), last)
    if not fresh or st.session_state.get(f"{key}.date") is None:
        bind(f"{key}.date", day)
    st.date_input("First day" if chosen == SPAN else "On", None, first, last, key=f"{key}.date", format=FORM, **moved)
    if chosen == SPAN:
        usual = when.uniform[1] if isinstance(when, Uniform) else min(day + timedelta(weeks=4), last)
        if not fresh or st.session_state.get(f"{key}.until") is None:
            bind(f"{key}.until", min(max(usual, first), last))
        st.date_input("Last day", None, first, last, key=f"{key}.until", format=FORM, **moved)


def _when(key: str, before: Any, opened: OpenRun) -> Any:
    """Return the date that the widgets say; the earlier of two days is the first."""
    widgets = st.session_state
    if widgets[f"{key}.when"] == HAZARD:
        return Hazard(hazard=(widgets.get(f"{key}.hazard") or USUAL_HAZARD) / 100)
    day = widgets.get(f"{key}.date") or day_of(before, opened)
    if widgets[f"{key}.when"] == DAY:
        return On(on=day)
    until = widgets.get(f"{key}.until") or min(day + timedelta(weeks=4), opened.last_day)
    return Uniform(uniform=(min(day, until), max(day, until)))


def _show_event(place: int, each: PossibleEvent, opened: OpenRun) -> None:
    """Show one event: moved, it is replaced; a chance of 0 would be no event, the bin takes it away."""
    key = f"event.{place}"
    name = event_name(each.event)
    chance = f", chance {percent(each.chance)}" if each.chance < 1 else ""
    with st.expander(glued(f"{name[:1].upper()}{name[1:]}{chance}"), key=f"{key}.open"):
        moved: dict[str, Any] = {"on_change": partial(_event_moved, place, opened)}
        bind(f"{key}.name", each.event.name)
        st.text_input("Name", key=f"{key}.name", max_chars=LONGEST, **moved)
        _show_when(key, each.event.date, opened, **moved)
        bind(f"{key}.salience", int(each.event.salience.exactly))  # type: ignore[union-attr]
        believed = current().beliefs.salience_of(each.event.dimension) is not None
        words = BELIEVED_HELP if believed else SALIENCE_HELP
        st.slider("Salience", 1, MAX_SALIENCE, key=f"{key}.salience", help=words, disabled=believed, **moved)
        bind(f"{key}.chance", round(100 * each.chance))
        st.slider("Chance that it happens", 1, 100, key=f"{key}.chance", format="%d %%", **moved)
        st.button("Remove", icon=":material/delete:", key=f"{key}.bin", on_click=_event_removed, args=(place,))


def _event_added(opened: OpenRun) -> None:
    """Add the event of the form; its name is then free for the next one."""
    event = _event("new", st.session_state["new.dimension"], On(on=opened.first_day), opened)
    events = possible_events(current().scenario)
    chance = st.session_state["new.chance"] / 100
    if chance < 1 and sum(each.chance < 1 for each in events) >= MOST_FORKS:
        say(f"At most {MOST_FORKS} events can be uncertain at once: give another one a chance of 100 % first.")
        return
    st.session_state["new.name"] = ""
    move(scenario=with_events(current().scenario, (*events, PossibleEvent(event, chance))))


def _event_moved(place: int, opened: OpenRun) -> None:
    events = list(possible_events(current().scenario))
    before = events[place].event
    key = f"event.{place}"
    event = _event(key, before.dimension, before.date, opened)
    events[place] = PossibleEvent(event, st.session_state[f"{key}.chance"] / 100)
    move(scenario=with_events(current().scenario, events))


def _event_removed(place: int) -> None:
    events = list(possible_events(current().scenario))
    del events[place]
    move(scenario=with_events(current().scenario, events))


def _event(key: str, dimension: Any, before: Any, opened: OpenRun) -> spec.Event:
    """Return the event that the widgets say."""
    widgets = st.session_state
    return spec.Event(
        kind="event", dimension=dimension, date=_when(key, before, opened), salience=widgets[f"{key}.salience"],
        name=widgets[f"{key}.name"],
    )  # fmt: skip
