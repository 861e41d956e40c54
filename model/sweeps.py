"""The moves of the sampler of daily counts: integers in cells by Gibbs steps over table look-ups, intensities by Metropolis.

Invariant: `State.place` and `State.week_total` follow from the sums of `State.count`, so that a move looks only at the
readings that it changes. A transfer between two cells looks only at readings that hold one of them: totals that hold
both do not hinder it, however exact they are.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Array = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Rng = np.random.Generator

LOG_WEEK = math.log(7)
REACH = 16  # values that one move weighs against each other
IMPOSSIBLE = -1e30  # a log weight that is never drawn
NEAR = 12  # cells: how far a transfer between near ones reaches
STRETCH = 6.0  # weeks: mean length of a stretch beyond the second
NEGLIGIBLE = -40.0  # log weights so far below the largest are never drawn
LEVEL, LOG_SIGMA, LOG_SIZE = 0, 1, 2  # places in `parameter`

kernel: Any = njit(cache=True, nogil=True, error_model="numpy")
inner: Any = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)  # for kernels alone


class Layout(NamedTuple):
    """The evidence as flat arrays: what the sampler reads and never writes.

    The table has a row for each reading: its log likelihood at totals 0, 1, ... up to a ceiling, with `REACH`
    impossible totals before and after. A reading seen through a ratio has one such row, `stride` long, for each point
    of the ratio grid.
    """

    cell_front: Integers
    cell_week: Integers  # index of the log intensity
    cell_days: Integers
    link_start: Integers  # cell c is in the readings link[link_start[c]:link_start[c + 1]], which are sorted
    link: Integers
    table: Array
    table_start: Integers  # the place of a reading's total 0 in its first row
    stride: Integers
    ratio_front: Integers  # the front whose ratio a reading is seen through; -1 for none
    ratio_log_prior: Array
    front_cells: Integers  # front f has the cells front_cells[f]:front_cells[f + 1]
    front_weeks: Integers  # and the log intensities front_weeks[f]:front_weeks[f + 1]
    week_days: Integers  # days in cells, by week
    week_cells: Integers  # week w has the cells week_cells[w]:week_cells[w + 1]
    day_ceiling: Integers  # (front,) attacks


class State(NamedTuple):
    """Where one chain stands."""

    count: Integers  # (cell,)
    place: Integers  # (reading,) of its current total and ratio in the table
    week_total: Integers  # (week,)
    log_intensity: Array  # (week,)
    log_odds: Array  # (week,) of one attack more on a day, while cells move
    parameter: Array  # (front, [level, log sigma, log size])
    ratio: Integers  # (front,) place on the ratio grid
    binomial: Array  # (front, days, REACH + count): lgamma(count + days * size) - lgamma(count + 1)


class Prior(NamedTuple):
    """The beliefs of `EvidenceSpec` as numbers; pairs are mean and sd."""

    parameter: Array  # ([level, log sigma, log size], [mean, sd])
    persistence: float
    first_week_sd: float


class Record(NamedTuple):
    """The draws of one chain, each array (draw, ...)."""

    count: NDArray[np.int32]
    place: NDArray[np.int32]
    ratio: NDArray[np.int32]
    log_intensity: Array
    parameter: Array


class Path(NamedTuple):
    """Views of one front's weeks: its log intensities, what was counted on how many days, and its parameters."""

    log_intensity: Array
    total: Integers
    days: Integers
    parameter: Array
    spare: Array  # room for a copy of the log intensities


@inner
def _standard_normal(rng: Rng) -> float:
    """Return a standard normal number, by Box and Muller: the generator's own method takes seconds to compile."""
    return math.sqrt(-2 * math.log1p(-rng.random())) * math.cos(2 * math.pi * rng.random())


@inner
def _pick(weight: Array, rng: Rng) -> int:
    """Return an index with probability proportional to exp(weight[index]); uses up the weights.

    Half of a sweep's time goes by here, so exp is spelt as 32 squarings' worth of a short series, which vectorises: its
    relative error is below 1e-7 for weights above exp(-12) of the largest and of no account below.
    """
    top = weight[0]
    for i in range(1, weight.size):
        top = max(top, weight[i])
    mass = 0.0
    for i in range(weight.size):
        gap = weight[i] - top
        weight[i] = math.exp(gap) if gap > NEGLIGIBLE else 0.0
        mass += weight[i]
    left, last = rng.random() * mass, 0
    for i in range(weight.size):
        if weight[i] > 0:
            last = i
            left -= weight[i]
            if left < 0:
                break
    return last


@inner
def _log_odds(log_intensity: float, log_size: float) -> float:
    """Return log(mu / (mu + size)) of a day: what one attack more adds to the log probability of its count."""
    return -math.log1p(math.exp(log_size + LOG_WEEK - log_intensity))


@inner
def _shift(layout: Layout, state: State, cell: int, step: int) -> None:
    """Add `step` attacks to a cell and to every sum that holds it."""
    state.count[cell] += step
    state.week_total[layout.cell_week[cell]] += step
    for i in range(layout.link_start[cell], layout.link_start[cell + 1]):
        state.place[layout.link[i]] += step


@inner
def _add_upward(weight: Array, values: Array, place: int) -> None:
    """Add the values from a place on to the weights."""
    row = values[place : place + REACH]
    for t in range(REACH):
        weight[t] += row[t]


@inner
def _add_downward(weight: Array, values: Array, place: int) -> None:
    """Add the values from a place downwards to the weights."""
    row = values[place - REACH + 1 : place + 1]
    for t in range(REACH):
        weight[t] += row[REACH - 1 - t]


@inner
def _move_cell(layout: Layout, state: State, cell: int, power: float, weight: Array, rng: Rng) -> None:
    """Draw a cell's count given all else, among a random stretch of `REACH` values that holds the current one."""
    back = int(rng.random() * REACH)
    for t in range(REACH):
        weight[t] = 0.0
    for i in range(layout.link_start[cell], layout.link_start[cell + 1]):
        _add_upward(weight, layout.table, state.place[layout.link[i]] - back)
    odds = state.log_odds[layout.cell_week[cell]]
    for t in range(REACH):
        weight[t] = power * weight[t] + t * odds
    binomial = state.binomial[layout.cell_front[cell], layout.cell_days[cell]]
    _add_upward(weight, binomial, REACH + state.count[cell] - back)
    step = _pick(weight, rng) - back
    if step != 0:
        _shift(layout, state, cell, step)


@inner
def _move_pair(layout: Layout, state: State, gain: int, lose: int, power: float, weight: Array, rng: Rng) -> None:
    """Draw how many attacks one cell takes over from another given all else."""
    back = int(rng.random() * REACH)
    for t in range(REACH):
        weight[t] = 0.0
    i, i_end = layout.link_start[gain], layout.link_start[gain + 1]
    j, j_end = layout.link_start[lose], layout.link_start[lose + 1]
    while i < i_end or j < j_end:  # both lists are sorted: walk them together, past the readings that hold both
        first = layout.link[i] if i < i_end else state.place.size
        second = layout.link[j] if j < j_end else state.place.size
        if first < second:
            _add_upward(weight, layout.table, state.place[first] - back)
        elif second < first:
            _add_downward(weight, layout.table, state.place[second] + back)
        i += first <= second
        j += second <= first
    odds = state.log_odds[layout.cell_week[gain]] - state.log_odds[layout.cell_week[lose]]
    for t in range(REACH):
        weight[t] = power * weight[t] + t * odds
    gains = state.binomial[layout.cell_front[gain], layout.cell_days[gain]]
    loses = state.binomial[layout.cell_front[lose], layout.cell_days[lose]]
    _add_upward(weight, gains, REACH + state.count[gain] - back)
    _add_downward(weight, loses, REACH + state.count[lose] + back)
    step = _pick(weight, rng) - back
    if step != 0:
        _shift(layout, state, gain, step)
        _shift(layout, state, lose, -step)


@inner
def _move_cells(layout: Layout, state: State, front: int, power: float, weight: Array, rng: Rng) -> None:
    """Move every cell of a front alone, with its neighbour, and with one near by or anywhere."""
    for week in range(layout.front_weeks[front], layout.front_weeks[front + 1]):
        state.log_odds[week] = _log_odds(state.log_intensity[week], state.parameter[front, LOG_SIZE])
    first, end = layout.front_cells[front], layout.front_cells[front + 1]
    for cell in range(first, end):
        _move_cell(layout, state, cell, power, weight, rng)
        for other_kind in range(2):
            other = cell + 1
            if other_kind == 1 and rng.random() < 0.5:
                other = cell + int(rng.random() * (2 * NEAR + 1)) - NEAR
            elif other_kind == 1:
                other = first + int(rng.random() * (end - first))
            if first <= other < end and other != cell:
                _move_pair(layout, state, cell, other, power, weight, rng)


@inner
def _move_ratio(layout: Layout, state: State, front: int, power: float, weight: Array, rng: Rng) -> None:
    """Draw a front's ratio of secondary counts to attacks given all else."""
    old = state.ratio[front]
    for i in range(weight.size):
        weight[i] = layout.ratio_log_prior[i]
        for reading in range(layout.ratio_front.size):
            if layout.ratio_front[reading] == front:
                weight[i] += power * layout.table[state.place[reading] + (i - old) * layout.stride[reading]]
    state.ratio[front] = _pick(weight, rng)
    for reading in range(layout.ratio_front.size):
        if layout.ratio_front[reading] == front:
            state.place[reading] += (state.ratio[front] - old) * layout.stride[reading]


@inner
def _log_normal(value: float, prior: Array) -> float:
    """Return the log density of a normal prior (mean, sd) without its constant."""
    return -0.5 * ((value - prior[0]) / prior[1]) ** 2


@inner
def _counts_log_density(path: Path, week: int, log_intensity: float, log_size: float) -> float:
    """Return what depends on intensity and size in the log probability of a week's counts, but for lgamma terms."""
    gap = log_intensity - LOG_WEEK - log_size
    return path.total[week] * gap - (path.total[week] + path.days[week] * math.exp(log_size)) * math.log1p(math.exp(gap))


@inner
def _steps_log_density(path: Path, start: int, stop: int, prior: Prior) -> float:
    """Return the log prior density of the steps into the weeks start..stop-1, but for the innovations' scale."""
    level, inverse = path.parameter[LEVEL], math.exp(-path.parameter[LOG_SIGMA])
    product, density = 1.0, 0.0
    for week in range(start, stop):
        gap = path.log_intensity[week] - level
        if week == 0:
            density -= 0.5 * (gap / prior.first_week_sd) ** 2
        else:
            step = (gap - prior.persistence * (path.log_intensity[week - 1] - level)) * inverse
            product *= 1 + step * step / 4
            if product > 1e200:
                density -= 2.5 * math.log(product)
                product = 1.0
    return density - 2.5 * math.log(product)


@inner
def _add(values: Array, start: int, stop: int, shift: float) -> None:
    """Add a shift to the values start..stop-1, in place."""
    for i in range(start, stop):
        values[i] += shift


@inner
def _copy(source: Any, target: Any) -> None:  # noqa: ANN401 - arrays of any kind of number
    """Copy one row of numbers into another."""
    for i in range(source.size):
        target[i] = source[i]


@inner
def _move_stretch(path: Path, start: int, stop: int, scale: float, prior: Prior, rng: Rng) -> None:
    """Shift the log intensities of the weeks start..stop-1 together."""
    shift, log_size = scale * _standard_normal(rng), path.parameter[LOG_SIZE]
    after_last = min(stop + 1, path.total.size)
    change = 0.0
    for week in range(start, stop):
        if path.days[week] > 0:
            change += _counts_log_density(path, week, path.log_intensity[week] + shift, log_size)
            change -= _counts_log_density(path, week, path.log_intensity[week], log_size)
    change -= _steps_log_density(path, start, after_last, prior)
    _add(path.log_intensity, start, stop, shift)
    change += _steps_log_density(path, start, after_last, prior)
    if math.log(rng.random()) > change:
        _add(path.log_intensity, start, stop, -shift)


@inner
def _move_path(path: Path, prior: Prior, rng: Rng) -> None:
    """Move every log intensity alone, and half as many stretches of random length."""
    weeks = path.total.size
    for week in range(weeks):
        _move_stretch(path, week, week + 1, 0.4 if rng.random() < 0.5 else 1.2, prior, rng)
    for _ in range(weeks // 2):
        start = int(rng.random() * weeks)
        length = 2 + int(-STRETCH * math.log(rng.random()))
        _move_stretch(path, start, min(start + length, weeks), 0.5, prior, rng)


@inner
def _move_level(path: Path, prior: Prior, rng: Rng) -> None:
    """Move a front's level under its log intensities, then both together."""
    weeks, log_size = path.total.size, path.parameter[LOG_SIZE]
    for together in range(2):
        shift, old = 0.4 * _standard_normal(rng), path.parameter[LEVEL]
        change = _log_normal(old + shift, prior.parameter[LEVEL]) - _log_normal(old, prior.parameter[LEVEL])
        if together:
            for week in range(weeks):
                change += _counts_log_density(path, week, path.log_intensity[week] + shift, log_size)
                change -= _counts_log_density(path, week, path.log_intensity[week], log_size)
        else:
            change -= _steps_log_density(path, 0, weeks, prior)
            path.parameter[LEVEL] = old + shift
            change += _steps_log_density(path, 0, weeks, prior)
        if math.log(rng.random()) > change:
            path.parameter[LEVEL] = old
        elif together:
            path.parameter[LEVEL] = old + shift
            _add(path.log_intensity, 0, weeks, shift)


@inner
def _move_sigma(path: Path, prior: Prior, rng: Rng) -> None:
    """Move the scale of a front's innovations, the log intensities held."""
    weeks, old = path.total.size, path.parameter[LOG_SIGMA]
    shift = 0.3 * _standard_normal(rng)
    change = _log_normal(old + shift, prior.parameter[LOG_SIGMA]) - _log_normal(old, prior.parameter[LOG_SIGMA])
    change -= _steps_log_density(path, 0, weeks, prior) + (weeks - 1) * shift
    path.parameter[LOG_SIGMA] = old + shift
    change += _steps_log_density(path, 0, weeks, prior)
    if math.log(rng.random()) > change:
        path.parameter[LOG_SIGMA] = old


@inner
def _move_sigma_with_path(path: Path, prior: Prior, rng: Rng) -> None:
    """Move the scale of a front's innovations and the innovations with it: the other parametrisation."""
    level, log_size, sigma = path.parameter[LEVEL], path.parameter[LOG_SIZE], path.parameter[LOG_SIGMA]
    shift, old = 0.2 * _standard_normal(rng), path.spare
    _copy(path.log_intensity, old)
    change = _log_normal(sigma + shift, prior.parameter[LOG_SIGMA]) - _log_normal(sigma, prior.parameter[LOG_SIGMA])
    for week in range(1, old.size):
        step = old[week] - level - prior.persistence * (old[week - 1] - level)
        path.log_intensity[week] = (
            level + prior.persistence * (path.log_intensity[week - 1] - level) + math.exp(shift) * step
        )
        if path.days[week] > 0:
            change += _counts_log_density(path, week, path.log_intensity[week], log_size)
            change -= _counts_log_density(path, week, old[week], log_size)
    if math.log(rng.random()) < change:
        path.parameter[LOG_SIGMA] = sigma + shift
    else:
        _copy(old, path.log_intensity)


@inner
def _readings_log_likelihood(layout: Layout, state: State) -> float:
    """Return the log likelihood of all readings at the current totals."""
    likelihood = 0.0
    for reading in range(state.place.size):
        front = layout.ratio_front[reading]
        start = layout.table_start[reading] + (state.ratio[front] * layout.stride[reading] if front >= 0 else 0)
        if state.place[reading] - start >= layout.stride[reading] - REACH:
            return IMPOSSIBLE  # beyond the ceiling
        likelihood += layout.table[state.place[reading]]
    return likelihood


@inner
def _draw_count(binomial: Array, log_odds: float, size: float, ceiling: int, rng: Rng) -> int:
    """Return a negative-binomial count by inversion, cut off at the ceiling."""
    left = rng.random()
    offset = size * math.log1p(-math.exp(log_odds)) - binomial[REACH]
    for count in range(ceiling):
        left -= math.exp(offset + binomial[REACH + count] + count * log_odds)
        if left < 0:
            return count
    return ceiling


@inner
def _redraw(layout: Layout, state: State, path: Path, front: int, old: Integers, power: float, prior: Prior, rng: Rng) -> None:
    """Shift the log intensities of a few weeks and draw their counts anew from them: weak totals let such moves pass."""
    weeks = path.total.size
    start = int(rng.random() * weeks)
    stop = min(start + 1 + int(-2 * math.log(rng.random())), weeks)
    first_week = layout.front_weeks[front]
    shift = 0.5 * _standard_normal(rng)
    after_last = min(stop + 1, weeks)
    change = -power * _readings_log_likelihood(layout, state) - _steps_log_density(path, start, after_last, prior)
    _add(path.log_intensity, start, stop, shift)
    a, b = layout.week_cells[first_week + start], layout.week_cells[first_week + stop]
    for cell in range(a, b):
        old[cell] = state.count[cell]
        binomial = state.binomial[layout.cell_front[cell], layout.cell_days[cell]]
        size = layout.cell_days[cell] * math.exp(path.parameter[LOG_SIZE])
        odds = _log_odds(state.log_intensity[layout.cell_week[cell]], path.parameter[LOG_SIZE])
        new = _draw_count(binomial, odds, size, layout.cell_days[cell] * layout.day_ceiling[front], rng)
        _shift(layout, state, cell, new - old[cell])
    change += power * _readings_log_likelihood(layout, state) + _steps_log_density(path, start, after_last, prior)
    if math.log(rng.random()) > change:
        _add(path.log_intensity, start, stop, -shift)
        for cell in range(a, b):
            _shift(layout, state, cell, old[cell] - state.count[cell])


@kernel
def fill_binomial(binomial: Array, log_size: float, day_ceiling: int) -> None:
    """Tabulate a front's lgamma(count + days * size) - lgamma(count + 1), (days, REACH + count), impossible elsewhere."""
    for days in range(1, binomial.shape[0]):
        for i in range(binomial.shape[1]):
            count = i - REACH
            possible = 0 <= count <= days * day_ceiling
            value = math.lgamma(count + days * math.exp(log_size)) - math.lgamma(count + 1.0) if possible else IMPOSSIBLE
            binomial[days, i] = value


@inner
def _move_size(
    path: Path, count: Integers, days: Integers, binomial: Array, day_ceiling: int, prior: Prior, rng: Rng
) -> None:
    """Move the size of a front's negative binomial; `count` and `days` are by cell."""
    old = path.parameter[LOG_SIZE]
    new = old + 0.25 * _standard_normal(rng)
    change = _log_normal(new, prior.parameter[LOG_SIZE]) - _log_normal(old, prior.parameter[LOG_SIZE])
    for week in range(path.total.size):
        change += _counts_log_density(path, week, path.log_intensity[week], new)
        change -= _counts_log_density(path, week, path.log_intensity[week], old)
    for cell in range(count.size):
        if count[cell] > 0:
            size, known = days[cell] * math.exp(new), binomial[days[cell]]
            change += math.lgamma(count[cell] + size) - math.lgamma(count[cell] + 1.0) - math.lgamma(size)
            change -= known[REACH + count[cell]] - known[REACH]
    if math.log(rng.random()) < change:
        path.parameter[LOG_SIZE] = new
        fill_binomial(binomial, new, day_ceiling)


@kernel
def run(layout: Layout, state: State, prior: Prior, record: Record, thin: int, power: float, rng: Rng) -> None:
    """Fill a record with draws `thin` sweeps apart, the readings' likelihood raised to a power."""
    weight, ratio_weight = np.zeros(REACH), np.zeros(layout.ratio_log_prior.size)
    spare, old = np.zeros(state.log_intensity.size), np.zeros(state.count.size, np.int64)
    for sweep in range(record.count.shape[0] * thin):
        for front in range(state.ratio.size):
            _move_cells(layout, state, front, power, weight, rng)
            _move_ratio(layout, state, front, power, ratio_weight, rng)
            a, b = layout.front_weeks[front], layout.front_weeks[front + 1]
            weeks = (state.log_intensity[a:b], state.week_total[a:b], layout.week_days[a:b])
            path = Path(weeks[0], weeks[1], weeks[2], state.parameter[front], spare[a:b])
            _move_path(path, prior, rng)
            for _ in range((b - a) // 3):
                _redraw(layout, state, path, front, old, power, prior, rng)
            _move_level(path, prior, rng)
            _move_sigma(path, prior, rng)
            _move_sigma_with_path(path, prior, rng)
            a, b = layout.front_cells[front], layout.front_cells[front + 1]
            count, days, ceiling = state.count[a:b], layout.cell_days[a:b], layout.day_ceiling[front]
            _move_size(path, count, days, state.binomial[front], ceiling, prior, rng)
        if sweep % thin == thin - 1:
            draw = sweep // thin
            _copy(state.count, record.count[draw])
            _copy(state.place, record.place[draw])
            _copy(state.ratio, record.ratio[draw])
            _copy(state.log_intensity, record.log_intensity[draw])
            for front in range(state.ratio.size):
                _copy(state.parameter[front], record.parameter[draw, front])


@kernel
def split(count: NDArray[np.int32], days: Integers, days_start: Integers, log_size: Array, rng: Rng, daily: Array) -> None:
    """Split cell counts (draw, cell) into days by Polya's urn: given their sum, such days are Dirichlet-multinomial.

    Cell c holds the places days[days_start[c]:days_start[c + 1]] of `daily` (draw, place), which starts at 0.
    """
    for draw in range(count.shape[0]):
        for cell in range(count.shape[1]):
            first, end = days_start[cell], days_start[cell + 1]
            size = math.exp(log_size[draw, cell])
            for drawn in range(count[draw, cell]):
                left = rng.random() * ((end - first) * size + drawn)
                place = first
                while place < end - 1:
                    left -= size + daily[draw, days[place]]
                    if left < 0:
                        break
                    place += 1
                daily[draw, days[place]] += 1
