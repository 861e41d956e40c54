"""Which sessions of the server show the page to somebody who may read it, and to whom: only they may send files.

A pass lies in its session and ends with it. It names its reader, so that another reader who knows a session's id can
neither send it a file nor fetch one of its files.
"""

from collections import defaultdict
from pathlib import PurePath
from urllib.parse import urlsplit
from weakref import WeakSet, WeakValueDictionary

import streamlit as st
from streamlit.runtime import exists, get_instance
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

HELD = "lull.pass"
NOTED = "execute_deferred"  # of Streamlit's files: replaced by one that notes who asked


class Pass:
    """What a session holds as long as its reader is admitted."""

    def __init__(self, reader: str) -> None:
        self.reader = reader


_passes: WeakValueDictionary[str, Pass] = WeakValueDictionary()
_made: defaultdict[str, WeakSet[Pass]] = defaultdict(WeakSet)  # by file


def give_pass(reader: str) -> None:
    """Let the session of this script send files, as of this reader."""
    if context := get_script_run_ctx():
        _passes[context.session_id] = st.session_state[HELD] = Pass(reader)
        if exists():
            _note_made_files(get_instance().media_file_mgr)


def take_pass() -> None:
    """Let the session of this script send no files."""
    if context := get_script_run_ctx():
        _passes.pop(context.session_id, None)


def is_of(session_id: str, reader: str) -> bool:
    """Return whether a session shows the page to this reader."""
    held = _passes.get(session_id)
    return held is not None and held.reader == reader


def may_fetch(file_id: str, reader: str) -> bool:
    """Return whether a file that a download button offers, or made when it was clicked, is on a page of this reader."""
    if not exists():
        return False
    offered = get_instance().media_file_mgr._files_by_session_and_coord  # noqa: SLF001 - there is no other way to ask
    if any(file_id in files.values() and is_of(session, reader) for session, files in list(offered.items())):
        return True
    return any(held.reader == reader for held in _made.get(file_id, ()))


def _note_made_files(files: MediaFileManager) -> None:
    """Note whose the files are that buttons make when they are clicked: Streamlit forgets their session."""
    if NOTED in vars(files):
        return
    make = files.execute_deferred

    def noted(button: str) -> str:
        asked = files._deferred_callables.get(button)  # noqa: SLF001 - there is no other way
        address = make(button)
        if held := _passes.get(asked["session_id"] if asked else ""):
            _made[PurePath(urlsplit(address).path).stem].add(held)
        return address

    setattr(files, NOTED, noted)
