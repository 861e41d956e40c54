"""Files handed out to a folder of the user's: each appears whole, by a rename, or not at all."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from lull.data.files import unwritable, whole_file
from lull.data.schema import InputError, Problem

OUT_REMEDY = "Make room or name another folder."
NEEDED_BYTES = 50_000_000  # of free space, before the work begins


def check_out(out: Path) -> None:
    """Raise `InputError` if files cannot be written to the folder `out`: before the work, not after it."""
    if out.exists() and not out.is_dir():
        raise InputError(Problem(f"--out {out}", "a folder", "a file", "Name a folder; it is made if it is not there."))
    nearest = next(path for path in (out, *out.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            free = shutil.disk_usage(nearest).free
    except OSError as error:
        raise unwritable(out, error, OUT_REMEDY) from error
    if free < NEEDED_BYTES:
        found = f"{free / 1e6:.0f} MB free"
        raise InputError(Problem(f"--out {out}", f"{NEEDED_BYTES / 1e6:.0f} MB of free space", found, "Make room."))


def copy_files(sources: Iterable[Path], out: Path) -> list[Path]:
    """Copy files into a folder, which is made if it is not there, and return where they are."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        return [_copy(source, out / source.name) for source in sources]
    except OSError as error:
        raise unwritable(out, error, OUT_REMEDY) from error


def write_out(path: Path, text: str) -> Path:
    """Write a text to a file, whole or not at all, and return where it is."""
    try:
        with whole_file(path, remedy=OUT_REMEDY) as scratch:
            scratch.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(path.parent, error, OUT_REMEDY) from error
    return path


def _copy(source: Path, target: Path) -> Path:
    """Copy a file next to its target and rename it into place."""
    with whole_file(target, remedy=OUT_REMEDY) as scratch:
        shutil.copyfile(source, scratch)
    return target
