"""Data newer than a forecast, which the premises of its scenarios are compared with."""

from datetime import date

from lull.cli.screen.streams import progress
from lull.data.calendar import MONDAY, Week, week_end, week_of
from lull.data.counts import WeeklyCounts, read_counts
from lull.data.events import known_at, read_events
from lull.data.evidence import Evidence, embedded_evidence, read_evidence
from lull.data.reports import read_reports
from lull.scenarios.engine.premise_check import NewerData


def newer_data(evidence: Evidence, *, seed: int) -> NewerData:
    """Return what the files of newer data say; as of their last day, if no other is named.

    `evidence.origin` is a day of the last week that the scenarios' forecast knew.
    """
    events = read_events(evidence.events) if evidence.events else None
    reports = read_reports(evidence.reports) if evidence.reports else ()
    counts = read_counts(evidence.counts, fill_zeros=evidence.fill_zeros) if evidence.counts else None
    days = [event.date for event in events or ()] + [report.published for report in reports]
    days += [week_end(counts.origin)] if counts is not None else []
    as_of = evidence.as_of or max(days)
    if reports:
        counts = _reconstructed(evidence, as_of, seed=seed)
    return NewerData(known_at(events, as_of) if events is not None else None, counts, _origin(evidence, counts), as_of)


def _origin(evidence: Evidence, counts: WeeklyCounts | None) -> Week:
    """Return the last week of the forecast: of the embedded case, if no day of another is named."""
    if evidence.origin is None:
        return read_evidence(embedded_evidence()).origin
    return week_of(evidence.origin, MONDAY if counts is None else counts.origin)


def _reconstructed(evidence: Evidence, as_of: date, *, seed: int) -> WeeklyCounts:
    from lull.model.reconstruction.reconstruct import reconstruct  # noqa: PLC0415 - compiles numba code, only reports need it

    assert evidence.reports is not None
    with progress(waiting="read the reports") as report:
        reports = read_reports(evidence.reports)
        return reconstruct(reports, as_of=as_of, faction=evidence.faction, progress=report, seed=seed).counts
