"""The days of the rows of an export: when each event may have happened, and when it was coded."""

from datetime import datetime, time

import numpy as np
from numpy.typing import NDArray

from lull.data.calendar import today
from lull.data.importers.export import NEVER, Days, Export
from lull.data.importers.layouts import Layout, precision_of, window_of
from lull.data.readers.cells import parse_whole
from lull.data.schema import Problem


def checked_days(
    export: Export, layout: Layout, *, numbers: str = ""
) -> tuple[Days, Days, NDArray[np.datetime64] | None]:
    """Return the first and the last day of each event and the second at which it was coded (None: not said).

    All problems are raised at once; rows that are set aside are no more among those of the export. A day after today
    is a problem: one mistyped year would stretch the weeks covered by decades.
    """
    first, last = _windows(export, layout)
    export.ids(layout.event_id)
    if numbers:
        export.parse(numbers, parse_whole, wrong=0)
    known = _coded(export, layout)
    _refuse_future(export, first, layout.first_day)
    good = export.settle()
    return first[good], last[good], None if known is None else known[good]


def _windows(export: Export, layout: Layout) -> tuple[Days, Days]:
    """Return the first and the last day that each event may have happened."""
    names = [layout.first_day, *([layout.last_day] if layout.last_day else [])]
    (first, until), *ends = export.windows(*names)
    if ends:
        last = ends[0][1]
        before = np.flatnonzero(last < first)
        expected = f"a day from {layout.first_day} on"
        export.note(before, layout.last_day, Problem("", expected, "an earlier day", "Exchange the two days?"))
        return first, last
    if not layout.precision or layout.precision not in export.columns:
        return first, until
    precision = np.array(export.parse(layout.precision, precision_of, wrong=1))
    precision = precision[export.column(layout.precision).codes]
    pairs, place = np.unique(np.stack([first.astype(np.int64), precision]), axis=1, return_inverse=True)
    windows = [window_of(np.datetime64(int(day), "D").item(), int(level)) for day, level in pairs.T]
    bounds = np.array(windows, dtype="datetime64[D]")[place.ravel()]
    return bounds[:, 0], np.maximum(bounds[:, 1], until)


def _coded(export: Export, layout: Layout) -> NDArray[np.datetime64] | None:
    """Return the second at which each row was coded; None if the file does not say."""
    if not layout.known or layout.known not in export.columns:
        return None
    form = export.form(layout.known)
    moments = export.parse(layout.known, form.moment, wrong=datetime.combine(NEVER, time()))
    return np.array(moments, dtype="datetime64[s]")[export.column(layout.known).codes]


def _refuse_future(export: Export, first: Days, name: str) -> None:
    """Note the rows whose first day lies after today."""
    now = today()
    for day in np.unique(first[first > np.datetime64(now)]):
        remedy = "Correct it, or leave such rows out with --set-aside N."
        problem = Problem("", f"a day up to today, {now}", f"{day}, a day in the future", remedy)
        export.note(np.flatnonzero(first == day), name, problem)
