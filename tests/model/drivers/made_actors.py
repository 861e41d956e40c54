"""Made actors whose ceasefires are known to have had an effect."""

from datetime import date, timedelta

import numpy as np

from lull.data.counts import WeeklyCounts
from lull.data.events import Event

FIRST = np.datetime64("2010-01-04")
WEEKS = 420
LENGTH = 26  # weeks of a ceasefire


def made(actors: int, *, factor: float, seed: int) -> tuple[WeeklyCounts, list[Event]]:
    """Return busy actors of a constant rate, `factor` times it while a written ceasefire is in force."""
    rng = np.random.default_rng(seed)
    rows, events = [], []
    for actor in range(actors):
        rate = np.full(WEEKS, rng.uniform(2.0, 6.0))
        for number, start in enumerate(rng.integers([60, 180, 300], [100, 220, 340])):
            rate[start + 1 : start + 1 + LENGTH] *= factor
            day = (FIRST + np.timedelta64(7 * int(start), "D")).astype(date)
            events.append(ceasefire(f"e{actor}-{number}", day, series=f"s{actor}"))
        rows.append(rng.poisson(rate))
    names = [f"s{actor}" for actor in range(actors)]
    return WeeklyCounts.from_arrays(np.array(rows, dtype=float), series=names, first_week=FIRST), events


def ceasefire(name: str, day: date, *, series: str, weeks: int = LENGTH, **cells: object) -> Event:
    row = {
        "event_id": name,
        "date": day,
        "end_date": day + timedelta(days=7 * weeks),
        "kind": "ceasefire",
        "actor": "A",
    }
    return Event.model_validate(row | {"type": "written", "end": "ran_out", "series": series} | cells)
