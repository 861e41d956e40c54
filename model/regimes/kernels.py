"""The loops over regimes: hazards, the forward and the backward pass, and what is read from them.

One forward and one backward pass carry every quantity, and each is scaled up before it can underflow: messages are
plain probabilities, never their logarithms, so that gradients stay finite on thousands of weeks. Hazards keep their
complement to full relative precision.

Sources: L. Rabiner, "A tutorial on hidden Markov models", Proc. IEEE 77 (1989); gradients by Fisher's identity (the
smoothed mean of the complete-data score).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.model.numba_kernels import checksum_of, inner, kernel_of
from lull.model.regimes import emissions
from lull.model.regimes.emissions import (
    Emissions,
    Row,
    complements,
    emission_slopes,
    empty_emissions,
    read_emissions,
)

LEAST, UPSCALE, LOG_LEAST = 1e-60, 1e60, -60 * math.log(10.0)  # messages below LEAST are scaled up
SOURCE = checksum_of(__file__, emissions.__file__)

entry = kernel_of(SOURCE)


class Terms(NamedTuple):
    """The likelihood's terms, in the order of every signature.

    `counts` (draw or 1, series, week), NaN or below 0 where missing; `log_intensity`, `halt_logit` and
    `resumption_logit` (draw, series, week), where entry t of a logit governs the step from week t-1 to t and entry 0
    is not used; `log_concentration` and `initial_logit` (draw, series); `log_leak` (draw,); `log_completeness`
    (series, week), at most 0, of the share of each week that has been counted.
    """

    counts: Array
    log_intensity: Array
    log_concentration: Array
    halt_logit: Array
    resumption_logit: Array
    log_leak: Array
    initial_logit: Array
    log_completeness: Array


class Regimes(NamedTuple):
    """What counts say of the regimes: `loglik` (draw, series), the others (draw, series, week); empty if not wanted."""

    loglik: Array
    filtered: Array  # P(active | counts up to the week)
    smoothed: Array  # P(active | all counts)
    path: NDArray[np.int8]  # 1 where active, drawn given all counts


class Buffers(NamedTuple):
    """Working space of one series, each (week,)."""

    emission: Emissions
    halt: Row  # hazards of the step into the week, and their complements
    onward: Row
    resume: Row
    rest: Row
    message_active: Row  # P(counts up to the week, regime), scaled
    message_halted: Row


@inner
def empty_buffers(weeks: int) -> Buffers:
    """Return working space that is not filled yet."""
    r = np.empty((6, weeks))
    return Buffers(empty_emissions(weeks), r[0], r[1], r[2], r[3], r[4], r[5])


@inner
def _hazards(logit: Row, leaving: Row, staying: Row) -> None:
    """Fill the weekly probabilities of leaving a regime and of staying."""
    for week in range(logit.size):
        leaving[week], staying[week] = complements(logit[week])


@inner
def _forward(initial_logit: float, buffers: Buffers) -> float:
    """Return the log of the total probability of the emissions; fill the forward messages.

    P(active | counts up to a week) is the active message's share of the two.
    """
    active, halted = complements(initial_logit)
    total = 0.0
    for week in range(buffers.halt.size):
        if week > 0:
            arriving = active * buffers.onward[week] + halted * buffers.resume[week]
            halted = active * buffers.halt[week] + halted * buffers.rest[week]
            active = arriving
        active *= buffers.emission.active[week]
        halted *= buffers.emission.halted[week]
        while active + halted < LEAST:
            active *= UPSCALE
            halted *= UPSCALE
            total += LOG_LEAST
        buffers.message_active[week], buffers.message_halted[week] = active, halted
    return total + math.log(active + halted)


@inner
def backward(initial_logit: float, buffers: Buffers, p_active: Row, by_halt: Row, by_resumption: Row) -> float:
    """Return the derivative by the initial logit; fill P(active | all counts) and the derivatives by the logits."""
    # beta = P(counts after the week | regime); p = alpha beta / sum(alpha beta). Fisher's identity: the slope of log P
    # by a hazard's logit is the smoothed mean of that of its log, with d log h = (1 - h) and d log(1 - h) = -h:
    # alpha_active h (1 - h) (ahead_halted - ahead_active) / P, and likewise for resuming. `per` is 1 / P, rescaled.
    last = buffers.halt.size - 1
    beta_active, beta_halted = 1.0, 1.0
    per = 1.0 / (buffers.message_active[last] + buffers.message_halted[last])
    for week in range(last, 0, -1):
        share = buffers.message_active[week] * beta_active * per
        p_active[week] = 1.0 if share > 1.0 else share  # noqa: FURB136 - min() would lose NaN
        ahead_active, ahead_halted = (
            buffers.emission.active[week] * beta_active,
            buffers.emission.halted[week] * beta_halted,
        )
        halt, onward, resume, rest = buffers.halt[week], buffers.onward[week], buffers.resume[week], buffers.rest[week]
        beta_active = onward * ahead_active + halt * ahead_halted
        beta_halted = resume * ahead_active + rest * ahead_halted
        active, halted = buffers.message_active[week - 1], buffers.message_halted[week - 1]
        per = 1.0 / (active * beta_active + halted * beta_halted)
        gain = (ahead_active - ahead_halted) * per
        by_halt[week] = -active * halt * onward * gain
        by_resumption[week] = halted * resume * rest * gain
        while beta_active + beta_halted < LEAST:
            beta_active *= UPSCALE
            beta_halted *= UPSCALE
            per *= LEAST
    share = buffers.message_active[0] * beta_active * per
    p_active[0] = 1.0 if share > 1.0 else share  # noqa: FURB136 - as above
    active, halted = complements(initial_logit)
    beta_active, beta_halted = beta_active * buffers.emission.active[0], beta_halted * buffers.emission.halted[0]
    return active * halted * (beta_active - beta_halted) / (active * beta_active + halted * beta_halted)


@inner
def read(  # noqa: PLR0917 - the order of `Terms`
    count: Row,
    log_intensity: Row,
    log_size: float,
    halt_logit: Row,
    resumption_logit: Row,
    log_leak: float,
    initial_logit: float,
    log_completeness: Row,
    buffers: Buffers,
) -> float:
    """Return the log likelihood of one series; fill its buffers."""
    taken = read_emissions(count, log_intensity, log_size, log_leak, log_completeness, buffers.emission)
    _hazards(halt_logit, buffers.halt, buffers.onward)
    _hazards(resumption_logit, buffers.resume, buffers.rest)
    return taken + _forward(initial_logit, buffers)


@inner
def _known_weeks(count: Array) -> int:
    """Return the number of weeks up to the last one in which any series (series, week) has a count, at least one."""
    for week in range(count.shape[1] - 1, 0, -1):
        for series in range(count.shape[0]):
            if count[series, week] >= 0:
                return week + 1
    return min(count.shape[1], 1)


@entry
def loglik_and_gradients(  # noqa: PLR0917 - the order of `Terms`
    count: Array,
    log_intensity: Array,
    log_concentration: Row,
    halt_logit: Array,
    resumption_logit: Array,
    log_leak: float,
    initial_logit: Row,
    log_completeness: Array,
) -> tuple[Array, Array, Array, Array, Array, Array, Array]:
    """Return the log likelihood (series,) and its derivatives by each argument between the data, of one draw.

    The derivatives have the shapes of the arguments, but that by `log_leak` has one value a series.
    Missing weeks at the end have no part in it, so the loops stop before them: of a padded panel they may be a third.
    Raises ValueError for shapes that do not agree: the loops would read beyond an array.
    """
    shape, weeks = count.shape, _known_weeks(count)
    if not (log_intensity.shape == halt_logit.shape == resumption_logit.shape == log_completeness.shape == shape):
        raise ValueError("log_intensity, the logits and log_completeness must have the shape of count (series, week)")
    if not (log_concentration.size == initial_logit.size == shape[0]):
        raise ValueError("log_concentration and initial_logit must have one value a series")
    totals = np.empty((4, shape[0]))
    loglik, by_size, by_leak, by_initial = totals[0], totals[1], totals[2], totals[3]
    by_intensity, by_halt, by_resumption = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    buffers, p_active = empty_buffers(weeks), np.empty(weeks)
    for s in range(shape[0]):
        size, initial = log_concentration[s], initial_logit[s]
        loglik[s] = read(
            count[s, :weeks],
            log_intensity[s, :weeks],
            size,
            halt_logit[s, :weeks],
            resumption_logit[s, :weeks],
            log_leak,
            initial,
            log_completeness[s, :weeks],
            buffers,
        )
        by_initial[s] = backward(initial, buffers, p_active, by_halt[s, :weeks], by_resumption[s, :weeks])
        by_size[s], by_leak[s] = emission_slopes(size, log_leak, buffers.emission, p_active, by_intensity[s, :weeks])
    return loglik, by_intensity, by_size, by_halt, by_resumption, by_leak, by_initial


@inner
def _fill_shares(active: Row, halted: Row, share: Row) -> None:
    """Fill the share of the first; a loop, as numba compiles the message of a failed slice assignment for seconds."""
    for week in range(share.size):
        share[week] = active[week] / (active[week] + halted[week])


@inner
def _draw_path(buffers: Buffers, uniform: Row, path: NDArray[np.int8]) -> None:
    """Fill a regime path given all counts: the last week from the filter, then each week given the one after it."""
    last = path.size - 1
    for week in range(last, -1, -1):
        active, halted = buffers.message_active[week], buffers.message_halted[week]
        if week < last:
            later = path[week + 1] == 1
            active *= buffers.onward[week + 1] if later else buffers.halt[week + 1]
            halted *= buffers.resume[week + 1] if later else buffers.rest[week + 1]
        path[week] = uniform[week] * (active + halted) < active


@entry
def fill_regimes(first: int, end: int, terms: Terms, uniform: Array, found: Regimes) -> None:
    """Fill what is wanted of the regimes for the draws from `first` up to `end`.

    `uniform` (draw, series, week) chooses the paths.
    """
    weeks = terms.log_intensity.shape[2]
    buffers, unused = empty_buffers(weeks), np.empty((2, weeks))
    for draw in range(first, end):
        for series in range(terms.log_intensity.shape[1]):
            found.loglik[draw, series] = read(
                terms.counts[draw % terms.counts.shape[0], series],
                terms.log_intensity[draw, series],
                terms.log_concentration[draw, series],
                terms.halt_logit[draw, series],
                terms.resumption_logit[draw, series],
                terms.log_leak[draw],
                terms.initial_logit[draw, series],
                terms.log_completeness[series],
                buffers,
            )
            if found.filtered.size:
                _fill_shares(buffers.message_active, buffers.message_halted, found.filtered[draw, series])
            if found.smoothed.size:
                initial_logit = terms.initial_logit[draw, series]
                backward(initial_logit, buffers, found.smoothed[draw, series], unused[0], unused[1])
            if found.path.size:
                _draw_path(buffers, uniform[draw, series], found.path[draw, series])
