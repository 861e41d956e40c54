"""A panel that is folded until it is used or opened: what stands in it is made only then."""

from typing import Any

import streamlit as st


def folded_panel(label: str, *, key: str, used: bool) -> Any:
    """Return an expander whose `open` says whether to fill it; one that comes into use opens, a reader may fold it."""
    before, state = f"{key}.used", st.session_state
    if used and not (key in state and state.get(before)):
        state[key] = True
    state[before] = used
    return st.expander(label, key=key, on_change="rerun")
