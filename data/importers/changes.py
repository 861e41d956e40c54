"""What a newer file of the same events changed: rows that came, went, or have other days."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lull.data.importers.file_set import FileSet

type Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Change:
    """One file against the one before it, over the days that both cover: events of the chosen actors."""

    newer: str
    older: str
    added: int
    removed: int
    other_days: int

    def __str__(self) -> str:
        """Return it as a sentence."""
        counted = f"{self.added:,} events added, {self.removed:,} removed, {self.other_days:,} with other days"
        return f"{self.newer} against {self.older}, over the days that both cover: {counted}."

    def to_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return asdict(self)


def changes_between(files: FileSet, ids: NDArray[np.int64], chosen: Mask) -> tuple[Change, ...]:
    """Return what each file changed in the one before it, in the order of the files; none where no days are shared."""
    found = []
    for at in range(1, len(files.releases)):
        older, newer = (files.file == at - 1) & chosen, (files.file == at) & chosen
        if not older.any() or not newer.any():
            continue
        start = max(files.first[older].min(), files.first[newer].min())
        end = min(files.last[older].max(), files.last[newer].max())
        if start > end:
            continue
        before, after = (
            _events(files, ids, rows & (files.first >= start) & (files.last <= end)) for rows in (older, newer)
        )
        same = before.keys() & after.keys()
        moved = sum(before[one] != after[one] for one in same)
        names = files.releases[at].name, files.releases[at - 1].name
        found.append(Change(*names, len(after.keys() - before.keys()), len(before.keys() - after.keys()), moved))
    return tuple(found)


def _events(files: FileSet, ids: NDArray[np.int64], rows: Mask) -> dict[int, tuple[int, int]]:
    """Return the first and the last day of some rows by event."""
    first, last = (days[rows].astype(np.int64).tolist() for days in (files.first, files.last))
    return dict(zip(ids[rows].tolist(), zip(first, last, strict=True), strict=True))
