"""Scenarios tried before anything is fitted: what cannot be meant is refused within a second, not after a minute."""

from collections.abc import Sequence

from data.calendar import WEEK
from data.evidence import Known, read_evidence
from data.schema import InputError, Problem
from model.fit import FitPlan
from scenarios.spec import Scenario

DRAWS = 4000  # of what is uncertain: dates that meet in one draw in a thousand meet here too


def refuse_what_cannot_be_meant(scenarios: Sequence[Scenario], plan: FitPlan, *, horizon: int, seed: int) -> None:
    """Raise `InputError` with all that scenarios say against each other, the calendar or the evidence of a plan."""
    if not any(scenario.interventions or scenario.branches for scenario in scenarios):
        return
    from model.covariates import from_events  # noqa: PLC0415 - heavy, and most forecasts try nothing
    from model.prior_state import state_before_a_fit  # noqa: PLC0415 - the same
    from model.simulate import RandomNumbers  # noqa: PLC0415 - the same
    from scenarios.project import compile_push  # noqa: PLC0415 - the same

    known = read_evidence(plan.evidence)
    covariates = from_events(known.events, known.origin, known.origin + WEEK * horizon)
    state = state_before_a_fit(_series(known, plan), covariates, horizon=horizon, draws=DRAWS, seed=seed)
    numbers = RandomNumbers.draw(series=state.series, draws=DRAWS, horizon=horizon, seed=seed)
    problems: list[Problem] = []
    for scenario in scenarios:
        try:
            compile_push(scenario, state, numbers)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def _series(known: Known, plan: FitPlan) -> tuple[str, ...]:
    """Return the names of the series that a fit will have."""
    if known.counts is not None:
        return known.counts.series
    from model.readings import EvidenceSpec, read  # noqa: PLC0415 - as above

    return read(known.reports, as_of=known.as_of, faction=plan.evidence.faction, spec=EvidenceSpec()).fronts
