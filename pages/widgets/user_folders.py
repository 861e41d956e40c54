"""Whose files these are: with a log-in every reader has a folder of their own in each place, without one there is one.

A folder's name is a digest of the address that the reader logged in with, so it says nothing and leads nowhere else.
"""

import hashlib
import os
from pathlib import Path

import platformdirs
import streamlit as st

from lull.data.uploads import Cabinet
from lull.model.runs.store import Store, default_folder
from lull.scenarios.language.saved_scenarios import Shelf, default_shelf


def reader_store() -> Store:
    """Return the reader's runs."""
    return Store(_own(default_folder()))


def reader_shelf() -> Shelf:
    """Return the reader's scenarios."""
    return Shelf(_own(default_shelf()))


def reader_cabinet() -> Cabinet:
    """Return the reader's data files: in $LULL_FILES, or in the user's data folder."""
    named = os.environ.get("LULL_FILES")
    return Cabinet(_own(Path(named) if named else Path(platformdirs.user_data_path("lull")) / "files"))


def _own(folder: Path) -> Path:
    """Return the reader's part of a folder; all of it where nobody logs in."""
    name = st.user.get("email") if st.user.get("is_logged_in") else None
    return folder / hashlib.sha256(str(name).encode()).hexdigest()[:16] if name else folder
