"""The two regimes summed exactly: likelihood, filter, smoother, sampled paths, and the chance of an all-zero future.

One forward and one backward pass carry every quantity here, and each pass is rescaled before it can underflow.
Messages are plain probabilities, never their logarithms, so that gradients stay finite on thousands of weeks. A
missing week (NaN) says nothing: its emission is 1 in both regimes. Hazards keep their complement to full relative
precision and are held within `expit(-+MAX_LOGIT)`.

Names of every kernel: `count`, `log_intensity`, `halt_logit`, `resumption_logit` have a week dim, and entry t of a
logit governs the step from week t-1 to t (entry 0 is not used); `log_concentration` and `initial_logit` have one
value a series, `log_leak` one a draw.

Source of the recursions: L. Rabiner, "A tutorial on hidden Markov models", Proc. IEEE 77 (1989), with gradients by
Fisher's identity (the smoothed mean of the complete-data score).
"""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

type Array = NDArray[np.float64]
type Row = Array  # one series, (week,)

MAX_LOGIT = 180.0  # weekly hazards below 1e-78 mean nothing, and messages keep room above the smallest double
MAX_LOG = 300.0  # of concentration and leak
LEAST = 1e-60  # messages are rescaled when they fall below
STIRLING_FROM = 16.0  # from here four terms of Stirling's series are exact to 1e-14
SLOTS = 256  # distinct counts of a series that are remembered at once
SMALL = 20_000  # cells below which a second thread costs more than it brings

kernel: Any = njit(cache=True, nogil=True, error_model="numpy")


@kernel
def _complements(logit: float) -> tuple[float, float]:
    """Return expit(logit) and 1 - expit(logit), both to full relative precision."""
    small = math.exp(-min(abs(logit), MAX_LOGIT))
    large = 1.0 / (1.0 + small)
    return (large, small * large) if logit > 0 else (small * large, large)


@kernel
def _log_combinations(count: float, concentration: float) -> tuple[float, float]:
    """Return log(G(count + r) / (G(r) count!)) and digamma(count + r) - digamma(r), r the concentration.

    Below `STIRLING_FROM` the rising factorial is multiplied out; above, the difference of Stirling's series is taken
    term by term, which stays exact where the two log gammas would cancel.
    """
    product, digamma, base, left = 1.0, 0.0, concentration, count
    while left > 0 and base < STIRLING_FROM:
        product *= base
        digamma += 1.0 / base
        base += 1.0
        left -= 1.0
    total = math.log(product) - math.lgamma(count + 1.0)
    if left == 0:
        return total, digamma
    top, growth = base + left, math.log1p(left / base)
    total += (base - 0.5) * growth + left * (math.log(top) - 1.0) + _stirling(top) - _stirling(base)
    return total, digamma + growth + _digamma_tail(top) - _digamma_tail(base)


@kernel
def _stirling(x: float) -> float:
    """Return log G(x) - ((x - 1/2) log x - x + log(2 pi) / 2)."""
    inverse = 1.0 / x
    square = inverse * inverse
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))


@kernel
def _digamma_tail(x: float) -> float:
    """Return digamma(x) - log x."""
    inverse = 1.0 / x
    square = inverse * inverse
    return -0.5 * inverse - square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))


@kernel
def _emissions(
    count: Row,
    log_intensity: Row,
    log_concentration: float,
    log_leak: float,
    emission: Array,
    slope: Array,
) -> float:
    """Return the log of what was divided out of `emission`, which becomes P(count | regime) with the larger one 1.

    `emission` (active | halted, week); `slope` (3, week) becomes the derivatives of log P(count | active) by log
    intensity and by log concentration, and of log P(count | halted) by log leak.
    """
    log_size, log_leak = min(max(log_concentration, -MAX_LOG), MAX_LOG), min(max(log_leak, -MAX_LOG), MAX_LOG)
    size, leak, taken = math.exp(log_size), math.exp(log_leak), 0.0
    known, memory = np.full(SLOTS, -1.0), np.empty((SLOTS, 2))
    for week in range(count.size):
        seen = count[week]
        if math.isnan(seen):
            emission[:, week] = 1.0
            slope[:, week] = 0.0
            continue
        slot = int(seen) % SLOTS
        if known[slot] != seen:
            known[slot] = seen
            memory[slot, 0], memory[slot, 1] = _log_combinations(seen, size)
        odds = log_intensity[week] - log_size  # log odds that the next event of the urn is an attack
        small = math.exp(-abs(odds))
        softplus = max(odds, 0.0) + math.log1p(small)
        share = (1.0 if odds > 0 else small) / (1.0 + small)
        active = memory[slot, 0] + seen * (odds - softplus) - size * softplus
        halted = seen * log_leak - leak - math.lgamma(seen + 1.0)
        taken += max(active, halted)
        faint = math.exp(-abs(active - halted))
        emission[0, week] = 1.0 if active > halted else faint
        emission[1, week] = faint if active > halted else 1.0
        slope[0, week] = seen * (1.0 - share) - size * share
        slope[1, week] = size * (memory[slot, 1] - softplus) - slope[0, week]
        slope[2, week] = seen - leak
    return taken


@kernel
def _hazards(halt_logit: Row, resumption_logit: Row, hazard: Array) -> None:
    """Fill `hazard` (4, week): P(halt), P(go on), P(resume), P(rest) of the step into each week."""
    for week in range(1, halt_logit.size):
        hazard[0, week], hazard[1, week] = _complements(halt_logit[week])
        hazard[2, week], hazard[3, week] = _complements(resumption_logit[week])


@kernel
def _forward(initial_logit: float, emission: Array, hazard: Array, message: Array) -> float:
    """Return log P(all counts) less what `emission` had taken out; `message` (2, week) becomes the forward messages.

    P(active | counts up to a week) is the share of the active message.
    """
    active, halted = _complements(initial_logit)
    total = 0.0
    for week in range(emission.shape[1]):
        if week > 0:
            onward, back = active * hazard[1, week], halted * hazard[2, week]
            halted = active * hazard[0, week] + halted * hazard[3, week]
            active = onward + back
        active *= emission[0, week]
        halted *= emission[1, week]
        if active + halted < LEAST:
            scale = active + halted
            total += math.log(scale)
            active /= scale
            halted /= scale
        message[0, week], message[1, week] = active, halted
    return total + math.log(active + halted)


@kernel
def _series_gradient(
    initial_logit: float,
    emission: Array,
    hazard: Array,
    message: Array,
    slope: Array,
    by_halt: Row,
    by_resumption: Row,
) -> tuple[float, float, float]:
    """Return the derivatives of the log likelihood by log concentration, log leak and initial logit.

    The backward pass. The derivatives by log intensity replace `slope[0]`; those by the logits fill `by_halt` and
    `by_resumption`.
    """
    by_concentration, by_leak = 0.0, 0.0
    beta_active, beta_halted = 1.0, 1.0
    for week in range(emission.shape[1] - 1, -1, -1):
        active, halted = message[0, week] * beta_active, message[1, week] * beta_halted
        scale = 1.0 / (active + halted)
        active, halted = active * scale, halted * scale
        slope[0, week] *= active
        by_concentration += slope[1, week] * active
        by_leak += slope[2, week] * halted
        ahead_active, ahead_halted = emission[0, week] * beta_active, emission[1, week] * beta_halted
        if week == 0:
            break
        halt, onward, resume, rest = hazard[0, week], hazard[1, week], hazard[2, week], hazard[3, week]
        beta_active = onward * ahead_active + halt * ahead_halted
        beta_halted = resume * ahead_active + rest * ahead_halted
        before_active, before_halted = message[0, week - 1], message[1, week - 1]
        gain = (ahead_active - ahead_halted) / (before_active * beta_active + before_halted * beta_halted)
        by_halt[week] = -before_active * halt * onward * gain
        by_resumption[week] = before_halted * resume * rest * gain
        if max(beta_active, beta_halted) < LEAST:
            scale = 1.0 / max(beta_active, beta_halted)
            beta_active *= scale
            beta_halted *= scale
    p_active, p_halted = _complements(initial_logit)
    by_initial = (
        p_active * p_halted * (ahead_active - ahead_halted) / (p_active * ahead_active + p_halted * ahead_halted)
    )
    return by_concentration, by_leak, by_initial


@kernel
def loglik_and_gradients(
    count: Array,
    log_intensity: Array,
    log_concentration: Row,
    halt_logit: Array,
    resumption_logit: Array,
    log_leak: float,
    initial_logit: Row,
) -> tuple[Array, Array, Array, Array, Array, Array, Array]:
    """Return the log likelihood of each series (series,) and its derivatives by each parameter, in one pass.

    The derivatives come in the order of the arguments and in their shapes; that by `log_leak` has one value a series.
    Raises ValueError for shapes that do not agree: the loops would read beyond an array.
    """
    series, weeks = count.shape
    if not (log_intensity.shape == halt_logit.shape == resumption_logit.shape == count.shape):
        raise ValueError("log_intensity, halt_logit and resumption_logit must have the shape of count (series, week)")
    if not (log_concentration.size == initial_logit.size == series):
        raise ValueError("log_concentration and initial_logit must have one value a series")
    loglik, by_concentration = np.empty(series), np.empty(series)
    by_leak, by_initial = np.empty(series), np.empty(series)
    by_intensity = np.empty((series, weeks))
    by_halt, by_resumption = np.zeros((series, weeks)), np.zeros((series, weeks))
    emission, hazard = np.empty((2, weeks)), np.empty((4, weeks))
    message, slope = np.empty((2, weeks)), np.empty((3, weeks))
    for s in range(series):
        taken = _emissions(count[s], log_intensity[s], log_concentration[s], log_leak, emission, slope)
        _hazards(halt_logit[s], resumption_logit[s], hazard)
        loglik[s] = taken + _forward(initial_logit[s], emission, hazard, message)
        by_concentration[s], by_leak[s], by_initial[s] = _series_gradient(
            initial_logit[s], emission, hazard, message, slope, by_halt[s], by_resumption[s]
        )
        by_intensity[s] = slope[0]
    return loglik, by_intensity, by_concentration, by_halt, by_resumption, by_leak, by_initial


@kernel
def _filter(first: int, last: int, rows: tuple[Array, ...], loglik: Array, p_active: Array) -> None:
    """Fill `loglik` (draw, series) and `p_active` (draw, series, week) for the draws from `first` up to `last`."""
    emission, hazard, message, slope = _workspace(p_active.shape[2])
    for draw in range(first, last):
        for series in range(p_active.shape[1]):
            loglik[draw, series] = _messages(draw, series, rows, emission, hazard, message, slope)
            for week in range(p_active.shape[2]):
                p_active[draw, series, week] = message[0, week] / (message[0, week] + message[1, week])


@kernel
def _smooth(first: int, last: int, rows: tuple[Array, ...], p_active: Array) -> None:
    """Fill `p_active` (draw, series, week) given all counts, for the draws from `first` up to `last`."""
    weeks = p_active.shape[2]
    emission, hazard, message, slope = _workspace(weeks)
    for draw in range(first, last):
        for series in range(p_active.shape[1]):
            _messages(draw, series, rows, emission, hazard, message, slope)
            for week in range(weeks - 1, -1, -1):
                active, halted = message[0, week], message[1, week]
                if week < weeks - 1:
                    later = p_active[draw, series, week + 1]
                    onward, halt = active * hazard[1, week + 1], active * hazard[0, week + 1]
                    resume, rest = halted * hazard[2, week + 1], halted * hazard[3, week + 1]
                    active = onward / (onward + resume) * later + halt / (halt + rest) * (1.0 - later)
                    p_active[draw, series, week] = active
                else:
                    p_active[draw, series, week] = active / (active + halted)


@kernel
def _sample(first: int, last: int, rows: tuple[Array, ...], uniform: Array, path: NDArray[np.int8]) -> None:
    """Fill `path` (draw, series, week), 1 where active, for the draws from `first` up to `last`."""
    weeks = uniform.shape[2]
    emission, hazard, message, slope = _workspace(weeks)
    for draw in range(first, last):
        for series in range(uniform.shape[1]):
            _messages(draw, series, rows, emission, hazard, message, slope)
            for week in range(weeks - 1, -1, -1):
                active, halted = message[0, week], message[1, week]
                if week < weeks - 1:
                    later = path[draw, series, week + 1]
                    active *= hazard[1, week + 1] if later else hazard[0, week + 1]
                    halted *= hazard[2, week + 1] if later else hazard[3, week + 1]
                path[draw, series, week] = 1 if uniform[draw, series, week] * (active + halted) < active else 0


@kernel
def _workspace(weeks: int) -> tuple[Array, Array, Array, Array]:
    """Return room for the emissions, hazards, messages and slopes of one series."""
    return np.empty((2, weeks)), np.zeros((4, weeks)), np.empty((2, weeks)), np.empty((3, weeks))


@kernel
def _messages(
    draw: int, series: int, rows: tuple[Array, ...], emission: Array, hazard: Array, message: Array, slope: Array
) -> float:
    """Return the log likelihood of one series in one draw; its emissions, hazards and messages are filled in."""
    count, log_intensity, halt_logit, resumption_logit, log_concentration, initial_logit, log_leak = rows
    at = draw % count.shape[0]
    size, leak = log_concentration[draw, series, 0], log_leak[draw, 0, 0]
    taken = _emissions(count[at, series], log_intensity[draw, series], size, leak, emission, slope)
    _hazards(halt_logit[draw, series], resumption_logit[draw, series], hazard)
    return taken + _forward(initial_logit[draw, series, 0], emission, hazard, message)


@kernel
def _all_zero(
    first: int,
    last: int,
    p_active: Array,
    log_intensity: Array,
    concentration: Array,
    halt_logit: Array,
    resumption_logit: Array,
    leak: Row,
    probability: Array,
) -> None:
    """Fill `probability` (draw, series, horizon) for the draws from `first` up to `last`."""
    for draw in range(first, last):
        quiet = math.exp(-leak[draw])
        for series in range(probability.shape[1]):
            size = concentration[draw, series]
            active, halted = p_active[draw, series], 1.0 - p_active[draw, series]
            for week in range(probability.shape[2]):
                halt, onward = _complements(halt_logit[draw, series, week])
                resume, rest = _complements(resumption_logit[draw, series, week])
                silent = math.exp(-size * math.log1p(math.exp(log_intensity[draw, series, week]) / size))
                active, halted = active * onward + halted * resume, active * halt + halted * rest
                active, halted = active * silent, halted * quiet
                probability[draw, series, week] = active + halted


def filter_regimes(*arguments: ArrayLike) -> tuple[Array, Array]:
    """Return the log likelihood (..., series) and P(active | counts up to the week) (..., series, week).

    `arguments`: count, log_intensity, log_concentration, halt_logit, resumption_logit, log_leak, initial_logit as
    in the module's docstring. Leading dims (...) of any of them, draws say, broadcast.
    """
    shape, rows = _rows(*arguments)
    loglik, p_active = np.empty(_flat(shape)[:2]), np.empty(_flat(shape))
    _spread(_filter, p_active, rows, loglik, p_active)
    return loglik.reshape(shape[:-1]), p_active.reshape(shape)


def smooth_regimes(*arguments: ArrayLike) -> Array:
    """Return P(active | all counts), (..., series, week); arguments as for `filter_regimes`."""
    shape, rows = _rows(*arguments)
    p_active = np.empty(_flat(shape))
    _spread(_smooth, p_active, rows, p_active)
    return p_active.reshape(shape)


def sample_regimes(*arguments: ArrayLike, rng: np.random.Generator) -> NDArray[np.int8]:
    """Return one regime path of each draw given all counts, (..., series, week), 1 where active.

    Arguments as for `filter_regimes`. Backward sampling: the last week from the filter, each week before it given
    the one after.
    """
    shape, rows = _rows(*arguments)
    uniform, path = rng.random(_flat(shape)), np.empty(_flat(shape), dtype=np.int8)
    _spread(_sample, path, rows, uniform, path)
    return path.reshape(shape)


def all_zero_probability(
    p_active: ArrayLike,
    log_intensity: ArrayLike,
    concentration: ArrayLike,
    halt_logit: ArrayLike,
    resumption_logit: ArrayLike,
    leak: ArrayLike,
) -> Array:
    """Return P(no count above 0 in weeks 1..h) for each h, (..., series, horizon), exact given a draw.

    `p_active` (..., series) is P(active) at the origin; `log_intensity` and the logits (..., series, horizon) are
    those of the all-zero path, entry h-1 governing the step into week h; `concentration` (..., series); `leak`
    (...,) stray statements a week. Leading dims broadcast.
    """
    weekly = [np.asarray(value, dtype=float) for value in (log_intensity, halt_logit, resumption_logit)]
    by_series = [np.asarray(value, dtype=float)[..., None] for value in (p_active, concentration)]
    stray = np.asarray(leak, dtype=float)[..., None, None]
    shape = np.broadcast_shapes(*(value.shape for value in (*weekly, *by_series, stray)))
    intensity, halt, resumption = (_spread_out(value, shape) for value in weekly)
    active, size = (_spread_out(value, (*shape[:-1], 1))[:, :, 0].copy() for value in by_series)
    stray = _spread_out(stray, (*shape[:-2], 1, 1))[:, 0, 0].copy()
    probability = np.empty(_flat(shape))
    _spread(_all_zero, probability, active, intensity, size, halt, resumption, stray, probability)
    return probability.reshape(shape)


def silent_weeks(count: ArrayLike) -> Array:
    """Return the observed run of zero weeks up to and including each week, in the shape of `count` (..., week).

    A missing week neither lengthens nor ends a run.
    """
    counts = np.asarray(count, dtype=float)
    zeros = np.cumsum(counts == 0, axis=-1)
    before = np.maximum.accumulate(np.where(counts > 0, zeros, 0), axis=-1)
    return (zeros - before).astype(float)


def _rows(
    count: ArrayLike,
    log_intensity: ArrayLike,
    log_concentration: ArrayLike,
    halt_logit: ArrayLike,
    resumption_logit: ArrayLike,
    log_leak: ArrayLike,
    initial_logit: ArrayLike,
) -> tuple[tuple[int, ...], tuple[Array, ...]]:
    """Return the shape (..., series, week) and the arguments with their draws flattened, in the order of `_messages`."""
    weekly = [np.asarray(value, dtype=float) for value in (count, log_intensity, halt_logit, resumption_logit)]
    by_series = [np.asarray(value, dtype=float)[..., None] for value in (log_concentration, initial_logit)]
    leak = np.asarray(log_leak, dtype=float)[..., None, None]
    shape = np.broadcast_shapes(*(value.shape for value in (*weekly, *by_series, leak)))
    shared = shape[-2:] if weekly[0].ndim <= 2 else shape  # noqa: PLR2004 - counts without draws are not copied
    return shape, (
        _spread_out(weekly[0], shared),
        *(_spread_out(value, shape) for value in weekly[1:]),
        *(_spread_out(value, (*shape[:-1], 1)) for value in by_series),
        _spread_out(leak, (*shape[:-2], 1, 1)),
    )


def _flat(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return the shape with the leading dims as one."""
    return math.prod(shape[:-2]), shape[-2], shape[-1]


def _spread_out(values: Array, shape: tuple[int, ...]) -> Array:
    """Return values broadcast to `shape`, the leading dims as one."""
    return np.ascontiguousarray(np.broadcast_to(values, shape)).reshape(_flat(shape))


def _spread(fill: Callable[..., None], cells: NDArray[Any], *arguments: Any) -> None:
    """Run a kernel over all draws of `cells` (draw, series, week), in as many threads as there are processors.

    Threads of Python, because the kernels let go of its lock: numba's own pool may not be entered twice at a time.
    """
    draws = cells.shape[0]
    threads = min(os.process_cpu_count() or 1, draws, 1 + cells.size // SMALL)
    if threads <= 1:
        fill(0, draws, *arguments)
        return
    edges = np.linspace(0, draws, threads + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(fill, *edge, *arguments) for edge in zip(edges[:-1], edges[1:], strict=True)]:
            done.result()
