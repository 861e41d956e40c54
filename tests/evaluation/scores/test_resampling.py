"""Intervals and tests of a skill: right where series depend on each other, where times do, and where nothing does."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from lull.evaluation.scores.comparison import Compared, compare
from lull.evaluation.scores.resampling import sign_flip_p_value, skill_interval

SERIES, BLOCKS = 20, 12
FIRST = date(2001, 1, 7)


def compared(difference: np.ndarray, *, clusters: dict[str, str] | None = None, metric: str = "log_score") -> Compared:
    """Scores of ours less the opponent's, (series, half year)."""
    rows = [
        {
            "model": model,
            "series": f"s{place}",
            "origin_date": FIRST + timedelta(weeks=26 * block),
            "horizon": 1,
            "metric": metric,
            "value": 10.0 + (value if model == "ours" else 0.0),
        }
        for model in ("naive_pool", "ours")
        for (place, block), value in np.ndenumerate(difference)
    ]
    return compare(pa.Table.from_pylist(rows), clusters)[0]


def effects(rng: np.random.Generator, *, series: float, time: float, noise: float = 0.2) -> np.ndarray:
    own, shared = rng.normal(0, series, (SERIES, 1)), rng.normal(0, time, (1, BLOCKS))
    return np.asarray(own + shared + rng.normal(0, noise, (SERIES, BLOCKS)))


def ends(one: Compared, *, seed: int = 1) -> tuple[float, float]:
    ours = one.models.index("ours")
    _, low, high = skill_interval(one, against=1 - ours, rng=np.random.default_rng(seed))
    return float(low[ours]), float(high[ours])


@pytest.mark.integration
@pytest.mark.parametrize(("series", "time"), [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5)])
def test_the_interval_holds_the_truth_as_often_as_it_says(series: float, time: float) -> None:
    rng = np.random.default_rng(3)
    held = []
    for _ in range(120):
        low, high = ends(compared(effects(rng, series=series, time=time)))
        held.append(low <= 0 <= high)
    assert 0.80 <= np.mean(held) <= 0.98  # of 12 half years a bootstrap is a little narrow


def test_series_of_one_cluster_count_once() -> None:
    rng = np.random.default_rng(5)
    shared = rng.normal(0.1, 0.5, (4, 1))
    difference = np.repeat(shared, 5, axis=0) + rng.normal(0, 0.05, (SERIES, BLOCKS))
    own = ends(compared(difference))
    four = ends(compared(difference, clusters={f"s{place}": str(place // 5) for place in range(SERIES)}))
    assert four[1] - four[0] > 1.6 * (own[1] - own[0])


def test_of_one_cluster_only_times_are_drawn_again_and_without_enough_nothing_is_said() -> None:
    rng = np.random.default_rng(6)
    one = {f"s{place}": "war" for place in range(SERIES)}
    difference = effects(rng, series=0.5, time=0.1)
    low, high = ends(compared(difference, clusters=one))
    assert np.isfinite([low, high]).all()
    assert np.isnan(ends(compared(difference[:, :3], clusters=one))).all()
    assert sign_flip_p_value(compared(difference[:, :3], clusters=one), 1, against=0, rng=rng) == 1.0


@pytest.mark.integration
def test_a_shared_time_is_not_taken_for_many_series() -> None:
    rng = np.random.default_rng(8)
    found = []
    for _ in range(60):
        one = compared(effects(rng, series=0.0, time=0.5, noise=0.05))
        ours = one.models.index("ours")
        found.append(sign_flip_p_value(one, ours, against=1 - ours, rng=rng) <= 0.1)
    assert np.mean(found) <= 0.2  # over series alone nearly every one would be


def test_a_ratio_of_sums_has_an_interval_around_it() -> None:
    rng = np.random.default_rng(9)
    one = compared(effects(rng, series=1.0, time=0.5) - 2.0, metric="crps")
    low, high = ends(one)
    assert 0.1 < low < 0.2 < high < 0.3
