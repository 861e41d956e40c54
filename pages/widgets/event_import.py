"""Events become weekly counts of a chosen actor, kept next to the reader's other files; so do several releases of them.

The choices are the options of `lull import acled|ucdp|events`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

import streamlit as st

from lull.data.importers.events import TARGET, Selection, actors_of, pairs_of
from lull.data.importers.layouts import EXPORTS, Layout
from lull.data.importers.sums import refuse_sums
from lull.data.importers.written import csv_text, import_events
from lull.data.readers.detection import columns_of
from lull.data.schema import InputError
from lull.data.uploads import Cabinet, KeptFile
from lull.pages.widgets.session import say
from lull.pages.widgets.user_folders import check_room
from lull.scenarios.presentation.wording import literal

EXPORT, ACTORS, PATTERN, FACTION, ONLY, JOINT, FRONT, FROM, UNTIL, KNOWN, DONE = (
    f"import.{name}"
    for name in ("file", "actors", "pattern", "faction", "only", "joint", "front", "from", "until", "as_of", "done")
)
COLUMNS = {
    "event_id": ("Column of the event's id", "none: every row is an event"),
    "first_day": ("Column of the day", ""),
    "last_day": ("Column of the last day", "none: events of one day"),
    "actor": ("Column of the actor", "none: all rows are of the group named below"),
    "known": ("Column of the day on which the row became known", "none"),
    "front": ("Column of the front", "none: one for all"),
}
WORDS = {
    "Column of the event's id": ("event_id", "eventid"),
    "Column of the day": ("date", "day", "when"),
    "Column of the actor": ("actor", "group", "faction", "perpetrator"),
    "Column of the sums": ("events", "incidents", "attacks", "count", "total", "number"),
    "Column of the month": ("month",),
    "Column of the year": ("year",),
    "Column of the first day": ("start", "from", "first", "week"),
    "Column of the last day": ("end", "until", "last"),
}  # by label: words in the names of such columns
ONE_FRONT, BY_COLUMN, BY_TARGET, NONE = "one for all", "the country", "the actor on the other side", ""
Columns = Mapping[str, Sequence[str]]


def show_import(cabinet: Cabinet, files: tuple[KeptFile, ...]) -> None:
    """Show what can be counted of the exports and lists of events, and the row-by-row log of the last import."""
    exports = {each.name: each for each in files if each.kind in EXPORTS or each.kind == "table"}
    if not exports:
        return
    st.header("Build weekly counts")
    first = next((name for name, each in exports.items() if each.kind in EXPORTS), next(iter(exports)))
    names = st.multiselect(
        "Exports of events",
        list(exports),
        default=[first],
        key=EXPORT,
        help="Several of one kind, such as an annual file and candidate releases: of an event in several, the newest "
        "row counts.",
    )
    chosen = [exports[name] for name in names]
    if len({each.kind for each in chosen}) != 1:
        st.info("Choose one export, or several of one kind.")
        return
    try:
        layout, selection = _choices(chosen)
    except InputError as error:
        st.error(_refusal(error))
        return
    st.caption("Without “covered until”, silent weeks after the last event of the file are not counted.")
    ready = bool(layout.first_day) and bool(selection.label)
    if st.button("Build counts", key="import.go", disabled=not ready):
        _import(cabinet, chosen, layout, selection)
    show_log(DONE)


def show_log(key: str) -> None:
    """Show how many rows of the last import under a key met each status."""
    if key in st.session_state:
        fates, notes = st.session_state[key]
        st.caption("Import log: what happened to each row of the last import.")
        st.table([{"rows": f"{number:,}", "status": status} for status, number in fates.items()])
        for note in notes:
            st.caption(literal(note))


def finish(key: str, fates: Mapping[str, int], notes: Sequence[str]) -> None:
    """Keep the log of an import under a key, and show the page again."""
    st.session_state[key] = fates, tuple(notes)
    st.rerun()


def keep(cabinet: Cabinet, stem: str, made: Mapping[str, tuple[Sequence[str], Sequence[Sequence[object]]]]) -> None:
    """Keep the files that an import makes, by name, named after the file that they were made of."""
    for name, (columns, rows) in made.items():
        content = csv_text(columns, rows).encode()
        check_room(adding=len(content))
        kept = cabinet.put(f"{stem}-{name}", content)
        say(literal(f"Kept “{kept.name}”: {kept.says}."))


def column_of(label: str, none: str, columns: Sequence[str], key: str) -> str:
    """Show the choice of a column, with `none` as the words for no column; return its name, or nothing.

    At first it is the column whose name has a word of those that such columns have.
    """
    offered = [*([NONE] if none else []), *columns]
    likely = (at for at, name in enumerate(offered) if any(word in name.casefold() for word in WORDS.get(label, ())))
    at = next(likely, 0)
    return st.selectbox(label, offered, at, format_func=lambda name: name or none, key=key) or NONE


def _choices(chosen: Sequence[KeptFile]) -> tuple[Layout, Selection]:
    """Show the choices of an import, and return them."""
    kind = chosen[0].kind
    layout = EXPORTS[kind] if kind in EXPORTS else _layout_of([each.path for each in chosen])
    left, right = st.columns(2)
    with left:
        names = _actors(tuple((each.path, each.path.stat().st_mtime_ns) for each in chosen), layout)
        if layout.actors:
            st.multiselect("Actors", names, key=ACTORS, placeholder="Choose actors")
            st.text_input("Or by a regular expression", key=PATTERN, placeholder="Red Dawn.*")
            st.checkbox("Exclude joint events", key=JOINT)
        st.text_input("What to call them", key=FACTION, max_chars=100, placeholder="The actors")
        st.text_area(
            "Only rows with (optional)",
            key=ONLY,
            placeholder="country=Iraq",
            height=68,
            help="COLUMN=VALUE, one a line.",
        )
    with right:
        if kind in EXPORTS:
            fronts = [ONE_FRONT, BY_TARGET] if not layout.front else [BY_COLUMN, BY_TARGET]
            st.selectbox("Split into series by", fronts, key=FRONT)
        for label, key in (("Covered from", FROM), ("Covered until", UNTIL), ("As known on", KNOWN)):
            st.date_input(f"{label} (optional)", None, date(1900, 1, 1), key=key, format="YYYY-MM-DD")
    return layout, _selection(layout)


def _layout_of(paths: Sequence[Path]) -> Layout:
    """Show which columns of a table are what, and return its layout."""
    columns = list(dict.fromkeys(name for path in paths for name in columns_of(path)))
    st.caption("These columns are not those of a known export: say what they are.")
    left, right = st.columns(2)
    named: list[str] = []
    for at, (name, (label, none)) in enumerate(COLUMNS.items()):
        with (left, right)[at % 2]:
            named.append(column_of(label, none, columns, f"import.column.{name}"))
    event_id, first_day, last_day, actor, known, front = named
    actors = (actor,) if actor else ()
    return Layout(event_id, actors, first_day, last_day, known=known, front=front, separator=";")


def _selection(layout: Layout) -> Selection:
    """Return the selection that the widgets hold. Raises `InputError` for a row filter that is none."""
    says = st.session_state
    front = TARGET if says.get(FRONT) == BY_TARGET else "" if layout.queried else layout.front
    return Selection(
        actors=tuple(says.get(ACTORS, ())) if layout.actors else (),
        pattern=says.get(PATTERN, "").strip() if layout.actors else "",
        faction=says[FACTION].strip(),
        front=front,
        only=pairs_of(line for line in says[ONLY].splitlines() if line.strip()),
        joint="sole" if says.get(JOINT) else "any",
        first_day=says[FROM],
        last_day=says[UNTIL],
        as_of=says[KNOWN],
    )


def _import(cabinet: Cabinet, chosen: Sequence[KeptFile], layout: Layout, selection: Selection) -> None:
    """Count the events of the exports and keep the counts; or show what is wrong."""
    try:
        for each in chosen:
            refuse_sums(each.path)
        source = chosen[0].kind if chosen[0].kind in EXPORTS else "events"
        made = import_events([each.path for each in chosen], layout, selection, source=source)
        keep(cabinet, chosen[0].path.stem, made.files)
    except InputError as error:
        st.error(_refusal(error))
        return
    finish(DONE, made.events.tally(), (*made.events.notes, *map(str, made.events.changes)))


def _refusal(error: InputError) -> str:
    return f"This cannot be counted. {literal(' '.join(str(problem) for problem in error.problems))}"


@lru_cache(maxsize=16)
def _actors(files: tuple[tuple[Path, int], ...], layout: Layout) -> tuple[str, ...]:
    """Return the actors of the exports as of their last changes."""
    return tuple(dict.fromkeys(name for path, _ in files for name in actors_of(path, layout)))
