"""The weights of the pool learned from past forecasts: the log scores of its two parts, and the state at each origin.

The invariant: a state is read from the counts up to its origin, so that a weight is learned from what is known when it
is used.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lull.data.arrays import Array
from lull.data.counts import WeeklyCounts
from lull.data.learned.pause_record import attacks_before
from lull.data.learned.pool import Pool, terms
from lull.data.schema import InputError, Problem
from lull.evaluation.scores.stacking import LOG_SCORE, share_weights
from lull.model.regimes.filter import silent_weeks

REGIMES, RECORD_BASED = "regimes", ("hurdle", "companion")  # names of the parts, the second by age of the backtest


@dataclass(frozen=True)
class Scored:
    """Log scores of both parts of one forecast, each (week,), and the terms of its state, (term,)."""

    regimes: Array
    hurdle: Array
    state: Array


def learn_pool(tables: Sequence[pa.Table], counts: Sequence[WeeklyCounts], *, source: str) -> Pool:
    """Return the pool that past forecasts of the regime model and the hurdle model favour.

    `tables` are scores tables of backtests, `counts` hold the series that they forecast. Raises `InputError` where the
    log scores of both parts, or the counts up to an origin, are missing.
    """
    found = [(series, one) for table in tables for series, one in _forecasts(table, counts)]
    forecasts = [one for _, one in found]
    weeks = [one.regimes.size for one in forecasts]
    weights = share_weights(
        np.concatenate([one.regimes for one in forecasts]),
        np.concatenate([one.hurdle for one in forecasts]),
        np.repeat([one.state for one in forecasts], weeks, axis=0),
        np.repeat(np.arange(len(weeks)), weeks),
    )
    return Pool(weights, len(forecasts), len({series for series, _ in found}), source)


def _forecasts(table: pa.Table, counts: Sequence[WeeklyCounts]) -> Iterator[tuple[str, Scored]]:
    """Yield each forecast that both parts were scored on, after the name of its series."""
    regimes = _log_scores(table, REGIMES)
    hurdle = next((scores for name in RECORD_BASED if (scores := _log_scores(table, name))), {})
    both = [key for key in regimes if key in hurdle]
    if not both:
        remedy = "`lull backtest` writes them as scores.parquet."
        expected = f"log scores of {REGIMES} and of {' or '.join(RECORD_BASED)} on the same forecasts"
        raise InputError(Problem("--scores", expected, "none", remedy))
    for series, origin in both:
        weeks = sorted(regimes[series, origin].keys() & hurdle[series, origin].keys())
        first, second = (np.array([part[series, origin][week] for week in weeks]) for part in (regimes, hurdle))
        yield series, Scored(first, second, _state(series, origin, counts))


def _log_scores(table: pa.Table, model: str) -> dict[tuple[str, date], dict[int, float]]:
    """Return the log scores of a forecaster, by series and day that ends the origin, and by week ahead."""
    rows = table.filter(pc.and_(pc.equal(table["metric"], LOG_SCORE), pc.equal(table["model"], model)))
    found: dict[tuple[str, date], dict[int, float]] = {}
    for row in rows.select(["series", "origin_date", "horizon", "value"]).to_pylist():
        found.setdefault((row["series"], row["origin_date"]), {})[row["horizon"]] = row["value"]
    return found


def _state(series: str, origin: date, counts: Sequence[WeeklyCounts]) -> Array:
    """Return the terms of the state of a series at an origin."""
    for panel in counts:
        ends = np.flatnonzero(panel.weeks == np.datetime64(origin, "D") - np.timedelta64(6, "D"))
        if series in panel.series and ends.size:
            history = panel.array.to_numpy()[0, panel.series.index(series), : ends[0] + 1]
            known = np.flatnonzero(~np.isnan(history))
            if known.size:
                since = history[known[0] :]
                return terms(silent_weeks(since)[-1], attacks_before(since))
    expected = f"the weekly counts of {series} up to the week that ends on {origin}"
    remedy = "Give --counts the files that the backtests were made from, and the same --fill-zeros."
    raise InputError(Problem("--counts", expected, "none", remedy))
