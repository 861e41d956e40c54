"""The record of a backtest: what was asked, how the fits fared, what the scores say; in one file.

The invariant: the page of the report, the terminal and the screen of the app say what stands here and compute nothing.
"""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lull.data.files import write_json
from lull.data.schema import InputError
from lull.model.runs.store import Store, read_json
from lull.scenarios.results.calibration_status import Figure

FOLDER, RECORD = ".backtests", "record.json"  # of a store
LULL = "lull"  # the forecast: the regime model, the hurdle model and recent rates pooled
REGIMES, HURDLE, RECENT = "regimes", "hurdle", "recent"  # its parts alone
SHOWN = (LULL, REGIMES)  # whose numbers screens and tables show, so whose past forecasts are graded: the first scored
NAIVE_POOL = "naive_pool"  # the opponent that headlines compare with
BENCHMARK_POOL = "benchmark_pool"  # what can be had without a Bayesian model
BOOSTED = "boosted_hurdle"  # a single opponent that learns across series
POOLS = (NAIVE_POOL, BENCHMARK_POOL)  # opponents that are pools: never the best single baseline
# What an older record does not say.
OLDER: dict[str, Any] = {"origins": None, "fewer": 0, "unknown": 0, "weights": {}, "refit": None}
MOST_UNCONVERGED = 0.05  # share of the fits that may be unusable


@dataclass(frozen=True)
class Fits:
    """How the sampler fared in the fits of one model: how many of each grade, and which were unusable."""

    model: str
    good: int
    doubtful: int
    unusable: tuple[str, ...]
    worst_rhat: float
    filtered: int = 0  # of all forecasts, those that a fit before them was moved on for

    @property
    def total(self) -> int:
        """How many forecasts of the model there were, each of a fit."""
        return self.good + self.doubtful + len(self.unusable)

    @property
    def converged(self) -> bool:
        """Whether no more of them than is stated did not converge."""
        return len(self.unusable) <= MOST_UNCONVERGED * self.total


@dataclass(frozen=True)
class Summarised:
    """One line of the summary: the mean score of a forecaster, and its skill against the best single baseline.

    `pool_...` is the skill against the naive pool, None where that was not scored. `largest` is the series with the
    largest share of the sum, `share`.
    """

    model: str
    metric: str
    mean: float
    skill: float | None
    low: float | None
    high: float | None
    scored: int
    pool_skill: float | None = None
    pool_low: float | None = None
    pool_high: float | None = None
    largest: str | None = None
    share: float | None = None

    def against(self, opponent: str) -> tuple[float | None, float | None, float | None]:
        """Return the skill against the naive pool or, of any other opponent, the best single baseline, and its ends."""
        if opponent == NAIVE_POOL:
            return self.pool_skill, self.pool_low, self.pool_high
        return self.skill, self.low, self.high


@dataclass(frozen=True)
class Paired:
    """One line of the paired tests, every series of equal weight: a forecaster against an opponent; below 0 = better.

    `skill`, `low` and `high` are of the same figure.
    """

    model: str
    metric: str
    opponent: str
    difference: float
    p_value: float
    series: int
    clusters: int | None = None
    blocks: int = 0
    skill: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Record:
    """What a backtest says; `weights`, `pit` and `coverage` are by model, the latter by level and horizon.

    `calibration` is the grade of what is shown and the figures that it rests on.

    `fewer` series have not the `origins` that were asked of each; `unknown` weeks ahead are missing or yet to come.
    """

    backtest_id: str
    made_from: dict[str, Any]
    name: str
    made_on: str
    horizon: int
    history: int | None
    refit: int | None
    learn: int
    seed: int
    cells: int
    series: int
    clusters: int
    silent: int
    first_origin: str
    last_origin: str
    origins: int | None
    fewer: int
    unknown: int
    excluded: dict[str, int]
    models: tuple[str, ...]
    baselines: tuple[str, ...]
    absent: tuple[str, ...]
    failed: tuple[dict[str, str], ...]
    fits: tuple[Fits, ...]
    summary: tuple[Summarised, ...]
    paired: tuple[Paired, ...]
    weights: dict[str, float]
    pit: dict[str, list[float]]
    coverage: dict[str, dict[str, list[float]]]
    calibration: tuple[Figure, ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing failed and the fits converged."""
        return not self.failed and all(fits.converged for fits in self.fits)

    def line(self, model: str, metric: str) -> Summarised | None:
        """Return the line of a forecaster and a metric, None if it was not scored."""
        return next((one for one in self.summary if (one.model, one.metric) == (model, metric)), None)

    def pair(self, model: str, metric: str) -> Paired | None:
        """Return the paired test of a forecaster at a metric against its opponent, None if there is none."""
        opponent = self.opponent(metric)
        named = (model, metric, opponent.model if opponent else "")
        return next((one for one in self.paired if (one.model, one.metric, one.opponent) == named), None)

    def opponent(self, metric: str) -> Summarised | None:
        """Return the line of the opponent that headlines compare with: the naive pool, or the best baseline."""
        return self.line(NAIVE_POOL, metric) or self.best_baseline(metric)

    def best_baseline(self, metric: str) -> Summarised | None:
        """Return the line of the single baseline with the best mean score."""
        singles = set(self.baselines) - set(POOLS)
        lines = [one for one in self.summary if one.metric == metric and one.model in singles]
        return min(lines, key=lambda one: one.mean, default=None)


def keep_record(record: Record, store: Store) -> Path:
    """Keep a record in the store as the last of its data, and return where."""
    path = store.folder / FOLDER / record.backtest_id / RECORD
    write_json(path, asdict(record))
    return path


def last_record(store: Store, made_from: dict[str, Any]) -> Record | None:
    """Return the newest backtest of the same counts or reports; None if there is none."""
    paths = sorted((store.folder / FOLDER).glob(f"*/{RECORD}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in paths:
        try:
            content = read_json(path)
            if all(content["made_from"].get(name) == made_from.get(name) for name in ("counts", "reports")):
                return read_record(content)
        except (InputError, AttributeError, KeyError, TypeError):  # damaged: the next backtest makes it again
            sys.stderr.write(f"{path} is damaged and left out. `lull backtest` makes it again.\n")
    return None


def read_record(content: dict[str, Any]) -> Record:
    """Return a record as `keep_record` wrote it."""
    fits = tuple(Fits(**one | {"unusable": tuple(one["unusable"])}) for one in content["fits"])
    summary = tuple(Summarised(**one) for one in content["summary"])
    paired = tuple(Paired(**one) for one in content.get("paired", ()) if "opponent" in one)  # older: another figure
    names = {name: tuple(content[name]) for name in ("models", "baselines", "absent", "failed")}
    older = OLDER | {"clusters": content["series"]}
    figures = tuple(Figure(**one) for one in content.get("calibration", ()))
    made = {"fits": fits, "summary": summary, "paired": paired, "calibration": figures}
    return Record(**older | content | names | made)
