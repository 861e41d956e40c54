"""A predictive distribution keeps its shape and its meaning when it is pooled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lull.evaluation.scores.predictive import Predictive, pooled

PATHS = arrays.arrays(np.int64, st.tuples(st.integers(1, 20), st.just(3)), elements=st.integers(0, 9))


def test_the_chance_of_an_attack_is_counted_over_the_paths() -> None:
    paths = np.array([[0, 0, 1], [0, 2, 0], [0, 0, 0]])
    np.testing.assert_allclose(Predictive(paths).attack_chance(), [0.5 / 4, 1.5 / 4, 2.5 / 4])


def test_the_exact_chance_goes_before_the_paths() -> None:
    exact = np.array([0.1, 0.2])
    np.testing.assert_array_equal(Predictive(np.ones((4, 2), int), exact).attack_chance(), exact)


def test_a_pool_takes_the_paths_in_turn_and_averages_the_chances() -> None:
    zeros, ones = Predictive(np.zeros((2, 1), int), np.array([0.0])), Predictive(np.ones((4, 1), int), np.array([1.0]))
    pool = pooled([zeros, ones], [1, 1])
    np.testing.assert_array_equal(pool.paths[:, 0], [0, 1, 0, 1])
    np.testing.assert_array_equal(pool.attack_chance(), [0.5])
    weighed = pooled([zeros, ones], [1, 2])
    np.testing.assert_array_equal(weighed.paths[:, 0], [0, 1, 1, 0, 1, 1])
    np.testing.assert_allclose(weighed.attack_chance(), [2 / 3])


@given(PATHS)
def test_a_pool_with_itself_is_the_same_distribution(paths: np.ndarray) -> None:
    pool = pooled([Predictive(paths), Predictive(paths)], [1, 1])
    np.testing.assert_array_equal(np.sort(pool.paths, axis=0), np.sort(np.repeat(paths, 2, axis=0), axis=0))


def test_forecasts_of_events_only_pool_with_their_like() -> None:
    quiet, busy = (Predictive(np.empty((0, 2), int), np.full(2, chance)) for chance in (0.2, 0.4))
    np.testing.assert_allclose(pooled([quiet, busy], [1, 1]).attack_chance(), 0.3)
    with pytest.raises(AssertionError, match="events only"):
        pooled([quiet, Predictive(np.zeros((1, 2), int))], [1, 1])


@pytest.mark.parametrize(
    ("paths", "chance", "message"),
    [
        (np.zeros(3, int), None, "dims"),
        (np.full((2, 2), -1), None, "negative"),
        (np.zeros((2, 2)), None, "integers"),
        (np.empty((0, 2), int), None, "without draws"),
        (np.zeros((2, 2), int), np.array([0.5]), "one chance"),
        (np.zeros((2, 2), int), np.array([0.5, 0.4]), "never falls"),
    ],
)
def test_what_is_no_predictive_is_refused(paths: np.ndarray, chance: np.ndarray | None, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        Predictive(paths, chance)
