"""The scores of all forecasters side by side, by series and half year, so that nothing is compared on other cells.

The invariant: within a metric all models are scored on exactly the same cells, or nothing is compared.

A metric is written `crps`; one slice of it `crps|h3` (week or window 3), `crps|silent` and `crps|active` (the state at
the origin: silent for at least four weeks, or not).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.schema import InputError, Problem
from lull.evaluation.record import POOLS
from lull.evaluation.scores.metrics import LEVEL, SILENCE, STATE, is_log_score, is_loss, is_scaled

type _Unit = tuple[str, int]  # a series and a half year
type _Figures = dict[_Unit, tuple[float, int, str]]  # sum, cells, fingerprint of the cells

BLOCK = 26  # weeks of a block of calendar time
SLICED = f"""
WITH state AS (
  SELECT DISTINCT series, origin_date, value >= {SILENCE} AS silent FROM scores WHERE metric = '{STATE}'
), sliced AS (
  SELECT *, metric AS slice FROM scores
  UNION ALL SELECT *, metric || '|h' || horizon FROM scores
  UNION ALL
  SELECT scores.*, metric || if(silent, '|silent', '|active') FROM scores JOIN state USING (series, origin_date)
)
SELECT slice, model, series, date_diff('day', DATE '1900-01-01', origin_date::DATE) // {7 * BLOCK} AS block,
  sum(value ORDER BY origin_date, horizon), count(*), sum(hash(series, origin_date, horizon)::HUGEINT)::VARCHAR
FROM sliced WHERE metric NOT IN ('{STATE}', '{LEVEL}') GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 - names of ours
LEVELS = f"SELECT series, avg(value) FROM scores WHERE metric = '{LEVEL}' GROUP BY series"  # noqa: S608 - the same


@dataclass(frozen=True)
class Compared:
    """One metric of all models that have it: sums (model, unit) over the cells (unit,) of each series and half year.

    `series`, `cluster` and `block` number those of each unit; `level` is the mean weekly count of its series, 1 for
    metrics that do not grow with it.
    """

    metric: str
    models: tuple[str, ...]
    names: tuple[str, ...]  # of the series
    sums: Array
    cells: Array
    series: NDArray[np.int64]
    cluster: NDArray[np.int64]
    block: NDArray[np.int64]
    level: Array

    def best(self, baselines: Collection[str]) -> int | None:
        """Return the place of the single baseline with the smallest mean, None without one or no better and worse."""
        places = [place for place, model in enumerate(self.models) if model in baselines and model not in POOLS]
        return min(places, key=lambda place: self.sums[place].sum()) if places and is_loss(self.metric) else None

    def place(self, model: str) -> int | None:
        """Return the place of a model, None if it has not the metric or this knows no better and worse."""
        return self.models.index(model) if model in self.models and is_loss(self.metric) else None

    def by_series(self) -> "Compared":
        """Return the same with each series of equal weight: its mean score, in shares of its level."""
        weight = 1 / (np.bincount(self.series, self.cells)[self.series] * self.level)
        return replace(self, sums=self.sums * weight, cells=self.cells * weight)

    def skill(self, sums: Array, cells: Array, *, against: int) -> Array:
        """Return the skill of each model, dims (..., model), from sums over units and their cells.

        `1 - score / score of the opponent`; of a log score the nats a cell that are gained.
        """
        opponent = sums[..., [against]]
        if is_log_score(self.metric):
            return (opponent - sums) / cells[..., None]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(sums == opponent, 1.0, sums / opponent)
        return np.where(np.isfinite(ratio), 1 - ratio, np.nan)

    def largest(self, model: int) -> tuple[str, float]:
        """Return the series with the largest share of the sum of a model's score, and that share."""
        parts = np.abs(np.bincount(self.series, self.sums[model], minlength=len(self.names)))
        first = int(np.argmax(parts))
        return self.names[first], float(parts[first] / parts.sum()) if parts.any() else 0.0


def compare(scores: pa.Table, clusters: Mapping[str, str] | None = None) -> list[Compared]:
    """Return every metric and slice of a scores table; a series without a cluster is one of its own.

    Raises `InputError` with each metric in which a model misses cells that another has.
    """
    with duckdb.connect() as connection:
        connection.register("scores", scores)
        rows = connection.execute(SLICED).fetchall()
        levels = dict(connection.execute(LEVELS).fetchall())
    metrics: dict[str, dict[str, _Figures]] = {}
    for metric, model, series, block, *figures in rows:
        metrics.setdefault(metric, {}).setdefault(model, {})[series, block] = tuple(figures)
    if problems := [problem for metric, models in metrics.items() for problem in _unequal(metric, models)]:
        raise InputError(problems)
    return [_compared(metric, models, levels, clusters or {}) for metric, models in metrics.items()]


def _unequal(metric: str, models: dict[str, _Figures]) -> Iterable[Problem]:
    """Yield a problem for each model that was not scored on the cells of the first."""
    first, *others = models
    expected = {unit: figures[1:] for unit, figures in models[first].items()}
    for model in others:
        if {unit: figures[1:] for unit, figures in models[model].items()} != expected:
            counted = [sum(figures[1] for figures in models[name].values()) for name in (first, model)]
            same = f"the {counted[0]} cells of {first}"
            yield Problem(
                f"scores of {model}, {metric}", same, f"{counted[1]} cells, not the same", "Score them again."
            )


def _compared(
    metric: str, models: dict[str, _Figures], levels: Mapping[str, float], clusters: Mapping[str, str]
) -> Compared:
    units = next(iter(models.values()))
    names, series = np.unique([name for name, _ in units], return_inverse=True)
    groups = [clusters.get(name, name) for name, _ in units]
    return Compared(
        metric=metric,
        models=tuple(models),
        names=tuple(map(str, names)),
        sums=np.array([[figures[0] for figures in by_unit.values()] for by_unit in models.values()]),
        cells=np.array([figures[1] for figures in units.values()], dtype=float),
        series=series,
        cluster=np.unique(groups, return_inverse=True)[1],
        block=np.unique([block for _, block in units], return_inverse=True)[1],
        level=np.array([levels.get(name, 1.0) if is_scaled(metric) else 1.0 for name, _ in units]),
    )
