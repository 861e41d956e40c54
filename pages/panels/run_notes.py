"""What a reader does with a run: gives it a name, lets it stand first, takes it along as one file, deletes it."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from lull.batch.cleanup import delete_run
from lull.data.schema import InputError
from lull.model.runs.labels import forget_run, labels, name_run, pin_run
from lull.model.runs.snapshot import open_snapshot, take_snapshot
from lull.model.runs.store import Run, Store
from lull.pages.widgets.session import say
from lull.pages.widgets.view import View, link_query, to_link
from lull.scenarios.presentation.wording import literal

CHOSEN, NAME, DOOMED, OPENED = "notes.run", "notes.name", "notes.doomed", "notes.opened"
SNAPSHOT = "lull"  # the ending of its name
MOST_MEGABYTES = 200


def show_notes(store: Store, runs: Sequence[Run], names: Mapping[str, str]) -> None:
    """Show what can be done with one run, and where a snapshot is opened."""
    with st.expander("Name, pin or delete a run"):
        chosen = st.selectbox("Run", list(names), format_func=names.__getitem__, key=CHOSEN)
        run = next(run for run in runs if run.run_id == chosen)
        noted = labels(store).get(chosen)
        pinned = noted is not None and noted.pinned
        st.text_input("Name", key=NAME, placeholder=(noted.name if noted else "") or "Weekly, main case")
        with st.container(horizontal=True):
            st.button("Give it this name", on_click=_named, args=(store, chosen), key="notes.save")
            label = "Unpin" if pinned else "Pin: show it first"
            st.button(label, on_click=pin_run, args=(store, chosen), kwargs={"pinned": not pinned}, key="notes.pin")
            st.button("Delete", on_click=_doomed, args=(chosen,), key="notes.bin")
        if st.session_state.get(DOOMED) == chosen:
            _show_doomed(store, run, names[chosen])


def _named(store: Store, run_id: str) -> None:
    try:
        name_run(store, run_id, st.session_state[NAME])
    except InputError as error:
        say(literal(f"Not named: expected {error.problems[0].expected}, found {error.problems[0].found}."))
        return
    st.session_state[NAME] = ""


def _doomed(run_id: str | None) -> None:
    st.session_state[DOOMED] = run_id


def _show_doomed(store: Store, run: Run, name: str) -> None:
    """Ask before a run is deleted, by its name."""
    st.warning(f"Delete “{literal(name)}”, and every forecast made from it? There is no way back.")
    with st.container(horizontal=True):
        st.button("Delete it", on_click=_deleted, args=(store, run, name), key="notes.bin.yes", type="primary")
        st.button("Keep it", on_click=_doomed, args=(None,), key="notes.bin.no")


def _deleted(store: Store, run: Run, name: str) -> None:
    _doomed(None)
    try:
        delete_run(store, run)
        forget_run(store, run.run_id)
    except InputError as error:
        say(literal(f"Not deleted: expected {error.problems[0].expected}, found {error.problems[0].found}."))
        return
    say(f"Deleted “{literal(name)}”.")


def offer_snapshot(run: Run, view: View) -> None:
    """Offer the run and the view as one file, made when it is asked for."""
    st.download_button(
        "Download snapshot", lambda: _snapshot(run, view), f"view-{run.run_id[:6]}.{SNAPSHOT}",
        "application/x-tar", key="snapshot", on_click="ignore",
    )  # fmt: skip


def _snapshot(run: Run, view: View) -> bytes:
    """Return the content of a snapshot."""
    with tempfile.TemporaryDirectory(prefix="lull.") as folder:
        path = Path(folder) / "snapshot"
        take_snapshot(run, to_link(view), path)
        return path.read_bytes()


def show_opening(store: Store) -> None:
    """Show where a snapshot is opened; its run is then in the store, and a link leads to its view."""
    st.file_uploader(
        "Open a snapshot", [SNAPSHOT], key="notes.file", on_change=_taken, args=(store,), max_upload_size=MOST_MEGABYTES
    )
    link, problem = st.session_state.get(OPENED, (None, ""))
    if problem:
        st.error(literal(problem))
    if link is not None:
        st.success(f"The snapshot is open. [Show its view](scenarios?{link})")


def _taken(store: Store) -> None:
    file = st.session_state["notes.file"]
    if file is None:
        return
    try:
        with tempfile.TemporaryDirectory(prefix="lull.") as folder:
            path = Path(folder) / Path(file.name).name
            path.write_bytes(file.getvalue())
            st.session_state[OPENED] = (link_query(open_snapshot(store, path)), "")
    except InputError as error:
        first = error.problems[0]
        st.session_state[OPENED] = (None, f"Not opened: expected {first.expected}, found {first.found}. {first.remedy}")
