"""Which kind of file this is, by its heading: one that a fit reads, a scenario, or an export of events."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from lull.data.readers.parquet import is_parquet, parquet_heading
from lull.data.readers.tabular import SIGNATURES, read_text
from lull.data.readers.workbook import is_workbook, workbook_heading
from lull.data.schema import InputError, Problem

type Kind = Literal["reports", "events", "counts", "covariates", "completeness", "scenario", "acled", "ucdp", "list"]

OPENING = 1_000_000  # bytes
SCENARIO_SUFFIXES = (".toml", ".json")
MARKS: dict[Kind, frozenset[str]] = {
    "reports": frozenset({"report_id", "published", "window_start", "window_end", "measure", "qualifier"}),
    "events": frozenset({"event_id", "dimension", "salience", "kind", "target"}),
    "counts": frozenset({"series", "week_start", "count"}),
    "completeness": frozenset({"weeks_before_end", "share"}),
    "acled": frozenset({"event_id_cnty", "event_date", "time_precision", "actor1", "actor2"}),
    "ucdp": frozenset({"id", "date_start", "date_end", "side_a", "side_b"}),
}  # columns that name a kind of file
LIST = frozenset({"event_id", "date", "actor"})  # one row an event, under the names that `lull import events` expects


def recognise(path: Path) -> Kind:
    """Return the kind of a file: that of most of its columns' names. Raises `InputError` if it is none."""
    if path.suffix.lower() in SCENARIO_SUFFIXES:
        return "scenario"
    columns = {name.strip(" \t\"'").casefold() for name in _heading(path)} - {""}
    if not columns:
        raise InputError(Problem(path.name, "a header and rows", "an empty file"))
    if columns >= LIST and not columns & {"dimension", "salience"}:
        return "list"
    if "week_start" in columns and not columns & {"series", "count"}:
        return "covariates"
    fitting = {kind: len(columns & marks) / len(marks) for kind, marks in MARKS.items()}
    best = max(fitting, key=lambda kind: fitting[kind])
    if fitting[best] >= 0.5:  # noqa: PLR2004 - at least half of the columns that name a kind
        return best
    expected = "reports, events, weekly counts, covariates, completeness, an export of events or a scenario"
    remedy = "`docs/data.md` shows the columns of each. Events under other names: `lull import events`."
    raise InputError(Problem(f"{path.name}:line 1", expected, f"the columns {', '.join(sorted(columns))}", remedy))


def _heading(path: Path) -> Iterable[str]:
    """Return the names in the first row that is not blank."""
    if is_parquet(path):
        return parquet_heading(path)
    if is_workbook(path):
        return workbook_heading(path)
    heading = next((line for line in _opening(path).splitlines() if line.strip(" \t,;")), "")
    return heading.replace(";", ",").replace("\t", ",").split(",")


def _opening(path: Path) -> str:
    """Return the first characters of a file; exports may be larger than other files, so only they are read."""
    try:
        size = path.stat().st_size if path.is_file() else 0
        if size > OPENING:
            with path.open("rb") as file:
                content = file.read(OPENING)
            if not content.startswith(tuple(SIGNATURES)):
                return content.decode("utf-8-sig", errors="replace")
    except OSError:
        pass  # `read_text` tells it
    return read_text(path)
