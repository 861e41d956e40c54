"""Scenarios checked before anything is fitted: a contradictory one is refused within a second, not after a minute."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lull.data.calendar import WEEK
from lull.data.events import drivers_of
from lull.data.evidence import Known
from lull.data.schema import InputError, Problem
from lull.model.fitting.fit import FitPlan
from lull.scenarios.language.spec import Scenario

if TYPE_CHECKING:
    from lull.model.fitting.covariates import Covariates

DRAWS = 4000  # of what is uncertain: dates that meet in one draw in a thousand meet here too


def refuse_contradictory(scenarios: Sequence[Scenario], known: Known, plan: FitPlan, *, horizon: int) -> None:
    """Raise `InputError` with all in scenarios that contradicts itself, the calendar or what a plan's evidence says."""
    if not any(scenario.interventions or scenario.branches for scenario in scenarios):
        return
    from lull.model.forward.prior_state import state_before_a_fit  # noqa: PLC0415 - heavy, and most forecasts need no check
    from lull.model.forward.simulate import RandomNumbers  # noqa: PLC0415 - the same
    from lull.scenarios.engine.projection import compile_push  # noqa: PLC0415 - the same

    series = _series(known, plan)
    covariates = _covariates(known, series, horizon)
    state = state_before_a_fit(series, covariates, horizon=horizon, draws=DRAWS, seed=plan.seed)
    numbers = RandomNumbers.draw(series=state.series, draws=DRAWS, horizon=horizon, seed=plan.seed)
    problems: list[Problem] = []
    for scenario in scenarios:
        try:
            compile_push(scenario, state, numbers)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def _covariates(known: Known, series: tuple[str, ...], horizon: int) -> "Covariates":
    """Return the covariates that a fit will have, from the origin week on."""
    from lull.model.fitting.covariates import from_events, with_own  # noqa: PLC0415 - as above

    own = known.covariates
    first = known.origin if own is None else own["week"].to_numpy()[0].astype("datetime64[D]")
    covariates = from_events(drivers_of(known.events, series), first, known.origin + WEEK * horizon, series=series)
    if own is not None:
        covariates = with_own(covariates, own, first)
    return replace(covariates, array=covariates.array.sel(week=slice(known.origin, None)))


def _series(known: Known, plan: FitPlan) -> tuple[str, ...]:
    """Return the names of the series that a fit will have."""
    if known.counts is not None:
        return known.counts.series
    from lull.model.reconstruction.report_likelihood import EvidenceSpec, read  # noqa: PLC0415 - as above

    return read(known.reports, as_of=known.as_of, faction=plan.evidence.faction, spec=EvidenceSpec()).fronts
