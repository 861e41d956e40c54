"""Every file of a store compared with its checksum: what is damaged is named, and set apart if that is wanted.

Files of an earlier Lull have no checksum beside them; they are counted, and left as they are. The record of a run of an
earlier schema is sealed where its files are whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lull.batch.jobs import FOLDER as JOBS
from lull.batch.jobs import STATE
from lull.batch.registry import FOLDER as BATCHES
from lull.batch.registry import RECORD as BATCH
from lull.data.integrity.checksums import LIST, DamagedError, is_intact, seal_path
from lull.data.schema import InputError
from lull.evaluation.record import FOLDER as BACKTESTS
from lull.evaluation.record import RECORD
from lull.evaluation.trials import TRIALS
from lull.model.runs.record import SCHEMA, read_record
from lull.model.runs.store import ESSENTIAL, RUN_FILE, Run, Store, is_run, read_json

SEALED = ("tables/*.parquet", "answers/*.parquet", "forecasts/[!.]*")  # in a run


@dataclass
class Checked:
    """What a check of a store found: whole runs, what is damaged, what has no checksum, and what was sealed."""

    whole: int = 0
    damaged: list[Path] = field(default_factory=list)
    unsealed: int = 0
    sealed: int = 0
    newer: list[str] = field(default_factory=list)


def check_store(store: Store, *, repair: bool) -> Checked:
    """Compare every file of a store with its checksum; `repair` sets apart what is damaged and seals older records.

    Raises `InputError` if the store cannot be written.
    """
    found = Checked()
    for folder in sorted(store.folder.glob("[!.]*")):
        if is_run(folder):
            _check_run(folder, found, repair=repair)
    for path in sorted((store.folder / BACKTESTS / TRIALS).glob("*.parquet")):
        _check_sealed(path, found)
    found.damaged += _unreadable(store)
    if repair:
        for path in found.damaged:
            if path.name != BATCH:  # what a batch refers to is kept; `lull batch run` writes it anew
                store.set_apart(path)
    return found


def _check_run(folder: Path, found: Checked, *, repair: bool) -> None:
    """Note what of a run is damaged: all of it, or single files that it can do without."""
    try:
        run = Run(folder.name, folder, read_record(folder / RUN_FILE))
    except DamagedError:
        found.damaged.append(folder)
        return
    except InputError as error:
        found.newer.append(str(error))
        return
    damaged = set(run.damaged())
    if damaged & ESSENTIAL:
        found.damaged.append(folder)
        return
    found.damaged += [path for name in sorted(damaged) if (path := folder / name).exists()]
    found.whole += 1
    if repair and run.record.get("schema", 1) < SCHEMA:
        run.record_outputs(run.record["outputs"])
        found.sealed += 1
    for pattern in SEALED:
        for path in sorted(folder.glob(pattern)):
            _check_sealed(path, found)


def _check_sealed(path: Path, found: Checked) -> None:
    """Note whether a file or a folder is what its checksums say."""
    if not ((path / LIST) if path.is_dir() else seal_path(path)).is_file():
        found.unsealed += 1
    elif not is_intact(path):
        found.damaged.append(path)


def _unreadable(store: Store) -> Iterator[Path]:
    """Yield notes of jobs, batches and backtests that are no JSON."""
    for pattern in (f"{JOBS}/*/{STATE}", f"{BATCHES}/*/{BATCH}", f"{BACKTESTS}/*/{RECORD}"):
        for path in sorted(store.folder.glob(pattern)):
            try:
                read_json(path)
            except InputError:
                yield path
