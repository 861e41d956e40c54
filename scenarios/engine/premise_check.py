"""Premises held against newer data: open, confirmed or overtaken, with the observation that did it."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from lull.data.calendar import Week, week_end, week_of
from lull.data.counts import WeeklyCounts
from lull.data.event_kinds import OLDER_NAMES
from lull.data.events import Event
from lull.scenarios.language.premise import CountSeen, EventSeen, Observation, Premise, StateSeen

type Status = Literal["open", "confirmed", "overtaken"]


@dataclass(frozen=True)
class Verdict:
    """What has become of a premise: `day` is when it was settled, `observation` says by what.

    `by_counts`: attacks settled it, so the weeks up to that day have chosen the scenario and cannot score it.
    """

    status: Status
    day: date | None = None
    observation: str = ""
    by_counts: bool = False


@dataclass(frozen=True)
class NewerData:
    """What is known now: events and counts up to the evening of `as_of`, of a forecast made at `origin`.

    None where no such data are given: they settle nothing, while events without a ceasefire say that there is none.
    """

    events: tuple[Event, ...] | None
    counts: WeeklyCounts | None
    origin: Week
    as_of: date


def judge(premise: Premise, newer: NewerData) -> Verdict:
    """Return the verdict on a premise: the earliest observation that settles it decides, the worse one on a tie."""
    settled: list[tuple[date, Status, str, bool]] = []
    sides: tuple[tuple[Status, tuple[Observation, ...]], ...] = (
        ("overtaken", premise.overtaken_by),
        ("confirmed", premise.confirmed_by),
    )
    for status, observations in sides:
        found = [(seen, isinstance(one, CountSeen)) for one in observations if (seen := _seen(one, newer))]
        settled += [(day, status, words, by_counts) for (day, words), by_counts in found]
    if not settled:
        return Verdict("open")
    day, status, words, by_counts = min(settled, key=lambda each: (each[0], each[1] != "overtaken"))
    return Verdict(status, day, words, by_counts)


def _seen(observation: Observation, newer: NewerData) -> tuple[date, str] | None:
    """Return the day on which an observation was made and what it was, None if it was not."""
    match observation:
        case EventSeen():
            return _event(observation, newer)
        case CountSeen():
            return _count(observation, newer)
        case StateSeen():
            return _state(observation, newer)


def _event(marks: EventSeen, newer: NewerData) -> tuple[date, str] | None:
    first = marks.since or week_end(newer.origin)
    found = [
        event
        for event in newer.events or ()
        if first <= event.date <= min(marks.until or newer.as_of, newer.as_of)
        and (marks.since is not None or event.date > first)
        and marks.dimension in (None, event.dimension)
        and event.salience >= marks.salience
        and all(
            wanted.casefold() in text.casefold()
            for wanted, text in (
                (OLDER_NAMES.get(marks.kind, marks.kind), event.kind),
                (marks.actor, event.actor),
                (marks.target, event.target),
            )
        )
    ]
    if not found:
        return None
    event = min(found, key=lambda each: (each.date, each.event_id))
    return event.date, f"event {event.event_id}: {event.kind}, {event.actor}, {event.date}"


def _count(bound: CountSeen, newer: NewerData) -> tuple[date, str] | None:
    """Return when a count passed its bound: at least, in the week that did; at most, when its weeks were over."""
    if newer.counts is None or bound.series not in newer.counts.series:
        return None
    place = newer.counts.series.index(bound.series)
    weeks = newer.counts.weeks
    first = week_of(bound.since, weeks[0]) if bound.since else newer.origin + np.timedelta64(7, "D")
    wanted = (weeks >= first) & (weeks <= week_of(min(bound.until, newer.as_of), weeks[0]))
    known = newer.counts.array.to_numpy()[:, place, wanted].mean(axis=0)
    total = np.cumsum(np.nan_to_num(known))
    if bound.at_least is not None:
        passed = np.flatnonzero(total >= bound.at_least)
        if not passed.size:
            return None
        week = weeks[wanted][passed[0]]
        return week_end(week), f"{total[passed[0]]:g} attacks of {bound.series} by {week_end(week)}"
    whole = weeks[-1] >= week_of(bound.until, weeks[0]) and not np.isnan(known).any()
    if not whole or not total.size or bound.at_most is None or total[-1] > bound.at_most:
        return None
    return bound.until, f"{total[-1]:g} attacks of {bound.series} up to {bound.until}"


def _state(state: StateSeen, newer: NewerData) -> tuple[date, str] | None:
    if newer.events is None or state.on > newer.as_of:
        return None
    in_force = any(_covers(event, state.on) for event in newer.events if event.dimension == "ceasefire")
    if in_force != state.in_force:
        return None
    return state.on, f"{'a' if in_force else 'no'} ceasefire in force on {state.on}"


def _covers(event: Event, day: date) -> bool:
    return event.date <= day <= (event.end_date or event.date)
