"""Distributions of the attacks of all days asked about, as a ledger keeps them."""

import numpy as np

from lull.data.arrays import Array
from lull.ledger.entries import Counts
from lull.scenarios.results.tables import LEVELS, quantiles

MOST = 400  # attacks that `pmf` goes up to
COUNTED = ("any attack", "in total")  # kinds that ask about the attacks of all days together


def distribution(totals: Array) -> Counts:
    """Return the distribution of totals (draw,), a part of an attack counted whole."""
    whole = np.ceil(totals).astype(int)
    size = min(MOST, int(whole.max())) + 1
    pmf = np.bincount(whole[whole < size], minlength=size) / whole.size
    beyond = max(0.0, 1.0 - float(pmf.sum())) if whole.max() >= size else 0.0
    levels = quantiles(whole).tolist()
    return Counts(dict(zip(LEVELS, levels, strict=True)), tuple(pmf.tolist()), beyond)
