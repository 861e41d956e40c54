"""The heading of a table: in which row it stands, and under which of the known names its columns are read.

Every reader of every format finds its heading here, and so does the recognition of a file: any case of letters, a title
above, a row of HXL tags below, columns without a name, and candidates of UCDP GED that came without a heading.
"""

import csv
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from lull.data.schema import InputError, Problem

type NumberedRow = tuple[int, Sequence[str]]

OPENING_ROWS = 20  # among which the heading is looked for
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
NAMELESS = re.compile(r"unnamed: \d+|\.\.\.\d+", re.IGNORECASE)  # what pandas and R call a column without a name
TAG = re.compile(r"#\s*[a-z]\w*\s*(\+.*)?", re.IGNORECASE | re.ASCII)  # of HXL
DATA = re.compile(r"-?\d+([.,]\d+)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")  # a cell that names nothing
LONGEST_TITLE, MOST_NAMED = 60, 12
LEAST_OF_GED = 4  # of its columns asked for, before a file without a heading is taken for one
# The columns of UCDP GED in their order.
GED = (
    "id", "relid", "year", "active_year", "code_status", "type_of_violence", "conflict_dset_id",
    "conflict_new_id", "conflict_name", "dyad_dset_id", "dyad_new_id", "dyad_name", "side_a_dset_id",
    "side_a_new_id", "side_a", "side_b_dset_id", "side_b_new_id", "side_b", "number_of_sources", "source_article",
    "source_office", "source_date", "source_headline", "source_original", "where_prec", "where_coordinates",
    "where_description", "adm_1", "adm_2", "latitude", "longitude", "geom_wkt", "priogrid_gid", "country",
    "country_id", "region", "event_clarity", "date_prec", "date_start", "date_end", "deaths_a", "deaths_b",
    "deaths_civilians", "deaths_unknown", "best", "high", "low", "gwnoa", "gwnob",
)  # fmt: skip


@dataclass(frozen=True)
class Heading:
    """The names of the columns, `""` for one without; `above` rows of the table stand over its data.

    `line` is where the heading starts, 0 if the file has none; `notes` say what was assumed.
    """

    line: int
    columns: tuple[str, ...]
    above: int
    notes: tuple[str, ...] = ()


def find_heading(rows: Sequence[NumberedRow], known: Collection[str], *, where: str, unit: str = "line") -> Heading:
    """Return the heading among the first rows that are not blank: the one with most of the `known` names.

    `where` names the file. Raises `InputError` if the first row is data and no row is a heading.
    """
    scores = [_score(row, known) for _, row in rows[:OPENING_ROWS]]
    at = scores.index(max(scores))
    if scores[at] == 0 and _is_data(rows[0][1]):
        return _without(rows[0][1], known, where=f"{where}:{unit} {rows[0][0]}")
    line, cells = rows[at]
    columns, tags = named(cells, known), 0
    while at + tags + 1 < len(rows) and _is_tags(rows[at + tags + 1][1], columns):
        tags += 1
    notes = [f"The heading was found in {unit} {line}, below {_title(rows[0][1])}."] if at else []
    notes += [f"A row of HXL tags in {unit} {number} was not read." for number, _ in rows[at + 1 : at + 1 + tags]]
    changed = [name for name, cell in zip(columns, cells, strict=True) if name and name != cell.strip(" \t\ufeff")]
    if changed:
        notes.append(f"Headings in other letters were read as {', '.join(changed)}.")
    if nameless := [str(place) for place, name in enumerate(columns, start=1) if not name]:
        several = len(nameless) > 1
        verb = "have no name and were" if several else "has no name and was"
        notes.append(f"Column{'s' * several} {', '.join(nameless)} {verb} not read.")
    return Heading(line, columns, at + 1 + tags, tuple(notes))


def named(cells: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """Return the names in a heading, in the letters of the `known` ones; `""` for a column without a name."""
    plain = [cell.strip(" \t\r\n\ufeff") for cell in cells]
    folded = {_folded(name): name for name in known if name not in plain}
    return tuple("" if NAMELESS.fullmatch(cell) else folded.get(_folded(cell), cell) for cell in plain)


def _is_tags(row: Sequence[str], columns: Sequence[str]) -> bool:
    """Return whether a row is one of HXL tags: every filled cell under a name is a word that begins with #."""
    filled = [cell.strip() for cell, name in zip(row, columns, strict=False) if name and cell.strip()]
    return bool(filled) and all(TAG.fullmatch(cell) for cell in filled)


def delimiter_of(lines: Iterable[str], known: Collection[str]) -> str:
    """Return what stands between the cells: the mark that shows most of the known names, then most columns."""
    lines = list(lines)

    def fitness(mark: str) -> tuple[int, int]:
        try:
            rows = [row for row in csv.reader(lines, delimiter=mark) if any(map(str.strip, row))][:OPENING_ROWS]
        except csv.Error:
            return 0, 0
        best = max((_score(row, known) for row in rows), default=0)
        widths = [len(row) for row in rows if len(row) > 1]
        return best, 0 if best else max(widths, key=widths.count, default=0)

    return max(DELIMITERS, key=fitness)


def _score(row: Iterable[str], known: Collection[str]) -> int:
    return len({_folded(cell) for cell in row} & {_folded(name) for name in known})


def _folded(name: str) -> str:
    """Return a name as it is compared: small letters, and one underscore for blanks, points and hyphens."""
    return re.sub(r"[\s.\-_]+", "_", name.strip(" \t\r\n\ufeff\"'").casefold())


def _is_data(row: Sequence[str]) -> bool:
    return any(DATA.fullmatch(cell.strip()) for cell in row)


def _without(row: Sequence[str], known: Collection[str], *, where: str) -> Heading:
    """Return the heading of a file that has none, if its columns are those of UCDP GED."""
    if len(row) == len(GED) and len(set(known) & set(GED)) >= LEAST_OF_GED:
        return Heading(0, GED, 0, (f"The file has no heading; its {len(GED)} columns were read as those of UCDP GED.",))
    found = f"no heading: the first row holds {', '.join(repr(cell.strip()) for cell in row[:4])}"
    remedy = "Add a first row with the names of the columns."
    names = f"the columns {', '.join(known)}" if len(known) <= MOST_NAMED else "the names of the columns"
    raise InputError(Problem(where, f"a heading with {names}", found, remedy))


def _title(row: Sequence[str]) -> str:
    text = " ".join(cell.strip() for cell in row if cell.strip())
    return repr(text) if len(text) <= LONGEST_TITLE else f"{text[:LONGEST_TITLE]!r}..."
