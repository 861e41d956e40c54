"""The runs of a store, chosen and listed."""

from collections.abc import Iterable
from typing import Any

from lull.cli.screen.layout import plain_table
from lull.cli.screen.streams import output
from lull.data.calendar import week_of
from lull.data.readers.cells import parse_day
from lull.model.runs.store import Run, Store
from lull.scenarios.results.evidence_used import series_chosen

MOST = 200  # runs of a table; JSON has all
WIDEST = 20  # columns for whose attacks a run is about
SHOWN = ("run_id", "of", "as_of", "origin", "grade", "calibration")


def chosen_runs(runs: Iterable[Run], *, series: str | None, grade: str | None, origin: str | None) -> list[Run]:
    """Return some runs, in their order: all, or those of a series, a grade or an origin week."""
    day = None if origin is None else parse_day(origin)
    return [
        run
        for run in runs
        if (grade is None or run.record["grade"] == grade)
        and (day is None or run.origin == week_of(day, run.origin))
        and (series is None or series in _names(run))
    ]


def print_runs(rows: list[dict[str, Any]], store: Store, *, all_asked: bool) -> None:
    """Print the newest runs as a table; `all_asked`: no series, grade or origin was chosen."""
    console = output()
    if not rows:
        none = "No runs in" if all_asked else "No such run in"
        first = " `lull forecast` makes the first one." if all_asked else ""
        console.print(f"{none} {store.folder}.{first}", soft_wrap=True)
        return
    table = plain_table("run", "of", "as of", "origin", "grade", "track record", "made", words=7)
    table.columns[1].no_wrap, table.columns[1].max_width = False, WIDEST
    for row in rows[:MOST]:
        cells = row | {"of": "; ".join(row["series"]) or row["subject"]}
        table.add_row(*(str(cells[name]) for name in SHOWN), str(row["created"])[:10])
    console.print(table)
    if len(rows) > MOST:
        rest = f"The newest {MOST} of {len(rows):,} runs. --series, --grade and --origin choose; --json lists all."
        console.print(f"\n{rest}", soft_wrap=True)
    console.print(f"\nStore: {store.folder}", soft_wrap=True)


def _names(run: Run) -> set[str]:
    """Return the names that a run goes by: its series where they were chosen, and its factions."""
    return {*series_chosen(run), *run.record["evidence"]["factions"]}
