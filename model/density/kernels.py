"""The loops of the log density of the model and of its gradient, for a panel of any shape and any choice of a spec.

`model/fitting/build.py` states the same density in PyMC, and the tests hold the two together to the last digits; what
is here is for speed. PyTensor's graph of it takes half a minute to compile, and again for each new shape of the data;
this is compiled once for all of them.

The vectors are flat, `model/density/layout.py` lays them out. The gradient goes backwards through the equations of the
value (reverse mode, written out); those of the regimes come by Fisher's identity (`model/regimes/kernels.py`).
"""

import math
from typing import NamedTuple

import numpy as np

from lull.data.arrays import Array
from lull.model.density import pushes, shares, views
from lull.model.density.pushes import push_slopes, push_values
from lull.model.density.shares import taken_off, taken_off_slopes
from lull.model.density.views import Free, Given, Sizes, free_of, given_of, sizes_of
from lull.model.numba_kernels import checksum_of, inner
from lull.model.regimes import emissions, kernels
from lull.model.regimes.emissions import Row, emission_slopes
from lull.model.regimes.kernels import Buffers, backward, empty_buffers, read

SURELY = 30.0  # a logit that leaves no doubt, for a model without regimes
SIZE, SIGMA, HALT, FALL, RESUMPTION, AGING = range(6)  # the parameters by series, in the order of `BY_SERIES`
SOURCE = checksum_of(__file__, views.__file__, pushes.__file__, shares.__file__, kernels.__file__, emissions.__file__)


class Pushes(NamedTuple):
    """The pushes on the mechanisms, and the derivatives by them: each (table, week)."""

    intensity: Array
    halt: Array
    resumption: Array


class Weekly(NamedTuple):
    """Working space of one series, each (known week,)."""

    level: Row
    log_intensity: Row
    halt: Row
    resumption: Row
    by_intensity: Row
    by_halt: Row
    by_resumption: Row
    p_active: Row


@inner
def _priors(point: Row, prior: Array, by: Row) -> float:
    """Return the log density of the priors without their constants; fill the derivatives. They are all normal."""
    total = 0.0
    for at in range(point.size):
        z = (point[at] - prior[0, at]) / prior[1, at]
        by[at] = -z / prior[1, at]
        total -= 0.5 * z * z
    return total


@inner
def _by_series(at: Free, given: Given) -> Array:
    """Return the parameters that vary by series, (parameter, series)."""
    values = np.empty(at.series_offset.shape)
    pooled = at.population_offset.size > 0
    for parameter in range(6):
        shared = at.population_offset[parameter] if pooled else 0.0
        spread = math.exp(at.log_spread[parameter]) if pooled else 1.0
        for series in range(values.shape[1]):
            offset = shared + spread * at.series_offset[parameter, series]
            values[parameter, series] = given.centre[parameter, series] + given.scale[parameter] * offset
    return values


@inner
def _by_offsets(at: Free, given: Given, by_values: Array, by: Free) -> None:
    """Add the derivatives by the offsets, given those by the parameters that vary by series."""
    pooled = at.population_offset.size > 0
    for parameter in range(6):
        spread = math.exp(at.log_spread[parameter]) if pooled else 1.0
        for series in range(by_values.shape[1]):
            slope = given.scale[parameter] * by_values[parameter, series]
            by.series_offset[parameter, series] += slope * spread
            if pooled:
                by.population_offset[parameter] += slope
                by.log_spread[parameter] += slope * spread * at.series_offset[parameter, series]


@inner
def _level(log_sigma: float, mode: Row, information: Row, turned: Array, level: Row) -> None:
    """Fill the level of the weeks."""
    sigma = math.exp(log_sigma)
    for week in range(level.size):
        level[week] = 0.0
    for at in range(mode.size):
        factor = sigma * mode[at] / math.sqrt(1.0 + information[at] * sigma * sigma)
        for week in range(level.size):
            level[week] += factor * turned[at, week]


@inner
def _level_slopes(  # noqa: PLR0917 - numba calls by position
    log_sigma: float, mode: Row, information: Row, basis: Array, by_level: Row, by_mode: Row
) -> tuple[float, float]:
    """Return the log density of the modes and the derivative of all by log sigma; fill those by the modes.

    `level_mode` has the sd `scale = sqrt(1 + information sigma^2)`; the level is sigma * basis * level_mode / scale.
    """
    sigma = math.exp(log_sigma)
    for at in range(mode.size):
        by_mode[at] = 0.0
    for week in range(by_level.size):
        for at in range(mode.size):
            by_mode[at] += by_level[week] * basis[week, at]
    value, by_sigma = 0.0, 0.0
    for at in range(mode.size):
        gained = information[at] * sigma * sigma
        variance = 1.0 + gained
        scale = math.sqrt(variance)
        z, slope = mode[at] / scale, by_mode[at] * sigma / scale
        value -= 0.5 * z * z + math.log(scale)
        # d log(sigma / scale) / d log sigma = 1 / variance; d log(scale) / d log sigma = gained / variance.
        by_sigma += (slope * mode[at] + gained * (z * z - 1.0)) / variance
        by_mode[at] = slope - z / scale
    return value, by_sigma


@inner
def _hazards(  # noqa: PLR0917 - as above
    n: Sizes, value: Row, pushed: Pushes, table: int, given: Given, series: int, of: Weekly
) -> None:
    """Fill the halt and resumption logits of the step into each week."""
    if not n.regimes:
        value[HALT], value[FALL], value[RESUMPTION] = -SURELY, 0.0, SURELY
    for week in range(n.known):
        before = max(week - 1, 0)  # the first week, which no step reaches
        of.halt[week] = value[HALT] - value[FALL] * of.log_intensity[before]
        of.resumption[week] = value[RESUMPTION] - value[AGING] * given.observed[2, series, week]
    if n.regimes:
        for week in range(n.known):
            of.halt[week] += pushed.halt[table, week]
            of.resumption[week] += pushed.resumption[table, week]


@inner
def _empty_weekly(weeks: int) -> Weekly:
    """Return working space, all zero."""
    r = np.zeros((8, weeks))
    return Weekly(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7])


@inner
def _series(  # noqa: PLR0917 - as above
    s: int,
    n: Sizes,
    at: Free,
    given: Given,
    pushed: Pushes,
    values: Array,
    of: Weekly,
    buffers: Buffers,
    by: Free,
    by_pushed: Pushes,
    by_values: Array,
) -> float:
    """Return the log density of one series' intercept, modes and counts; add the derivatives."""
    table = s if n.tables > 1 else 0
    value = np.empty(6)
    for parameter in range(6):
        value[parameter] = values[parameter, s]
    value[FALL] = math.exp(value[FALL]) if n.falling else 0.0
    value[AGING] = math.exp(value[AGING]) if n.aging else 0.0
    gamma = at.self_excitation[0] if n.exciting else 0.0

    mean, share, mode = 0.0, np.zeros(n.modes), np.empty(n.modes)
    for week in range(n.weeks):
        mean += given.week_weight[week] * pushed.intensity[table, week]
    intercept = at.intercept[s] - taken_off(
        s, n, value[SIGMA], at.level_mode[s], given, pushed.intensity[table], given.expected_push[table], share, mode
    )
    _level(value[SIGMA], mode, given.information[s], given.turned[s], of.level)
    for week in range(n.known):
        base = intercept - mean + pushed.intensity[table, week] + of.level[week]
        of.log_intensity[week] = base + gamma * given.observed[3, s, week]
    _hazards(n, value, pushed, table, given, s, of)

    leak, initial = at.log_leak[0], at.initial_logit[s] if n.regimes else SURELY
    count, log_completeness = given.observed[0, s], given.observed[1, s]
    total = read(count, of.log_intensity, value[SIZE], of.halt, of.resumption, leak, initial, log_completeness, buffers)
    by_initial = backward(initial, buffers, of.p_active, of.by_halt, of.by_resumption)
    by_size, by_leak = emission_slopes(value[SIZE], leak, buffers.emission, of.p_active, of.by_intensity)

    # From the last equation to the first. No step reaches the first week: its logits have no derivative.
    by_halt, by_fall, by_resumption, by_aging = 0.0, 0.0, 0.0, 0.0
    for week in range(1, n.known):
        by_halt += of.by_halt[week]
        by_fall -= of.by_halt[week] * of.log_intensity[week - 1]
        by_resumption += of.by_resumption[week]
        by_aging -= of.by_resumption[week] * given.observed[2, s, week]
    for week in range(1, n.known):
        of.by_intensity[week - 1] -= value[FALL] * of.by_halt[week]
    by_all, by_gamma = 0.0, 0.0
    for week in range(n.known):
        by_all += of.by_intensity[week]
        by_gamma += of.by_intensity[week] * given.observed[3, s, week]
    by_values[SIZE, s] = by_size
    by_values[AGING, s] = by_aging * value[AGING]
    if n.regimes:
        by_values[HALT, s], by_values[RESUMPTION, s] = by_halt, by_resumption
        by_values[FALL, s] = by_fall * value[FALL]
        by.initial_logit[s] += by_initial
    z = (intercept - given.intercept[0, s]) / given.intercept[1, s]
    by_intercept = by_all - z / given.intercept[1, s]
    more, by_sigma = _level_slopes(
        value[SIGMA], mode, given.information[s], given.basis[s], of.by_intensity, by.level_mode[s]
    )
    total += more - 0.5 * z * z
    by_values[SIGMA, s] = by_sigma + taken_off_slopes(
        s, n, value[SIGMA], given, share, mode, -by_intercept, by.level_mode[s], by_pushed.intensity[table]
    )
    if n.exciting:
        by.self_excitation[0] += by_gamma
    by.log_leak[0] += by_leak
    by.intercept[s] = by_intercept
    _add_to_pushes(n, table, given, of, by_all, by_pushed)
    return total


@inner
def _add_to_pushes(  # noqa: PLR0917 - as above
    n: Sizes, table: int, given: Given, of: Weekly, by_all: float, by: Pushes
) -> None:
    """Add the derivatives by the pushes; the intercept is sampled at their mean."""
    for week in range(n.weeks):
        by.intensity[table, week] -= given.week_weight[week] * by_all
    for week in range(n.known):
        by.intensity[table, week] += of.by_intensity[week]
    if n.regimes:
        for week in range(1, n.known):
            by.halt[table, week] += of.by_halt[week]
            by.resumption[table, week] += of.by_resumption[week]


@inner
def log_density(data: Row, point: Row, gradient: Row) -> float:
    """Return the log density at a point; fill its gradient."""
    n = sizes_of(data)
    given, at, by = given_of(data, n), free_of(point, data, n), free_of(gradient, data, n)
    total = given.constant[0] + _priors(point, given.prior, gradient)
    values, by_values = _by_series(at, given), np.zeros((6, n.series))
    rows, keep = given.rows.astype(np.int64), np.empty(n.carried)
    for row in range(n.carried):
        keep[row] = 2.0 ** (-1.0 / math.exp(at.log_half_life[row]))
    intensity, halt, resumption, carried, slope = push_values(given.impulses, keep, at.push, rows)
    pushed = Pushes(intensity, halt, resumption)
    none = np.zeros((3, n.tables, n.weeks))
    by_pushed = Pushes(none[0], none[1], none[2])
    of, buffers = _empty_weekly(n.known), empty_buffers(n.known)
    for s in range(n.series):
        total += _series(s, n, at, given, pushed, values, of, buffers, by, by_pushed, by_values)
    _by_offsets(at, given, by_values, by)
    by_push, by_keep = push_slopes(
        by_pushed.intensity, by_pushed.halt, by_pushed.resumption, at.push, carried, slope, rows
    )
    for mechanism in range(3):
        for covariate in range(n.covariates):
            by.push[mechanism, covariate] += by_push[mechanism, covariate]
    for row in range(n.carried):
        by.log_half_life[row] += by_keep[row] * keep[row] * math.log(2.0) / math.exp(at.log_half_life[row])
    return total
