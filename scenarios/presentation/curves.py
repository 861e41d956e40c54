"""What the lab draws, as tables: the past and the fans, and the chance by week of what is asked, with the baseline.

One table a picture: one row a week and line, one more for the day that is marked. The picture itself
(`scenarios/presentation/lab_charts.py`) stays the same when the numbers move, so that a screen need only take in new
rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa

from lull.data.calendar import target_end_date
from lull.scenarios.engine.projection import Projection
from lull.scenarios.engine.questions import EXACT, Question, values_by_week
from lull.scenarios.engine.reference_class import earlier_rate, ended_within, is_silent, silent_weeks
from lull.scenarios.engine.series_session import SeriesSession
from lull.scenarios.results.percentiles import daily_chances
from lull.scenarios.results.summary import LEVELS
from lull.scenarios.results.tables import quantiles

PAST, BASELINE, SCENARIO, REFERENCE, MARK = "past", "baseline", "scenario", "reference", "mark"
LINE = [("week", pa.timestamp("ms")), ("line", pa.string())]
FAN = pa.schema([*LINE, ("alone", pa.bool_()), *((name, pa.float64()) for name in LEVELS)])
CURVE = pa.schema([*LINE, ("chance", pa.float64())])


def fan_table(session: SeriesSession, projection: Projection, *, past_weeks: int | None = None) -> pa.Table:
    """Return weekly attacks: the past, the baseline and the scenario; columns of `FAN`.

    `alone` marks a baseline with no scenario over it, which shows its intervals.
    """
    past = [week for week in session.past if week.median is not None or week.low is not None]
    rows: list[Mapping[str, Any]] = [
        {"week": _noon(week.week), "line": PAST, "low_90": week.low, "median": week.median, "high_90": week.high}
        for week in (past if past_weeks is None else past[-past_weeks:])
    ]
    rows.append({"week": _noon(session.open_run.origin_day), "line": MARK})
    alone = projection is session.baseline
    rows += ({**row, "alone": alone} for row in _fan(session.baseline, BASELINE))
    if not alone:
        rows += _fan(projection, SCENARIO)
    return pa.Table.from_pylist(rows, schema=FAN)


def curve_table(session: SeriesSession, question: Question, projection: Projection) -> pa.Table:
    """Return the probability by the end of each week that it has come; columns of `CURVE`.

    The reference class is shown with questions of a first attack or a resumption after a silence.
    """
    rows = [{"week": _noon(question.by), "line": MARK}, *_curve(session, question, session.baseline, BASELINE)]
    if projection is not session.baseline:
        rows += _curve(session, question, projection, SCENARIO)
    if has_reference(session, question):
        silent, rate = silent_weeks(session.state), earlier_rate(session.state)
        for h in range(session.state.horizon + 1):
            rows.append({"week": _end(session, h), "line": REFERENCE, "chance": ended_within(silent, h, rate)})
    return pa.Table.from_pylist(rows, schema=CURVE)


def has_reference(session: SeriesSession, question: Question) -> bool:
    """Return whether the reference class is drawn: after a silence, for a question about its end."""
    return question.kind in EXACT and is_silent(session.state)


def overlay_table(session: SeriesSession, question: Question, projections: Sequence[Projection]) -> pa.Table:
    """Return the curves of the baseline and of several scenarios, each line named by its title; columns of `CURVE`."""
    rows: list[dict[str, Any]] = [{"week": _noon(question.by), "line": MARK}]
    for each in (session.baseline, *projections):
        rows += _curve(session, question, each, each.title)
    return pa.Table.from_pylist(rows, schema=CURVE)


def daily_table(question: Question, projections: Sequence[Projection]) -> pa.Table:
    """Return the chance that what is asked has come by each day, each line named by its title; columns of `CURVE`."""
    rows: list[dict[str, Any]] = [{"week": _noon(question.by), "line": MARK}]
    for each in projections:
        chances = daily_chances(question, each)
        rows += ({"week": _noon(day), "line": each.title, "chance": chance} for day, chance in chances.items())
    return pa.Table.from_pylist(rows, schema=CURVE)


def chance_at_end(question: Question, projection: Projection) -> float:
    """Return the probability that it has come by the end of the last week."""
    return float(values_by_week(question, projection)[:, -1].mean())


def _fan(projection: Projection, line: str) -> Iterator[dict[str, Any]]:
    levels = quantiles(projection.paths.count, tuple(LEVELS.values()))[:, 0]
    weeks = projection.state.weeks.tolist()
    for at, week in enumerate(weeks):
        yield {"week": _noon(week), "line": line, **dict(zip(LEVELS, levels[:, at].tolist(), strict=True))}


def _curve(session: SeriesSession, question: Question, projection: Projection, line: str) -> Iterator[dict[str, Any]]:
    chances = values_by_week(question, projection).mean(axis=0).tolist()
    if question.kind != "halted share":
        yield {"week": _end(session, 0), "line": line, "chance": 0.0}
    for h, chance in enumerate(chances, start=1):
        yield {"week": _end(session, h), "line": line, "chance": chance}


def _end(session: SeriesSession, horizon: int) -> datetime:
    return _noon(target_end_date(session.state.origin, horizon))


def _noon(day: date) -> datetime:
    """Return the noon of a day, so that no time zone moves it to the day before."""
    return datetime.combine(day, time(12))
