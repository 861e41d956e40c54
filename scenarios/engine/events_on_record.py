"""The events on record that a scenario takes away: which are meant, and on which days they bear.

Days are counted from the first day of horizon 1, as in `scenarios/engine/interventions.py`. A day on which two lasting
events of the same parties are in force is one day: it is lost only when both are taken away.
"""

from collections.abc import Iterable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from lull.data.event_kinds import STATES
from lull.data.events import Event
from lull.data.schema import InputError, Problem, near
from lull.model.forward.simulate import OriginState
from lull.scenarios.language.spec import Removal


def on_record(removal: Removal, state: OriginState) -> tuple[Event, ...]:
    """Return the events that a removal names. Raises `InputError` if there are none, or none after the origin."""
    if not state.events:
        remedy = "`lull scenario hindcast` looks back; only there an event can be removed."
        raise InputError(Problem("event", "the events on record", "none at hand", remedy))
    named = tuple(event for event in state.events if _is_named(event, removal))
    if not named and removal.event is not None:
        remedy = near(removal.event, [event.event_id for event in state.events])
        raise InputError(Problem("event", "an event on record", repr(removal.event), remedy))
    if not named:
        raise InputError(Problem("date", f"an event of {removal.dimension} on record", f"none on {removal.date}"))
    if early := [event for event in named if days_of(event, state)[0] < 0]:
        found = f"{early[0].event_id} of {early[0].date}"
        remedy = "Begin before it: --from an earlier week."
        raise InputError(Problem("event", f"an event on {state.weeks[0]} or later", found, remedy))
    return named


def days_of(event: Event, state: OriginState) -> tuple[int, int]:
    """Return the first and the last day of an event."""
    last = 7 * state.horizon - 1 if event.is_open else _day(event.end_date or event.date, state)
    return _day(event.date, state), last


def days_alone(event: Event, others: Iterable[Event], state: OriginState) -> NDArray[np.bool_]:
    """Return on which days ahead a state is in force, and none of the others of its kind and parties, (series|1, day).

    A row for each series where events bear on single ones, else one row of all.
    """
    same = [each for each in others if (each.dimension, each.parties) == (event.dimension, event.parties)]
    apart = any(each.series for each in same)
    days = np.array([_in_force(event, state)] * (len(state.series) if apart else 1))
    for other in same:
        meant = [not apart or other.series in {"", name} for name in state.series][: len(days)]
        days[meant] &= ~_in_force(other, state)
    return days


def those_of(event: Event, removal: Removal) -> tuple[str, ...]:
    """Return the series in which an event is taken away, none named: all. Raises `InputError` if it bears on none."""
    if not event.series:
        return removal.series
    if removal.series and event.series not in removal.series:
        found = ", ".join(removal.series)
        raise InputError(Problem("series", f"{event.series}, which event {event.event_id} bears on", found))
    return (event.series,)


def _in_force(event: Event, state: OriginState) -> NDArray[np.bool_]:
    days = np.zeros(7 * state.horizon, dtype=bool)
    if event.dimension in STATES:
        first, last = days_of(event, state)
        days[max(first, 0) : max(last + 1, 0)] = True
    return days


def _day(day: date, state: OriginState) -> int:
    return int((np.datetime64(day, "D") - state.weeks[0]).astype(np.int64))


def _is_named(event: Event, removal: Removal) -> bool:
    """Return whether a removal means an event: by its id, or by a dimension and a day on which it is."""
    if removal.event is not None:
        return event.event_id == removal.event
    assert removal.date is not None
    return event.dimension == removal.dimension and event.date <= removal.date <= (event.end_date or event.date)
