"""Who said what about each version of a question: the model, the baseline, the readers, and pools of model and readers.

A reader's number stands beside a version if it was entered before the next version of the same scenario; no fit and no
scenario changes it. Pools are of the model and all readers with a number. By record a forecaster weighs the inverse of
the mean Brier score of what was decided before the version was published, two coin flips added; so nobody's weight
knows the future.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from scipy.special import expit, logit

from lull.ledger.entries import Counts, Quantiles
from lull.ledger.losses import brier
from lull.ledger.standing import Standing, Version

MODEL, BASELINE = "model", "baseline"
LINEAR, LOGARITHMIC, BY_RECORD = "pool linear", "pool log", "pool by record"
COINS, COIN = 2, 0.25  # coin flips that every record begins with, and the Brier score of one
CERTAIN = 1e-3  # a logarithmic pool takes no chance for smaller, so that nobody alone makes it sure

type Way = Literal["linear", "log"]


@dataclass(frozen=True)
class Forecast:
    """What one forecaster said about one version of a question."""

    forecaster: str
    version: Version
    chance: float | None
    quantiles: Quantiles | None = None
    counts: Counts | None = None

    @property
    def happened(self) -> bool | None:
        """Whether it came; None while it is open, or void."""
        return {"yes": True, "no": False}.get(self.version.outcome)


def pooled(chances: Sequence[float], weights: Sequence[float] | None = None, *, way: Way = "linear") -> float:
    """Return the pool of some chances: their mean, or that of their log odds; equal weights if none are given."""
    shares = np.array(weights if weights is not None else np.ones(len(chances)))
    shares = shares / shares.sum()
    if way == "linear":
        return float(shares @ np.array(chances))
    return float(expit(shares @ logit(np.clip(chances, CERTAIN, 1 - CERTAIN))))


def forecasts(standings: Iterable[Standing]) -> tuple[Forecast, ...]:
    """Return what everybody said about each version of some questions, those edited on the same day left out."""
    versions = [one for standing in standings for one in standing.versions if not one.edited]
    versions.sort(key=lambda one: one.entry.number)
    single = {version.entry.number: tuple(_single(version)) for version in versions}
    everyone = [one for version in versions for one in single[version.entry.number]]
    return tuple(
        one
        for version in versions
        for one in (*single[version.entry.number], *_pools(single[version.entry.number], version, everyone))
    )


def weights_by_record(names: Sequence[str], before: datetime, past: Iterable[Forecast]) -> list[float]:
    """Return the weights of forecasters by what was decided of their forecasts before a time; they sum to 1."""
    losses: Mapping[str, list[float]] = {name: [COIN] * COINS for name in names}
    for one in past:
        at, happened = one.version.decided_at, one.happened
        if one.forecaster in losses and one.chance is not None and happened is not None and at and at < before:
            losses[one.forecaster].append(brier(one.chance, happened=happened))
    inverse = [1 / max(float(np.mean(losses[name])), CERTAIN) for name in names]
    return [one / sum(inverse) for one in inverse]


def _single(version: Version) -> Iterator[Forecast]:
    body = version.body
    three = body.counts.three if body.counts else None
    yield Forecast(MODEL, version, body.chance, three, body.counts)
    if body.baseline:
        counts = body.baseline.counts
        yield Forecast(BASELINE, version, body.baseline.chance, counts.three if counts else None, counts)
    for reader, number in version.numbers.items():
        yield Forecast(reader, version, number.chance, number.quantiles)


def _pools(single: Sequence[Forecast], version: Version, everyone: Iterable[Forecast]) -> Iterator[Forecast]:
    """Yield the pools of the model and the readers of a version; nothing where no reader has a number."""
    people = [one for one in single if one.forecaster != BASELINE]
    chances = {one.forecaster: one.chance for one in people if one.chance is not None}
    quantiles = [one.quantiles for one in people if one.quantiles]
    middle = _mean(quantiles) if len(quantiles) > 1 else None
    if len(chances) > 1:
        given = list(chances.values())
        by_record = weights_by_record(list(chances), version.entry.time, everyone)
        yield Forecast(LINEAR, version, pooled(given), middle)
        yield Forecast(LOGARITHMIC, version, pooled(given, way="log"))
        yield Forecast(BY_RECORD, version, pooled(given, by_record))
    elif middle:
        yield Forecast(LINEAR, version, None, middle)


def _mean(quantiles: Sequence[Quantiles]) -> Quantiles:
    low, median, high = np.mean(quantiles, axis=0).tolist()
    return low, median, high
