"""The lines of the overview in a cache that all browsers share, and the work on those that are not there yet.

A line is made from a stored run in a second or less, a few at a time, so that nobody waits for a store of many runs.
"""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from lull.data.schema import InputError
from lull.model.runs.store import RUN_FILE, Store
from lull.scenarios.overview.lines import OverviewRow, keep_rows, read_rows, rows_of

AT_ONCE = 0.8  # seconds that a screen works on missing lines before it shows what there is


@dataclass
class Overview:
    """The lines of a store by run, and why other runs have none; changed as runs come and go."""

    rows: dict[str, tuple[OverviewRow, ...]]
    problems: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def overview_of(store: Store) -> Overview:
    """Return the lines of a store, with as many of the missing ones as can be made at once."""
    found = _overview(str(store.folder))
    here = _run_ids(store)
    for known in (found.rows, found.problems):
        for gone in known.keys() - here:
            known.pop(gone, None)
    missing = sorted(here - found.rows.keys() - found.problems.keys())
    if missing:
        _work_on(store, found, missing)
    found.missing = missing
    return found


def _work_on(store: Store, found: Overview, missing: list[str]) -> None:
    """Make missing lines for a while, take their runs off the list, and keep the lines."""
    until = time.monotonic() + AT_ONCE
    while missing and time.monotonic() < until:
        run_id = missing.pop(0)
        try:
            run = store.find(run_id)
            if run is not None:
                found.rows[run_id] = rows_of(run)
        except InputError as error:
            found.problems[run_id] = str(error)
    try:
        keep_rows(store, found.rows)
    except InputError:  # a store that cannot be written: the lines stay in memory
        return


def _run_ids(store: Store) -> set[str]:
    """Return the ids of the runs of a store; their files are not read."""
    try:
        with os.scandir(store.folder) as entries:
            folders = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return set()
    return {entry.name for entry in folders if os.path.exists(f"{entry.path}/{RUN_FILE}")}  # noqa: PTH110 - ten times as quick


@st.cache_resource(max_entries=8, show_spinner=False)
def _overview(store: str) -> Overview:
    return Overview(read_rows(Store(Path(store))))
