"""Tension: what each report said against what all the others imply.

The others' opinion is reached from the draws by importance weights: dividing out a reading's own likelihood leaves
the posterior without it. Weights are truncated at sqrt(draws) times their mean (Ionides 2008), which pulls the
implied total of a reading that few draws contradict towards the reading itself: a flag may be missed, not made up.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from lull.data.arrays import Array
from lull.model.reconstruction.report_likelihood import EvidenceSpec, Reading
from lull.model.reconstruction.sampler import Draws
from lull.model.reconstruction.windows import RATIO_GRID, Windows, log_likelihood

CERTAIN = 1e-9  # probabilities nearer to 0 or 1 count as the same: residuals stay within 6


@dataclass(frozen=True)
class TensionRow:
    """One report against the others: attacks as its source would count them, with a 90 % interval.

    `residual` is the normal score of the reported count in what the others imply with the source's own error: about
    (reported - implied) / sd where that is symmetric. An `at_least` or `at_most` count that holds has none.
    """

    report_id: str
    reported: int
    implied: float
    implied_low: float
    implied_high: float
    residual: float
    flag: bool


def tension_table(windows: Windows, draws: Draws, *, spec: EvidenceSpec) -> tuple[TensionRow, ...]:
    """Return one row per reading, sorted by report."""
    rows = [_row(reading, _seen_totals(windows, draws, place), spec) for place, reading in enumerate(windows.readings)]
    return tuple(sorted(rows, key=lambda row: row.report_id))


def _seen_totals(windows: Windows, draws: Draws, place: int) -> Array:
    """Return the total of a reading's window as its source would count it, all draws in one row."""
    total = draws.total[:, :, place].ravel().astype(float)
    front = int(windows.layout.ratio_front[place])
    return total if front < 0 else total * np.exp(RATIO_GRID)[draws.ratio[:, :, front].ravel()]


def _row(reading: Reading, totals: Array, spec: EvidenceSpec) -> TensionRow:
    """Return the row of a reading whose window has these totals in the posterior with it."""
    values, place = np.unique(totals, return_inverse=True)
    weights = _weights_without(log_likelihood(reading, values, spec=spec)[place])
    implied = float(weights @ totals)
    low, high = _weighted_quantiles(totals, weights, (0.05, 0.95))
    residual = _normal_score(float(weights @ ndtr((reading.count - totals) / reading.error)))
    residual = max(residual, 0.0) if reading.kind == "at_least" else residual
    residual = min(residual, 0.0) if reading.kind == "at_most" else residual
    flag = abs(residual) >= spec.flag_at
    return TensionRow(reading.report_id, reading.count, implied, low, high, residual, flag)


def _normal_score(probability: float) -> float:
    """Return the standard normal quantile of a probability."""
    return float(ndtri(min(max(probability, CERTAIN), 1 - CERTAIN)))


def _weights_without(log_likelihood_: Array) -> Array:
    """Return the truncated importance weights that take a reading out of the posterior; they sum to 1."""
    raw = np.exp(-(log_likelihood_ - log_likelihood_.min()))
    capped = np.minimum(raw, raw.mean() * raw.size**0.5)
    weights: Array = capped / capped.sum()
    return weights


def _weighted_quantiles(values: Array, weights: Array, levels: tuple[float, ...]) -> list[float]:
    """Return the smallest values at which the weights reach the levels."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    places = np.minimum(np.searchsorted(reached, levels), values.size - 1)
    return [float(values[order][place]) for place in places]
