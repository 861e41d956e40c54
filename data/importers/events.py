"""Events of an export, each with one fate: kept in its week, kept as a window, or dropped for one reason.

The fates add up to the rows of the file. An event whose days lie in more than one week is never pinned to one.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lull.data.calendar import MONDAY, WEEK, week_of, weeks_between, weeks_of
from lull.data.importers.export import NEVER, Days, Export, read_export
from lull.data.importers.layouts import Layout, precision_of, window_of
from lull.data.readers.reading_options import USUAL, Reading, say
from lull.data.schema import InputError, Problem, near

type Mask = NDArray[np.bool_]

DAY = "datetime64[D]"
KEPT, COARSE = "kept, in its week", "kept, as a window of several weeks"
STRADDLING = "dropped, as a window partly outside the whole weeks covered"
TARGET = "target"
UNNAMED = "unnamed"  # the front of events that name none, in a file that has fronts


@dataclass(frozen=True)
class Selection:
    """Whose events, and which: exact names and a pattern of actors, columns that must hold a value, the days covered.

    `joint` says what an actor beside the chosen one means: `any` keeps the event, `sole` drops it.
    `front` is a column, or `target` for the other actor.
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

    @property
    def label(self) -> str:
        """The name of the faction."""
        return self.faction or " + ".join(self.actors) or self.pattern


@dataclass(frozen=True)
class Events:
    """The rows of a file: `fate` numbers into `fates`; days and front of each; the whole weeks that are covered.

    `known` is the day on which each was coded, None if the file does not say.
    """

    fate: NDArray[np.int64]
    fates: tuple[str, ...]
    first: Days
    last: Days
    front: NDArray[np.object_]
    weeks: Days
    known: Days | None

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
    first, last = _checked(export, layout)[:2]
    _say(export, notes)
    return export.size, first.min(), last.max()


def _say(export: Export, notes: list[str] | None) -> None:
    """Tell what was assumed to read an export, and the rows that were set aside."""
    say(export.name, [*export.notes, *(f"Set aside: {row.problem}" for row in export.set_aside)], notes)


def actors_of(path: Path | str, layout: Layout) -> tuple[str, ...]:
    """Return the actors of an export, that of most rows first. Raises `InputError` if it can not be read."""
    export = read_export(path, required=layout.required)
    rows: Counter[str] = Counter()
    for name in layout.actors:
        column = export.actors(name)
        for cell, number in zip(column.cells, np.bincount(column.codes, minlength=len(column.cells)), strict=True):
            rows.update(dict.fromkeys(set(_parts(cell, layout.separator, ())) - {""}, int(number)))
    return tuple(name for name, _ in rows.most_common())


def read_event_export(
    path: Path | str, layout: Layout, selection: Selection, *, reading: Reading = USUAL, notes: list[str] | None = None
) -> Events:
    """Return the events of an export with their fates; what was assumed is added to `notes`.

    Raises `InputError` with every problem found.
    """
    front = selection.front or layout.front
    columns = [name for name in (front, *dict(selection.only)) if name and name != TARGET]
    optional = [name for name in (layout.precision, layout.known) if name]
    asked = [name for name in columns if name != layout.front]
    export = read_export(
        path, required=dict.fromkeys((*layout.required, *asked)), used=(*columns, *optional), reading=reading
    )
    first, last, known = _checked(export, layout)
    _say(export, notes)
    coded = None if known is None else known.astype(DAY)
    chosen, sole, target = _match(export, layout, selection)
    weeks = _weeks(first, last, selection)
    codes = export.ids(layout.event_id).codes
    unknown = np.zeros(export.size, bool)
    fates: dict[str, Mask] = {}
    if selection.as_of is not None:
        unknown = (last if coded is None else coded) > np.datetime64(selection.as_of)
        fates["dropped, not known by --as-of"] = unknown
    if known is not None:
        fates["dropped, an older row of the same event"] = _is_older(codes, known, ~unknown)
    for name, value in selection.only:
        fates[f"dropped, {name} is not {value}"] = ~_is(export, name, value)
    fates["dropped, of other actors"] = ~chosen
    if selection.joint == "sole":
        fates["dropped, joint with other actors"] = ~sole
    fates["dropped, an event id already kept"] = np.zeros(export.size, bool)
    end = weeks[-1] + WEEK
    fates["dropped, outside the whole weeks covered"] = (last < weeks[0]) | (first >= end)
    fates[STRADDLING] = (first < weeks[0]) | (last >= end)
    fates[COARSE] = mondays(first) != mondays(last)
    fates[KEPT] = np.ones(export.size, bool)
    fate = _first_fate(fates, codes)
    fronts = target if front == TARGET else _texts(export, front)
    if front == TARGET or front in export.columns:
        fronts[fronts == ""] = UNNAMED
    return Events(fate, tuple(fates), first, last, fronts, weeks, coded)


def _checked(export: Export, layout: Layout) -> tuple[Days, Days, Days | None]:
    """Return the first and the last day of each event and when it was coded, all problems told at once.

    Rows that are set aside are no more among those of the export.
    """
    first, last = _windows(export, layout)
    export.ids(layout.event_id)
    known = _known(export, layout)
    good = export.settle()
    return first[good], last[good], None if known is None else known[good]


def _is_older(ids: NDArray[np.int64], known: Days, counted: Mask) -> Mask:
    """Return which rows were coded before another row of their event, of those that are counted."""
    newest = np.full(int(ids.max()) + 1, known.min())
    np.maximum.at(newest, ids[counted], known[counted])
    return np.asarray(known < newest[ids])


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


def _windows(export: Export, layout: Layout) -> tuple[Days, Days]:
    """Return the first and the last day that each event may have happened."""
    names = [layout.first_day, *([layout.last_day] if layout.last_day else [])]
    (first, until), *ends = export.windows(*names)
    if ends:
        last = ends[0][1]
        before = np.flatnonzero(last < first)
        expected = f"a day from {layout.first_day} on"
        export.note(before, layout.last_day, Problem("", expected, "an earlier day", "Exchange the two days?"))
        return first, last
    if not layout.precision or layout.precision not in export.columns:
        return first, until
    precision = np.array(export.parse(layout.precision, precision_of, wrong=1))
    precision = precision[export.column(layout.precision).codes]
    pairs, place = np.unique(np.stack([first.astype(np.int64), precision]), axis=1, return_inverse=True)
    windows = [window_of(np.datetime64(int(day), "D").item(), int(level)) for day, level in pairs.T]
    bounds = np.array(windows, dtype="datetime64[D]")[place.ravel()]
    return bounds[:, 0], np.maximum(bounds[:, 1], until)


def _known(export: Export, layout: Layout) -> Days | None:
    """Return the second at which each row was coded; None if the file does not say."""
    if not layout.known or layout.known not in export.columns:
        return None
    form = export.form(layout.known)
    moments = export.parse(layout.known, form.moment, wrong=datetime.combine(NEVER, time()))
    return np.array(moments, dtype="datetime64[s]")[export.column(layout.known).codes]


def _match(export: Export, layout: Layout, selection: Selection) -> tuple[Mask, Mask, NDArray[np.object_]]:
    """Return which rows have a chosen actor, which no other beside it, and the actor on the other side."""
    try:
        pattern = re.compile(selection.pattern) if selection.pattern else None
    except re.error as error:
        raise InputError(Problem("--pattern", "a regular expression", f"{selection.pattern!r} ({error})")) from None
    chosen, sole = np.zeros(export.size, bool), np.zeros(export.size, bool)
    target = np.full(export.size, "", object)
    names: set[str] = set()
    sides = [export.actors(name) for name in layout.actors]
    for number, side in enumerate(sides):
        parts = side.each(lambda cell: _parts(cell, layout.separator, selection.actors))
        names |= {part for each in parts for part in each}
        hits = [[part in selection.actors or bool(pattern and pattern.search(part)) for part in each] for each in parts]
        here = np.array([any(each) for each in hits])[side.codes] & ~chosen
        sole |= here & np.array([all(each) for each in hits])[side.codes]
        if len(sides) > 1:
            other = sides[1 - number] if number < 2 else sides[0]  # noqa: PLR2004 - the two sides of an event
            target[here] = np.array(other.cells, object)[other.codes[here]]
        chosen |= here
    names -= {""}
    if unknown := [name for name in selection.actors if name not in names]:
        raise InputError(Problem("--actor", "an actor of the file", repr(name), near(name, names)) for name in unknown)
    if not chosen.any():
        remedy = f"There are, for one, {', '.join(sorted(names)[:10])}."
        raise InputError(Problem("--actor or --pattern", "an actor of the file", "none chosen", remedy))
    return chosen, sole, target


def _parts(cell: str, separator: str, actors: tuple[str, ...]) -> tuple[str, ...]:
    """Return the actors that a cell names; one that was chosen whole is not parted."""
    if not separator or cell in actors:
        return (cell,)
    return tuple(part.strip() for part in cell.split(separator) if part.strip()) or ("",)


def _weeks(first: Days, last: Days, selection: Selection) -> Days:
    """Return the Mondays of the weeks that lie whole within the days covered: of all sure days, or as told."""
    sure = first == last if (first == last).any() else np.ones(len(first), bool)
    start = np.datetime64(selection.first_day or first[sure].min(), "D")
    end = np.datetime64(selection.last_day or last[sure].max(), "D")
    if selection.as_of is not None:
        end = min(end, np.datetime64(selection.as_of))
    weeks = weeks_between(
        week_of(start + np.timedelta64(6, "D"), MONDAY), week_of(end + np.timedelta64(1, "D"), MONDAY) - WEEK
    )
    if len(weeks) == 0:
        raise InputError(Problem("the days covered", "a whole week", f"{start} to {end}", "See --from and --until."))
    return weeks


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
