"""The weeks that speak of each mechanism, with what the past let expect of them and what events were near.

Halting: weeks after one with an attack, with which eight silent weeks may begin. Resumption: weeks after at least eight
silent ones, which may bring an attack. Intensity: weeks outside such silences, with their counts. The hurdle
benchmark's forecast of each week, given all weeks before it, is the regressor of the offset.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from lull.data.arrays import Array
from lull.data.counts import WeeklyCounts
from lull.data.events import Event
from lull.model.drivers.event_terms import Durations, Term, design
from lull.model.hurdle.benchmark import RATE, HurdleBenchmark
from lull.model.hurdle.hurdle_model import FEATURES, MAX_LOG_MEAN, MAX_LOG_SIZE, MIN_LOG_SIZE, recall

PAUSE = 8  # silent weeks from which a silence is a halt
OLDEST = 208  # weeks of silence up to which weeks teach: later ones say only that the record goes on


@dataclass(frozen=True)
class Week:
    """Weeks of one mechanism: what happened, what the benchmark had expected, the terms, and whose they are."""

    outcome: Array  # (row,)
    expected: Array  # regressors of the offset, (row, regressor)
    terms: Array  # (row, term)
    actor: Array  # (row,)
    size: Array  # of the counts' negative binomial, (row,); only intensity has one


def populations(
    panels: Sequence[WeeklyCounts],
    events: Sequence[Event],
    terms: Sequence[Term],
    benchmark: HurdleBenchmark,
    *,
    coarse: bool,
) -> dict[str, Week]:
    """Return the weeks of each mechanism over all series of some files."""
    known = Durations.of(events)
    by_series: dict[str, list[Event]] = {}
    for event in events:
        by_series.setdefault(event.series, []).append(event)
    parts: dict[str, list[Week]] = {"halting": [], "resumption": [], "intensity": []}
    every = [(counts, name) for counts in panels for name in counts.series]
    for number, (counts, name) in enumerate(every):
        history = counts.array.sel(series=name).to_numpy()[0]
        active = np.flatnonzero(history > 0)
        if active.size == 0:
            continue
        record, weeks = history[active[0] :], counts.weeks[active[0] :]
        x = design(by_series.get(name, ()), terms, weeks, known, coarse=coarse)
        for mechanism, part in _weeks_of(record, x, benchmark, number):
            parts[mechanism].append(part)
    return {name: _joined(each) for name, each in parts.items()}


def _weeks_of(record: Array, terms: Array, benchmark: HurdleBenchmark, number: int) -> Iterator[tuple[str, Week]]:
    """Yield the weeks of one series by mechanism; week t is expected from the weeks before it."""
    features = np.empty((record.size, len(FEATURES)))
    recall(record, features)
    features, count, x = features[:-1], record[1:], terms[1:]
    silent = _silent_before(record)
    ahead = _silent_ahead(record)[1:]
    logit, log_mean = features @ benchmark.chance, np.minimum(features @ benchmark.mean, MAX_LOG_MEAN)
    rate, one = features[:, RATE], np.ones(count.size)
    known = ~np.isnan(count)
    halting = known & (silent == 0) & ~np.isnan(ahead)
    resumption = known & (silent >= PAUSE) & (silent <= OLDEST)
    paused = _in_pause(record)[1:]
    intensity = known & np.logical_not(paused)
    log_expected = np.log(np.maximum(expit(logit), 1e-4)) + np.log(_truncated_mean(log_mean, features @ benchmark.size))
    size = np.exp(np.clip(features @ benchmark.size, MIN_LOG_SIZE, MAX_LOG_SIZE))
    nobody = np.ones(count.size)
    chosen = {
        "halting": (halting, (ahead >= PAUSE).astype(float), np.column_stack([one, logit, rate]), nobody),
        "resumption": (
            resumption,
            (count > 0).astype(float),
            np.column_stack([one, logit, np.log(np.maximum(silent, 1))]),
            nobody,
        ),
        "intensity": (intensity, count, np.column_stack([one, log_expected]), size),
    }
    for name, (rows, outcome, expected, sizes) in chosen.items():
        yield name, Week(outcome[rows], expected[rows], x[rows], np.full(int(rows.sum()), number), sizes[rows])


def _truncated_mean(log_mean: Array, log_size: Array) -> Array:
    """Return the mean of a negative binomial given that it is not zero."""
    size, mean = np.exp(np.clip(log_size, MIN_LOG_SIZE, MAX_LOG_SIZE)), np.exp(log_mean)
    some = -np.expm1(-size * np.log1p(mean / size))
    return np.asarray(mean / np.maximum(some, 1e-9))


def _silent_before(record: Array) -> Array:
    """Return how many known weeks without an attack lie right before each week but the first, (week - 1,)."""
    silent, run = np.zeros(record.size - 1), 0.0
    for week, count in enumerate(record[:-1]):
        run = run if np.isnan(count) else (0.0 if count > 0 else run + 1.0)
        silent[week] = run
    return silent


def _silent_ahead(record: Array) -> Array:
    """Return how many silent weeks begin with each week, to `PAUSE` of them; NaN where the record ends first."""
    ahead, run, ended = np.zeros(record.size), 0.0, True
    for week in range(record.size - 1, -1, -1):
        if record[week] > 0:
            run, ended = 0.0, False
        else:
            run = run + 1.0
        ahead[week] = np.nan if ended and run < PAUSE else min(run, PAUSE)
    return ahead


def _in_pause(record: Array) -> Array:
    """Return which weeks lie in a silence of at least `PAUSE` weeks, (week,)."""
    paused, start = np.zeros(record.size, dtype=bool), None
    for week, count in enumerate([*record, 1.0]):
        if count > 0:
            if start is not None and week - start >= PAUSE:
                paused[start:week] = True
            start = None
        elif start is None:
            start = week
    return paused


def _joined(parts: Sequence[Week]) -> Week:
    names = ("outcome", "expected", "terms", "actor", "size")
    return Week(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
