"""One timeline as one table: weeks so far, weeks ahead, drivers, events and what a scenario assumes, a row each.

`line` says what a row is. The picture (`scenarios/timeline/picture.py`) stays the same while the rows move.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from lull.scenarios.engine.projection import Projection
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.language.spec import Scenario
from lull.scenarios.presentation.curves import BASELINE, MARK, PAST, SCENARIO
from lull.scenarios.presentation.wording import percent
from lull.scenarios.results.situation import NAMED, Situation, noon
from lull.scenarios.results.summary import LEVELS
from lull.scenarios.results.tables import quantiles
from lull.scenarios.timeline.assumed import assumed_marks

EVENT, DRIVER, PUSHED, POINTER = "event", "driver", "driver of the scenario", "pointer"
NONE = "–"  # at the pointer, where there is nothing to say
REPORTED = tuple(f"report_{place}" for place in range(1, NAMED + 1))
WORDS = ("lane", "what", "who", "when", "driver", "attacks", "ahead", "pause", "reports", *REPORTED)
TIMELINE = pa.schema(
    [("week", pa.timestamp("ms")), ("end", pa.timestamp("ms")), ("line", pa.string())]
    + [("alone", pa.bool_()), ("lasting", pa.bool_()), ("salience", pa.int64())]
    + [(name, pa.float64()) for name in (*LEVELS, "halted", "low", "value", "high")]
    + [(name, pa.string()) for name in WORDS]
)

type Row = dict[str, Any]


def standing_table(past: Situation, session: SeriesSession, *, past_weeks: int | None = None) -> pa.Table:
    """Return what no scenario changes of a series: weeks so far, drivers as scheduled, events; columns of `TIMELINE`.

    `past_weeks` is how many weeks so far are shown, all of them by default.
    """
    whole = past.weeks_of(session.series)
    first = whole[-min(past_weeks or len(whole), len(whole))].week
    rows = [*_past(past, session.series, first), *_drivers(past, session, first), *_events(past, first)]
    return pa.Table.from_pylist(rows, schema=TIMELINE)


def timeline_table(standing: pa.Table, session: SeriesSession, projection: Projection, scenario: Scenario) -> pa.Table:
    """Return everything of a series on one axis: what stands, then the weeks ahead; columns of `TIMELINE`.

    The weeks ahead are those of the baseline, and of the scenario where it is another.
    """
    alone = projection is session.baseline
    rows: list[Row] = [{"line": MARK, "week": noon(session.open_run.origin_day)}]
    ahead = {BASELINE: _ahead(session.baseline, BASELINE, alone=alone)}
    if not alone:
        ahead[SCENARIO] = _ahead(projection, SCENARIO, alone=False)
        rows += _pushed(session, projection)
    for lines in ahead.values():
        rows += lines
    rows += _pointers_ahead(ahead)
    rows += assumed_marks(scenario, session.open_run)
    return pa.concat_tables([standing, pa.Table.from_pylist(rows, schema=TIMELINE)])


def _past(past: Situation, series: str, first: date) -> Iterator[Row]:
    """Yield each week so far twice: as it is drawn, and as it is said at the pointer."""
    for row in past.past_table(series).to_pylist():
        if row["week"] < noon(first):
            continue
        levels = {"low_90": row["low"], "median": row["median"], "high_90": row["high"], "halted": row["halted"]}
        yield {"line": PAST, "week": row["week"], **levels}
        yield {
            "line": POINTER,
            "week": row["week"],
            "attacks": "not reported" if row["median"] is None else _interval(row["median"], row["low"], row["high"]),
            "ahead": NONE,
            "pause": percent(row["halted"]),
            "reports": str(row["reports"]),
            **{name: row[name] or NONE for name in REPORTED},
        }


def _ahead(projection: Projection, line: str, *, alone: bool) -> list[Row]:
    levels = quantiles(projection.paths.count, tuple(LEVELS.values()))[:, 0]
    halted = 1.0 - projection.paths.active[:, 0].mean(axis=0)
    return [
        {"line": line, "alone": alone, "week": noon(week), "halted": float(halted[at])}
        | dict(zip(LEVELS, levels[:, at].tolist(), strict=True))
        for at, week in enumerate(projection.state.weeks.tolist())
    ]


def _pointers_ahead(ahead: Mapping[str, list[Row]]) -> Iterator[Row]:
    """Yield what is said at the pointer of each week ahead: the baseline, and the scenario beside it."""
    for at, row in enumerate(ahead[BASELINE]):
        other = ahead[SCENARIO][at] if SCENARIO in ahead else None
        pause = percent(row["halted"]) + (f", your scenario {percent(other['halted'])}" if other else "")
        yield {
            "line": POINTER,
            "week": row["week"],
            "attacks": _interval(row["median"], row["low_90"], row["high_90"]),
            "ahead": _interval(other["median"], other["low_90"], other["high_90"]) if other else NONE,
            "pause": pause,
            "reports": "none: a week ahead",
            **dict.fromkeys(REPORTED, NONE),
        }


def _interval(median: float, low: float, high: float) -> str:
    return f"{median:.0f} (90 %: {low:.0f} to {high:.0f})"


def _drivers(past: Situation, session: SeriesSession, first: date) -> Iterator[Row]:
    """Yield the drivers of the weeks so far, and their course in the weeks ahead as it is scheduled."""
    for row in past.indices.to_pylist():
        if row["week"] >= noon(first):
            yield _driver(DRIVER, row["week"], row["covariate"], (row["low"], row["median"], row["high"]))
    state = session.state
    for place, name in enumerate(state.covariates):
        values = state.future_covariate[:, place]
        if not values.any():
            continue
        levels = np.quantile(values, (0.05, 0.5, 0.95), axis=0).T.tolist()
        for week, span in zip(state.weeks.tolist(), levels, strict=True):
            yield _driver(DRIVER, noon(week), name, tuple(span))


def _pushed(session: SeriesSession, projection: Projection) -> Iterator[Row]:
    """Yield the course of each driver that a scenario moves, in the weeks ahead: its mean over draws and branches."""
    state = session.state
    for place, name in enumerate(state.covariates):
        added = projection.push.covariate[:, 0, place]
        if not added.any():
            continue
        values = (state.future_covariate[:, place] + added).mean(axis=0).tolist()
        for week, value in zip(state.weeks.tolist(), values, strict=True):
            yield _driver(PUSHED, noon(week), name, (None, value, None))


def _driver(line: str, week: datetime, name: str, levels: tuple[float | None, ...]) -> Row:
    low, value, high = levels
    return {"line": line, "week": week, "driver": name.replace("_", " "), "low": low, "value": value, "high": high}


def _events(past: Situation, first: date) -> Iterator[Row]:
    for row in past.event_table.to_pylist():
        if row["end"] >= noon(first):
            words = {"what": f"{row['what']} (salience {row['salience']})", "who": row["who"], "when": row["when"]}
            shown = {"week": max(row["start"], noon(first)), "end": max(row["end"], noon(first))}
            rest = {"lane": row["dimension"].replace("_", " "), "lasting": row["lasting"], "salience": row["salience"]}
            yield {"line": EVENT, **shown, **words, **rest}
