"""Forecasts at recorded declarations and ends by the regime model itself, given the event: one fit a case, many priors.

The model is fitted to the weeks before the event without any driver; the effect of what comes is its prior alone, so
the same draws and random numbers serve every prior. What pushes is the change from the week before the event: what is
in force all along the fit has seen.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr
from inside.courses import EVERY_STATE, FEWEST_ACTIVE, WEEKS

from lull.data.arrays import Array
from lull.data.calendar import WEEK, weeks_between
from lull.data.counts import WeeklyCounts
from lull.data.events import Event
from lull.data.files import write_json
from lull.data.learned.effects import ENDING
from lull.evaluation.driver_trials import BEFORE, HORIZON, case_scores
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.pooled_posterior import fit_imputations
from lull.model.forward.conditional_law import conditional_log_pmf
from lull.model.forward.origin import origin_state
from lull.model.forward.random_numbers import RandomNumbers
from lull.model.forward.simulate import OriginState, Push, simulate
from lull.model.spec import ModelSpec, Priors, SamplerConfig

CONFIG = SamplerConfig(chains=2, tune=300, draws=500, thin=1, imputations=1)
PUSHES = ("halting", "resumption", "intensity")


@dataclass(frozen=True)
class Case:
    """A recorded declaration or end: the kind and type, whose, in which week of its record, and on which day."""

    kind: str
    type: str
    actor: int
    week: int
    event: Event


def cases_of(actor: int, record: Array, weeks: np.ndarray, events: Sequence[Event]) -> Iterator[Case]:
    """Yield the declarations of full ceasefires and agreements and how ceasefires ended, where there is a past."""
    for event in events:
        moments = []
        if (event.kind, event.type) in EVERY_STATE and event.kind != "declared_halt" and event.type != "verbal":
            moments.append((event.kind, event.type, event.date))
        if event.ending in {"ran_out", "broken_off", "replaced"} and event.end_date is not None:
            moments.append((ENDING, event.ending, event.end_date))
        for kind, type_, day in moments:
            week = int((np.datetime64(day, "D") - weeks[0]).astype(np.int64) // 7)
            past, came = record[max(week - WEEKS, 0) : max(week, 0)], record[max(week, 0) : week + HORIZON]
            whole = week >= BEFORE and came.size == HORIZON and not np.isnan(came).any()
            if whole and (past > 0).sum() >= FEWEST_ACTIVE:
                yield Case(kind, type_, actor, week, event)


def scored(
    case: Case, record: Array, weeks: np.ndarray, pushes: Mapping[str, Array], folder: Path
) -> dict[str, list[float]]:
    """Return log score, CRPS of log(1 + total) and Brier score of any attack, 12 weeks, by prior.

    `pushes` are what each prior adds, (draw, mechanism, week). From the folder if it was scored before.
    """
    file = folder / f"{case.actor}_{case.week}_{case.kind}_{case.type}.json"
    if not file.exists():
        state = _state(record[max(case.week - WEEKS, 0) : case.week], weeks[case.week - 1], seed=case.actor)
        numbers = RandomNumbers.draw(series=state.series, draws=state.draws, horizon=HORIZON, seed=case.week)
        came = record[case.week : case.week + HORIZON]
        write_json(file, {name: _scores(state, each, numbers, came) for name, each in pushes.items()})
    found: dict[str, list[float]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _state(past: Array, origin: np.datetime64, *, seed: int) -> OriginState:
    """Return the state of the regime model after weeks of one actor, fitted without drivers."""
    values = np.pad(past, (WEEKS - past.size, 0), constant_values=np.nan)
    first = origin - WEEK * (WEEKS - 1)
    counts = WeeklyCounts.from_arrays(values[None], series=["actor"], first_week=first)
    ahead = weeks_between(first, origin + WEEK * HORIZON).astype("datetime64[ns]")
    labels = {"covariate": list(PUSHES), "week": ahead}
    table = xr.DataArray(np.zeros((len(PUSHES), ahead.size)), coords=labels, dims=("covariate", "week"))
    tree = fit_imputations(
        counts,
        Covariates(table, (False,) * len(PUSHES)),
        spec=ModelSpec(),
        priors=Priors(),
        config=CONFIG,
        seed=seed,
        progress=lambda *_: None,
    )
    return origin_state(tree, horizon=HORIZON, run_id="", part="regimes")


def _scores(state: OriginState, pushes: Array, numbers: RandomNumbers, came: Array) -> list[float]:
    """Return the scores of the forecast under pushes (draw, mechanism, week): each a covariate of effect 1."""
    ones = np.eye(len(PUSHES))[:, None, :].repeat(state.draws, axis=1)
    pushed = replace(
        state,
        halt_effect=ones[0],
        resumption_effect=ones[1],
        effect=ones[2],
        future_covariate=np.ascontiguousarray(pushes[:, None]),
    )
    paths = simulate(pushed, Push.none(covariates=len(PUSHES), horizon=HORIZON), numbers)
    log_chance = conditional_log_pmf(pushed, numbers, paths, came[None])[:, 0]
    return list(case_scores(log_chance, paths.attacks[:, 0], came))
