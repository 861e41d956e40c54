"""Imported events as the files that a fit reads: weekly counts, and reports where a day is known only coarsely."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lull.data.calendar import WEEK, weeks_between
from lull.data.counts import WeeklyCounts
from lull.data.files import spreadsheet_safe, write_whole
from lull.data.importers.events import (
    COARSE,
    DAY,
    KEPT,
    STRADDLING,
    Events,
    Mask,
    Selection,
    mondays,
    read_event_export,
)
from lull.data.importers.export import Days
from lull.data.importers.layouts import Layout
from lull.data.readers.reading_options import ASIDE_COLUMNS, USUAL, Reading, aside_rows
from lull.data.reports import COUNTED_NOTE
from lull.data.schema import InputError, Problem

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
COUNTS_FILE, REPORTS_FILE, ASIDE_FILE = "counts.csv", "reports.csv", "set_aside.csv"
EVERYWHERE = "everywhere"  # the front of reports of events without one


@dataclass(frozen=True)
class Window:
    """Some days, first and last included, the events that fell in them, and the day from which these were known."""

    front: str
    first: np.datetime64
    last_day: np.datetime64
    count: int
    exact: bool
    published: np.datetime64


@dataclass(frozen=True)
class Imported:
    """Events with their fates, their weekly counts, and files by name: columns and rows; reports if days are coarse."""

    events: Events
    counts: WeeklyCounts
    files: dict[str, tuple[Sequence[str], list[tuple[object, ...]]]]


def import_events(
    paths: Path | Sequence[Path], layout: Layout, selection: Selection, *, source: str, reading: Reading = USUAL
) -> Imported:
    """Return the events of one or several exports as files that a fit reads.

    Raises `InputError` with every problem found.
    """
    events = read_event_export(paths, layout, selection, reading=reading)
    counts = weekly_counts(events, selection.label)
    files: dict[str, tuple[Sequence[str], list[tuple[object, ...]]]] = {
        COUNTS_FILE: (COUNT_COLUMNS, count_rows(counts))
    }
    if found := windows(events, counts):
        files[REPORTS_FILE] = REPORT_COLUMNS, report_rows(found, faction=selection.label, source=source)
    if events.set_aside:
        files[ASIDE_FILE] = ASIDE_COLUMNS, aside_rows(events.set_aside)
    return Imported(events, counts, files)


def weekly_counts(events: Events, faction: str) -> WeeklyCounts:
    """Return the events kept in their week, by front; a covered week without any is 0, others are missing.

    A series is named by faction and front, by the faction alone in a file without fronts; a front whose events are all
    coarse has one too. Raises `InputError` if no event was kept in either way.
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
    np.add.at(values, (rows, at.astype(np.int64)), events.weight[kept])
    values[:, ~events.covered] = np.nan
    names = [f"{faction}, {front}" if front else faction for front in fronts]
    return WeeklyCounts.from_arrays(
        values, series=names, first_week=events.weeks[0], faction=[faction] * len(fronts), front=fronts
    )


def windows(events: Events, counts: WeeklyCounts) -> list[Window]:
    """Return what is known of every week and of every coarse window; none if no event is coarse.

    A week that a coarse window touches is known from below; so is a window that overlaps another one. Windows that
    overlap have an exact total together, unless an event that lies partly outside the weeks covered may be among them.
    A window was known when it was over and the last of its events was coded.
    """
    coarse, straddling = events.having(COARSE), events.having(STRADDLING)
    if not (coarse | straddling).any():
        return []
    rows, counted = list[Window](), coarse | events.having(KEPT)
    for front in counts.array["front"].to_numpy():
        here = events.front == front
        rows += _of_front(str(front), events, here & counted, here & straddling)
    return rows


def _of_front(front: str, events: Events, counted: Mask, straddling: Mask) -> list[Window]:
    spans, number, known = _distinct(events, counted)
    beyond = _spans(events, straddling)
    coarse = spans[spans[:, 0] < spans[:, 1]]
    several = {(start, end) for start, end in coarse}
    joined = _joined(several)

    def window(start: np.datetime64, end: np.datetime64, *, exact: bool) -> Window:
        inside = (spans[:, 0] >= start) & (spans[:, 1] <= end)
        published = max([sunday_of(end), *known[inside]])
        return Window(front, start, sunday_of(end), int(number[inside].sum()), exact, published)

    rows = [
        window(start, end, exact=(start, end) in joined and not _touched(start, end, beyond))
        for start, end in sorted(several | joined)
    ]
    unsure = np.concatenate([coarse, beyond])
    return rows + [window(week, week, exact=not _touched(week, week, unsure)) for week in events.weeks[events.covered]]


def _spans(events: Events, rows: Mask) -> Days:
    """Return the first and the last week of the window of each of some rows, (row, 2)."""
    return np.stack([mondays(events.first[rows]), mondays(events.last[rows])], axis=1)


def _distinct(events: Events, rows: Mask) -> tuple[Days, NDArray[np.int64], Days]:
    """Return the distinct spans of some rows, how many events each has, and the newest day on which one was coded."""
    spans, place = np.unique(_spans(events, rows).astype(np.int64), axis=0, return_inverse=True)
    number = np.bincount(place.ravel(), weights=events.weight[rows]).astype(np.int64)
    coded = (events.last if events.known is None else events.known)[rows]
    newest = np.full(len(spans), coded.min())
    np.maximum.at(newest, place.ravel(), coded)
    return spans.astype(DAY), number, newest


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
        (
            spreadsheet_safe(str(series)),
            week,
            "" if np.isnan(count) else int(count),
            spreadsheet_safe(str(faction)),
            spreadsheet_safe(str(front)),
        )
        for series, faction, front, row in zip(*labels, array.to_numpy(), strict=True)
        for week, count in zip(weeks_between(counts.weeks[0], counts.weeks[-1]), row, strict=True)
    ]


def report_rows(rows: Sequence[Window], *, faction: str, source: str) -> list[tuple[object, ...]]:
    """Return the rows of a file of reports."""
    return [
        (
            f"{source}-{number}",
            source,
            row.published,
            "day" if row.published > row.last_day else "window_end",
            row.first,
            row.last_day,
            spreadsheet_safe(str(faction)),
            spreadsheet_safe(str(row.front)) or EVERYWHERE,
            "confirmed",
            row.count,
            "exact" if row.exact else "at_least",
            COUNTED_NOTE,
        )
        for number, row in enumerate(rows, start=1)
    ]


def sunday_of(week: np.datetime64) -> np.datetime64:
    """Return the last day of the week that begins on a Monday."""
    return week + np.timedelta64(6, "D")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as the text of a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file, whole or not at all."""
    write_whole(path, csv_text(columns, rows))
