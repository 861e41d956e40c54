"""A table whose cells after the first column are numbers: they stand to the right, one below the other."""

from collections.abc import Sequence

import streamlit as st


def show_numbers(rows: Sequence[dict[str, str]], *, key: str) -> None:
    """Show rows of numbers; `key` names the table on its screen. The alignment is in the style of `app.py`."""
    with st.container(key=f"numbers-{key}"):
        st.table(list(rows))
