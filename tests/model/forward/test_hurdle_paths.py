"""The worlds of the hurdle model against the equations read out anew, their exact chances, and the law of their weeks.

As in `test_same_paths.py` mutants show that a mistake in the kernels would be seen.
"""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from lull.model import numba_kernels
from lull.model.forward import dynamics, hurdle_paths
from lull.model.forward.prior_state import prior_state, with_prior_hurdle
from lull.model.forward.simulate import (
    RandomNumbers,
    any_attack_probability,
    simulate,
    simulate_rounds,
)
from lull.model.forward.state import ACTIVE, FREE, OriginState, Push
from lull.model.hurdle.hurdle_model import FEATURES, Memory, describe, held, remember, remember_push
from lull.model.hurdle.worlds import HurdleState, divided
from tests.model.path_laws import exact_and_simulated_chances_agree, nothing, the_law_of_each_week_is_a_law
from tests.model.plain_kernels import plain_python, push_of_every_kind

SERIES, DRAWS, HORIZON = ("north", "south"), 24, 12
SEEDS = range(12)

# One mistake each: what the kernels say, and what they say wrongly.
MUTANTS = {
    "no offset": ("return offset + slope * learned + push", "return slope * learned + push"),
    "no slope": ("return offset + slope * learned + push", "return offset + learned + push"),
    "no push on the chance": ("return offset + slope * learned + push", "return offset + slope * learned"),
    "halting with the wrong sign": ("return -halt if attacked", "return halt if attacked"),
    "resuming with the wrong sign": ("else resumption", "else -resumption"),
    "both sides exchanged": ("return -halt if attacked", "return -halt if not attacked"),
    "no offset of the size": ("_size(log_size + term[2])", "_size(log_size)"),
    "no push on the mean": ("_mean(log_mean + fresh)", "_mean(log_mean)"),
    "a push that stays on raises the level again": ("- held(now, earlier, feature, on_mean)", ""),
    "what the silence holds of earlier pushes is not taken off": (
        "fresh = drives[0, week] - np.dot(hurdle.holding[imputation, series, week], earlier)\n                    else",
        "fresh = drives[0, week]\n                    else",
    ),
    "pushes are not remembered": ("remember_push(earlier, drives[0, week])", "pass"),
    "pushes before the first attack are not remembered": ("remember_push(earlier, drives[0, before])", "pass"),
    "earlier covariates are forgotten": (
        "hurdle.effect[draw, covariate, 0] * hurdle.earlier[imputation, series, covariate, place]",
        "0.0",
    ),
    "the path is not fed its own counts": ("remember(now, float(count))", "remember(now, 0.0)"),
    "the silence is forgotten at the first attack": (
        "_copy(hurdle.before[imputation, series, week], rows)",
        "_copy(hurdle.before[imputation, series, 0], rows)",
    ),
    "the last week is not known": ("attacked, silent = count > 0,", "attacked, silent = attacked,"),
    "no truncation": (
        "count_quantile(none + (1.0 - none) * uniform, mean, size)",
        "count_quantile(uniform, mean, size)",
    ),
    "a forced pause has attacks": (
        "draw] < logit if forced[week] == FREE else forced[week] == ACTIVE",
        "draw] < logit",
    ),
    "the first imputation for all": ("hurdle.imputation[draw], hurdle.term", "0, hurdle.term"),
    "active for a week longer": ("silent <= ACTIVE_FOR", "silent <= ACTIVE_FOR + 1"),
}


def state(seed: int) -> OriginState:
    """Return a state of which all draws follow the hurdle model, and in which every part of it matters."""
    origin = with_prior_hurdle(prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=seed), share=1.0, seed=seed)
    rng = np.random.default_rng(seed)
    covariate = rng.normal(0.3, 0.3, (DRAWS, 2, len(origin.covariates), HORIZON))
    memory = worlds(origin).memory.copy()
    memory[1, :, 3, 3] = rng.integers(0, 2, 2)  # the last week of one of the imputations, attacked or not
    memory[1, :, 3, 1] = np.where(memory[1, :, 3, 3] > 0, 0.0, 2.0)
    apart = {"carry": np.repeat(origin.carry, 2, axis=1), "future_covariate": covariate}
    return replace(origin, **apart, hurdle=replace(worlds(origin), memory=memory))


def worlds(origin: OriginState) -> HurdleState:
    assert origin.hurdle is not None
    return origin.hurdle


def plain_paths(origin: OriginState, pushed: Push, numbers: RandomNumbers) -> tuple[np.ndarray, np.ndarray]:
    """Return attacks and active weeks, (draw, series, week): the equations path by path and week by week."""
    hurdle, shape = worlds(origin), (origin.draws, len(SERIES), HORIZON)
    covariate = origin.future_covariate + pushed.covariate
    drives = np.einsum("dkm,dskh->mdsh", hurdle.effect, covariate)
    for row, extra in enumerate((pushed.log_intensity, pushed.halt_logit, pushed.resumption_logit)):
        drives[row] += extra
    attacks, active, feature = np.zeros(shape), np.zeros(shape, dtype=bool), np.empty(len(FEATURES))
    for draw, series in np.ndindex(*shape[:2]):
        now = Memory(*(row.copy() for row in hurdle.memory[hurdle.imputation[draw], series]))
        a, b, d = hurdle.term[draw, series]
        earlier = hurdle.effect[draw, :, 0] @ hurdle.earlier[hurdle.imputation[draw], series]
        for week in range(HORIZON):
            intensity, halt, resume = drives[:, draw, series, week]
            forced = pushed.forced_regime[draw, series, week]
            describe(now, feature)
            learned = feature @ hurdle.benchmark.chance
            chance = expit(a + b * learned + (-halt if now.rest[3] > 0 else resume))
            fresh = intensity - held(now, earlier, feature, hurdle.benchmark.mean)
            mean = np.exp(feature @ hurdle.benchmark.mean + fresh)
            size = np.exp(np.clip(feature @ hurdle.benchmark.size + d, -4.0, 8.0))
            law = stats.nbinom(size, size / (size + mean))
            uniform = numbers.u_count[draw, series, week]
            if forced == ACTIVE:
                attacks[draw, series, week] = law.ppf(uniform)
            elif forced == FREE and numbers.u_regime[draw, series, week] < chance:
                attacks[draw, series, week] = law.ppf(law.pmf(0) + (1 - law.pmf(0)) * uniform)
            remember(now, attacks[draw, series, week])
            remember_push(earlier, intensity)
            active[draw, series, week] = now.rest[1] <= 3 if forced == FREE else forced == ACTIVE
    return attacks, active


@cache
def case(seed: int) -> tuple[OriginState, Push, RandomNumbers, tuple[np.ndarray, np.ndarray]]:
    origin = state(seed)
    pushed = push_of_every_kind(seed, len(origin.covariates), draws=DRAWS, horizon=HORIZON)
    numbers = RandomNumbers.draw(series=SERIES, draws=DRAWS, horizon=HORIZON, seed=seed)
    return origin, pushed, numbers, plain_paths(origin, pushed, numbers)


def same(module: Any, seed: int) -> bool:
    """Return whether the kernels of a module make the plain paths of a seed."""
    origin, pushed, numbers, expected = case(seed)
    attacks, active = np.zeros((2, HORIZON, DRAWS), dtype=np.int32), np.zeros((2, HORIZON, DRAWS), dtype=bool)
    random = (numbers.regime_logit.transpose(1, 2, 0), numbers.u_count.transpose(1, 2, 0))
    hurdle = module.hurdle_of(worlds(origin), origin.future_covariate)
    module.simulate_hurdle(0, DRAWS, hurdle, dynamics.pushed_of(pushed), *random, attacks, active)
    found = attacks.transpose(2, 0, 1), active.transpose(2, 0, 1)
    return all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_random_numbers_give_the_same_paths(seed: int) -> None:
    assert same(hurdle_paths, seed)


def test_the_kernels_run_as_plain_python_give_the_same_paths() -> None:
    """Else the mutants below would differ for another reason than their mistake."""
    assert all(same(plain_python(dynamics, hurdle_paths), seed) for seed in SEEDS)


@pytest.mark.parametrize("mistake", MUTANTS)
def test_a_mistake_in_the_kernels_gives_other_paths_in_every_seed(mistake: str) -> None:
    module = plain_python(dynamics, hurdle_paths, changes={"hurdle_paths.py": MUTANTS[mistake]})
    assert [seed for seed in SEEDS if same(module, seed)] == []


def many(seed: int, *, share: float = 1.0, draws: int = 4000) -> tuple[OriginState, RandomNumbers]:
    origin = with_prior_hurdle(prior_state(SERIES, draws=draws, horizon=HORIZON, seed=seed), share=share, seed=seed)
    return origin, RandomNumbers.draw(series=SERIES, draws=draws, horizon=HORIZON, seed=seed)


@pytest.mark.parametrize("seed", range(4))
def test_exact_and_simulated_chances_agree(seed: int) -> None:
    origin, numbers = many(seed)
    pushed = push_of_every_kind(seed, len(origin.covariates), draws=origin.draws, horizon=HORIZON)
    exact_and_simulated_chances_agree(origin, numbers, pushed)


def test_the_law_of_each_week_sums_to_one_and_is_the_frequency_of_paths() -> None:
    the_law_of_each_week_is_a_law(many(5), many(5, draws=100), counts=400, tolerance=1e-3)


def test_the_draws_that_follow_the_regime_model_are_those_without_a_pool() -> None:
    origin, numbers = many(6, share=0.6, draws=500)
    alone = replace(origin, hurdle=None)
    follows = worlds(origin).follows
    paths, before = (simulate(each, nothing(origin), numbers) for each in (origin, alone))
    np.testing.assert_array_equal(paths.attacks[~follows], before.attacks[~follows])
    chance, was = (any_attack_probability(each, nothing(origin), numbers) for each in (origin, alone))
    np.testing.assert_array_equal(chance[~follows], was[~follows])
    assert (chance[follows] != was[follows]).any()


def test_series_and_draws_keep_their_worlds_when_some_are_left_out() -> None:
    origin, numbers = many(7, share=0.5, draws=600)
    whole = simulate(origin, nothing(origin), numbers)
    south = simulate(
        origin.select(["south"]),
        nothing(origin),
        RandomNumbers.draw(series=["south"], draws=600, horizon=HORIZON, seed=7),
    )
    np.testing.assert_array_equal(south.attacks[:, 0], whole.attacks[:, 1])
    thin = origin.thinned(200)
    np.testing.assert_array_equal(worlds(thin).follows, worlds(origin).follows[::3])
    assert worlds(thin).follows.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.02)


@pytest.mark.parametrize("processors", [1, 3])
def test_rounds_together_are_those_one_by_one_however_many_threads_share_them(
    processors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba_kernels, "SMALL", 1)
    monkeypatch.setattr("os.process_cpu_count", lambda: processors)
    origin, numbers = many(8, share=0.3, draws=250)
    rounds = [numbers, *(numbers.again(turn) for turn in range(1, 5))]
    none = nothing(origin)
    hidden = replace(none, reporting=0.5 * none.reporting)
    pushes = [none, hidden, replace(none, log_intensity=none.log_intensity + 0.5), none, hidden]
    together = simulate_rounds(origin, pushes, rounds)
    for paths, alone in zip(together, map(simulate, [origin] * 5, pushes, rounds), strict=True):
        for name in ("attacks", "count", "active"):
            np.testing.assert_array_equal(getattr(paths, name), getattr(alone, name))
        assert paths.seed == alone.seed


@pytest.mark.parametrize("step", [1, 2, 4, 16])
def test_every_run_of_draws_holds_the_share_of_each_model(step: int) -> None:
    shares = np.array([[0.1, 1 / 3, 0.85], [0.45, 1 / 3, 0.1], [0.45, 1 / 3, 0.05]])
    hurdle, recent, member = (each[::step] for each in divided(shares, 16_000))
    assert not (hurdle & recent).any()
    for found, share in ((hurdle, shares[1]), (recent, shares[2])):
        assert found.mean(axis=0) == pytest.approx(share, abs=5 / len(found))
        assert found[: len(found) // 4].mean(axis=0) == pytest.approx(share, abs=20 / len(found))
    for each in range(3):
        assert (recent & (member == each)).mean(axis=0) == pytest.approx(shares[2] / 3, abs=5 / len(member))


def test_worlds_that_do_not_fit_the_state_are_refused() -> None:
    origin, _ = many(8, draws=20)
    with pytest.raises(ValueError, match=r"sizes \(20, 2, 5\) expected, found \(20, 1, 5\)"):
        replace(origin, hurdle=worlds(origin).select([0]))
