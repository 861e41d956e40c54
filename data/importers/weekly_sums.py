"""ACLED's weekly files: how many events of a type fell in each week (Saturday to Friday) of each province.

A week without events of a type has no row, so that within the weeks of the file no row means 0. Of several files the
newer one counts, week by week and country by country; what no file covers stays missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lull.data.calendar import WEEK, Week, Weeks, calendar_sentence, last_complete_week, today, week_end, week_of
from lull.data.counts import WeeklyCounts
from lull.data.importers.export import Column
from lull.data.importers.file_set import laid_end_to_end
from lull.data.importers.releases import release_of
from lull.data.importers.sums import Mask, SumLayout, Sums, commonest_calendar, read_sums
from lull.data.readers.reading_options import USUAL, AsideRow, Reading
from lull.data.schema import InputError, Problem, near

LAYOUT = SumLayout("EVENTS", first_day="WEEK", days=7)
PLACES, TYPES = ("COUNTRY", "ADMIN1"), ("EVENT_TYPE", "SUB_EVENT_TYPE")
UNKNOWN = -1  # no file


@dataclass(frozen=True)
class WeeklyChoice:
    """Whose events a series is said to be, which places and types count (none named: all), and the column of the front.

    An empty `front` adds all places up. `last_day` is the day up to which the source is known.
    """

    faction: str
    countries: tuple[str, ...] = ()
    admin1: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    sub_types: tuple[str, ...] = ()
    front: str = "ADMIN1"
    first_day: date | None = None
    last_day: date | None = None

    @property
    def front_column(self) -> str:
        """The column of the front, in the letters of the file."""
        return next((name for name in (*PLACES, *TYPES) if name.casefold() == self.front.casefold()), self.front)

    @property
    def named(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """The columns that choose rows: the option of each, and the values that it names."""
        values = (self.countries, self.admin1, self.types, self.sub_types)
        options = ("--country", "--admin1", "--type", "--sub-type")
        return dict(zip((*PLACES, *TYPES), zip(options, values, strict=True), strict=True))


@dataclass(frozen=True)
class WeeklySums:
    """Weekly counts, the day up to which the files are known, the status of their rows, and what newer files changed.

    The fates add up to the rows of the files.
    """

    counts: WeeklyCounts
    known_to: date
    fates: dict[str, int]
    notes: tuple[str, ...]
    changes: tuple[dict[str, str | int], ...]
    set_aside: tuple[AsideRow, ...]


@dataclass(frozen=True)
class _Rows:
    """The rows of all files end to end: which file, week and unit (a front of a country) each is of.

    `covers` (file, country, week) says what a file covers, `newest` (country, week) which file counts.
    """

    files: tuple[Sums, ...]
    columns: dict[str, Column]
    total: NDArray[np.float64]
    file: NDArray[np.int64]
    at: NDArray[np.int64]
    country: NDArray[np.int64]
    chosen: Mask
    weeks: Weeks
    order: tuple[int, ...]
    covers: Mask

    @property
    def newest(self) -> NDArray[np.int64]:
        newest = np.full(self.covers.shape[1:], UNKNOWN)
        for file in self.order:
            newest[self.covers[file]] = file
        return newest


def read_weekly_sums(paths: Sequence[Path], choice: WeeklyChoice, reading: Reading = USUAL) -> WeeklySums:
    """Return the weekly counts of ACLED's weekly files, one series a front.

    Raises `InputError` with every problem found, and for places and types that no file names.
    """
    rows = _read(paths, choice, reading)
    inside = (rows.at >= 0) & (rows.at < rows.weeks.size)
    newest = rows.newest
    counted = inside & (newest[rows.country, np.where(inside, rows.at, 0)] == rows.file)
    known = ~np.isnan(rows.total)
    if not (rows.chosen & counted & known).any():
        found = "none in the weeks covered"
        raise InputError(Problem("the selection", "an event to keep", found, "See --country, --admin1 and --type."))
    units, unit, labels = _units(rows, choice)
    kept = rows.chosen & counted & (unit >= 0)
    values = _sums(rows, kept, unit, units.size)
    values[newest[units] == UNKNOWN] = np.nan
    counts = _counts(values, labels, choice, rows.weeks)
    fates = {
        "dropped, of other places or types": int((known & ~rows.chosen).sum()),
        "dropped, outside the weeks covered": int((known & rows.chosen & ~inside).sum()),
        "dropped, a newer file has the week": int((known & rows.chosen & inside & ~counted).sum()),
        "dropped, its week is not over": sum(file.unfinished for file in rows.files),
        "set aside as unreadable": sum(len(file.set_aside) for file in rows.files),
        "kept, added to its week": int((known & kept).sum()),
    }
    return WeeklySums(
        counts,
        week_end(counts.origin),
        fates,
        tuple(_notes(rows, choice, counts)),
        tuple(_changes(rows, unit, units)),
        tuple(row for file in rows.files for row in file.set_aside),
    )


def _read(paths: Sequence[Path], choice: WeeklyChoice, reading: Reading) -> _Rows:
    """Return the rows of the files, and what each of these covers."""
    if choice.last_day and choice.last_day > today():
        raise InputError(Problem("--until", f"a day up to today, {today()}", str(choice.last_day)))
    front = choice.front_column
    files = tuple(
        read_sums(path, LAYOUT, columns=[front] if front else [], once=(*PLACES, *TYPES), reading=reading)
        for path in paths
    )
    columns = {name: laid_end_to_end([file.columns[name] for file in files]) for name in files[0].columns}
    for name, (option, values) in choice.named.items():
        _check_names(columns[name].cells, values, option)
    first = np.concatenate([file.first for file in files])
    like = commonest_calendar(np.unique(first))
    spans = _spans(files, paths, choice, like)
    weeks = np.arange(min(start for start, _ in spans), max(end for _, end in spans) + WEEK, WEEK)
    country = columns["COUNTRY"].codes
    number = np.repeat(np.arange(len(files)), [file.total.size for file in files])
    covers = np.zeros((len(files), len(columns["COUNTRY"].cells), weeks.size), bool)
    for at, (start, end) in enumerate(spans):
        covers[at, np.unique(country[number == at])] = (weeks >= start) & (weeks <= end)
    return _Rows(
        files=files,
        columns=columns,
        total=np.concatenate([file.total for file in files]),
        file=number,
        at=((first - weeks[0]) // WEEK).astype(np.int64),
        country=country,
        chosen=np.logical_and.reduce([columns[name].is_one_of(values) for name, (_, values) in choice.named.items()]),
        weeks=weeks,
        order=tuple(sorted(range(len(files)), key=lambda at: (spans[at][1], at))),
        covers=covers,
    )


def _check_names(known: Sequence[str], values: Sequence[str], option: str) -> None:
    """Raise `InputError` for values that no file has."""
    folded = {cell.casefold() for cell in known}
    if wrong := [value for value in values if value.casefold() not in folded]:
        names = [cell for cell in known if cell]
        raise InputError(Problem(option, "a name in the files", repr(value), near(value, names)) for value in wrong)


def _spans(files: Sequence[Sums], paths: Sequence[Path], choice: WeeklyChoice, like: Week) -> list[tuple[Week, Week]]:
    """Return the first and the last week that each file covers: by its rows, its name, and the days asked for."""
    starts = [week_of(file.first.min(), like) for file in files]
    ends = [_last_week(file, path, like) for file, path in zip(files, paths, strict=True)]
    if choice.last_day:
        last = last_complete_week(choice.last_day, like)
        ends = [last if end >= min(max(ends), last) else end for end in ends]
    if choice.first_day:
        begin = week_of(np.datetime64(choice.first_day) + 6, like)
        starts = [begin if start <= max(min(starts), begin) else start for start in starts]
    if max(ends) < min(starts):
        raise InputError(Problem("--from, --until", "days that the files cover", "none", "See `lull check`."))
    return list(zip(starts, ends, strict=True))


def _last_week(file: Sums, path: Path, like: Week) -> Week:
    """Return the last week that a file covers: that of its last row, or that which its name goes up to."""
    named = release_of(path, {}).known_to
    last = week_of(file.first.max(), like)
    return max(last, week_of(named, like)) if named else last


def _units(rows: _Rows, choice: WeeklyChoice) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
    """Return the country of each unit, the unit of each row (-1: none), and the name of the front of each unit.

    A place that was named has a unit even if none of the chosen events fell in it.
    """
    front = rows.columns[choice.front_column] if choice.front_column else Column([""], np.zeros_like(rows.country))
    named = choice.admin1 or (choice.countries and choice.front_column in {"", "COUNTRY"})
    by_place = [rows.columns[name].is_one_of(choice.named[name][1]) for name in PLACES]
    basis = np.logical_and.reduce(by_place) if named and choice.front_column in {"", *PLACES} else rows.chosen
    key = rows.country * len(front.cells) + front.codes
    keys = np.unique(key[basis])
    place = np.searchsorted(keys, key)
    unit = np.where(basis, place, UNKNOWN)
    countries, fronts = keys // len(front.cells), keys % len(front.cells)
    labels = [front.cells[code] for code in fronts]
    if choice.front_column == "ADMIN1":
        country = rows.columns["COUNTRY"].cells
        labels = [
            f"{label} ({country[code]})" if labels.count(label) > 1 else label
            for label, code in zip(labels, countries, strict=True)
        ]
    return countries, unit, labels


def _sums(rows: _Rows, kept: Mask, unit: NDArray[np.int64], units: int) -> NDArray[np.float64]:
    """Return the sums of some rows, (unit, week); NaN where that of a row is unknown."""
    values = np.zeros((units, rows.weeks.size))
    np.add.at(values, (unit[kept], rows.at[kept]), rows.total[kept])
    return values


def _counts(values: NDArray[np.float64], labels: list[str], choice: WeeklyChoice, weeks: Weeks) -> WeeklyCounts:
    """Return the sums as counts, one series a front."""
    fronts = sorted(set(labels))
    counts = np.zeros((len(fronts), weeks.size))
    np.add.at(counts, [fronts.index(label) for label in labels], values)
    names = [f"{choice.faction}, {front}" if front else choice.faction for front in fronts]
    known = np.flatnonzero(~np.isnan(counts).all(axis=0))
    part = slice(known[0], known[-1] + 1)
    return WeeklyCounts.from_arrays(
        counts[:, part], series=names, first_week=weeks[part][0], faction=[choice.faction] * len(fronts), front=fronts
    )


def _changes(rows: _Rows, unit: NDArray[np.int64], units: NDArray[np.int64]) -> list[dict[str, str | int]]:
    """Return what each file changed in the one before it, over the weeks and countries that both cover."""
    found: list[dict[str, str | int]] = []
    for before, after in zip(rows.order, rows.order[1:], strict=False):
        both = (rows.covers[before] & rows.covers[after])[units]
        mine = rows.chosen & (unit >= 0) & (rows.at >= 0) & (rows.at < rows.weeks.size)
        old, new = (np.nan_to_num(_sums(rows, mine & (rows.file == at), unit, units.size)) for at in (before, after))
        if both.any():
            names = {"newer": rows.files[after].name, "older": rows.files[before].name}
            moved = both & (old != new)
            counts = {"weeks_changed": int(moved.sum()), "events_before": int(old[both].sum())}
            found.append({**names, **counts, "events_after": int(new[both].sum())})
    return found


def _notes(rows: _Rows, choice: WeeklyChoice, counts: WeeklyCounts) -> list[str]:
    """Return what was assumed, and what the reader should look at."""
    notes = [note for file in rows.files for note in file.notes]
    notes += [said] if (said := calendar_sentence(counts.origin)) else []
    notes.append("Within the weeks of a file a week without a row is 0; weeks outside are missing.")
    known = f"Known to {week_end(counts.origin)}"
    if choice.last_day is None:
        known += ", the end of the last week of the files; if the source is known to a later day, give --until DATE"
    notes.append(f"{known}.")
    if not choice.types and not choice.sub_types:
        column = rows.columns["EVENT_TYPE"]
        types = sorted({column.cells[code] for code in np.unique(column.codes[rows.chosen])})
        if len(types) > 1:
            notes.append(f"Events of all types were added up: {', '.join(types)}. --type chooses.")
    if any(file.set_aside for file in rows.files):
        notes.append("Rows were set aside: a week that one of them belongs to is missing, where its place is readable.")
    return notes
