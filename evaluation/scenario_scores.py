"""Scores of a scenario that came true: its projection, a conditional forecast, beside the baseline's.

Both are projected from one run with the same random numbers and scored on the same weeks: those after the run's origin
that are known by now. Where attacks themselves settled the premise the weeks up to that day chose the scenario, and
only later weeks are scored. Smaller is better.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.calendar import target_end_date
from lull.data.schema import InputError, Problem
from lull.evaluation.scores.likelihood import by_share
from lull.evaluation.scores.scoring import crps, log_score
from lull.model.forward.origin import state_of
from lull.model.forward.simulate import OriginState
from lull.model.runs.store import Run
from lull.model.spec import MAX_HORIZON
from lull.scenarios.engine.premise_check import NewerData, Verdict
from lull.scenarios.engine.projection import project_rounds
from lull.scenarios.engine.questions import Rounds
from lull.scenarios.language.spec import Scenario

type Weeks = NDArray[np.int64]


@dataclass(frozen=True)
class Figures:
    """The scores of one forecast of one series: the weekly ones are means over the weeks, the others of all together.

    `crps` in attacks a week, `log_score` in nats, `any_attack_brier` of any attack in these weeks, whose stated chance
    is `any_attack_chance`, `total_crps_log1p` of log(1 + total).
    """

    crps: float
    log_score: float
    any_attack_brier: float
    total_crps_log1p: float
    any_attack_chance: float


METRICS = tuple(field.name for field in fields(Figures) if field.name != "any_attack_chance")


@dataclass(frozen=True)
class SeriesScores:
    """What a scenario and the baseline scored on one series in the same weeks, `attacks` of which happened."""

    series: str
    weeks: int
    first_week: str
    last_week: str
    attacks: float
    scenario: Figures
    baseline: Figures

    @property
    def difference(self) -> dict[str, float]:
        """Scenario less baseline of each of `METRICS`: below 0 the scenario was the better forecast."""
        return {name: getattr(self.scenario, name) - getattr(self.baseline, name) for name in METRICS}


def score_scenario(
    scenario: Scenario, verdict: Verdict, run: Run, newer: NewerData, *, seed: int
) -> tuple[SeriesScores, ...]:
    """Return the scores of a scenario whose premise is confirmed, of each series that run and newer counts share.

    Raises `InputError` for a scenario that the run does not allow, and where no week after its origin is known.
    """
    if scenario.hindcast_from is not None:
        raise InputError(Problem(scenario.id, "a scenario of weeks ahead", "one that looks back"))
    state = state_of(run, horizon=MAX_HORIZON)
    rows = []
    for name in state.series:
        truth = _truth(newer, name, state)
        scored = _scored_weeks(truth, verdict, state)
        if scored.size:
            rows.append(_scores_of(scenario, state.select([name]).up_to(int(scored[-1]) + 1), truth, scored, seed=seed))
    if not rows:
        expected = f"a known week after {state.origin} of {', '.join(state.series)}"
        raise InputError(Problem("--counts", expected, "none", "Newer counts with the series of the run score it."))
    return tuple(rows)


def _truth(newer: NewerData, series: str, state: OriginState) -> Array:
    """Return the counts of the weeks ahead of the state, (imputation, week), NaN where not known."""
    if newer.counts is None or series not in newer.counts.series:
        return np.full((1, state.horizon), np.nan)
    known = newer.counts.array.sel(series=series).to_numpy()
    place = {week: at for at, week in enumerate(newer.counts.weeks)}
    ends = (target_end_date(state.origin, at) for at in range(1, state.horizon + 1))
    held = [place.get(week) if end <= newer.as_of else None for week, end in zip(state.weeks, ends, strict=True)]
    missing = np.full(len(known), np.nan)
    return np.stack([missing if at is None else known[:, at] for at in held], axis=1)


def _scored_weeks(truth: Array, verdict: Verdict, state: OriginState) -> Weeks:
    """Return the places of the weeks that are scored."""
    known = ~np.isnan(truth).any(axis=0)
    if verdict.by_counts and verdict.day is not None:
        known &= state.weeks > np.datetime64(verdict.day, "D")
    return np.flatnonzero(known)


def _scores_of(scenario: Scenario, state: OriginState, truth: Array, scored: Weeks, *, seed: int) -> SeriesScores:
    """Return the scores on the one series of a state."""
    rounds = Rounds.draw(state, seed=seed).baselines
    own = project_rounds(scenario, rounds[0].state, [each.numbers for each in rounds])
    made, base = ([each.paths.count[:, 0, scored] for each in one] for one in (own, rounds))
    happened = truth[:, scored]
    return SeriesScores(
        series=state.series[0],
        weeks=int(scored.size),
        first_week=str(state.weeks[scored[0]]),
        last_week=str(state.weeks[scored[-1]]),
        attacks=float(happened.sum(axis=1).mean()),
        scenario=figures(np.concatenate(made), happened),
        baseline=figures(np.concatenate(base), happened),
    )


def figures(paths: NDArray[np.int32], happened: Array) -> Figures:
    """Return the scores of paths (draw, week) given what happened, (imputation, week): means over imputations."""
    chance = float(((paths > 0).any(axis=1).sum() + 0.5) / (len(paths) + 1))
    drawn, totals = np.sort(paths, axis=0).astype(float), np.sort(np.log1p(paths.sum(axis=1)))[:, None]
    law = by_share(paths.astype(np.int64))
    rows = [_one(drawn, totals, chance, each, log_score(drawn, each, law(each))["log_score"]) for each in happened]
    means = dict(zip(METRICS, map(float, np.mean(rows, axis=0)), strict=True))
    return Figures(**means, any_attack_chance=chance)


def _one(drawn: Array, totals: Array, chance: float, truth: Array, log_scores: Array) -> Sequence[float]:
    """Return the scores of one imputation in the order of `METRICS`."""
    total = np.log1p(np.array([truth.sum()]))
    brier = (chance - float((truth > 0).any())) ** 2
    return float(np.mean(crps(drawn, truth))), float(log_scores.mean()), brier, float(np.mean(crps(totals, total)))
