"""One or several exports of a kind laid end to end: each row keeps its file, so that releases replace one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lull.data.importers.export import Column, Days, Export, read_export
from lull.data.importers.layouts import Layout
from lull.data.importers.releases import Release, release_of
from lull.data.importers.row_days import checked_days
from lull.data.readers.reading_options import AsideRow, Reading

type Interval = tuple[np.datetime64, np.datetime64]

DAY = "datetime64[D]"


@dataclass(frozen=True)
class FileSet:
    """The usable rows of all files: their columns, first and last days, and which file each is from.

    `coded` is the second at which a row was coded, NaT where its file does not say; `set_aside` are rows left out.
    """

    export: Export
    first: Days
    last: Days
    coded: NDArray[np.datetime64]
    file: NDArray[np.int64]
    releases: tuple[Release, ...]
    set_aside: tuple[AsideRow, ...]

    @property
    def known(self) -> Days | None:
        """The day from which each row was known: coded, else published; None if no file says."""
        published = np.array([release.published or "NaT" for release in self.releases], DAY)[self.file]
        coded = self.coded.astype(DAY)
        known = np.where(np.isnat(coded), published, coded)
        return None if np.isnat(known).all() else np.where(np.isnat(known), self.last, known)

    @property
    def order(self) -> NDArray[np.int64]:
        """How new each row is: the later coded, else the newer release, annual over candidate, else the later file."""
        ranked = sorted(range(len(self.releases)), key=lambda at: _age(self.releases[at], at))
        rank = np.empty(len(ranked), np.int64)
        rank[ranked] = np.arange(len(ranked))
        seconds = np.where(np.isnat(self.coded), 0, self.coded.astype(np.int64))
        return np.asarray(seconds * len(ranked) + rank[self.file])

    def replaced(self, *, by: date | None) -> NDArray[np.bool_]:
        """Return which rows are of a candidate release whose days an annual one, published `by` a day, covers."""
        annual = [one.known_to for one in self.releases if one.annual and one.known_to and _is_out(one, by)]
        candidate = np.array([release.candidate for release in self.releases])[self.file]
        return candidate & (self.last <= np.datetime64(max(annual), "D")) if annual else np.zeros(len(self.file), bool)

    def covered(self, *, by: date | None) -> list[Interval]:
        """Return the spans of days that the files cover that were published `by` a day, in order, none overlapping.

        Where nothing says which days a file was asked for they are those from its first to its last sure day.
        """
        spans = []
        for at, release in enumerate(self.releases):
            here = self.file == at
            if not _is_out(release, by) or not (here.any() or (release.first and release.known_to)):
                continue
            sure = here & (self.first == self.last)
            rows = sure if sure.any() else here
            start = np.datetime64(release.first or self.first[rows].min(), "D")
            if release.annual and here.any():  # of the decades before the first event nothing is gained
                start = max(start, self.first[here].min())
            spans.append((start, np.datetime64(release.known_to or self.last[rows].max(), "D")))
        return _joined(spans)


def read_file_set(
    paths: Sequence[Path],
    layout: Layout,
    *,
    required: Sequence[str],
    used: Sequence[str],
    numbers: str = "",
    reading: Reading,
) -> FileSet:
    """Return the rows of the files; `numbers` is a column that must hold whole numbers.

    Raises `InputError` with every problem found in the first file that has some.
    """
    parts = [_read(path, layout, required=required, used=used, numbers=numbers, reading=reading) for path in paths]
    exports = [export for export, *_ in parts]
    names = dict.fromkeys(name for export in exports for name in export.columns)
    whole = Export(
        name=", ".join(export.name for export in exports),
        columns={name: laid_end_to_end([export.column(name) for export in exports]) for name in names},
        size=sum(export.size for export in exports),
        rows_at=exports[0].rows_at,
        notes=[_note(export, note, len(exports)) for export in exports for note in export.notes],
        reading=reading,
    )
    first, last, coded = (np.concatenate([part[number] for part in parts]) for number in (1, 2, 3))
    file = np.repeat(np.arange(len(parts)), [export.size for export in exports])
    aside = tuple(row for export in exports for row in export.set_aside)
    releases = tuple(release_of(path, export.envelope) for path, export in zip(paths, exports, strict=True))
    return FileSet(whole, first, last, coded, file, releases, aside)


def _read(
    path: Path, layout: Layout, *, required: Sequence[str], used: Sequence[str], numbers: str, reading: Reading
) -> tuple[Export, Days, Days, NDArray[np.datetime64]]:
    """Return the columns of one file, the days of its rows, and when each was coded."""
    export = read_export(path, required=required, used=used, reading=reading)
    first, last, coded = checked_days(export, layout, numbers=numbers)
    return export, first, last, np.full(export.size, np.datetime64("NaT", "s")) if coded is None else coded


def _note(export: Export, note: str, many: int) -> str:
    return note if many == 1 else f"{export.name}: {note}"


def laid_end_to_end(columns: Sequence[Column]) -> Column:
    """Return columns of the same name as one."""
    if len(columns) == 1:
        return columns[0]
    distinct: dict[str, int] = {}
    places = [np.array([distinct.setdefault(cell, len(distinct)) for cell in each.cells], np.int64) for each in columns]
    return Column(list(distinct), np.concatenate([at[each.codes] for at, each in zip(places, columns, strict=True)]))


def _age(release: Release, at: int) -> tuple[bool, date, int]:
    return release.annual, release.published or date.min, at


def _is_out(release: Release, by: date | None) -> bool:
    return by is None or release.published is None or release.published <= by


def _joined(spans: list[Interval]) -> list[Interval]:
    """Return spans of days, those that touch or overlap as one."""
    joined: list[Interval] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + np.timedelta64(1, "D"):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
