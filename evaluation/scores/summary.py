"""The scores table brought down to one line a model and metric, and the paired tests.

Two estimands, each with its own table. The summary sums raw scores over all cells, as they are: large series decide,
and the largest is named. The paired tests give every series the same weight, its mean score in shares of its own level:
`skill = 1 - mean over series of (score / level) / the opponent's`, after the scaled errors of Hyndman & Koehler 2006
(International Journal of Forecasting 22), with the mean count up to the origin as the scale, since a naive error may be
0. Skill, interval and test of a line are of the same figure.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa

from lull.data.arrays import Array
from lull.evaluation.record import NAIVE_POOL
from lull.evaluation.scores.comparison import Compared, compare
from lull.evaluation.scores.metrics import is_loss
from lull.evaluation.scores.resampling import sign_flip_p_value, skill_interval

ABSENT = "not installed"  # the metric of a baseline that could not be run
MEASURED = ("mean", "skill_vs_best_baseline", "ci_low", "ci_high")
AGAINST_POOL = ("skill_vs_naive_pool", "naive_pool_ci_low", "naive_pool_ci_high")
SUMMARY = pa.schema(
    {"model": pa.string(), "metric": pa.string()}
    | dict.fromkeys(MEASURED, pa.float64())
    | {"n_scored": pa.int64()}
    | dict.fromkeys(AGAINST_POOL, pa.float64())
    | {"largest_series": pa.string(), "largest_share": pa.float64()}
)
TESTS = pa.schema(
    dict.fromkeys(("model", "metric", "opponent"), pa.string())
    | dict.fromkeys(("difference", "p_value"), pa.float64())
    | dict.fromkeys(("n_series", "n_clusters", "n_blocks"), pa.int64())
    | dict.fromkeys(("skill", "ci_low", "ci_high"), pa.float64())
)


def summarise(
    scores: pa.Table,
    *,
    baselines: Collection[str],
    absent: Iterable[str] = (),
    clusters: Mapping[str, str] | None = None,
    seed: int,
) -> pa.Table:
    """Return the columns of `SUMMARY`, a row for each model and metric of a scores table.

    `mean` is over cells. Skills are of sums over cells, against the best single baseline and against the naive pool,
    where it was scored; their 90 % intervals resample clusters and half years (`resampling.py`). Figures of
    calibration have no skill. `largest_series` has the largest share of the model's sum, `largest_share`. A baseline
    of `absent` has one line that says so. Raises `InputError` when the models of a metric were not scored on the same
    cells.
    """
    rng = np.random.default_rng(seed)
    lines = [line for compared in compare(scores, clusters) for line in _lines(compared, baselines, rng)]
    nothing = dict.fromkeys((*MEASURED, *AGAINST_POOL), np.nan) | {"n_scored": 0}
    lines += [{"model": name, "metric": ABSENT, **nothing} for name in absent]
    return pa.Table.from_pylist(lines, schema=SUMMARY)


def paired_tests(
    scores: pa.Table, *, baselines: Collection[str], clusters: Mapping[str, str] | None = None, seed: int
) -> pa.Table:
    """Return the columns of `TESTS`: each model against the best single baseline and against the naive pool.

    All figures give each series the same weight. `difference` is the mean over series of the mean score less the
    opponent's, in shares of the series' level where the metric grows with it; negative = better. `p_value` is the
    larger of two sign-flip tests, over clusters and over half years. Raises `InputError` as `summarise` does.
    """
    rng = np.random.default_rng(seed)
    lines = [line for compared in compare(scores, clusters) for line in _tests(compared, baselines, rng)]
    return pa.Table.from_pylist(lines, schema=TESTS)


def _lines(
    compared: Compared, baselines: Collection[str], rng: np.random.Generator
) -> Iterator[dict[str, str | float | int]]:
    """Yield the line of each model in one metric."""
    total = compared.cells.sum()
    single = _skill(compared, compared.best(baselines), rng)
    pool = _skill(compared, compared.place(NAIVE_POOL), rng)
    for place, model in enumerate(compared.models):
        skills = dict(zip(MEASURED[1:], single[:, place], strict=True))
        skills |= dict(zip(AGAINST_POOL, pool[:, place], strict=True))
        named: dict[str, str | float] = {
            "model": model,
            "metric": compared.metric,
            "mean": compared.sums[place].sum() / total,
        }
        line = {**named, **skills, "n_scored": int(total)}
        if is_loss(compared.metric):
            line["largest_series"], line["largest_share"] = compared.largest(place)
        yield line


def _skill(compared: Compared, against: int | None, rng: np.random.Generator) -> Array:
    """Return skill, low and high of each model, (figure, model); NaN without an opponent."""
    if against is None:
        return np.full((3, len(compared.models)), np.nan)
    return np.stack(skill_interval(compared, against=against, rng=rng))


def _tests(
    compared: Compared, baselines: Collection[str], rng: np.random.Generator
) -> Iterator[dict[str, str | float | int]]:
    """Yield the line of each model against each opponent in one metric, every series of equal weight."""
    alike = compared.by_series()
    counted = {"n_series": len(alike.names)}
    counted |= {"n_clusters": int(alike.cluster.max()) + 1, "n_blocks": int(alike.block.max()) + 1}
    opponents = (compared.best(baselines), compared.place(NAIVE_POOL))
    for opponent in dict.fromkeys(place for place in opponents if place is not None):
        skills = _skill(alike, opponent, rng)
        for place, model in enumerate(alike.models):
            if place != opponent:
                yield {
                    "model": model,
                    "metric": alike.metric,
                    "opponent": alike.models[opponent],
                    "difference": (alike.sums[place] - alike.sums[opponent]).sum() / len(alike.names),
                    "p_value": sign_flip_p_value(alike, place, against=opponent, rng=rng),
                    **counted,
                    **dict(zip(("skill", "ci_low", "ci_high"), skills[:, place], strict=True)),
                }
