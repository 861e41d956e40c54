"""The weights of the pool: what made-up past forecasts favour is found, and what they cannot say is not."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import approx_fprime
from scipy.special import expit

from lull.data.counts import WeeklyCounts
from lull.data.schema import InputError
from lull.evaluation.scores.pool_weights import learn_pool
from lull.evaluation.scores.stacking import FIRST_SHARE, share_weights
from lull.evaluation.scores_file import SCHEMA

MONDAY = np.datetime64("2020-01-06")


def panel(series: int = 40, weeks: int = 80) -> WeeklyCounts:
    """Counts of which every second series has been silent for 40 weeks at the end."""
    values = np.random.default_rng(1).poisson(2.0, (series, weeks)).astype(float) + 1.0
    values[::2, 40:] = 0.0
    return WeeklyCounts.from_arrays(values, series=[f"s{row}" for row in range(series)], first_week=MONDAY)


def scores(counts: WeeklyCounts, better_in_silence: float, *, last: str = "recent", late: float = 0.0) -> pa.Table:
    """Log scores of the parts in twelve weeks: the regime model is better in silences, worse elsewhere.

    The last part is better by `late` than the hurdle model everywhere.
    """
    rng, rows = np.random.default_rng(2), []
    origin = (counts.origin + np.timedelta64(6, "D")).astype("datetime64[D]").item()
    for place, series in enumerate(counts.series):
        ahead = better_in_silence if place % 2 == 0 else -better_in_silence
        for week in range(1, 13):
            base = rng.exponential()
            for model, score in (("regimes", base), ("hurdle", base + ahead), (last, base + ahead - late)):
                rows.append((model, series, origin, week, "log_score", score))
    return pa.table(dict(zip(SCHEMA.names, zip(*rows, strict=True), strict=True)), schema=SCHEMA)


def test_the_part_that_was_better_in_silences_has_more_of_the_pool_there() -> None:
    pool = learn_pool([scores(panel(), 1.0)], [panel()], source="made up")
    silent, active = pool.regime_share(40, 26), pool.regime_share(0, 26)
    assert silent > FIRST_SHARE + 0.1 > FIRST_SHARE > active
    assert (pool.forecasts, pool.actors) == (40, 40)


def test_where_all_are_alike_the_shares_stay() -> None:
    pool = learn_pool([scores(panel(), 0.0)], [panel()], source="made up")
    assert pool.regime_share([0, 40], 26) == pytest.approx([FIRST_SHARE] * 2, abs=1e-6)
    assert pool.recent == pytest.approx(0.0, abs=1e-6)


def test_of_the_rest_the_better_part_has_more() -> None:
    better, worse = (learn_pool([scores(panel(), 0.0, late=each)], [panel()], source="made up") for each in (0.5, -0.5))
    assert better.recent > 0.2
    assert worse.recent < -0.2


def test_the_weights_are_where_the_slope_is_zero() -> None:
    rng = np.random.default_rng(3)
    parts = rng.exponential(size=(3, 60))
    terms, forecast = np.column_stack([np.ones(60), rng.normal(size=60)]), np.repeat(np.arange(20), 3)
    found = share_weights(parts, terms, forecast)

    def loss(at: np.ndarray) -> float:
        share, late = expit(terms @ at[:2]), expit(at[2])
        first, second, third = np.exp(-parts)
        likelihood = np.log(share * first + (1 - share) * ((1 - late) * second + late * third)).sum() / 3
        return float(((at[0] - np.log(0.5)) ** 2 + at[2] ** 2) / (2 * 0.5**2) + at[1] ** 2 / 2 - likelihood)

    assert approx_fprime(found, loss, 1e-6) == pytest.approx(np.zeros(3), abs=1e-3)


def test_scores_of_one_part_only_and_counts_that_end_too_early_are_refused() -> None:
    counts = panel()
    with pytest.raises(InputError, match="log scores of regimes, hurdle, recent"):
        learn_pool([scores(counts, 1.0, last="ingarch")], [counts], source="made up")
    with pytest.raises(InputError, match="the weekly counts of s0 up to the week that ends on"):
        learn_pool([scores(counts, 1.0)], [counts.up_to_week(counts.weeks[-2])], source="made up")
    other = counts.select(counts.series[1:])
    with pytest.raises(InputError, match="the weekly counts of s0"):
        learn_pool([scores(counts, 1.0)], [other], source="made up")
    assert learn_pool([scores(counts, 1.0)], [other, counts], source="made up").actors == 40
