"""The simulation against the equations read out anew: the same uniforms and normals must give the same paths.

A comparison of means misses most ways of being wrong: with 2,000 draws it did not see a level that moves while halted,
or covariates a week late. Identical paths leave nothing to be missed. That this is so is shown by mutants: each is the
source of the kernels with one deliberate mistake, run as plain Python, and each must give another path in every seed.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from lull.model import forward
from lull.model.forward import dynamics, simulate
from lull.model.forward.prior_state import prior_state
from lull.model.forward.random_numbers import RandomNumbers
from lull.model.forward.state import ACTIVE, FREE, HALTED, OriginState, Push
from tests.model.plain_kernels import plain_python

SERIES, DRAWS, HORIZON = ("north", "south"), 48, 14
SEEDS = range(12)
KERNELS = Path(forward.__path__[0])

# One mistake each: the file of the kernels, what it says, and what it says wrongly.
MUTANTS = {
    "no drift": ("dynamics.py", 'parts["drift"] = 0.5 if', 'parts["drift"] = 0.0 if'),
    "doubled drift": ("dynamics.py", 'parts["drift"] = 0.5 if', 'parts["drift"] = 1.0 if'),
    "halting does not know the level": ("dynamics.py", "halt_level * log_intensity - halt", "-halt"),
    "halting is of the mean at the origin": (
        "simulate.py",
        "were.log_intensity[at] = now.log_intensity",
        "pass",
    ),
    "halting knows where the level has walked": (
        "dynamics.py",
        "was.log_intensity - was.level + was.set_level",
        "was.log_intensity",
    ),
    "halting does not know the level of the return": (
        "dynamics.py",
        "level, set_level = returned(silence, law, z)",
        "level = returned(silence, law, z)[0]",
    ),
    "halting knows at a return where the level had walked": (
        "dynamics.py",
        "return level, lowered(silence.last_set_level, kept, law.return_level) + math.sqrt(unsure) * z",
        "return level, level",
    ),
    "halting knows how the last attack had walked": (
        "simulate.py",
        "block.last_set_level[at] = 0, now.level, now.set_level",
        "block.last_set_level[at] = 0, now.level, now.level",
    ),
    "halting does not know what is unsure of a return": ("dynamics.py", "+ math.sqrt(unsure) * z", ""),
    "halting knows a return at full strength": (
        "dynamics.py",
        "lowered(silence.last_set_level, kept, law.return_level)",
        "silence.last_set_level",
    ),
    "a return at full strength": (
        "dynamics.py",
        "lowered(silence.last_level, kept, law.return_level)",
        "silence.last_level",
    ),
    "a return that loses nothing": ("dynamics.py", "level - (1.0 - kept)", "level - 0.0"),
    "a return that loses all at any age": ("dynamics.py", "level - (1.0 - kept)", "level - 1.0"),
    "the age of the pause counts less steeply": ("dynamics.py", "ratio * ratio * ratio * ratio", "ratio * ratio"),
    "a return may rise": (
        "dynamics.py",
        "max(level - return_level, 0.0)",
        "(level - return_level)",
    ),
    "a return without its own spread": ("dynamics.py", "(1.0 - kept * kept) * law", "0.0 * law"),
    "a return as uncertain at any age": ("dynamics.py", "(1.0 - kept * kept) * law", "law"),
    "a return without the step of the walk": ("dynamics.py", "(kept * law.sigma) ** 2", "0.0"),
    "a return with the whole step of the walk": ("dynamics.py", "(kept * law.sigma) ** 2", "law.sigma**2"),
    "a return without drift": ("dynamics.py", "(spread * z - kept * law.drift)", "spread * z"),
    "a return to a level, not to a rate": (
        "dynamics.py",
        "math.log(drawn.return_rate[draw]) - drawn.intercept[cell]",
        "math.log(drawn.return_rate[draw])",
    ),
    "a return also takes the step of the walk": (
        "dynamics.py",
        "level, set_level = returned(silence, law, z)",
        "level, set_level = returned(silence, law, z); level = stepped(level, law.sigma, law.drift, z)",
    ),
    "the last attack stays the one before the origin": (
        "simulate.py",
        "block.silent_weeks[at], block.last_level[at], block.last_set_level[at] = 0, now.level, now.set_level",
        "block.silent_weeks[at] = 0",
    ),
    "the level at the origin has no residual": ("dynamics.py", "drawn.level_residual_sd[cell] * z", "0.0 * z"),
    "covariates a week late in the hazards": (
        "dynamics.py",
        "drives[1, week] += effect[covariate, 1] * value",
        "drives[1, week] += effect[covariate, 1] * (scheduled[covariate, week - 1] if week else 0.0)",
    ),
    "covariates a week late in the intensity": (
        "dynamics.py",
        "drives[0, week] += effect[covariate, 0] * value",
        "drives[0, week] += effect[covariate, 0] * (scheduled[covariate, week - 1] if week else 0.0)",
    ),
    "effects of halting with the wrong sign": (
        "dynamics.py",
        "drives[1, week] += effect[covariate, 1] * value",
        "drives[1, week] -= effect[covariate, 1] * value",
    ),
    "no aging of silences": ("dynamics.py", "resumption - resumption_aging * log_age", "resumption"),
    "aging off by one week": ("simulate.py", "ages[silent_weeks]", "ages[silent_weeks - 1]"),
    "the silence begins at the origin": (
        "simulate.py",
        "block.silent_weeks[at] = int(drawn.silent_weeks[cell])",
        "block.silent_weeks[at] = 0",
    ),
    "an attack does not end the silence": (
        "simulate.py",
        "block.silent_weeks[at], block.last_level[at], block.last_set_level[at] = 0, ",
        "block.silent_weeks[at], block.last_level[at], block.last_set_level[at] = block.silent_weeks[at] + 1, ",
    ),
    "false positives end the silence": ("simulate.py", "if seen > 0 and now.active:", "if seen > 0:"),
    "no false positives": ("simulate.py", "elif uniform >= block.quiet[at]:", "elif uniform >= 2.0:"),
    "three times the false positives": (
        "simulate.py",
        "drawn.leak[draw], math.exp(-drawn.leak[draw])",
        "3 * drawn.leak[draw], math.exp(-3 * drawn.leak[draw])",
    ),
    "more likely active at the origin": ("simulate.py", "< drawn.p_active[cell]", "< drawn.p_active[cell] + 0.4"),
    "no excitation by the week before": ("dynamics.py", "if self_excitation != 0.0:", "if self_excitation > 1e9:"),
    "excitation by the root of the count, not its logarithm": ("dynamics.py", "log1p(last_count)", "sqrt(last_count)"),
    "Poisson counts while active": (
        "simulate.py",
        "math.exp(now.log_intensity), block.concentration[at]",
        "math.exp(now.log_intensity), POISSON",
    ),
    "a forced regime is not": ("dynamics.py", "if forced == FREE else forced == ACTIVE", ""),
    "pushed intensity is left out": (
        "dynamics.py",
        "drives[0, week] += on_intensity[week]",
        "pass",
    ),
}


def state(seed: int) -> OriginState:
    """Return a state in which every part of the equations matters: draws of the prior, moved where they are rare."""
    rng = np.random.default_rng(seed)
    drawn = prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=seed)
    silent = rng.integers(1, 12, (DRAWS, 2)).astype(float) * (rng.random((DRAWS, 2)) < 0.6)
    return replace(
        drawn,
        p_active=np.where(silent > 0, 0.4, 0.9),
        silent_weeks=silent,
        last_count=np.where(silent > 0, 0.0, rng.poisson(6, (DRAWS, 2))),
        level_residual_sd=np.full((DRAWS, 2), 0.4),
        last_level=drawn.level + np.where(silent > 0, rng.normal(0.5, 0.5, (DRAWS, 2)), 0.0),
        return_rate=np.full(DRAWS, 2.0),
        return_sd=np.full(DRAWS, 1.0),
        sigma=np.full((DRAWS, 2), 0.5),
        concentration=np.full((DRAWS, 2), 2.0),
        halt_intercept=np.full((DRAWS, 2), -0.5),
        halt_level=np.full((DRAWS, 2), 0.6),
        resumption_aging=np.full((DRAWS, 2), 1.4),
        resumption_intercept=np.full((DRAWS, 2), 1.0),
        self_excitation=np.full(DRAWS, 0.2),
        leak=np.full(DRAWS, 0.15),
        log_intensity=drawn.intercept + drawn.level,
        carry=np.repeat(drawn.carry, 2, axis=1),
        future_covariate=rng.random((DRAWS, 2, len(drawn.covariates), HORIZON)),
    )


def push(seed: int, covariates: int) -> Push:
    """Return a push of every kind, by draw and series."""
    rng = np.random.default_rng(100 + seed)
    shape = (DRAWS, 2, HORIZON)
    forced = np.where(rng.random(shape) < 0.1, rng.choice([HALTED, ACTIVE], shape), FREE).astype(np.int8)
    return Push(
        covariate=rng.normal(0, 0.5, (DRAWS, 2, covariates, HORIZON)),
        log_intensity=rng.normal(0, 0.3, (1, 2, HORIZON)),
        halt_logit=rng.normal(0, 0.5, shape),
        resumption_logit=rng.normal(0, 0.5, (DRAWS, 1, HORIZON)),
        forced_regime=forced,
        reporting=np.where(rng.random(shape) < 0.5, 1.0, 0.6),
    )


def plain_paths(state: OriginState, push: Push, numbers: RandomNumbers) -> dict[str, np.ndarray]:
    """Return attacks, reported counts and regimes, (draw, series, week): the equations week by week."""
    covariate = state.future_covariate + push.covariate
    drift = 0.5 * state.sigma**2 if state.drift_correction else np.zeros_like(state.sigma)
    intensity_of, halt_of, resume_of = (
        np.einsum("dk,dskh->dsh", effect, covariate)
        for effect in (state.effect, state.halt_effect, state.resumption_effect)
    )
    active = numbers.u_initial < state.p_active
    residual = state.level_residual_sd * numbers.z_residual
    level, last_level = state.level + residual, state.last_level + residual
    before, silent, last, known, last_known = (
        state.log_intensity,
        state.silent_weeks,
        state.last_count,
        level,
        last_level,
    )
    rest = np.log(state.return_rate)[:, None] - state.intercept
    excitation = state.self_excitation[:, None]
    found: dict[str, list[np.ndarray]] = {"attacks": [], "count": [], "active": []}
    for week in range(state.horizon):
        halt = expit(state.halt_intercept + halt_of[..., week] + push.halt_logit[..., week] - state.halt_level * before)
        aged = state.resumption_aging * np.log1p(silent)
        resume = expit(state.resumption_intercept + resume_of[..., week] + push.resumption_logit[..., week] - aged)
        forced = push.forced_regime[..., week]
        goes_on = numbers.u_regime[..., week] < np.where(active, 1 - halt, resume)
        was, active = active, np.where(forced == FREE, goes_on, forced == ACTIVE)
        z, kept = numbers.z_level[..., week], 1 / (1 + (silent / state.return_half_life[:, None]) ** 4)
        low, low_known = (np.where(at > rest, rest + kept * (at - rest), at) for at in (last_level, last_known))
        unsure = state.return_sd[:, None] * np.sqrt(1 - kept**2)
        back = low - kept * drift + np.hypot(kept * state.sigma, unsure) * z
        walked = np.where(active, level + state.sigma * z - drift, level)
        level = np.where(active & ~was, back, walked)
        known = np.where(active & ~was, low_known + unsure * z, known)
        base = state.intercept + intensity_of[..., week] + push.log_intensity[..., week] + excitation * np.log1p(last)
        before = base + known
        size = state.concentration
        busy = stats.nbinom.ppf(numbers.u_count[..., week], size, size / (size + np.exp(base + level)))
        stray = stats.poisson.ppf(numbers.u_count[..., week], state.leak[:, None])
        last = np.where(active, busy, stray)
        attack = active & (last > 0)
        silent, last_level = np.where(attack, 0.0, silent + 1), np.where(attack, level, last_level)
        last_known = np.where(attack, known, last_known)
        found["attacks"].append(last)
        found["active"].append(active)
        found["count"].append(stats.binom.ppf(numbers.u_report[..., week], last, push.reporting[..., week]))
    return {name: np.stack(weeks, axis=-1) for name, weeks in found.items()}


@cache
def case(seed: int) -> tuple[OriginState, Push, RandomNumbers, dict[str, np.ndarray]]:
    origin = state(seed)
    pushed = push(seed, len(origin.covariates))
    numbers = RandomNumbers.draw(series=SERIES, draws=DRAWS, horizon=HORIZON, seed=seed)
    return origin, pushed, numbers, plain_paths(origin, pushed, numbers)


def differing(simulated: Any, seed: int) -> list[str]:
    """Return what of the paths differs from the plain ones of a seed."""
    expected = case(seed)[3]
    return [name for name, values in expected.items() if not np.array_equal(getattr(simulated, name), values)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_random_numbers_give_the_same_paths(seed: int) -> None:
    assert differing(simulate.simulate(*case(seed)[:3]), seed) == []


def test_the_kernels_run_as_plain_python_give_the_same_paths() -> None:
    """Else the mutants below would differ for another reason than their mistake."""
    run = plain_python(dynamics, simulate).simulate
    assert [differing(run(*case(seed)[:3]), seed) for seed in SEEDS] == [[]] * len(SEEDS)


@pytest.mark.parametrize("mistake", MUTANTS)
def test_a_mistake_in_the_kernels_gives_other_paths_in_every_seed(mistake: str) -> None:
    file, right, wrong = MUTANTS[mistake]
    run = plain_python(dynamics, simulate, changes={file: (right, wrong)}).simulate
    assert [seed for seed in SEEDS if not differing(run(*case(seed)[:3]), seed)] == []


def test_the_module_that_is_tested_is_the_one_that_is_shipped() -> None:
    assert Path(dynamics.__file__).parent.resolve() == KERNELS.resolve()
