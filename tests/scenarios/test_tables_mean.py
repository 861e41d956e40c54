"""Means that no handful of paths decides."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lull.scenarios.results.tables import FEW, NEVER_CAPPED, steady

DRAWS = 3_200


def test_three_paths_in_three_thousand_do_not_decide_a_mean() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(1.0, (DRAWS, 1)).astype(np.int32)
    wild = counts.copy()
    wild[:3] = 50_000
    assert wild.mean() > 40
    assert steady(wild).mean() < 1.1


@given(seed=st.integers(0, 1_000), mean=st.floats(0.01, 200))
def test_usual_counts_are_not_touched(seed: int, mean: float) -> None:
    counts = np.random.default_rng(seed).negative_binomial(1.0, 1 / (1 + mean), (DRAWS, 2)).astype(np.int32)
    if (counts > 0).sum(axis=0).min() > 20 * FEW or counts.max() <= NEVER_CAPPED:
        np.testing.assert_array_equal(steady(counts), counts)


def test_rare_small_counts_stay_and_few_draws_are_left_alone() -> None:
    rare = np.zeros((DRAWS, 1), np.int32)
    rare[:5] = 2
    np.testing.assert_array_equal(steady(rare), rare)
    few = np.array([[0], [0], [9_000]], np.int32)
    np.testing.assert_array_equal(steady(few), few)
