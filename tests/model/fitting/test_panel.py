"""What counts tell of the level, by which its modes are sampled."""

import numpy as np

from lull.model.fitting.panel import _information
from lull.model.spec import Priors


def test_counts_inform_the_level_by_how_busy_the_weeks_around_are_and_not_without_attacks() -> None:
    count = np.repeat([[1.0, 30.0, 0.0, np.nan]], 16, axis=1)
    quiet, busy, silent, missing = np.split(_information(count, np.array([15.0]), Priors())[0], 4)
    assert busy[:8].min() > 2 * quiet[:8].max() > 0  # the last ones are at the edge of a silence
    assert not silent.any()
    assert not missing.any()


def test_a_lone_count_amid_a_silence_tells_less_than_one_of_a_run_among_several_series() -> None:
    count = np.zeros((3, 60))
    count[0, 30] = count[1, 20:40] = count[2] = 1.0
    lone, run, ends = _information(count, np.ones(3), Priors())
    assert 0 < lone[30] < run[30] / 10
    np.testing.assert_allclose(ends[[0, -1]], ends[30], rtol=0.1)
    assert _information(count[:1], np.ones(1), Priors())[0, 30] > 10 * lone[30]


def test_counts_never_tell_more_than_the_spread_within_a_week_allows() -> None:
    priors = Priors()
    found = _information(np.full((1, 40), 1e6), np.array([1e6]), priors)
    np.testing.assert_allclose(found, np.exp(priors.log_concentration_dense.mean), rtol=1e-3)
