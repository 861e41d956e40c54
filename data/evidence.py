"""What is known and as of when: the files of one question, read, cut at `as_of`, and named by their contents."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lull.data.calendar import MONDAY, WEEK, Week, last_complete_week, same_calendar, week_end, week_of
from lull.data.event_kinds import DIMENSIONS, ENDINGS
from lull.data.events import Event, check_series, read_events
from lull.data.events import known_at as events_known_at
from lull.data.files import file_checksum
from lull.data.readers.columns import other_calendar
from lull.data.readers.tabular import embedded_file
from lull.data.reports import Report, read_reports
from lull.data.reports import known_at as reports_known_at
from lull.data.schema import InputError, Problem, near

if TYPE_CHECKING:
    import xarray as xr

    from lull.data.completeness import Curve
    from lull.data.counts import WeeklyCounts


@dataclass(frozen=True)
class Evidence:
    """The files of one question: counts or reports, and what may push; `as_of` cuts what was not yet known.

    `completeness` says how much of the last weeks has been reported, or `previous`, an earlier snapshot of the counts,
    lets it be estimated. `series` names those of the counts that are meant; none named: all.
    """

    reports: Path | None = None
    counts: Path | None = None
    events: Path | None = None
    covariates: Path | None = None
    completeness: Path | None = None
    previous: Path | None = None
    as_of: date | None = None
    origin: date | None = None
    faction: str = ""
    fill_zeros: bool = False
    series: tuple[str, ...] = ()

    def identity(self) -> dict[str, Any]:
        """Return what decides the result: the contents of the files, not their names, and the choices.

        Of named series it is their own counts up to the origin: what else the file holds changes nothing.
        """
        files = {name: getattr(self, name) for name in ("reports", "counts", "events", "covariates")}
        sums = {name: file_checksum(path) if path else None for name, path in files.items()}
        chosen = {
            "as_of": self.as_of,
            "origin": self.origin,
            "faction": self.faction,
            "fill_zeros": self.fill_zeros,
        }
        named = {"counts": _digest(self), "series": list(self.series)} if self.series else {}
        late = {"completeness": curve} if (curve := _completeness(self)[0]) else {}
        return sums | {name: str(value) for name, value in chosen.items()} | named | late


@dataclass(frozen=True)
class Known:
    """What the files say as of a day: reports or counts up to the origin week, events and covariates known by then.

    `completeness` is the share of the last weeks that has been reported, that of the origin first; empty: all of it.
    `completeness_error` is the standard error of each, empty where the shares were given.
    """

    as_of: date
    origin: Week
    reports: tuple[Report, ...]
    counts: "WeeklyCounts | None"
    events: tuple[Event, ...]
    covariates: "xr.DataArray | None" = None
    completeness: tuple[float, ...] = ()
    completeness_error: tuple[float, ...] = ()


def embedded_evidence() -> Evidence:
    """Return the embedded case: the Islamic Resistance in Iraq, as known on 2024-12-31."""
    return Evidence(
        reports=embedded_file("reports.csv"),
        events=embedded_file("events.csv"),
        as_of=date(2024, 12, 31),
        faction="Islamic Resistance in Iraq",
    )


def read_evidence(evidence: Evidence) -> Known:
    """Return what the files say; raises `InputError` for files or dates that do not fit together."""
    if (evidence.reports is None) == (evidence.counts is None):
        raise InputError(Problem("input", "weekly counts or reports", "both" if evidence.counts else "neither"))
    return _from_reports(evidence) if evidence.reports else _from_counts(evidence)


def _completeness(evidence: Evidence) -> "tuple[Curve, Curve]":
    """Return the share of each week that has been reported, that of the last week of the files first; none: all of it.

    From a curve that is given, or from what came to all series of the counts since an earlier snapshot; then the
    standard errors of the shares come with them.
    """
    if evidence.completeness is None and evidence.previous is None:
        return (), ()
    if evidence.completeness is not None and evidence.previous is not None:
        raise InputError(Problem("completeness, previous", "one of the two", "both"))
    if evidence.previous is not None and evidence.counts is None:
        remedy = "Give a curve with --completeness."
        raise InputError(Problem(evidence.previous.name, "weekly counts to compare it with", "reports", remedy))
    paths = (evidence.completeness, evidence.previous, evidence.counts if evidence.previous else None)
    sums = tuple(file_checksum(path) for path in paths if path)
    return _curve_once(*paths, sums, fill_zeros=evidence.fill_zeros)


@lru_cache(maxsize=4)
def _curve_once(
    curve: Path | None, earlier: Path | None, later: Path | None, contents: tuple[str, ...], *, fill_zeros: bool
) -> "tuple[Curve, Curve]":
    """Return a curve that is given, or that of two snapshots, kept for the next question of the same contents."""
    from lull.data.completeness import estimated_completeness, read_completeness  # noqa: PLC0415 - as counts do

    if curve is not None:
        return read_completeness(curve), ()
    assert earlier is not None
    assert later is not None
    old, new = (
        _read_once(path, content, fill_zeros=fill_zeros)
        for path, content in zip((earlier, later), contents, strict=True)
    )
    return estimated_completeness(old, new, name=earlier.name)


def _from_reports(evidence: Evidence) -> Known:
    """Return what reports published by `as_of` say; by default all do, up to the last week that their windows reach."""
    assert evidence.reports is not None
    reports = read_reports(evidence.reports)
    actors = {report.actor for report in reports}
    if evidence.faction and not any(evidence.faction in actor for actor in actors):
        remedy = near(evidence.faction, actors)
        raise InputError(Problem("faction", "an actor of the reports", repr(evidence.faction), remedy))
    as_of = evidence.as_of or max(report.published for report in reports)
    known = reports_known_at(reports, as_of)
    if not known:
        first = min(report.published for report in reports)
        remedy = f"The first was published on {first}: choose --as-of from then on."
        raise InputError(Problem(str(evidence.reports), f"reports published by {as_of}", "none", remedy))
    latest = last_complete_week(as_of, MONDAY)
    reported = last_complete_week(max(report.window_end or report.published for report in known), MONDAY)
    origin = _origin(
        evidence,
        latest=latest,
        usual=latest if evidence.as_of else min(latest, reported),
        reason=f"the last week that was over on {as_of}",
    )
    shares, errors = (part[(latest - origin) // WEEK :] for part in _completeness(evidence))
    return Known(as_of, origin, known, None, _events(evidence, as_of), _covariates(evidence, origin), shares, errors)


def _from_counts(evidence: Evidence) -> Known:
    """Return what weekly counts up to the origin say; by default the origin is the last week of the file."""
    assert evidence.counts is not None
    counts = counts_of(evidence)
    latest, reason = counts.origin, f"the last week of {evidence.counts.name}"
    if evidence.as_of is not None and (over := last_complete_week(evidence.as_of, latest)) < latest:
        latest, reason = over, f"the last week that was over on {evidence.as_of}"
    origin = _origin(evidence, latest=latest, usual=latest, reason=reason)
    if origin < counts.weeks[0]:
        found = f"{origin}, before the first week {counts.weeks[0]}"
        raise InputError(
            Problem(
                str(evidence.counts),
                "an origin within the counts",
                found,
                "Choose a later --origin or --as-of.",
            )
        )
    seen = counts.up_to_week(origin)
    if evidence.series:
        seen = seen.from_first_count()
    if not seen.array.notnull().any():
        expected = f"at least one count up to the week of {origin}"
        remedy = "Fill in what is known: 0 where there was no attack, empty where it is not known."
        raise InputError(Problem(str(evidence.counts), expected, "empty cells alone", remedy))
    as_of = evidence.as_of or week_end(origin)
    shares, errors = (part[(counts.origin - origin) // WEEK :] for part in _completeness(evidence))
    return Known(as_of, origin, (), seen, _events(evidence, as_of), _covariates(evidence, origin), shares, errors)


def counts_of(evidence: Evidence) -> "WeeklyCounts":
    """Return the weekly counts of the series that are meant; raises `InputError` for one that is not there."""
    assert evidence.counts is not None
    content = file_checksum(evidence.counts)
    return _select_once(evidence.counts, content, evidence.series, fill_zeros=evidence.fill_zeros)


@lru_cache(maxsize=4)
def _select_once(path: Path, content: str, series: tuple[str, ...], *, fill_zeros: bool) -> "WeeklyCounts":
    """Return some series of a file, kept for the next origin."""
    counts = _read_once(path, content, fill_zeros=fill_zeros)
    known = counts.series
    if unknown := [name for name in series if name not in known]:
        raise InputError(Problem(str(path), "a series of the file", repr(name), near(name, known)) for name in unknown)
    return counts.select(series) if series else counts


@lru_cache(maxsize=4)
def _read_once(path: Path, content: str, *, fill_zeros: bool) -> "WeeklyCounts":
    """Return the counts of a file, kept for the next question of the same content."""
    del content
    from lull.data.counts import read_counts  # noqa: PLC0415 - takes a second; what is answered from the store does without

    return read_counts(path, fill_zeros=fill_zeros)


def _digest(evidence: Evidence) -> str:
    """Return the SHA-256 of the counts of the named series up to the origin."""
    counts = counts_of(evidence)
    last = week_of(evidence.origin, counts.origin) if evidence.origin else counts.origin
    known = counts.array.isel(week=counts.weeks <= last)
    labels = [counts.array[name].to_numpy().tolist() for name in ("series", "faction", "front")]
    text = f"{labels}{counts.weeks[0]}{known.shape}"
    return hashlib.sha256(text.encode() + known.to_numpy().tobytes()).hexdigest()


def _origin(evidence: Evidence, *, latest: Week, usual: Week, reason: str) -> Week:
    """Return the origin week: the usual one, or the week of the day asked for, up to the latest there is."""
    if evidence.origin is None:
        return usual
    origin = week_of(evidence.origin, latest)
    if origin > latest:
        remedy = "Choose an earlier --origin, or a later --as-of."
        raise InputError(Problem("--origin", f"a week up to {latest}, {reason}", str(origin), remedy))
    return origin


def _events(evidence: Evidence, as_of: date) -> tuple[Event, ...]:
    """Return the events known by `as_of`. Raises `InputError` for events of series that the counts do not have."""
    if evidence.events is None:
        return ()
    events = read_events(evidence.events)
    if evidence.counts is not None and any(event.series for event in events):
        counts = _read_once(evidence.counts, file_checksum(evidence.counts), fill_zeros=evidence.fill_zeros)
        check_series(events, counts.series, evidence.events.name)
    return events_known_at(events, as_of)


def _covariates(evidence: Evidence, origin: Week) -> "xr.DataArray | None":
    """Return the user's own weekly covariates up to the origin: what stands in later weeks was not known there.

    Raises `InputError` if their weeks start on another day than the origin, if they end before it, or if one bears the
    name of a dimension of events.
    """
    if evidence.covariates is None:
        return None
    from lull.data.covariates import read_covariates  # noqa: PLC0415 - takes a second, as counts do

    where = evidence.covariates.name
    table = read_covariates(evidence.covariates)
    weeks = table["week"].to_numpy().astype("datetime64[D]")
    if not same_calendar(weeks[0], origin):
        raise InputError(other_calendar(where, weeks[0], origin))
    problems = [
        Problem(f"{where}:line 1", "a name of its own", repr(name), "Events make this covariate: rename the column.")
        for name in table["covariate"].to_numpy().tolist()
        if name in (*DIMENSIONS, *ENDINGS.values())
    ]
    if not weeks[0] <= origin <= weeks[-1]:
        expected = f"weeks up to the origin {origin} at least"
        problems.append(Problem(where, expected, f"{weeks[0]} to {weeks[-1]}", "Add the weeks that lack."))
    if problems:
        raise InputError(problems)
    return table[:, weeks <= origin]
