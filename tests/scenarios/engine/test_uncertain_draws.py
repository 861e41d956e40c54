"""Uncertain dates and sizes: each draws from the law it names."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy import stats

from lull.scenarios.engine.uncertain_draws import NEVER, draw_days, draw_sizes
from lull.scenarios.language.uncertain import Size, When

ORIGIN = np.datetime64("2024-12-23")
GRID = (np.arange(20_000) + 0.5) / 20_000  # a grid in place of random uniforms: shares are right to one in 20,000


def days(shown: Any) -> np.ndarray:
    return draw_days(TypeAdapter(When).validate_python(shown), ORIGIN, GRID)


def sizes(shown: Any) -> np.ndarray:
    return draw_sizes(TypeAdapter(Size).validate_python(shown), GRID)


def test_a_known_day_is_counted_from_the_first_monday_ahead() -> None:
    assert days("2024-12-30").tolist() == [0]
    assert days(date(2025, 1, 8)).tolist() == [9]
    assert days({"weeks_ahead": 3}).tolist() == [14]


def test_every_day_of_a_uniform_date_is_equally_likely() -> None:
    counted = np.bincount(days({"uniform": ["2025-01-01", "2025-01-04"]}))
    assert counted.tolist() == [0, 0, 5000, 5000, 5000, 5000]


def test_a_triangular_date_peaks_at_its_mode() -> None:
    drawn = days({"triangular": ["2024-12-30", "2025-01-03", "2025-01-12"]})
    counted = np.bincount(drawn, minlength=14)
    assert counted.argmax() == 4
    assert (np.diff(counted[:5]) > 0).all()
    assert (np.diff(counted[4:]) < 0).all()
    law = stats.triang(4.5 / 14, scale=14)
    np.testing.assert_allclose(counted / GRID.size, np.diff(law.cdf(np.arange(15))), atol=2 / GRID.size)


def test_a_triangular_date_of_one_day_is_that_day() -> None:
    assert set(days({"triangular": ["2025-01-01"] * 3})) == {2}


def test_a_hazard_per_week_leaves_its_share_each_week() -> None:
    drawn = days({"hazard": 0.2, "since": "2025-01-06"})
    assert drawn.min() == 7
    for weeks in (1, 2, 5):
        assert abs((drawn >= 7 + 7 * weeks).mean() - 0.8**weeks) < 2 / GRID.size


def test_a_hazard_with_an_end_may_never_come() -> None:
    drawn = days({"hazard": 0.2, "until": "2025-01-05"})
    assert abs((drawn == NEVER).mean() - 0.8) < 2 / GRID.size
    assert drawn[drawn < NEVER].max() == 6


def test_weighted_days_come_with_their_weights() -> None:
    drawn = days({"weighted": [["2025-01-02", 1], ["2024-12-31", 3]]})
    assert np.bincount(drawn).tolist() == [0, 15_000, 0, 5000]


@pytest.mark.parametrize(
    ("shown", "law"),
    [
        ({"normal": [2.0, 0.5]}, stats.norm(2.0, 0.5)),
        ({"lognormal": [2.0, 0.5]}, stats.lognorm(0.5, scale=2.0)),
        ({"quantiles": [[0.05, 2 - 0.5 * 1.6448536], [0.95, 2 + 0.5 * 1.6448536]]}, stats.norm(2.0, 0.5)),
    ],
)
def test_sizes_follow_their_law(shown: Any, law: Any) -> None:
    np.testing.assert_allclose(sizes(shown), law.ppf(GRID), rtol=1e-6, atol=1e-6)


def test_given_quantiles_are_met_and_sizes_rise() -> None:
    drawn = sizes({"quantiles": [[0.1, 1.0], [0.5, 1.5], [0.9, 4.0]]})
    np.testing.assert_allclose(np.quantile(drawn, [0.1, 0.5, 0.9]), [1.0, 1.5, 4.0], atol=1e-3)
    assert (np.diff(drawn) > 0).all()
    assert sizes(3).tolist() == [3.0]
