"""What each prior adds at a case: the regressions' table, the populations learned inside, beliefs by hand, and none.

All are of other folds of actors than the one that is forecast. A push is the change from the week before the event.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from inside.courses import COLUMNS, ENDS, FADES, FLOORS, LEARNED, STATES, columns_of
from inside.population import Population
from inside.trials import Case

from lull.data.arrays import Array
from lull.data.calendar import Weeks
from lull.data.events import Event, known_at
from lull.data.learned.effects import AFTER_END, ENDING, MECHANISMS, WHOLE, Effects
from lull.evaluation.driver_trials import BY_HAND, HORIZON
from lull.model.drivers.effects_estimate import FINE_SPANS
from lull.model.drivers.event_terms import Durations, Span, Term, design


def row_of(name: str) -> tuple[str, str, Span]:
    """Return the kind, type and weeks of the regressions' row for a column."""
    if name in ENDS:
        return ENDING, name, AFTER_END
    kind, type_ = STATES[name][0]
    return kind, "" if name == "agreement" else type_, WHOLE


def moments(table: Effects, name: str, span: Span) -> tuple[Array, Array]:
    """Return mean and sd of the regressions' effect of a column for an actor never seen, (mechanism,)."""
    kind, type_, _ = row_of(name)
    found = [table.of(kind, type_, mechanism, span) for mechanism in MECHANISMS]
    return np.array([one.mean if one else 0.0 for one in found]), np.array([one.sd if one else 0.0 for one in found])


@dataclass(frozen=True)
class Others:
    """What the other folds of actors taught: the table of the regressions, and the populations learned inside."""

    table: Effects
    flat: Population
    fading: Population


def pushes_of(
    case: Case, events: Sequence[Event], weeks: Weeks, known: Durations, taught: Others, *, draws: int
) -> dict[str, Array]:
    """Return what each prior adds in the weeks ahead, (draw, mechanism, week)."""
    day = case.event.end_date if case.kind == ENDING else case.event.date
    assert day is not None
    seen, ahead = known_at(events, day), weeks[case.week - 1 : case.week + HORIZON]
    rng = np.random.default_rng([case.actor, case.week])
    change = np.diff(columns_of(seen, ahead, known), axis=1).cumsum(axis=1)
    of = {name: change[COLUMNS.index(name)] for name in LEARNED}
    noise = rng.standard_normal((draws, len(MECHANISMS), len(LEARNED)))
    found = {"none": np.zeros((draws, len(MECHANISMS), HORIZON))}
    found["hand"] = _added({name: (*np.array(list(BY_HAND.values())).T, of[name]) for name in FLOORS}, noise)
    whole = {name: (*moments(taught.table, name, row_of(name)[2]), of[name]) for name in (*FLOORS, *ENDS)}
    found["regressions"] = _added(whole, noise)
    found["regressions in spans"] = _in_spans(seen, ahead, known, taught.table, whole=whole, noise=noise)
    places = [COLUMNS.index(name) for name in LEARNED]
    for name, population in (("inside", taught.flat), ("inside, fading", taught.fading)):
        effects = population.of_new_actor(rng, draws)[..., places]
        if name == "inside":
            effects[..., [LEARNED.index(each) for each in FADES]] = 0.0
        found[name] = np.einsum("dmk,kh->dmh", effects, change[places])
    return found


type Believed = tuple[Array, Array, Array]  # mean and sd by mechanism, and the column by week


def _added(believed: Mapping[str, Believed], noise: Array) -> Array:
    """Return the sum of drawn effects times their columns, (draw, mechanism, week)."""
    total = np.zeros((*noise.shape[:2], HORIZON))
    for name, (mean, sd, column) in believed.items():
        drawn = mean + sd * noise[..., LEARNED.index(name)]
        total += drawn[..., None] * column
    return total


def _in_spans(
    events: Sequence[Event],
    weeks: Weeks,
    known: Durations,
    table: Effects,
    *,
    whole: Mapping[str, Believed],
    noise: Array,
) -> Array:
    """Return the same by the regressions' spans of weeks: 1-4, 5-13, 14-26, 27-52 while in force."""
    total = _added({name: each for name, each in whole.items() if name in ENDS}, noise)
    for name, keys in STATES.items():
        for span in FINE_SPANS:
            terms = [Term(*key, span) for key in keys]
            column = np.diff(design(events, terms, weeks, known, coarse=False).max(axis=1)).cumsum()
            total += _added({name: (*moments(table, name, span), column)}, noise)
    return total


def table_rows(table: Effects, flat: Population, fading: Population) -> Iterator[dict[str, object]]:
    """Yield the regressions' figures and those learned inside, by column and mechanism."""
    for name in (*FLOORS, *ENDS):
        kind, type_, span = row_of(name)
        for place, mechanism in enumerate(MECHANISMS):
            row = table.of(kind, type_, mechanism, span)
            figures: dict[str, object] = {"column": name, "mechanism": mechanism}
            if row is not None:
                figures["regressions"] = [row.mean, row.se, row.spread, row.actors]
            figures["inside"] = _figures(flat, place, name)
            if name in FLOORS:
                figures["floor"] = _figures(fading, place, name)
                figures["fading"] = _figures(fading, place, FADES[FLOORS.index(name)])
            yield figures


def _figures(population: Population, mechanism: int, name: str) -> list[float]:
    """Return mean, its standard error, spread, and how many actors inform it."""
    column = COLUMNS.index(name)
    mean, spread = population.mean[:, mechanism, column], population.spread[:, mechanism, column]
    exact = (mean.mean(), mean.std(), (spread**2).mean() ** 0.5)
    return [*(round(float(each), 3) for each in exact), int(population.informing[mechanism, column])]
