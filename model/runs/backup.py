"""A store as one file, and back: a tar archive of all that is finished.

The invariant: what comes back is what was written. Nothing of an archive leaves the store's folder, only plain files
are taken, a run that is damaged in the archive is refused, and a run that is in the store already stays as it is.
"""

import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import BinaryIO, cast

from lull.data.files import LOCK, copy_whole, publish_folder, scratch_folder, unwritable, whole_file
from lull.data.integrity.checksums import DamagedError
from lull.data.schema import InputError, Problem
from lull.model.runs.record import read_record
from lull.model.runs.store import REMEDY, RUN_FILE, Run, Store

# Folders of a store besides its runs that are kept; the others are of the moment.
FINISHED = {".batches", ".backtests", ".grades", ".labels", ".ledger", ".scenario_scores"}
NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass
class Restored:
    """What came back: runs and other files that were not there, runs that were, and runs damaged in the archive."""

    runs: list[str] = field(default_factory=list)
    files: int = 0
    present: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def back_up(store: Store, file: Path, *, only: str = "", added: Mapping[str, bytes] = NOTHING) -> int:
    """Write all that is finished in a store, or `only` one run, to one archive; return how many files that are.

    `added` are files of other content, by their names within the store. Raises `InputError` if there is nothing, or
    the file cannot be written.
    """
    finished = (path for path in _finished(store.folder) if path.relative_to(store.folder).as_posix() not in added)
    paths = [path for path in finished if not only or path.relative_to(store.folder).parts[0] == only]
    if not paths:
        raise InputError(Problem(str(store.folder), "a store with runs", "nothing to keep"))
    with whole_file(file) as scratch, tarfile.open(scratch, "w") as archive:
        for path in paths:
            archive.add(path, path.relative_to(store.folder).as_posix(), recursive=False)
        for name, content in added.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, BytesIO(content))
    return len(paths)


def restore(store: Store, file: Path) -> Restored:
    """Bring back what an archive has and the store lacks. Raises `InputError` for what is no archive of a store."""
    done = Restored()
    try:
        with scratch_folder(store.folder, ".restore.") as scratch:
            _unpack(file, scratch)
            for record in sorted(scratch.rglob(RUN_FILE)):
                _restore_run(record.parent, store.folder / record.parent.relative_to(scratch), done)
            for path in sorted(path for path in scratch.rglob("*") if path.is_file()):
                _restore_file(path, store.folder / path.relative_to(scratch), done)
    except OSError as error:
        raise unwritable(store.folder, error, REMEDY) from error
    return done


def _finished(folder: Path) -> Iterator[Path]:
    """Yield the files of a store that are finished, those of readers' own folders too."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and _belongs(path.relative_to(folder).parts):
            yield path


def _belongs(parts: tuple[str, ...]) -> bool:
    """Return whether a path within a store is of something finished."""
    return parts[-1] != LOCK and all(part in FINISHED or not part.startswith(".") for part in parts)


def _unpack(file: Path, scratch: Path) -> None:
    """Write the files of an archive into a folder, each by its name alone: no links, owners or modes."""
    try:
        with tarfile.open(file, "r:") as archive:
            members = [member for member in archive.getmembers() if not member.isdir()]
            if not _is_whole(file):
                raise tarfile.ReadError("it ends too early")
            if wrong := next((member.name for member in members if not _is_safe(member)), None):
                raise InputError(Problem(str(file), "files of a store alone", repr(wrong), "Nothing was restored."))
            if (need := sum(member.size for member in members)) > (free := shutil.disk_usage(scratch).free):
                expected, found = f"{need / 1e6:.0f} MB of free space", f"{free / 1e6:.0f} MB"
                raise InputError(Problem(str(scratch.parent), expected, found, "Make room."))
            for member in members:
                copy_whole(scratch / member.name, cast("BinaryIO", archive.extractfile(member)))
    except (tarfile.TarError, OSError, EOFError) as error:
        raise InputError(Problem(str(file), "an archive that `lull runs backup` wrote", str(error))) from error


def _is_whole(file: Path) -> bool:
    """Return whether an archive has its end: one that is cut between two files reads as a smaller one."""
    with file.open("rb") as content:
        content.seek(-2 * tarfile.BLOCKSIZE, os.SEEK_END)
        return not any(content.read())


def _is_safe(member: tarfile.TarInfo) -> bool:
    """Return whether a member is a plain file of a store."""
    path = PurePosixPath(member.name)
    plain = member.isreg() and not path.is_absolute() and not set(member.name) & {"\\", "\0"}
    return plain and ".." not in path.parts and bool(path.parts) and _belongs(path.parts)


def _restore_run(made: Path, folder: Path, done: Restored) -> None:
    """Publish a run of the archive, unless it is there or is damaged."""
    if folder.exists():
        done.present.append(folder.name)
        shutil.rmtree(made)
        return
    try:
        whole = not Run(made.name, made, read_record(made / RUN_FILE)).damaged()
    except (DamagedError, InputError):
        whole = False
    if whole:
        folder.parent.mkdir(parents=True, exist_ok=True)
        publish_folder(made, folder)
        done.runs.append(folder.name)
    else:
        done.damaged.append(folder.name)
        shutil.rmtree(made)


def _restore_file(made: Path, path: Path, done: Restored) -> None:
    """Bring back a file that is not there."""
    if not path.exists():
        with made.open("rb") as source:
            copy_whole(path, source)
        done.files += 1
