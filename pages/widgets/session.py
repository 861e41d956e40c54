"""The view of one browser: kept in its session, described by its address, moved by its widgets, undone step by step.

The address is read when a session begins, and again when the reader changes it (a link, the button "back"); after
every move it says what is shown. Another browser has another session.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from lull.pages.widgets.view import View, from_link, to_link
from lull.scenarios.language.draft import with_slot
from lull.scenarios.language.spec import Intervention

STEPS = 100  # moves that can be undone
VIEW, PAST, UNDONE, SHOWN, NOTES = "lull.view", "lull.past", "lull.undone", "lull.shown", "lull.notes"
SAID, BASE = "lull.said", "lull.base"


def begin(usual: View) -> View:
    """Return the view of this session: of the address where it says something new, else as it was left."""
    link = st.query_params.to_dict()
    if VIEW not in st.session_state or (link and link != st.session_state.get(SHOWN)):
        before = st.session_state.get(VIEW)
        base = st.session_state[BASE] = usual if before is None else before
        st.session_state[VIEW], st.session_state[NOTES] = from_link(link, base)
        if before is not None:
            _remember(before)
    return current()


def has_begun() -> bool:
    """Return whether this session has a view."""
    return VIEW in st.session_state


def current() -> View:
    """Return the view of this session, once it has begun."""
    view: View = st.session_state[VIEW]
    return view


def notes() -> Sequence[str]:
    """Return what of the address could not be understood."""
    messages: Sequence[str] = st.session_state.get(NOTES, ())
    return messages


def settle(view: View) -> None:
    """Take a view for what was meant, without a step to undo: a series that the run does not have, say."""
    st.session_state[VIEW] = view


def move(**parts: Any) -> None:
    """Replace parts of the view; the one before can be undone."""
    before = current()
    after = replace(before, **parts)
    if after != before:
        _remember(before)
        st.session_state[VIEW], st.session_state[NOTES] = after, ()


def undo() -> None:
    """Go back one step."""
    *rest, last = st.session_state[PAST]
    st.session_state[UNDONE] = (*st.session_state.get(UNDONE, ()), current())
    st.session_state[PAST], st.session_state[VIEW] = tuple(rest), last


def redo() -> None:
    """Go forward one step that was undone."""
    *rest, last = st.session_state[UNDONE]
    st.session_state[PAST] = (*st.session_state.get(PAST, ()), current())
    st.session_state[UNDONE], st.session_state[VIEW] = tuple(rest), last


def can_undo() -> bool:
    """Return whether there is a step to undo."""
    return bool(st.session_state.get(PAST))


def can_redo() -> bool:
    """Return whether there is a step that was undone."""
    return bool(st.session_state.get(UNDONE))


def publish() -> None:
    """Let the address say what is shown, and show what callbacks left to be said.

    An address that says it already is left alone: each new one is a step of the button "back".
    """
    show_said()
    here = st.query_params.to_dict()
    if here != to_link(current()) and from_link(here, st.session_state[BASE])[0] != current():
        st.query_params.from_dict(to_link(current()))
    st.session_state[SHOWN] = st.query_params.to_dict()


def show_said() -> None:
    """Show what callbacks left to be said."""
    for words in st.session_state.pop(SAID, ()):
        st.toast(words)


def say(words: str) -> None:
    """Leave a short word for the reader, from a callback; `publish` shows it."""
    st.session_state[SAID] = (*st.session_state.get(SAID, ()), words)


def put(slot: str, intervention: Intervention | None) -> None:
    """Replace what a control shows of the scenario in hand, None: put it at rest."""
    move(scenario=with_slot(current().scenario, slot, intervention))


def bind(key: str, value: object) -> str:
    """Return the key of a widget whose value is that of the view; must come before the widget.

    The value is assigned even where the session holds it: on another screen the widget is a new one, and the browser
    shows its first option unless it is sent a value.
    """
    st.session_state[key] = value
    return key


def _remember(view: View) -> None:
    st.session_state[PAST] = (*st.session_state.get(PAST, ()), view)[-STEPS:]
    st.session_state[UNDONE] = ()
