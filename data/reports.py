"""Reports: one source saying how many attacks fell in one window.

A report is evidence, never a count: windows overlap, totals repeat earlier ones, and a day without a
report is missing, not zero. A record that exists is valid: its window is ordered,
and was over when it was published.
"""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self, cast, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from lull.data.readers.cells import Day, Filled, OptionalDay, Whole, one_of
from lull.data.readers.reading_options import USUAL, Reading
from lull.data.readers.records import read_records
from lull.data.schema import InputError, Problem

type RatePer = Literal["day", "week"]
Basis = Literal["day", "month", "window_end"]
Measure = Literal["claimed", "confirmed", "intercepted", "impacted"]
Qualifier = Literal["exact", "at_least", "at_most", "about"]

ALL_FRONTS = "all"  # the front of a report that adds up every front
COUNTED_NOTE = "Counted from events"  # begins the note of a report that `lull import` wrote
RATE_NOTE = re.compile(r"rate per (day|week)\b", re.IGNORECASE)


class Report(BaseModel):
    """One row of a reports file; columns and their meaning are in `docs/data.md`.

    `window_start` and `window_end` are both in the window. Of a rate the `count` is attacks per `rate_per`, which the
    first words of its note say; its window may be open: without a start it is of the weeks before `window_end`,
    without an end of no weeks that anybody names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    report_id: Filled
    source: Filled
    published: Day
    published_basis: Annotated[Basis, one_of(*get_args(Basis))]
    window_start: OptionalDay
    window_end: OptionalDay
    actor: Filled
    front: Filled
    measure: Annotated[Measure, one_of(*get_args(Measure))]
    count: Whole
    qualifier: Annotated[Qualifier, one_of(*get_args(Qualifier))]
    url: str = ""
    note: str = ""

    @property
    def is_rate(self) -> bool:
        """Whether `count` is a pace rather than a number of attacks in a window."""
        return self.rate_per is not None

    @property
    def rate_per(self) -> RatePer | None:
        """What a rate is counted per; None for a count."""
        unit = RATE_NOTE.match(self.note)
        return cast("RatePer", unit[1].lower()) if unit else None

    @model_validator(mode="after")
    def _window_is_ordered(self) -> Self:
        if problems := list(_window_problems(self)):
            raise InputError(problems)
        return self


def read_reports(path: Path | str, *, reading: Reading = USUAL, notes: list[str] | None = None) -> tuple[Report, ...]:
    """Return the reports of a file in the order of the file.

    Raises `InputError` with every problem found.
    """
    return read_records(path, Report, key="report_id", optional=("url", "note"), reading=reading, notes=notes)


def known_at(reports: Iterable[Report], as_of: date) -> tuple[Report, ...]:
    """Return the reports that were published by the evening of `as_of`."""
    return tuple(report for report in reports if report.published <= as_of)


def _window_problems(report: Report) -> Iterable[Problem]:
    start, end = report.window_start, report.window_end
    if end is None:
        if start is not None or not report.is_rate:
            remedy = "Only a rate has none: its note begins with 'RATE per week' or 'RATE per day'."
            remedy = "A window that goes on ends with the day of publication." if report.is_rate else remedy
            yield Problem("window_end", "the last day of the window", "an empty cell", remedy)
        return
    if start is None and not report.is_rate:
        yield Problem("window_start", "the first day of the window", "an empty cell", "A single day is start and end.")
    elif start is not None and end < start:
        yield Problem("window_end", f"a day from window_start {start} on", str(end), "Exchange the two days?")
    if report.published < end:
        remedy = "A count is not known before its window is over: end the window with the day of publication."
        yield Problem("published", f"a day from window_end {end} on", str(report.published), remedy)
