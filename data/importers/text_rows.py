"""The rows of a text file, read column by column; those that do not fit the heading are reported or set aside."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa
import pyarrow.csv as pc

from lull.data.readers.reading_options import AsideRow
from lull.data.readers.tabular import OpenText, ragged_problem
from lull.data.schema import LISTED, InputError, Problem

CHUNK = 1 << 24
BLANKS = ' \t\r\n"'  # what a blank row is made of, and what parts its cells
MAX_CELL = 1_000_000  # characters that one cell may have

type RowText = tuple[int, str]  # the line on which a row starts, and the row


@dataclass(frozen=True)
class TextRows:
    """The rows below the heading of a text file."""

    text: OpenText

    def columns(self, wanted: list[str], *, set_aside: int) -> tuple[dict[str, pa.ChunkedArray], list[AsideRow]]:
        """Return the wanted columns as text, and the rows that do not fit the heading if no more than may be set aside.

        Raises `InputError` if there are more.
        """
        ragged = [0]

        def leave(row: pc.InvalidRow) -> str:
            ragged[0] += bool(row.text.strip(BLANKS + self.text.delimiter))
            return "skip"

        if self.text.start >= len(self.text.content):
            return dict.fromkeys(wanted, pa.chunked_array([[]], pa.string())), []
        names = [name or f"\0{place}" for place, name in enumerate(self._unique())]
        body = pa.py_buffer(self.text.content).slice(self.text.start)
        try:
            table = pc.read_csv(
                pa.BufferReader(
                    body if self.text.content.find(b"\n", self.text.start) >= 0 else body.to_pybytes() + b"\n"
                ),
                read_options=pc.ReadOptions(column_names=names, block_size=CHUNK, use_threads=False),
                parse_options=pc.ParseOptions(
                    delimiter=self.text.delimiter, newlines_in_values=True, invalid_row_handler=leave
                ),
                convert_options=pc.ConvertOptions(
                    include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string())
                ),
            )
        except pa.ArrowException as error:
            reason = str(error).split("\n", 1)[0][:100]
            found = f"what cannot be read ({reason})"
            raise InputError(Problem(self.text.name, "comma-separated cells", found)) from None
        aside = self._ragged(max(LISTED, set_aside)) if ragged[0] else []
        if ragged[0] > set_aside:
            problems = [row.problem for row in aside[:LISTED]] or [self._unplaced()]
            raise InputError(problems, unlisted=max(ragged[0] - LISTED, 0))
        return {name: table[name] for name in wanted}, aside

    def all_of_width(self) -> Iterator[list[str]]:
        """Yield the rows that fit the heading, blank ones too."""
        width = len(self.text.heading.columns)
        return (row for _, row in self._rows(blank=True) if len(row) == width)

    def at(self, places: set[int]) -> dict[int, RowText]:
        """Return some of the rows that fit the heading and are not blank, by their number from 0."""
        width, last = len(self.text.heading.columns), max(places)
        fitting = ((line, row) for line, row in self._rows() if len(row) == width)
        found = {at: self._text_of(*each) for at, each in enumerate(islice(fitting, last + 1)) if at in places}
        return found | {at: (self.text.line + at, "") for at in places - found.keys()}

    def _unique(self) -> list[str]:
        """Return the names of the columns; one that is there again has none."""
        columns = self.text.heading.columns
        return ["" if name in columns[:place] else name for place, name in enumerate(columns)]

    def _ragged(self, most: int) -> list[AsideRow]:
        """Return the first rows that do not fit the heading."""
        width, name = len(self.text.heading.columns), self.text.name
        wrong = ((line, row) for line, row in self._rows() if len(row) != width)
        return [
            AsideRow(name, line, ragged_problem(f"{name}:line {line}", width, len(row)), self._text_of(line, row)[1])
            for line, row in islice(wrong, most)
        ]

    def _unplaced(self) -> Problem:
        width = len(self.text.heading.columns)
        return Problem(self.text.name, f"{width} cells in every row", "rows that do not fit the header")

    def _text_of(self, line: int, row: list[str]) -> RowText:
        return line, self.text.delimiter.join(row)

    def _rows(self, *, blank: bool = False) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not blank (or these too), each with the line that it starts on."""
        source = io.BytesIO(memoryview(self.text.content)[self.text.start :])
        text = io.TextIOWrapper(source, "utf-8", errors="replace", newline="")
        reader, line = csv.reader(text, delimiter=self.text.delimiter), self.text.line
        try:
            for row in reader:
                if blank or is_filled(row):
                    yield line, row
                line = self.text.line + reader.line_num
        except csv.Error as error:
            found = f"a row that cannot be read ({error})"
            raise InputError(Problem(f"{self.text.name}:line {line}", "comma-separated cells", found)) from None


def is_filled(row: list[str]) -> bool:
    """Return whether a cell of a row is not blank."""
    return any(map(str.strip, row))
