"""Percentiles of a forecast: of the attacks by a day, and of the day by which what is asked has come."""

from datetime import date, timedelta

import numpy as np

from lull.data.arrays import Array
from lull.data.calendar import week_end
from lull.scenarios.engine.projection import Projection
from lull.scenarios.engine.questions import Question, between, horizon_days, values_by_week, weeks_needed

SHOWN = (5, 10, 25, 50, 75, 90, 95)
ALL = tuple(range(1, 100))
DAYS = 7


def totals(question: Question, projection: Projection) -> Array:
    """Return the attacks of each path from the first day ahead to the day asked about, both included, of one series.

    A day within a week counts by the share of the week's days.
    """
    week = weeks_needed(question, projection.state)
    share = (horizon_days(question, projection.state) - 7 * (week - 1)) / 7.0
    return between(projection.paths.cumulated[:, 0].astype(float), week, share)


def total_percentiles(question: Question, projection: Projection, levels: tuple[int, ...]) -> dict[int, int]:
    """Return percentiles of these `totals`, rounded up."""
    values = np.quantile(totals(question, projection), [level / 100 for level in levels], method="inverted_cdf")
    return dict(zip(levels, np.ceil(values).astype(int).tolist(), strict=True))


def has_a_date(question: Question) -> bool:
    """Return whether what is asked comes on a day: a share of weeks does not."""
    return question.kind != "halted share"


def daily_chances(question: Question, projection: Projection) -> dict[date, float]:
    """Return the probability that what is asked has come by the end of each day ahead, the whole horizon.

    Within a week any day is as likely as another, as in the answers; what is counted on paths is of one round of them.
    """
    ends = np.concatenate([[0.0], values_by_week(question, projection).mean(axis=0)])
    weeks = projection.paths.horizon
    chances = np.interp(np.arange(1, DAYS * weeks + 1) / DAYS, np.arange(weeks + 1), ends)
    first = week_end(projection.paths.origin) + timedelta(days=1)
    return {first + timedelta(days=day): float(chance) for day, chance in enumerate(chances)}


def date_percentiles(question: Question, projection: Projection, levels: tuple[int, ...]) -> dict[int, date | None]:
    """Return percentiles of the day by which what is asked has come; None: not within the horizon."""
    days = daily_chances(question, projection)
    names, chances = list(days), np.array(list(days.values()))
    places = np.searchsorted(chances, np.array(levels) / 100 - 1e-12)
    return {
        level: names[place] if place < len(names) else None
        for level, place in zip(levels, places.tolist(), strict=True)
    }
