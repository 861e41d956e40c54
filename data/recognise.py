"""Which kind of file this is, by its heading: one that a fit reads, a scenario, or an export of events."""

from pathlib import Path
from typing import Literal

from data.parquet import is_parquet
from data.schema import InputError, Problem
from data.tabular import SIGNATURES, read_text
from data.workbook import is_workbook

type Kind = Literal["reports", "events", "counts", "covariates", "completeness", "scenario", "acled", "ucdp"]

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


def recognise(path: Path) -> Kind:
    """Return the kind of a file: that of most of its columns' names. Raises `InputError` if it is none."""
    if path.suffix.lower() in SCENARIO_SUFFIXES:
        return "scenario"
    if is_parquet(path) or is_workbook(path):
        return "counts"
    heading = next((line for line in _opening(path).splitlines() if line.strip(" \t,;")), None)
    if heading is None:
        raise InputError(Problem(path.name, "a header and rows", "an empty file"))
    columns = {cell.strip(" \t\"'").casefold() for cell in heading.replace(";", ",").replace("\t", ",").split(",")}
    fitting = {kind: len(columns & marks) / len(marks) for kind, marks in MARKS.items()}
    best = max(fitting, key=lambda kind: fitting[kind])
    if fitting[best] >= 0.5:  # noqa: PLR2004 - at least half of the columns that name a kind
        return best
    if "week_start" in columns:
        return "covariates"
    remedy = "`docs/data.md` shows the columns of each."
    found = f"the columns {', '.join(sorted(columns))}"
    raise InputError(Problem(f"{path.name}:line 1", "reports, events, weekly counts or a scenario", found, remedy))


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
