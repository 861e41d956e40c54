"""The regime likelihood and its companions, against enumeration of every regime path and a plain log-space scan."""

from itertools import product
from typing import Any

import numpy as np
import nutpie
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit, log_expit, logsumexp
from scipy.stats import chisquare, nbinom, poisson

from lull.data.arrays import Array
from lull.model.regimes.filter import all_zero_probability, filter_regimes, sample_regimes, silent_weeks, smooth_regimes
from lull.model.regimes.kernels import fill_regimes, loglik_and_gradients
from lull.model.regimes.likelihood_op import RegimeLoglik, regime_loglik

type Terms = tuple[Any, ...]  # in the order of every function of the regimes

COUNTS = st.sampled_from([np.nan, 0.0, 0.0, 0.0, 1.0, 2.0, 7.0, 62.0, 63.0, 64.0, 65.0, 400.0, 1023.0, 1024.0, 5000.0])
SEEDS = st.integers(0, 2**32 - 1)
UNHURRIED = settings(deadline=None)  # the first example compiles


def make_terms(count: Array, rng: np.random.Generator, *, draws: tuple[int, ...] = ()) -> Terms:
    """Return terms that are not absurd for counts (series, week), with hazards down to 1e-9."""
    shape = (*draws, *count.shape)
    return (
        count,
        rng.uniform(-3.0, 8.0, shape),
        rng.uniform(-3.0, 7.0, shape[:-1]),
        rng.uniform(-21.0, 6.0, shape),
        rng.uniform(-21.0, 6.0, shape),
        rng.uniform(-6.0, 0.0, draws)[()],
        rng.uniform(-5.0, 5.0, shape[:-1]),
        np.minimum(rng.uniform(-4.0, 2.0, count.shape), 0.0),
    )


def likely_terms(series: int, weeks: int, *, seed: int) -> Terms:
    """Return terms of unremarkable counts with a pause, missing weeks, and last ones reported in part."""
    rng = np.random.default_rng(seed)
    count = rng.negative_binomial(3, 0.3, (series, weeks)).astype(float)
    count[:, weeks // 2 : weeks // 2 + weeks // 6] = 0.0
    count[rng.random(count.shape) < 0.1] = np.nan
    flat, full = (series,), (series, weeks)
    intensity, size = rng.normal(1.5, 0.5, full), rng.normal(1.0, 0.3, flat)
    halt, resumption = rng.normal(-3.0, 0.5, full), rng.normal(-1.0, 0.5, full)
    completeness = np.zeros(full)
    completeness[:, -4:] = np.log([0.8, 0.6, 0.4, 0.2])
    return count, intensity, size, halt, resumption, np.float64(-3.5), rng.normal(0.0, 1.0, flat), completeness


@st.composite
def terms_of(draw: st.DrawFn, *, weeks: int = 7) -> Terms:
    rows = draw(st.integers(1, 2))
    length = draw(st.integers(1, weeks))
    count = draw(st.lists(st.lists(COUNTS, min_size=length, max_size=length), min_size=rows, max_size=rows))
    return make_terms(np.array(count), np.random.default_rng(draw(SEEDS)))


def log_emissions(terms: Terms) -> Array:
    """Return log P(count | halted) and log P(count | active), (regime, series, week), 0 where missing."""
    count, intensity, log_size, _, _, log_leak, _, log_completeness = terms
    size, missing = np.exp(log_size)[:, None], np.isnan(count)
    seen = np.where(missing, 0.0, count)
    active = nbinom.logpmf(seen, size, size / (size + np.exp(intensity + log_completeness)))
    return np.where(missing, 0.0, np.stack([poisson.logpmf(seen, np.exp(log_leak + log_completeness)), active]))


def log_steps(terms: Terms) -> Array:
    """Return the log transition probabilities into each week, (from, to, series, week), 0 halted, 1 active."""
    halt, resumption = terms[3], terms[4]
    return np.stack([
        np.stack([log_expit(-resumption), log_expit(resumption)]),
        np.stack([log_expit(halt), log_expit(-halt)]),
    ])  # fmt: skip


def enumerate_paths(terms: Terms, series: int) -> tuple[NDArray[np.int64], Array]:
    """Return every regime path of one series (path, week), and its log joint probability with the counts."""
    weeks = terms[0].shape[1]
    emission, step = log_emissions(terms)[:, series], log_steps(terms)[:, :, series]
    paths = np.array(list(product((0, 1), repeat=weeks)))
    initial = np.array([log_expit(-terms[6][series]), log_expit(terms[6][series])])
    log_joint = initial[paths[:, 0]] + sum(emission[paths[:, week], week] for week in range(weeks))
    for week in range(1, weeks):
        log_joint = log_joint + step[paths[:, week - 1], paths[:, week], week]
    return paths, log_joint


def scan(terms: Terms) -> Array:
    """Return the log likelihood (series,) by a forward pass in log space."""
    emission, step = log_emissions(terms), log_steps(terms)
    message = np.stack([log_expit(-terms[6]), log_expit(terms[6])]) + emission[..., 0]
    for week in range(1, terms[0].shape[1]):
        message = np.logaddexp.reduce(message[:, None] + step[..., week], axis=0) + emission[..., week]
    return np.asarray(np.logaddexp.reduce(message, axis=0))


def numeric_gradient(terms: Terms, place: int, *, step: float) -> Array:
    """Return the derivatives of the total log likelihood by one of the terms, by a five-point difference."""
    value = np.asarray(terms[place], dtype=float)
    gradient = np.empty(value.shape)
    for index in np.ndindex(value.shape):

        def moved(by: float, index: tuple[int, ...] = index) -> float:
            shifted = value.copy()
            shifted[index] += by
            return float(loglik_and_gradients(*terms[:place], shifted[()], *terms[place + 1 :])[0].sum())

        near, far = moved(step) - moved(-step), moved(2 * step) - moved(-2 * step)
        gradient[index] = (8 * near - far) / (12 * step)
    return gradient


@given(terms_of())
@UNHURRIED
def test_the_likelihood_is_that_of_all_regime_paths(terms: Terms) -> None:
    expected = [logsumexp(enumerate_paths(terms, series)[1]) for series in range(terms[0].shape[0])]
    np.testing.assert_allclose(loglik_and_gradients(*terms)[0], expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("log_leak", [-300.0, 20.0, 50.0])
def test_a_leak_that_no_count_bears_does_not_drown_the_likelihood(log_leak: float) -> None:
    terms = likely_terms(2, 60, seed=1)
    absurd = (*terms[:5], np.float64(log_leak), *terms[6:])
    loglik, *_, by_leak, _ = loglik_and_gradients(*absurd)
    np.testing.assert_allclose(loglik, scan(absurd), rtol=1e-11)
    assert np.isfinite(by_leak).all()


@given(SEEDS, st.integers(50, 300))
@settings(UNHURRIED, max_examples=20)
def test_the_likelihood_of_long_series_is_that_of_a_scan_in_log_space(seed: int, weeks: int) -> None:
    terms = likely_terms(2, weeks, seed=seed)
    np.testing.assert_allclose(loglik_and_gradients(*terms)[0], scan(terms), rtol=1e-11)


@given(terms_of(weeks=5))
@settings(UNHURRIED, max_examples=50)
def test_the_gradients_are_those_of_finite_differences(terms: Terms) -> None:
    _, *gradients = loglik_and_gradients(*terms)
    gradients[4] = gradients[4].sum()
    steepest = 1.0 + np.nanmax(terms[0], initial=0.0) + np.exp(terms[2]).max()  # slope of an emission, at most
    for place, gradient in enumerate(gradients, start=1):
        step = 0.02 / (steepest if place in {1, 2, 5} else 1.0)  # what the difference leaves out is below 1e-8 of it
        rounding = 1e-9 + 2e-15 * np.abs(log_emissions(terms)).sum() / step
        expected = numeric_gradient(terms, place, step=step)
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-7 * np.abs(gradient).max() + rounding)


@given(terms_of())
@UNHURRIED
def test_the_filter_and_the_smoother_agree_with_enumeration(terms: Terms) -> None:
    loglik, filtered = filter_regimes(*terms)
    smoothed = smooth_regimes(*terms)
    np.testing.assert_allclose(
        loglik, loglik_and_gradients(*terms)[0], rtol=1e-13, atol=1e-13
    )  # it goes on to the last week
    for series, week in np.ndindex(terms[0].shape):
        for probability, weeks in ((filtered, week + 1), (smoothed, terms[0].shape[1])):
            seen = tuple(value[:, :weeks] if np.ndim(value) == 2 else value for value in terms)
            paths, log_joint = enumerate_paths(seen, series)
            weight = np.exp(log_joint - logsumexp(log_joint))
            expected = weight[paths[:, week] == 1].sum()
            np.testing.assert_allclose(probability[series, week], expected, rtol=1e-9, atol=1e-12)


def test_sampled_paths_follow_the_posterior_of_the_paths() -> None:
    draws = 20_000
    terms = likely_terms(1, 5, seed=3)
    terms[0][:] = [[2.0, 0.0, 0.0, np.nan, 1.0]]
    by_draw = (np.broadcast_to(value, (draws, *np.shape(value))) for value in terms[1:-1])
    repeated = (terms[0], *by_draw, terms[-1])
    sampled = sample_regimes(*repeated, rng=np.random.default_rng(1))
    paths, log_joint = enumerate_paths(terms, 0)
    expected = draws * np.exp(log_joint - logsumexp(log_joint))
    found = np.bincount(sampled[:, 0] @ 2 ** np.arange(4, -1, -1), minlength=32)
    assert (paths @ 2 ** np.arange(4, -1, -1) == np.arange(32)).all()
    often = expected > 5
    pooled = [np.append(values[often], values[~often].sum()) for values in (found, expected)]
    assert chisquare(*pooled).pvalue > 1e-4  # seeded: what is tested is the law, not the random numbers


@given(SEEDS, st.integers(1, 7))
@UNHURRIED
def test_the_chance_of_no_attack_is_summed_over_all_paths(seed: int, horizon: int) -> None:
    rng = np.random.default_rng(seed)
    count = np.zeros((2, horizon))
    terms = (*make_terms(count, rng)[:-1], np.zeros_like(count))  # what is to come will be reported whole
    p_active, (_, intensity, log_size, halt, resumption, log_leak, *_) = rng.random(2), terms
    found = all_zero_probability(p_active, intensity, np.exp(log_size), halt, resumption, np.exp(log_leak))
    for series in range(2):
        stays = np.array(
            [expit(resumption[series, 0]), expit(-halt[series, 0])]
        )  # P(active in week 1) after each regime
        first = (1 - p_active[series]) * stays[0] + p_active[series] * stays[1]
        for week in range(horizon):
            seen = [value[:, : week + 1] if np.ndim(value) == 2 else value for value in terms]
            seen[6] = np.full(2, np.log(first) - np.log1p(-first))
            expected = np.exp(logsumexp(enumerate_paths(tuple(seen), series)[1]))
            np.testing.assert_allclose(found[series, week], expected, rtol=1e-9)


@pytest.mark.integration
@pytest.mark.parametrize("logit", [-20.7, 20.7, -200.0, 200.0])
@pytest.mark.parametrize("pattern", [[0.0], [5000.0], [0.0, 5000.0], [5000.0] + [0.0] * 99, [np.nan], [np.nan, 3.0]])
def test_two_thousand_weeks_stay_finite_at_the_extremes(pattern: list[float], logit: float) -> None:
    count = np.resize(pattern, (1, 2000))
    rng = np.random.default_rng(0)
    for size in (-4.0, 2.0, 9.0):
        terms = make_terms(count, rng)
        terms = (*terms[:2], np.array([size]), np.full_like(count, logit), np.full_like(count, -logit), *terms[5:])
        outputs = loglik_and_gradients(*terms)
        assert all(np.isfinite(value).all() for value in outputs)
        assert ((smooth_regimes(*terms) >= 0) & (smooth_regimes(*terms) <= 1)).all()
        if abs(logit) < 130:  # hazards are held above 1e-56
            np.testing.assert_allclose(outputs[0], scan(terms), rtol=1e-10, atol=1e-10)


def test_a_concentration_beyond_reach_is_poisson() -> None:
    terms = list(likely_terms(1, 40, seed=5))
    terms[2] = np.array([25.0])
    terms[3], terms[6] = np.full((1, 40), -300.0), np.array([300.0])  # active throughout
    seen = ~np.isnan(terms[0])
    mean = np.exp(terms[1] + terms[7])
    expected = poisson.logpmf(terms[0][seen], mean[seen]).sum()
    loglik, by_intensity, by_size, *_ = loglik_and_gradients(*terms)
    np.testing.assert_allclose(loglik, expected, rtol=1e-8)
    np.testing.assert_allclose(by_intensity[seen], (terms[0] - mean)[seen], rtol=1e-8)
    assert abs(by_size[0]) < 1e-6


def test_a_count_below_zero_is_missing() -> None:
    terms = likely_terms(3, 50, seed=6)
    marked = (np.where(np.isnan(terms[0]), -1.0, terms[0]), *terms[1:])
    for found, expected in zip(loglik_and_gradients(*marked), loglik_and_gradients(*terms), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_not_a_number_is_passed_on() -> None:
    terms = likely_terms(2, 30, seed=7)
    for place in (1, 3, 4):
        broken = [np.array(value) for value in terms]
        broken[place][1, 10] = np.nan
        loglik = loglik_and_gradients(*broken[:5], float(broken[5]), *broken[6:])[0]
        assert np.isnan(loglik).tolist() == [False, True]


ROUNDING = 1e-12  # whether a week falls in a vector instruction or in the rest of a loop moves its last bits


def test_each_draw_is_read_on_its_own() -> None:
    rng = np.random.default_rng(8)
    count = likely_terms(2, 130, seed=8)[0]
    terms = make_terms(count, rng, draws=(3, 40))  # enough cells for two threads
    counts = np.stack([count, np.roll(count, 7, axis=1), np.roll(count, 30, axis=1)])[:, None]
    for given_counts in (count, counts):
        several = (given_counts, *terms[1:])
        loglik, filtered = filter_regimes(*several)
        smoothed = smooth_regimes(*several)
        for chain, draw in ((0, 0), (1, 39), (2, 20)):
            own = count if given_counts.ndim == 2 else counts[chain, 0]
            one = (own, *(value[chain, draw] for value in terms[1:-1]), terms[-1])
            np.testing.assert_allclose(loglik[chain, draw], filter_regimes(*one)[0], rtol=ROUNDING)
            np.testing.assert_allclose(filtered[chain, draw], filter_regimes(*one)[1], rtol=ROUNDING)
            np.testing.assert_allclose(smoothed[chain, draw], smooth_regimes(*one), rtol=ROUNDING)


@given(st.lists(st.sampled_from([0.0, 0.0, 1.0, 4.0, np.nan]), min_size=1, max_size=30))
@UNHURRIED
def test_silent_weeks_count_the_observed_zeros(count: list[float]) -> None:
    expected, silence = [], 0.0
    for value in count:
        silence = 0.0 if value > 0 else silence + (value == 0)
        expected.append(silence)
    np.testing.assert_array_equal(silent_weeks([count, count]), [expected, expected])


def symbolic(mode: str) -> Any:
    """Return a compiled function of the terms: log likelihoods and the gradient of a weighted sum."""
    kinds = (pt.dmatrix, pt.dmatrix, pt.dvector, pt.dmatrix, pt.dmatrix, pt.dscalar, pt.dvector, pt.dmatrix)
    inputs = [kind() for kind in kinds]
    loglik = regime_loglik(*inputs)
    gradient = pytensor.grad((loglik * pt.arange(1, loglik.shape[0] + 1)).sum(), inputs[1:-1])
    return pytensor.function(inputs, [loglik, *gradient], mode=mode)


@pytest.mark.parametrize("mode", [pytest.param("NUMBA", marks=pytest.mark.integration), "FAST_COMPILE"])
def test_the_operation_weighs_the_gradients_of_the_kernel(mode: str) -> None:
    terms = likely_terms(3, 40, seed=9)
    loglik, *gradients = loglik_and_gradients(*terms)
    weight = np.arange(1.0, 4.0)
    expected = [(gradient.T * weight).T for gradient in gradients]
    expected[4] = expected[4].sum()
    function = symbolic(mode)
    for found, wanted in zip(function(*terms), [loglik, *expected], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    with pytest.raises(ValueError, match="one value a series"):
        function(*terms[:6], terms[6][:2], terms[7])
    with pytest.raises(ValueError, match="shape of count"):
        function(terms[0], terms[1][:, :-1], *terms[2:])


def test_a_dim_of_one_is_broadcast_and_its_gradient_summed() -> None:
    terms = likely_terms(3, 20, seed=10)
    halt = pt.tensor("halt", shape=(3, 1))
    loglik = regime_loglik(*terms[:3], halt, *terms[4:])
    function = pytensor.function([halt], [loglik.sum(), pytensor.grad(loglik.sum(), halt)], mode="FAST_COMPILE")
    value, gradient = function(np.full((3, 1), -2.0))
    expected = loglik_and_gradients(*terms[:3], np.full((3, 20), -2.0), *terms[4:])
    np.testing.assert_allclose(value, expected[0].sum())
    np.testing.assert_allclose(gradient[:, 0], expected[3].sum(axis=1))


def test_what_has_no_derivative_says_so() -> None:
    terms = likely_terms(2, 10, seed=11)
    count, intensity = pt.dmatrix("count"), pt.dmatrix("intensity")
    loglik = regime_loglik(count, intensity, *terms[2:]).sum()
    with pytest.raises(pytensor.gradient.DisconnectedInputError):
        pytensor.grad(loglik, count)
    with pytest.raises(NotImplementedError, match="second derivatives"):
        pytensor.grad(pytensor.grad(loglik, intensity).sum(), intensity)
    with pytest.raises(ValueError, match="input 2 of the regime likelihood has 1 dims"):
        RegimeLoglik()(*terms[:2], terms[1], *terms[3:])


def test_the_shape_is_known_without_the_likelihood() -> None:
    intensity = pt.dmatrix()
    terms = likely_terms(2, 10, seed=12)
    function = pytensor.function([intensity], regime_loglik(terms[0], intensity, *terms[2:]).shape[0])
    assert not any(isinstance(node.op, RegimeLoglik) for node in function.maker.fgraph.apply_nodes)


@pytest.mark.integration
def test_nutpie_samples_through_the_operation_and_swaps_the_counts() -> None:
    count, *terms = likely_terms(2, 60, seed=13)
    busy = np.where(np.isnan(count), -1.0, count)
    with pm.Model() as model:
        data = pm.Data("count_data", busy)
        mean = pm.Normal("mean", 0.0, 2.0, shape=2)
        intensity = pt.broadcast_to(mean[:, None], data.shape)
        pm.Potential("loglik", regime_loglik(data, intensity, *terms[1:]).sum())
    compiled = nutpie.compile_pymc_model(model)
    options = {"draws": 150, "tune": 150, "chains": 1, "progress_bar": False, "seed": 1}
    low = nutpie.sample(compiled, **options)
    high = nutpie.sample(compiled.with_data(count_data=np.where(busy > 0, 8 * busy, busy)), **options)
    rise = high.posterior["mean"].mean("draw") - low.posterior["mean"].mean("draw")
    np.testing.assert_allclose(rise, np.log(8.0), atol=0.5)
    assert not low.sample_stats["diverging"].any()


def test_the_loops_are_compiled_once_for_arrays_of_every_kind() -> None:
    plain = likely_terms(2, 9, seed=1)
    drawn = make_terms(plain[0], np.random.default_rng(2), draws=(3,))
    whole = make_terms(np.tile(plain[0], (3, 1, 1)), np.random.default_rng(2))
    for terms in (plain, drawn, (*whole[:5], np.full(3, -3.0), whole[6], plain[7])):
        smooth_regimes(*terms)
        for values in terms:
            np.asarray(values).flags.writeable = False
        filter_regimes(*terms)
    assert len(fill_regimes.signatures) == 1  # type: ignore[attr-defined] # numba's
