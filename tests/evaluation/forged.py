"""Records of forecasts that were never made: what intervals held and what chances were stated, as a scores table."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

COLUMNS = ("model", "series", "origin_date", "horizon", "metric", "value")
FIRST = date(2010, 1, 3)
type Row = tuple[str, str, date, int, str, float]


def table(rows: Sequence[Row]) -> pa.Table:
    """Return rows as a scores table."""
    return pa.table({name: list(cells) for name, cells in zip(COLUMNS, zip(*rows, strict=True), strict=True)})


def origin(number: int, gap: int = 12) -> date:
    """Return the day that ends the origin of forecast `number`, so many weeks apart."""
    return FIRST + timedelta(weeks=gap * number)


def held_rows(held: np.ndarray, *, metric: str = "coverage_90", series: int = 1, gap: int = 12) -> list[Row]:
    """Return rows of what intervals held, dims (forecast, week), of so many series in turn."""
    return [
        ("lull", f"S{number % series}", origin(number // series, gap), week + 1, metric, float(value))
        for number, weeks in enumerate(held)
        for week, value in enumerate(weeks)
    ]


def chance_rows(stated: np.ndarray, happened: np.ndarray, *, weeks: int = 8, silent: int = 0) -> list[Row]:
    """Return rows of stated chances of an attack within so many weeks and of what came, dims (forecast,)."""
    rows: list[Row] = []
    for number, (chance, came) in enumerate(zip(stated, happened, strict=True)):
        key = ("lull", "S0", origin(number))
        rows += [(*key, 0, "silent_weeks", float(silent)), (*key, weeks, "any_attack_chance", float(chance))]
        rows.append((*key, weeks, "any_attack_happened", float(came)))
    return rows
