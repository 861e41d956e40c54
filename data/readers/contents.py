"""What a good file of each kind holds, in a few words; reading it finds every problem in it."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from lull.data.calendar import Weeks, run_of_days, weeks_between
from lull.data.completeness import read_completeness
from lull.data.counts import read_counts
from lull.data.covariates import read_covariates
from lull.data.events import read_events
from lull.data.importers.events import summary_of
from lull.data.importers.layouts import ACLED, LIST, UCDP, Layout
from lull.data.importers.sums import read_sums
from lull.data.importers.weekly_sums import LAYOUT as WEEKLY_LAYOUT
from lull.data.importers.weekly_sums import PLACES
from lull.data.readers.any_table import read_any_table
from lull.data.readers.detection import Kind
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.reports import read_reports
from lull.data.schema import InputError, Problem

DATED = re.compile(r"\d|^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)
LOOKED_AT = 100  # rows


def _reports(path: Path, reading: Reading, notes: list[str]) -> str:
    reports = read_reports(path, reading=reading, notes=notes)
    published = [report.published for report in reports]
    return f"{len(reports)} reports, published {min(published)} to {max(published)}"


def _events(path: Path, reading: Reading, notes: list[str]) -> str:
    events = read_events(path, reading=reading, notes=notes)
    return f"{len(events)} events, {min(event.date for event in events)} to {max(event.date for event in events)}"


def _counts(path: Path, reading: Reading, notes: list[str]) -> str:
    counts = read_counts(path, reading=reading, notes=notes)
    missing = int(counts.array.isnull().sum())
    weeks = _weeks(counts.weeks)
    return f"weekly counts of {len(counts.series)} series over {weeks}; {missing} missing"


def _covariates(path: Path, reading: Reading, notes: list[str]) -> str:
    covariates = read_covariates(path, reading=reading, notes=notes)
    weeks = _weeks(covariates["week"].to_numpy().astype("datetime64[D]"))
    return f"{covariates.sizes['covariate']} covariates over {weeks}"


def _weeks(weeks: Weeks) -> str:
    return f"{weeks.size} weeks ({run_of_days(weeks[0])}), {weeks[0]} to {weeks[-1]}"


def _completeness(path: Path, reading: Reading, notes: list[str]) -> str:
    shares = ", ".join(f"{share:g}" for share in read_completeness(path, reading=reading, notes=notes))
    return f"the share of the last weeks that is reported, the newest first: {shares or 'all of it'}"


def _export(path: Path, reading: Reading, notes: list[str], *, layout: Layout) -> str:
    rows, first, last = summary_of(path, layout, reading=reading, notes=notes)
    return f"{rows:,} rows of events from {first} to {last}, to be counted by actor (`lull import`)"


def _weekly_sums(path: Path, reading: Reading, notes: list[str]) -> str:
    rows = read_sums(path, WEEKLY_LAYOUT, columns=PLACES, reading=reading)
    notes += rows.notes
    countries = len(rows.columns["COUNTRY"].cells)
    places = "one country" if countries == 1 else f"{countries} countries"
    weeks = _weeks(weeks_between(rows.first.min(), rows.first.max()))
    events = f"{int(np.nansum(rows.total)):,} events in {rows.total.size:,} rows"
    return f"weekly sums of ACLED: {events} of {places} over {weeks} (`lull import acled-weekly`)"


def _table(path: Path, reading: Reading, notes: list[str]) -> str:
    """Return what a table of columns that name no kind holds: it needs two columns and a row."""
    table = read_any_table(path, required=(), optional=None, reading=reading)
    notes += table.notes
    if not any(all(map(DATED.search, cells)) for name in table.columns if (cells := table.column(name)[:LOOKED_AT])):
        expected = "a table with a column of days, weeks, months or years"
        raise InputError(Problem(path.name, expected, f"the columns {', '.join(table.columns)}", "See docs/data.md."))
    return f"{len(table.rows):,} rows under {', '.join(table.columns)}: to be imported as events or as sums"


def described(kind: Kind, path: Path, reading: Reading = USUAL) -> tuple[str, tuple[str, ...]]:
    """Return what a file holds, and what was assumed to read it. Raises `InputError` with every problem found."""
    notes: list[str] = []
    return CONTENTS[kind](path, reading, notes), tuple(notes)


CONTENTS: dict[Kind, Callable[[Path, Reading, list[str]], str]] = {
    "reports": _reports,
    "events": _events,
    "counts": _counts,
    "covariates": _covariates,
    "completeness": _completeness,
    "acled": partial(_export, layout=ACLED),
    "ucdp": partial(_export, layout=UCDP),
    "list": partial(_export, layout=LIST),
    "acled-weekly": _weekly_sums,
    "table": _table,
}
"""What a file of each kind that a fit is made from holds; raises `InputError` with every problem found.

The list takes what was assumed to read it.
"""
