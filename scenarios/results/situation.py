"""Where a series stands and what is known of its past, week by week, read from a stored run.

Every week carries its evidence: which reports cover it, the narrowest first, for a narrow window says most of a week.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa

from lull.data.events import known_at, read_events
from lull.data.evidence import embedded_evidence
from lull.model.forward.origin import covariates_so_far
from lull.model.runs.store import Run
from lull.scenarios.language.standard import is_embedded
from lull.scenarios.results.document import PastWeek, Tension
from lull.scenarios.results.summary import past_weeks

ALL_FRONTS = "all"
NAMED = 3  # reports of a week that the pointer names
LONGEST = 60  # characters of a source at the pointer
PAST = pa.schema(
    [
        ("week", pa.timestamp("ms")),
        *((name, pa.float64()) for name in ("low", "median", "high", "halted")),
        ("reports", pa.int64()),
        *((f"report_{place}", pa.string()) for place in range(1, NAMED + 1)),
    ]
)
INDEX = pa.schema(
    [("week", pa.timestamp("ms")), ("covariate", pa.string())]
    + [(name, pa.float64()) for name in ("low", "median", "high")]
)
BY_SERIES = INDEX.append(pa.field("series", pa.string()))  # where events bear on single series
EVENT = pa.schema(
    [("start", pa.timestamp("ms")), ("end", pa.timestamp("ms")), ("lasting", pa.bool_()), ("salience", pa.int64())]
    + [(name, pa.string()) for name in ("dimension", "what", "who", "when", "series")]
)


class ReportUsed(Tension):
    """One report that the reconstruction used, and what all the others imply of its window, with a 90 % interval.

    `residual` is how far the two are apart, in standard deviations; `flag` says that this is far.
    """

    flag: bool

    def covers(self, week: date) -> bool:
        """Return whether a day of the week that begins then is in the window."""
        return self.first_day < week + timedelta(weeks=1) and week <= self.last_day

    @property
    def days(self) -> int:
        """The length of the window."""
        return (self.last_day - self.first_day).days + 1

    @property
    def words(self) -> str:
        """The report in a line."""
        source = self.source if len(self.source) <= LONGEST else f"{self.source[:LONGEST]}…"
        return f"{self.reported} from {self.first_day} to {self.last_day} ({source})"


@dataclass(frozen=True)
class PastEvent:
    """One event that the run knew, on its first day; `end` is the last day of a state, None for an impulse."""

    day: date
    end: date | None
    dimension: str
    kind: str
    actor: str
    target: str
    salience: int
    series: str = ""  # that it bears on alone; "": all


@dataclass(frozen=True)
class Situation:
    """What a run says of the past of all its series."""

    past: tuple[PastWeek, ...]
    reports: tuple[ReportUsed, ...]
    events: tuple[PastEvent, ...]
    indices: pa.Table = field(repr=False)
    fronts: Mapping[str, str]

    def weeks_of(self, series: str) -> tuple[PastWeek, ...]:
        """Return the past weeks of a series."""
        return tuple(week for week in self.past if week.series == series)

    def reports_of(self, series: str) -> tuple[ReportUsed, ...]:
        """Return the reports that speak of a series: those of its front, and those that add up all."""
        return tuple(each for each in self.reports if each.front in (self.fronts[series], ALL_FRONTS))

    def covering(self, series: str, week: date) -> tuple[ReportUsed, ...]:
        """Return the reports whose window has a day of the week, the narrowest window first."""
        found = (each for each in self.reports_of(series) if each.covers(week))
        return tuple(sorted(found, key=lambda each: (each.days, each.report_id)))

    def past_table(self, series: str) -> pa.Table:
        """Return a row for each week of a series; columns of `PAST`, counts empty where no evidence reaches."""
        rows = []
        for week in self.weeks_of(series):
            covering = self.covering(series, week.week)
            words = [*(each.words for each in covering[:NAMED]), *[""] * NAMED]
            nearest = {f"report_{at}": words[at - 1] for at in range(1, NAMED + 1)}
            known = {"low": week.low, "median": week.median, "high": week.high, "halted": 1 - week.p_active}
            rows.append({"week": noon(week.week), "reports": len(covering), **known, **nearest})
        return pa.Table.from_pylist(rows, schema=PAST)

    @cached_property
    def event_table(self) -> pa.Table:
        """The events of the weeks that are shown, columns of `EVENT`; what lasts longer is cut at both ends."""
        first, last = self.past[0].week, self.past[-1].week + timedelta(days=6)
        rows = [_event_row(each, first, last) for each in self.events if each.day <= last]
        return pa.Table.from_pylist([row for row in rows if row["end"] >= noon(first)], schema=EVENT)


def situation(run: Run) -> Situation:
    """Return what a stored run says of the past."""
    tree = run.posterior()
    weekly = tree["weekly"].to_dataset()
    names = [str(name) for name in weekly["series"].to_numpy()]
    fronts = [str(name) for name in weekly["front"].to_numpy()] if "front" in weekly.coords else names
    return Situation(
        past=tuple(past_weeks(weekly)),
        reports=tuple(
            ReportUsed(**{name: row[name] for name in ReportUsed.model_fields})
            for row in run.record["evidence"]["tension"]
        ),
        events=tuple(sorted(_events(run), key=lambda event: event.day)),
        indices=_indices(tree, weekly["week"].to_numpy().astype("datetime64[D]").tolist()),
        fronts={name: front or name for name, front in zip(names, fronts, strict=True)},
    )


def noon(day: date) -> datetime:
    """Return the noon of a day, so that no time zone moves it to the day before."""
    return datetime.combine(day, time(12))


def _indices(tree: Any, weeks: Sequence[date]) -> pa.Table:
    """Return the drivers by week; columns of `INDEX` or `BY_SERIES`, covariates that never did are left out."""
    values, posterior = covariates_so_far(tree), tree["posterior"].to_dataset()
    apart = values.shape[1] > 1
    rows = [
        {
            "week": noon(week),
            "covariate": str(name),
            **dict(zip(("low", "median", "high"), values[:, of, row, at].tolist(), strict=True)),
            "series": series,
        }
        for of, series in enumerate(posterior["series"].to_numpy().tolist() if apart else [""])
        for row, name in enumerate(posterior["covariate"].to_numpy())
        if values[:, of, row].any()
        for at, week in enumerate(weeks)
    ]
    return pa.Table.from_pylist(rows, schema=BY_SERIES if apart else INDEX)


def _events(run: Run) -> list[PastEvent]:
    """Return the events in the record of a run; a run of before they were recorded may be the embedded case's."""
    recorded = run.record.get("events")
    if recorded is None and is_embedded(run):
        path = embedded_evidence().events
        assert path is not None
        known = known_at(read_events(path), date.fromisoformat(str(run.record["as_of"])))
        recorded = [event.model_dump(mode="json") for event in known]
    return [_event(row) for row in recorded or ()]


def _event(row: Mapping[str, Any]) -> PastEvent:
    end = date.fromisoformat(row["end_date"]) if row["end_date"] else None
    rest = {name: row[name] for name in ("dimension", "kind", "actor", "target", "salience")}
    return PastEvent(day=date.fromisoformat(row["date"]), end=end, series=row.get("series", ""), **rest)


def _event_row(event: PastEvent, first: date, last: date) -> dict[str, Any]:
    when = f"{event.day} to {event.end}" if event.end else str(event.day)
    return {
        "start": noon(max(event.day, first)),
        "end": noon(min(event.end or event.day, last)),
        "lasting": event.end is not None,
        "salience": event.salience,
        "dimension": event.dimension,
        "what": event.kind.replace("_", " "),
        "who": f"{event.actor} → {event.target}" if event.target else event.actor,
        "when": when,
        "series": event.series,
    }
