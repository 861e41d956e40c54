"""The hurdle benchmark's forecast with drivers: three pushes a week, drawn from what the record says of their effects.

A week after a short silence is pushed by intensity and halting together, one after a long silence by resumption, and
the size of what comes by intensity alone. The shares are those that the record shows where the chance of any attack and
the size of attacks are estimated by themselves (docs/drivers.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.model.hurdle.benchmark import HurdleBenchmark
from lull.model.hurdle.hurdle_model import (
    FEATURES,
    MAX_LOG_MEAN,
    MAX_LOG_SIZE,
    MIN_LOG_SIZE,
    SILENT,
    Memory,
    describe,
    hurdle_log_pmf,
    recall,
    remember,
    truncated,
)
from lull.model.numba_kernels import checksum_of, kernel_of

OF_INTENSITY, OF_HALTING, OF_SIZE = 0.7, 0.4, 0.5
LONG_SILENCE = 8.0  # weeks from which an attack is a resumption

kernel = kernel_of(checksum_of(__file__))


@dataclass(frozen=True)
class Pushes:
    """What drivers add in each week ahead, (draw, week).

    To the logit of an attack after a short silence and after a long one, and to the log mean of how many.
    """

    active: Array
    silent: Array
    mean: Array

    @classmethod
    def of(cls, effects: Iterable[Array], terms: Array) -> Self:
        """Return the pushes of terms (week, term) of drawn effects (halting, resumption, intensity), (draw, term)."""
        halting, resumption, intensity = (each @ terms.T for each in effects)
        return cls(OF_INTENSITY * intensity - OF_HALTING * halting, resumption, OF_SIZE * intensity)


@kernel
def _simulate(  # noqa: PLR0917 - numba calls by position
    memory: Memory,
    coefficients: Array,
    active: Array,
    silent: Array,
    mean: Array,
    rng: np.random.Generator,
    paths: NDArray[np.int64],
) -> None:
    """Fill paths of weekly counts, (draw, week), each fed its own past and pushed as its draw says."""
    feature = np.empty(coefficients.shape[1])
    for draw in range(paths.shape[0]):
        now = Memory(memory.counts.copy(), memory.attacks.copy(), memory.weight.copy(), memory.rest.copy())
        for week in range(paths.shape[1]):
            describe(now, feature)
            logit = np.dot(feature, coefficients[0])
            logit += silent[draw, week] if now.rest[SILENT] >= LONG_SILENCE else active[draw, week]
            count = 0
            if rng.random() * (1.0 + np.exp(-logit)) < 1.0:
                log_mean = min(np.dot(feature, coefficients[1]) + mean[draw, week], MAX_LOG_MEAN)
                log_size = min(max(np.dot(feature, coefficients[2]), MIN_LOG_SIZE), MAX_LOG_SIZE)
                count = truncated(np.exp(log_mean), np.exp(log_size), rng)
            paths[draw, week] = count
            remember(now, float(count))


@kernel
def _recall_ahead(memory: Memory, paths: NDArray[np.int64], features: Array, silence: Array) -> None:
    """Fill the features of each week of paths given the weeks before it, and how long it had been silent."""
    for draw in range(paths.shape[0]):
        now = Memory(memory.counts.copy(), memory.attacks.copy(), memory.weight.copy(), memory.rest.copy())
        for week in range(paths.shape[1]):
            describe(now, features[draw, week])
            silence[draw, week] = now.rest[SILENT]
            remember(now, float(paths[draw, week]))


def simulate(benchmark: HurdleBenchmark, history: Array, pushes: Pushes, *, seed: int) -> NDArray[np.int64]:
    """Return paths of weekly counts, (draw, week), of the weeks after a history (week,), NaN where missing."""
    memory = recall(history, np.empty((history.size, len(FEATURES))))
    coefficients = np.stack([benchmark.chance, benchmark.mean, benchmark.size])
    paths = np.empty(pushes.mean.shape, dtype=np.int64)
    active, silent, mean = (np.ascontiguousarray(part) for part in (pushes.active, pushes.silent, pushes.mean))
    _simulate(memory, coefficients, active, silent, mean, np.random.default_rng(seed), paths)
    return paths


def log_pmf(
    benchmark: HurdleBenchmark, history: Array, pushes: Pushes, paths: NDArray[np.int64], observed: Array
) -> Array:
    """Return log P(observed count), observed (week,), given each path (draw, week) up to the week before."""
    memory = recall(history, np.empty((history.size, len(FEATURES))))
    features, silence = np.empty((*paths.shape, len(FEATURES))), np.empty(paths.shape)
    _recall_ahead(memory, paths, features, silence)
    push = np.where(silence >= LONG_SILENCE, pushes.silent, pushes.active)
    return hurdle_log_pmf(
        observed, features @ benchmark.chance + push, features @ benchmark.mean + pushes.mean, features @ benchmark.size
    )
