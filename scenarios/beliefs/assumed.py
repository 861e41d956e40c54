"""What scenarios assume, as a reader believes it: other chances of their branches, another salience of their events.

A fork is named by the ids of its branches: a belief about it holds wherever exactly these branches part, and stays
when the rest of the scenario is changed. A salience holds for every assumed event of its dimension.
"""

from typing import Any

from lull.scenarios.beliefs.reader_beliefs import Beliefs
from lull.scenarios.language.spec import Branch, Event, Intervention, Scenario
from lull.scenarios.language.uncertain import AnySize, Exactly


def as_believed(scenario: Scenario, beliefs: Beliefs) -> Scenario:
    """Return a scenario with the chances and saliences of a reader, which its words then say; else as it is."""
    if not (beliefs.forks or beliefs.salience):
        return scenario
    parts = _parts(scenario, beliefs)
    if all(getattr(scenario, name) == value for name, value in parts.items()):
        return scenario
    words = " ".join([scenario.assumptions, *_words(scenario, beliefs)])
    return scenario.model_copy(update=parts | {"assumptions": words})


def _parts(whole: Scenario | Branch, beliefs: Beliefs) -> dict[str, Any]:
    """Return interventions and branches as believed."""
    chances = beliefs.chances_of(each.id for each in whole.branches)
    return {
        "interventions": tuple(_salient(each, beliefs) for each in whole.interventions),
        "branches": tuple(
            each.model_copy(update=_parts(each, beliefs) | {"probability": chances.get(each.id, each.probability)})
            for each in whole.branches
        ),
    }


def _salient(intervention: Intervention, beliefs: Beliefs) -> Intervention:
    """Return an event with the salience that is believed of its dimension; any other intervention as it is."""
    if not isinstance(intervention, Event) or (size := beliefs.salience_of(intervention.dimension)) is None:
        return intervention
    return intervention.model_copy(update={"salience": size})


def events_of(whole: Scenario | Branch) -> tuple[Event, ...]:
    """Return the events that are assumed in some branch or in all."""
    own = tuple(each for each in whole.interventions if isinstance(each, Event))
    return own + tuple(each for branch in whole.branches for each in events_of(branch))


def forks_of(branches: tuple[Branch, ...]) -> tuple[tuple[Branch, ...], ...]:
    """Return the branches of every fork, those that part later after those that part first."""
    below = tuple(fork for branch in branches for fork in forks_of(branch.branches))
    return (branches, *below) if branches else below


def _words(scenario: Scenario, beliefs: Beliefs) -> list[str]:
    """Return in words what is believed of branches and events."""
    dimensions = {each.dimension for each in events_of(scenario)}
    forks = [_fork_words(fork, beliefs) for fork in forks_of(scenario.branches)]
    sizes = [
        f"Believed salience of {dimension.replace('_', ' ')}: {size_words(size)}."
        for dimension, size in beliefs.salience
        if dimension in dimensions
    ]
    return [*dict.fromkeys(one for one in forks if one), *sizes]


def _fork_words(fork: tuple[Branch, ...], beliefs: Beliefs) -> str:
    chances = beliefs.chances_of(each.id for each in fork)
    if not chances:
        return ""
    said = ", ".join(f"{each.title} {100 * chances[each.id]:.0f} %" for each in fork)
    return f"Believed chances: {said}."


def size_words(size: AnySize) -> str:
    """Return a size in words: a number, or how it is distributed."""
    if isinstance(size, Exactly):
        return f"{size.exactly:g}"
    ((form, numbers),) = size.model_dump().items()
    return f"{form} {numbers}"
