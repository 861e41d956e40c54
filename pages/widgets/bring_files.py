"""Files uploaded: copied to the reader's folder, checked one after the other, kept, or their problems listed by line.

The words are those of `lull check`: what each file holds, what was assumed to read it, every problem.
"""

from collections.abc import Sequence
from dataclasses import replace
from io import SEEK_END
from typing import Any, BinaryIO

import streamlit as st

from lull.data.readers.reading_options import USUAL, Reading
from lull.data.schema import LISTED, InputError
from lull.data.uploads import MOST_BYTES, SUFFIXES, Cabinet
from lull.pages.widgets.session import say
from lull.pages.widgets.user_folders import check_room
from lull.scenarios.presentation.wording import literal

RESULTS = "own.results"
SHEET, ENCODING, DELIMITER, ORDER, ASIDE = (
    f"own.{name}" for name in ("sheet", "encoding", "delimiter", "order", "aside")
)
ORDERS = {
    "as the column shows": None,
    "day first (1/5/2026 is 1 May)": True,
    "month first (1/5/2026 is 5 January)": False,
}
DELIMITERS = {"as the file shows": "", "comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
MOST_ASIDE = 10_000


def show_upload(cabinet: Cabinet) -> None:
    """Show the box that files are dragged into, how they are to be read, and what became of the last ones."""
    st.header("Upload files")
    results: dict[str, Any] = st.session_state.get(RESULTS, {})
    brought = st.file_uploader(
        "Weekly counts, reports, events, covariates, exports of events: CSV, TSV, JSON, XLSX or Parquet",
        [suffix.removeprefix(".") for suffix in SUFFIXES],
        accept_multiple_files=True,
        key=f"own.upload.{st.session_state.get('own.uploads', 0)}",  # a new one after each upload, so that it is empty
        max_upload_size=MOST_BYTES // 1_000_000,
        help="The file type is detected from its header row. `docs/data.md` shows the columns of each.",
    )
    reading = _reading(expanded=any(isinstance(result, list) for result in results.values()))
    if brought:
        _take(cabinet, brought, reading)
    for name, result in results.items():
        _show_result(name, result)


def _reading(*, expanded: bool) -> Reading:
    """Show how files are to be read where they leave a doubt, and return it."""
    with st.expander("How to read ambiguous files", expanded=expanded):
        st.caption("The options of `lull check`, for the files that you upload next. Those are kept as plain CSV.")
        left, right = st.columns(2)
        sheet = left.text_input("Sheet of a workbook (--sheet)", key=SHEET, placeholder="The one with the columns")
        encoding = left.text_input("Encoding (--encoding)", key=ENCODING, placeholder="Such as windows-1251")
        order = right.selectbox("Order of day and month (--day-first, --month-first)", list(ORDERS), key=ORDER)
        delimiter = right.selectbox("Between the cells (--delimiter)", list(DELIMITERS), key=DELIMITER)
        aside = left.number_input("Set aside at most this many unreadable rows (--set-aside)", 0, MOST_ASIDE, key=ASIDE)
    return replace(
        USUAL,
        sheet=sheet.strip(),
        encoding=encoding.strip(),
        delimiter=DELIMITERS[delimiter],
        day_first=ORDERS[order],
        set_aside=aside,
    )


def _take(cabinet: Cabinet, brought: Sequence[Any], reading: Reading) -> None:
    """Keep the good ones of the files that came, with a line of progress for each, and show the page again."""
    results: dict[str, Any] = {}
    with st.status(f"Reading {len(brought)} {'file' if len(brought) == 1 else 'files'}", expanded=True):
        for at, file in enumerate(brought, start=1):
            line = st.empty()
            place = f"{at} of {len(brought)}: “{literal(file.name)}”, {file.size / 1e6:,.1f} MB"
            line.write(f"{place}: being read")
            results[file.name] = _result(cabinet, file.name, file, reading)
            line.write(f"{place}: {'not imported' if isinstance(results[file.name], list) else 'imported'}")
    st.session_state[RESULTS] = results
    st.session_state["own.uploads"] = st.session_state.get("own.uploads", 0) + 1
    st.rerun()


def _result(cabinet: Cabinet, name: str, file: BinaryIO, reading: Reading) -> tuple[str, ...] | list[dict[str, str]]:
    """Return what was assumed to read a file that is kept, or the problems of one that is not, as rows."""
    try:
        check_room(adding=file.seek(0, SEEK_END))
        kept = cabinet.put(name, file, reading)
    except InputError as error:
        problems = [
            {"where": each.where, "expected": each.expected, "found": each.found, "what to do": each.remedy}
            for each in error.problems[:LISTED]
        ]
        more = len(error.problems) + error.unlisted - len(problems)
        return [*problems, *([{"where": f"... and {more:,} more."}] if more else [])]
    say(literal(f"Kept “{kept.name}”: {kept.says}."))
    return kept.notes


def _show_result(name: str, result: tuple[str, ...] | list[dict[str, str]]) -> None:
    if isinstance(result, list):
        st.error(f"“{literal(name)}” was not imported: fix these, or say how to read it, and upload it again.")
        st.dataframe(result, hide_index=True)
    elif result:
        st.info(f"“{literal(name)}” was kept. " + " ".join(map(literal, result)))
