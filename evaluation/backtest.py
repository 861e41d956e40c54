"""A backtest: every forecaster on every cell, planned before anything is forecast.

The invariant: a plan is a function of the data and what is asked; the trials stand in the order of the data, each once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.data.evidence import Evidence, read_evidence
from lull.data.schema import InputError, Problem, near
from lull.evaluation.cells import Cell, Rule, Selection, select_cells
from lull.evaluation.forecasters.participants import FITTED, Entrant, Setting
from lull.evaluation.trials import Trial, cut, known_id
from lull.model.fitting.fit import FitPlan, Progress, weekly_counts
from lull.model.runs.store import Store, content_id


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
    clusters: dict[str, str]  # of each series

    @cached_property
    def backtest_id(self) -> str:
        """The hash of all that decides the tables."""
        named = sorted((name, self.clusters[name]) for name in self.selection.series)
        return content_id({"trials": [trial.run_id for trial in self.trials], "clusters": named})

    @property
    def unknown(self) -> int:
        """How many of the weeks ahead, of all cells together, are missing or not in the counts yet."""
        truths = {one.cell: one.truth for trial in self.trials for one in (trial, *trial.later)}
        return sum(week is None for truth in truths.values() for week in truth)

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

    Raises `InputError` for evidence that cannot be read, a series that is not there, and if no series has an origin:
    by which rule how many.
    """
    if setting.drivers == "none":
        evidence = replace(evidence, events=None)
    truth = true_counts(evidence, setting, progress=progress, seed=seed)
    if unknown := [name for name in only if name not in truth.series]:
        raise InputError(Problem("--series", "a series of the data", repr(x), near(x, truth.series)) for x in unknown)
    truth = truth.select(list(dict.fromkeys(only))) if only else truth
    selection = select_cells(truth.array.to_numpy()[0], truth.series, truth.weeks, rule)
    if not selection.cells:
        raise InputError(_none_qualifies(evidence, selection))
    trials = tuple(_trials(evidence, truth, selection, entrants, setting, seed=seed))
    return Backtest(evidence, rule, selection, entrants, setting, seed, trials, truth.clusters)


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
    entrants = tuple(entrants)
    for span in _spans(selection.cells, setting.refit):
        cuts = [(cut(evidence, cell), cell) for cell in span]
        known = [(own, cell, _happened(truth, cell, setting.horizon), known_id(own)) for own, cell in cuts]
        for entrant in entrants:
            first, *later = (
                Trial(own, cell, entrant, setting, after, named, seed) for own, cell, after, named in known
            )
            if entrant.kind in FITTED:
                yield replace(first, later=tuple(later))
            else:
                yield from (first, *later)


def _spans(cells: Iterable[Cell], refit: int | None) -> Iterator[list[Cell]]:
    """Yield cells that one fit serves: of one series, fewer than `refit` weeks after its origin; without, one each."""
    span: list[Cell] = []
    for cell in cells:
        goes_on = span and cell.series == span[0].series and (cell.origin - span[0].origin).days < 7 * (refit or 0)
        if span and not goes_on:
            yield span
            span = []
        span.append(cell)
    if span:
        yield span


def _happened(truth: WeeklyCounts, cell: Cell, horizon: int) -> tuple[int | None, ...]:
    """Return the counts of the weeks after the origin of a cell, None where it is not known."""
    count = truth.array.sel(series=cell.series).to_numpy()[0]
    first = int((np.datetime64(cell.origin, "D") - truth.weeks[0]) // WEEK) + 1
    ahead = count[first : first + horizon]
    known = [None if np.isnan(value) else int(value) for value in ahead]
    return (*known, *[None] * (horizon - len(known)))


def _none_qualifies(evidence: Evidence, selection: Selection) -> Problem:
    """Return why there is nothing to score."""
    reasons = "; ".join(f"{many} with {reason}" for reason, many in selection.excluded.items())
    remedy = "Lower --learn or --min-events, or widen --from and --to."
    where = str(evidence.counts or evidence.reports)
    return Problem(where, "a series with an origin to forecast from", f"none: {reasons}", remedy)
