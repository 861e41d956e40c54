"""What counts tell of the level, by which its modes are sampled."""

import numpy as np

from lull.model.fitting.panel import _information
from lull.model.spec import Priors


def test_counts_inform_the_level_by_how_busy_the_weeks_around_are_and_not_without_attacks() -> None:
    count = np.repeat([[1.0, 30.0, 0.0, np.nan]], 16, axis=1)
    quiet, busy, silent, missing = np.split(_information(count, np.array([15.0]), Priors())[0], 4)
    assert busy.min() > 2 * quiet[:8].max() > 0
    assert not silent.any()
    assert not missing.any()


def test_counts_never_tell_more_than_the_spread_within_a_week_allows() -> None:
    priors = Priors()
    found = _information(np.full((1, 40), 1e6), np.array([1e6]), priors)
    np.testing.assert_allclose(found, np.exp(priors.log_concentration_dense.mean), rtol=1e-3)
