"""Losses of one forecast of a ledger: smaller is better. docs/record.md gives the formulas."""

from typing import Any

import numpy as np

from lull.evaluation.scores.scoring import event_log_score
from lull.ledger.entries import Counts, Quantiles

ALPHA = 0.1  # of the interval between the 5 and the 95 % quantile
WHOLE = 0.001  # `pmf` is taken as the whole distribution if no more than this lies beyond it


def brier(chance: float, *, happened: bool) -> float:
    """Return the squared error of a chance."""
    return (chance - happened) ** 2


def log_score(chance: float, *, happened: bool) -> float:
    """Return the negative log probability of what happened, in nats, as a backtest has it."""
    return event_log_score(chance, happened=happened)


def interval_score(quantiles: Quantiles, total: int) -> float:
    """Return the score of the 90 % interval, in attacks: its width, and 20 times what it missed by."""
    low, _, high = quantiles
    return high - low + 2 / ALPHA * max(low - total, total - high, 0.0)


def weighted_interval_score(quantiles: Quantiles, total: int) -> float:
    """Return the WIS of the median and the 90 % interval, in attacks."""
    return (abs(total - quantiles[1]) / 2 + ALPHA / 2 * interval_score(quantiles, total)) / 1.5


def crps(counts: Counts, total: int) -> float:
    """Return the CRPS, in attacks: exact of a whole distribution, else from the quantiles of the forecast table."""
    if counts.beyond > WHOLE:
        levels = np.array(list(map(float, counts.quantiles)))
        values = np.array(list(counts.quantiles.values()))
        return float(_library().crps_quantile(float(total), values, levels, backend="numpy"))
    size = max(len(counts.pmf), total + 1)
    mass = np.zeros(size)
    mass[: len(counts.pmf)] = counts.pmf
    below = np.cumsum(mass)
    return float(((below - (np.arange(size) >= total)) ** 2).sum())


def _library() -> Any:
    """Return the module of the scores, which compiles for seconds in each process that imports it."""
    import scoringrules  # noqa: PLC0415 - only totals of hundreds wait for it

    return scoringrules
