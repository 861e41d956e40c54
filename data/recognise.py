"""Which kind of file this is, by its heading: reports, events, weekly counts, covariates or a scenario."""

from pathlib import Path
from typing import Literal

from data.parquet import is_parquet
from data.schema import InputError, Problem
from data.tabular import read_text

type Kind = Literal["reports", "events", "counts", "covariates", "scenario"]

SCENARIO_SUFFIXES = (".toml", ".json")
MARKS: dict[Kind, frozenset[str]] = {
    "reports": frozenset({"report_id", "published", "window_start", "window_end", "measure", "qualifier"}),
    "events": frozenset({"event_id", "dimension", "salience", "kind", "target"}),
    "counts": frozenset({"series", "week_start", "count"}),
}  # columns that name a kind of file


def recognise(path: Path) -> Kind:
    """Return the kind of a file: that of most of its columns' names. Raises `InputError` if it is none."""
    if path.suffix.lower() in SCENARIO_SUFFIXES:
        return "scenario"
    if is_parquet(path):
        return "counts"
    heading = next((line for line in read_text(path).splitlines() if line.strip(" \t,;")), None)
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
