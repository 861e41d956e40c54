"""Placebo calendars: how they are turned, and that an effect which is there is seen."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.data.schema import InputError
from lull.model.fitting.covariates import Covariates
from lull.model.inspection.placebo import EDGE, placebo_test, share_as_far, shifts_of, turned
from lull.model.spec import ModelSpec, Priors

FIRST, WEEKS = np.datetime64("2022-01-03"), 80


def calendar(values: np.ndarray) -> Covariates:
    weeks = (FIRST + WEEK * np.arange(values.shape[1])).astype("datetime64[ns]")
    coords = {"covariate": ["pressure", "ceasefire"], "week": weeks}
    return Covariates(xr.DataArray(values, coords, ("covariate", "week")), (True, False))


@given(by=st.integers(0, 200))
def test_a_turned_calendar_has_the_same_events_together_and_leaves_the_schedule(by: int) -> None:
    values = np.random.default_rng(1).random((2, 30))
    made = turned(calendar(values), FIRST, FIRST + WEEK * 19, by=by).array.to_numpy()
    np.testing.assert_array_equal(made[:, 20:], values[:, 20:])
    np.testing.assert_array_equal(np.roll(made[:, :20], -by, axis=1), values[:, :20])


@given(weeks=st.integers(20, 300), placebos=st.integers(1, 400))
def test_shifts_differ_and_keep_clear_of_the_real_calendar(weeks: int, placebos: int) -> None:
    if placebos > weeks - 2 * EDGE + 1:
        with pytest.raises(InputError, match=r"--placebo"):
            shifts_of(weeks, placebos)
        return
    found = shifts_of(weeks, placebos)
    assert len(set(found)) == placebos
    assert min(found) >= EDGE
    assert max(found) <= weeks - EDGE


def test_the_share_counts_the_real_calendar() -> None:
    assert share_as_far(3.0, np.array([1.0, 2.0, 3.0, 4.0])) == 3 / 5
    assert share_as_far(9.0, np.zeros(19)) == 1 / 20


@pytest.mark.integration
def test_a_strong_effect_has_a_small_p_and_none_has_not() -> None:
    """Attacks halved and halved again under a ceasefire; what is called pressure does nothing."""
    rng = np.random.default_rng(4)
    values = np.zeros((2, WEEKS + 520))
    values[0, rng.choice(WEEKS, 8, replace=False)] = 1.0
    values[1, 10:18] = values[1, 55:63] = 1.0
    mean = 20 * np.exp(-1.5 * values[1, :WEEKS])
    counts = WeeklyCounts.from_arrays(rng.poisson(mean)[None].astype(float), series=["a"], first_week=FIRST)
    found = placebo_test(
        counts, calendar(values), spec=ModelSpec(), priors=Priors(), placebos=19, seed=1, progress=lambda *_: None
    )
    p = {(row.covariate, row.on): row.p for row in found.effects}
    assert p["ceasefire", "intensity"] == pytest.approx(1 / 20)
    assert p["pressure", "intensity"] > 0.05
    assert found.p == pytest.approx(1 / 20)
