"""`lull reconstruct`: what the reports say of each week, which were set aside, which disagree."""

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.table import Table

from lull.data.evidence import Evidence, read_evidence
from lull.model.inspection.diagnostics import COUNTS_ADVICE
from lull.model.reconstruction.reconstruct import Reconstruction, reconstruct
from lull.model.reconstruction.tables import FILES, weekly_rows, write_reconstruction
from lull.scenarios.presentation.rows import compared_rows
from lull.scenarios.presentation.wording import with_interval
from lull.scenarios.results.document import CLAIMS, RECORDED
from lull.scenarios.results.evidence_used import by_reason
from lull.scenarios.results.outputs import check_out, copy_files
from lull.terminal.page import heading, indented, plain_table
from lull.terminal.screen import output, print_json, progress


def reconstruct_and_print(evidence: Evidence, *, imputations: int, out: Path | None, as_json: bool, seed: int) -> bool:
    """Reconstruct the weekly counts, print them and write them to `out`; return whether they may be used."""
    if out is not None:
        check_out(out)
    known = read_evidence(evidence)
    with progress(waiting="read the reports") as told:
        made = reconstruct(
            known.reports,
            as_of=known.as_of,
            faction=evidence.faction,
            imputations=imputations,
            progress=told,
            seed=seed,
        )
    written = _written(made, out) if out is not None else []
    if as_json:
        print_json(_document(made) | {"files": [str(path) for path in written]})
    else:
        _print(made, written)
    return made.diagnostics.grade != "unusable"


def _written(made: Reconstruction, out: Path) -> list[Path]:
    """Write the files, each whole or not at all, and return where they are."""
    with TemporaryDirectory(prefix="lull.") as name:
        scratch = Path(name)
        write_reconstruction(made, scratch)
        return copy_files([scratch / name for name in FILES], out)


def _document(made: Reconstruction) -> dict[str, Any]:
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


def _print(made: Reconstruction, written: list[Path]) -> None:
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
    console.print(heading("Reports far from what the others imply\n"))
    console.print(_tension_table(made))
    for path in written:
        console.print(f"Wrote {path}")


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
    """Return the flagged reports, the furthest apart first."""
    flagged = sorted((row for row in made.tension if row.flag), key=lambda row: -abs(row.residual))
    table = plain_table("report", "says", "others imply", "z")
    for row in compared_rows(flagged):
        table.add_row(*row.values())
    return table
