"""`lull import acled-weekly|sums`: sums over windows become counts or reports that `lull forecast` reads."""

from pathlib import Path
from typing import Any

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
from lull.data.schema import InputError, Problem
from lull.terminal.importing import print_import, set_aside_document


def import_weekly_and_print(
    paths: list[Path], choice: WeeklyChoice, reading: Reading, *, as_reports: bool, out: Path, as_json: bool
) -> None:
    """Import ACLED's weekly files: write their counts, or an exact report a week, and say what became of the rows."""
    made = read_weekly_sums(paths, choice, reading)
    if as_reports:
        written = _write_reports(out, windows_of_weeks(made.counts), choice.faction, "acled-weekly")
    else:
        written = out / COUNTS_FILE
        write_rows(written, COUNT_COLUMNS, count_rows(made.counts))
    totals = made.counts.array[0].sum("week").to_numpy()
    series = {str(name): int(total) for name, total in zip(made.counts.series, totals, strict=True)}
    weeks = {"first_week": str(made.counts.weeks[0]), "last_week": str(made.counts.weeks[-1])}
    notes = [*made.notes, *(_changed(change) for change in made.changes)]
    document = _document(paths, made.fates, series, notes) | weeks | {"changes": list(made.changes)}
    _finish(document, made.known_to, made.set_aside, written, out=out, as_json=as_json)


def import_sums_and_print(
    path: Path,
    layout: SumLayout,
    choice: SumChoice,
    reading: Reading,
    *,
    faction: str,
    exact: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Import sums over windows as reports, and say what became of the rows."""
    made = read_summed_reports(path, layout, choice, reading, exact=exact)
    written = _write_reports(out, made.windows, faction, "sums")
    fronts = dict.fromkeys(window.front for window in made.windows)
    series = {
        f"{faction}, {front or EVERYWHERE}": sum(window.count for window in made.windows if window.front == front)
        for front in fronts
    }
    document = _document([path], made.fates, series, list(made.notes))
    days = {"first_day": str(min(window.first for window in made.windows)), "last_day": str(made.known_to)}
    _finish(document | days, made.known_to, made.set_aside, written, out=out, as_json=as_json)


def window_layout(total: str, *, first_day: str, last_day: str, days: int, month: str, year: str) -> SumLayout:
    """Return where a file keeps its sums. Raises `InputError` unless the options name one kind of window."""
    kinds = [bool(month), bool(first_day and last_day), bool(first_day and days)]
    if sum(kinds) != 1 or (year and not month) or (month and (first_day or last_day or days)):
        expected = "--month (and --year), --from-column and --to-column, or --from-column and --days"
        options = {"--month": month, "--year": year, "--from-column": first_day, "--to-column": last_day}
        found = [*(name for name, value in options.items() if value), *(["--days"] if days else [])]
        raise InputError(Problem("the window of a sum", expected, " and ".join(found) or "none of them"))
    return SumLayout(total, first_day, last_day, days, month, year)


def _write_reports(out: Path, windows: Any, faction: str, source: str) -> Path:
    found: list[Window] = list(windows)
    write_rows(out / REPORTS_FILE, REPORT_COLUMNS, report_rows(found, faction=faction, source=source))
    return out / REPORTS_FILE


def _document(paths: list[Path], fates: dict[str, int], series: dict[str, int], notes: list[str]) -> dict[str, Any]:
    names = ", ".join(str(path) for path in paths)
    return {"file": names, "rows": sum(fates.values()), "fates": fates, "series": series, "notes": notes}


def _finish(
    document: dict[str, Any],
    known_to: Any,
    set_aside: tuple[AsideRow, ...],
    written: Path,
    *,
    out: Path,
    as_json: bool,
) -> None:
    """Write the rows that were set aside, and print what was made."""
    files = [written]
    if set_aside:
        write_rows(out / ASIDE_FILE, ASIDE_COLUMNS, aside_rows(set_aside))
        files.append(out / ASIDE_FILE)
    beside = {"known_to": str(known_to), "set_aside": set_aside_document(set_aside)}
    print_import(document | beside | {"files": [str(path) for path in files]}, as_json=as_json)


def _changed(change: dict[str, str | int]) -> str:
    return (
        f"{change['newer']} against {change['older']}, over the weeks that both cover: {change['weeks_changed']:,} "
        f"weekly counts changed, {change['events_before']:,} events before, {change['events_after']:,} after."
    )
