"""Figures of returns: by hand, quiet where forecasts are right, and loud where an actor comes back as it left."""

from dataclasses import replace

import numpy as np
import pytest

from lull.model.forward.prior_state import prior_state
from lull.model.forward.random_numbers import RandomNumbers
from lull.model.forward.simulate import simulate
from lull.model.forward.state import OriginState, Push
from lull.model.inspection.return_checks import FIGURES, Returned, check_returns, return_figures

FORECASTS, DRAWS, HORIZON = 60, 100, 26


def test_the_figures_of_paths_by_hand() -> None:
    single, after, largest = return_figures(
        np.array([[0, 0, 1, 2, 0, 0, 4, 9], [3, 0, 0, 0, 0, 5, 0, 0], [0] * 8, [0, 0, 0, 0, 2, 1, 1, 1]])
    )
    np.testing.assert_array_equal(single, [1, 0, np.nan, 0])
    np.testing.assert_array_equal(after, [1.5, 0, np.nan, np.nan])
    np.testing.assert_array_equal(largest, [9, 5, 0, 2])


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(ValueError, match="as many records as forecasts, found 0 and 0"):
        check_returns([], [], seed=1)


def busy_in_a_pause() -> OriginState:
    """Return an actor of some 20 attacks a week, eight weeks into a pause."""
    drawn = prior_state(("a",), draws=FORECASTS * DRAWS, horizon=HORIZON, seed=5)
    one, nothing = np.ones((drawn.draws, 1)), np.zeros_like(drawn.effect)
    return replace(
        drawn,
        effect=nothing,
        halt_effect=nothing,
        resumption_effect=nothing,
        intercept=3.0 * one,
        level=0.0 * one,
        last_level=0.0 * one,
        concentration=3.0 * one,
        sigma=0.2 * one,
        p_active=0.0 * one,
        silent_weeks=8.0 * one,
        resumption_intercept=0.0 * one,
        resumption_aging=0.7 * one,
    )


def paths_of(state: OriginState, seed: int) -> np.ndarray:
    """Return paths, (forecast, draw, week)."""
    numbers = RandomNumbers.draw(series=state.series, draws=state.draws, horizon=HORIZON, seed=seed)
    paths = simulate(state, Push.none(covariates=len(state.covariates), horizon=HORIZON), numbers)
    return paths.count[:, 0].reshape(FORECASTS, DRAWS, HORIZON)


def checked(state: OriginState) -> dict[str, Returned]:
    """Return the figures of forecasts from a state where what came is of the equations as they are."""
    came = paths_of(busy_in_a_pause(), seed=1)[:, 0]
    found = check_returns(list(paths_of(state, seed=2)), list(came), seed=3)
    return {one.figure: one for one in found}


def test_right_forecasts_are_within_their_replicates() -> None:
    found = checked(busy_in_a_pause())
    assert tuple(found) == FIGURES
    assert all(0.01 < one.p < 0.99 and one.low <= one.middle <= one.high for one in found.values())
    assert found["largest week"].forecasts == FORECASTS


def test_a_level_that_is_frozen_through_a_pause_is_seen_by_every_figure() -> None:
    state = busy_in_a_pause()
    found = checked(replace(state, return_half_life=np.full(state.draws, 1e6)))
    assert found["returns with one attack"].p == 0
    assert found["weekly attacks in the four weeks after"].p == 1
    assert found["largest week"].p == 1
    assert found["largest week"].middle > 3 * found["largest week"].observed
