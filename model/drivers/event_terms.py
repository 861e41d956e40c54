"""Recorded events of one series as weekly terms: in force since so many weeks, or so many weeks after an end.

A term is a kind and type of event with a span of weeks after its start (of a state: while it is in force) or after its
end. The weeks before an event and the week of its declaration are terms of their own, so that the escalation before is
not billed to what followed. A state whose last day is not known is in force with the share of the known durations of
its kind that were longer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from lull.data.arrays import Array
from lull.data.calendar import Weeks
from lull.data.event_kinds import LASTING
from lull.data.events import Event
from lull.data.learned.effects import ENDING

LEADS = (-8, -1)  # weeks before
DECLARED = (0, 0)  # the week of the declaration
FEWEST_KNOWN = 10  # known durations from which a kind has a survival of its own
HELD_FULL = frozenset({"written", "definitive", "verbal", ""})  # types of a full ceasefire of the actor's own

SIGNED = frozenset({"full", "partial"})
REMOVED = frozenset({"killed", "captured", ""})

type Span = tuple[int, int]


@dataclass(frozen=True)
class Term:
    """A column of the weekly design: events of a kind and type, in a span of weeks counted from start or end."""

    kind: str
    type: str
    weeks: Span


@dataclass(frozen=True)
class Durations:
    """Known durations by kind, in weeks: what the unknown ones are integrated over."""

    by_kind: Mapping[str, Array]
    all: Array

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        """Return the durations of the states whose last day is known."""
        found: dict[str, list[float]] = {}
        for event in events:
            if event.kind in LASTING and event.end_date is not None:
                found.setdefault(family(event), []).append((event.end_date - event.date).days / 7)
        everything = [weeks for each in found.values() for weeks in each]
        return cls({name: np.array(each) for name, each in found.items()}, np.array(everything or [0.0]))

    def survival(self, event: Event, ages: Array) -> Array:
        """Return the share of known durations longer than some ages in weeks, dims of `ages`."""
        known = self.by_kind.get(family(event), self.all)
        known = known if known.size >= FEWEST_KNOWN else self.all
        return np.asarray((known[None, :] > ages[:, None]).mean(axis=1))


def family(event: Event) -> str:
    """Return the kind of a state as its durations are pooled: full ceasefires are one."""
    if event.kind == "ceasefire":
        return "full" if event.type in HELD_FULL else event.type
    return event.kind


def terms_of(events: Iterable[Event], spans: Sequence[Span], *, coarse: bool) -> tuple[Term, ...]:
    """Return the terms that events give rise to; `coarse`: full ceasefires of every type are one."""
    events = tuple(event for event in events if not event.endogenous)
    starts = {(event.kind, _type(event, coarse=coarse)) for event in events}
    ends = {(ENDING, how) for event in events if (how := event.ending)}
    rows = [Term(*key, weeks) for key in sorted(starts) for weeks in (LEADS, DECLARED, *spans)]
    return (*rows, *(Term(*key, weeks) for key in sorted(ends) for weeks in (DECLARED, *spans)))


def design(events: Iterable[Event], terms: Sequence[Term], weeks: Weeks, known: Durations, *, coarse: bool) -> Array:
    """Return the terms by week, (week, term): 0 to 1, for several events at once the largest."""
    values = np.zeros((weeks.size, len(terms)))
    places: dict[tuple[str, str], list[tuple[int, Span]]] = {}
    for place, term in enumerate(terms):
        places.setdefault((term.kind, term.type), []).append((place, term.weeks))
    for event in (each for each in events if not each.endogenous):
        age = _ages(weeks, np.datetime64(event.date, "D"))
        held = _held(event, age, known)
        for place, span in places.get((event.kind, _type(event, coarse=coarse)), ()):
            within = (age >= span[0]) & (age <= span[1])
            values[:, place] = np.maximum(values[:, place], within * (held if span[0] > 0 else 1.0))
        if how := event.ending:
            since = _ages(weeks, np.datetime64(event.end_date, "D"))
            for place, span in places.get((ENDING, how), ()):
                values[:, place] = np.maximum(values[:, place], (since >= span[0]) & (since <= span[1]))
    return values


def _type(event: Event, *, coarse: bool) -> str:
    whole = {"ceasefire": HELD_FULL, "agreement": SIGNED, "leader_removed": REMOVED}.get(event.kind, frozenset())
    return "" if coarse and event.type in whole else event.type


def _ages(weeks: Weeks, day: np.datetime64) -> Array:
    """Return how many weeks after that of a day each week begins, (week,)."""
    return np.asarray(np.floor((weeks - day).astype(np.int64) / 7) + 1)


def _held(event: Event, age: Array, known: Durations) -> Array:
    """Return the chance that a state is in force in each week, 1 for what is no state, (week,)."""
    if event.kind not in LASTING:
        return np.ones(age.size)
    if event.end_date is not None:
        return np.asarray((age <= np.floor((event.end_date - event.date).days / 7)).astype(float))
    if event.end == "unknown":
        return known.survival(event, np.maximum(age, 0.0))
    return np.ones(age.size)
