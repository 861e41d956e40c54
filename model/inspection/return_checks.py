"""Whether forecasts of pauses come back as actors do: figures of the return, of paths from the origin on.

A check of the fitted weeks keeps the level of each draw and cannot see what a pause does to it. These figures are of
the weeks ahead: the first week with an attack, the four weeks after it, and the largest week. Forecasts made in pauses
give paths, the record gives what came; a set of forecasts is replicated by taking one path of each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lull.data.arrays import Array

REPLICATES = 1000
AFTER = 4  # weeks after the first week back
SINGLE, BACK, LARGEST = "returns with one attack", "weekly attacks in the four weeks after", "largest week"
FIGURES = (SINGLE, BACK, LARGEST)


@dataclass(frozen=True)
class Returned:
    """A figure of a set of forecasts: as it came, the central 95 % and the middle of replicates, and their place.

    `p` is P(replicate > observed) + P(replicate = observed) / 2, between 0 and 1; `forecasts` are those that it is of,
    as they came.
    """

    figure: str
    observed: float
    low: float
    middle: float
    high: float
    p: float
    forecasts: int


def return_figures(paths: Array) -> Array:
    """Return by path (..., week) the figures of `FIGURES`, (figure, ...), attacks per week.

    The first week with an attack has one (1) or more (0), NaN where none comes; the mean of the four weeks after it,
    NaN where they end after the last week; the largest week.
    """
    paths = np.asarray(paths, dtype=float)
    attacked = paths > 0
    first = attacked.argmax(axis=-1)
    back = attacked.any(axis=-1)
    count = np.take_along_axis(paths, first[..., None], axis=-1)[..., 0]
    total = np.concatenate([np.zeros((*paths.shape[:-1], 1)), paths.cumsum(axis=-1)], axis=-1)
    whole = back & (first + AFTER < paths.shape[-1])
    ends = np.minimum(first + AFTER + 1, paths.shape[-1])
    later = np.take_along_axis(total, np.stack([first + 1, ends], axis=-1), axis=-1)
    level = (later[..., 1] - later[..., 0]) / AFTER
    return np.stack([np.where(back, count == 1, np.nan), np.where(whole, level, np.nan), paths.max(axis=-1)])


def check_returns(forecasts: Sequence[Array], came: Sequence[Array], *, seed: int) -> list[Returned]:
    """Return each figure of a set of forecasts, each with paths (draw, week) and what came (week,), none missing.

    The share of returns with one attack is a mean; of the others it is the median of the forecasts, for a few of
    hundreds would decide a mean. Raises ValueError if there is nothing to compare.
    """
    if not forecasts or len(forecasts) != len(came):
        raise ValueError(f"expected as many records as forecasts, found {len(came)} and {len(forecasts)}")
    rng = np.random.default_rng(seed)
    made = [return_figures(paths) for paths in forecasts]
    chosen = np.stack([of[:, rng.integers(0, of.shape[1], REPLICATES)] for of in made], axis=-1)
    seen = np.stack([return_figures(weeks) for weeks in came], axis=-1)
    return list(_compared(seen, chosen))


def _compared(seen: Array, made: Array) -> Iterator[Returned]:
    """Yield the figures seen (figure, forecast) beside their replicates (figure, replicate, forecast)."""
    for name, own, replicates in zip(FIGURES, seen, made, strict=True):
        summed = np.nanmean if name == SINGLE else np.nanmedian
        if np.isnan(own).all():
            continue
        known = replicates[~np.isnan(replicates).all(axis=-1)]
        observed, values = float(summed(own)), np.asarray(summed(known, axis=-1))
        low, middle, high = np.quantile(values, (0.025, 0.5, 0.975))
        place = float((values > observed).mean() + (values == observed).mean() / 2)
        yield Returned(name, observed, float(low), float(middle), float(high), place, int((~np.isnan(own)).sum()))
