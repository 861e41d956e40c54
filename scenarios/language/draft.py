"""A scenario in the making: taken apart into controls and put together again, without losing what no control shows.

A *slot* is a control that holds at most one intervention: the ceasefire, each covariate, intensity, the two hazards,
reporting. Only what a control can show in full stands in a slot: every series, certain dates, certain sizes. *Possible
events* are those with a chance of happening: one below 1 is a fork on top of the tree. All else is kept as it is and
described in words. The words of a changed scenario are made from its interventions, so both always say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lull.scenarios.language import spec
from lull.scenarios.language.description import in_words
from lull.scenarios.language.spec import Branch, Event, Intervention, Scenario, baseline
from lull.scenarios.language.uncertain import Exactly, Hazard, On, Uniform, WeeksAhead

DRAFT = "your-scenario"
CHANGED = ", changed"
COMES, STAYS = "comes", "stays-away"
MOST_FORKS = 3  # each doubles the ways through the tree
CEASEFIRE, REPORTING = "ceasefire", "reporting"
SCALES = ("intensity", "halt_hazard", "resumption_hazard")


@dataclass(frozen=True)
class PossibleEvent:
    """An event that happens with a chance; 1 is certain."""

    event: Event
    chance: float = 1.0


def slot_of(intervention: Intervention) -> str | None:
    """Return the control that shows an intervention in full, None if none does."""
    if intervention.series or not _certain(intervention):
        return None
    match intervention:
        case spec.Ceasefire(state=state, action=action):
            new, plain = action == "start" and state.startswith(CEASEFIRE), state == CEASEFIRE
            return CEASEFIRE if new or (plain and intervention.until is None) else None
        case spec.Covariate():
            bounded = intervention.start is not None or intervention.until is not None
            return None if bounded and intervention.action != "ramp" else intervention.covariate
        case spec.Scale(start=None, until=None):
            return intervention.kind
        case spec.Reporting(start=None, until=None):
            return REPORTING
    return None


def in_slot(scenario: Scenario, slot: str) -> Any:
    """Return the intervention that a control shows, None if it is at rest."""
    return next((each for each in scenario.interventions if slot_of(each) == slot), None)


def with_slot(scenario: Scenario, slot: str, intervention: Intervention | None) -> Scenario:
    """Return the scenario with a control moved, None: put at rest."""
    kept = tuple(each for each in scenario.interventions if slot_of(each) != slot)
    return changed(scenario, interventions=kept if intervention is None else (*kept, intervention))


def others(scenario: Scenario) -> tuple[Intervention, ...]:
    """Return the interventions that hold in every branch and that no control shows."""
    return tuple(each for each in scenario.interventions if slot_of(each) is None and not _plain_event(each))


def without(scenario: Scenario, intervention: Intervention) -> Scenario:
    """Return the scenario without one of its interventions."""
    return changed(scenario, interventions=tuple(each for each in scenario.interventions if each != intervention))


def possible_events(scenario: Scenario) -> tuple[PossibleEvent, ...]:
    """Return the events that a control shows: the certain ones, then those with a chance."""
    plain = [each for each in scenario.interventions if isinstance(each, Event) and _plain_event(each)]
    return tuple(map(PossibleEvent, plain)) + _peeled(scenario.branches)[0]


def own_branches(scenario: Scenario) -> tuple[Branch, ...]:
    """Return the branches that are not those of possible events."""
    return _peeled(scenario.branches)[1]


def with_events(scenario: Scenario, events: Sequence[PossibleEvent]) -> Scenario:
    """Return the scenario with these possible events in place of its own; at most `MOST_FORKS` of them uncertain."""
    kept = tuple(each for each in scenario.interventions if not _plain_event(each))
    certain = tuple(each.event for each in events if each.chance >= 1)
    forks = [each for each in events if 0 < each.chance < 1][:MOST_FORKS]
    branches = own_branches(scenario)
    for place, each in reversed(list(enumerate(forks, start=1))):
        branches = _fork(place, each, branches)
    return changed(scenario, interventions=(*kept, *certain), branches=branches)


def changed(scenario: Scenario, **parts: Any) -> Scenario:
    """Return a scenario with other interventions or branches: the reader's own, described in words made from them."""
    update = scenario.model_copy(update=parts)
    if not (update.interventions or update.branches):
        return baseline()
    title = {baseline().title: "Your scenario"}.get(scenario.title, scenario.title)
    if scenario.id not in (DRAFT, baseline().id):
        title = f"{title.removesuffix(CHANGED)}{CHANGED}"
    return Scenario(
        id=DRAFT,
        title=title,
        assumptions=assumptions_of(update),
        interventions=update.interventions,
        branches=update.branches,
    )


def assumptions_of(scenario: Scenario) -> str:
    """Return in words what a scenario assumes, made from its interventions."""
    parts = ["As scheduled, except for the following.", *map(in_words, scenario.interventions)]
    events, rest = _peeled(scenario.branches)
    parts += [f"With a chance of {each.chance:.0%}: {in_words(each.event)}".replace("%", " %") for each in events]
    for branch in rest:
        words = " ".join([f"{branch.title}."] + [in_words(each) for each in branch.interventions])
        parts.append(f"With a chance of {branch.probability:.0%}: {words}".replace("%", " %"))
    return " ".join(parts)


def event_name(event: Event) -> str:
    """Return what an event is called: by its own name, else by its kind and day."""
    if event.name:
        return event.name
    match event.date:
        case On():
            return f"{event.dimension} on {event.date.on:%-d %B %Y}"
        case Uniform(uniform=(first, last)):
            return f"{event.dimension} from {first:%-d %B} to {last:%-d %B %Y}"
    return event.dimension


def _fork(place: int, each: PossibleEvent, branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
    """Return the fork between an event that comes and one that does not; then the branches, either way."""
    name = event_name(each.event)
    return (
        Branch(
            id=f"{COMES}-{place}", title=f"with {name}", probability=each.chance, interventions=(each.event,),
            branches=branches,
        ),
        Branch(id=f"{STAYS}-{place}", title=f"without {name}", probability=1.0 - each.chance, branches=branches),
    )  # fmt: skip


def _peeled(branches: tuple[Branch, ...]) -> tuple[tuple[PossibleEvent, ...], tuple[Branch, ...]]:
    """Return the possible events that fork the top of a tree, and the branches below them."""
    match branches:
        case (Branch(interventions=(spec.Event() as event,)) as comes, Branch(interventions=()) as stays) if (
            comes.id.startswith(COMES) and stays.id.startswith(STAYS) and comes.branches == stays.branches
        ):
            events, rest = _peeled(comes.branches)
            return (PossibleEvent(event, comes.probability), *events), rest
    return (), branches


def _plain_event(intervention: Intervention) -> bool:
    """Return whether a control shows an event in full."""
    if not isinstance(intervention, spec.Event) or intervention.series or intervention.until is not None:
        return False
    salience, when = intervention.salience, intervention.date
    shown = isinstance(when, On | WeeksAhead | Uniform) or (
        isinstance(when, Hazard) and when.since is when.until is None
    )
    return shown and isinstance(salience, Exactly) and salience.exactly.is_integer()


def _certain(intervention: Intervention) -> bool:
    """Return whether all dates and sizes of an intervention are known."""
    names = ("date", "start", "until", "salience", "value", "factor")
    parts = [getattr(intervention, name, None) for name in names]
    return all(isinstance(each, On | WeeksAhead | Exactly) for each in parts if each is not None)
