"""What fits that are started from the page, and one reader's files, may take of the machine; and what is in use.

Each limit comes from the environment, where `lull app` puts its options. A text that is no limit is refused: a server
does not run without a limit that was meant.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lull.data.schema import InputError, Problem

FITS, FITS_PER_READER = "LULL_FITS", "LULL_FITS_PER_READER"
FIT_MEMORY, FIT_MINUTES, QUOTA = "LULL_FIT_MEMORY", "LULL_FIT_MINUTES", "LULL_QUOTA"
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
USUAL_FITS, USUAL_FITS_PER_READER = 2, 1


@dataclass(frozen=True)
class Limits:
    """Fits at once, of all and of one reader; bytes and minutes of one fit; bytes of one reader. None is no limit."""

    fits: int = USUAL_FITS
    fits_per_reader: int = USUAL_FITS_PER_READER
    fit_memory: int | None = None
    fit_minutes: int | None = None
    quota: int | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return the limits of an environment. Raises `InputError` for a text that is no limit."""
        given = {name: environment[name] for name in (FITS, FITS_PER_READER, FIT_MINUTES) if environment.get(name)}
        whole = {name: whole_number(text, where=name) for name, text in given.items()}
        sizes = {name: size_of(environment[name], where=name) for name in (FIT_MEMORY, QUOTA) if environment.get(name)}
        return cls(
            fits=whole.get(FITS, USUAL_FITS),
            fits_per_reader=whole.get(FITS_PER_READER, USUAL_FITS_PER_READER),
            fit_memory=sizes.get(FIT_MEMORY),
            fit_minutes=whole.get(FIT_MINUTES),
            quota=sizes.get(QUOTA),
        )


def whole_number(text: str, *, where: str) -> int:
    """Return a number of 1 and more; raises `InputError` for another text."""
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) < 1:
        raise InputError(Problem(where, "a whole number from 1 on", repr(text)))
    return int(text)


def size_of(text: str, *, where: str) -> int:
    """Return the bytes of a size such as 4G or 500M; raises `InputError` for another text."""
    named = re.fullmatch(r"([0-9]{1,6})([KMGT]?)B?", text.strip().upper())
    if not named or int(named[1]) < 1:
        raise InputError(Problem(where, "a size such as 500M or 4G", repr(text)))
    return int(named[1]) * UNITS[named[2]]


def size_words(size: int) -> str:
    """Return a size as it is read: `4 GB`, `1.5 GB`, `20 MB`."""
    unit, name = next(((UNITS[name], f"{name}B") for name in "TGM" if size >= UNITS[name]), (UNITS["K"], "kB"))
    return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"


def used(folders: Iterable[Path]) -> int:
    """Return the bytes of all files of some folders; a file that goes meanwhile counts nothing."""
    total = 0
    for path in (path for folder in set(folders) for path in folder.rglob("*")):
        try:
            total += path.lstat().st_size
        except OSError:
            continue
    return total


def check_room(folders: Iterable[Path], quota: int | None, *, adding: int = 0) -> None:
    """Raise `InputError` if some folders with `adding` bytes more are larger than a reader's may be."""
    if quota is None or (size := used(folders)) + adding <= quota:
        return
    more = f" and {size_words(adding)} to come" if adding else ""
    remedy = "Delete files under “Your data”, or ask who runs this page to remove old runs."
    raise InputError(Problem("your space", f"at most {size_words(quota)}", f"{size_words(size)}{more}", remedy))
