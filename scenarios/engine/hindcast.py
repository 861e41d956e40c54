"""A counterfactual hindcast: past weeks projected again, as they are on record and as a scenario has them otherwise.

It is a projection inside the sample. The parameters and levels of its draws were fitted to all counts, those of the
weeks projected too, so it is no forecast and is never scored; only the regimes start from what was known at the time
(`model.origin.past_state`). The two projections are paired draw by draw, and are compared with what happened.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from lull.data.calendar import WEEK, Week, week_end, week_of
from lull.data.events import Event, drivers_of, known_at, read_events
from lull.data.evidence import Evidence, embedded_evidence
from lull.data.schema import InputError, Problem
from lull.model.fitting.out_of_scale import recorded
from lull.model.forward.origin import past_state
from lull.model.forward.simulate import OriginState, RandomNumbers
from lull.model.runs.store import Run
from lull.model.spec import ModelSpec
from lull.scenarios.engine.contrast import Contrast, cumulated
from lull.scenarios.engine.projection import Projection, project
from lull.scenarios.language.spec import BASELINE, Scenario, baseline
from lull.scenarios.results.assembly import frame, projected
from lull.scenarios.results.document import Happened, HindcastDocument, Total
from lull.scenarios.results.summary import past_weeks

CONTEXT = 26 * WEEK  # of the past before the first week projected


@dataclass(frozen=True)
class Hindcast:
    """The weeks after a past one, projected: first as on record, then under each scenario; and what happened.

    `happened` (imputation, series, week) are the counts of the same weeks, NaN where missing.
    """

    run: Run
    state: OriginState
    weekly: xr.Dataset
    happened: NDArray[np.float64]
    projections: tuple[Projection, ...]

    def document(self) -> HindcastDocument:
        """Return what the hindcast says, summarised over draws."""
        state = self.state
        past = [week for week in past_weeks(self.weekly) if week.week > (state.origin - CONTEXT).item()]
        known = [week for week in past if week.week <= state.origin.item()]
        fixed = frame(self.run, state, known, seed=self.projections[0].seed)
        return HindcastDocument(
            **(fixed | {"known_to": week_end(state.origin), "history": tuple(past)}),
            **projected(self.projections),
            happened=tuple(_happened(self.happened, state.series)),
            totals=tuple(_totals(self.projections)),
        )


def hindcast(run: Run, scenarios: Iterable[Scenario], *, week: Week, events: Sequence[Event], seed: int) -> Hindcast:
    """Return the hindcast of a run from a past week to its last: `week` is the last one known.

    `events` are those on record (`events_on_record`). Raises `InputError` for a week that is not within the counts, and
    for what a scenario cannot mean there.
    """
    tree = run.posterior()
    counts = recorded(tree)
    last = counts["week"].to_numpy()[-1].astype("datetime64[D]")
    horizon = int((last - week) // WEEK)
    if horizon < 1:
        remedy = "A hindcast needs weeks that have happened."
        raise InputError(Problem("--from", f"a day before {last}, the last week that counts", str(week), remedy))
    drivers = drivers_of(events, counts["series"].to_numpy().tolist())
    state = past_state(
        tree,
        week=week,
        horizon=horizon,
        freeze_after=_freeze_after(run),
        events=drivers,
        run_id=run.run_id,
        usable=run.record["grade"] != "unusable",
    )
    numbers = RandomNumbers.draw(series=state.series, draws=state.draws, horizon=horizon, seed=seed)
    whole = (_as_on_record(week), *(scenario for scenario in scenarios if scenario.id != BASELINE))
    projections = tuple(project(scenario, state, numbers) for scenario in whole)
    return Hindcast(run, state, tree["weekly"].to_dataset(), counts.to_numpy()[..., -horizon:], projections)


def events_on_record(run: Run, path: Path | None = None) -> tuple[Event, ...]:
    """Return the events that a run was made with, read from their file: by default the embedded one.

    Raises `InputError` if the file is another than the run's.
    """
    path = path or embedded_evidence().events
    recorded = run.record.get("plan", {}).get("evidence", {}).get("events")
    if recorded is None:
        return ()
    if Evidence(events=path).identity()["events"] != recorded:
        remedy = "Name the file of that run with --events, unchanged since the fit."
        raise InputError(Problem("--events", f"the events that run {run.run_id} was made with", str(path), remedy))
    assert path is not None
    return known_at(read_events(path), date.fromisoformat(str(run.record["as_of"])))


def week_to_begin_from(scenarios: Iterable[Scenario], day: date | None, *, like: Week) -> Week:
    """Return the last week known, in the calendar of `like`: that of `day`, or of the day that the scenarios name."""
    days = {scenario.hindcast_from for scenario in scenarios} - {None} if day is None else {day}
    if len(days) != 1:
        found = "none" if not days else ", ".join(sorted(map(str, days)))
        raise InputError(Problem("--from", "one day in the last week known", found, "Name it: --from YYYY-MM-DD."))
    (only,) = days
    assert only is not None
    return week_of(only, like)


def _as_on_record(week: Week) -> Scenario:
    """Return the baseline of a hindcast."""
    words = f"Every event that was known comes when it came, also after the week of {week}; nothing is changed."
    return baseline().model_copy(update={"title": "As it is on record", "assumptions": words})


def _freeze_after(run: Run) -> int:
    """Return after how many silent weeks the level of a run stands still."""
    chosen = run.record.get("plan", {}).get("spec", {})
    return int(chosen.get("freeze_after", ModelSpec().freeze_after))


def _happened(counts: NDArray[np.float64], series: Sequence[str]) -> Iterator[Happened]:
    """Yield what is known of the attacks of all weeks together, by series: median and 90 % interval."""
    for row, name in enumerate(series):
        known = ~np.isnan(counts[:, row])
        levels: list[float | None] = [None, None, None]
        if known.all():
            levels = np.quantile(counts[:, row].sum(axis=-1), [0.05, 0.5, 0.95], method="inverted_cdf").tolist()
        low, median, high = levels
        yield Happened(series=name, weeks_known=int(known.any(axis=0).sum()), low=low, median=median, high=high)


def _totals(projections: Sequence[Projection]) -> Iterator[Total]:
    """Yield the attacks of all weeks together, by scenario and series, and their paired difference."""
    for projection in projections:
        contrast = Contrast(projection, projections[0])
        difference, more = contrast.difference(cumulated), contrast.p_above(cumulated)
        total = projection.paths.cumulated[..., -1]
        low, high = np.quantile(total, [0.05, 0.95], axis=0, method="inverted_cdf")
        for row, name in enumerate(projection.paths.series):
            yield Total(
                scenario_id=projection.scenario_id,
                series=name,
                mean=float(total[:, row].mean()),
                low_90=float(low[row]),
                high_90=float(high[row]),
                difference=float(difference.mean[row, -1]),
                mc_error=float(difference.mc_error[row, -1]),
                difference_low=float(difference.low[row, -1]),
                difference_high=float(difference.high[row, -1]),
                p_more=float(more[row, -1]),
            )
