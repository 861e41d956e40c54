"""A scenario with something that may or may not happen, given that it does: its chance is then not diluted.

What comes with a chance in every week may stay away. An answer under such a scenario is an average over both; the
answer given that it happens is that of the same scenario with the day drawn among those up to the day asked about.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from lull.scenarios.language.spec import Branch, Intervention, Scenario
from lull.scenarios.language.uncertain import Hazard, Weighted

GIVEN = "given"  # ends the id of such a scenario


@dataclass(frozen=True)
class Given:
    """A scenario in which what may happen has happened by a day, and the chance of that (None: of several things)."""

    scenario: Scenario
    chance: float | None


def given_it_happens(scenario: Scenario, *, first: date, by: date) -> Given | None:
    """Return a scenario given that all that comes with a chance each week has come by a day, from `first` on.

    None where nothing does, or where it cannot have come by then.
    """
    found = set(_hazards(scenario.interventions, scenario.branches))
    days = {each: _days(each, first, by) for each in found}
    if not days or not all(days.values()):
        return None
    change = {each: _drawn(each, some) for each, some in days.items()}
    update = {
        "id": f"{scenario.id}-{GIVEN}",
        "interventions": tuple(_changed(each, change) for each in scenario.interventions),
        "branches": tuple(_branch(each, change) for each in scenario.branches),
    }
    chance = None
    if len(days) == 1:
        ((hazard, some),) = days.items()
        chance = 1.0 - (1.0 - hazard.hazard) ** (len(some) / 7.0)
    return Given(scenario.model_copy(update=update), chance)


def _hazards(interventions: Iterable[Intervention], branches: Iterable[Branch]) -> Iterable[Hazard]:
    """Yield the dates that come with a chance each week."""
    for each in interventions:
        yield from (value for _, value in each if isinstance(value, Hazard))
    for branch in branches:
        yield from _hazards(branch.interventions, branch.branches)


def _days(hazard: Hazard, first: date, by: date) -> list[date]:
    """Return the days on which it may come."""
    start, last = max(hazard.since or first, first), min(hazard.until or by, by)
    return [start + timedelta(days=day) for day in range((last - start).days + 1)]


def _drawn(hazard: Hazard, days: list[date]) -> Weighted:
    """Return the date given that it is one of some days: a day weighs as it does in the waiting time."""
    weights = ((1.0 - hazard.hazard) ** (place / 7.0) for place in range(len(days)))
    return Weighted(weighted=tuple(zip(days, weights, strict=True)), name=hazard.name)


def _changed(intervention: Intervention, change: dict[Hazard, Weighted]) -> Intervention:
    dates = {name: change[value] for name, value in intervention if isinstance(value, Hazard)}
    return intervention.model_copy(update=dates) if dates else intervention


def _branch(branch: Branch, change: dict[Hazard, Weighted]) -> Branch:
    update = {
        "interventions": tuple(_changed(each, change) for each in branch.interventions),
        "branches": tuple(_branch(each, change) for each in branch.branches),
    }
    return branch.model_copy(update=update)
