"""Which kind of file this is, by its heading: one that a fit reads, a scenario, or an export of events."""

import codecs
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from lull.data.readers.any_table import format_of
from lull.data.readers.decoding import as_utf8
from lull.data.readers.headings import find_heading, named
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.readers.tabular import check_signature, opened, read_bytes
from lull.data.readers.wide import LONG_NAMES, WEEK_START, is_wide
from lull.data.schema import InputError, Problem

type Kind = Literal[
    "reports",
    "events",
    "counts",
    "covariates",
    "completeness",
    "scenario",
    "beliefs",
    "acled",
    "ucdp",
    "list",
    "acled-weekly",
    "table",
]  # a table is of columns that its owner has to name

OPENING = 1_000_000  # bytes
BELIEF = re.compile(rb"^[ \t]*\[\[?[ \t]*(driver|fork|salience)[ \t]*[.\]]", re.MULTILINE)  # tables of beliefs alone
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MARKS: dict[Kind, frozenset[str]] = {
    "reports": frozenset({"report_id", "published", "window_start", "window_end", "measure", "qualifier"}),
    "events": frozenset({"event_id", "dimension", "salience", "kind", "target"}),
    "counts": frozenset({"series", "week_start", "count"}),
    "completeness": frozenset({"weeks_before_end", "share"}),
    "acled": frozenset({"event_id_cnty", "event_date", "time_precision", "actor1", "actor2"}),
    "ucdp": frozenset({"id", "date_start", "date_end", "side_a", "side_b"}),
}  # columns that name a kind of file
LIST = frozenset({"event_id", "date", "actor"})  # one row an event, under the names that `lull import events` expects
DRIVERS = tuple(
    map(frozenset, ({"dimension"}, {"salience"}, {"endogenous"}, {"kind", "type"}, {"kind", "end"}))
)  # columns that make of such a list the events of a fit
WEEKLY = frozenset({"week", "events"})  # ACLED's weekly sums, by place and type
MONTHLY = frozenset({"month", "events"})  # the monthly sums that it gives to others
SUMMED = frozenset({"country", "admin1", "event_type", "sub_event_type", "fatalities"})
NOT_SUMMED = frozenset({"event_id", "event_id_cnty", "actor", "actor1", "series"})
KNOWN = LIST.union(*MARKS.values(), LONG_NAMES, {WEEK_START}, WEEKLY, MONTHLY, SUMMED)


def is_of_sums(columns: Iterable[str]) -> bool:
    """Return whether the rows under a heading hold sums of events by week or month, not single events."""
    folded = {name.casefold() for name in columns}
    dated = folded >= WEEKLY or folded >= MONTHLY
    return dated and bool(folded & SUMMED) and not folded & NOT_SUMMED


def recognise(path: Path, reading: Reading = USUAL) -> Kind:
    """Return the kind of a file: that of most of its columns' names. Raises `InputError` if it is none."""
    kind = kind_of(path, reading)
    if kind != "table":
        return kind
    expected = "reports, events, weekly counts, covariates, completeness, an export of events or a scenario"
    remedy = (
        "`docs/data.md` shows the columns of each. Events under other names: `lull import events`; "
        "sums over months or other windows: `lull import sums`."
    )
    columns = ", ".join(sorted({name.casefold() for name in columns_of(path, reading)}))
    raise InputError(Problem(f"{path.name}:line 1", expected, f"the columns {columns}", remedy))


def kind_of(path: Path, reading: Reading = USUAL) -> Kind:
    """Return the kind of a file; a `table` is one of columns that name none. Raises `InputError` without any."""
    if path.suffix.lower() == ".toml":
        return "beliefs" if BELIEF.search(_start(path)) else "scenario"
    heading = _heading(path, reading)
    if heading is None:
        return "scenario"
    columns = {name.casefold() for name in heading if name.strip(" ,;|")}
    if not columns:
        raise InputError(Problem(path.name, "a header and rows", "an empty file"))
    if (kind := _by_whole_heading(columns)) is not None:
        return kind
    if WEEK_START in columns and not columns & {"series", "count"}:
        return "counts" if is_wide(path, reading) else "covariates"
    fitting = {kind: len(columns & marks) / len(marks) for kind, marks in MARKS.items()}
    best = max(fitting, key=lambda kind: fitting[kind])
    return best if fitting[best] >= 0.5 else "table"  # noqa: PLR2004 - half of the columns that name a kind


def _by_whole_heading(columns: set[str]) -> Kind | None:
    """Return the kind of a file that has all columns of that kind; None where some lack."""
    if columns >= set(LONG_NAMES):
        return "counts"
    if columns >= WEEKLY and is_of_sums(columns):
        return "acled-weekly"
    if columns >= LIST:
        return "events" if any(columns >= marks for marks in DRIVERS) else "list"
    return None


def columns_of(path: Path, reading: Reading = USUAL) -> tuple[str, ...]:
    """Return the names in the heading of a table. Raises `InputError` if the file is none."""
    return tuple(name for name in _heading(path, reading) or () if name.strip())


def _heading(path: Path, reading: Reading) -> tuple[str, ...] | None:
    """Return the names in the heading; None if the file is JSON without rows."""
    form = format_of(path)
    if form == "parquet":
        from lull.data.readers.parquet import parquet_heading  # noqa: PLC0415 - a library of its own

        return named(parquet_heading(path), KNOWN)
    if form == "answer":
        from lull.data.readers.json_answers import answer_heading  # noqa: PLC0415 - most files are text

        keys = answer_heading(path)
        return None if keys is None else named(keys, KNOWN)
    if form == "workbook":
        return _workbook_heading(path, reading)
    content, notes = as_utf8(_opening(path), path.name, reading.encoding)
    return opened(content, path.name, KNOWN, reading, notes).heading.columns


def _workbook_heading(path: Path, reading: Reading) -> tuple[str, ...]:
    """Return the heading of the sheet that is asked for, or of that with most of the known names."""
    from lull.data.readers.workbook import workbook_openings  # noqa: PLC0415 - most files are text

    sheets = [rows for rows in workbook_openings(path, reading.sheet) if rows]
    if not sheets:
        return ()
    headings = [find_heading(rows, KNOWN, where=path.name, unit="row").columns for rows in sheets]
    return max(headings, key=lambda columns: len(KNOWN & set(columns)))


def _start(path: Path) -> bytes:
    """Return the first bytes of a file that can be read; its reader says why others cannot."""
    try:
        with path.open("rb") as file:
            return file.read(OPENING)
    except OSError:
        return b""


def _opening(path: Path) -> bytes:
    """Return the first bytes of a file, whole lines; exports may be larger than other files, so only they are read."""
    try:
        size = path.stat().st_size if path.is_file() else 0
        if size > OPENING:
            with path.open("rb") as file:
                content = file.read(OPENING)
            check_signature(content, path.name)
            return content if content.startswith(UTF16) else content[: content.rfind(b"\n") + 1] or content
    except OSError:
        pass  # `read_bytes` reports it
    content = read_bytes(path)
    check_signature(content, path.name)
    return content
