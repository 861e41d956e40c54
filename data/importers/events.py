"""Events of an export, each with one fate: kept in its week, kept as a window, or dropped for one reason.

The fates add up to the rows of the file. An event whose days lie in more than one week is never pinned to one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lull.data.calendar import MONDAY, WEEK, today, week_of, weeks_between, weeks_of
from lull.data.importers.actors import match_actors, parts_of
from lull.data.importers.changes import Change, changes_between
from lull.data.importers.export import Days, Export, read_export
from lull.data.importers.file_set import FileSet, Interval, read_file_set
from lull.data.importers.layouts import Layout
from lull.data.importers.row_days import checked_days
from lull.data.readers.cells import parse_whole
from lull.data.readers.reading_options import USUAL, AsideRow, Reading, say
from lull.data.schema import InputError, Problem, near

type Mask = NDArray[np.bool_]

DAY = "datetime64[D]"
OLDER = "dropped, an older row of the same event"
KEPT, COARSE = "kept, in its week", "kept, as a window of several weeks"
STRADDLING = "dropped, as a window partly outside the whole weeks covered"
TARGET = "target"
UNNAMED = "unnamed"  # the front of events that name none, in a file that has fronts


@dataclass(frozen=True)
class Selection:
    """Whose events, and which: exact names and a pattern of actors, columns that must hold a value, the days covered.

    `joint` says what an actor together with the chosen one means: `any` keeps the event, `sole` drops it.
    `front` is a column, or `target` for the other actor. `sum_of` is a column whose numbers are added up instead of
    rows being counted.
    """

    actors: tuple[str, ...] = ()
    pattern: str = ""
    faction: str = ""
    front: str = ""
    only: tuple[tuple[str, str], ...] = ()
    joint: str = "any"
    first_day: date | None = None
    last_day: date | None = None
    as_of: date | None = None
    sum_of: str = ""

    @property
    def label(self) -> str:
        """The name of the faction."""
        return self.faction or " + ".join(self.actors) or self.pattern


@dataclass(frozen=True)
class Events:
    """The rows of the files: `fate` numbers into `fates`; days and front of each; the weeks from first to last covered.

    `covered` says which of the weeks the files cover whole, `known_to` up to which day. `known` is the day from which
    each row was known, None if no file says; `weight` is what a row counts. `notes` say what was assumed and what the
    reader should look at; `changes` what newer files changed; `set_aside` are rows left out as unreadable.
    """

    fate: NDArray[np.int64]
    fates: tuple[str, ...]
    first: Days
    last: Days
    front: NDArray[np.object_]
    weeks: Days
    covered: Mask
    known_to: date
    known: Days | None
    weight: NDArray[np.int64]
    notes: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    set_aside: tuple[AsideRow, ...] = ()

    def tally(self) -> dict[str, int]:
        """Return how many rows met each fate; they add up to the rows of the file."""
        found = np.bincount(self.fate, minlength=len(self.fates))
        return {name: int(number) for name, number in zip(self.fates, found, strict=True)}

    def having(self, fate: str) -> Mask:
        """Return which rows met a fate."""
        return np.asarray(self.fate == self.fates.index(fate))


def summary_of(
    path: Path | str, layout: Layout, *, reading: Reading = USUAL, notes: list[str] | None = None
) -> tuple[int, np.datetime64, np.datetime64]:
    """Return the rows of an export, its first and its last day; what was assumed is added to `notes`.

    Raises `InputError` with every problem found.
    """
    export = read_export(path, required=layout.required, used=(layout.precision, layout.known), reading=reading)
    first, last, _ = checked_days(export, layout)
    say(export.name, [*export.notes, *(f"Set aside: {row.problem}" for row in export.set_aside)], notes)
    return export.size, first.min(), last.max()


def actors_of(path: Path | str, layout: Layout) -> tuple[str, ...]:
    """Return the actors of an export, that of most rows first. Raises `InputError` if it cannot be read."""
    export = read_export(path, required=layout.required)
    rows: Counter[str] = Counter()
    for name in layout.actors:
        column = export.actors(name)
        for cell, number in zip(column.cells, np.bincount(column.codes, minlength=len(column.cells)), strict=True):
            rows.update(dict.fromkeys(set(parts_of(cell, layout.separator, ())) - {""}, int(number)))
    return tuple(name for name, _ in rows.most_common())


def pairs_of(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return texts COLUMN=VALUE as pairs."""
    pairs = {text: tuple(part.strip() for part in text.partition("=")[::2]) for text in texts}
    if wrong := [text for text, pair in pairs.items() if "=" not in text or not pair[0]]:
        raise InputError(Problem("--only", "COLUMN=VALUE", repr(text)) for text in wrong)
    return tuple((pair[0], pair[1]) for pair in pairs.values())


def read_event_export(
    paths: Path | str | Sequence[Path], layout: Layout, selection: Selection, *, reading: Reading = USUAL
) -> Events:
    """Return the events of one or several exports of a kind, with their fates.

    An event that several files have counts once: the row that was coded last, else that of the newest release.
    Raises `InputError` with every problem found, and where nothing says how far an export of one actor reaches.
    """
    files = _files(paths, layout, selection, reading)
    export, codes = files.export, files.export.ids(layout.event_id).codes
    match = match_actors(export, layout, actors=selection.actors, pattern=selection.pattern)
    spans, known_to, notes = _covered(files, layout, selection, match.chosen)
    weeks, covered = _weeks(spans)
    known = files.known
    unknown = np.zeros(export.size, bool)
    fates: dict[str, Mask] = {}
    if selection.as_of is not None:
        unknown = (files.last if known is None else known) > np.datetime64(selection.as_of)
        fates["dropped, not known by --as-of"] = unknown
    if len(files.releases) > 1 or not np.isnat(files.coded).all():
        fates[OLDER] = _is_older(codes, files.order, ~unknown)
    if (replaced := files.replaced(by=selection.as_of)).any():
        fates["dropped, of a candidate release whose days an annual one covers"] = replaced
    for name, value in selection.only:
        fates[f"dropped, {name} is not {value}"] = ~_is(export, name, value)
    fates["dropped, of other actors"] = ~match.chosen
    if selection.joint == "sole":
        fates["dropped, joint with other actors"] = ~match.sole
    fates["dropped, an event id already kept"] = np.zeros(export.size, bool)
    inside, partly = _inside(files.first, files.last, weeks, covered)
    fates["dropped, outside the whole weeks covered"] = ~inside & ~partly
    fates[STRADDLING] = ~inside
    fates[COARSE] = mondays(files.first) != mondays(files.last)
    fates[KEPT] = np.ones(export.size, bool)
    fate = _first_fate(fates, codes)
    front = selection.front or layout.front
    fronts = match.target if front == TARGET else _texts(export, front)
    if front == TARGET or front in export.columns:
        fronts[fronts == ""] = UNNAMED
    return Events(
        fate,
        tuple(fates),
        files.first,
        files.last,
        fronts,
        weeks,
        covered,
        known_to,
        known,
        _weights(export, selection),
        notes=(*export.notes, *notes, *match.notes(files.first)),
        changes=changes_between(files, codes, match.chosen),
        set_aside=files.set_aside,
    )


def _files(paths: Path | str | Sequence[Path], layout: Layout, selection: Selection, reading: Reading) -> FileSet:
    """Return the rows of the files, the columns that are asked for among them."""
    front = selection.front or layout.front
    columns = [name for name in (front, *dict(selection.only), selection.sum_of) if name and name != TARGET]
    asked = [name for name in columns if name != layout.front]
    optional = [name for name in (layout.precision, layout.known) if name]
    several = [Path(paths)] if isinstance(paths, str | Path) else list(paths)
    required = tuple(dict.fromkeys((*layout.required, *asked)))
    return read_file_set(
        several, layout, required=required, used=(*columns, *optional), numbers=selection.sum_of, reading=reading
    )


def _covered(
    files: FileSet, layout: Layout, selection: Selection, chosen: Mask
) -> tuple[list[Interval], date, list[str]]:
    """Return the spans of days covered, the day up to which the files are known, and what to say of them.

    Raises `InputError` if every row of an export is of the chosen actor and nothing says how far it reaches.
    """
    said = any(release.known_to for release in files.releases)
    alone = len(selection.actors) + bool(selection.pattern) == 1 and chosen.all()
    if layout.queried and alone and not said and selection.last_day is None:
        raise InputError(_reach_problem(files, layout, selection))
    spans = files.covered(by=selection.as_of)
    if not spans:
        remedy = "Name a later day with --as-of, or a release that was out by then."
        raise InputError(Problem("--as-of", "a day by which one of the files was published", "none was", remedy))
    end = np.datetime64(selection.last_day or spans[-1][1], "D")
    start = np.datetime64(selection.first_day or spans[0][0], "D")
    if selection.as_of is not None:
        end = min(end, np.datetime64(selection.as_of))
    stretched = [(min(start, spans[0][0]), spans[0][1]), *spans[1:]]
    stretched = [*stretched[:-1], (stretched[-1][0], max(end, stretched[-1][1]))]
    cut = [(max(first, start), min(last, end)) for first, last in stretched if first <= end and last >= start]
    if not cut:
        raise InputError(Problem("the days covered", "a whole week", f"{start} to {end}", "See --from and --until."))
    last = cut[-1][1]
    notes = [f"Known to {last}."]
    if not said and selection.last_day is None:
        notes.append(
            f"Nothing says how far the file reaches: its last event, {last}, is taken for the end. If the source is "
            "known to a later day, say so with --until DATE, or the silence since then is missing."
        )
    notes += [f"Days not covered by any file are missing, not 0: {one}." for one in _gaps(cut)]
    known_to: date = last.item()
    return cut, known_to, notes


def _reach_problem(files: FileSet, layout: Layout, selection: Selection) -> Problem:
    """Return the problem of an export of one actor that does not say how far it reaches."""
    last = files.last.max()
    found = f"none: every row is of {selection.label}, the last event is on {last}, today is {today()}"
    remedy = (
        "Without it the silence after the last event would vanish. Give the day up to which you asked with "
        f"--until DATE, or keep the name that the export came with ({layout.named_like})."
    )
    return Problem(files.export.name, "the day up to which the export is known", found, remedy)


def _gaps(spans: list[Interval]) -> list[str]:
    """Return the stretches between spans of days."""
    one = np.timedelta64(1, "D")
    return [f"{before[1] + one} to {after[0] - one}" for before, after in pairwise(spans)]


def _inside(first: Days, last: Days, weeks: Days, covered: Mask) -> tuple[Mask, Mask]:
    """Return which events lie in covered weeks with all their days, and which with some."""
    edge = np.concatenate([[0], np.cumsum(covered)])
    begin = ((mondays(first) - weeks[0]) // WEEK).astype(np.int64)
    end = ((mondays(last) - weeks[0]) // WEEK).astype(np.int64)
    low, high = np.clip(begin, 0, weeks.size), np.clip(end + 1, 0, weeks.size)
    within = edge[np.maximum(high, low)] - edge[low]
    return within == end - begin + 1, within > 0


def _weights(export: Export, selection: Selection) -> NDArray[np.int64]:
    """Return what each row counts: 1, or the number in the column that is added up."""
    if not selection.sum_of:
        return np.ones(export.size, np.int64)
    values = export.parse(selection.sum_of, parse_whole, wrong=0)
    return np.array(values, np.int64)[export.column(selection.sum_of).codes]


def _is_older(ids: NDArray[np.int64], order: NDArray[np.int64], counted: Mask) -> Mask:
    """Return which rows are older than another row of their event, of those that are counted."""
    newest = np.full(int(ids.max()) + 1, order.min())
    np.maximum.at(newest, ids[counted], order[counted])
    return np.asarray(order < newest[ids])


def _first_fate(fates: dict[str, Mask], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the first fate that holds for each row; of rows with one id, the first left is kept."""
    fate = np.full(len(ids), -1)
    for number, (name, holds) in enumerate(fates.items()):
        left = fate < 0
        if name.endswith("already kept"):
            rows = np.flatnonzero(left)
            again = np.ones(len(rows), bool)
            again[np.unique(ids[rows], return_index=True)[1]] = False
            fate[rows[again]] = number
        else:
            fate[left & holds] = number
    return fate


def _weeks(spans: list[Interval]) -> tuple[Days, Mask]:
    """Return the Mondays from the first to the last week that lies whole in a span of days, and which of them do."""
    one, six = np.timedelta64(1, "D"), np.timedelta64(6, "D")
    start = week_of(spans[0][0] + six, MONDAY)
    weeks = weeks_between(start, week_of(spans[-1][1] + one, MONDAY) - WEEK)
    covered = np.zeros(weeks.size, bool)
    for first, last in spans:
        covered |= (weeks >= first) & (weeks + six <= last)
    if not covered.any():
        found = f"{spans[0][0]} to {spans[-1][1]}"
        raise InputError(Problem("the days covered", "a whole week", found, "See --from and --until."))
    whole = np.flatnonzero(covered)
    kept = slice(int(whole[0]), int(whole[-1]) + 1)
    return weeks[kept], covered[kept]


def mondays(days: Days) -> Days:
    """Return the Mondays of the weeks that hold some days."""
    return weeks_of(days, MONDAY)


def _is(export: Export, name: str, value: str) -> Mask:
    column = export.column(name)
    if value not in column.cells:
        raise InputError(Problem(f"--only {name}={value}", "a value of that column", value, near(value, column.cells)))
    return np.array([cell == value for cell in column.cells])[column.codes]


def _texts(export: Export, name: str) -> NDArray[np.object_]:
    column = export.column(name)
    return np.array(column.cells, object)[column.codes]
