"""A reader's own beliefs: with a log-in they carry the reader's name, and they can be kept for another day."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from lull.data.files import write_whole
from lull.data.schema import InputError
from lull.ledger.entries import ALONE
from lull.pages.widgets.session import current, move, say
from lull.pages.widgets.user_folders import check_room, reader_name, reader_store
from lull.scenarios.beliefs.belief_file import read_beliefs, toml_of_beliefs
from lull.scenarios.beliefs.reader_beliefs import Beliefs

FILE = "beliefs.toml"  # in the reader's store, beside the ledger


def believe(beliefs: Beliefs) -> None:
    """Move the view to other beliefs; those of a reader who logged in carry their name."""
    name = reader_name()
    move(beliefs=replace(beliefs, who=beliefs.who or ("" if name == ALONE else name)))


def show_kept() -> None:
    """Show how to keep the beliefs in hand, and how to come back to those that are kept."""
    kept, beliefs = kept_beliefs(), current().beliefs
    with st.container(horizontal=True):
        if beliefs and beliefs != kept:
            st.button("Keep my beliefs", key="belief.keep", on_click=_keep, icon=":material/bookmark:")
        if kept and beliefs != kept:
            st.button("My kept beliefs", key="belief.kept", on_click=believe, args=(kept,))


def kept_beliefs() -> Beliefs:
    """Return what the reader kept; nothing where nothing is kept, or it cannot be read."""
    try:
        return read_beliefs(_path()) if _path().exists() else Beliefs()
    except InputError:
        return Beliefs()


def _keep() -> None:
    text = toml_of_beliefs(current().beliefs)
    try:
        check_room(adding=len(text.encode()))
        write_whole(_path(), text)
    except InputError as error:
        say(f"Your beliefs were not kept. {error}")
    else:
        say("Your beliefs are kept. They replace those that were kept before.")


def _path() -> Path:
    return reader_store().folder / FILE
