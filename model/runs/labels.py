"""What a reader calls a run, and which run stands first: notes beside the runs, which themselves never change.

A note is a file `<store>/.labels/<run id>.json`; a run without one has no name of its own.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from lull.data.files import unwritable, write_json
from lull.data.schema import InputError, Problem
from lull.model.runs.store import REMEDY, Store, read_json

FOLDER = ".labels"  # of a store
LONGEST = 60  # characters of a name


@dataclass(frozen=True)
class Label:
    """The name that a reader gave a run, and whether it is the one that is shown first."""

    name: str = ""
    pinned: bool = False


def labels(store: Store) -> Mapping[str, Label]:
    """Return the notes of a store by run id; one that cannot be read counts as none."""
    found = {path.stem: _read(path) for path in (store.folder / FOLDER).glob("*.json")}
    return {run_id: label for run_id, label in found.items() if label is not None}


def name_run(store: Store, run_id: str, name: str) -> None:
    """Give a run a name, an empty one takes it away. Raises `InputError` for a name that is too long."""
    name = " ".join(name.split())
    if len(name) > LONGEST:
        found = f"{len(name)} characters"
        raise InputError(Problem("name", f"a name of at most {LONGEST} characters", found, "Shorten it."))
    _write(store, run_id, Label(name, _of(store, run_id).pinned))


def pin_run(store: Store, run_id: str, *, pinned: bool) -> None:
    """Let a run be shown first, or no longer; of a store one run at most is."""
    for other, label in labels(store).items():
        if pinned and label.pinned and other != run_id:
            _write(store, other, Label(label.name))
    _write(store, run_id, Label(_of(store, run_id).name, pinned))


def forget_run(store: Store, run_id: str) -> None:
    """Take away what is noted of a run that is gone."""
    _write(store, run_id, Label())


def _of(store: Store, run_id: str) -> Label:
    return labels(store).get(run_id, Label())


def _write(store: Store, run_id: str, label: Label) -> None:
    """Write a note, or take it away where it says nothing."""
    path = store.folder / FOLDER / f"{run_id}.json"
    try:
        if label == Label():
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, asdict(label))
    except OSError as error:
        raise unwritable(store.folder, error, REMEDY) from error


def _read(path: Path) -> Label | None:
    try:
        return Label(**read_json(path))
    except (InputError, TypeError):
        return None
