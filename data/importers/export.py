"""Exports of event databases as columns: hundreds of thousands of rows, each column kept by its distinct cells.

CSV in any usual encoding and with any usual separator, Parquet, XLSX, and JSON as the APIs answer. What had to be
assumed to read a file stands in its notes; rows that cannot be read are reported, or set aside if that was asked for.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lull.data.importers.days import DayForm, day_form
from lull.data.importers.text_rows import RowText, TextRows, is_filled
from lull.data.readers.any_table import format_of, read_any_table
from lull.data.readers.cells import NO_WORDS, WHOLE_AS_FLOAT, parse_name
from lull.data.readers.reading_options import USUAL, AsideRow, Reading
from lull.data.readers.tabular import Table, header_problems, open_text
from lull.data.schema import LISTED, InputError, Problem

type Days = NDArray[np.datetime64]

MAX_BYTES = 500_000_000
NEVER = date(1900, 1, 1)
NO_NAMES = NO_WORDS | {""}
LONGEST_NO_NAME = max(map(len, NO_NAMES))


@dataclass(frozen=True)
class Column:
    """One column: its distinct cells, and which of them each row holds."""

    cells: list[str]
    codes: NDArray[np.int64]

    def each[Value](self, of: Callable[[str], Value]) -> list[Value]:
        """Return a value for each distinct cell."""
        return [of(cell) for cell in self.cells]

    def is_one_of(self, values: Collection[str]) -> NDArray[np.bool_]:
        """Return which rows hold one of some values, in any case of letters; all of them if there are no values."""
        folded = {value.casefold() for value in values}
        return np.array([not folded or cell.casefold() in folded for cell in self.cells], bool)[self.codes]

    def renamed(self, of: Callable[[str], str]) -> "Column":
        """Return the column with other cells; rows whose cells become equal hold the same one."""
        distinct: dict[str, int] = {}
        merged = [distinct.setdefault(of(cell), len(distinct)) for cell in self.cells]
        return Column(list(distinct), np.array(merged, np.int64)[self.codes])


@dataclass
class Export:
    """The columns of one file, and the problems found in them so far.

    `notes` say what was assumed to read it; `envelope` is what an API said with its rows; `set_aside` are the rows
    that were left out, at most `reading.set_aside`.
    """

    name: str
    columns: dict[str, Column]
    size: int
    rows_at: Callable[[set[int]], dict[int, RowText]]
    unit: str = "line"
    notes: list[str] = field(default_factory=list)
    envelope: dict[str, Any] = field(default_factory=dict)
    reading: Reading = USUAL
    set_aside: list[AsideRow] = field(default_factory=list)
    found: list[tuple[int, str, Problem]] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)
    unlisted: int = 0

    def column(self, name: str) -> Column:
        """Return a column; empty cells where the file has none of that name."""
        return self.columns.get(name) or Column([""], np.zeros(self.size, np.int64))

    def ids(self, name: str) -> Column:
        """Return the names of the events: 11.0 is 11 if all with a point are so; without a column each row is one.

        An empty cell or a word for missing (NA, NULL, -) is noted as a problem.
        """
        if not name:
            return Column([str(row) for row in range(1, self.size + 1)], np.arange(self.size))
        column = self.column(name)
        if any(len(cell) <= LONGEST_NO_NAME and cell.casefold() in NO_NAMES for cell in column.cells):
            self.parse(name, parse_name, wrong="")
        floats = [cell for cell in column.cells if "." in cell]
        if floats and all(WHOLE_AS_FLOAT.search(cell) for cell in floats):
            return column.renamed(lambda cell: WHOLE_AS_FLOAT.sub("", cell))
        return column

    def actors(self, name: str) -> Column:
        """Return a column of actors, a word for missing (NA, NULL, -) as an empty cell."""
        column = self.column(name)
        return column.renamed(lambda cell: "" if cell.casefold() in NO_WORDS else cell)

    def windows(self, *names: str) -> list[tuple[Days, Days]]:
        """Return the first and the last day that each cell of some columns may mean, one pair a column.

        Day and month stand in one order in all of them. Raises `InputError` where nothing decides it; what is no day
        is noted as a problem.
        """
        form, never = self.form(*names), (NEVER, NEVER)
        return [self._windows(name, self.parse(name, form.window, wrong=never)) for name in names]

    def form(self, *names: str) -> DayForm:
        """Return how the days of some columns are written; what was assumed goes to the notes."""
        cells = (cell for name in names for cell in self.column(name).cells)
        form = day_form(cells, day_first=self.reading.day_first, where=f"{self.name}, column {' and '.join(names)}")
        self.notes += [note for note in form.notes if note not in self.notes]
        return form

    def _windows(self, name: str, windows: list[tuple[date, date]]) -> tuple[Days, Days]:
        bounds = np.array(windows, dtype="datetime64[D]")[self.column(name).codes]
        return bounds[:, 0], bounds[:, 1]

    def parse[Value](self, name: str, parse: Callable[[str], Value], *, wrong: Value) -> list[Value]:
        """Return what each distinct cell of a column says, `wrong` for one that `parse` refuses, which is noted."""
        column, values = self.column(name), list[Value]()
        refused: dict[int, Problem] = {}
        for code, cell in enumerate(column.cells):
            try:
                values.append(parse(cell))
            except InputError as error:
                values.append(wrong)
                refused[code] = error.problems[0]
        if refused:
            places = np.flatnonzero(np.isin(column.codes, list(refused)))
            self._note(places, name, lambda at: refused[int(column.codes[at])])
        return values

    def note(self, places: NDArray[np.intp], name: str, problem: Problem) -> None:
        """Note the same problem at several rows."""
        self._note(places, name, lambda _: problem)

    def _note(self, places: NDArray[np.intp], name: str, problem: Callable[[int], Problem]) -> None:
        spelt_out = places[: max(LISTED, self.reading.set_aside)].tolist()
        self.found += [(at, name, problem(at)) for at in spelt_out]
        self.bad.update(places.tolist())
        self.unlisted += len(places) - len(spelt_out)

    def settle(self) -> NDArray[np.bool_]:
        """Return which rows can be used, and leave the others out: they are set aside.

        Raises everything found as one `InputError`, by line, if more rows are bad than may be set aside.
        """
        good = np.ones(self.size, bool)
        if not self.bad:
            return good
        rows_found = self._listed()
        if len(self.bad) + len(self.set_aside) > self.reading.set_aside:
            raise InputError((row.problem for row in rows_found), unlisted=self.unlisted)
        first = {row.line: row for row in reversed(rows_found)}
        self.set_aside = sorted([*self.set_aside, *first.values()], key=lambda row: row.line)
        good[list(self.bad)] = False
        if not good.any():
            raise InputError(row.problem for row in rows_found)
        self.columns = {name: Column(each.cells, each.codes[good]) for name, each in self.columns.items()}
        kept, rows_at = np.flatnonzero(good), self.rows_at
        self.rows_at = lambda places: {at: rows_at({int(kept[at])})[int(kept[at])] for at in places}
        self.size, self.found, self.bad = len(kept), [], set()
        return good

    def _listed(self) -> list[AsideRow]:
        """Return what was found, by line, one entry a problem."""
        rows, rows_found = self.rows_at({place for place, _, _ in self.found}), list[AsideRow]()
        for place, name, problem in sorted(self.found, key=lambda entry: entry[0]):
            line, text = rows[place]
            where = f"{self.name}:{self.unit} {line}, column {name}"
            rows_found.append(AsideRow(self.name, line, replace(problem, where=where), text))
        return rows_found


def read_export(
    path: Path | str, *, required: Iterable[str], used: Iterable[str] = (), reading: Reading = USUAL
) -> Export:
    """Return the `required` and the `used` columns of a CSV, Parquet, XLSX or JSON file; others are not read.

    Raises `InputError` if the file is no such table, or has more rows of a wrong width than may be set aside.
    """
    path, required = Path(path), tuple(dict.fromkeys(required))
    wanted = tuple(dict.fromkeys(name for name in (*required, *used) if name))
    if format_of(path) != "text":
        return _of_table(
            read_any_table(path, required=required, optional=None, used=wanted, reading=reading), wanted, reading
        )
    rows = TextRows(open_text(path, wanted, reading, most=MAX_BYTES))
    columns = rows.text.heading.columns
    if problems := header_problems(columns, rows.text.where, required=required, optional=None, read=wanted):
        raise InputError(problems)
    arrays, aside = rows.columns([name for name in wanted if name in columns], set_aside=reading.set_aside)
    cells = _without_blank_rows({name: column_of(values) for name, values in arrays.items()}, rows.all_of_width())
    size = len(cells[required[0]].codes)
    if size == 0 and not aside:
        raise InputError(Problem(rows.text.where, "rows below the header", "the header alone"))
    if size == 0:
        raise InputError(row.problem for row in aside)
    return Export(path.name, cells, size, rows.at, notes=list(rows.text.notes), reading=reading, set_aside=aside)


def column_of(values: pa.ChunkedArray) -> Column:
    """Return a column of text by its distinct cells, blanks around them removed."""
    coded = values.combine_chunks().dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Column(coded.dictionary.to_pylist(), codes).renamed(str.strip)


def _without_blank_rows(columns: dict[str, Column], rows: Iterable[list[str]]) -> dict[str, Column]:
    """Return the columns without the rows of which every cell is empty; `rows` are those of all columns of the file."""
    empty = np.logical_and.reduce([np.array([not cell for cell in c.cells], bool)[c.codes] for c in columns.values()])
    if not empty.any():
        return columns
    filled = np.array([is_filled(row) for row in rows])
    if len(filled) != len(empty):
        return columns
    return {name: Column(column.cells, column.codes[filled]) for name, column in columns.items()}


def _of_table(table: Table, wanted: Iterable[str], reading: Reading) -> Export:
    """Return the wanted columns of a table of cells."""
    named = [name for name in wanted if name in table.columns]
    columns = {name: column_of(pa.chunked_array([pa.array(table.column(name), pa.string())])) for name in named}

    def rows_at(places: set[int]) -> dict[int, RowText]:
        return {at: (table.lines[at], ",".join(table.rows[at])) for at in places}

    notes, envelope = list(table.notes), table.envelope
    return Export(table.name, columns, len(table.rows), rows_at, table.unit, notes, envelope, reading)
