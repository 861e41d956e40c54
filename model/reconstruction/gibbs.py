"""One sweep of the sampler of daily counts: integers in cells, moved by Gibbs steps over table look-ups.

A move looks only at the readings that it changes. A transfer between two cells looks only at readings that hold one
of them: totals that hold both do not hinder it, however exact they are.
"""

import math

from lull.data.arrays import Array
from lull.model.numba_kernels import inlined
from lull.model.reconstruction.chain import IMPOSSIBLE, LOG_SIZE, REACH, Chain, Front, Record, Rng, kernel
from lull.model.reconstruction.intensity_moves import (
    LOG_WEEK,
    accepts,
    add,
    copy,
    move_intensities,
    random_length,
    standard_normal,
    steps_log_density,
)

NEGLIGIBLE = -40.0  # log weights so far below the largest are not drawn
NEAR = 12  # cells: how far a transfer between near ones reaches
TRANSFERS = 2  # for each cell and sweep: one with its neighbour, one with another
MOST_OF_THREE = 4  # attacks that a move of three cells shifts at most
REDRAWN_WEEKS = 5.0  # mean length of a stretch that is drawn again, beyond the first week


@kernel
def run(chain: Chain, record: Record, thin: int, rng: Rng) -> None:
    """Fill a record with draws `thin` sweeps apart."""
    state = chain.state
    for sweep in range(record.counts.shape[0] * thin):
        for number in range(state.ratio.size):
            front = _front(chain, number)
            _move_cells(chain, number, rng)
            _move_ratio(chain, number, rng)
            move_intensities(front, rng)
            likelihood = _readings_log_likelihood(chain)
            for _ in range(front.week_total.size // 3):
                likelihood = _redraw(chain, front, number, likelihood, rng)
        if sweep % thin == thin - 1:
            draw = sweep // thin
            copy(state.counts, record.counts[draw])
            copy(state.place, record.place[draw])
            copy(state.ratio, record.ratio[draw])
            copy(state.log_intensity, record.log_intensity[draw])
            for number in range(state.ratio.size):
                copy(state.parameter[number], record.parameter[draw, number])


@inlined
def _front(chain: Chain, number: int) -> Front:
    """Return the views of a front."""
    layout, state = chain.layout, chain.state
    a, b = layout.front_weeks[number], layout.front_weeks[number + 1]
    c, d = layout.front_cells[number], layout.front_cells[number + 1]
    return Front(
        state.log_intensity[a:b], state.week_total[a:b], layout.week_days[a:b], chain.old_path[a:b],
        state.counts[c:d], layout.cell_days[c:d], state.binomial[number], layout.day_ceiling[number],
        state.parameter[number], chain.prior.parameter[number], chain.prior,
    )  # fmt: skip


@inlined
def _pick(weight: Array, rng: Rng) -> int:
    """Return an index with probability proportional to exp(weight[index]); uses up the weights."""
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


@inlined
def _log_odds(log_intensity: float, log_size: float) -> float:
    """Return log(mu / (mu + size)) of a day: what one attack more adds to the log probability of its count."""
    return -math.log1p(math.exp(log_size + LOG_WEEK - log_intensity))


@inlined
def _shift(chain: Chain, cell: int, step: int) -> None:
    """Add `step` attacks to a cell and to every sum that holds it."""
    layout, state = chain.layout, chain.state
    state.counts[cell] += step
    state.week_total[layout.cell_week[cell]] += step
    for i in range(layout.link_start[cell], layout.link_start[cell + 1]):
        state.place[layout.link[i]] += step


@inlined
def _add_upward(weight: Array, values: Array, place: int) -> None:
    """Add the values from a place upwards to the weights."""
    row = values[place : place + REACH]
    for t in range(REACH):
        weight[t] += row[t]


@inlined
def _add_downward(weight: Array, values: Array, place: int) -> None:
    """Add the values from a place downwards to the weights."""
    row = values[place - REACH + 1 : place + 1]
    for t in range(REACH):
        weight[t] += row[REACH - 1 - t]


@inlined
def _move_cell(chain: Chain, cell: int, rng: Rng) -> None:
    """Draw a cell's count given all else, among a random stretch of `REACH` values that holds the current one."""
    # A week of d days is NB(size d r), so a cell's count y has log weight lgamma(y + d r) - lgamma(y + 1) + y log_odds
    # plus the log likelihoods of the readings that hold it. Each of the REACH values is as likely to have placed the
    # stretch just here, so a draw among them by weight leaves the conditional as it is.
    layout, state, weight = chain.layout, chain.state, chain.weight
    back = int(rng.random() * REACH)
    for t in range(REACH):
        weight[t] = 0.0
    for i in range(layout.link_start[cell], layout.link_start[cell + 1]):
        _add_upward(weight, layout.table, state.place[layout.link[i]] - back)
    odds = chain.log_odds[layout.cell_week[cell]]
    for t in range(REACH):
        weight[t] = chain.power * weight[t] + t * odds
    binomial = state.binomial[layout.cell_front[cell], layout.cell_days[cell]]
    _add_upward(weight, binomial, REACH + state.counts[cell] - back)
    step = _pick(weight, rng) - back
    if step != 0:
        _shift(chain, cell, step)


@inlined
def _weigh_transfers(chain: Chain, gain: int, lose: int, back: int) -> None:
    """Fill the weights with the log likelihood of transfers of -back, 1 - back, ... from one cell to another."""
    layout, place, weight = chain.layout, chain.state.place, chain.weight
    for t in range(REACH):
        weight[t] = 0.0
    i, i_end = layout.link_start[gain], layout.link_start[gain + 1]
    j, j_end = layout.link_start[lose], layout.link_start[lose + 1]
    while i < i_end or j < j_end:  # walk both sorted lists together, past the readings that hold both cells
        first = layout.link[i] if i < i_end else place.size
        second = layout.link[j] if j < j_end else place.size
        if first < second:
            _add_upward(weight, layout.table, place[first] - back)
        elif second < first:
            _add_downward(weight, layout.table, place[second] + back)
        i += first <= second
        j += second <= first


@inlined
def _move_pair(chain: Chain, gain: int, lose: int, rng: Rng) -> None:
    """Draw how many attacks one cell takes over from another given all else."""
    layout, state, weight = chain.layout, chain.state, chain.weight
    back = int(rng.random() * REACH)
    _weigh_transfers(chain, gain, lose, back)
    odds = chain.log_odds[layout.cell_week[gain]] - chain.log_odds[layout.cell_week[lose]]
    for t in range(REACH):
        weight[t] = chain.power * weight[t] + t * odds
    gains = state.binomial[layout.cell_front[gain], layout.cell_days[gain]]
    loses = state.binomial[layout.cell_front[lose], layout.cell_days[lose]]
    _add_upward(weight, gains, REACH + state.counts[gain] - back)
    _add_downward(weight, loses, REACH + state.counts[lose] + back)
    step = _pick(weight, rng) - back
    if step != 0:
        _shift(chain, gain, step)
        _shift(chain, lose, -step)


@inlined
def _weighed_shift(chain: Chain, cell: int, step: int) -> float:
    """Shift a cell by at most `REACH` and return by how much that changes the log probability of all but its week."""
    layout, state = chain.layout, chain.state
    change = 0.0
    for i in range(layout.link_start[cell], layout.link_start[cell + 1]):
        place = state.place[layout.link[i]]
        change += chain.power * (layout.table[place + step] - layout.table[place])
    binomial, place = state.binomial[layout.cell_front[cell], layout.cell_days[cell]], REACH + state.counts[cell]
    change += binomial[place + step] - binomial[place] + step * chain.log_odds[layout.cell_week[cell]]
    _shift(chain, cell, step)
    return change


@inlined
def _move_three(chain: Chain, front: int, rng: Rng) -> None:
    """Let one cell gain what two others lose each: two totals that overlap in the one cell then both hold."""
    first, end = chain.layout.front_cells[front], chain.layout.front_cells[front + 1]
    gain, other = first + int(rng.random() * (end - first)), first + int(rng.random() * (end - first))
    near = gain + 1 + int(rng.random() * NEAR)
    step = 1 + int(rng.random() * MOST_OF_THREE)
    step = step if rng.random() < 1 / 2 else -step
    if near < end and other not in (gain, near):
        change = _weighed_shift(chain, gain, step)
        change += _weighed_shift(chain, other, -step)
        change += _weighed_shift(chain, near, -step)
        if not accepts(change, rng):
            _shift(chain, gain, -step)
            _shift(chain, other, step)
            _shift(chain, near, step)


@inlined
def _move_cells(chain: Chain, front: int, rng: Rng) -> None:
    """Move every cell of a front alone, with its neighbour, and with one near by or anywhere."""
    layout, state = chain.layout, chain.state
    for week in range(layout.front_weeks[front], layout.front_weeks[front + 1]):
        chain.log_odds[week] = _log_odds(state.log_intensity[week], state.parameter[front, LOG_SIZE])
    first, end = layout.front_cells[front], layout.front_cells[front + 1]
    for cell in range(first, end):
        _move_cell(chain, cell, rng)
        for transfer in range(TRANSFERS):
            where = rng.random() if transfer else 0.0
            if where == 0:
                other = cell + 1
            elif where < 1 / 2:
                other = cell + int(2 * where * (2 * NEAR + 1)) - NEAR
            else:
                other = first + int((2 * where - 1) * (end - first))
            if first <= other < end and other != cell:
                _move_pair(chain, cell, other, rng)
        if cell % 2:
            _move_three(chain, front, rng)


@inlined
def _move_ratio(chain: Chain, front: int, rng: Rng) -> None:
    """Draw a front's ratio of secondary counts to attacks given all else."""
    layout, state, weight = chain.layout, chain.state, chain.ratio_weight
    old = state.ratio[front]
    for i in range(weight.size):
        weight[i] = layout.ratio_log_prior[i]
        for reading in range(layout.ratio_front.size):
            if layout.ratio_front[reading] == front:
                weight[i] += chain.power * layout.table[state.place[reading] + (i - old) * layout.stride[reading]]
    state.ratio[front] = _pick(weight, rng)
    for reading in range(layout.ratio_front.size):
        if layout.ratio_front[reading] == front:
            state.place[reading] += (state.ratio[front] - old) * layout.stride[reading]


@inlined
def _readings_log_likelihood(chain: Chain) -> float:
    """Return the log likelihood of all readings at the current totals."""
    layout, state = chain.layout, chain.state
    likelihood = 0.0
    for reading in range(state.place.size):
        front, place = layout.ratio_front[reading], state.place[reading]
        start = layout.table_start[reading] + (state.ratio[front] * layout.stride[reading] if front >= 0 else 0)
        if place - start >= layout.stride[reading] - REACH:
            return IMPOSSIBLE  # beyond the ceiling
        likelihood += layout.table[place]
    return chain.power * likelihood


@inlined
def _draw_count(binomial: Array, log_odds: float, size: float, ceiling: int, rng: Rng) -> int:
    """Return a negative-binomial count by inversion, cut off at the ceiling."""
    left = rng.random()
    offset = size * math.log1p(-math.exp(log_odds)) - binomial[REACH]
    for count in range(ceiling):
        left -= math.exp(offset + binomial[REACH + count] + count * log_odds)
        if left < 0:
            return count
    return ceiling


@inlined
def _redraw(chain: Chain, front: Front, number: int, likelihood: float, rng: Rng) -> float:
    """Shift the log intensities of a few weeks and draw their counts again: where totals are weak, such moves pass.

    Takes and returns the log likelihood of the readings, so that it is summed up once a move.
    """
    layout, state, weeks = chain.layout, chain.state, front.week_total.size
    start = int(rng.random() * weeks)
    stop = min(start + random_length(1, REDRAWN_WEEKS, rng), weeks)
    shift, end = 0.5 * standard_normal(rng), min(stop + 1, weeks)
    change = -steps_log_density(front, start, end)
    add(front.log_intensity, start, stop, shift)
    first = layout.front_weeks[number]
    cells = range(layout.week_cells[first + start], layout.week_cells[first + stop])
    for cell in cells:
        chain.old_count[cell] = state.counts[cell]
        days = layout.cell_days[cell]
        odds = _log_odds(state.log_intensity[layout.cell_week[cell]], front.parameter[LOG_SIZE])
        size = days * math.exp(front.parameter[LOG_SIZE])
        count = _draw_count(front.binomial[days], odds, size, days * front.day_ceiling, rng)
        _shift(chain, cell, count - state.counts[cell])
    new_likelihood = _readings_log_likelihood(chain)
    if accepts(change + steps_log_density(front, start, end) + new_likelihood - likelihood, rng):
        return new_likelihood
    add(front.log_intensity, start, stop, -shift)
    for cell in cells:
        _shift(chain, cell, chain.old_count[cell] - state.counts[cell])
    return likelihood
