"""The runs of a store as a table."""

from collections.abc import Sequence

from lull.cli.screen.layout import plain_table
from lull.cli.screen.streams import output
from lull.model.runs.store import Run, Store
from lull.scenarios.overview.run_rows import run_rows

MOST = 200  # runs of a table; JSON has all
WIDEST = 20  # columns for whose attacks a run is about
SHOWN = ("run_id", "of", "as_of", "origin", "grade", "calibration")


def print_runs(runs: Sequence[Run], store: Store, *, all_asked: bool) -> None:
    """Print the newest runs as a table; `all_asked`: no series, grade or origin was chosen."""
    console = output()
    if not runs:
        none = "No runs in" if all_asked else "No such run in"
        first = " `lull forecast` makes the first one." if all_asked else ""
        console.print(f"{none} {store.folder}.{first}", soft_wrap=True)
        return
    table = plain_table("run", "of", "as of", "origin", "grade", "track record", "made", words=7)
    table.columns[1].no_wrap, table.columns[1].max_width = False, WIDEST
    for row in run_rows(runs[:MOST]):
        cells = row | {"of": "; ".join(row["series"]) or row["subject"]}
        table.add_row(*(str(cells[name]) for name in SHOWN), str(row["created"])[:10])
    console.print(table)
    if len(runs) > MOST:
        rest = f"The newest {MOST} of {len(runs):,} runs. --series, --grade and --origin choose; --json lists all."
        console.print(f"\n{rest}", soft_wrap=True)
    console.print(f"\nStore: {store.folder}", soft_wrap=True)
