"""The weights of the pool learned from past forecasts: the log scores of its three parts, and the state at each origin.

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

MODELS = ("regimes", "hurdle", "recent")  # names of the parts


@dataclass(frozen=True)
class Scored:
    """Log scores of the parts of one forecast, (part, week), and the terms of its state, (term,)."""

    scores: Array
    state: Array


def learn_pool(tables: Sequence[pa.Table], counts: Sequence[WeeklyCounts], *, source: str) -> Pool:
    """Return the pool that past forecasts of its models favour.

    `tables` are scores tables of backtests, `counts` hold the series that they forecast. Raises `InputError` where the
    log scores of all three, or the counts up to an origin, are missing.
    """
    found = [(series, one) for table in tables for series, one in _forecasts(table, counts)]
    forecasts = [one for _, one in found]
    weeks = [one.scores.shape[1] for one in forecasts]
    *weights, recent = share_weights(
        np.concatenate([one.scores for one in forecasts], axis=1),
        np.repeat([one.state for one in forecasts], weeks, axis=0),
        np.repeat(np.arange(len(weeks)), weeks),
    )
    return Pool(np.array(weights), float(recent), len(forecasts), len({series for series, _ in found}), source)


def _forecasts(table: pa.Table, counts: Sequence[WeeklyCounts]) -> Iterator[tuple[str, Scored]]:
    """Yield each forecast that all parts were scored on, after the name of its series."""
    found = {name: _log_scores(table, name) for name in MODELS}
    common = [key for key in found[MODELS[0]] if all(key in scores for scores in found.values())]
    if not common:
        remedy = "`lull backtest` writes them as scores.parquet."
        expected = f"log scores of {', '.join(MODELS)} on the same forecasts"
        raise InputError(Problem("--scores", expected, "none", remedy))
    for series, origin in common:
        parts = [scores[series, origin] for scores in found.values()]
        weeks = sorted(set.intersection(*(set(part) for part in parts)))
        yield (
            series,
            Scored(np.array([[part[week] for week in weeks] for part in parts]), _state(series, origin, counts)),
        )


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
