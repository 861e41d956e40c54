"""Exact answers against simulated paths, and where they must be plain."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lull.model.forward.prior_state import COVARIATES, prior_state
from lull.model.forward.simulate import (
    ACTIVE,
    HALTED,
    OriginState,
    Push,
    RandomNumbers,
    any_attack_probability,
    resumption_probability,
    simulate,
)

DRAWS, HORIZON = 3000, 16
PUSHES = len(COVARIATES)
SERIES = ("a", "b")


def numbers_of(state: OriginState, *, seed: int) -> RandomNumbers:
    return RandomNumbers.draw(series=state.series, draws=state.draws, horizon=state.horizon, seed=seed)


def random_push(rng: np.random.Generator) -> Push:
    forced = np.full((1, 1, HORIZON), -1, dtype=np.int8)
    forced[..., rng.integers(0, HORIZON)] = rng.choice([HALTED, ACTIVE])
    offsets = (rng.normal(0, 1, (DRAWS, 1, HORIZON)) for _ in range(3))
    return Push(rng.normal(0, 0.5, (1, 2, PUSHES, HORIZON)), *offsets, forced, np.ones((1, 1, HORIZON)))


def assert_within_error(probability: np.ndarray, seen: np.ndarray) -> None:
    """Within four standard errors of the paths, over all series and horizons at once."""
    error = np.sqrt((probability * (1 - probability)).mean(axis=0) / DRAWS) + 1e-9
    np.testing.assert_array_less(np.abs(seen.mean(axis=0) - probability.mean(axis=0)), 4.0 * error)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_exact_and_simulated_answers_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    state = prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=seed)
    state = replace(
        state, self_excitation=np.full(DRAWS, rng.uniform(0, 0.3)), leak=np.full(DRAWS, rng.uniform(0, 0.3))
    )
    push, numbers = random_push(rng), numbers_of(state, seed=seed)
    paths = simulate(state, push, numbers)
    assert_within_error(any_attack_probability(state, push, numbers), np.maximum.accumulate(paths.attacks > 0, axis=-1))
    assert_within_error(resumption_probability(state, push), np.logical_or.accumulate(paths.active, axis=-1))


def test_probabilities_rise_with_the_horizon() -> None:
    state = prior_state(SERIES, draws=200, horizon=60, seed=9)
    push = Push.none(covariates=PUSHES, horizon=60)
    for by in (any_attack_probability(state, push, numbers_of(state, seed=1)), resumption_probability(state, push)):
        assert (np.diff(by, axis=-1) >= -1e-12).all()
        assert ((by >= 0) & (by <= 1)).all()


def test_a_pause_that_is_forced_leaves_only_stray_statements() -> None:
    state = prior_state(SERIES, draws=50, horizon=5, seed=9)
    push = replace(Push.none(covariates=PUSHES, horizon=5), forced_regime=np.full((1, 1, 5), HALTED, dtype=np.int8))
    stray = 1 - np.exp(-state.leak[:, None, None] * np.arange(1, 6))
    found = any_attack_probability(state, push, numbers_of(state, seed=1))
    np.testing.assert_allclose(found, np.broadcast_to(stray, found.shape), rtol=1e-10)
    np.testing.assert_allclose(resumption_probability(state, push), 0.0, atol=1e-12)


def test_a_forced_resumption_is_certain() -> None:
    state = prior_state(SERIES, draws=50, horizon=5, seed=9)
    forced = np.full((1, 1, 5), HALTED, dtype=np.int8)
    forced[..., 3:] = ACTIVE
    found = resumption_probability(state, replace(Push.none(covariates=PUSHES, horizon=5), forced_regime=forced))
    np.testing.assert_allclose(found, np.broadcast_to([0, 0, 0, 1, 1], found.shape), atol=1e-12)


def test_a_larger_chance_of_resuming_makes_every_draw_resume_sooner() -> None:
    state = prior_state(SERIES, draws=200, horizon=HORIZON, seed=4)
    plain = Push.none(covariates=PUSHES, horizon=HORIZON)
    pushed = replace(plain, resumption_logit=np.full((1, 1, HORIZON), 0.4))
    assert (resumption_probability(state, pushed) >= resumption_probability(state, plain)).all()
