"""What became of a backtest: the rows of its trials gathered, summarised, and written as files.

The invariant: the tables are a function of the files of the trials in the order of the plan, so that the same question
gives the same bytes, however often it was interrupted.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lull.data.calendar import week_end
from lull.data.files import whole_file
from lull.evaluation.backtest import Backtest
from lull.evaluation.forecasters.participants import FILTERED, OPPONENTS
from lull.evaluation.forecasters.pools import absent_forecasters
from lull.evaluation.record import HURDLE, LULL, POOLS, RECENT, SHOWN, Fits, Paired, Record, Summarised
from lull.evaluation.scores.calibration import calibration
from lull.evaluation.scores.stacking import stacking_weights
from lull.evaluation.scores.summary import paired_tests, summarise
from lull.evaluation.trials import SCHEMA
from lull.model.runs.store import Store
from lull.scenarios.results.calibration_status import FILE, name_of, write_figures
from lull.scenarios.results.tables import write_csv, write_parquet

SCORE_COLUMNS = ("model", "series", "origin_date", "horizon", "metric", "value")
FIT_COLUMNS = ["model", "series", "origin_date", "state", "silent_weeks", "history_weeks", "grade", "reason", "rhat"]
OVER_WINDOWS = ("total", "any_attack", "resumption")  # metrics of several weeks together
_NONE = SCHEMA.empty_table().select([*FIT_COLUMNS, "scores"])
DIGITS = 4  # of a stacking weight
BINS = 10  # of the PIT histogram
LEVELS = ("50", "90")  # per cent of the intervals whose coverage is shown by horizon


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
    whole = pa.concat_tables([_NONE, *rows]).combine_chunks()
    return Gathered(_long(whole), whole.select(FIT_COLUMNS))


def _long(rows: pa.Table) -> pa.Table:
    """Return the scores table: a row for each score."""
    scores = rows["scores"].combine_chunks()
    parents = pc.list_parent_indices(scores)
    flat = scores.flatten()
    columns = {name: rows[name].take(parents) for name in SCORE_COLUMNS[:3]}
    return pa.table(columns | {name: flat.field(name) for name in SCORE_COLUMNS[3:]})


@dataclass(frozen=True)
class Results:
    """The record of a backtest, the tables of means and of paired tests, and the weights of the best mixture."""

    record: Record
    summary: pa.Table
    paired: pa.Table

    @property
    def weights(self) -> pa.Table:
        """The table of stacking weights."""
        weights = self.record.weights
        return pa.table(
            {
                "model": pa.array(weights, pa.string()),
                "weight": pa.array([round(weight, DIGITS) for weight in weights.values()], pa.float64()),
            }
        )


def results_of(backtest: Backtest, gathered: Gathered, failed: tuple[dict[str, str], ...], *, made_on: date) -> Results:
    """Return what a backtest says whose trials are gathered."""
    cells = backtest.selection.cells
    baselines = tuple(one.name for one in backtest.entrants if one.kind in OPPONENTS)
    models = tuple(dict.fromkeys(name for name in gathered.fits["model"].to_pylist() if name not in baselines))
    common = on_common_cells(gathered)
    clusters, seed = backtest.clusters, backtest.seed
    table = summarise(common, baselines=baselines, absent=absent_forecasters(), clusters=clusters, seed=seed)
    paired = paired_tests(common, baselines=baselines, clusters=clusters, seed=seed)
    ours = {name: common.filter(pc.equal(common["model"], name)) for name in models}
    states = {(row["series"], row["origin_date"]): row["state"] for row in gathered.fits.to_pylist()}
    record = Record(
        backtest_id=backtest.backtest_id,
        made_from=backtest.evidence.identity(),
        name=(backtest.evidence.counts or backtest.evidence.reports or Path()).name,
        made_on=str(made_on),
        horizon=backtest.setting.horizon,
        history=backtest.setting.history,
        refit=backtest.setting.refit,
        learn=backtest.rule.learn,
        seed=seed,
        cells=len(cells),
        series=len(backtest.selection.series),
        clusters=len({clusters[name] for name in backtest.selection.series}),
        silent=sum(state == "silent" for state in states.values()),
        first_origin=_ends(min(cell.origin for cell in cells)),
        last_origin=_ends(max(cell.origin for cell in cells)),
        origins=None if backtest.rule.every else backtest.rule.origins,
        fewer=backtest.selection.fewer,
        unknown=backtest.unknown,
        excluded=backtest.selection.excluded,
        models=models,
        baselines=baselines,
        absent=absent_forecasters(),
        failed=failed,
        fits=tuple(_sampled(models, gathered.fits)),
        summary=tuple(Summarised(*map(_defined, row.values())) for row in table.to_pylist() if _kept(row["metric"])),
        paired=tuple(Paired(*map(_defined, row.values())) for row in paired.to_pylist() if _kept(row["metric"])),
        weights=stacking_weights(
            common, [name for name in (*models, *baselines) if name not in {LULL, HURDLE, RECENT, *POOLS}]
        ),
        pit={name: pit_histogram(scores) for name, scores in ours.items()},
        coverage={
            name: {level: coverage_by_horizon(scores, level) for level in LEVELS} for name, scores in ours.items()
        },
        calibration=calibration(gathered.scores, _shown(models), clusters=clusters),
    )
    return Results(record, table, paired)


def _shown(models: Iterable[str]) -> str:
    """Return the forecaster whose numbers are shown, of those that were scored."""
    return next((name for name in SHOWN if name in models), "")


def _ends(week: date) -> str:
    """Return the day that ends an origin week: the `origin_date` of the tables."""
    return str(week_end(week))


def on_common_cells(gathered: Gathered) -> pa.Table:
    """Return the scores of the cells that no forecaster failed on: what fails on one is compared on none of them."""
    models = set(gathered.fits["model"].to_pylist())
    done = Counter(zip(gathered.fits["series"].to_pylist(), gathered.fits["origin_date"].to_pylist(), strict=True))
    if all(many == len(models) for many in done.values()):
        return gathered.scores
    keys = zip(gathered.scores["series"].to_pylist(), gathered.scores["origin_date"].to_pylist(), strict=True)
    return gathered.scores.filter(pa.array([done[key] == len(models) for key in keys]))


def _kept(metric: str) -> bool:
    """Return whether a record has a line of the summary: none of single weeks."""
    name, _, slice_ = metric.partition("|")
    return not slice_.startswith("h") or name.startswith(OVER_WINDOWS)


def _defined(cell: Any) -> Any:
    """Return a figure as JSON can say it: what is not defined is null."""
    return None if isinstance(cell, float) and math.isnan(cell) else cell


def _sampled(models: Iterable[str], rows: pa.Table) -> Iterator[Fits]:
    """Yield how the fits of each model fared; of models that are made from the same fits only the first's."""
    seen = set()
    for name in models:
        fits = _fits(name, rows)
        figures = (fits.good, fits.doubtful, fits.unusable, fits.worst_rhat)
        if fits.total and figures not in seen:
            seen.add(figures)
            yield fits


def _fits(model: str, rows: pa.Table) -> Fits:
    """Return how the fits of a model fared."""
    own = [row for row in rows.to_pylist() if row["model"] == model and row["grade"]]
    grades = Counter(row["grade"] for row in own)
    bad = [f"{row['series']} at {row['origin_date']}: {row['reason']}" for row in own if row["grade"] == "unusable"]
    rhat = max((row["rhat"] for row in own), default=float("nan"))
    filtered = sum(row["reason"].startswith(FILTERED) for row in own)
    return Fits(model, grades["good"], grades["doubtful"], tuple(bad), rhat, filtered)


def pit_histogram(scores: pa.Table) -> list[float]:
    """Return the non-randomised PIT histogram of the weeks scored: the share of each tenth, .1 each if calibrated."""
    low, high = (_values(scores, name) for name in ("pit_low", "pit_high"))
    if not low.size:
        return []
    edges = np.linspace(0, 1, BINS + 1)[:, None]
    width = np.maximum(high - low, 1e-12)  # a count that no draw has is a point
    below = np.clip((edges - low) / width, 0, 1).mean(axis=1)
    below[-1] = 1.0  # what lies above every draw is in the last tenth
    return [float(share) for share in np.diff(below)]


def coverage_by_horizon(scores: pa.Table, level: str) -> list[float]:
    """Return the share of truths within the central interval of a level, by week ahead."""
    own = scores.filter(pc.equal(scores["metric"], f"coverage_{level}"))
    horizon, value = own["horizon"].to_numpy(), own["value"].to_numpy()
    return [float(value[horizon == week].mean()) for week in np.unique(horizon)]


def _values(scores: pa.Table, metric: str) -> np.ndarray:
    return np.asarray(scores.filter(pc.equal(scores["metric"], metric))["value"].to_numpy())


def write_results(results: Results, gathered: Gathered, out: Path) -> list[Path]:
    """Write all tables and report.html, and return where they are."""
    from lull.evaluation.presentation.report import report_page  # noqa: PLC0415 - draws charts, only files need it

    tables = {
        "summary.csv": results.summary,
        "paired.csv": results.paired,
        "weights.csv": results.weights,
        "fits.csv": gathered.fits,
    }
    scores, page, graded = (out / name for name in ("scores.parquet", "report.html", FILE))
    write_parquet(gathered.scores, scores)
    for name, table in tables.items():
        write_csv(table, out / name)
    with whole_file(page) as scratch:
        scratch.write_text(report_page(results.record), encoding="utf-8")
    with whole_file(graded) as scratch:
        write_figures(results.record.calibration, scratch, source=name_of(results.record.made_from))
    return [scores, *(out / name for name in tables), graded, page]
