"""A fit that is made with a reader's beliefs."""

from collections.abc import Mapping
from typing import Any, Protocol, Self

from lull.model.spec import Priors
from lull.scenarios.beliefs.reader_beliefs import Beliefs


class Plan(Protocol):
    """What is to be fitted: `FitPlan`, which scenarios do without."""

    @property
    def priors(self) -> Priors:
        """What is believed of every parameter."""

    def believing(self, priors: Priors, beliefs: Mapping[str, Any]) -> Self:
        """Return the plan with other priors, in which `beliefs` of a reader are."""


def plan_believing[P: Plan](plan: P, beliefs: Beliefs) -> P:
    """Return the plan with what is believed of drivers in its priors; branches and saliences need no fit."""
    own = beliefs.fitted
    return plan.believing(own.applied(plan.priors), own.document())
