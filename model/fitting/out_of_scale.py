"""Weeks out of scale: counts so far above all others of their series that no model of its weeks can hold them.

A negative binomial wide enough for one week of 3,000 among weeks of 0 to 3 takes all the others for a pause. Such a
week is set apart: the fit is given the largest count of the other weeks in its place, so that it stays a week of
attacks and says nothing of the scale. The invariant: what was recorded is kept together with what the fit was given,
and every week set apart is named. Only the weeks handed over decide, so that a backtest sees the past alone.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.counts import WeeklyCounts

type Flags = NDArray[np.bool_]

TIMES = 20.0  # a week is out of scale from this many times the largest count of the other weeks
ORDINARY = 3  # weeks with an attack that are in scale: with fewer nothing is known of the scale
ONE_IN = (
    20  # known weeks, of which one more may be set apart than this goes into them: what is frequent is no exception
)
LONGEST = 2  # consecutive weeks: a longer run is a new level
MOST_NAMED = 3
ADVICE = "Check such a week in the source: a total of months in one week, or a slip of the pen, looks the same."


@dataclass(frozen=True)
class OutOfScale:
    """A week set apart: what was recorded in it, and the count that the fit was given in its place."""

    series: str
    week: date
    recorded: int
    taken_as: int


def within_scale(counts: WeeklyCounts) -> WeeklyCounts:
    """Return the counts with weeks out of scale at the largest count of the others, by imputation.

    Which weeks are out of scale is said of the medians over imputations.
    """
    values = counts.array.to_numpy()
    flags = np.array([out_of_scale(row) for row in _medians(values)])
    if not flags.any():
        return counts
    largest = np.where(flags | np.isnan(values), 0.0, values).max(axis=-1, keepdims=True)
    return WeeklyCounts(counts.array.copy(data=np.where(flags, np.minimum(values, largest), values)))


def in_scale(count: Array) -> Array:
    """Return the counts of one series (week,) with weeks out of scale at the largest of the others."""
    flags = out_of_scale(count)
    return np.where(flags, count[~flags & ~np.isnan(count)].max(), count) if flags.any() else count


def out_of_scale(count: Array) -> Flags:
    """Return which weeks of one series (week,) are out of scale; NaN is missing and never is."""
    known = np.flatnonzero(~np.isnan(count))
    falling = known[np.argsort(-count[known], kind="stable")]
    flags = np.zeros(count.shape, dtype=bool)
    attacked = int((count[known] > 0).sum())
    for many in range(min(known.size // ONE_IN + 1, attacked - ORDINARY), 0, -1):
        apart = falling[:many]
        gap = count[apart[-1]] >= TIMES * count[falling[many]]
        if gap and _longest_run(np.searchsorted(known, np.sort(apart))) <= LONGEST:
            flags[apart] = True
            break
    return flags


def observed(counts: WeeklyCounts) -> xr.Dataset:
    """Return what a posterior tree keeps of counts: `count` as the fit is given it, and as `recorded`."""
    return xr.Dataset({"count": within_scale(counts).array, "recorded": counts.array})


def recorded(tree: xr.DataTree) -> xr.DataArray:
    """Return the counts of a posterior tree as they were recorded, (imputation, series, week)."""
    table = tree["observed_data"].to_dataset()
    return table["recorded" if "recorded" in table else "count"]


def set_apart(tree: xr.DataTree) -> tuple[OutOfScale, ...]:
    """Return the weeks of a posterior tree that were set apart, by series and week, counts as medians."""
    table = tree["observed_data"].to_dataset()
    given, reported = _medians(table["count"].to_numpy()), _medians(recorded(tree).to_numpy())
    weeks, names = table["week"].to_numpy().astype("datetime64[D]").tolist(), table["series"].to_numpy()
    return tuple(
        OutOfScale(str(names[row]), weeks[at], int(reported[row, at]), int(given[row, at]))
        for row, at in np.argwhere(reported > given)
    )


def records(weeks: Sequence[OutOfScale]) -> list[dict[str, object]]:
    """Return weeks set apart for a JSON file."""
    return [asdict(one) | {"week": str(one.week)} for one in weeks]


def sentence(weeks: Sequence[OutOfScale]) -> str:
    """Return what is said of weeks set apart, of which there is at least one."""
    named = [f"the week of {one.week} with {one.recorded:,} attacks ({one.series})" for one in weeks[:MOST_NAMED]]
    more = len(weeks) - len(named)
    listed = "; ".join(named) + (f" and {more} more" if more else "")
    what, whose = ("is", "its") if len(weeks) == 1 else ("are", "their")
    return f"{listed} {what} out of scale and set apart: the forecast does not expect {whose} like again"


def _medians(values: Array) -> Array:
    """Return counts (imputation, series, week) as their medians, NaN where an imputation has none."""
    return values[0] if len(values) == 1 else np.floor(np.median(values, axis=0))


def _longest_run(places: NDArray[np.int64]) -> int:
    """Return how many of some rising places follow each other at most."""
    return max(len(run) for run in np.split(places, np.flatnonzero(np.diff(places) != 1) + 1))
