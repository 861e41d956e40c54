"""What each driver adds to an answer: the answer as scheduled, against the same with the driver at 0 from now on."""

from dataclasses import dataclass

from lull.data.schema import InputError
from lull.scenarios.engine.questions import Question
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.language.spec import Covariate, Scenario
from lull.scenarios.language.uncertain import Exactly


@dataclass(frozen=True)
class Added:
    """One driver: what it adds to the probability as scheduled, with the 90 % interval of the draws.

    `without` is the probability with the driver at 0 in all weeks ahead: its past forgotten, its schedule void.
    """

    driver: str
    without: float
    added: float
    low: float
    high: float


def drivers_added(session: SeriesSession, question: Question) -> tuple[Added, ...]:
    """Return what each driver at work in the weeks ahead adds to an answer, the largest first.

    Each is taken away alone, so that parts need not sum to the answer.
    """
    found = []
    for name in session.state.covariates:
        try:
            answer = session.ask(question, _without(name))
        except InputError:
            continue
        if not answer.unchanged:
            low, high = -answer.difference_high, -answer.difference_low
            found.append(Added(name, answer.probability, -answer.difference, low, high))
    return tuple(sorted(found, key=lambda one: -abs(one.added)))


def _without(name: str) -> Scenario:
    """Return the scenario in which a driver is 0 from the first week ahead on."""
    away = Covariate(kind="covariate", action="scale", covariate=name, factor=Exactly(exactly=0.0))
    return Scenario(id="one-driver-away", title=f"Without {name}", assumptions=f"{name} is 0.", interventions=(away,))
