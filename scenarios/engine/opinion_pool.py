"""The unconditional forecast: the baseline pooled with the hurdle benchmark, as a backtest scores `lull`.

It has no drivers and belongs to no scenario: it is never compared with one. One in three of its draws is a path of the
baseline, two are the hurdle benchmark's, which knows the record alone; chances are the
mean of both exact ones, weighed alike.
Draws that did not converge say nothing: then the hurdle benchmark stands alone.
"""

import numpy as np
import pyarrow as pa
import xarray as xr
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.model.hurdle.benchmark import TO_ONE, in_use
from lull.scenarios.engine.projection import Projection
from lull.scenarios.results.tables import counts_table

NAME = "forecast"  # stands where a table names its scenario
COMPANION = 211  # spawn key of the hurdle benchmark's random numbers
REPORTED = 0.9  # a week of which less is reported says nothing of a silence


def pooled_table(baseline: Projection, observed: xr.DataArray, *, usable: bool = True) -> pa.Table:
    """Return the forecast table of the pool; `observed` counts have the dims imputation, series and week."""
    paths = baseline.paths
    draws, shape = TO_ONE * paths.draws, paths.count.shape[1:]
    counts, chance = np.empty((draws, *shape), dtype=np.int64), np.empty(shape)
    seeds = np.random.SeedSequence(paths.seed, spawn_key=(COMPANION,)).spawn(len(paths.series))
    for place, (history, seed) in enumerate(zip(np.moveaxis(_reported(observed), 1, 0), seeds, strict=True)):
        counts[:, place], chance[place] = _companion(history, draws=draws, horizon=paths.horizon, seed=seed)
    if usable:
        turns = counts.reshape(paths.draws, TO_ONE, *shape)
        counts = np.concatenate([paths.count[:, None], turns], axis=1).reshape(-1, *shape)
        chance = (baseline.any_attack.mean(axis=0) + TO_ONE * chance) / (1 + TO_ONE)
    return counts_table(NAME, counts, chance, origin=paths.origin, series=paths.series)


def _companion(
    histories: Array, *, draws: int, horizon: int, seed: np.random.SeedSequence
) -> tuple[NDArray[np.int64], Array]:
    """Return paths (draw, week) from the imputations of one series, each in its share of the draws, and the chance."""
    share = [len(part) for part in np.array_split(np.arange(draws), len(histories))]
    made = [
        in_use().forecast(history, horizon=horizon, draws=many, seed=child)
        for history, many, child in zip(histories, share, seed.spawn(len(histories)), strict=True)
    ]
    return np.concatenate([paths for paths, _ in made]), np.mean([chance for _, chance in made], axis=0)


def _reported(observed: xr.DataArray) -> Array:
    """Return the counts (imputation, series, week) without weeks that are not reported yet."""
    if "completeness" in observed.coords:
        observed = observed.where(observed["completeness"] >= REPORTED)
    return np.asarray(observed.transpose("imputation", "series", "week").to_numpy())
