"""Several scenarios with weights become one: a tree whose branches they are."""

from collections.abc import Sequence

from lull.data.schema import InputError, Problem
from lull.scenarios.language.spec import Branch, Scenario

MIXTURE = "mixture"


def mixture(scenarios: Sequence[Scenario], weights: Sequence[float]) -> Scenario:
    """Return the tree in which each scenario has its share of the weights; one alone is itself.

    Weights are not negative and need not sum to 1. Raises `InputError` if none is above 0.
    """
    taken = [(one, weight) for one, weight in zip(scenarios, weights, strict=True) if weight > 0]
    total = sum(weight for _, weight in taken)
    if not taken:
        raise InputError(Problem("weights", "a weight above 0", "none", "Move one of them."))
    if len(taken) == 1:
        return taken[0][0]
    shares = [(one, weight / total) for one, weight in taken]
    parts = "; ".join(f"{one.title} ({share:.0%})".replace("%", " %") for one, share in shares)
    return Scenario(
        id=MIXTURE,
        title=f"Weighted average of {len(shares)} scenarios",
        assumptions=f"One of these comes true, with these chances: {parts}.",
        branches=tuple(_branch(place, one, share) for place, (one, share) in enumerate(shares, start=1)),
    )


def _branch(place: int, scenario: Scenario, share: float) -> Branch:
    return Branch(
        id=f"{place}-{scenario.id}"[:80].strip("-"),
        title=scenario.title,
        probability=share,
        assumptions=scenario.assumptions,
        interventions=scenario.interventions,
        branches=scenario.branches,
    )
