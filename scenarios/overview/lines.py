"""Every series of every run in a line: how long it has been silent, its chances, and what has changed in a week.

A line is a summary of a stored run alone, so it is made once and kept in one file of the store; a change of the code
that forecasts makes it anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lull.data.files import write_whole
from lull.data.integrity.revision import FORECASTING, revision
from lull.model.runs.store import Run, Store, content_id
from lull.scenarios.language.uncertain import Part
from lull.scenarios.results.document import ForecastDocument
from lull.scenarios.results.evidence_used import known_to, of_run

FILE = ".overview.json"  # of a store
PAST, AHEAD = 26, 12  # weeks of the small picture
SOON, LATER = 4, 12  # weeks ahead of the two chances
WEEK = timedelta(weeks=1)


class OverviewRow(Part):
    """One series of one run.

    `past` are the weekly medians (None: no evidence) up to the origin, `fan` median, 5 % and 95 % of the weeks ahead;
    `soon` and `later` the chances of any attack within `SOON` and `LATER` weeks. `data` names what the run was made
    from, the same from week to week.
    """

    run_id: str
    series: str
    group: str
    data: str
    created: str
    as_of: date
    known_to: date
    origin: date
    grade: str
    silent_weeks: float
    p_pause: float
    soon: float
    later: float
    past: tuple[float | None, ...]
    fan: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Line:
    """A line of the overview: the series, and the same a week earlier where there is such a run."""

    row: OverviewRow
    before: OverviewRow | None = None
    superseded: bool = False

    @property
    def changes(self) -> tuple[float, float] | None:
        """How far the two chances have moved within the week; None without a run of the week before."""
        return None if self.before is None else (self.row.soon - self.before.soon, self.row.later - self.before.later)


type Rows = Mapping[str, tuple[OverviewRow, ...]]


class KeptRows(Part):
    """The lines of a store as they are kept, and the code that made them."""

    code: str
    rows: dict[str, tuple[OverviewRow, ...]]


def read_rows(store: Store) -> dict[str, tuple[OverviewRow, ...]]:
    """Return the lines that are kept in a store, by run; none of them of other code."""
    try:
        kept = KeptRows.model_validate_json((store.folder / FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return kept.rows if kept.code == revision(FORECASTING) else {}


def keep_rows(store: Store, rows: Rows) -> None:
    """Keep lines in a store. Raises `InputError` if it cannot be written."""
    write_whole(store.folder / FILE, KeptRows(code=revision(FORECASTING), rows=dict(rows)).model_dump_json())


def rows_of(run: Run) -> tuple[OverviewRow, ...]:
    """Return the lines of a run: of the forecast kept with it, or computed now. Raises `InputError` as `forecast`."""
    # Imported for the first run without lines: those that are kept need no numerics, which take a second.
    from lull.scenarios.language.standard import HORIZON, SEED, standard_request  # noqa: PLC0415 - as said
    from lull.scenarios.results.forecast import forecast  # noqa: PLC0415 - as said
    from lull.scenarios.results.forecast_cache import Request, find_kept  # noqa: PLC0415 - as said

    kept = find_kept(run, standard_request(run))
    alone = Request.of((), horizon=HORIZON, seed=SEED)
    document = kept.document() if kept else forecast(run, alone, progress=lambda _step, _done, _total: None).document()
    return tuple(_row(run, document, note.name) for note in document.series)


def lines(rows: Sequence[OverviewRow]) -> list[Line]:
    """Return the lines of all rows, each with the row of the week before of the same data and series."""
    newest: dict[tuple[str, str, date], OverviewRow] = {}
    for row in sorted(rows, key=lambda row: row.created):
        newest[row.data, row.series, row.origin] = row
    last: dict[tuple[str, str], date] = {}
    for data, series, origin in newest:
        last[data, series] = max(origin, last.get((data, series), origin))
    return [
        Line(
            row,
            newest.get((row.data, row.series, row.origin - WEEK)),
            row.origin < last[row.data, row.series] or newest[row.data, row.series, row.origin] != row,
        )
        for row in rows
    ]


def by_change(some: Sequence[Line]) -> list[Line]:
    """Return lines with the largest change of a chance first; those without one by their chance."""
    return sorted(some, key=lambda line: (-max(map(abs, line.changes or (0.0,))), -line.row.soon, line.row.series))


def _row(run: Run, document: ForecastDocument, series: str) -> OverviewRow:
    note = next(one for one in document.series if one.name == series)
    baseline = document.scenarios[0].id
    weeks = [document.week(baseline, series, h) for h in range(1, AHEAD + 1)]
    past = [week.median for week in document.history if week.series == series][-PAST:]
    soon, later = (document.chance("any attack", baseline, series, h).probability for h in (SOON, LATER))
    return OverviewRow(
        run_id=run.run_id,
        series=series,
        group=of_run(run.record),
        data=_data(run),
        created=str(run.record["created"]),
        as_of=document.as_of,
        known_to=known_to(run.record),
        origin=document.origin_week,
        grade=str(run.record["grade"]),
        silent_weeks=note.silent_weeks,
        p_pause=1.0 - note.p_active,
        soon=soon,
        later=later,
        past=tuple(None if median is None else round(median, 1) for median in past),
        fan=tuple((week.median, week.low_90, week.high_90) for week in weeks),
    )


def _data(run: Run) -> str:
    """Return what names the data of a run from week to week: whose attacks, of what kind, since when, how modelled."""
    evidence, plan = run.record["evidence"], run.record.get("plan", {})
    choices = {name: value for name, value in plan.items() if name in ("spec", "priors", "config")}
    return content_id({"of": of_run(run.record), **{name: evidence[name] for name in ("kind", "first_day")}, **choices})
