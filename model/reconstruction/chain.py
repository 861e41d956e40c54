"""Where a chain of the sampler of daily counts stands, and what it reads: flat arrays for compiled code.

Invariant: `State.place` and `State.week_total` follow from the sums of `State.counts`; who moves a count moves them.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.model.numba_kernels import checksum_of, kernel_of

type Integers = NDArray[np.int64]
type Rng = np.random.Generator

REACH = 16  # values that one move weighs against each other
IMPOSSIBLE = -1e9  # a log weight that is never drawn
LEVEL, LOG_SIGMA, LOG_SIZE = 0, 1, 2  # places in `parameter`

kernel = kernel_of(checksum_of(*Path(__file__).parent.glob("*.py")))


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

    counts: Integers  # (cell,)
    place: Integers  # (reading,) of its current total and ratio in the table
    week_total: Integers  # (week,)
    log_intensity: Array  # (week,)
    parameter: Array  # (front, [level, log sigma, log size])
    ratio: Integers  # (front,) place on the ratio grid
    binomial: Array  # (front, days, REACH + count): lgamma(count + days * size) - lgamma(count + 1)


class Prior(NamedTuple):
    """The beliefs of `EvidenceSpec` as numbers."""

    parameter: Array  # (front, [level, log sigma, log size], [mean, sd])
    persistence: float
    first_week_sd: float


class Chain(NamedTuple):
    """All that a sweep needs, and its buffers; the readings are raised to `power`."""

    layout: Layout
    state: State
    prior: Prior
    power: float
    weight: Array  # (REACH,)
    ratio_weight: Array  # (ratio,)
    log_odds: Array  # (week,)
    old_path: Array  # (week,)
    old_count: Integers  # (cell,)


class Record(NamedTuple):
    """The draws of one chain, each array (draw, ...) as in `State`."""

    counts: NDArray[np.int32]
    place: NDArray[np.int32]
    ratio: NDArray[np.int32]
    log_intensity: Array
    parameter: Array


class Front(NamedTuple):
    """One front's part of a chain: views by week, then by cell, then its parameters."""

    log_intensity: Array
    week_total: Integers
    week_days: Integers
    old_path: Array
    counts: Integers
    cell_days: Integers
    binomial: Array
    day_ceiling: int
    parameter: Array
    belief: Array  # of the parameters, ([level, log sigma, log size], [mean, sd])
    prior: Prior
