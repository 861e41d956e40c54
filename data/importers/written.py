"""Imported events as the files that a fit reads: weekly counts, and reports where a day is known only coarsely."""

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.calendar import WEEK, weeks_between
from data.counts import WeeklyCounts
from data.importers.events import COARSE, KEPT, STRADDLING, Days, Events, Mask, Selection, mondays, read_event_export
from data.importers.layouts import Layout
from data.schema import InputError, Problem

type Span = tuple[np.datetime64, np.datetime64]  # the first and the last week of a window

REPORT_COLUMNS = [
    "report_id",
    "source",
    "published",
    "published_basis",
    "window_start",
    "window_end",
    "actor",
    "front",
    "measure",
    "count",
    "qualifier",
    "note",
]
COUNT_COLUMNS = ("series", "week_start", "count", "faction", "front")
COUNTS_FILE, REPORTS_FILE = "counts.csv", "reports.csv"
EVERYWHERE = "everywhere"  # the front of reports of events without one


@dataclass(frozen=True)
class Window:
    """Whole weeks, first and last included, and the events that fell in them."""

    front: str
    first: np.datetime64
    last: np.datetime64
    count: int
    exact: bool


@dataclass(frozen=True)
class Imported:
    """Events with their fates, their weekly counts, and files by name: columns and rows; reports if days are coarse."""

    events: Events
    counts: WeeklyCounts
    files: dict[str, tuple[Sequence[str], list[tuple[object, ...]]]]


def import_events(path: Path, layout: Layout, selection: Selection, *, source: str) -> Imported:
    """Return the events of an export as files that a fit reads. Raises `InputError` with every problem found."""
    events = read_event_export(path, layout, selection)
    counts = weekly_counts(events, selection.label)
    files: dict[str, tuple[Sequence[str], list[tuple[object, ...]]]] = {
        COUNTS_FILE: (COUNT_COLUMNS, count_rows(counts))
    }
    if found := windows(events, counts):
        files[REPORTS_FILE] = REPORT_COLUMNS, report_rows(found, faction=selection.label, source=source)
    return Imported(events, counts, files)


def weekly_counts(events: Events, faction: str) -> WeeklyCounts:
    """Return the events kept in their week, by front; a covered week without any is 0.

    A front whose events are all coarse has a series too. Raises `InputError` if no event was kept in either way.
    """
    kept, coarse = events.having(KEPT), events.having(COARSE)
    if not (kept | coarse).any():
        fates = "; ".join(f"{number:,} {fate}" for fate, number in events.tally().items() if number)
        raise InputError(Problem("the selection", "an event to keep", f"none: {fates}"))
    fronts = sorted(set(events.front[kept | coarse]))
    rank = {front: number for number, front in enumerate(fronts)}
    values = np.zeros((len(fronts), len(events.weeks)))
    at = (mondays(events.first[kept]) - events.weeks[0]) // WEEK
    rows = np.array([rank[front] for front in events.front[kept]], np.int64)
    np.add.at(values, (rows, at.astype(np.int64)), 1)
    names = [f"{faction}, {front}" if len(fronts) > 1 else faction for front in fronts]
    return WeeklyCounts.from_arrays(
        values, series=names, first_week=events.weeks[0], faction=[faction] * len(fronts), front=fronts
    )


def windows(events: Events, counts: WeeklyCounts) -> list[Window]:
    """Return what is known of every week and of every coarse window; none if no event is coarse.

    A week that a coarse window touches is known from below; so is a window that overlaps another one. Windows that
    overlap have an exact total together, unless an event that lies partly outside the weeks covered may be among them.
    """
    coarse, straddling = events.having(COARSE), events.having(STRADDLING)
    rows = []
    for number, front in enumerate(counts.array["front"].to_numpy()) if (coarse | straddling).any() else ():
        here = events.front == front
        spans, beyond = _spans(events, here & coarse), _spans(events, here & straddling)
        rows += _of_front(str(front), counts.array[0, number].to_numpy(), events.weeks, spans, beyond)
    return rows


def _spans(events: Events, rows: Mask) -> Days:
    """Return the first and the last week of the window of each of some rows, (row, 2)."""
    return np.stack([mondays(events.first[rows]), mondays(events.last[rows])], axis=1)


def _of_front(front: str, pinned: np.ndarray, weeks: Days, spans: Days, beyond: Days) -> list[Window]:
    distinct = {(start, end) for start, end in spans}
    joined = _joined(distinct)
    rows = []
    for start, end in sorted(distinct | joined):
        inside = (weeks >= start) & (weeks <= end)
        total = int(pinned[inside].sum() + ((spans[:, 0] >= start) & (spans[:, 1] <= end)).sum())
        rows.append(Window(front, start, end, total, (start, end) in joined and not _touched(start, end, beyond)))
    coarse = np.concatenate([spans, beyond])
    for week, count in zip(weeks, pinned, strict=True):
        rows.append(Window(front, week, week, int(count), not _touched(week, week, coarse)))
    return rows


def _touched(start: np.datetime64, end: np.datetime64, spans: Days) -> bool:
    """Return whether one of the spans has a week from `start` to `end`."""
    return bool(((spans[:, 0] <= end) & (spans[:, 1] >= start)).any())


def _joined(spans: Iterable[Span]) -> set[Span]:
    """Return the spans that are left when those that overlap are joined."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return set(joined)


def count_rows(counts: WeeklyCounts) -> list[tuple[object, ...]]:
    """Return the rows of a file of weekly counts; a missing count is an empty cell."""
    array = counts.array[0]
    labels = [array[name].to_numpy() for name in ("series", "faction", "front")]
    return [
        (plain(series), week, "" if np.isnan(count) else int(count), plain(faction), plain(front))
        for series, faction, front, row in zip(*labels, array.to_numpy(), strict=True)
        for week, count in zip(weeks_between(counts.weeks[0], counts.weeks[-1]), row, strict=True)
    ]


def report_rows(rows: Sequence[Window], *, faction: str, source: str) -> list[tuple[object, ...]]:
    """Return the rows of a file of reports."""
    return [
        (
            f"{source}-{number}",
            source,
            row.last + np.timedelta64(6, "D"),
            "window_end",
            row.first,
            row.last + np.timedelta64(6, "D"),
            plain(faction),
            plain(row.front) or EVERYWHERE,
            "confirmed",
            row.count,
            "exact" if row.exact else "at_least",
            "Counted from events",
        )
        for number, row in enumerate(rows, start=1)
    ]


def plain(text: object) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if str(text).startswith(("=", "+", "-", "@", "\t")) else str(text)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as the text of a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file, whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(prefix=".", dir=path.parent)
        try:
            with open(handle, "w", encoding="utf-8", newline="") as out:  # noqa: PTH123 - a descriptor
                out.write(csv_text(columns, rows))
            os.replace(scratch, path)  # noqa: PTH105 - beside it, so in one step
        finally:
            Path(scratch).unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(Problem(str(path.parent), "a folder that can be written", reason)) from None
