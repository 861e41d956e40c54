"""Draws of the daily counts given the readings: chains of sweeps, their burn-in, and the days behind the cells.

Invariant: the draws depend on the readings and the seed alone, not on the number of threads or on what else runs.

A day's count is negative binomial with mean exp(log intensity of its week) / 7 and the front's size; the log
intensity is AR(1) about the front's level with Student-t(4) innovations. Reasons: `docs/reconstruction.md`.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.readings import EvidenceSpec
from model.sweeps import LEVEL, LOG_SIZE, REACH, Layout, Prior, Record, State, fill_binomial, run, split
from model.windows import Windows

type Progress = Callable[[str, int, int], None]

STEP = "reconstruct the weekly counts"
KEPT_BLOCKS = 8


@dataclass(frozen=True)
class SweepConfig:
    """How long the sampler runs: `keep` draws a chain, `thin` sweeps apart, after `burn_in` sweeps."""

    chains: int = 4
    burn_in: int = 600
    keep: int = 1000
    thin: int = 2


@dataclass(frozen=True)
class Draws:
    """The posterior draws, arrays (chain, draw, ...).

    `total` (..., reading) is the total of each reading's window, `ratio` (..., front) the place on the ratio grid,
    `daily` (..., front, day) the counts, NaN outside the front's span.
    """

    total: NDArray[np.int32]
    ratio: NDArray[np.int32]
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
    beliefs = np.array([spec.log_level, spec.log_sigma, spec.log_size])
    prior = Prior(beliefs, spec.persistence, spec.first_week_sd)
    chains = [_Chain(windows, prior, rng) for rng in map(np.random.default_rng, seed.spawn(config.chains))]
    blocks = _blocks(config)
    with ThreadPoolExecutor(config.chains) as pool:
        for done, block in enumerate(blocks):
            if progress:
                progress(STEP, done, len(blocks) + 1)
            list(pool.map(lambda chain, block=block: chain.run(*block), chains))
        finished = list(pool.map(_Chain.finish, chains))
    if progress:
        progress(STEP, len(blocks) + 1, len(blocks) + 1)
    return Draws(*(np.stack(arrays) for arrays in zip(*finished, strict=True)))


def _blocks(config: SweepConfig) -> list[tuple[int, int, float]]:
    """Return the blocks of a run as (draws kept, sweeps a draw, power of the readings): burn-in tempers them."""
    tempered = [(0, config.burn_in // 10, float(power)) for power in np.linspace(0.1, 1.0, 6)]
    plain = [(0, config.burn_in - 6 * (config.burn_in // 10), 1.0)]
    kept = [(part.size, config.thin, 1.0) for part in np.array_split(np.arange(config.keep), KEPT_BLOCKS)]
    return [*tempered, *plain, *kept]


class _Chain:
    """One chain: its state, its random numbers and what it has recorded."""

    def __init__(self, windows: Windows, prior: Prior, rng: np.random.Generator) -> None:
        self.windows, self.prior, self.rng = windows, prior, rng
        self.state = _start(windows, prior, rng)
        self.records: list[Record] = []

    def run(self, keep: int, thin: int, power: float) -> None:
        """Run on for `keep` draws `thin` sweeps apart, or for `thin` sweeps when none are kept."""
        record = _record(self.windows.layout, keep or 1)
        run(self.windows.layout, self.state, self.prior, record, thin, power, self.rng)
        if keep:
            self.records.append(record)

    def finish(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
        """Return the totals, ratios and daily counts of the draws kept."""
        record = Record(*(np.concatenate(arrays) for arrays in zip(*self.records, strict=True)))
        layout = self.windows.layout
        row = np.where(layout.ratio_front < 0, 0, record.ratio[:, layout.ratio_front] * layout.stride)
        total = record.place - layout.table_start - row
        return total, record.ratio, _daily_counts(self.windows, record, self.rng)


def _record(layout: Layout, draws: int) -> Record:
    """Return an empty record."""
    fronts = layout.front_cells.size - 1
    return Record(
        count=np.zeros((draws, layout.cell_front.size), np.int32),
        place=np.zeros((draws, layout.stride.size), np.int32),
        ratio=np.zeros((draws, fronts), np.int32),
        log_intensity=np.zeros((draws, layout.week_days.size)),
        parameter=np.zeros((draws, fronts, 3)),
    )


def _start(windows: Windows, prior: Prior, rng: np.random.Generator) -> State:
    """Return where a chain starts: no attacks, and parameters drawn from their priors."""
    layout = windows.layout
    fronts, weeks = len(windows.fronts), layout.week_days.size
    parameter = rng.normal(prior.parameter[:, 0], prior.parameter[:, 1], (fronts, 3))
    level = np.repeat(parameter[:, LEVEL], np.diff(layout.front_weeks))
    middle = layout.ratio_log_prior.size // 2
    state = State(
        count=np.zeros(layout.cell_front.size, int),
        place=layout.table_start + np.where(layout.ratio_front < 0, 0, middle * layout.stride),
        week_total=np.zeros(weeks, int),
        log_intensity=level + rng.normal(0, 0.5, weeks),
        log_odds=np.zeros(weeks),
        parameter=parameter,
        ratio=np.full(fronts, middle),
        binomial=np.zeros((fronts, 8, 7 * int(layout.day_ceiling.max()) + 1 + 2 * REACH)),
    )
    for front in range(fronts):
        fill_binomial(state.binomial[front], parameter[front, LOG_SIZE], layout.day_ceiling[front])
    return state


def _daily_counts(windows: Windows, record: Record, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the counts by (draw, front, day): cells split into days, days in no reading drawn forward."""
    layout, draws = windows.layout, record.count.shape[0]
    log_size = record.parameter[:, :, LOG_SIZE]
    cell = windows.cell.ravel()
    days = np.argsort(cell, kind="stable")[np.count_nonzero(cell < 0) :]
    days_start = np.cumsum([0, *layout.cell_days])
    daily = np.zeros((draws, cell.size), np.float32)
    split(record.count, days, days_start, log_size[:, layout.cell_front], rng, daily)
    daily = daily.reshape(draws, *windows.cell.shape)
    for front, day in np.argwhere(windows.free):
        mean = np.exp(record.log_intensity[:, windows.week[front, day]]) / 7
        size = np.exp(log_size[:, front])
        daily[:, front, day] = np.minimum(rng.negative_binomial(size, size / (size + mean)), windows.ceiling[front])
    daily[:, windows.week < 0] = np.nan
    return daily
