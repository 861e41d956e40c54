"""Recent rates against the equations read out anew: what they learn, their paths, exact chances, and the law of weeks.

As in `forward/test_same_paths.py` mutants show that a mistake in the kernels would be seen.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from lull.data.settings import LEARNED
from lull.model.forward import dynamics, hurdle_paths
from lull.model.forward.conditional_law import conditional_log_pmf
from lull.model.forward.prior_state import prior_state, with_prior_hurdle
from lull.model.forward.simulate import RandomNumbers, simulate
from lull.model.forward.state import ACTIVE, FREE, OriginState, Push
from lull.model.hurdle.hurdle_model import LAST, SILENT
from lull.model.hurdle.worlds import HurdleState
from lull.model.recent import paths as recent_paths
from lull.model.recent.rates import GAIN, MEAN, SIZE, least_mean, recent_rates
from tests.model.path_laws import exact_and_simulated_chances_agree, nothing, the_law_of_each_week_is_a_law
from tests.model.plain_kernels import plain_python, push_of_every_kind

SERIES, DRAWS, HORIZON = ("north", "south"), 24, 12
SEEDS = range(12)

KERNELS = (dynamics, hurdle_paths, recent_paths)
OWN = "paths.py"

# One mistake each: the file of the kernels, what it says, and what it says wrongly.
MUTANTS = {
    "no push on the mean": (OWN, "log_mean + push, MAX", "log_mean, MAX"),
    "no push on the chance": (
        OWN,
        "_attack_logit(mean, rate[SIZE]) + push_on_chance(attacked, fresh[1, week], fresh[2, week])",
        "_attack_logit(mean, rate[SIZE])",
    ),
    "what the mean holds is not taken off": (
        OWN,
        "effect[covariate, mechanism] * held[covariate]",
        "0.0",
    ),
    "the mean follows the push": (OWN, "count * math.exp(-push) - mean", "count - mean"),
    "no mean follows the path": (OWN, "if rate[GAIN] > 0.0", "if rate[GAIN] > 9.0"),
    "the least mean is larger": (OWN, "- mean), LEAST)", "- mean), 0.9)"),
    "the last week is not known": (OWN, "attacked, silent = count > 0,", "attacked, silent = attacked,"),
    "the first rate for all": (
        OWN,
        "return recent.rate[imputation, series, member]",
        "return recent.rate[imputation, series, 0]",
    ),
    "a forced pause has attacks": (
        OWN,
        "draw] < logit if forced[week] == FREE else forced[week] == ACTIVE",
        "draw] < logit",
    ),
    "no truncation": (OWN, "rate[SIZE], forced[week] == FREE) if some", "rate[SIZE], False) if some"),
    "the first imputation for all": (OWN, "imputation, member = hurdle.imputation[draw],", "imputation, member = 0,"),
    "active for a week longer": ("hurdle_paths.py", "silent <= ACTIVE_FOR", "silent <= ACTIVE_FOR + 1"),
}


def worlds(origin: OriginState) -> HurdleState:
    assert origin.hurdle is not None
    return origin.hurdle


def state(seed: int) -> OriginState:
    """Return a state of which all draws follow recent rates, and in which every part of it matters."""
    prior = prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=seed)
    origin = with_prior_hurdle(prior, share=0.0, recent=1.0, seed=seed)
    rng = np.random.default_rng(seed)
    covariate = rng.normal(0.3, 0.3, (DRAWS, 2, len(origin.covariates), HORIZON))
    memory, recent = worlds(origin).memory.copy(), worlds(origin).recent
    memory[1, :, 3, LAST] = rng.integers(0, 2, 2)  # the last week of one of the imputations, attacked or not
    memory[1, :, 3, SILENT] = np.where(memory[1, :, 3, LAST] > 0, 0.0, 2.0)
    rate = recent.rate.copy()
    rate[..., 2, GAIN] = rng.uniform(0.1, 0.5, rate.shape[:2])
    rate[..., MEAN] *= rng.uniform(0.5, 1.5, rate.shape[:3])
    rate[:, 0, :, MEAN] = 0.5  # where silences last, and a mean that follows falls low
    hurdle = replace(worlds(origin), memory=memory, recent=replace(recent, rate=rate))
    return replace(origin, carry=np.repeat(origin.carry, 2, axis=1), future_covariate=covariate, hurdle=hurdle)


def plain_paths(origin: OriginState, pushed: Push, numbers: RandomNumbers) -> tuple[np.ndarray, np.ndarray]:
    """Return attacks and active weeks, (draw, series, week): the equations path by path and week by week."""
    hurdle, shape = worlds(origin), (origin.draws, len(SERIES), HORIZON)
    recent = hurdle.recent
    drives = np.einsum("dkm,dskh->mdsh", hurdle.effect, origin.future_covariate + pushed.covariate)
    for row, extra in enumerate((pushed.log_intensity, pushed.halt_logit, pushed.resumption_logit)):
        drives[row] += extra
    attacks, active = np.zeros(shape), np.zeros(shape, dtype=bool)
    for draw, series in np.ndindex(*shape[:2]):
        imputation, member = hurdle.imputation[draw], recent.member[draw, series]
        mean, gain, size = recent.rate[imputation, series, member]
        held = hurdle.effect[draw].T @ recent.held[imputation, series, member]
        attacked, silent = (hurdle.memory[imputation, series, 3, place] for place in (LAST, SILENT))
        for week in range(HORIZON):
            intensity, halt, resume = drives[:, draw, series, week] - held
            forced = pushed.forced_regime[draw, series, week]
            law = stats.nbinom(size, size / (size + mean * np.exp(intensity)))
            chance = expit(logit(1 - law.pmf(0)) + (-halt if attacked > 0 else resume))
            uniform, count = numbers.u_count[draw, series, week], 0.0
            if forced == ACTIVE:
                count = law.ppf(uniform)
            elif forced == FREE and numbers.u_regime[draw, series, week] < chance:
                count = law.ppf(law.pmf(0) + (1 - law.pmf(0)) * uniform)
            if gain:
                mean = max(mean + gain * (count * np.exp(-intensity) - mean), 1e-4)
            attacked, silent = count, 0 if count else silent + 1
            attacks[draw, series, week] = count
            active[draw, series, week] = silent <= 3 if forced == FREE else forced == ACTIVE
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
    hurdle = hurdle_paths.hurdle_of(worlds(origin), origin.future_covariate)
    recent = module.recent_of(worlds(origin))
    module.simulate_recent(0, DRAWS, hurdle, recent, dynamics.pushed_of(pushed), *random, attacks, active)
    found = attacks.transpose(2, 0, 1), active.transpose(2, 0, 1)
    return all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_random_numbers_give_the_same_paths(seed: int) -> None:
    assert same(recent_paths, seed)


def test_the_kernels_run_as_plain_python_give_the_same_paths() -> None:
    """Else the mutants below would differ for another reason than their mistake."""
    assert all(same(plain_python(*KERNELS), seed) for seed in SEEDS)


@pytest.mark.parametrize("mistake", MUTANTS)
def test_a_mistake_in_the_kernels_gives_other_paths_in_every_seed(mistake: str) -> None:
    file, right, wrong = MUTANTS[mistake]
    module = plain_python(*KERNELS, changes={file: (right, wrong)})
    assert [seed for seed in SEEDS if same(module, seed)] == []


def many(seed: int, *, recent: float = 1.0, draws: int = 4000) -> tuple[OriginState, RandomNumbers]:
    prior = prior_state(SERIES, draws=draws, horizon=HORIZON, seed=seed)
    origin = with_prior_hurdle(prior, share=0.0, recent=recent, seed=seed)
    return origin, RandomNumbers.draw(series=SERIES, draws=draws, horizon=HORIZON, seed=seed)


@pytest.mark.parametrize("seed", range(4))
def test_exact_and_simulated_chances_agree(seed: int) -> None:
    origin, numbers = many(seed)
    pushed = push_of_every_kind(seed, len(origin.covariates), draws=origin.draws, horizon=HORIZON)
    exact_and_simulated_chances_agree(origin, numbers, pushed)


def test_the_law_of_each_week_sums_to_one_and_is_the_frequency_of_paths() -> None:
    the_law_of_each_week_is_a_law(many(5), many(5, draws=100), counts=600, tolerance=2e-3)


def test_without_a_push_a_week_is_negative_binomial() -> None:
    origin, numbers = many(3, draws=60)
    own, hurdle = worlds(origin).recent, worlds(origin)
    origin = replace(origin, hurdle=replace(hurdle, effect=np.zeros_like(hurdle.effect)))
    paths = simulate(origin, nothing(origin), numbers)
    law = np.exp(conditional_log_pmf(origin, numbers, paths, np.full((2, HORIZON), 2.0)))[:, :, 0]
    mean, size = (own.rate[hurdle.imputation[:, None], [[0, 1]], own.member, part] for part in (MEAN, SIZE))
    np.testing.assert_allclose(law, stats.nbinom.pmf(2, size, size / (size + mean)), rtol=1e-9)


def test_a_push_that_stays_as_it_was_changes_nothing() -> None:
    origin, numbers = many(4, draws=300)
    hurdle = worlds(origin)
    held = np.ones_like(hurdle.recent.held)
    origin = replace(
        origin,
        future_covariate=np.ones_like(origin.future_covariate),
        hurdle=replace(hurdle, recent=replace(hurdle.recent, held=held)),
    )
    quiet = replace(origin, hurdle=replace(worlds(origin), effect=np.zeros_like(hurdle.effect)))
    pushed, calm = (simulate(each, nothing(each), numbers) for each in (origin, quiet))
    np.testing.assert_array_equal(pushed.attacks, calm.attacks)


def test_rates_are_the_means_of_past_weeks() -> None:
    history = np.array([np.nan] * 10 + [9.0] * 40 + [2.0] * 20 + [np.nan, 4.0])
    covariate = np.zeros((1, history.size))
    covariate[0, -6:] = 1.0
    rate, held = recent_rates(history[None, None], covariate)
    known = history[~np.isnan(history)]
    assert rate[0, 0, 0, MEAN] == pytest.approx(known[-26:].mean())
    level, gain = 9.0, 1 - 0.5 ** (1 / 8)
    for count in known:
        level += gain * (count - level)
    assert rate[0, 0, 1, MEAN] == pytest.approx(level)
    assert (rate[0, 0, :2, GAIN] == 0).all()
    assert rate[0, 0, 2, GAIN] > 0
    assert held[0, 0, 0, 0] == pytest.approx(5 / 26)  # six weeks with the driver, one of them without a count
    assert held[0, 0, 1, 0] == pytest.approx(1 - (1 - gain) ** 5)


def test_what_is_held_weighs_all_weeks_to_one() -> None:
    for weeks in (1, 3, 8, 30, 400):
        _, held = recent_rates(np.ones((1, 1, weeks)), np.ones((1, weeks)))
        assert held == pytest.approx(np.ones((1, 1, 3, 1)))


@pytest.mark.parametrize("history", [[np.nan, np.nan], [0.0], [0.0] * 60])
def test_a_series_without_attacks_has_a_small_mean(history: list[float]) -> None:
    rate, held = recent_rates(np.array([[history]]), np.ones((2, len(history))))
    known = max(int(np.isfinite(history).sum()), 1)
    assert np.isfinite(held).all()
    assert (rate[0, 0, :, MEAN] <= least_mean(min(known, 26)) + 1e-12).all()
    assert (rate[0, 0, :, MEAN] > 0).all()


def test_the_learned_folder_is_not_read_here() -> None:
    """Recent rates know the one series only: no table of other actors enters them."""
    assert LEARNED not in Path(recent_paths.__file__).with_name("rates.py").read_text("utf-8")
