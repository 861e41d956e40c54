"""The level basis: a random walk on active time, de-meaned, and what is left out of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.model.fitting.level import informed_modes, level_basis, moving_weeks, residual_sd_by_week, walk_modes


@given(st.integers(1, 60))
def test_all_modes_together_are_a_random_walk(steps: int) -> None:
    modes = walk_modes(steps, steps)
    time = np.arange(1, steps + 1)
    np.testing.assert_allclose(modes @ modes.T, np.minimum.outer(time, time), atol=1e-9)


@given(st.integers(20, 300))
def test_modes_tell_the_last_weeks_better_than_those_long_ago(steps: int) -> None:
    residual = residual_sd_by_week(np.ones((1, steps)), modes=16, freeze_after=8)[0]
    assert residual[-4:].mean() <= residual[: steps // 2].mean() + 1e-9


@given(st.integers(1, 60), st.integers(1, 60))
def test_what_is_left_out_is_what_the_other_modes_tell(steps: int, modes: int) -> None:
    modes = min(modes, steps)
    count = np.ones((1, steps))
    whole = level_basis(count, modes=steps, freeze_after=8).modes[0]
    left_out = residual_sd_by_week(count, modes=modes, freeze_after=8)[0]
    np.testing.assert_allclose(left_out**2, (whole[:, modes:] ** 2).sum(axis=1), atol=1e-8)


def test_the_level_stands_still_in_long_silences_and_moves_in_short_ones() -> None:
    short, long = [0.0] * 7, [0.0] * 8
    moving = moving_weeks(np.array([2.0, *short, 1.0, *long, 3.0]), freeze_after=8)
    assert moving.tolist() == [True] * 9 + [False] * 8 + [True]


def test_missing_weeks_neither_lengthen_nor_end_a_silence() -> None:
    count = np.array([1.0, 0, 0, 0, 0, np.nan, np.nan, 0, 0, 0, 2])
    assert moving_weeks(count, freeze_after=8).all()
    assert moving_weeks(count, freeze_after=7).tolist() == [True] + [False] * 9 + [True]


def test_a_silence_that_lasts_to_the_end_is_frozen() -> None:
    assert moving_weeks(np.array([3.0] + [0.0] * 9), freeze_after=8).tolist() == [True] + [False] * 9


def test_modes_have_mean_zero_over_the_observed_active_weeks() -> None:
    count = np.array([[3.0, 2, np.nan, 4, *[0] * 9, 1, 2, 2]])
    basis = level_basis(count, modes=5, freeze_after=8)
    seen = np.array([0, 1, 3, 13, 14, 15])
    np.testing.assert_allclose(basis.modes[0, seen].mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_array_equal(basis.modes[0, 4:13], np.broadcast_to(basis.modes[0, 3], (9, 5)))


def test_kept_modes_and_the_residual_add_up_to_the_whole_variance_of_the_last_week() -> None:
    count = np.ones((1, 40))
    few, all_of_them = (level_basis(count, modes=modes, freeze_after=8) for modes in (6, 40))
    kept = (few.modes[0, -1] ** 2).sum()
    assert all_of_them.residual_sd[0] == pytest.approx(0.0, abs=1e-9)
    assert kept + few.residual_sd[0] ** 2 == pytest.approx((all_of_them.modes[0, -1] ** 2).sum())


@given(st.integers(1, 12), st.integers(1, 30))
def test_the_basis_has_its_shape_even_when_there_are_fewer_weeks_than_modes(modes: int, weeks: int) -> None:
    basis = level_basis(np.full((2, weeks), np.nan), modes=modes, freeze_after=8)
    assert basis.modes.shape == (2, weeks, modes)
    assert np.isfinite(basis.modes).all()


@given(st.integers(1, 12), st.integers(1, 60), st.integers(0, 1000))
def test_turned_modes_are_the_same_walk_and_each_is_informed_by_itself(modes: int, weeks: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    basis = level_basis(np.ones((2, weeks)), modes=modes, freeze_after=8).modes
    by_week = rng.gamma(1.0, 5.0, (2, weeks)) * (rng.random((2, weeks)) < 0.7)
    turned, information, centre = informed_modes(basis, by_week)
    np.testing.assert_allclose(turned @ turned.mT, basis @ basis.mT, atol=1e-9)
    for mode, weight, known, mean in zip(turned, by_week, information, centre, strict=True):
        np.testing.assert_allclose(weight @ mode, weight.sum() * mean, atol=1e-8)
        design = np.column_stack([np.ones(weeks), mode]) * np.sqrt(weight)[:, None]
        found = design.T @ design
        beside = found[1:, 1:] - np.outer(found[1:, 0], found[0, 1:]) / max(found[0, 0], 1e-300)
        np.testing.assert_allclose(beside, np.diag(known), atol=1e-8 * (1.0 + known.max()))


def test_counts_that_tell_nothing_inform_no_mode() -> None:
    basis = level_basis(np.full((1, 30), np.nan), modes=5, freeze_after=8).modes
    assert not informed_modes(basis, np.zeros((1, 30)))[1].any()
