"""What can be said about a question without the model, kept beside each forecast and scored with it.

The naive pool, the opponent of every backtest, where its libraries are installed; else how often recorded silences like
this one ended; else the series' own last half year drawn again. The choice depends on nothing that comes later.
"""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from lull.data.arrays import Array
from lull.data.schema import InputError
from lull.evaluation.forecasters.baselines import BASELINES
from lull.evaluation.forecasters.pools import absent_forecasters, naive_pool
from lull.evaluation.record import NAIVE_POOL
from lull.evaluation.scores.predictive import Predictive
from lull.ledger.entries import Baseline, Counts
from lull.ledger.outcomes import COUNTED, happens
from lull.model.fitting.out_of_scale import recorded
from lull.scenarios.engine.projection import Projection
from lull.scenarios.engine.questions import EXACT, Answer, Question, between, horizon_days, weeks_needed
from lull.scenarios.language.standard import SEED

DRAWS = 2000
CLIMATOLOGY, REFERENCE = "climatology_26", "reference_rate"


def baseline_of(tree: xr.DataTree, question: Question, answer: Answer, projection: Projection) -> Baseline | None:
    """Return the best baseline that there is for a question; None for a series without a known count."""
    week = weeks_needed(question, projection.state)
    share = (horizon_days(question, projection.state) - 7 * (week - 1)) / 7.0
    try:
        name, made = _predictive(_history(tree, answer.series), week)
    except InputError:
        return None
    if name != NAIVE_POOL and answer.reference_rate is not None:
        return Baseline(REFERENCE, answer.reference_rate)
    totals = between(np.cumsum(made.paths, axis=1).astype(float), week, share)
    counts = Counts.of(totals) if question.kind in COUNTED else None
    return Baseline(name, _chance(question, made, week, share), counts)


def _predictive(history: Array, weeks: int) -> tuple[str, Predictive]:
    rng = np.random.default_rng(SEED)
    if NAIVE_POOL in absent_forecasters():
        return CLIMATOLOGY, BASELINES[CLIMATOLOGY](history, horizon=weeks, draws=DRAWS, rng=rng)
    return NAIVE_POOL, naive_pool(history, horizon=weeks, draws=DRAWS, rng=rng)


def _history(tree: xr.DataTree, series: str) -> Array:
    """Return the recorded counts of a series, medians of imputations in whole attacks, NaN where missing, (week,)."""
    counts = recorded(tree).sel(series=series).to_numpy()
    known = ~np.isnan(counts).all(axis=0)
    history = np.full(counts.shape[-1], np.nan)
    history[known] = np.floor(np.nanmedian(counts[:, known], axis=0) + 0.5)
    return history


def _chance(question: Question, made: Predictive, week: int, share: float) -> float:
    by_week = np.array([list(_by_week(question, made, week))])
    return float(np.clip(between(by_week, week, share)[0], 0.0, 1.0))


def _by_week(question: Question, made: Predictive, weeks: int) -> Iterator[float]:
    """Yield the chance that it has come by each week."""
    if question.kind in EXACT:
        yield from made.attack_chance()[:weeks].tolist()
        return
    for week in range(1, weeks + 1):
        yield float(happens(question, made.paths[:, :week].astype(float)).mean())
