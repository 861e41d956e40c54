"""Bring your own: files dragged in, checked and previewed; fits of them, in processes of their own; runs side by side.

Works without any run. A file with a problem is not kept, and all its problems are listed by line.
"""

from datetime import date

import streamlit as st

from lull.batch.fit_queue import start
from lull.data.evidence import Evidence, read_evidence
from lull.data.readers.wide import WIDE
from lull.data.schema import InputError
from lull.data.uploads import Cabinet, KeptFile
from lull.model.runs.store import Store
from lull.pages.panels.run_notes import show_opening
from lull.pages.widgets.bring_files import show_upload
from lull.pages.widgets.event_import import show_import
from lull.pages.widgets.first_run import show_jobs
from lull.pages.widgets.run_table import show_runs
from lull.pages.widgets.session import show_said
from lull.pages.widgets.sum_import import show_sums_import, show_weekly_import
from lull.pages.widgets.user_folders import check_room, reader_cabinet, reader_store
from lull.scenarios.presentation.wording import literal
from lull.scenarios.results.document import RECORDED

NONE = ""
KINDS = {
    "counts": "weekly counts",
    "reports": "reports",
    "events": "events",
    "covariates": "covariates",
    "completeness": "completeness",
    "acled": "ACLED export",
    "ucdp": "UCDP GED export",
    "list": "list of events",
    "acled-weekly": "ACLED weekly sums",
    "table": "a table of other columns",
}
MAIN, EVENTS, COVARIATES, LATE, AS_OF, FACTION, ZEROS = (
    f"fit.{name}" for name in ("main", "events", "covariates", "late", "as_of", "faction", "zeros")
)


def show_own_data() -> None:
    """Show the reader's files, what can be fitted from them, and all runs."""
    store, cabinet = reader_store(), reader_cabinet()
    st.title("Your data")
    st.caption(f"Counts or reports for any group, and what may drive them. {RECORDED}")
    with st.container():  # of one place however many fits there are: else a new one takes the reader's typing away
        show_jobs(store, log=True)
    with st.container():
        show_upload(cabinet)
    files = cabinet.files()
    _show_files(cabinet, files)
    show_import(cabinet, files)
    show_weekly_import(cabinet, files)
    show_sums_import(cabinet, files)
    _show_fit(store, files)
    show_runs(store)
    show_opening(store)
    show_said()


def _show_files(cabinet: Cabinet, files: tuple[KeptFile, ...]) -> None:
    st.header("Your files")
    if not files:
        st.info("You have no files yet. Drag one into the box above, or open the embedded case on “Overview”.")
        return
    st.table([{"file": each.name, "kind": KINDS[each.kind], "holds": each.says} for each in files])
    names = {each.name: each for each in files}
    with st.expander("Preview or delete"):
        chosen = names[st.selectbox("File", list(names), key="own.file")]
        for note in chosen.notes:
            st.caption(literal(note))
        st.dataframe(chosen.preview(), hide_index=True)
        st.caption("The first 100 rows, as they stand in the file.")
        st.button("Delete this file", key="own.delete", on_click=cabinet.remove, args=(chosen.name,))


def _show_fit(store: Store, files: tuple[KeptFile, ...]) -> None:
    """Show what can be fitted, and start it."""
    st.header("Fit")
    main = {each.name: each for each in files if each.kind in ("counts", "reports")}
    if not main:
        st.info("A fit needs a file of weekly counts or of reports. Upload one above.")
        return
    left, right = st.columns(2)
    with left:
        chosen = main[st.selectbox("Counts or reports", list(main), key=MAIN)]
        _choose("Events (optional)", "events", files, EVENTS)
        _choose("Covariates (optional)", "covariates", files, COVARIATES)
        _choose_late(chosen, files)
    with right:
        st.date_input("As known on (optional)", None, date(1900, 1, 1), key=AS_OF, format="YYYY-MM-DD")
        if chosen.kind == "reports":
            st.text_input("Whose attacks they are", key=FACTION, max_chars=100, placeholder="The name of the group")
        else:
            st.checkbox("Treat missing weeks as zero", key=ZEROS)
    st.caption("Takes 30 seconds to a few minutes; you can keep working. The run then shows on every screen.")
    evidence = _evidence(chosen, files)
    if st.button("Fit", type="primary", key="own.fit"):
        _start(evidence, store)


def _choose(label: str, kind: str, files: tuple[KeptFile, ...], key: str) -> None:
    names = [each.name for each in files if each.kind == kind or (kind == "covariates" and _is_wide(each))]
    st.selectbox(label, [NONE, *names], format_func=lambda name: name or "none", key=key)


def _is_wide(file: KeptFile) -> bool:
    """Return whether a file of counts may also be one of covariates."""
    return any(note.startswith(WIDE) for note in file.notes)


def _choose_late(chosen: KeptFile, files: tuple[KeptFile, ...]) -> None:
    """Let the reader say how much of the last weeks is reported: by a curve, or earlier counts of the same source."""
    curves = [each.name for each in files if each.kind == "completeness"]
    earlier = [each.name for each in files if each.kind == chosen.kind == "counts" and each != chosen]
    st.selectbox(
        "Reporting delay (optional)",
        [NONE, *curves, *earlier],
        format_func=lambda name: (f"since {name}" if name in earlier else name) or "none, all weeks complete",
        key=LATE,
        help="A curve of completeness, or an earlier snapshot of the same counts to estimate it from.",
    )


def _evidence(chosen: KeptFile, files: tuple[KeptFile, ...]) -> Evidence:
    """Return the evidence that the widgets say."""
    paths = {each.name: each.path for each in files}
    says = st.session_state
    curve = any(each.name == says[LATE] and each.kind == "completeness" for each in files)
    return Evidence(
        reports=chosen.path if chosen.kind == "reports" else None,
        counts=chosen.path if chosen.kind == "counts" else None,
        events=paths.get(says[EVENTS]),
        covariates=paths.get(says[COVARIATES]),
        completeness=paths.get(says[LATE]) if curve else None,
        previous=None if curve else paths.get(says[LATE]),
        as_of=says[AS_OF],
        faction=says.get(FACTION, "") if chosen.kind == "reports" else "",
        fill_zeros=bool(says.get(ZEROS)) and chosen.kind == "counts",
    )


def _start(evidence: Evidence, store: Store) -> None:
    """Start a fit of evidence that fits together; else say what does not."""
    try:
        read_evidence(evidence)
        check_room()
        start(evidence, store)
    except InputError as error:
        problems = " ".join(str(problem).replace(f"{reader_cabinet().folder}/", "") for problem in error.problems)
        st.error(f"This cannot be fitted. {literal(problems)}")
    else:
        st.rerun()
