"""Origins of a backtest at recorded events: the days of one kind and type, or of one way in which ceasefires ended."""

from collections.abc import Iterable
from datetime import date

from lull.data.event_kinds import ENDS, KINDS, TYPES
from lull.data.events import Event
from lull.data.schema import InputError, Problem, near

END = "end"  # `end:ran_out` and the like
OPTION = "--origins-at"


def event_days(events: Iterable[Event], what: str) -> tuple[tuple[str, date], ...]:
    """Return series and day of each event that `KIND`, `KIND:TYPE` or `end:HOW` names, own acts left out.

    Raises `InputError` for a kind, a type or an end that does not exist, and where no event of a series is one.
    """
    kind, _, type_ = what.partition(":")
    known = (*KINDS, END)
    if kind not in known:
        raise InputError(Problem(OPTION, "KIND, KIND:TYPE or end:HOW", repr(what), near(kind, known)))
    types = ENDS if kind == END else TYPES.get(kind, ())
    if type_ not in (*types, "") or (kind == END and not type_):
        raise InputError(Problem(OPTION, f"a type of {kind}", repr(what), near(type_, types) if types else ""))
    found = [(event.series, day) for event in events if event.series and (day := _day(event, kind, type_))]
    if not found:
        raise InputError(Problem("--events", f"an event of a series that is {what}", "none"))
    return tuple(sorted(set(found)))


def _day(event: Event, kind: str, type_: str) -> date | None:
    """Return the day of an event if it is one of a kind and type, None if it is not."""
    if event.endogenous:
        return None
    if kind == END:
        return event.end_date if event.end == type_ and event.kind in {"ceasefire", "declared_halt"} else None
    return event.date if event.kind == kind and type_ in {"", event.type} else None
