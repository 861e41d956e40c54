"""A reconstruction in words: what the reports say of each week, which were set aside, which are inconsistent."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from lull.cli.screen.layout import heading, indented, plain_table, print_files
from lull.cli.screen.streams import output
from lull.model.inspection.diagnostics import COUNTS_ADVICE
from lull.model.reconstruction.reconstruct import Reconstruction
from lull.model.reconstruction.tables import weekly_rows
from lull.scenarios.presentation.rows import compared_rows
from lull.scenarios.presentation.wording import with_interval
from lull.scenarios.results.document import CLAIMS, RECORDED
from lull.scenarios.results.evidence_used import by_reason


def reconstruction_document(made: Reconstruction) -> dict[str, Any]:
    """Return the reconstruction as one object."""
    names = ("series", "week_start", "mean", "q05", "q50", "q95")
    return {
        "as_of": made.as_of,
        "grade": made.diagnostics.grade,
        "claims": CLAIMS if made.claimed else RECORDED,
        "used": len(made.reports_used),
        "set_aside": [asdict(row) for row in made.reports_set_aside],
        "sampler": asdict(made.diagnostics),
        "weekly": [dict(zip(names, row, strict=True)) for row in weekly_rows(made)],
        "tension": [asdict(row) for row in made.tension],
    }


def print_reconstruction(made: Reconstruction, written: list[Path]) -> None:
    """Print the weeks, and which reports were set aside or are inconsistent with the others."""
    console = output()
    console.print(f"Weekly counts as known on {made.as_of}. {CLAIMS if made.claimed else RECORDED}")
    console.print(f"{len(made.reports_used)} reports used. Sampler: {made.diagnostics.verdict}.")
    if made.diagnostics.grade != "good":
        console.print(indented(f"{made.diagnostics.grade}: {COUNTS_ADVICE[made.diagnostics.grade]}"))
    console.print(heading("Attacks per week: median and 90 % interval\n"))
    console.print(_weekly_table(made))
    console.print(heading("Set aside"))
    names = {row.report_id for row in made.reports_used} | {row.report_id for row in made.reports_set_aside}
    for reason, count in by_reason((row.reason for row in made.reports_set_aside), names=names).items():
        console.print(indented(f"{count:3d}  {reason}"))
    console.print(heading("Reports inconsistent with the others\n"))
    console.print(_tension_table(made))
    print_files(written, console)


def _weekly_table(made: Reconstruction) -> Table:
    """Return a table of the weeks: a row a week, a column a series: median and 90 % interval."""
    rows = weekly_rows(made)
    series = list(dict.fromkeys(str(row[0]) for row in rows))
    cells = {(row[0], row[1]): row for row in rows}
    table = plain_table("week of", *series)
    for week in sorted({str(row[1]) for row in rows}):
        table.add_row(week, *(_cell(cells[name, week]) for name in series))
    return table


def _cell(row: list[Any]) -> str:
    """Return one week of one series."""
    low, median, high = row[3:]
    return "missing" if median is None else with_interval(median, low, high)


def _tension_table(made: Reconstruction) -> Table:
    """Return the flagged reports, the least consistent first."""
    flagged = sorted((row for row in made.tension if row.flag), key=lambda row: -abs(row.residual))
    table = plain_table("report", "says", "others imply", "z")
    for row in compared_rows(flagged):
        table.add_row(*row.values())
    return table
