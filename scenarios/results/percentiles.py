"""Percentiles for a forecasting tournament: of the attacks by a day, and of the week in which it comes."""

from datetime import date

import numpy as np

from lull.data.calendar import target_end_date
from lull.scenarios.engine.projection import Projection
from lull.scenarios.engine.questions import Question, between, first_passage, horizon_days, weeks_needed

SHOWN = (5, 10, 25, 50, 75, 90, 95)
ALL = tuple(range(1, 100))


def total_percentiles(question: Question, projection: Projection, levels: tuple[int, ...]) -> dict[int, int]:
    """Return percentiles of the attacks from the first day ahead to the day asked about, both included, of one series.

    A day within a week counts by the share of the week's days.
    """
    week = weeks_needed(question, projection.state)
    share = (horizon_days(question, projection.state) - 7 * (week - 1)) / 7.0
    totals = between(projection.paths.cumulated[:, 0].astype(float), week, share)
    values = np.quantile(totals, [level / 100 for level in levels], method="inverted_cdf")
    return dict(zip(levels, np.ceil(values).astype(int).tolist(), strict=True))


def date_percentiles(count: int, projection: Projection, levels: tuple[int, ...]) -> dict[int, date | None]:
    """Return percentiles of the first week with at least `count` attacks, as its last day; None: not within them."""
    come = first_passage(projection.paths.count[:, 0] >= count)
    week = np.where(come.any(axis=-1), come.argmax(axis=-1) + 1, projection.paths.horizon + 1)
    places = np.quantile(week, [level / 100 for level in levels], method="inverted_cdf").astype(int).tolist()
    origin, last = projection.paths.origin, projection.paths.horizon
    ends = [target_end_date(origin, place) if place <= last else None for place in places]
    return dict(zip(levels, ends, strict=True))
