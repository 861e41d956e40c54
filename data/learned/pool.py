"""The weights of the pool: which share of the forecast follows which model, by the state of the series.

The log odds of the regime model's share rise with the silence of an actor that was busy before it: the return from such
a pause is what it forecasts best. The rest is divided between the hurdle model and recent rates. The weights are a
small table of figures; this module says what it means and reads it, `evaluation/scores/stacking.py` learns it from the
log scores of past forecasts.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from lull.data.arrays import Array
from lull.data.learned.tables import learned_table, write_table
from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError, Problem
from lull.data.settings import LEARNED

FILE = "pool.csv"
COLUMNS = ("term", "weight", "forecasts", "actors", "source")
TERMS = ("one", "busy_silence")  # in the log odds of the regime model
RECENT = "recent"  # the log odds of recent rates against the hurdle model
LEAST, MOST = 0.1, 0.9  # of a share: no model is left out
BUSY_FROM = 13.0  # attacks in 26 weeks: one every other week


@dataclass(frozen=True)
class Pool:
    """The weight of each of `TERMS`, the log odds of recent rates, and what they were learned from."""

    weights: Array
    recent: float
    forecasts: int
    actors: int
    source: str

    def regime_share(self, silent_weeks: ArrayLike, rate_before: ArrayLike) -> Array:
        """Return the share of the regime model, the shapes broadcast; see `terms`."""
        log_odds = terms(silent_weeks, rate_before) @ self.weights
        return np.asarray(np.clip(expit(log_odds), LEAST, MOST))

    def shares(self, silent_weeks: ArrayLike, rate_before: ArrayLike) -> Array:
        """Return the shares of regime model, hurdle model and recent rates, (3, ...), the shapes broadcast."""
        regimes = self.regime_share(silent_weeks, rate_before)
        recent = (1.0 - regimes) * np.clip(expit(self.recent), LEAST, MOST)
        return np.stack([regimes, 1.0 - regimes - recent, recent])

    def write(self, path: Path) -> None:
        """Write the table, a row a term."""
        learned_from, weights = (self.forecasts, self.actors, self.source), (*self.weights, self.recent)
        rows = zip((*TERMS, RECENT), weights, strict=True)
        write_table(path, COLUMNS, ((name, f"{weight:.4g}", *learned_from) for name, weight in rows))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the pool of a table. Raises `InputError` for another kind of table."""
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        remedy = "`lull learn --scores` makes the table."
        if tuple(header) != COLUMNS or tuple(row[0] for row in rows) != (*TERMS, RECENT):
            expected = f"the columns {', '.join(COLUMNS)} and the terms {', '.join((*TERMS, RECENT))}"
            raise InputError(Problem(str(path), expected, ", ".join(header), remedy))
        try:
            weights = np.array([float(row[1]) for row in rows])
            forecasts, actors = int(rows[0][2]), int(rows[0][3])
        except ValueError as error:
            raise InputError(Problem(str(path), "a number as weight and whole counts", str(error), remedy)) from error
        if not np.isfinite(weights).all():
            raise InputError(Problem(str(path), "finite weights", ", ".join(row[1] for row in rows), remedy))
        return cls(weights[:-1], float(weights[-1]), forecasts, actors, rows[0][4])


def terms(silent_weeks: ArrayLike, rate_before: ArrayLike) -> Array:
    """Return `TERMS` of states, (..., term): an intercept, and how long a silence is times how busy it was before.

    The log of one and the weeks without an attack up to the origin, times the log of the attacks in the 26 weeks that
    ended with the last attack (`pause_record.attacks_before`) over those of `BUSY_FROM`: 0 where they are fewer or not
    known.
    """
    silence = np.log1p(np.asarray(silent_weeks, dtype=float))
    busy = np.nan_to_num(np.log((np.asarray(rate_before, dtype=float) + 0.5) / (BUSY_FROM + 0.5)))
    product = silence * np.maximum(busy, 0.0)
    return np.stack([np.ones(product.shape), product], axis=-1)


def shares_of(silent_weeks: ArrayLike, rate_before: ArrayLike) -> Array:
    """Return the shares of regime model, hurdle model and recent rates in the pool in use, (3, ...); see `terms`."""
    return _read_once(learned_table(FILE)).shares(silent_weeks, rate_before)


def shipped_pool() -> Pool:
    """Return the pool that comes with Lull."""
    return _read_once(embedded_file(FILE))


@cache
def _read_once(path: Path) -> Pool:
    try:
        return Pool.read(path)
    except OSError as error:
        remedy = f"`lull learn --scores FILE --out DIR` makes it; {LEARNED} names the folder."
        raise InputError(Problem(str(path), "weights of the pool", error.strerror or str(error), remedy)) from error
