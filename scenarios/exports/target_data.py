"""What came, beside a hub's forecasts: the weekly counts up to the origin, and the targets that later counts settle.

The invariant: only a week that is known is in either table. A target over several weeks is there once every one of them
is known, or earlier where the weeks that are known settle it.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import xarray as xr

from lull.data.arrays import Array
from lull.data.calendar import WEEK, Week, target_end_date, week_end
from lull.data.counts import WeeklyCounts
from lull.data.files import spreadsheet_safe
from lull.scenarios.results.tables import ANY_ATTACK, CUMULATED, WEEKLY

TIME_SERIES = pa.schema(
    [("target", pa.string()), ("series", pa.string()), ("target_end_date", pa.date32()), ("observation", pa.float64())]
)
ORACLE = pa.schema(
    [
        ("origin_date", pa.date32()),
        ("target", pa.string()),
        ("series", pa.string()),
        ("horizon", pa.int32()),
        ("target_end_date", pa.date32()),
        ("output_type", pa.string()),
        ("output_type_id", pa.string()),
        ("oracle_value", pa.float64()),
    ]
)
POINTS = ("mean", "median", "quantile", "sample")


def time_series(weekly: xr.Dataset, later: WeeklyCounts | None) -> pa.Table:
    """Return the weekly counts that are known: those of the run (medians of what it counts), then later ones."""
    known = weekly["count_q50"].transpose("series", "week")
    ends = [week_end(week) for week in known["week"].to_numpy().astype("datetime64[D]")]
    rows = [
        _observed(str(name), day, value)
        for name, row in zip(known["series"].to_numpy(), known.to_numpy(), strict=True)
        for day, value in zip(ends, row, strict=True)
        if not np.isnan(value)
    ]
    last = max(ends)
    names = {str(name) for name in known["series"].to_numpy()}
    if later is not None:
        rows += [_observed(*seen) for seen in _counts(later) if seen[1] > last and seen[0] in names]
    return pa.Table.from_pylist(rows, schema=TIME_SERIES)


def oracle_output(later: WeeklyCounts | None, origin: Week, series: tuple[str, ...], *, horizon: int) -> pa.Table:
    """Return what came of the tasks of a round, as a forecast that knew it would have said; none without later counts.

    Which week attacks resume in is a regime, which counts do not show by themselves: that target is not settled here.
    """
    rows: list[dict[str, Any]] = []
    for name in series if later is not None else ():
        if later is not None and name in later.series:
            rows += _settled(spreadsheet_safe(name), _ahead(later, name, origin, horizon), origin)
    return pa.Table.from_pylist(rows, schema=ORACLE)


def _settled(series: str, counts: Array, origin: Week) -> Iterator[dict[str, Any]]:
    """Yield the rows that the counts of weeks 1..H settle, NaN where a week is not known."""
    known = ~np.isnan(counts)
    for h in range(1, counts.size + 1):
        same = {
            "origin_date": week_end(origin),
            "series": series,
            "horizon": h,
            "target_end_date": target_end_date(origin, h),
        }
        if known[h - 1]:
            yield from _points(same | {"target": WEEKLY}, counts[h - 1], POINTS)
        if known[:h].all():
            yield from _points(same | {"target": CUMULATED}, counts[:h].sum(), POINTS[:-1])
        some = bool(np.nansum(counts[:h]) > 0)
        if some or known[:h].all():
            for name, value in (("yes", some), ("no", not some)):
                pmf = {"output_type": "pmf", "output_type_id": name, "oracle_value": float(value)}
                yield same | {"target": ANY_ATTACK} | pmf


def _points(same: dict[str, Any], value: float, types: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for name in types:
        yield same | {"output_type": name, "output_type_id": None, "oracle_value": float(value)}


def _ahead(later: WeeklyCounts, series: str, origin: Week, horizon: int) -> Array:
    """Return the counts of weeks 1..horizon after the origin, NaN where they are not known."""
    row = later.array.to_numpy()[0, later.series.index(series)]
    places = (later.weeks - np.datetime64(origin, "D")) // WEEK
    ahead = np.full(horizon, np.nan)
    inside = (places >= 1) & (places <= horizon)
    ahead[places[inside] - 1] = row[inside]
    return ahead


def _counts(counts: WeeklyCounts) -> Iterator[tuple[str, date, float]]:
    """Yield each known count: series, last day of the week, attacks."""
    for name, row in zip(counts.series, counts.array.to_numpy()[0], strict=True):
        for week, value in zip(counts.weeks, row, strict=True):
            if not np.isnan(value):
                yield name, week_end(week), value


def _observed(series: str, day: date, value: float) -> dict[str, Any]:
    safe = spreadsheet_safe(series)
    return {"target": WEEKLY, "series": safe, "target_end_date": day, "observation": float(value)}
