"""The law of each week given the path before it: that of the simulator, by sums, by exact answers and by frequency."""

from dataclasses import replace

import numpy as np
import pytest

from lull.model.forward.conditional_law import conditional_log_pmf
from lull.model.forward.prior_state import prior_state
from lull.model.forward.simulate import OriginState, RandomNumbers, any_attack_probability, simulate
from lull.model.hurdle.benchmark import shipped
from tests.model.path_laws import nothing

SERIES, HORIZON = ("israel", "us_forces"), 6


def origin(draws: int) -> OriginState:
    state = prior_state(SERIES, draws=draws, horizon=HORIZON, seed=3)
    rng = np.random.default_rng(1)
    return replace(
        state,
        intercept=np.log(np.full_like(state.intercept, 6.0)),
        sigma=np.minimum(state.sigma, 0.3),
        self_excitation=np.full_like(state.self_excitation, 0.2),
        p_active=rng.uniform(0.1, 0.9, state.p_active.shape),
    )


def numbers_of(state: OriginState, seed: int) -> RandomNumbers:
    return RandomNumbers.draw(series=state.series, draws=state.draws, horizon=state.horizon, seed=seed)


def log_pmf(state: OriginState, count: float, seed: int = 5) -> np.ndarray:
    numbers = numbers_of(state, seed)
    paths = simulate(state, nothing(state), numbers)
    return conditional_log_pmf(state, numbers, paths, np.full((len(SERIES), HORIZON), count))


def test_the_probabilities_of_all_counts_sum_to_one() -> None:
    state = origin(20)
    numbers = numbers_of(state, 5)
    paths = simulate(state, nothing(state), numbers)
    counts = (np.full((len(SERIES), HORIZON), float(count)) for count in range(3000))
    total = sum(np.exp(conditional_log_pmf(state, numbers, paths, count)) for count in counts)
    np.testing.assert_allclose(total, 1.0, atol=1e-4)


def test_of_the_first_week_zero_has_the_exact_chance_of_each_draw() -> None:
    state = replace(origin(50), self_excitation=np.zeros(50))
    numbers = numbers_of(state, 5)
    some = any_attack_probability(state, nothing(state), numbers)[..., 0]
    np.testing.assert_allclose(np.exp(log_pmf(state, 0.0))[..., 0], 1 - some, atol=1e-7)


@pytest.mark.parametrize("count", [0, 1, 4, 9])
def test_in_every_week_the_mean_law_is_the_frequency_of_simulated_counts(count: int) -> None:
    state = origin(20_000)
    seen = simulate(state, nothing(state), numbers_of(state, 8)).count == count
    said = np.exp(log_pmf(state, float(count), seed=9))
    error = np.sqrt((said.var(axis=0) + seen.var(axis=0)) / state.draws)
    np.testing.assert_array_less(np.abs(said.mean(axis=0) - seen.mean(axis=0)), 4.5 * error)


@pytest.mark.integration
def test_given_one_past_the_law_is_the_frequency_of_the_next_week() -> None:
    """Many draws of the same parameters and random numbers, up to the last week's regime and count."""
    one = origin(1)
    fields = {name: np.repeat(value, 20_000, axis=0) for name, value in vars(one).items() if hasattr(value, "shape")}
    state = replace(one, **{name: value for name, value in fields.items() if getattr(one, name).ndim})
    shared, own = numbers_of(one, 2), numbers_of(state, 4)
    last = HORIZON - 1
    numbers = replace(
        own,
        u_initial=np.broadcast_to(shared.u_initial, own.u_initial.shape).copy(),
        z_residual=np.broadcast_to(shared.z_residual, own.z_residual.shape).copy(),
        z_level=np.broadcast_to(shared.z_level, own.z_level.shape).copy(),
        u_regime=np.concatenate(
            [np.broadcast_to(shared.u_regime, own.u_regime.shape)[..., :last], own.u_regime[..., last:]], axis=-1
        ),
        u_count=np.concatenate(
            [np.broadcast_to(shared.u_count, own.u_count.shape)[..., :last], own.u_count[..., last:]], axis=-1
        ),
    )
    paths = simulate(state, nothing(state), numbers)
    for count in (0, 1, 5):
        said = np.exp(conditional_log_pmf(state, numbers, paths, np.full((len(SERIES), HORIZON), float(count))))
        assert np.ptp(said[..., last], axis=0).max() < 1e-9
        share = (paths.count[..., last] == count).mean(axis=0)
        np.testing.assert_allclose(said[0, :, last], share, atol=4.5 * 0.5 / np.sqrt(20_000))


def test_the_hurdle_says_of_each_week_what_its_paths_do() -> None:
    rng = np.random.default_rng(7)
    history = rng.poisson(rng.gamma(1.0, 3.0, 120)).astype(float)
    companion = shipped()
    paths, chance = companion.forecast(history, horizon=HORIZON, draws=20_000, seed=1)
    np.testing.assert_allclose(
        np.exp(companion.log_pmf(history, paths[:1], np.zeros(HORIZON))[0, 0]), 1 - chance[0], atol=1e-9
    )
    total = sum(np.exp(companion.log_pmf(history, paths[:50], np.full(HORIZON, float(n)))) for n in range(2000))
    np.testing.assert_allclose(total, 1.0, atol=1e-6)
    for count in (0, 1, 3, 8):
        said = np.exp(companion.log_pmf(history, paths, np.full(HORIZON, float(count)))).mean(axis=0)
        share = (paths == count).mean(axis=0)
        np.testing.assert_allclose(said, share, atol=4.5 * 0.5 / np.sqrt(20_000))
