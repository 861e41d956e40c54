"""Windows: what the readings say, as arrays that a sampler can look up.

The days of a front that one week and the same readings share are exchangeable, so they form one cell: a week's
negative-binomial days add up to a negative binomial again, and a cell can be split into days afterwards, exactly.
Days of hard zeros and days before the front's first report are in no cell.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from lull.data.arrays import Array
from lull.data.calendar import MONDAY, WEEK, week_of, weeks_of
from lull.data.reports import ALL_FRONTS
from lull.model.reconstruction.chain import IMPOSSIBLE, REACH, Layout
from lull.model.reconstruction.report_likelihood import EvidenceSpec, Reading, Readings

type Flags = NDArray[np.bool_]
type Integers = NDArray[np.int64]

RATIO_GRID = np.linspace(-1.0, 1.0, 41)  # log of secondary counts per attack


@dataclass(frozen=True)
class Windows:
    """The readings laid on the days, arrays (front, day).

    `cell` is the cell of a day, -1 for a day in none; `week` the index of its log intensity, -1 outside the front's
    span; `covered` says whether a reading of the front itself covers the day, `zero` whether it is a hard zero,
    `free` whether it lies in the span but in no reading. A span ends with the week of the last reading.
    """

    fronts: tuple[str, ...]
    readings: tuple[Reading, ...]
    days: NDArray[np.datetime64]
    cell: Integers
    week: Integers
    covered: Flags
    zero: Flags
    free: Flags
    layout: Layout


def lay_out(readings: Readings, *, spec: EvidenceSpec) -> Windows:
    """Return the readings laid on the days from the first window's start to the last one's end."""
    used, fronts = readings.used, readings.fronts
    last_week = week_of(max(reading.last for reading in used), MONDAY)
    days = np.arange(np.datetime64(min(reading.first for reading in used)), last_week + WEEK)
    own = np.array([[(reading.front == front) & _covers(reading, days) for front in fronts] for reading in used])
    begun = np.array([days >= _campaign_start(used, front) for front in fronts])
    zero = own[[reading.hard for reading in used]].any(axis=0)
    covered = own.any(axis=0) & (begun | zero)
    inside = (own | _of_all_fronts(used, days)) & begun
    seen = inside.any(axis=0)
    span = zero | (begun & _up_to_week_of_last(seen | zero, days))
    week, front_weeks = _week_indices(span, days)
    cell, links = _cells(inside & ~zero, week)
    ceiling, most = _ceilings(used, inside, cell >= 0, spec=spec)
    layout = _layout(
        cell,
        week,
        links,
        front_weeks=front_weeks,
        ceiling=ceiling,
        tables=[table_rows(reading, int(size), spec=spec) for reading, size in zip(used, most, strict=True)],
        ratio_front=np.array([fronts.index(reading.front) if reading.secondary else -1 for reading in used]),
        log_ratio=spec.log_ratio,
    )
    return Windows(fronts, used, days, cell, week, covered, zero, span & ~(seen | zero), layout)


def log_likelihood(reading: Reading, total: Array, *, spec: EvidenceSpec) -> Array:
    """Return the log likelihood of a reading at window totals: a normal core with a stray Cauchy share.

    `exact` is the mass within half a count; `at_least` and `at_most` are the one-sided versions; an `at_least` count
    with an overshoot falls behind the total by a Lomax amount of that scale (shape 1). A certain one falls steeply from
    its count on both sides, so that a sampler far off finds the way.
    """
    gap = np.asarray(total, float) - reading.count
    if reading.certain:
        return -spec.sum_penalty * np.abs(gap)
    scale = spec.stray_scale[0] + spec.stray_scale[1] * reading.count
    density = 1 / (np.pi * scale * (1 + (gap / scale) ** 2))
    above = 0.5 + np.arctan(gap / scale) / np.pi
    if reading.kind == "exact":
        core, stray = ndtr((gap + 0.5) / reading.error) - ndtr((gap - 0.5) / reading.error), density
    elif reading.kind == "at_most":
        core, stray = ndtr((0.5 - gap) / reading.error), 1 - above
    elif reading.overshoot:
        core, stray = _overshoot(gap + 0.5, reading), density
    else:
        core, stray = ndtr((gap + 0.5) / reading.error), above
    result: Array = np.log((1 - reading.stray) * core + reading.stray * stray)
    return result


def _overshoot(gap: Array, reading: Reading) -> Array:
    """Return the density of a gap that is normal noise plus a Lomax overshoot, by quadrature over the noise."""
    nodes = np.linspace(-3, 3, 61)
    weights = np.exp(-(nodes**2) / 2)
    unsaid = gap[:, None] - reading.error * nodes
    lomax = np.where(unsaid >= 0, (1 + np.maximum(unsaid, 0) / reading.overshoot) ** -2.0, 0.0)
    result: Array = lomax @ (weights / weights.sum()) / reading.overshoot
    return result


def table_rows(reading: Reading, ceiling: int, *, spec: EvidenceSpec) -> Array:
    """Return a reading's table, (ratio, total): one row for a primary reading, one per ratio for a secondary."""
    totals = np.arange(ceiling + 1.0)
    if reading.secondary:
        seen = np.exp(RATIO_GRID)[:, None] * totals
        grid = np.arange(seen.max() + 2)
        rows = np.interp(seen, grid, log_likelihood(reading, grid, spec=spec))
    else:
        rows = log_likelihood(reading, totals, spec=spec)[None]
    return np.pad(rows, ((0, 0), (REACH, REACH)), constant_values=IMPOSSIBLE)


def _covers(reading: Reading, days: NDArray[np.datetime64]) -> Flags:
    """Return which days lie in a reading's window, (day,)."""
    return (days >= np.datetime64(reading.first)) & (days <= np.datetime64(reading.last))


def _campaign_start(readings: tuple[Reading, ...], front: str) -> np.datetime64:
    """Return the day before which a front has no attacks.

    Running totals disagree about the beginning: of the windows that hold the first one to end with an attack, the
    median first day is taken (the earlier of two).
    """
    own = [reading for reading in readings if reading.front == front]
    shown = [reading for reading in own if reading.shows_attack] or own
    earliest = min(shown, key=lambda reading: (reading.last, reading.first))
    starts = sorted(r.first for r in shown if r.first <= earliest.first and earliest.last <= r.last)
    return np.datetime64(starts[(len(starts) - 1) // 2])


def _up_to_week_of_last(flags: Flags, days: NDArray[np.datetime64]) -> Flags:
    """Return which days lie before the end of the week of a front's last flagged day, (front, day)."""
    ends = [week_of(days[flagged][-1], MONDAY) + WEEK for flagged in flags]
    return np.array([days < end for end in ends])


def _of_all_fronts(readings: tuple[Reading, ...], days: NDArray[np.datetime64]) -> Flags:
    """Return which days lie in the window of a total of all fronts, (reading, 1, day)."""
    return np.array([[(reading.front == ALL_FRONTS) & _covers(reading, days)] for reading in readings])


def _ceilings(
    readings: tuple[Reading, ...], inside: Flags, counted: Flags, *, spec: EvidenceSpec
) -> tuple[Integers, Array]:
    """Return the most that a day of each front may hold, (front,), and the most that each reading's window may."""
    pace = np.array([reading.count / reading.days for reading in readings])
    fastest = np.max(inside * pace[:, None, None], axis=0)
    least, times = spec.day_ceiling
    ceiling = np.ceil(np.maximum(least, times * fastest.max(axis=1))).astype(int)
    least, times = spec.window_ceiling
    plausible = least + times * (inside * fastest).sum(axis=(1, 2))
    possible = (inside & counted).sum(axis=2) @ ceiling
    return ceiling, np.minimum(plausible, possible)


def _week_indices(span: Flags, days: NDArray[np.datetime64]) -> tuple[Integers, Integers]:
    """Return the index of the log intensity by (front, day), and where each front's weeks begin."""
    mondays = weeks_of(days, MONDAY)
    index = np.full(span.shape, -1)
    starts = [0]
    for front, inside in enumerate(span):
        first = mondays[inside][0]
        index[front] = np.where(inside, starts[-1] + (mondays - first) // WEEK, -1)
        starts.append(int(index[front].max()) + 1)
    return index, np.array(starts)


def _cells(inside: Flags, week: Integers) -> tuple[Integers, list[Integers]]:
    """Return the cell of each (front, day), numbered along the fronts and days, and the readings of each cell."""
    cell = np.full(week.shape, -1)
    known: dict[tuple[int, bytes], int] = {}
    links: list[Integers] = []
    for front, day in np.argwhere(inside.any(axis=0)):
        readings = np.flatnonzero(inside[:, front, day])
        key = (int(week[front, day]), readings.tobytes())
        if key not in known:
            known[key] = len(links)
            links.append(readings)
        cell[front, day] = known[key]
    return cell, links


def _layout(
    cell: Integers,
    week: Integers,
    links: list[Integers],
    *,
    front_weeks: Integers,
    ceiling: Integers,
    tables: list[Array],
    ratio_front: Integers,
    log_ratio: tuple[float, float],
) -> Layout:
    """Return the flat arrays of the sampler."""
    front, day = np.nonzero(cell >= 0)
    number, first = np.unique(cell[front, day], return_index=True)
    cell_front, cell_week = front[first], week[front, day][first]
    cell_days = np.bincount(cell[front, day], minlength=number.size)
    return Layout(
        cell_front=cell_front,
        cell_week=cell_week,
        cell_days=cell_days,
        day_ceiling=ceiling,
        link_start=_starts([link.size for link in links]),
        link=np.concatenate([np.zeros(0, dtype=int), *links]),
        table=np.concatenate([table.ravel() for table in tables]),
        table_start=REACH + _starts([table.size for table in tables])[:-1],
        stride=np.array([table.shape[1] for table in tables]),
        ratio_front=ratio_front,
        ratio_log_prior=-0.5 * ((RATIO_GRID - log_ratio[0]) / log_ratio[1]) ** 2,
        front_cells=np.searchsorted(cell_front, np.arange(ceiling.size + 1)),
        front_weeks=front_weeks,
        week_days=np.bincount(cell_week, cell_days, minlength=int(front_weeks[-1])).astype(int),
        week_cells=np.searchsorted(cell_week, np.arange(int(front_weeks[-1]) + 1)),
    )


def _starts(sizes: list[int]) -> Integers:
    """Return where each of consecutive blocks starts, and the end of the last."""
    return np.cumsum([0, *sizes])
