"""The scores table brought down to one line a model and metric, and the paired test beside it.

The invariant: within a metric all models are scored on exactly the same cells, or nothing is compared. The best
baseline of a metric is chosen after the fact, among the baselines with that metric. The bootstrap draws series, not
cells: the origins of one series are not independent.

A metric is written `crps`; one slice of it `crps|h3` (week or window 3), `crps|silent` and `crps|active` (the state at
the origin: silent for at least four weeks, or not).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lull.data.schema import InputError, Problem
from lull.evaluation.scores.metrics import SILENCE, STATE, is_log_score, is_loss

RESAMPLES, FLIPS, LEVEL = 2_000, 10_000, 0.9
ABSENT = "not installed"  # the metric of a baseline that could not be run
MEASURED = ("mean", "skill_vs_best_baseline", "ci_low", "ci_high")
SUMMARY = pa.schema(
    {"model": pa.string(), "metric": pa.string()} | dict.fromkeys(MEASURED, pa.float64()) | {"n_scored": pa.int64()}
)
TESTS = pa.schema(
    dict.fromkeys(("model", "metric", "best_baseline"), pa.string())
    | dict.fromkeys(("difference", "p_value"), pa.float64())
    | {"n_series": pa.int64()}
)
SLICED = f"""
WITH state AS (
  SELECT DISTINCT series, origin_date, value >= {SILENCE} AS silent FROM scores WHERE metric = '{STATE}'
), sliced AS (
  SELECT *, metric AS slice FROM scores
  UNION ALL SELECT *, metric || '|h' || horizon FROM scores
  UNION ALL
  SELECT scores.*, metric || if(silent, '|silent', '|active') FROM scores JOIN state USING (series, origin_date)
)
SELECT slice, model, series,
  sum(value ORDER BY origin_date, horizon), count(*), sum(hash(series, origin_date, horizon)::HUGEINT)::VARCHAR
FROM sliced WHERE metric <> '{STATE}' GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 - names of ours


type _Figures = dict[str, tuple[float, int, str]]  # series -> sum, cells, fingerprint of the cells


@dataclass(frozen=True)
class Compared:
    """One metric of all models that have it: sums of the score, dims (model, series), and cells, dims (series,)."""

    metric: str
    models: tuple[str, ...]
    sums: NDArray[np.float64]
    cells: NDArray[np.int64]

    def best(self, baselines: Collection[str]) -> int | None:
        """Return the place of the baseline with the smallest mean, None where there is none or no better and worse."""
        places = [place for place, model in enumerate(self.models) if model in baselines]
        return min(places, key=lambda place: self.sums[place].sum()) if places and is_loss(self.metric) else None

    def skill(self, sums: NDArray[np.float64], cells: NDArray[np.float64], *, best: int) -> NDArray[np.float64]:
        """Return the skill of each model, dims (..., model), from sums over resampled series and their cells.

        `1 - score / score of the best baseline`; of a log score the nats a cell that are gained.
        """
        if is_log_score(self.metric):
            return (sums[..., [best]] - sums) / cells[..., None]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(sums == sums[..., [best]], 1.0, sums / sums[..., [best]])
        return np.where(np.isfinite(ratio), 1 - ratio, np.nan)


def summarise(scores: pa.Table, *, baselines: Collection[str], absent: Iterable[str] = (), seed: int) -> pa.Table:
    """Return `model, metric, mean, skill_vs_best_baseline, ci_low, ci_high, n_scored` of a scores table.

    The mean is over cells. The interval of the skill is a 90 % bootstrap over series (2,000 resamples), the best
    baseline held; one series has none. Figures of calibration have no skill. A baseline of `absent` has one line that
    says so. Raises `InputError` when the models of a metric were not scored on the same cells.
    """
    rng = np.random.default_rng(seed)
    lines = [line for compared in compare(scores) for line in _lines(compared, baselines, rng)]
    nothing = dict.fromkeys(MEASURED, np.nan) | {"n_scored": 0}
    lines += [{"model": name, "metric": ABSENT, **nothing} for name in absent]
    return pa.Table.from_pylist(lines, schema=SUMMARY)


def paired_tests(scores: pa.Table, *, baselines: Collection[str], seed: int) -> pa.Table:
    """Return `model, metric, best_baseline, difference, p_value, n_series`: each model against the best baseline.

    `difference` is the mean over series of the series' mean score less the best baseline's, negative = better.
    `p_value` is that of a two-sided sign-flip permutation test over series. Raises `InputError` as `summarise` does.
    """
    rng = np.random.default_rng(seed)
    lines: list[dict[str, object]] = []
    for compared in compare(scores):
        best = compared.best(baselines)
        if best is None:
            continue
        differences = (compared.sums - compared.sums[best]) / compared.cells
        p_values = sign_flip_p_values(differences, rng=rng)
        for place, model in enumerate(compared.models):
            if place != best:
                named = {"model": model, "metric": compared.metric, "best_baseline": compared.models[best]}
                figures = {"difference": differences[place].mean(), "p_value": p_values[place]}
                lines.append({**named, **figures, "n_series": compared.cells.size})
    return pa.Table.from_pylist(lines, schema=TESTS)


def sign_flip_p_values(differences: NDArray[np.float64], *, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the two-sided p-values that paired differences, dims (..., series), are symmetric about 0, dims (...,).

    10,000 random signs, the same for all; the observed ones count as one more.
    """
    signs = rng.integers(0, 2, (differences.shape[-1], FLIPS)) * 2.0 - 1.0
    flipped = np.abs(differences @ signs)
    observed = np.abs(differences.sum(axis=-1, keepdims=True))
    p_values: NDArray[np.float64] = (1 + (flipped >= observed * (1 - 1e-9)).sum(axis=-1)) / (1 + FLIPS)
    return p_values


def compare(scores: pa.Table) -> list[Compared]:
    """Return every metric and slice of a scores table with its sums by model and series.

    Raises `InputError` with each metric in which a model misses cells that another has.
    """
    with duckdb.connect() as connection:
        connection.register("scores", scores)
        rows = connection.execute(SLICED).fetchall()
    metrics: dict[str, dict[str, _Figures]] = {}
    for metric, model, series, *figures in rows:
        metrics.setdefault(metric, {}).setdefault(model, {})[series] = tuple(figures)
    if problems := [problem for metric, models in metrics.items() for problem in _unequal(metric, models)]:
        raise InputError(problems)
    return [_compared(metric, models) for metric, models in metrics.items()]


def _unequal(metric: str, models: dict[str, _Figures]) -> Iterable[Problem]:
    """Yield a problem for each model that was not scored on the cells of the first."""
    first, *others = models
    expected = {series: figures[1:] for series, figures in models[first].items()}
    for model in others:
        if {series: figures[1:] for series, figures in models[model].items()} != expected:
            counted = [sum(figures[1] for figures in models[name].values()) for name in (first, model)]
            same = f"the {counted[0]} cells of {first}"
            yield Problem(
                f"scores of {model}, {metric}", same, f"{counted[1]} cells, not the same", "Score them again."
            )


def _compared(metric: str, models: dict[str, _Figures]) -> Compared:
    cells = np.array([figures[1] for figures in next(iter(models.values())).values()])
    sums = np.array([[figures[0] for figures in by_series.values()] for by_series in models.values()])
    return Compared(metric, tuple(models), sums, cells)


def _lines(
    compared: Compared, baselines: Collection[str], rng: np.random.Generator
) -> Iterable[dict[str, str | float | int]]:
    """Yield the line of each model in one metric."""
    count = compared.cells.size
    total = int(compared.cells.sum())
    skill, low, high = np.full((3, len(compared.models)), np.nan)
    best = compared.best(baselines)
    if best is not None:
        skill = compared.skill(compared.sums.sum(axis=1), np.array(float(total)), best=best)
    if best is not None and count > 1:
        drawn = rng.multinomial(count, np.full(count, 1 / count), RESAMPLES).astype(float)
        skills = compared.skill(drawn @ compared.sums.T, drawn @ compared.cells, best=best)
        low, high = np.quantile(skills, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    for place, model in enumerate(compared.models):
        named = {"model": model, "metric": compared.metric, "mean": compared.sums[place].sum() / total}
        interval = {"ci_low": low[place], "ci_high": high[place]}
        yield {**named, "skill_vs_best_baseline": skill[place], **interval, "n_scored": total}
