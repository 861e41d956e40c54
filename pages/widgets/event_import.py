"""Exports of events become weekly counts of a chosen actor, kept with the reader's other files."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import streamlit as st

from lull.data.importers.events import TARGET, Selection, actors_of
from lull.data.importers.layouts import EXPORTS
from lull.data.importers.written import Imported, csv_text, import_events
from lull.data.schema import InputError
from lull.data.uploads import Cabinet, KeptFile
from lull.pages.widgets.session import say
from lull.scenarios.presentation.wording import literal

EXPORT, ACTORS, JOINT, FRONT, FROM, UNTIL, KNOWN, DONE = (
    f"import.{name}" for name in ("file", "actors", "joint", "front", "from", "until", "as_of", "done")
)
ONE_FRONT, BY_COLUMN, BY_TARGET = "one for all", "the country", "the actor on the other side"


def show_import(cabinet: Cabinet, files: tuple[KeptFile, ...]) -> None:
    """Show what can be imported of the exports, and what became of the rows of the last one."""
    exports = {each.name: each for each in files if each.kind in EXPORTS}
    if not exports:
        return
    st.header("Count events")
    chosen = exports[st.selectbox("Export of events", list(exports), key=EXPORT)]
    left, right = st.columns(2)
    with left:
        names = _actors(chosen.path, chosen.kind, chosen.path.stat().st_mtime_ns)
        st.multiselect("Whose events", names, key=ACTORS, placeholder="Choose actors", help="Both sides are looked at.")
        st.checkbox("Leave out events that they share with others on their side", key=JOINT)
    with right:
        fronts = [ONE_FRONT, BY_TARGET] if not EXPORTS[chosen.kind].front else [BY_COLUMN, BY_TARGET]
        st.selectbox("A series for each of", fronts, key=FRONT)
        for label, key in (("Covered from", FROM), ("Covered until", UNTIL), ("As known on", KNOWN)):
            st.date_input(f"{label} (optional)", None, date(1900, 1, 1), key=key, format="YYYY-MM-DD")
    st.caption("Without “covered until”, silent weeks after the last event of the file are not counted.")
    if st.button("Count them", key="import.go", disabled=not st.session_state[ACTORS]):
        _import(cabinet, chosen)
    if done := st.session_state.get(DONE):
        st.caption("What became of each row of the last export that was counted.")
        st.table([{"rows": f"{number:,}", "fate": fate} for fate, number in done.items()])


def _import(cabinet: Cabinet, chosen: KeptFile) -> None:
    """Count the events of an export and keep the counts; or say what is wrong."""
    says = st.session_state
    front = TARGET if says[FRONT] == BY_TARGET else ""
    joint = "sole" if says[JOINT] else "any"
    covered = {"first_day": says[FROM], "last_day": says[UNTIL], "as_of": says[KNOWN]}
    selection = Selection(tuple(says[ACTORS]), front=front, joint=joint, **covered)
    try:
        made = import_events(chosen.path, EXPORTS[chosen.kind], selection, source=chosen.kind)
        kept = _kept(cabinet, chosen, made)
    except InputError as error:
        st.error(f"This cannot be counted. {literal(' '.join(str(problem) for problem in error.problems))}")
        return
    says[DONE] = made.events.tally()
    for each in kept:
        say(literal(f"Kept “{each.name}”: {each.says}."))
    st.rerun()


def _kept(cabinet: Cabinet, chosen: KeptFile, made: Imported) -> list[KeptFile]:
    """Keep the files that an import makes, named after the export."""
    stem = chosen.path.stem
    return [
        cabinet.put(f"{stem}-{name}", csv_text(columns, rows).encode()) for name, (columns, rows) in made.files.items()
    ]


@lru_cache(maxsize=16)
def _actors(path: Path, kind: str, changed: int) -> tuple[str, ...]:
    """Return the actors of an export as of its last change."""
    del changed
    return actors_of(path, EXPORTS[kind])
