"""What the paths of each part of the pool obey: exact chances are frequencies, and the law of each week sums to one."""

import numpy as np
import pytest

from lull.model.forward.conditional_law import conditional_log_pmf
from lull.model.forward.simulate import (
    Paths,
    RandomNumbers,
    any_attack_probability,
    resumption_probability,
    simulate,
)
from lull.model.forward.state import OriginState, Push

type Origin = tuple[OriginState, RandomNumbers]


def nothing(origin: OriginState) -> Push:
    """Return no push in any week."""
    return Push.none(covariates=len(origin.covariates), horizon=origin.horizon)


def exact_and_simulated_chances_agree(origin: OriginState, numbers: RandomNumbers, pushed: Push) -> None:
    """Hold the exact chances of an attack and of a resumption to the frequencies of paths, within four errors."""
    paths = simulate(origin, pushed, numbers)
    for exact, seen in (
        (any_attack_probability(origin, pushed, numbers), np.maximum.accumulate(paths.attacks > 0, axis=-1)),
        (resumption_probability(origin, pushed), np.logical_or.accumulate(paths.active, axis=-1)),
    ):
        error = np.sqrt((exact * (1 - exact)).mean(axis=0) / origin.draws) + 1e-9
        np.testing.assert_array_less(np.abs(seen.mean(axis=0) - exact.mean(axis=0)), 4.0 * error)


def the_law_of_each_week_is_a_law(many: Origin, few: Origin, *, counts: int, tolerance: float) -> None:
    """Hold the law of each week to the frequency of paths of many draws, and its sum over counts to one for few."""
    paths = simulate(many[0], nothing(many[0]), many[1])
    for count in (0, 1, 3):
        share = (paths.attacks == count).mean(axis=0)
        error = np.sqrt(share * (1 - share) / many[0].draws) + 1e-3
        np.testing.assert_array_less(np.abs(_law(many, paths, count) - share), 4.0 * error)
    past = simulate(few[0], nothing(few[0]), few[1])
    total = sum(_law(few, past, count) for count in range(counts))
    assert total == pytest.approx(np.ones(past.attacks.shape[1:]), abs=tolerance)


def _law(of: Origin, paths: Paths, count: int) -> np.ndarray:
    """Return the mean chance of a count in each week, each draw given its own past, dims (series, week)."""
    observed = np.full(paths.attacks.shape[1:], float(count))
    return np.exp(conditional_log_pmf(*of, paths, observed)).mean(axis=0)  # type: ignore[no-any-return]
