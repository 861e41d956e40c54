"""Interventions that cannot both be meant, found before anything is simulated.

Two of them conflict if they say different things of the same quantity, on a series that both concern, in the same week
of any draw.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lull.data.schema import InputError, Problem
from lull.scenarios.engine.events_on_record import on_record
from lull.scenarios.engine.interventions import Pushing
from lull.scenarios.engine.uncertain_draws import NEVER
from lull.scenarios.language import spec

type Days = NDArray[np.int64]
type Span = tuple[Days, Days]


def find_conflicts(leaf: spec.Scenario, pushing: Pushing) -> list[tuple[int, int, Problem]]:
    """Return the contradictions of a scenario without branches: which two interventions, and why not both."""
    pairs = list(combinations(enumerate(leaf.interventions), 2))
    try:
        found = [
            (at, place, _conflict(one, other, pushing))
            for (at, one), (place, other) in pairs
            if _share_series(one, other)
        ]
    except InputError:  # a date that is none here, which is reported when its intervention is added
        return []
    return [(at, place, problem) for at, place, problem in found if problem is not None]


def _share_series(one: spec.Window, other: spec.Window) -> bool:
    return not one.series or not other.series or bool(set(one.series) & set(other.series))


def _conflict(one: spec.Intervention, other: spec.Intervention, pushing: Pushing) -> Problem | None:
    """Return why two interventions on the same series cannot both be meant, or None."""
    problem = None
    match one, other:
        case spec.Ceasefire(), spec.Ceasefire() if one.state == other.state:
            problem = _of_a_state(one, other, pushing)
        case spec.Regime(), spec.Regime() if one.regime != other.regime:
            problem = _overlap(one, other, pushing, f"{one.regime} and {other.regime} at once", "regime")
        case spec.Reporting(), spec.Reporting():
            problem = _overlap(one, other, pushing, "two shares at once", "reporting")
        case (spec.Covariate() as held, other) | (other, spec.Covariate() as held):
            problem = _of_a_covariate(held, other, pushing)
    return problem


def _of_a_covariate(held: spec.Covariate, other: spec.Intervention, pushing: Pushing) -> Problem | None:
    """Return what is wrong if something else sets a covariate that is held, scaled or ramped."""
    name, both = held.covariate, f"{held.action} and {getattr(other, 'action', other.kind)}"
    match other:
        case spec.Covariate() if other.covariate == name:
            return _overlap(held, other, pushing, f"{both} at once", name)
        case spec.Event() if other.dimension == name and held.action != "scale":
            return _overlap(held, other, pushing, f"an event while it is set by {held.action}", name)
        case spec.Ceasefire() if other.state == name:
            return Problem(name, "one way of setting it", both, "Keep one.")
        case spec.Removal() if name in {event.dimension for event in on_record(other, pushing.state)}:
            return Problem(name, "one way of setting it", both, "Keep one.")
    return None


def _of_a_state(one: spec.Ceasefire, other: spec.Ceasefire, pushing: Pushing) -> Problem | None:
    """Return what is wrong with two things that a lasting state is said to do."""
    actions = f"{one.action} and {other.action}"
    if (one.action == "start") == (other.action == "start"):
        return Problem(one.state, "at most one start and one end or extension", actions, "Keep one of the two.")
    start, stop = (one, other) if one.action == "start" else (other, one)
    if start.until is not None or stop.action == "extend":
        said = "start with until" if start.until is not None else "start"
        return Problem(one.state, "one way of ending it", f"{said}, and {stop.action}", "Keep one of the two.")
    if start.date is not None and stop.date is not None and (pushing.days(stop.date) <= pushing.days(start.date)).any():
        return Problem(
            one.state, "an end after its start", f"{stop.action} before the start", "Change one of the dates."
        )
    return None


def _overlap(
    one: spec.Intervention, other: spec.Intervention, pushing: Pushing, found: str, what: str
) -> Problem | None:
    """Return the problem of two interventions whose windows share a week in any draw, or None."""
    (first, last), (other_first, other_last) = _weeks(one, pushing), _weeks(other, pushing)
    shared = np.maximum(first, other_first) <= np.minimum(last, other_last)
    if not shared.any():
        return None
    return Problem(what, "one intervention at a time", found, "Let one end in a week before the other starts.")


def _weeks(intervention: spec.Intervention, pushing: Pushing) -> Span:
    """Return the first and last week that an intervention touches in each draw."""
    if isinstance(intervention, spec.Event):
        first = pushing.days(intervention.date)
        last = first if intervention.until is None else pushing.days(intervention.until)
    elif isinstance(intervention, spec.Lasting):
        first, last = pushing.window(intervention)
    else:
        first, last = np.zeros(1, dtype=np.int64), np.full(1, NEVER)
    return first // 7, last // 7
