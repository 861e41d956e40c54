"""How the kernels see the flat vectors of the density: the sizes of a panel, its data, and the free variables.

The data begin with the sizes and with where each array begins, of the free variables and of the data themselves
(`model/density/layout.py`), so that one compiled function reads every panel.
"""

from typing import NamedTuple

import numpy as np

from lull.data.arrays import Array
from lull.model.numba_kernels import inner
from lull.model.regimes.emissions import Row


class Sizes(NamedTuple):
    """The shape of a panel, and which pieces of the model are in it."""

    series: int
    weeks: int  # real ones
    known: int  # up to the last week in which any series has a count
    modes: int  # 0 without a level
    covariates: int
    carried: int  # covariates
    tables: int  # of covariates: one of all series, or one a series
    pooled: int  # 1 or 0, as all that follow
    regimes: int
    aging: int  # duration dependence
    falling: int  # level-dependent halting
    exciting: int  # self-excitation
    sharing: int  # intercepts and modes are sampled less what pushes take of them


class Free(NamedTuple):
    """The free variables, or the derivatives by them. Without the piece of the model that it is of, one is empty."""

    series_offset: Array  # (parameter, series)
    population_offset: Row  # (parameter,)
    log_spread: Row  # (parameter,)
    push: Array  # (mechanism, covariate)
    log_half_life: Row  # (carried,)
    level_mode: Array  # (series, mode)
    intercept: Row  # (series,)
    self_excitation: Row  # (1,)
    log_leak: Row  # (1,)
    initial_logit: Row  # (series,)


class Given(NamedTuple):
    """What is observed and what is believed."""

    observed: Array  # (4, series, known): counts, below 0 where missing, log completeness, log silence, log last count
    basis: Array  # (series, known, mode)
    turned: Array  # the same, (series, mode, known): each loop runs along what lies side by side
    information: Array  # (series, mode)
    centre: Array  # (parameter, series): where an offset of 0 is
    scale: Row  # (parameter,): of the offsets of series, and of that of a population
    prior: Array  # (2, free): mean and sd of each free variable; infinite sd where pushes or sigma have a part in both
    intercept: Array  # (2, series): mean and sd of the intercepts, not of what is sampled of them
    rows: Row  # (carried,): which covariates are carried over
    impulses: Array  # (table, covariate, week)
    week_weight: Row  # (week,)
    constant: Row  # (1,): the logs of the constants of all priors
    week_information: Array  # (series, known): of the count on the log intensity
    mode_centre: Array  # (series, mode): the mean of each mode by that information
    intercept_weight: Array  # (series, week): of the mean by that information less the plain mean
    expected_push: Array  # (table, week): on the log intensity, as believed


HEADER = len(Sizes._fields) + len(Free._fields) + 1 + len(Given._fields) + 1  # sizes, and where each array begins
FREE_BOUNDS = len(Sizes._fields)
GIVEN_BOUNDS = FREE_BOUNDS + len(Free._fields) + 1


@inner
def sizes_of(data: Row) -> Sizes:
    """Return the sizes that the data begin with."""
    n = data[:FREE_BOUNDS].astype(np.int64)
    return Sizes(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12])


@inner
def _part(flat: Row, data: Row, bound: int) -> Row:
    """Return the array of a flat vector that begins where the data say at `bound`, as a view."""
    return flat[int(data[bound]) : int(data[bound + 1])]


@inner
def free_of(flat: Row, data: Row, n: Sizes) -> Free:
    """Return the free variables that lie in a flat vector, as views of it."""
    at = FREE_BOUNDS
    return Free(
        _part(flat, data, at).reshape(6, n.series),
        _part(flat, data, at + 1),
        _part(flat, data, at + 2),
        _part(flat, data, at + 3).reshape(3, n.covariates),
        _part(flat, data, at + 4),
        _part(flat, data, at + 5).reshape(n.series, n.modes),
        _part(flat, data, at + 6),
        _part(flat, data, at + 7),
        _part(flat, data, at + 8),
        _part(flat, data, at + 9),
    )


@inner
def given_of(data: Row, n: Sizes) -> Given:
    """Return what lies in the data, as views of them."""
    at = GIVEN_BOUNDS
    return Given(
        _part(data, data, at).reshape(4, n.series, n.known),
        _part(data, data, at + 1).reshape(n.series, n.known, n.modes),
        _part(data, data, at + 2).reshape(n.series, n.modes, n.known),
        _part(data, data, at + 3).reshape(n.series, n.modes),
        _part(data, data, at + 4).reshape(6, n.series),
        _part(data, data, at + 5),
        _part(data, data, at + 6).reshape(2, -1),
        _part(data, data, at + 7).reshape(2, n.series),
        _part(data, data, at + 8),
        _part(data, data, at + 9).reshape(n.tables, n.covariates, n.weeks),
        _part(data, data, at + 10),
        _part(data, data, at + 11),
        _part(data, data, at + 12).reshape(n.series, n.known),
        _part(data, data, at + 13).reshape(n.series, n.modes),
        _part(data, data, at + 14).reshape(n.series, n.weeks),
        _part(data, data, at + 15).reshape(n.tables, n.weeks),
    )
