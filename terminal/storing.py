"""`lull runs query` and `lull runs clean`: the store asked in SQL, and swept."""

from datetime import timedelta
from pathlib import Path

from lull.batch.cleanup import sweep
from lull.model.runs.query import ask_store
from lull.model.runs.store import Store
from lull.terminal.screen import output, print_json

MOST_ROWS = 100  # that a page shows; --json prints all


def query_and_print(sql: str, folder: Path | None, *, as_json: bool) -> None:
    """Print the rows that a question in SQL gives."""
    answer = ask_store(Store(folder), sql)
    if as_json:
        print_json({"columns": answer.column_names, "rows": answer.to_pylist()})
        return
    console = output()
    names, rows = answer.column_names, answer.slice(0, MOST_ROWS).to_pylist()
    told = [[_cell(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *told, strict=True)]
    for line in (names, ["─" * width for width in widths], *told):  # wider than the screen, yet every cell whole
        console.print("  ".join(map(str.ljust, line, widths)).rstrip(), soft_wrap=True)
    if (more := answer.num_rows - MOST_ROWS) > 0:
        console.print(f"... and {more} more rows (--json prints all).")


def _cell(value: object) -> str:
    """Return a value as a page shows it; --json has all digits."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def clean_and_print(folder: Path | None, *, older_than: int, dry_run: bool, as_json: bool) -> None:
    """Remove old runs that no listed batch refers to, and say what was removed."""
    swept = sweep(Store(folder), older_than=timedelta(days=older_than), dry_run=dry_run)
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "runs": swept.runs,
                "left_behind": swept.scratch,
                "trials": swept.trials,
                "backtest_running": swept.backtest_running,
                "bytes": swept.size,
            }
        )
        return
    would = "Would remove" if dry_run else "Removed"
    made = f"{_counted(len(swept.runs), 'run')}, {_counted(swept.trials, 'forecast')} of backtests"
    what = f"{made} and {_counted(len(swept.scratch), 'folder')} that killed processes left"
    stay = "1 run stays" if swept.kept == 1 else f"{swept.kept} runs stay"
    busy = " A backtest is under way, so all forecasts of backtests stay." if swept.backtest_running else ""
    output().print(f"{would} {what}, {swept.size / 1e6:.1f} MB.\n{stay}.{busy}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
