"""Covariates of each series: a series is pushed by its own row alone, in all models and in every answer."""

from dataclasses import replace

import numpy as np
import pytest

from lull.model.forward.conditional_law import conditional_log_pmf
from lull.model.forward.prior_state import prior_state, with_prior_hurdle
from lull.model.forward.simulate import (
    OriginState,
    Push,
    RandomNumbers,
    any_attack_probability,
    resumption_probability,
    simulate,
)
from lull.model.hurdle.benchmark import shipped
from lull.model.hurdle.series_terms import record_of
from lull.model.hurdle.worlds import remembered
from lull.model.recent.rates import recent_rates

SERIES, DRAWS, HORIZON = ("north", "south"), 60, 6
ALIKE = with_prior_hurdle(prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=1), share=0.3, recent=0.3, seed=1)
NUMBERS = RandomNumbers.draw(series=SERIES, draws=DRAWS, horizon=HORIZON, seed=2)
NOTHING = Push.none(covariates=len(ALIKE.covariates), horizon=HORIZON)


def with_rows(*factors: float) -> OriginState:
    """A state whose covariates are so many times those of `ALIKE`, a factor for each row."""
    rows = {
        name: np.concatenate([factor * getattr(ALIKE, name) for factor in factors], axis=1)
        for name in ("carry", "future_covariate")
    }
    return replace(ALIKE, **rows)


def answers(state: OriginState) -> list[np.ndarray]:
    paths = simulate(state, NOTHING, NUMBERS)
    law = conditional_log_pmf(state, NUMBERS, paths, np.ones((2, HORIZON)))
    chances = any_attack_probability(state, NOTHING, NUMBERS), resumption_probability(state, NOTHING)
    return [paths.attacks, paths.active, law, *chances]


def test_each_series_has_the_paths_chances_and_law_of_its_own_row() -> None:
    apart, alike = answers(with_rows(1.0, 3.0)), [answers(with_rows(factor)) for factor in (1.0, 3.0)]
    for at in range(2):
        for found, expected in zip(apart, alike[at], strict=True):
            np.testing.assert_array_equal(found[:, at], expected[:, at])
    assert (apart[0][:, 1] != alike[0][0][:, 1]).any()


def test_a_series_that_is_chosen_keeps_its_row() -> None:
    state = with_rows(1.0, 3.0)
    one = state.select(["south"])
    np.testing.assert_array_equal(one.future_covariate, 3.0 * ALIKE.future_covariate)
    np.testing.assert_array_equal(one.carry, 3.0 * ALIKE.carry)
    assert with_rows(2.0).select(["south"]).rows == 1
    assert [each.rows for each in (state.up_to(3), state.thinned(10))] == [2, 2]


def test_rows_of_another_number_of_series_are_refused() -> None:
    with pytest.raises(ValueError, match="found 3 rows"):
        with_rows(1.0, 1.0, 1.0)


def test_what_is_remembered_of_the_past_is_that_of_the_own_row() -> None:
    rng = np.random.default_rng(3)
    counts, rows = rng.poisson(0.8, (1, 2, 60)).astype(float), rng.random((2, 3, 60))
    memory, earlier = remembered(counts, rows, shipped())
    rate, held = recent_rates(counts, rows)
    record = record_of(counts[0], rows, shipped())
    for at, row in enumerate(rows):
        np.testing.assert_array_equal(earlier[:, at], remembered(counts, row, shipped())[1][:, at])
        np.testing.assert_array_equal(held[:, at], recent_rates(counts, row)[1][:, at])
        alone, mine = record_of(counts[0], row, shipped()), record.series == at
        np.testing.assert_array_equal(record.pushes[mine], alone.pushes[mine])
        np.testing.assert_array_equal(record.fresh[mine], alone.fresh[mine])
    assert (memory.shape[1], rate.shape[1]) == (2, 2)
