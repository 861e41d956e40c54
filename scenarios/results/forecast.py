"""A run and scenarios become one forecast: projected with common random numbers, summarised, written.

The baseline is the first scenario, and every other is compared with it draw by draw.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import xarray as xr

from lull.data.hit_shares import HitShare
from lull.model.forward.origin import state_of
from lull.model.forward.simulate import OriginState, RandomNumbers
from lull.model.parts import PARTS, Part
from lull.model.runs.store import FORECAST_FILE, Run
from lull.scenarios.beliefs.assumed import as_believed
from lull.scenarios.beliefs.reader_beliefs import beliefs_in
from lull.scenarios.engine.hits import hit_totals, shares_of
from lull.scenarios.engine.projection import Projection, compile_push, project, project_in_parts
from lull.scenarios.language.spec import Scenario, baseline
from lull.scenarios.results.assembly import assembled, frame, steps_of
from lull.scenarios.results.document import HEADLINE_HORIZONS, TOTAL_WEEKS, ForecastDocument, PartForecast
from lull.scenarios.results.forecast_cache import (
    DOCUMENT,
    TABLE_CSV,
    TABLE_PARQUET,
    KeptForecast,
    Request,
    keep,
)
from lull.scenarios.results.summary import past_weeks
from lull.scenarios.results.tables import forecast_table, scenario_table, write_csv, write_parquet

type Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Forecast:
    """One request of a run, with the state and the past that its projections start from."""

    run: Run
    request: Request
    state: OriginState
    weekly: xr.Dataset

    @cached_property
    def numbers(self) -> RandomNumbers:
        """The random numbers of all series, which all scenarios share."""
        return _numbers(self.state, self.request.seed)

    @cached_property
    def projections(self) -> tuple[Projection, ...]:
        """The projection of each scenario, the baseline first, all in memory."""
        return tuple(self.one_by_one())

    def one_by_one(self) -> Iterator[Projection]:
        """Yield the projection of each scenario, made when its turn comes: a table needs one of them at a time."""
        return (project(scenario, self.state, self.numbers) for scenario in assumed_of(self.run, self.request))

    def tables(self) -> Iterator[pa.Table]:
        """Yield the forecast table of each scenario; a few series of one of them are in memory at a time."""
        for scenario in assumed_of(self.run, self.request):
            parts = project_in_parts(scenario, self.state, seed=self.request.seed)
            yield scenario_table(parts, shares=self.shares)

    def document(self) -> ForecastDocument:
        """Return what the forecast says, summarised over draws."""
        fixed = frame(self.run, self.state, tuple(past_weeks(self.weekly)), seed=self.request.seed)
        steps = steps_of(fixed, self.projections[0]) if len(self.projections) > 1 else None
        return assembled(fixed, self.projections, steps, hits=tuple(hit_totals(self.projections, self.shares)))

    @property
    def shares(self) -> dict[str, HitShare]:
        """The share of attacks that hit, of each series for which reports give one."""
        return shares_of(self.run.record, self.weekly)


def assumed_of(run: Run, request: Request) -> tuple[Scenario, ...]:
    """Return the scenarios of a request, with the chances and saliences of whose beliefs the run holds."""
    beliefs = beliefs_in(run.record)
    return tuple(as_believed(scenario, beliefs) for scenario in request.scenarios)


def forecast(run: Run, request: Request, *, progress: Progress) -> Forecast:
    """Return the forecast of a request from a run. Raises `InputError` for what a scenario cannot mean here."""
    progress("load the run", 0, 1)
    run = run.opened()
    tree = run.posterior()
    state = state_of(run, horizon=request.horizon, part=request.part)
    one = _numbers(state.select(state.series[:1]), request.seed)  # a push knows what is drawn once for all series
    for done, scenario in enumerate(assumed_of(run, request)):
        progress("read the scenarios", done, len(request.scenarios))
        compile_push(scenario, state, one)
    return Forecast(run, request, state, tree["weekly"].to_dataset())


def _numbers(state: OriginState, seed: int) -> RandomNumbers:
    """Return the random numbers of the draws, series and weeks of a state."""
    return RandomNumbers.draw(series=state.series, draws=state.draws, horizon=state.horizon, seed=seed)


def make_forecast(run: Run, request: Request, *, progress: Progress) -> KeptForecast:
    """Return the forecast of a request, computed now and kept with the run."""
    made = forecast(run, request, progress=progress)

    def write(folder: Path) -> None:
        progress("project the scenarios", 0, 2)
        document = made.document()
        progress("keep the tables in the store", 1, 2)
        table = forecast_table(made.projections, shares=made.shares)
        write_parquet(table, folder / TABLE_PARQUET)
        write_csv(table, folder / TABLE_CSV)
        (folder / DOCUMENT).write_text(document.model_dump_json(), encoding="utf-8")

    kept = keep(run, request, write)
    first = run.is_kept and not (run.folder / FORECAST_FILE).exists()
    if first:  # the one that the folder of the run is known by
        run.attach(FORECAST_FILE, kept.folder / TABLE_PARQUET)
    return kept


def part_forecasts(run: Run, series: str, *, seed: int) -> Iterator[PartForecast]:
    """Yield the forecast of one series, and what each of the models that it pools says alone."""
    run, shares = run.opened(), dict[Part, float]()
    for part in PARTS:
        state = state_of(run, horizon=max(HEADLINE_HORIZONS), part=part).select([series])
        made = project(baseline(), state, _numbers(state, seed))
        if part == "pool" and state.hurdle:
            shares = {"pool": 1.0, **state.hurdle.shares(0)}
        chances = made.any_attack[:, 0].mean(axis=0)
        total = made.paths.cumulated[:, 0, TOTAL_WEEKS - 1]
        low, median, high = np.quantile(total, (0.05, 0.5, 0.95), method="inverted_cdf").tolist()
        some = tuple(float(chances[horizon - 1]) for horizon in HEADLINE_HORIZONS)
        yield PartForecast(model=part, share=shares[part], any_attack=some, median=median, low_90=low, high_90=high)
