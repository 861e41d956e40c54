"""Draws of the daily counts given the readings: chains of sweeps, their burn-in, and the days behind the cells.

Invariant: the draws depend on the readings and the seed alone, not on the number of threads or on what else runs.

A day's count is negative binomial with mean exp(log intensity of its week) / 7 and the front's size; the log
intensity is AR(1) about the front's level with Student-t(4) innovations. Reasons: `docs/reconstruction.md`.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.reports import ALL_FRONTS
from lull.model.reconstruction.chain import (
    LEVEL,
    LOG_SIZE,
    REACH,
    Chain,
    Integers,
    Layout,
    Prior,
    Record,
    Rng,
    State,
    kernel,
)
from lull.model.reconstruction.gibbs import run
from lull.model.reconstruction.intensity_moves import fill_binomial
from lull.model.reconstruction.report_likelihood import EvidenceSpec
from lull.model.reconstruction.windows import Windows

type Counts = NDArray[np.int32]
type Progress = Callable[[str, int, int], None]
"""Called with (step, done, total) as the work goes on; may raise to stop it."""

STEP = "reconstruct the weekly counts"
KEPT_BLOCKS = 8
DAYS = 7


@dataclass(frozen=True)
class SweepConfig:
    """How long the sampler runs: `keep` draws a chain, `thin` sweeps apart, after `burn_in` sweeps.

    Chains start without attacks, or at the paces that are reported.
    """

    chains: int = 4
    burn_in: int = 300
    keep: int = 800
    thin: int = 2
    at_pace: bool = False


@dataclass(frozen=True)
class Draws:
    """The posterior draws, arrays (chain, draw, ...).

    `total` (..., reading) is the total of each reading's window, `ratio` (..., front) the place on the ratio grid,
    `daily` (..., front, day) the counts, NaN outside the front's span.
    """

    total: Counts
    ratio: Counts
    daily: NDArray[np.float32]


def sample(
    windows: Windows,
    *,
    spec: EvidenceSpec,
    config: SweepConfig,
    progress: Progress | None = None,
    seed: np.random.SeedSequence,
) -> Draws:
    """Return draws of the daily counts given the readings; the chains run in threads."""
    prior = _prior(windows, spec)
    chains = [
        _Sampler(windows, prior, np.random.default_rng(child), at_pace=config.at_pace)
        for child in seed.spawn(config.chains)
    ]
    blocks = _blocks(config)
    with ThreadPoolExecutor(config.chains) as pool:
        for done, (keep, sweeps, power) in enumerate(blocks):
            if progress:
                progress(STEP, done, len(blocks))
            for running in [pool.submit(chain.run, keep, sweeps, power) for chain in chains]:
                running.result()
        finished = list(pool.map(_Sampler.finish, chains))
    if progress:
        progress(STEP, len(blocks), len(blocks))
    total, ratio, daily = zip(*finished, strict=True)
    return Draws(np.stack(total), np.stack(ratio), np.stack(daily))


def _prior(windows: Windows, spec: EvidenceSpec) -> Prior:
    """Return the beliefs about each front: its level is no more than an sd below the median pace of longer windows."""
    beliefs = np.tile([spec.log_level, spec.log_sigma, spec.log_size], (len(windows.fronts), 1, 1))
    for front, belief in zip(windows.fronts, beliefs, strict=True):
        used = [one for one in windows.readings if one.front == front and one.kind != "at_most" and not one.secondary]
        paces = [DAYS * one.count / one.days for one in used if one.days >= spec.total_days]
        mean, sd = belief[LEVEL]
        belief[LEVEL, 0] = max(mean, math.log(max(np.median(paces or [0]), 1.0)) - sd)
    return Prior(beliefs, spec.persistence, spec.first_week_sd)


def _blocks(config: SweepConfig) -> list[tuple[int, int, float]]:
    """Return the blocks of a run as (draws to keep, sweeps a draw, power of the readings): burn-in tempers them."""
    tempered = [(0, config.burn_in // 10, float(power)) for power in np.linspace(0.1, 1.0, 6)]
    rest = (0, config.burn_in - 6 * (config.burn_in // 10), 1.0)
    kept = [part.size for part in np.array_split(np.arange(config.keep), KEPT_BLOCKS) if part.size]
    return [*tempered, rest, *((keep, config.thin, 1.0) for keep in kept)]


class _Sampler:
    """One chain at work, and what it has recorded."""

    def __init__(self, windows: Windows, prior: Prior, rng: Rng, *, at_pace: bool) -> None:
        layout = windows.layout
        cells, weeks = layout.cell_front.size, layout.week_days.size
        buffers = (np.zeros(REACH), np.zeros(layout.ratio_log_prior.size), np.zeros(weeks), np.zeros(weeks))
        self.windows, self.rng = windows, rng
        start = _start(layout, prior, rng)
        if at_pace:
            _take_up_pace(start, windows, rng)
        self.chain = Chain(layout, start, prior, 1.0, *buffers, np.zeros(cells, int))
        self.records: list[Record] = []

    def run(self, keep: int, sweeps: int, power: float) -> None:
        """Run on for `keep` draws `sweeps` apart, or for `sweeps` when none are kept."""
        record = _record(self.windows.layout, max(keep, 1))
        run(self.chain._replace(power=power), record, sweeps, self.rng)
        if keep:
            self.records.append(record)

    def finish(self) -> tuple[Counts, Counts, NDArray[np.float32]]:
        """Return the totals, ratios and daily counts of the draws kept."""
        layout = self.windows.layout
        record = Record(*(np.concatenate(arrays) for arrays in zip(*self.records, strict=True)))
        row = np.where(layout.ratio_front < 0, 0, record.ratio[:, layout.ratio_front] * layout.stride)
        total = (record.place - layout.table_start - row).astype(np.int32)
        return total, record.ratio, _daily_counts(self.windows, record, self.rng)


def _record(layout: Layout, draws: int) -> Record:
    """Return an empty record."""
    fronts = layout.day_ceiling.size
    return Record(
        counts=np.zeros((draws, layout.cell_front.size), np.int32),
        place=np.zeros((draws, layout.stride.size), np.int32),
        ratio=np.zeros((draws, fronts), np.int32),
        log_intensity=np.zeros((draws, layout.week_days.size)),
        parameter=np.zeros((draws, fronts, 3)),
    )


def _start(layout: Layout, prior: Prior, rng: Rng) -> State:
    """Return where a chain starts: no attacks, and parameters drawn from their priors."""
    fronts, weeks = layout.day_ceiling.size, layout.week_days.size
    parameter = rng.normal(prior.parameter[..., 0], prior.parameter[..., 1])
    level = np.repeat(parameter[:, LEVEL], np.diff(layout.front_weeks))
    middle = layout.ratio_log_prior.size // 2
    binomial = np.zeros((fronts, DAYS + 1, REACH + DAYS * int(layout.day_ceiling.max()) + 1 + REACH))
    for front in range(fronts):
        fill_binomial(binomial[front], parameter[front, LOG_SIZE], layout.day_ceiling[front])
    return State(
        counts=np.zeros(layout.cell_front.size, int),
        place=layout.table_start + np.where(layout.ratio_front < 0, 0, middle * layout.stride),
        week_total=np.zeros(weeks, int),
        log_intensity=level + rng.normal(0, 0.5, weeks),
        parameter=parameter,
        ratio=np.full(fronts, middle),
        binomial=binomial,
    )


def _take_up_pace(start: State, windows: Windows, rng: Rng) -> None:
    """Give each cell about as many attacks as the shortest window that holds it reports of so many days."""
    layout, readings = windows.layout, windows.readings
    for cell, days in enumerate(layout.cell_days):
        linked = layout.link[layout.link_start[cell] : layout.link_start[cell + 1]]
        used = [readings[one] for one in linked if readings[one].kind != "at_most" and not readings[one].secondary]
        if used:
            nearest = min(used, key=lambda reading: reading.days)
            fronts = len(windows.fronts) if nearest.front == ALL_FRONTS else 1
            count = rng.poisson(nearest.count * days / (nearest.days * fronts))
            start.counts[cell] = count
            start.place[linked] += count
            start.week_total[layout.cell_week[cell]] += count
    pace = DAYS * start.week_total / np.maximum(layout.week_days, 1)
    start.log_intensity[:] = np.log(np.maximum(pace, 1.0)) + rng.normal(0, 0.5, pace.size)
    for front, weeks in enumerate(pairwise(layout.front_weeks)):
        start.parameter[front, LEVEL] = start.log_intensity[slice(*weeks)].mean()


def _daily_counts(windows: Windows, record: Record, rng: Rng) -> NDArray[np.float32]:
    """Return the counts by (draw, front, day): cells split into days, days in no reading drawn forward."""
    layout, draws = windows.layout, record.counts.shape[0]
    log_size = record.parameter[:, :, LOG_SIZE]
    cell = windows.cell.ravel()
    days = np.argsort(cell, kind="stable")[np.count_nonzero(cell < 0) :]
    days_start = np.cumsum([0, *layout.cell_days])
    flat = np.zeros((draws, cell.size), np.float32)
    _split(record.counts, days, days_start, log_size[:, layout.cell_front], flat, rng)
    daily = flat.reshape(draws, *windows.cell.shape)
    for front, day in np.argwhere(windows.free):
        mean = np.exp(record.log_intensity[:, windows.week[front, day]]) / DAYS
        size = np.exp(log_size[:, front])
        drawn = rng.negative_binomial(size, size / (size + mean))
        daily[:, front, day] = np.minimum(drawn, layout.day_ceiling[front])
    daily[:, windows.week < 0] = np.nan
    return daily


@kernel
def _split(  # noqa: PLR0917 - compiled code takes no keyword-only arguments
    count: Counts, days: Integers, days_start: Integers, log_size: Array, daily: NDArray[np.float32], rng: Rng
) -> None:
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
