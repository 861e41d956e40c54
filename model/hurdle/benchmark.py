"""The hurdle benchmark of the regime model: a forecast from the record alone, with coefficients learned across actors.

The shipped coefficients stand in `data/embedded/companion.csv`, a small table of figures. `learn` makes them from any
weekly counts of several series, and can start from a table that there is: each coefficient is then drawn to it as
if by a prior.

The zero-truncated negative binomial and its use behind a hurdle: Mullahy, 1986, Journal of Econometrics 33.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, expit, gammaln

from lull.data.arrays import Array
from lull.data.learned.tables import learned_table, write_table
from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError, Problem
from lull.data.settings import LEARNED
from lull.model.hurdle.hurdle_model import (
    FEATURES,
    MAX_LOG_MEAN,
    MAX_LOG_SIZE,
    MIN_LOG_SIZE,
    hurdle_log_pmf,
    quiet_paths,
    recall,
    recall_ahead,
    simulate_counts,
)
from lull.model.runs.store import content_id

type Loss = Callable[[Array], tuple[float, Array]]

FILE = "companion.csv"
COLUMNS = ("feature", "chance", "mean", "size")
RATE = len(FEATURES) - 1
NOT_OF_MEAN = tuple(
    FEATURES.index(name)
    for name in ("young_restlessness", "age", "restlessness", "busy_restlessness", "busy_rate", "rate")
)  # what the mean does not move with; the rate is its offset
CHANCE_RIDGE, SIZE_RIDGE = 3.0, 100.0  # prior precision of a coefficient for a feature of unit sd
AFTER_LAST = 53  # weeks after a last attack from which may be learned: longer ones say only that the record ends
BETWEEN = (0.2, 0.12, 0.4)  # sd between actors of the offset and the slope of the logit, and of the log size
SHORT = (24, 64)  # weeks of the pieces that each series is cut into too, so that short records are learned from


@dataclass(frozen=True)
class HurdleBenchmark:
    """Coefficients by feature: of the log odds of a week with attacks, of the log mean and the log size of how many."""

    chance: Array
    mean: Array
    size: Array
    between: tuple[float, float, float] = BETWEEN

    def forecast(
        self, history: Array, *, horizon: int, draws: int, seed: int | np.random.SeedSequence
    ) -> tuple[NDArray[np.int64], Array]:
        """Return paths of weekly counts (draw, week) and the exact P(any attack in weeks 1..h), (week,).

        `history` are weekly counts up to the origin, NaN where missing. Of the weeks before the first attack only
        their number counts, to 64 of them: there may have been no actor yet.
        """
        memory = recall(history, np.empty((history.size, len(FEATURES))))
        paths, none = np.empty((draws, horizon), dtype=np.int64), np.empty(horizon)
        simulate_counts(memory, self.chance, self.mean, self.size, np.random.default_rng(seed), paths)
        quiet_paths(memory, self.chance, none)
        return paths, 1.0 - none

    def log_pmf(self, history: Array, paths: NDArray[np.int64], observed: Array) -> Array:
        """Return log P(observed count), observed (week,), given each path (draw, week) up to the week before."""
        memory = recall(history, np.empty((history.size, len(FEATURES))))
        features = np.empty((*paths.shape, len(FEATURES)))
        recall_ahead(memory, paths, features)
        return hurdle_log_pmf(observed, features @ self.chance, features @ self.mean, features @ self.size)

    @property
    def coefficients(self) -> Array:
        """The coefficients of the chance, the mean and the size, (3, feature)."""
        return np.stack([self.chance, self.mean, self.size])

    @property
    def digest(self) -> str:
        """A hash of the coefficients."""
        return content_id({"coefficients": self.coefficients.tolist()})

    def write(self, path: Path) -> None:
        """Write the table of coefficients, a row a feature."""
        rows = zip(FEATURES, self.chance, self.mean, self.size, strict=True)
        write_table(path, COLUMNS, ((name, *(f"{value:.5g}" for value in values)) for name, *values in rows))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the hurdle benchmark of a table of coefficients. Raises `InputError` for another kind of table."""
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        named = tuple(row[0] for row in rows)
        if tuple(header) != COLUMNS or named != FEATURES:
            expected = f"the columns {', '.join(COLUMNS)} and {len(FEATURES)} features"
            raise InputError(Problem(str(path), expected, ", ".join(header), "Learn the coefficients again."))
        return cls(*np.array([[float(cell) for cell in row[1:]] for row in rows]).T.copy())


def in_use() -> HurdleBenchmark:
    """Return the hurdle benchmark of the folder that `LULL_LEARNED` names, or the one that comes with Lull."""
    return _read_once(learned_table(FILE))


def shipped() -> HurdleBenchmark:
    """Return the hurdle benchmark that comes with Lull."""
    return _read_once(embedded_file(FILE))


@cache
def _read_once(path: Path) -> HurdleBenchmark:
    try:
        return HurdleBenchmark.read(path)
    except OSError as error:
        remedy = f"`lull learn --out DIR` makes it; {LEARNED} names the folder."
        raise InputError(Problem(str(path), "a table of coefficients", error.strerror or str(error), remedy)) from error


def learn(histories: Sequence[Array], *, around: HurdleBenchmark | None = None) -> HurdleBenchmark:
    """Return the hurdle benchmark that fits the weekly counts of some series best, each (week,), NaN where missing.

    Weeks before a series' first attack and from a year after its last teach nothing. `around` are coefficients that
    those of the fit are drawn to; without, they are drawn to 0. Raises ValueError if no week has an attack.
    """
    features, count = lessons(histories)
    positive = count > 0
    scaling = _Scaling.of(features)
    scaled, rate = scaling.scaled(features), features[positive, RATE]
    free = np.ones((3, len(FEATURES)))
    free[:, RATE], free[1, NOT_OF_MEAN] = 0.0, 0.0
    known = np.zeros_like(free) if around is None else np.stack([around.chance, around.mean, around.size])
    centre = scaling.of_scaled(known * free)
    chance = _fitted(lambda at: _chance_loss(at, scaled, positive), centre[:1], free[:1], CHANCE_RIDGE)
    mean, size = _fitted(
        lambda at: _size_loss(at, scaled[positive], rate, count[positive]),
        centre[1:],
        free[1:],
        SIZE_RIDGE,
    )
    found = scaling.raw(np.stack([chance[0], mean, size]))
    found[1, RATE] = 1.0
    return HurdleBenchmark(*found)


@dataclass(frozen=True)
class _Scaling:
    """Features brought to mean 0 and sd 1, and coefficients between both scales, (equation, feature)."""

    mean: Array
    sd: Array

    @classmethod
    def of(cls, features: Array) -> Self:
        mean, sd = features.mean(axis=0), features.std(axis=0)
        mean[0], sd[sd == 0] = 0.0, 1.0
        return cls(mean, sd)

    def scaled(self, features: Array) -> Array:
        return (features - self.mean) / self.sd

    def of_scaled(self, raw: Array) -> Array:
        coefficients = raw * self.sd
        coefficients[:, 0] += raw @ self.mean
        return coefficients

    def raw(self, scaled: Array) -> Array:
        raw = scaled / self.sd
        raw[:, 0] -= raw @ self.mean
        return raw


def lessons(histories: Sequence[Array]) -> tuple[Array, Array]:
    """Return the features of each known week that teaches, (week, feature), and its count, (week,).

    Each series teaches as a whole, and again cut into short records of which nothing earlier is known.
    """
    features, counts = [], []
    for before, record in (each for history in histories for each in _records(history)):
        seen = np.empty((record.size, len(FEATURES)))
        recall(record, seen)
        taught = before + np.flatnonzero(~np.isnan(record[before + 1 :]))
        features.append(seen[taught])
        counts.append(record[taught + 1])
    if not counts:
        raise ValueError("a hurdle benchmark is learned from series with attacks")
    return np.concatenate(features), np.concatenate(counts)


def _records(history: Array) -> Iterator[tuple[int, Array]]:
    """Yield records of a series, each after the number of its weeks that only come before what it teaches.

    From the first attack on: all weeks; pieces of each short length; the first weeks as in a file that starts
    before the actor did.
    """
    active = np.flatnonzero(history > 0)
    if active.size == 0:
        return
    record = history[active[0] : active[-1] + AFTER_LAST]
    yield 0, record
    for weeks in SHORT:
        yield from ((0, piece) for piece in np.split(record, range(weeks // 2, record.size, weeks)))
        yield weeks, np.concatenate([np.zeros(weeks), record[:weeks]])


def _fitted(loss: Loss, centre: Array, free: Array, pull: float) -> Array:
    """Return the coefficients of least loss, (equation, feature): 0 where not free, else drawn to their centre.

    Intercepts are not drawn anywhere.
    """
    drawn_by = pull * free
    drawn_by[:, 0] = 0.0
    mask, weight, towards = free.ravel(), drawn_by.ravel(), centre.ravel()

    def drawn(at: Array) -> tuple[float, Array]:
        value, slope = loss(at * mask)
        away = at - towards
        return value + 0.5 * float(weight @ away**2), slope * mask + weight * away

    found = minimize(drawn, towards, jac=True, method="L-BFGS-B", options={"maxiter": 1000})
    best: Array = found.x.reshape(centre.shape) * free
    return best


def _chance_loss(at: Array, features: Array, positive: NDArray[np.bool_]) -> tuple[float, Array]:
    """Return minus the log likelihood of weeks with and without attacks, and its slope."""
    logit = features @ at
    value = np.logaddexp(0.0, logit).sum() - logit[positive].sum()
    return float(value), (expit(logit) - positive) @ features


def _size_loss(at: Array, features: Array, rate: Array, count: Array) -> tuple[float, Array]:
    """Return minus the log likelihood of counts given that there is an attack, and its slope by both coefficients."""
    for_mean, for_size = np.split(at, 2)
    log_mean, log_size = features @ for_mean + rate, features @ for_size
    m, k = np.exp(np.clip(log_mean, -MAX_LOG_MEAN, MAX_LOG_MEAN)), np.exp(np.clip(log_size, MIN_LOG_SIZE, MAX_LOG_SIZE))
    log_share = np.log(k) - np.log(k + m)
    log_zero = k * log_share
    value = gammaln(count + k) - gammaln(k) - gammaln(count + 1) + log_zero
    value += count * (np.log(m) - np.log(k + m)) - np.log(-np.expm1(log_zero))
    lost = np.exp(log_zero) / -np.expm1(log_zero)  # odds of the zero that cannot be
    by_mean = count - (k + count) * m / (k + m) - lost * k * m / (k + m)
    by_size = digamma(count + k) - digamma(k) + log_share + 1.0 - (k + count) / (k + m)
    by_mean *= np.abs(log_mean) < MAX_LOG_MEAN
    by_size += lost * (log_share + 1.0 - k / (k + m))
    by_size *= k * ((log_size > MIN_LOG_SIZE) & (log_size < MAX_LOG_SIZE))
    return -float(value.sum()), -np.concatenate([by_mean @ features, by_size @ features])
