"""A run and what was looked at of it as one file that opens in any other store: an archive of `backup.py` with a view.

The view is the query of a link, kept as text; what it says is checked by who opens it, as that of any link.
"""

import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

from lull.data.schema import InputError, Problem
from lull.model.runs.backup import back_up, restore
from lull.model.runs.store import Run, Store

VIEW_FILE = "view.json"  # within the folder of the run
MOST_BYTES = 1_000_000  # of a view


def take_snapshot(run: Run, link: Mapping[str, str], file: Path) -> None:
    """Write a run and a view of it to one file. Raises `InputError` if it cannot be written."""
    view = json.dumps({**link, "run": run.run_id}, indent=1).encode()
    back_up(Store(run.folder.parent), file, only=run.run_id, added={f"{run.run_id}/{VIEW_FILE}": view})


def open_snapshot(store: Store, file: Path) -> dict[str, str]:
    """Return the view of a snapshot, its run now in the store. Raises `InputError` for a file that is none."""
    link = _view(file)
    done = restore(store, file)
    if link["run"] not in (*done.runs, *done.present):
        raise InputError(Problem(file.name, "a whole run", "a damaged one", "Ask for the file again."))
    return link


def _view(file: Path) -> dict[str, str]:
    """Return the view that an archive holds."""
    try:
        with tarfile.open(file, "r:") as archive:
            member = next((each for each in archive.getmembers() if each.name.endswith(f"/{VIEW_FILE}")), None)
            content = archive.extractfile(member) if member is not None and member.size <= MOST_BYTES else None
            link = json.loads(content.read()) if content is not None else None
    except (tarfile.TarError, OSError, EOFError, ValueError):
        link = None
    if not isinstance(link, dict) or not all(isinstance(each, str) for each in link.values()) or "run" not in link:
        remedy = "A whole store comes back with `lull runs restore`."
        raise InputError(Problem(file.name, "a snapshot that the page wrote", "another file", remedy))
    return link
