"""The table of a picture: folded below it, and as a file."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

import streamlit as st

from lull.data.files import spreadsheet_safe


def show_folded(rows: Sequence[Mapping[str, object]], title: str, *, key: str) -> None:
    """Show rows below a title that unfolds them, with a download as CSV; `key` names the table on its screen."""
    if not rows:
        return
    with st.expander(title):
        st.dataframe(list(rows), hide_index=True)
        name = f"{key.replace('.', '-')}.csv"
        st.download_button("Download CSV", csv_of(rows), name, "text/csv", key=f"{key}.csv", on_click="ignore")


def csv_of(rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows as CSV, the names of the first as its heading."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([spreadsheet_safe(cell) if isinstance(cell, str) else cell for cell in row.values()])
    return text.getvalue()
