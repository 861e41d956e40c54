"""Where a contrast comes from: the record of other actors, these data, belief, and what the scenario itself sets.

The same draws and random numbers are projected with other effects of the drivers. Step by step the mean difference from
the baseline grows from what the scenario sets without any driver (*assumed*), over effects around 0 where a record
teaches them (*belief*), and those of the record (*record*), to the posterior's (*data*): the four parts add up. Only
the effects are exchanged; half-lives and everything else stay those of the posterior, so what the data taught of these
is in all the steps alike.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from lull.data.arrays import Array
from lull.data.learned.effects import UNRECORDED_SD
from lull.model.forward.simulate import FREE, OriginState
from lull.model.parameters import EFFECTS
from lull.model.spec import RECORDS, record_of, recorded_beliefs
from lull.scenarios.engine.contrast import Contrast, Difference, Quantity
from lull.scenarios.engine.projection import Projection

SEED = 20_241_224  # of the draws of effects: the same for every run and step
SAME = 0.01  # between a prior that is on record, rounded, and the table's


@dataclass(frozen=True)
class Belief:
    """The normal prior of the effect of one covariate on one mechanism."""

    covariate: str
    on: str
    mean: float
    sd: float

    @property
    def is_recorded(self) -> bool:
        """Whether it is what cases of other actors say."""
        record = record_of(self.covariate, self.on) if self.covariate in RECORDS else None
        if record is None or not record.cases:
            return False
        table = recorded_beliefs(self.on)[self.covariate]
        return math.isclose(self.mean, table.mean, abs_tol=SAME) and math.isclose(self.sd, table.sd, abs_tol=SAME)

    def unrecorded(self) -> Self:
        """Return the belief as it would be if no record taught it."""
        return replace(self, mean=0.0, sd=UNRECORDED_SD[self.on]) if self.is_recorded else self


@dataclass(frozen=True)
class Steps:
    """The baseline of the same draws with other effects: as believed before the data, without the record, with none."""

    believed: Projection
    unrecorded: Projection
    undriven: Projection

    @classmethod
    def of(cls, baseline: Projection, beliefs: Iterable[Belief]) -> Self | None:
        """Return the steps; None where a prior of some driver is not known, or there are no drivers."""
        known = tuple(beliefs)
        none = [replace(one, mean=0.0, sd=0.0) for one in known]
        tables = (known, [one.unrecorded() for one in known], none)
        states = [belief_state(baseline.state, table) for table in tables]
        made = [replace(baseline, state=state) for state in states if state is not None]
        return cls(*made) if len(made) == len(states) else None


@dataclass(frozen=True)
class Parts:
    """A mean difference taken apart: arrays or figures without the draw dim that add up to it.

    `before` is the difference before the data: assumed, belief and record together, with its interval.
    """

    assumed: Array
    belief: Array
    record: Array
    data: Array
    before: Difference


def belief_state(state: OriginState, beliefs: Iterable[Belief]) -> OriginState | None:
    """Return the state with effects drawn from beliefs, (draw, covariate) each; None where one is not known."""
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


def parts_of(contrast: Contrast, quantity: Quantity, steps: Steps) -> Parts | None:
    """Return the parts of the paired difference of an exact chance; None where reporting changes.

    The steps need no more weeks than the quantity reads.
    """
    if any((way.push.reporting < 1).any() for way in contrast.scenario.ways):
        return None
    whole = contrast.difference(quantity)
    before = _difference(contrast.scenario, steps.believed, quantity)
    unrecorded = _difference(contrast.scenario, steps.unrecorded, quantity).mean
    assumed = np.zeros_like(whole.mean)
    if _sets_rates(contrast.scenario):
        assumed = _difference(contrast.scenario, steps.undriven, quantity).mean
    return Parts(assumed, unrecorded - assumed, before.mean - unrecorded, whole.mean - before.mean, before)


def _difference(scenario: Projection, baseline: Projection, quantity: Quantity) -> Difference:
    """Return the paired difference of a scenario and the baseline of a step."""
    return Contrast(scenario.under(baseline.state), baseline).difference(quantity)


def _sets_rates(scenario: Projection) -> bool:
    """Whether a scenario changes anything besides the drivers."""
    pushes = [way.push for way in scenario.ways]
    shifts = (values for each in pushes for values in (each.log_intensity, each.halt_logit, each.resumption_logit))
    return any(values.any() for values in shifts) or any((each.forced_regime != FREE).any() for each in pushes)
