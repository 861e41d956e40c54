"""The scores table brought down to one line a model and metric."""

from collections.abc import Collection

import pyarrow as pa


def summarise(scores: pa.Table, *, baselines: Collection[str], absent: Collection[str] = (), seed: int) -> pa.Table:
    """Return `model, metric, mean, skill_vs_best_baseline, ci_low, ci_high, n_scored`."""
    raise NotImplementedError


def paired_tests(scores: pa.Table, *, baselines: Collection[str], seed: int) -> pa.Table:
    """Return `model, metric, best_baseline, difference, p_value, n_series`."""
    raise NotImplementedError
