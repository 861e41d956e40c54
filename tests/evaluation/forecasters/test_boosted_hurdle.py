"""The boosted hurdle learns from all series up to the half year before an origin, and from nothing after it."""

import numpy as np
import pytest

from lull.evaluation.forecasters import boosted_hurdle
from lull.evaluation.forecasters.boosted_hurdle import Boosted, grow, grown_by
from lull.evaluation.scores.likelihood import by_share
from tests.evaluation.conftest import FIRST, WriteCounts

pytestmark = pytest.mark.skipif(boosted_hurdle.absent(), reason="lightgbm is not installed")
WEEK = np.timedelta64(7, "D")


def histories(seed: int = 1) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.poisson(rng.gamma(2.0, mean / 2.0, 160)).astype(float) for mean in (0.3, 1.0, 3.0, 8.0, 20.0, 40.0)]


@pytest.fixture(scope="module")
def trees() -> Boosted:
    return grow(histories())


def test_it_is_forecast_at_the_level_of_the_series(trees: Boosted) -> None:
    for history in histories(2)[1:]:
        made = trees.forecast(history, horizon=6, draws=500, rng=np.random.default_rng(1))
        assert made.paths.mean() == pytest.approx(history[-26:].mean(), rel=0.5)


def test_its_law_is_that_of_its_paths_and_its_chance_exact(trees: Boosted) -> None:
    made, few = (trees.forecast(histories(2)[2], horizon=6, draws=n, rng=np.random.default_rng(1)) for n in (8_000, 20))
    for count in (0, 1, 4):
        observed = np.full(6, float(count))
        said, seen = (np.exp(one.log) for one in (made.likelihood(observed), by_share(made.paths)(observed)))
        np.testing.assert_allclose(said, seen, atol=0.025)
    total = sum(np.exp(few.likelihood(np.full(6, float(count))).log) for count in range(400))
    np.testing.assert_allclose(total, 1.0, atol=1e-3)
    none = np.logical_or.accumulate(made.paths > 0, axis=1).mean(axis=0)
    np.testing.assert_allclose(made.attack_chance(), none, atol=0.025)


def test_what_came_after_the_half_year_does_not_reach_it(write_counts: WriteCounts) -> None:
    counts = {f"s{place}": one for place, one in enumerate(histories())}
    origin = FIRST + 130 * WEEK
    boundary = boosted_hurdle.EPOCH + (origin - boosted_hurdle.EPOCH) // boosted_hurdle.EVERY * boosted_hurdle.EVERY
    later = {name: one.copy() for name, one in counts.items()}
    for one in later.values():
        one[int((boundary - FIRST) // WEEK) + 1 :] = 500
    row = np.zeros((1, len(boosted_hurdle.FEATURES)))
    forecasts = [
        grown_by(write_counts(each, f"{name}.csv"), origin, counts["s0"]).weekly(row, most=1e6)
        for name, each in (("one", counts), ("other", later))
    ]
    np.testing.assert_array_equal(forecasts[0], forecasts[1])


def test_before_anything_was_known_of_others_it_learns_from_the_series_itself(write_counts: WriteCounts) -> None:
    counts = {"s0": np.zeros(40), "s1": np.ones(40)}
    made = grown_by(write_counts(counts), FIRST + 3 * WEEK, np.array([1.0, 2.0, 0.0, 4.0]))
    assert made.forecast(np.array([1.0, 2.0]), horizon=2, draws=9, rng=np.random.default_rng(1)).paths.shape == (9, 2)


def test_where_no_attack_came_yet_an_attack_is_still_possible(write_counts: WriteCounts) -> None:
    silent = np.zeros(12)
    made = grown_by(write_counts({"s0": silent}), FIRST + 11 * WEEK, silent)
    chance = made.forecast(silent, horizon=2, draws=9, rng=np.random.default_rng(1)).attack_chance()
    np.testing.assert_allclose(chance, [0.5 / 13, 1 - (1 - 0.5 / 13) ** 2])
