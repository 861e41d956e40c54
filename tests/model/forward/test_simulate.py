"""The forward simulation: its quantiles against scipy, its coupling, and what must not change a path."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit

from lull.model.forward.inversion import POISSON, count_quantile, thinned
from lull.model.forward.plain_simulator import Dynamics, Past, random_counts
from lull.model.forward.prior_state import COVARIATES, prior_state
from lull.model.forward.simulate import ACTIVE, HALTED, OriginState, Paths, Push, RandomNumbers, simulate
from tests.model.path_laws import nothing

DRAWS, HORIZON = 400, 10
SERIES = ("israel", "us_forces")

uniforms = st.floats(0.0, 1.0 - 1e-9)
means = st.floats(-14, 9.2).map(np.exp)  # 1e-6 .. 1e4
concentrations = st.floats(-3, 9.2).map(np.exp)  # 0.05 .. 1e4


def state(**changes: Any) -> OriginState:
    return replace(prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=1), **changes)


def numbers_for(origin: OriginState, *, seed: int = 7) -> RandomNumbers:
    return RandomNumbers.draw(series=origin.series, draws=origin.draws, horizon=origin.horizon, seed=seed)


def run(origin: OriginState, push: Push | None = None, *, seed: int = 7) -> Paths:
    return simulate(origin, push or nothing(origin), numbers_for(origin, seed=seed))


def assert_same(one: Paths, other: Paths) -> None:
    for name in ("attacks", "count", "active"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def assert_is_quantile(found: int, uniform: float, below: float, upto: float) -> None:
    """P(X < n) <= u < P(X <= n), within the rounding of the cdf."""
    assert below <= uniform + 1e-9, found
    assert upto > uniform - 1e-9, found


@settings(deadline=None)  # the first call compiles
@given(uniforms, means, concentrations)
def test_a_count_is_the_quantile_of_its_negative_binomial(uniform: float, mean: float, concentration: float) -> None:
    found = count_quantile(uniform, mean, concentration)
    truth = stats.nbinom(concentration, concentration / (concentration + mean))
    assert_is_quantile(found, uniform, truth.cdf(found - 1), truth.cdf(found))


@settings(deadline=None)  # the first call compiles
@given(uniforms, means)
def test_a_stray_count_is_the_quantile_of_its_poisson(uniform: float, mean: float) -> None:
    found = count_quantile(uniform, mean, POISSON)
    assert_is_quantile(found, uniform, stats.poisson.cdf(found - 1, mean), stats.poisson.cdf(found, mean))


@settings(deadline=None)  # the first call compiles
@given(uniforms, st.integers(0, 3000), st.floats(0, 1))
def test_the_reported_are_a_quantile_of_their_binomial(uniform: float, count: int, probability: float) -> None:
    found = thinned(uniform, count, probability)
    truth = stats.binom(count, probability)
    assert_is_quantile(found, uniform, truth.cdf(found - 1), truth.cdf(found))


@settings(deadline=None)  # the first call compiles
@given(uniforms, means, st.floats(1.0, 3.0), concentrations)
def test_a_larger_mean_never_gives_a_smaller_count(u: float, mean: float, factor: float, concentration: float) -> None:
    assert count_quantile(u, mean, concentration) <= count_quantile(u, min(mean * factor, 1e4), concentration)


def test_extremes_end() -> None:
    for uniform in (0.0, 0.5, 1.0 - 2**-53):
        for mean in (0.0, 1e-300, 1e5, 1e300, np.inf):
            assert count_quantile(uniform, mean, 144.0) >= 0
    assert count_quantile(0.5, np.inf, 10.0) == count_quantile(0.5, 1e5, 10.0)


def test_a_push_of_zeros_is_the_identity() -> None:
    origin = state()
    whole, offset = np.zeros((DRAWS, 2, len(COVARIATES), HORIZON)), np.zeros((DRAWS, 2, HORIZON))
    free = np.full(offset.shape, -1, dtype=np.int8)
    assert_same(run(origin, Push(whole, offset, offset, offset, free, offset + 1.0)), run(origin))


def test_paths_are_the_same_up_to_the_first_week_that_differs() -> None:
    origin = state()
    later = nothing(origin).log_intensity + np.where(np.arange(HORIZON) >= 4, 1.0, 0.0)
    plain, pushed = run(origin), run(origin, replace(nothing(origin), log_intensity=later))
    np.testing.assert_array_equal(plain.attacks[..., :4], pushed.attacks[..., :4])
    assert (plain.attacks[..., 4] != pushed.attacks[..., 4]).any()
    assert (plain.attacks[..., 4] <= pushed.attacks[..., 4]).all()


def test_more_weeks_draws_or_series_leave_the_others_as_they_were() -> None:
    small, large = (RandomNumbers.draw(series=names, draws=d, horizon=h, seed=3) for names, d, h in (
        (("b",), 20, 4), (("a", "b", "c"), 50, 9)
    ))  # fmt: skip
    np.testing.assert_array_equal(small.u_initial, large.u_initial[:20, 1:2])
    for name in ("u_regime", "u_count", "z_level", "u_report"):
        np.testing.assert_array_equal(getattr(small, name), getattr(large, name)[:20, 1:2, :4])
    np.testing.assert_array_equal(small.named("date"), large.named("date")[:20])


def test_a_longer_horizon_and_fewer_series_extend_the_same_paths() -> None:
    origin = state()
    whole = run(origin)
    np.testing.assert_array_equal(run(origin.up_to(4)).attacks, whole.attacks[..., :4])
    np.testing.assert_array_equal(run(origin.select(["us_forces"])).attacks, whole.attacks[:, 1:])


def test_numbers_are_uniform_normal_and_apart() -> None:
    numbers = RandomNumbers.draw(series=("a", "b"), draws=500, horizon=20, seed=11)
    for name, law in (("u_regime", "uniform"), ("u_count", "uniform"), ("u_report", "uniform"), ("z_level", "norm")):
        values = getattr(numbers, name)
        assert stats.kstest(values.ravel(), law).pvalue > 1e-3
        assert abs(np.corrcoef(values[:, 0].ravel(), values[:, 1].ravel())[0, 1]) < 4 / 100  # 10,000 pairs
    assert abs(np.corrcoef(numbers.u_regime.ravel(), numbers.u_count.ravel())[0, 1]) < 4 / np.sqrt(20_000)


@pytest.mark.parametrize("forced", [HALTED, ACTIVE])
def test_a_forced_regime_holds(forced: int) -> None:
    origin = state()
    regime = np.full((1, 1, HORIZON), -1, dtype=np.int8)
    regime[..., 2:5] = forced
    paths = run(origin, replace(nothing(origin), forced_regime=regime))
    assert (paths.active[..., 2:5] == (forced == ACTIVE)).all()
    np.testing.assert_array_equal(paths.attacks[..., :2], run(origin).attacks[..., :2])


def test_reporting_changes_what_is_claimed_and_not_what_is_done() -> None:
    origin = state()
    half = np.where(np.arange(HORIZON) >= 3, 0.5, 1.0)[None, None]
    paths, plain = run(origin, replace(nothing(origin), reporting=half)), run(origin)
    np.testing.assert_array_equal(paths.attacks, plain.attacks)
    np.testing.assert_array_equal(paths.count[..., :3], plain.count[..., :3])
    reported, happened = paths.count[..., 3:], paths.attacks[..., 3:]
    assert (reported <= happened).all()
    assert abs(reported.sum() - happened.sum() / 2) < 4 * np.sqrt(happened.sum() / 4)


def test_the_first_week_follows_the_formula() -> None:
    """Regime and mean of week 1 against the equations written out, within four standard errors."""
    draws = 20_000
    one = prior_state(("a",), draws=1, horizon=1, seed=5)
    arrays: dict[str, Any] = {name: value for name, value in vars(one).items() if isinstance(value, np.ndarray)}
    many = replace(one, **{name: np.repeat(value, draws, axis=0) for name, value in arrays.items()})
    paths = run(many)
    covariate = one.future_covariate[0, 0, :, 0]
    halt = expit(
        one.halt_intercept[0, 0] - one.halt_level[0, 0] * one.log_intensity[0, 0] + one.halt_effect[0] @ covariate
    )
    aging = one.resumption_aging[0, 0] * np.log1p(one.silent_weeks[0, 0])
    resume = expit(one.resumption_intercept[0, 0] - aging + one.resumption_effect[0] @ covariate)
    p_active = one.p_active[0, 0] * (1 - halt) + (1 - one.p_active[0, 0]) * resume
    intensity = np.exp(one.intercept + one.level + one.level_residual_sd**2 / 2 + one.effect[0] @ covariate)[0, 0]
    mean = p_active * intensity + (1 - p_active) * one.leak[0]
    assert abs(paths.active.mean() - p_active) < 4 * np.sqrt(p_active * (1 - p_active) / draws)
    assert abs(paths.attacks.mean() - mean) < 4 * paths.attacks.std() / np.sqrt(draws)


@pytest.mark.parametrize("excitation", [0.0, 0.15])
def test_paths_are_those_of_the_plain_simulator(excitation: float) -> None:
    """Same law as `model/forward/plain_simulator.py`, which shares no code: weekly means, zeros and totals."""
    origin = prior_state(SERIES, draws=4000, horizon=HORIZON, seed=2)
    origin = replace(origin, self_excitation=np.full(origin.draws, excitation), sigma=np.minimum(origin.sigma, 0.4))
    fast, rng = run(origin).attacks, np.random.default_rng(3)
    dynamics = dynamics_of(origin, rng)
    plain = random_counts(dynamics, rng, past=past_of(origin, dynamics, rng))
    for name, one, other in (
        ("zeros", fast == 0, plain == 0),
        ("capped", np.minimum(fast, 20), np.minimum(plain, 20)),
        ("never", (fast == 0).all(axis=-1), (plain == 0).all(axis=-1)),
    ):
        error = np.sqrt((one.var(axis=0) + other.var(axis=0)) / origin.draws)
        np.testing.assert_array_less(np.abs(one.mean(axis=0) - other.mean(axis=0)), 4.5 * error, err_msg=name)


def dynamics_of(origin: OriginState, rng: np.random.Generator) -> Dynamics:
    drive = drive_of(origin)
    level = origin.level + origin.level_residual_sd * rng.normal(size=origin.level.shape)
    return Dynamics(
        log_intensity_base=(origin.intercept + level)[..., None] + drive[0],
        self_excitation=origin.self_excitation,
        log_concentration=np.log(origin.concentration),
        halt_base=origin.halt_intercept[..., None] + drive[1],
        halt_level=origin.halt_level,
        resumption_base=origin.resumption_intercept[..., None] + drive[2],
        resumption_aging=origin.resumption_aging,
        log_leak=np.log(origin.leak),
    )


def drive_of(origin: OriginState) -> list[np.ndarray]:
    return [
        np.einsum("dk,dskh->dsh", effect, origin.future_covariate)
        for effect in (origin.effect, origin.halt_effect, origin.resumption_effect)
    ]


def past_of(origin: OriginState, dynamics: Dynamics, rng: np.random.Generator) -> Past:
    sigma = origin.sigma[..., None]
    step = sigma * rng.normal(size=(*origin.sigma.shape, origin.horizon)) - sigma**2 / 2
    residual = dynamics.log_intensity_base[..., 0] - drive_of(origin)[0][..., 0] - origin.intercept - origin.level
    return Past(
        origin.p_active, origin.log_intensity, origin.silent_weeks, origin.last_count, step,
        last_level=origin.last_level - origin.level,
        return_level=np.log(origin.return_rate)[:, None] - origin.intercept - origin.level - residual,
        return_half_life=origin.return_half_life[:, None],
        return_noise=origin.return_sd[:, None, None] * rng.normal(size=step.shape),
    )  # fmt: skip


def test_what_does_not_fit_together_is_refused() -> None:
    origin = state()
    with pytest.raises(ValueError, match="sigma has the shape"):
        replace(origin, sigma=origin.sigma[:, :1])
    with pytest.raises(ValueError, match="random numbers are of 400 draws, 10 weeks"):
        simulate(origin.select(["israel"]), nothing(origin), numbers_for(origin))
    with pytest.raises(ValueError, match=r"push\.covariate has the shape"):
        simulate(origin, Push.none(covariates=3, horizon=HORIZON), numbers_for(origin))


def test_paths_carry_their_labels() -> None:
    paths = run(state())
    labelled = paths.to_dataset()
    assert labelled["count"].dims == ("draw", "series", "week")
    assert str(labelled["week"].to_numpy()[0])[:10] == "2024-12-30"
    assert (labelled.attrs["run_id"], labelled.attrs["seed"]) == ("prior-1", 7)
    np.testing.assert_array_equal(paths.cumulated[..., -1], paths.count.sum(axis=-1))


def still(origin: OriginState) -> OriginState:
    """Return a state that no driver moves and whose level is known."""
    effect, exact = np.zeros_like(origin.effect), np.zeros_like(origin.level)
    return replace(origin, effect=effect, halt_effect=effect, resumption_effect=effect, level_residual_sd=exact)


@pytest.mark.parametrize("sigma", [0.18, 0.6])
def test_an_active_actor_halts_as_at_a_constant_level(sigma: float) -> None:
    """Neither the walk of the level nor the drift that keeps its mean is in the hazard: (1 - hazard)^weeks go on."""
    draws, weeks = 4000, 104
    origin = prior_state(("a",), draws=draws, horizon=weeks, seed=4)
    one = np.ones((draws, 1))
    active = replace(
        still(origin),
        sigma=sigma * one,
        p_active=one,
        log_intensity=np.log(2.0) * one,
        intercept=np.log(2.0) - origin.level,
        halt_intercept=-3.0 * one,
        halt_level=0.65 * one,
        resumption_intercept=-60.0 * one,
    )
    paths = run(active)
    halts = expit(-3.0 - 0.65 * np.log(2.0))
    for week in (26, 52, 104):
        expected = (1 - halts) ** week
        error = np.sqrt(expected * (1 - expected) / draws)
        assert abs(paths.active[:, 0, week - 1].mean() - expected) < 4 * error


def test_no_return_brings_the_walk_of_the_level_to_halting() -> None:
    """Where every active week has an attack, regimes are those of a level that never walks, week by week."""
    draws, weeks = 2000, 52
    origin = prior_state(("a",), draws=draws, horizon=weeks, seed=4)
    one = np.ones((draws, 1))
    sure = replace(
        still(origin),
        concentration=1e6 * one,
        intercept=14.0 * one,
        level=0.0 * one,
        last_level=0.0 * one,
        log_intensity=14.0 * one,
        p_active=one,
        silent_weeks=0.0 * one,
        halt_intercept=7.0 * one,
        halt_level=0.65 * one,
        return_rate=np.full(draws, np.exp(13.0)),
    )
    walking, constant = (run(replace(sure, sigma=sigma * one)) for sigma in (0.4, 0.0))
    returns = (~walking.active[..., :-1] & walking.active[..., 1:]).sum(axis=-1)
    assert np.median(returns) >= 2
    np.testing.assert_array_equal(walking.active, constant.active)


def test_a_return_is_lower_and_less_certain_the_longer_the_pause() -> None:
    """Intensity in the week of a return of a busy actor; after no silence it is a step of the walk, without a cliff."""
    draws, ages = 4000, (0, 1, 2, 3, 5, 8, 13, 52)
    origin = prior_state(("a",), draws=draws, horizon=1, seed=4)
    forced = replace(nothing(origin), forced_regime=np.full((1, 1, 1), ACTIVE, dtype=np.int8))
    one = np.ones((draws, 1))
    halted = replace(still(origin), concentration=1e6 * one, intercept=4.0 * one, p_active=0.0 * one, sigma=0.1 * one)
    halted = replace(halted, level=0.0 * one, last_level=0.0 * one)
    logs = [np.log1p(run(replace(halted, silent_weeks=age * one), forced).attacks[:, 0, 0]) for age in ages]
    median, spread = np.median(logs, axis=1), np.std(logs, axis=1)
    assert abs(median[0] - 4.0) < 0.03
    assert (np.diff(median) <= 0).all()
    assert (np.diff(median)[:3] > -0.6).all()
    assert (np.diff(spread[:5]) > 0).all()
    assert median[-1] < np.log1p(1)
