"""From paired draws to the rows of the document: quantiles of counts, exact chances, and their paired differences.

Draws are reduced here and nowhere before; a difference is taken draw by draw before it is summarised.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from lull.data.arrays import Array
from lull.data.calendar import target_end_date, weeks_ahead
from lull.model.forward.simulate import OriginState
from lull.scenarios.engine.belief import Parts, Steps, parts_of
from lull.scenarios.engine.contrast import Contrast, Quantity, any_attack, mc_error, resumption
from lull.scenarios.engine.projection import Projection
from lull.scenarios.engine.reference_class import record_rate, silent_weeks
from lull.scenarios.results.document import (
    Asked,
    Chance,
    DifferenceParts,
    FutureWeek,
    PastWeek,
    ScenarioNote,
    SeriesNote,
)
from lull.scenarios.results.tables import quantiles, steady

ASKED: tuple[Asked, ...] = ("any attack", "resumption")
QUANTITIES: dict[str, Quantity] = {"any attack": any_attack, "resumption": resumption}
PAUSED = 0.9  # chance of a pause at the origin, from which a series may be said to resume: else much of the chance of
# a resumption is that it never paused, and the figure stands above that of any attack
LEVELS = {"low_90": "0.05", "low_50": "0.25", "median": "0.5", "high_50": "0.75", "high_90": "0.95"}


def scenario_notes(projections: Sequence[Projection]) -> tuple[ScenarioNote, ...]:
    """Return the scenarios in words, and from which week ahead their paths are not the baseline's."""
    return tuple(
        ScenarioNote(
            id=projection.scenario_id,
            title=projection.title,
            assumptions=" ".join(projection.assumptions.split()),
            departs=Contrast(projection, projections[0]).departs,
        )
        for projection in projections
    )


def future_weeks(projections: Iterable[Projection]) -> Iterator[FutureWeek]:
    """Yield the weekly counts of every scenario and series: mean, median, 50 % and 90 % interval."""
    for projection in projections:
        paths = projection.paths
        weeks, ends = _dates(paths.origin, paths.horizon)
        levels, capped = quantiles(paths.count, tuple(LEVELS.values())), steady(paths.count)
        mean, error = capped.mean(axis=0), _error(capped, projection.state)
        for row, series in enumerate(paths.series):
            for at, week in enumerate(weeks):
                yield FutureWeek(
                    scenario_id=projection.scenario_id,
                    series=series,
                    horizon=at + 1,
                    week=week,
                    target_end_date=ends[at],
                    mean=float(mean[row, at]),
                    mean_error=float(error[row, at]),
                    **dict(zip(LEVELS, levels[:, row, at].tolist(), strict=True)),
                )


def chance_rows(projections: Sequence[Projection], steps: Steps | None = None) -> Iterator[Chance]:
    """Yield the chances of every scenario, and the paired difference from the first, the baseline.

    With `steps` the difference is taken apart too.
    """
    for projection in projections:
        yield from contrast_rows(Contrast(projection, projections[0]), steps)


def contrast_rows(contrast: Contrast, steps: Steps | None = None) -> Iterator[Chance]:
    """Yield the chances of one scenario, and the paired difference from the baseline."""
    for asked, quantity in zip(ASKED, QUANTITIES.values(), strict=True):
        yield from _chances(asked, contrast, quantity, steps)


def _chances(asked: Asked, contrast: Contrast, quantity: Quantity, steps: Steps | None) -> Iterator[Chance]:
    """Yield one kind of chance under one scenario."""
    parts = None
    if steps is not None and contrast.scenario is not contrast.baseline:
        parts = parts_of(contrast, quantity, steps)
    paths = contrast.scenario.paths
    drawn = quantity(contrast.scenario)
    probability, error = drawn.mean(axis=0), _error(drawn, contrast.scenario.state)
    difference = contrast.difference(quantity)
    _, ends = _dates(paths.origin, paths.horizon)
    for row, series in enumerate(paths.series):
        for at, end in enumerate(ends):
            yield Chance(
                asked=asked,
                scenario_id=contrast.scenario.scenario_id,
                series=series,
                horizon=at + 1,
                by=end,
                probability=float(probability[row, at]),
                mc_error=float(error[row, at]),
                difference=float(difference.mean[row, at]),
                difference_low=float(difference.low[row, at]),
                difference_high=float(difference.high[row, at]),
                parts=None if parts is None else parts_at(parts, row, at),
            )


def parts_at(parts: Parts, *place: int) -> DifferenceParts:
    """Return the parts of a difference in one place of their arrays."""
    figures = {name: float(getattr(parts, name)[place]) for name in ("assumed", "belief", "record", "data")}
    before = {name: float(getattr(parts.before, name)[place]) for name in ("mean", "low", "high")}
    return DifferenceParts(**figures, before=before["mean"], before_low=before["low"], before_high=before["high"])


def past_weeks(weekly: xr.Dataset) -> Iterator[PastWeek]:
    """Yield what the reconstruction and the posterior say of each past week."""
    columns = [weekly[name].transpose("series", "week").to_numpy() for name in ("count_q05", "count_q50", "count_q95")]
    active = weekly["p_active"].transpose("series", "week").to_numpy()
    weeks = weekly["week"].to_numpy().astype("datetime64[D]").tolist()
    for row, series in enumerate(weekly["series"].to_numpy()):
        for at, week in enumerate(weeks):
            low, median, high = (_known(column[row, at]) for column in columns)
            chance = float(active[row, at])
            yield PastWeek(series=str(series), week=week, low=low, median=median, high=high, p_active=chance)


def series_notes(state: OriginState, past: Sequence[PastWeek]) -> tuple[SeriesNote, ...]:
    """Return where each series stands at the origin."""
    notes = []
    for row, name in enumerate(state.series):
        counted = [week.week for week in past if week.series == name and week.median is not None]
        own, active = state.select([name]), float(state.p_active[:, row].mean())
        shares = own.hurdle.shares(0) if own.hurdle else {"regimes": 1.0, "recent": 0.0}
        notes.append(
            SeriesNote(
                name=name,
                silent_weeks=silent_weeks(own),
                p_active=active,
                last_count_week=max(counted, default=None),
                reference_rate=record_rate(own, weeks=state.horizon),
                paused=1.0 - active >= PAUSED,
                regime_share=shares["regimes"],
                recent_share=shares["recent"],
            )
        )
    return tuple(notes)


def _dates(origin: np.datetime64, horizon: int) -> tuple[list[date], list[date]]:
    """Return the first and the last days of horizons 1..H."""
    weeks: list[date] = weeks_ahead(origin, horizon).tolist()
    return weeks, [target_end_date(origin, at) for at in range(1, horizon + 1)]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _error(values: ArrayLike, state: OriginState) -> Array:
    """Return the Monte Carlo error of a mean over the draws of a state."""
    return mc_error(values, chains=state.chains, effective_share=state.effective_share)
