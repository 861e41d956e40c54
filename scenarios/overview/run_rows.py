"""What a list says of runs. Nothing is loaded here that only answers need: thousands are listed within a second."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from lull.model.runs.store import Run
from lull.scenarios.results.calibration_status import grading_of

MOST_NAMED = 3  # factions


def subject(record: Mapping[str, Any]) -> str:
    """Return whose attacks a run is about; of many factions the first are named."""
    names = record["evidence"]["factions"]
    more = len(names) - MOST_NAMED
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:MOST_NAMED])} and {more} more"


def series_chosen(run: Run) -> list[str]:
    """Return the series that were chosen of the counts; none: all of them."""
    return list(_evidence(run).get("series", []))


def chosen_runs(runs: Iterable[Run], *, series: str | None, grade: str | None, origin: date | None) -> list[Run]:
    """Return some runs, in their order: all, or those of a series, a grade or the origin week of a day."""
    return [
        run
        for run in runs
        if (grade is None or run.record["grade"] == grade)
        and (origin is None or _is_of(run, origin))
        and (series is None or series in _names(run))
    ]


def run_rows(runs: Iterable[Run]) -> list[dict[str, Any]]:
    """Return what a list says of each run of a store; a record is graded once for all runs of the same data."""
    grades: dict[tuple[str, str, str], str] = {}
    rows = []
    for run in runs:
        data = _evidence(run)
        at = (run.record["grade"], str(data.get("counts")), str(data.get("reports")))
        if at not in grades:
            grades[at] = grading_of(run).grade
        rows.append(_row(run, list(data.get("series", ())), grades[at]))
    return rows


def _is_of(run: Run, day: date) -> bool:
    """Return whether the origin week of a run holds a day."""
    from lull.data.calendar import week_of  # noqa: PLC0415 - brings numpy, which no other list needs

    return bool(run.origin == week_of(day, run.origin))


def _names(run: Run) -> set[str]:
    """Return the names that a run goes by: its series where they were chosen, and its factions."""
    return {*series_chosen(run), *run.record["evidence"]["factions"]}


def _evidence(run: Run) -> Mapping[str, Any]:
    """Return what names the data that a run was made of."""
    found: Mapping[str, Any] = run.record.get("plan", {}).get("evidence", {})
    return found


def _row(run: Run, series: list[str], calibration: str) -> dict[str, Any]:
    record = run.record
    return {
        "run_id": run.run_id,
        "subject": subject(record),
        "series": series,
        "as_of": record["as_of"],
        "origin": record["origin"],
        "grade": record["grade"],
        "calibration": calibration,
        "used": record["evidence"]["used"],
        "created": record["created"],
        "folder": str(run.folder),
    }
