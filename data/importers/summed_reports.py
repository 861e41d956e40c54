"""Sums over windows as reports: what `lull reconstruct` and `lull forecast --reports` read."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.data.importers.export import Column, Days
from lull.data.importers.sums import DAY, ONE_DAY, ONE_MONTH, SumLayout, Sums, days_of_months, read_sums
from lull.data.importers.written import Window
from lull.data.readers.reading_options import USUAL, AsideRow, Reading
from lull.data.schema import InputError, Problem


@dataclass(frozen=True)
class SumChoice:
    """Which rows of a file of sums count, and how: values of columns, the column of the front, the days covered.

    With `fill_zeros` a window of the file that has no row at some front is 0 there, not missing.
    """

    only: tuple[tuple[str, str], ...] = ()
    front: str = ""
    fill_zeros: bool = False
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class SummedReports:
    """The windows with their sums, the last day of the last one, and the status of the rows of the file."""

    windows: tuple[Window, ...]
    known_to: date
    fates: dict[str, int]
    notes: tuple[str, ...]
    set_aside: tuple[AsideRow, ...]


def windows_of_weeks(counts: WeeklyCounts) -> list[Window]:
    """Return weekly counts as exact windows of seven days; a missing week is none."""
    last = counts.weeks + WEEK - ONE_DAY
    return [
        Window(str(front), week, end, int(count), exact=True, published=end)
        for front, row in zip(counts.array["front"].to_numpy(), counts.array[0].to_numpy(), strict=True)
        for week, end, count in zip(counts.weeks, last, row, strict=True)
        if not np.isnan(count)
    ]


def read_summed_reports(
    path: Path, layout: SumLayout, choice: SumChoice, reading: Reading = USUAL, *, exact: bool = True
) -> SummedReports:
    """Return the sums of a file by window and front; rows of the same window and front are added up.

    A window that a row was set aside of is known from below; with `exact` false all are. Raises `InputError` with
    every problem found.
    """
    columns = [name for name in (choice.front, *dict(choice.only)) if name]
    sums = read_sums(path, layout, columns=columns, reading=reading)
    chosen = np.logical_and.reduce(
        [np.ones(sums.total.size, bool), *(sums.columns[name].is_one_of([value]) for name, value in choice.only)]
    )
    inside = np.ones(sums.total.size, bool)
    if choice.first_day:
        inside &= sums.first >= np.datetime64(choice.first_day)
    if choice.last_day:
        inside &= sums.last <= np.datetime64(choice.last_day)
    known, kept = ~np.isnan(sums.total), chosen & inside
    if not (kept & known).any():
        raise InputError(Problem(sums.name, "a sum to keep", "none of the days and values chosen", "See --only."))
    fates = {
        "dropped, of other values": int((known & ~chosen).sum()),
        "dropped, outside --from and --until": int((known & chosen & ~inside).sum()),
        "dropped, its window is not over": sums.unfinished,
        "set aside as unreadable": len(sums.set_aside),
        "kept, added to its window": int((known & kept).sum()),
    }
    found = _windows(sums, kept, choice, exact=exact, spans=_spans(sums, inside, layout, choice))
    notes = [*sums.notes, f"Known to {sums.last[kept].max()}, the end of the last window."]
    return SummedReports(tuple(found), sums.last[kept].max().item(), fates, tuple(notes), sums.set_aside)


def _spans(sums: Sums, inside: np.ndarray, layout: SumLayout, choice: SumChoice) -> Days:
    """Return the first and the last day of each window that must have a sum: those of the file, no month left out."""
    spans = np.unique(np.stack([sums.first[inside], sums.last[inside]], axis=1).astype(np.int64), axis=0)
    if layout.month and choice.fill_zeros:
        first = spans[:, 0].astype(DAY).astype("datetime64[M]")
        return np.stack(days_of_months(np.arange(first.min(), first.max() + ONE_MONTH, ONE_MONTH)), axis=1)
    return spans.astype(DAY)


def _windows(sums: Sums, kept: np.ndarray, choice: SumChoice, *, exact: bool, spans: Days) -> list[Window]:
    """Return the windows of each front, by front and day."""
    front = sums.columns[choice.front] if choice.front else Column([""], np.zeros(sums.total.size, np.int64))
    place = {(first, last): at for at, (first, last) in enumerate(spans.astype(np.int64).tolist())}
    pairs = np.stack([sums.first[kept], sums.last[kept]], axis=1).astype(np.int64).tolist()
    at = np.array([place[first, last] for first, last in pairs], np.int64)
    shape = (len(front.cells), len(spans))
    total, lost, has = (np.zeros(shape) for _ in range(3))
    where = front.codes[kept], at
    np.add.at(total, where, np.nan_to_num(sums.total[kept]))
    np.add.at(lost, where, np.isnan(sums.total[kept]))
    np.add.at(has, where, ~np.isnan(sums.total[kept]))
    fronts = [(front.cells[code], code) for code in np.unique(front.codes[kept & ~np.isnan(sums.total)])]
    return [
        Window(name, first, last, int(total[code, each]), exact=exact and not lost[code, each], published=last)
        for name, code in sorted(fronts)
        for each, (first, last) in enumerate(spans)
        if choice.fill_zeros or has[code, each]
    ]
