"""Sums over windows imported as the counts or reports that `lull forecast` reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lull.cli.printing.import_log import counts_document, set_aside_document
from lull.data.importers.summed_reports import SumChoice, read_summed_reports, windows_of_weeks
from lull.data.importers.sums import SumLayout
from lull.data.importers.weekly_sums import WeeklyChoice, read_weekly_sums
from lull.data.importers.written import (
    ASIDE_FILE,
    COUNT_COLUMNS,
    COUNTS_FILE,
    EVERYWHERE,
    REPORT_COLUMNS,
    REPORTS_FILE,
    Window,
    count_rows,
    report_rows,
    write_rows,
)
from lull.data.readers.reading_options import ASIDE_COLUMNS, AsideRow, Reading, aside_rows


@dataclass(frozen=True)
class Windows:
    """What sums are: where a file keeps them, whose events they are, whether they are exact or lower bounds."""

    layout: SumLayout
    faction: str
    exact: bool


def import_weekly(
    out: Path, paths: list[Path], choice: WeeklyChoice, reading: Reading, *, as_reports: bool
) -> dict[str, Any]:
    """Write the counts of ACLED's weekly files, or an exact report a week; return the import log as one object."""
    made = read_weekly_sums(paths, choice, reading)
    if as_reports:
        written = _write_reports(out, windows_of_weeks(made.counts), choice.faction, "acled-weekly")
    else:
        written = out / COUNTS_FILE
        write_rows(written, COUNT_COLUMNS, count_rows(made.counts))
    notes = [*made.notes, *(_changed(change) for change in made.changes)]
    document = _document(paths, made.fates) | counts_document(made.counts) | {"notes": notes}
    files = [written, *_write_aside(out, made.set_aside)]
    return document | {"changes": list(made.changes)} | _ending(made.known_to, made.set_aside, files)


def import_windows(out: Path, path: Path, sums: Windows, choice: SumChoice, reading: Reading) -> dict[str, Any]:
    """Write sums over windows as reports; return the import log as one object."""
    made = read_summed_reports(path, sums.layout, choice, reading, exact=sums.exact)
    written = _write_reports(out, made.windows, sums.faction, "sums")
    fronts = dict.fromkeys(window.front for window in made.windows)
    series = {
        f"{sums.faction}, {front or EVERYWHERE}": sum(window.count for window in made.windows if window.front == front)
        for front in fronts
    }
    first = str(min(window.first for window in made.windows))
    document = _document([path], made.fates) | {"series": series, "notes": list(made.notes)}
    files = [written, *_write_aside(out, made.set_aside)]
    days = {"first_day": first, "last_day": str(made.known_to)}
    return document | days | _ending(made.known_to, made.set_aside, files)


def _document(paths: list[Path], status: dict[str, int]) -> dict[str, Any]:
    """Return the files, and how many of their rows have each status."""
    return {"file": ", ".join(map(str, paths)), "rows": sum(status.values()), "fates": status}


def _ending(known_to: object, set_aside: Sequence[AsideRow], files: list[Path]) -> dict[str, Any]:
    """Return up to when the source is known, what was set aside and what was written."""
    return {
        "known_to": str(known_to),
        "set_aside": set_aside_document(set_aside),
        "files": [str(path) for path in files],
    }


def _write_reports(out: Path, windows: Iterable[Window], faction: str, source: str) -> Path:
    write_rows(out / REPORTS_FILE, REPORT_COLUMNS, report_rows(list(windows), faction=faction, source=source))
    return out / REPORTS_FILE


def _write_aside(out: Path, rows: Sequence[AsideRow]) -> list[Path]:
    """Write the rows that were set aside, if there are any, and return where they are."""
    if not rows:
        return []
    write_rows(out / ASIDE_FILE, ASIDE_COLUMNS, aside_rows(rows))
    return [out / ASIDE_FILE]


def _changed(change: dict[str, str | int]) -> str:
    return (
        f"{change['newer']} against {change['older']}, over the weeks that both cover: {change['weeks_changed']:,} "
        f"weekly counts changed, {change['events_before']:,} events before, {change['events_after']:,} after."
    )
