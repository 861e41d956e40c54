"""What a good file of each kind holds, in a few words; reading it finds every problem in it."""

from collections.abc import Callable
from pathlib import Path

from data.counts import read_counts
from data.covariates import read_covariates
from data.events import read_events
from data.recognise import Kind
from data.reports import read_reports


def _reports(path: Path) -> str:
    reports = read_reports(path)
    published = [report.published for report in reports]
    return f"{len(reports)} reports, published {min(published)} to {max(published)}"


def _events(path: Path) -> str:
    events = read_events(path)
    return f"{len(events)} events, {min(event.date for event in events)} to {max(event.date for event in events)}"


def _counts(path: Path) -> str:
    counts = read_counts(path)
    missing = int(counts.array.isnull().sum())
    weeks = f"{counts.weeks.size} weeks, {counts.weeks[0]} to {counts.weeks[-1]}"
    return f"weekly counts of {len(counts.series)} series over {weeks}; {missing} missing"


def _covariates(path: Path) -> str:
    covariates = read_covariates(path)
    return f"{covariates.sizes['covariate']} covariates over {covariates.sizes['week']} weeks"


CONTENTS: dict[Kind, Callable[[Path], str]] = {
    "reports": _reports,
    "events": _events,
    "counts": _counts,
    "covariates": _covariates,
}
"""What a file of each kind that a fit is made from holds; raises `InputError` with every problem found."""
