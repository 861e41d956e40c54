"""Terms of a series and effects of drivers: recovered from simulated records, and the priors where nothing is known."""

import time

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import expit

from lull.model.hurdle.benchmark import HurdleBenchmark, shipped
from lull.model.hurdle.hurdle_model import (
    FEATURES,
    MAX_LOG_MEAN,
    MAX_LOG_SIZE,
    MIN_LOG_SIZE,
    PAST,
    blank,
    describe,
    held,
    hurdle_log_pmf,
    recall_pushes,
    remember,
    remember_push,
    truncated,
)
from lull.model.hurdle.series_terms import (
    ATTACKED,
    HALT,
    INTENSITY,
    RESUMPTION,
    SeriesTerms,
    chance_curve,
    draw_terms,
    laplace,
    mean_curve,
    record_of,
    truncated_curve,
)

MEAN = np.array([[-0.3, 0.3, -0.3], [0.0, 0.0, 0.0]])  # of the effects of two drivers: intensity, halt, resumption
SD = np.array([[0.5, 0.7, 0.7], [0.5, 0.5, 0.5]])
NO_DRIVER = np.empty((0, 3))
WIDE = HurdleBenchmark(shipped().chance, shipped().mean, shipped().size, (0.8, 0.4, 0.6))


def drivers(weeks: int, seed: int = 3) -> np.ndarray:
    """Two drivers, (covariate, week): spells of a state, and a moving index."""
    rng = np.random.default_rng(seed)
    spells = np.repeat(rng.random(weeks // 10 + 1) < 0.4, 10)[:weeks].astype(float)
    return np.stack([spells, rng.normal(size=weeks)])


def simulated(
    terms: tuple[float, ...], effects: np.ndarray, covariate: np.ndarray, seed: int, *, start: float = 3.0
) -> np.ndarray:
    """A record of the equations, (week,), from a first attack on: of (a, b, d) and of effects as in `MEAN`."""
    a, b, d = terms
    rng, memory, feature, pushed = np.random.default_rng(seed), blank(), np.empty(len(FEATURES)), np.zeros(PAST)
    counts = [start]
    remember(memory, start)
    remember_push(pushed, float(effects[:, INTENSITY] @ covariate[:, 0]))
    for push in covariate.T[1:]:
        describe(memory, feature)
        shift = -effects[:, HALT] @ push if feature[ATTACKED] else effects[:, RESUMPTION] @ push
        count, on_mean = 0, float(effects[:, INTENSITY] @ push)
        if rng.random() < expit(a + b * feature @ shipped().chance + shift):
            log_mean = feature @ shipped().mean + on_mean - held(memory, pushed, feature, shipped().mean)
            log_size = np.clip(feature @ shipped().size + d, MIN_LOG_SIZE, MAX_LOG_SIZE)
            count = truncated(np.exp(min(log_mean, MAX_LOG_MEAN)), np.exp(log_size), rng)
        counts.append(float(count))
        remember(memory, float(count))
        remember_push(pushed, on_mean)
    return np.array(counts)


def flat(terms: SeriesTerms) -> np.ndarray:
    """All draws, (draw, parameter): a, b, d by series, then intensity, halt, resumption by driver."""
    effects = (terms.effect, terms.halt_effect, terms.resumption_effect)
    return np.hstack([terms.offset, terms.slope, terms.size_offset, *effects])


@pytest.mark.integration
def test_known_terms_and_effects_are_recovered() -> None:
    covariate, effects = drivers(900), np.array([[-0.6, 0.9, -0.8], [0.3, -0.4, 0.2]])
    records = [
        simulated((0.5, 1.2, 0.4), effects, covariate, 1, start=40.0),
        simulated((-0.4, 0.9, -0.3), effects, covariate, 2, start=40.0),
    ]
    terms = draw_terms(np.stack(records)[None], covariate, MEAN, SD, benchmark=WIDE, draws=4000, seed=1)
    true = np.array([0.5, -0.4, 1.2, 0.9, 0.4, -0.3, *effects.T.ravel()])
    draws = flat(terms)
    away = (draws.mean(axis=0) - true) / draws.std(axis=0)
    assert np.abs(away).max() < 3.5  # 12 standard normals
    assert (away**2).sum() < 32.9  # chi-squared of 12, one in a thousand
    assert (draws.std(axis=0)[6:] < 0.75 * SD.T.ravel()).all()  # and the record said something of each effect


def test_slopes_and_second_derivatives_agree_with_finite_differences() -> None:
    covariate = drivers(200)
    history = np.stack([simulated((0.0, 1.0, 0.0), MEAN, covariate, seed) for seed in (4, 5)])
    record, rng = record_of(history, covariate, shipped()), np.random.default_rng(1)
    for curve, size in ((chance_curve(record, shipped(), 2), 8), (mean_curve(record, shipped(), 2), 4)):
        at = rng.normal(0.0, 0.3, size)
        _, slope, bend = curve(at)
        assert slope == pytest.approx(approx_fprime(at, lambda x, of=curve: of(x)[0], 1e-6), rel=1e-4, abs=1e-3)
        numeric = np.stack([approx_fprime(at, lambda x, of=curve, row=row: of(x)[1][row], 1e-6) for row in range(size)])
        assert bend == pytest.approx(numeric, rel=1e-4, abs=1e-3)


def test_the_truncated_curve_is_that_of_the_hurdle() -> None:
    count, log_mean, size = np.array([1.0, 2.0, 30.0]), np.array([-3.0, 0.5, 2.0]), np.array([0.2, 1.0, 9.0])
    sure = np.full(3, 50.0)
    expected = -hurdle_log_pmf(count, sure, log_mean, np.log(size))
    assert truncated_curve(count, log_mean, np.log(size))[0] == pytest.approx(expected, rel=1e-9)


def test_without_a_record_or_a_driver_the_draws_are_those_of_the_prior() -> None:
    terms = draw_terms(np.zeros((1, 2, 50)), np.zeros((2, 50)), MEAN, SD, benchmark=WIDE, draws=20_000, seed=1)
    mean = np.array([0, 0, 1, 1, 0, 0, *MEAN.T.ravel()])
    sd = np.array([0.8, 0.8, 0.4, 0.4, 0.6, 0.6, *SD.T.ravel()])
    assert flat(terms).mean(axis=0) == pytest.approx(mean, abs=0.03)
    assert flat(terms).std(axis=0) == pytest.approx(sd, rel=0.03)
    alone = draw_terms(np.zeros((1, 2, 0)), np.empty((0, 0)), NO_DRIVER, NO_DRIVER, benchmark=WIDE, draws=10, seed=1)
    assert (alone.offset.shape, alone.effect.shape, alone.halt_effect.shape) == ((10, 2), (10, 0), (10, 0))


def test_each_draw_is_of_its_imputation() -> None:
    few, many = (np.tile([count, 0.0, 5.0, 10.0 - count], 60) for count in (5.0, 1.0))
    pair, nothing = np.stack([few, many])[:, None], np.empty((0, 240))
    terms = draw_terms(pair, nothing, NO_DRIVER, NO_DRIVER, benchmark=WIDE, draws=601, seed=1).size_offset[:, 0]
    first, second = (
        draw_terms(one[None], nothing, NO_DRIVER, NO_DRIVER, benchmark=WIDE, draws=2000, seed=2).size_offset
        for one in pair
    )
    assert first.mean() - second.mean() > 2 * max(first.std(), second.std())
    of_first = np.arange(601) * 2 // 601 == 0
    assert (of_first.sum(), terms.size) == (301, 601)
    for mine, alone in ((of_first, first), (~of_first, second)):
        assert terms[mine].mean() == pytest.approx(alone.mean(), abs=4.5 * alone.std() / np.sqrt(300))


def test_a_seed_says_the_draws() -> None:
    record = simulated((0.0, 1.0, 0.0), MEAN, drivers(100), 7)[None, None]
    once, again, other = (
        flat(draw_terms(record, drivers(100), MEAN, SD, benchmark=WIDE, draws=20, seed=seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


@pytest.mark.parametrize(
    "history",
    [
        np.zeros(200),
        np.array([0.0, 1.0, 0.0]),
        np.array([np.nan, 2.0, np.nan]),
        np.full(60, np.nan),
        np.concatenate([np.tile([0.0, 1.0, 2.0], 40), [3000.0], np.zeros(40)]),
        np.tile([1e6, 0.0, 1.0], 70),
        np.full(200, 5e5),
        np.where(np.arange(200) % 3 == 0, np.nan, 4.0),
    ],
    ids=["none", "three weeks", "one known", "all missing", "one huge", "a million", "always huge", "a third missing"],
)
def test_any_record_has_terms(history: np.ndarray) -> None:
    covariate = drivers(history.size)
    terms = draw_terms(history[None, None], covariate, MEAN, SD, benchmark=WIDE, draws=50, seed=1)
    assert np.isfinite(flat(terms)).all()
    assert np.abs(terms.size_offset).max() < 6.0


@pytest.mark.parametrize("level", [5.0, 50.0])
def test_a_push_that_stays_on_shifts_the_level_once_and_leaves_with_the_push(level: float) -> None:
    """Of expected counts, to .15: their floors keep logs from adding up. Nothing held, it is 1.5 after a year."""
    benchmark, paths = shipped(), {}
    for push in (0.0, 0.3):
        memory, pushed, feature = blank(), np.zeros(PAST), np.empty(len(FEATURES))
        path = np.empty(254)
        for week in range(path.size):
            now = push if 150 <= week < 202 else 0.0
            describe(memory, feature)
            expected = np.exp(feature @ benchmark.mean + now - held(memory, pushed, feature, benchmark.mean))
            path[week] = level if week < 150 else expected
            remember(memory, path[week])
            remember_push(pushed, now)
        paths[push] = path
    ratio = np.log(paths[0.3] / paths[0.0])[150:]
    assert ratio[:52] == pytest.approx(np.full(52, 0.3), abs=0.15)
    assert ratio[52:] == pytest.approx(np.zeros(52), abs=0.15)


def test_what_a_history_holds_of_a_driver_is_what_its_paths_go_on_from() -> None:
    history, covariate = np.array([0.0, 0.0, 4.0, np.nan, 2.0, 5.0]), np.array([[9.0, 9.0, 1.0, 50.0, 0.0, 2.0]])
    memory, pushed, feature, fresh = blank(), np.zeros(PAST), np.empty(len(FEATURES)), np.empty((6, 1))
    found = recall_pushes(history, covariate, shipped().mean, fresh)
    for week in (2, 4, 5):  # from the first attack on, the missing week left out
        describe(memory, feature)
        if week > 2:
            assert fresh[week, 0] == covariate[0, week] - held(memory, pushed, feature, shipped().mean)
        remember(memory, history[week])
        remember_push(pushed, covariate[0, week])
    assert found == pytest.approx(pushed[None])


def test_a_missing_week_teaches_nothing() -> None:
    history, covariate = simulated((0.3, 1.0, 0.3), MEAN, drivers(150), 9), drivers(150)
    gapped = np.insert(history, 80, np.nan)
    pushed = np.insert(covariate, 80, 50.0, axis=1)
    here, there = (
        flat(draw_terms(one[None, None], push, MEAN, SD, benchmark=WIDE, draws=20, seed=1))
        for one, push in ((history, covariate), (gapped, pushed))
    )
    assert here == pytest.approx(there)


def test_sixteen_imputations_take_a_fraction_of_a_second() -> None:
    covariate = drivers(200)
    history = np.stack([simulated((0.0, 1.0, 0.0), MEAN, covariate, seed) for seed in (4, 5)])
    several = np.tile(history, (16, 1, 1))
    draw_terms(several, covariate, MEAN, SD, benchmark=WIDE, draws=10, seed=1)
    start = time.process_time()
    draw_terms(several, covariate, MEAN, SD, benchmark=WIDE, draws=4000, seed=1)
    assert time.process_time() - start < 1.0  # about .05 s; the rest is for slow machines


@pytest.mark.parametrize("weeks", [25, 150])
def test_the_normal_agrees_with_importance_sampling(weeks: int) -> None:
    """Means within .25 and sds within 15 % of the posterior's sd, effective draws above a third."""
    covariate = drivers(weeks)
    record = record_of(simulated((0.4, 1.1, 0.2), MEAN, covariate, 11)[None], covariate, shipped())
    rng = np.random.default_rng(1)
    for curve, mean, sd in (
        (
            chance_curve(record, shipped(), 1),
            np.array([0, 1, 0.3, 0, -0.3, 0]),
            np.array([0.8, 0.4, 0.7, 0.5, 0.7, 0.5]),
        ),
        (mean_curve(record, shipped(), 1), np.array([0, -0.3, 0]), np.array([0.6, 0.5, 0.5])),
    ):
        mode, factor = laplace(curve, mean, sd)
        spread = np.linalg.inv(factor).T
        chi = np.sqrt(6.0 / rng.chisquare(6.0, 6000))[
            :, None
        ]  # Student draws with 6 degrees of freedom cover the tails
        normal = rng.standard_normal((6000, mode.size))
        at = mode + (normal * chi) @ spread.T
        density = np.array([-curve(one)[0] - 0.5 * (((one - mean) / sd) ** 2).sum() for one in at])
        weight = density + 0.5 * (6.0 + mode.size) * np.log1p(((normal * chi) ** 2).sum(axis=1) / 6.0)
        weight = np.exp(weight - weight.max())
        weight /= weight.sum()
        exact_mean = weight @ at
        exact_sd = np.sqrt(weight @ (at - exact_mean) ** 2)
        stated = np.sqrt((spread**2).sum(axis=1))
        assert 1.0 / (weight**2).sum() > 2000
        assert np.abs((mode - exact_mean) / exact_sd).max() < 0.25
        assert stated == pytest.approx(exact_sd, rel=0.15)
