"""Scenarios under belief alone: the draws of the posterior with effects of drivers drawn from their priors.

Beside the posterior's contrast it shows how much of that is what these data taught: where both are alike, the answer is
belief. Only the effects are exchanged; half-lives and everything else stay those of the posterior.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lull.model.forward.simulate import OriginState
from lull.model.parameters import EFFECTS
from lull.scenarios.engine.contrast import Contrast, Difference, Quantity

SEED = 20_241_224  # of the draws from the priors: the same for every run


@dataclass(frozen=True)
class Belief:
    """The normal prior of the effect of one covariate on one mechanism."""

    covariate: str
    on: str
    mean: float
    sd: float


def belief_state(state: OriginState, beliefs: Iterable[Belief]) -> OriginState | None:
    """Return the state with effects drawn from their priors, (draw, covariate) each; None where one is not known."""
    known = {(one.covariate, one.on): one for one in beliefs}
    wanted = [(covariate, str(row.mechanism)) for row in EFFECTS.values() for covariate in state.covariates]
    if not wanted or not known.keys() >= set(wanted):
        return None
    rng = np.random.default_rng(SEED)
    drawn: dict[str, Any] = {}
    for name, row in EFFECTS.items():
        own = [known[covariate, str(row.mechanism)] for covariate in state.covariates]
        mean, sd = (np.array([getattr(one, part) for one in own]) for part in ("mean", "sd"))
        drawn[name] = mean + sd * rng.standard_normal((state.draws, len(own)))
    hurdle = state.hurdle and replace(state.hurdle, effect=np.stack([drawn[name] for name in EFFECTS], axis=-1))
    return replace(state, hurdle=hurdle, **drawn)


def belief_difference(contrast: Contrast, quantity: Quantity, belief: OriginState) -> Difference | None:
    """Return the paired difference of an exact chance under belief alone; None where reporting changes."""
    if any((way.push.reporting < 1).any() for way in contrast.scenario.ways):
        return None
    scenario, base = (replace(one, state=belief) for one in (contrast.scenario, contrast.baseline))
    return Contrast(scenario, base).difference(quantity)
