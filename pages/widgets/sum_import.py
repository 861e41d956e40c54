"""Sums over weeks, months or other windows become counts or reports, kept next to the reader's other files.

The choices are the options of `lull import acled-weekly|sums`.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

import streamlit as st

from lull.data.importers.events import pairs_of
from lull.data.importers.summed_reports import SumChoice, read_summed_reports, windows_of_weeks
from lull.data.importers.sums import SumLayout, read_sums
from lull.data.importers.weekly_sums import LAYOUT, PLACES, TYPES, WeeklyChoice, read_weekly_sums
from lull.data.importers.written import (
    COUNT_COLUMNS,
    COUNTS_FILE,
    REPORT_COLUMNS,
    REPORTS_FILE,
    count_rows,
    report_rows,
)
from lull.data.readers.detection import columns_of
from lull.data.schema import InputError
from lull.data.uploads import Cabinet, KeptFile
from lull.pages.widgets.event_import import column_of, finish, keep, show_log
from lull.scenarios.presentation.wording import literal

WEEKLY, SUMS = "weekly", "sums"
WEEKLY_DONE, SUMS_DONE = "weekly.done", "sums.done"
LABELS = {"COUNTRY": "Countries", "ADMIN1": "Provinces", "EVENT_TYPE": "Types", "SUB_EVENT_TYPE": "Sub-types"}
FRONTS = {"ADMIN1": "province", "COUNTRY": "country", "EVENT_TYPE": "type of event", "": "all together"}
AS_COUNTS, AS_REPORTS = "weekly counts", "an exact report a week"
BY_MONTH, BY_TWO_DAYS, BY_LENGTH = "a month", "a first and a last day", "a first day and a length"
NONE = "none"
FROM_BELOW = "at least so many (some may be missing)"
QUALIFIERS = {"exactly so many": True, FROM_BELOW: False}


def show_weekly_import(cabinet: Cabinet, files: tuple[KeptFile, ...]) -> None:
    """Show what can be imported of ACLED's weekly files, and the row-by-row log of the last import."""
    weekly = {each.name: each for each in files if each.kind == "acled-weekly"}
    if not weekly:
        return
    st.header("Import weekly sums")
    names = st.multiselect(
        "Weekly files",
        list(weekly),
        default=list(weekly)[:1],
        key="weekly.files",
        help="Of several the newer one counts, week by week and country by country.",
    )
    if chosen := [weekly[name] for name in names]:
        choice, form = _weekly_choice(chosen), st.session_state["weekly.form"]
        st.caption("Weeks run from Saturday to Friday. Within the weeks of a file a week without a row is 0.")
        if st.button("Import them", key="weekly.go", disabled=not choice.faction):
            _import_weekly(cabinet, chosen, choice, as_reports=form == AS_REPORTS)
    show_log(WEEKLY_DONE)


def show_sums_import(cabinet: Cabinet, files: tuple[KeptFile, ...]) -> None:
    """Show what can be imported of tables of sums over windows, and the row-by-row log of the last import."""
    tables = {each.name: each for each in files if each.kind == "table"}
    if not tables:
        return
    st.header("Import sums over months or other windows")
    chosen = tables[st.selectbox("Table of sums", list(tables), key="sums.file")]
    columns = columns_of(chosen.path)
    left, right = st.columns(2)
    with left:
        faction = st.text_input("Actor", key="sums.faction", max_chars=100)
        total = column_of("Column of the sums", "", columns, "sums.total")
        front = column_of("Column of the front", NONE, columns, "sums.front")
        only = st.text_area("Only rows with (optional)", key="sums.only", placeholder="COLUMN=VALUE", height=68)
    with right:
        layout = _window_layout(total, columns)
        exact = QUALIFIERS[st.selectbox("A sum says", list(QUALIFIERS), key="sums.qualifier")]
        zeros = st.checkbox("A window without a row at a front is 0, not missing", key="sums.zeros")
    if st.button("Import it", key="sums.go", disabled=not faction.strip()):
        try:
            choice = SumChoice(pairs_of(line for line in only.splitlines() if line.strip()), front, zeros)
        except InputError as error:
            st.error(_refusal(error))
        else:
            _import_sums(cabinet, chosen, layout, choice, faction=faction.strip(), exact=exact)
    show_log(SUMS_DONE)


def _weekly_choice(chosen: Sequence[KeptFile]) -> WeeklyChoice:
    """Show the choices of a weekly import, and return them."""
    values = _values(tuple((each.path, each.path.stat().st_mtime_ns) for each in chosen))
    left, right = st.columns(2)
    with left:
        faction = st.text_input("Actor", key="weekly.faction", max_chars=100)
        named = {
            name: tuple(st.multiselect(label, values[name], key=f"weekly.{name}", placeholder="All"))
            for name, label in LABELS.items()
        }
    with right:
        front = st.selectbox("Split into series by", list(FRONTS), format_func=FRONTS.__getitem__, key="weekly.front")
        st.selectbox("Import as", [AS_COUNTS, AS_REPORTS], key="weekly.form")
        first, last = (
            st.date_input(f"{label} (optional)", None, date(1900, 1, 1), key=f"weekly.{label}", format="YYYY-MM-DD")
            for label in ("Covered from", "Covered until")
        )
    countries, admin1, types, sub_types = (named[name] for name in (*PLACES, *TYPES))
    return WeeklyChoice(faction.strip(), countries, admin1, types, sub_types, front, first, last)


def _window_layout(total: str, columns: Sequence[str]) -> SumLayout:
    """Show what says the window of a sum, and return where a table keeps its sums."""
    how = st.selectbox("The window of a sum is", [BY_MONTH, BY_TWO_DAYS, BY_LENGTH], key="sums.window")
    if how == BY_MONTH:
        month = column_of("Column of the month", "", columns, "sums.month")
        year = column_of("Column of the year", "none: the month has its year", columns, "sums.year")
        return SumLayout(total, month=month, year=year)
    first = column_of("Column of the first day", "", columns, "sums.first")
    if how == BY_TWO_DAYS:
        return SumLayout(total, first, column_of("Column of the last day", "", columns, "sums.last"))
    return SumLayout(total, first, days=int(st.number_input("Days in a window", 1, 3660, 7, key="sums.days")))


def _import_weekly(cabinet: Cabinet, chosen: Sequence[KeptFile], choice: WeeklyChoice, *, as_reports: bool) -> None:
    try:
        made = read_weekly_sums([each.path for each in chosen], choice)
        rows = report_rows(windows_of_weeks(made.counts), faction=choice.faction, source="acled-weekly")
        counts = {COUNTS_FILE: (COUNT_COLUMNS, count_rows(made.counts))}
        keep(cabinet, chosen[0].path.stem, {REPORTS_FILE: (REPORT_COLUMNS, rows)} if as_reports else counts)
    except InputError as error:
        st.error(_refusal(error))
        return
    finish(WEEKLY_DONE, made.fates, made.notes)


def _import_sums(
    cabinet: Cabinet, chosen: KeptFile, layout: SumLayout, choice: SumChoice, *, faction: str, exact: bool
) -> None:
    try:
        made = read_summed_reports(chosen.path, layout, choice, exact=exact)
        rows = report_rows(made.windows, faction=faction, source="sums")
        keep(cabinet, chosen.path.stem, {REPORTS_FILE: (REPORT_COLUMNS, rows)})
    except InputError as error:
        st.error(_refusal(error))
        return
    finish(SUMS_DONE, made.fates, made.notes)


def _refusal(error: InputError) -> str:
    return f"This cannot be imported. {literal(' '.join(str(problem) for problem in error.problems))}"


@lru_cache(maxsize=16)
def _values(files: tuple[tuple[Path, int], ...]) -> dict[str, list[str]]:
    """Return the places and types of weekly files as of their last changes."""
    sums = [read_sums(path, LAYOUT, once=(*PLACES, *TYPES)) for path, _ in files]
    return {
        name: sorted({cell for each in sums for cell in each.columns[name].cells if cell}) for name in (*PLACES, *TYPES)
    }
