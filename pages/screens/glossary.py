"""The glossary: the terms that are Lull's own, the same as in the docs."""

import streamlit as st

from lull.scenarios.presentation.glossary import INTRODUCTION, as_markdown


def show_glossary() -> None:
    """Show the terms; nothing of a run is needed."""
    st.title("Glossary")
    st.caption(INTRODUCTION)
    st.markdown(as_markdown())
