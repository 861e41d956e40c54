"""Whose files these are: with a log-in every reader has a folder of their own in each place, without one there is one.

A folder's name is a digest of the address that the reader logged in with, so it says nothing and leads nowhere else.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from lull.data.integrity.limits import check_room as check
from lull.data.settings import limits, settings
from lull.model.runs.store import Store, default_folder
from lull.pages.serving.admission import address_of, digest_of
from lull.scenarios.language.saved_scenarios import Shelf, default_shelf

if TYPE_CHECKING:
    from lull.data.uploads import Cabinet


def reader_store() -> Store:
    """Return the reader's runs."""
    return Store(_own(default_folder()))


def reader_shelf() -> Shelf:
    """Return the reader's scenarios."""
    return Shelf(_own(default_shelf()))


def reader_cabinet() -> "Cabinet":
    """Return the reader's data files: in $LULL_FILES, or in the user's data folder."""
    from lull.data.uploads import Cabinet  # noqa: PLC0415 - reads tables, which takes a second; no first screen does

    return Cabinet(_own(settings().files))


def reader_name() -> str:
    """Return the reader's name in a ledger: what stands before the @ of their address, `me` where nobody logs in."""
    from lull.ledger.entries import ALONE  # noqa: PLC0415 - as above

    address = st.user.get("email") if st.user.get("is_logged_in") else None
    return str(address).partition("@")[0] if address else ALONE


def check_room(*, adding: int = 0) -> None:
    """Raise `InputError` if all that the reader has here, and `adding` bytes, is more than a reader may keep."""
    check((reader_store().folder, reader_shelf().folder, _own(settings().files)), limits().quota, adding=adding)


def _own(folder: Path) -> Path:
    """Return the reader's part of a folder; all of it where nobody logs in."""
    reader = digest_of(address_of(st.user.to_dict())) if st.user.get("is_logged_in") else ""
    return folder / reader if reader else folder
