"""The moves of the intensities: each week's log intensity, and the level, scale and size of its front.

The log intensity is AR(1) about the front's level with Student-t(4) innovations. All moves are Metropolis steps given
the counts; those of level and scale come in two parametrisations, because either alone is slow on some evidence.
"""

import math
from typing import Any

from lull.data.arrays import Array
from lull.model.numba_kernels import inlined
from lull.model.reconstruction.chain import (
    IMPOSSIBLE,
    LEVEL,
    LOG_SIGMA,
    LOG_SIZE,
    REACH,
    Front,
    Rng,
    kernel,
)

LOG_WEEK = math.log(7)
STRETCH_WEEKS = 6.0  # mean length of a stretch that moves as one, beyond the second week
LARGE = 1e200


@inlined
def move_intensities(front: Front, rng: Rng) -> None:
    """Move a front's log intensities and parameters once."""
    _move_path(front, rng)
    _move_level(front, rng)
    _move_sigma(front, rng)
    _move_sigma_with_path(front, rng)
    _move_size(front, rng)


@kernel
def fill_binomial(binomial: Array, log_size: float, day_ceiling: int) -> None:
    """Tabulate a front's lgamma(count + days * size) - lgamma(count + 1), impossible below 0 and above the ceiling."""
    for days in range(1, binomial.shape[0]):
        size = days * math.exp(log_size)
        for i in range(binomial.shape[1]):
            count = i - REACH
            possible = 0 <= count <= days * day_ceiling
            binomial[days, i] = math.lgamma(count + size) - math.lgamma(count + 1.0) if possible else IMPOSSIBLE


@inlined
def standard_normal(rng: Rng) -> float:
    """Return a standard normal number, by Box and Muller: the generator's own method takes seconds to compile."""
    return math.sqrt(-2 * math.log1p(-rng.random())) * math.cos(2 * math.pi * rng.random())


@inlined
def random_length(least: int, mean_beyond: float, rng: Rng) -> int:
    """Return the length of a stretch, geometric from the least on."""
    return least - int(mean_beyond * math.log1p(-rng.random()))


@inlined
def add(values: Array, start: int, stop: int, shift: float) -> None:
    """Add a shift to the values start..stop-1."""
    for i in range(start, stop):
        values[i] += shift


@inlined
def copy(source: Any, target: Any) -> None:
    """Copy one row of numbers into another."""
    for i in range(source.size):
        target[i] = source[i]


@inlined
def accepts(change: float, rng: Rng) -> bool:
    """Return the Metropolis decision on a change of log density."""
    return math.log1p(-rng.random()) <= change


@inlined
def _log_prior(front: Front, place: int, value: float) -> float:
    """Return the log prior density of a parameter without its constant."""
    mean, sd = front.belief[place, 0], front.belief[place, 1]
    return -0.5 * ((value - mean) / sd) ** 2


@inlined
def _counts_log_density(front: Front, week: int, log_intensity: float, log_size: float) -> float:
    """Return the log probability of a week's counts but for its lgamma terms."""
    gap = log_intensity - LOG_WEEK - log_size
    total, size = front.week_total[week], front.week_days[week] * math.exp(log_size)
    return total * gap - (total + size) * math.log1p(math.exp(gap))


@inlined
def steps_log_density(front: Front, start: int, stop: int) -> float:
    """Return the log prior density of the steps into the weeks start..stop-1, but for the innovations' scale."""
    level, inverse, persistence = front.parameter[LEVEL], math.exp(-front.parameter[LOG_SIGMA]), front.prior.persistence
    product, density = 1.0, 0.0
    for week in range(start, stop):
        gap = front.log_intensity[week] - level
        if week == 0:
            density -= 0.5 * (gap / front.prior.first_week_sd) ** 2
        else:
            step = (gap - persistence * (front.log_intensity[week - 1] - level)) * inverse
            product *= 1 + step * step / 4
            if product > LARGE:
                density -= 2.5 * math.log(product)
                product = 1.0
    return density - 2.5 * math.log(product)


@inlined
def _shift_log_density(front: Front, start: int, stop: int, shift: float) -> float:
    """Return by how much a shift of the log intensities start..stop-1 changes the log probability of the counts."""
    change, log_size = 0.0, front.parameter[LOG_SIZE]
    for week in range(start, stop):
        if front.week_days[week] > 0:
            change += _counts_log_density(front, week, front.log_intensity[week] + shift, log_size)
            change -= _counts_log_density(front, week, front.log_intensity[week], log_size)
    return change


@inlined
def _move_stretch(front: Front, start: int, stop: int, scale: float, rng: Rng) -> None:
    """Shift the log intensities of the weeks start..stop-1 together."""
    shift, end = scale * standard_normal(rng), min(stop + 1, front.week_total.size)
    change = _shift_log_density(front, start, stop, shift) - steps_log_density(front, start, end)
    add(front.log_intensity, start, stop, shift)
    if not accepts(change + steps_log_density(front, start, end), rng):
        add(front.log_intensity, start, stop, -shift)


@inlined
def _move_path(front: Front, rng: Rng) -> None:
    """Move every log intensity alone, and half as many stretches of random length."""
    weeks = front.week_total.size
    for move in range(weeks + weeks // 2):
        if move < weeks:
            start, stop, scale = move, move + 1, 0.4 if move % 2 else 1.2
        else:
            start = int(rng.random() * weeks)
            stop, scale = min(start + random_length(2, STRETCH_WEEKS, rng), weeks), 0.5
        _move_stretch(front, start, stop, scale, rng)


@inlined
def _move_level(front: Front, rng: Rng) -> None:
    """Move a front's level under its log intensities, then both together."""
    weeks = front.week_total.size
    for together in range(2):
        old = front.parameter[LEVEL]
        new = old + 0.4 * standard_normal(rng)
        change = _log_prior(front, LEVEL, new) - _log_prior(front, LEVEL, old)
        if together:
            change += _shift_log_density(front, 0, weeks, new - old)
            front.parameter[LEVEL] = new
        else:
            change -= steps_log_density(front, 0, weeks)
            front.parameter[LEVEL] = new
            change += steps_log_density(front, 0, weeks)
        if not accepts(change, rng):
            front.parameter[LEVEL] = old
        elif together:
            add(front.log_intensity, 0, weeks, new - old)


@inlined
def _move_sigma(front: Front, rng: Rng) -> None:
    """Move the scale of a front's innovations, the log intensities held."""
    weeks, old = front.week_total.size, front.parameter[LOG_SIGMA]
    new = old + 0.3 * standard_normal(rng)
    change = _log_prior(front, LOG_SIGMA, new) - _log_prior(front, LOG_SIGMA, old) - (weeks - 1) * (new - old)
    change -= steps_log_density(front, 0, weeks)
    front.parameter[LOG_SIGMA] = new
    if not accepts(change + steps_log_density(front, 0, weeks), rng):
        front.parameter[LOG_SIGMA] = old


@inlined
def _move_sigma_with_path(front: Front, rng: Rng) -> None:
    """Move the scale of a front's innovations and the innovations with it: the other parametrisation."""
    level, log_size, sigma = front.parameter[LEVEL], front.parameter[LOG_SIZE], front.parameter[LOG_SIGMA]
    shift, path, old = 0.2 * standard_normal(rng), front.log_intensity, front.old_path
    change = _log_prior(front, LOG_SIGMA, sigma + shift) - _log_prior(front, LOG_SIGMA, sigma)
    copy(path, old)
    for week in range(1, path.size):
        step = old[week] - level - front.prior.persistence * (old[week - 1] - level)
        path[week] = level + front.prior.persistence * (path[week - 1] - level) + math.exp(shift) * step
        if front.week_days[week] > 0:
            change += _counts_log_density(front, week, path[week], log_size)
            change -= _counts_log_density(front, week, old[week], log_size)
    if accepts(change, rng):
        front.parameter[LOG_SIGMA] = sigma + shift
    else:
        copy(old, path)


@inlined
def _move_size(front: Front, rng: Rng) -> None:
    """Move the size of a front's negative binomial."""
    old = front.parameter[LOG_SIZE]
    new = old + 0.25 * standard_normal(rng)
    change = _log_prior(front, LOG_SIZE, new) - _log_prior(front, LOG_SIZE, old)
    for week in range(front.week_total.size):
        change += _counts_log_density(front, week, front.log_intensity[week], new)
        change -= _counts_log_density(front, week, front.log_intensity[week], old)
    for cell in range(front.counts.size):
        count = front.counts[cell]
        if count > 0:
            size, known = front.cell_days[cell] * math.exp(new), front.binomial[front.cell_days[cell]]
            change += math.lgamma(count + size) - math.lgamma(count + 1.0) - math.lgamma(size)
            change -= known[REACH + count] - known[REACH]
    if accepts(change, rng):
        front.parameter[LOG_SIZE] = new
        fill_binomial(front.binomial, new, front.day_ceiling)
