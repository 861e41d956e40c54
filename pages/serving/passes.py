"""Which sessions of the server show the page to somebody who may read it: only they may send files.

A pass lies in its session and ends with it.
"""

from weakref import WeakValueDictionary

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

HELD = "lull.pass"


class Pass:
    """What a session holds as long as its reader is admitted."""


_passes: WeakValueDictionary[str, Pass] = WeakValueDictionary()


def give_pass() -> None:
    """Let the session of this script send files."""
    if context := get_script_run_ctx():
        _passes[context.session_id] = st.session_state[HELD] = Pass()


def take_pass() -> None:
    """Let the session of this script send no files."""
    if context := get_script_run_ctx():
        _passes.pop(context.session_id, None)


def has_pass(session_id: str) -> bool:
    """Return whether a session may send files."""
    return session_id in _passes
