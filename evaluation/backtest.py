"""A backtest: every forecaster on every cell, planned before anything is forecast and gathered when all is done.

The invariant: what is gathered is a function of the files of the trials in the order of the plan, so that the same
question gives the same tables byte for byte, however often it was interrupted.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.calendar import WEEK
from data.counts import WeeklyCounts
from data.evidence import Evidence, read_evidence
from data.schema import InputError, Problem, near
from evaluation.cells import Cell, Rule, Selection, select_cells
from evaluation.forecasters import Entrant, Setting
from evaluation.trials import Trial, cut, known_id
from model.fit import FitPlan, Progress, weekly_counts
from model.store import Store, content_id

SCORE_COLUMNS = ("model", "series", "origin_date", "horizon", "metric", "value")
FIT_COLUMNS = ["model", "series", "origin_date", "state", "silent_weeks", "history_weeks", "grade", "reason", "rhat"]


@dataclass(frozen=True)
class Backtest:
    """What is asked: the cells, who forecasts them, and how."""

    evidence: Evidence
    rule: Rule
    selection: Selection
    entrants: tuple[Entrant, ...]
    setting: Setting
    seed: int
    trials: tuple[Trial, ...]

    @cached_property
    def backtest_id(self) -> str:
        """The hash of all that decides the tables."""
        return content_id({"trials": [trial.run_id for trial in self.trials]})

    def missing(self, store: Store) -> list[Trial]:
        """Return the trials that are not in the store."""
        return [trial for trial in self.trials if not trial.finished(store)]


def plan_backtest(
    evidence: Evidence,
    rule: Rule,
    entrants: tuple[Entrant, ...],
    setting: Setting,
    *,
    only: Sequence[str] = (),
    progress: Progress,
    seed: int,
) -> Backtest:
    """Return the trials of a backtest, by cell and forecaster, of all series or `only` those.

    Raises `InputError` for evidence that can not be read, a series that is not there, and if no series has an origin:
    by which rule how many.
    """
    truth = true_counts(evidence, setting, progress=progress, seed=seed)
    if unknown := [name for name in only if name not in truth.series]:
        raise InputError(Problem("--series", "a series of the data", repr(x), near(x, truth.series)) for x in unknown)
    truth = truth.select(list(dict.fromkeys(only))) if only else truth
    selection = select_cells(truth.array.to_numpy()[0], truth.series, truth.weeks, rule)
    if not selection.cells:
        raise InputError(_none_qualifies(evidence, selection))
    trials = tuple(_trials(evidence, truth, selection, entrants, setting, seed=seed))
    return Backtest(evidence, rule, selection, entrants, setting, seed, trials)


def true_counts(evidence: Evidence, setting: Setting, *, progress: Progress, seed: int) -> WeeklyCounts:
    """Return what happened as far as all the evidence says: of several reconstructions the median of each week."""
    known = read_evidence(evidence)
    plan = FitPlan(evidence, config=setting.sampler, seed=seed)
    counts, _ = weekly_counts(known, plan, progress=progress)
    if counts.array.sizes["imputation"] == 1:
        return counts
    middle = np.floor(np.median(counts.array.to_numpy(), axis=0, keepdims=True))
    return WeeklyCounts(counts.array.isel(imputation=[0]).copy(data=middle))


def _trials(
    evidence: Evidence,
    truth: WeeklyCounts,
    selection: Selection,
    entrants: Iterable[Entrant],
    setting: Setting,
    *,
    seed: int,
) -> Iterator[Trial]:
    """Yield the trials; what was known is hashed once a cell."""
    for cell in selection.cells:
        own = cut(evidence, cell)
        named, happened = known_id(own), _happened(truth, cell, setting.horizon)
        for entrant in entrants:
            yield Trial(own, cell, entrant, setting, happened, named, seed)


def _happened(truth: WeeklyCounts, cell: Cell, horizon: int) -> tuple[int | None, ...]:
    """Return the counts of the weeks after the origin of a cell, None where nobody knows."""
    count = truth.array.sel(series=cell.series).to_numpy()[0]
    first = int((np.datetime64(cell.origin, "D") - truth.weeks[0]) // WEEK) + 1
    ahead = count[first : first + horizon]
    known = [None if np.isnan(value) else int(value) for value in ahead]
    return (*known, *[None] * (horizon - len(known)))


def _none_qualifies(evidence: Evidence, selection: Selection) -> Problem:
    """Return why there is nothing to score."""
    reasons = "; ".join(f"{many} with {reason}" for reason, many in selection.excluded.items())
    remedy = "--learn, --min-events, --from and --to choose otherwise."
    where = str(evidence.counts or evidence.reports)
    return Problem(where, "a series with an origin to forecast from", f"none: {reasons}", remedy)


@dataclass(frozen=True)
class Gathered:
    """The rows of all finished trials: their scores in long form, and how each forecast was made."""

    scores: pa.Table
    fits: pa.Table


def gather(backtest: Backtest, store: Store) -> Gathered:
    """Return the tables of the finished trials, in the order of the plan."""
    rows = [
        pq.read_table(trial.path(store), columns=[*FIT_COLUMNS, "scores"], partitioning=None)
        for trial in backtest.trials
        if trial.finished(store)
    ]
    whole = pa.concat_tables(rows).combine_chunks()
    return Gathered(_long(whole), whole.select(FIT_COLUMNS))


def _long(rows: pa.Table) -> pa.Table:
    """Return the scores table: a row for each score."""
    scores = rows["scores"].combine_chunks()
    parents = pa.compute.list_parent_indices(scores)
    flat = scores.flatten()
    told = {name: rows[name].take(parents) for name in SCORE_COLUMNS[:3]}
    return pa.table(told | {name: flat.field(name) for name in SCORE_COLUMNS[3:]})
