"""What is estimated inside the regime model: a floor in force and a part that fades, of each kind of recorded event.

A column is a value by week. The weeks before a declaration and its own week have columns of their own, so that the
escalation before is not billed to the event. With and without the parts that fade the layout is one, and so is the
compiled model: without them their columns are 0 in every week.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from lull.data.arrays import Array
from lull.data.calendar import WEEK, Weeks
from lull.data.events import Event
from lull.data.learned.effects import AFTER_END, ENDING, WHOLE
from lull.model.drivers.event_terms import DECLARED, LEADS, Durations, Term, design

type Key = tuple[str, str]

STATES: dict[str, tuple[Key, ...]] = {
    "written": (("ceasefire", "written"),),
    "definitive": (("ceasefire", "definitive"),),
    "verbal": (("ceasefire", "verbal"),),
    "agreement": (("agreement", "full"), ("agreement", "partial")),
    "declared_halt": (("declared_halt", ""),),
}
ENDS: dict[str, tuple[Key, ...]] = {name: ((ENDING, name),) for name in ("ran_out", "broken_off", "replaced")}
OTHERS: tuple[Key, ...] = (
    *(("ceasefire", name) for name in ("partial", "humanitarian", "holiday", "other_side")),
    ("agreement", "process"),
)
HALF_LIFE = 4.0  # weeks, of the part that fades
FADED = 26  # weeks after which nothing of it is left
FLOORS, FADES = tuple(STATES), tuple(f"{name}_fading" for name in STATES)
EVERY_STATE = tuple(key for keys in STATES.values() for key in keys)
COLUMNS = (*FLOORS, *FADES, *ENDS, "others", "before", "declared")
LEARNED = (*FLOORS, *FADES, *ENDS)  # of which there is a population
WEEKS = 256  # of a window: one length, one compiled model
LEAD_IN = 78  # weeks of a window before its first event
MOST_WINDOWS = 6  # of an actor
FEWEST_ACTIVE = 8  # weeks with an attack, below which a window teaches nothing


@dataclass(frozen=True)
class Window:
    """Up to 256 weeks of one actor: counts (week,), NaN before its record, and the columns (column, week)."""

    actor: int
    number: int
    first_week: np.datetime64
    counts: Array
    columns: Array

    def flat(self) -> Self:
        """Return the window without the parts that fade: one effect while a state is in force."""
        fading = np.isin(np.arange(len(COLUMNS)), [COLUMNS.index(name) for name in FADES])
        return replace(self, columns=np.where(fading[:, None], 0.0, self.columns))


def columns_of(events: Iterable[Event], weeks: Weeks, known: Durations) -> Array:
    """Return the columns by week, (column, week), 0 to 1; of several events at once the largest."""
    keys = tuple(dict.fromkeys((*EVERY_STATE, *OTHERS)))
    ages = tuple(range(1, FADED + 1))
    terms = [Term(*key, span) for key in keys for span in (WHOLE, LEADS, DECLARED, *((age, age) for age in ages))]
    terms += [Term(*key, AFTER_END) for each in ENDS.values() for key in each]
    values = dict(zip(terms, design(events, terms, weeks, known, coarse=False).T, strict=True))

    def of(some: Sequence[Key], *span: int) -> Array:
        return np.asarray(np.max([values[Term(*key, (span[0], span[-1]))] for key in some], axis=0))

    floors = [of(each, *WHOLE) for each in STATES.values()]
    fades = [
        np.max([2.0 ** (-(age - 1) / HALF_LIFE) * of(each, age) for age in ages], axis=0) for each in STATES.values()
    ]
    ends = [of(each, *AFTER_END) for each in ENDS.values()]
    apart = [of(OTHERS, *WHOLE), of(EVERY_STATE, *LEADS), of(EVERY_STATE, *DECLARED)]
    return np.array([*floors, *fades, *ends, *apart])


def windows_of(actor: int, record: Array, weeks: Weeks, events: Sequence[Event], known: Durations) -> Iterator[Window]:
    """Yield the windows of an actor around its events: from the first on, then from the first that is left."""
    columns = columns_of(events, weeks, known)
    pushed = np.flatnonzero(columns[: len(LEARNED)].any(axis=0))
    reached = 0
    for number in range(MOST_WINDOWS):
        left = pushed[pushed >= reached]
        if not left.size:
            return
        end = min(max(int(left[0]) - LEAD_IN, reached) + WEEKS, record.size)
        start, reached = max(end - WEEKS, reached), end
        if (record[start:end] > 0).sum() >= FEWEST_ACTIVE:
            missing = WEEKS - (end - start)
            yield Window(
                actor,
                number,
                weeks[start] - missing * WEEK,
                np.pad(record[start:end], (missing, 0), constant_values=np.nan),
                np.pad(columns[:, start:end], ((0, 0), (missing, 0))),
            )
