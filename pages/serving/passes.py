"""Which sessions of the server show the page to somebody who may read it, and to whom: only they may send files.

A pass lies in its session and ends with it. It names its reader, so that another reader who knows a session's id can
neither send it a file nor fetch one of its files.
"""

from weakref import WeakValueDictionary

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

HELD = "lull.pass"


class Pass:
    """What a session holds as long as its reader is admitted."""

    def __init__(self, reader: str) -> None:
        self.reader = reader


_passes: WeakValueDictionary[str, Pass] = WeakValueDictionary()


def give_pass(reader: str) -> None:
    """Let the session of this script send files, as of this reader."""
    if context := get_script_run_ctx():
        _passes[context.session_id] = st.session_state[HELD] = Pass(reader)


def take_pass() -> None:
    """Let the session of this script send no files."""
    if context := get_script_run_ctx():
        _passes.pop(context.session_id, None)


def is_of(session_id: str, reader: str) -> bool:
    """Return whether a session shows the page to this reader."""
    held = _passes.get(session_id)
    return held is not None and held.reader == reader


def may_fetch(file_id: str, reader: str) -> bool:
    """Return whether a file that a download button offers is on a page of this reader."""
    offered = get_instance().media_file_mgr._files_by_session_and_coord  # noqa: SLF001 - there is no other way to ask
    return any(file_id in files.values() and is_of(session, reader) for session, files in list(offered.items()))
