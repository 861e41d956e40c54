"""Whose files these are: with a log-in every reader has a folder of their own in each place, without one there is one.

A folder's name is a digest of the address that the reader logged in with, so it says nothing and leads nowhere else.
"""

import hashlib
from pathlib import Path

import streamlit as st

from lull.data.settings import settings
from lull.data.uploads import Cabinet
from lull.ledger.entries import ALONE
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
    return Cabinet(_own(settings().files))


def reader_name() -> str:
    """Return the reader's name in a ledger: what stands before the @ of their address, `me` where nobody logs in."""
    address = st.user.get("email") if st.user.get("is_logged_in") else None
    return str(address).partition("@")[0] if address else ALONE


def _own(folder: Path) -> Path:
    """Return the reader's part of a folder; all of it where nobody logs in."""
    name = st.user.get("email") if st.user.get("is_logged_in") else None
    return folder / hashlib.sha256(str(name).encode()).hexdigest()[:16] if name else folder
