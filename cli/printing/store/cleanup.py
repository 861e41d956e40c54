"""What a cleanup of the store removed, or would remove, in words and as one object."""

from lull.batch.cleanup import Swept
from lull.cli.screen.streams import output


def cleanup_document(removed: Swept, *, dry_run: bool) -> dict[str, object]:
    """Return what was removed as one object."""
    return {
        "dry_run": dry_run,
        "runs": removed.runs,
        "left_behind": removed.scratch,
        "trials": removed.trials,
        "backtest_running": removed.backtest_running,
        "bytes": removed.size,
    }


def print_cleanup(removed: Swept, *, dry_run: bool) -> None:
    """Print what was removed, and what stays."""
    would = "Would remove" if dry_run else "Removed"
    made = f"{_counted(len(removed.runs), 'run')}, {_counted(removed.trials, 'forecast')} of backtests"
    what = f"{made} and {_counted(len(removed.scratch), 'folder')} that killed processes left"
    stay = "1 run stays" if removed.kept == 1 else f"{removed.kept} runs stay"
    busy = " A backtest is under way, so all forecasts of backtests stay." if removed.backtest_running else ""
    output().print(f"{would} {what}, {removed.size / 1e6:.1f} MB.\n{stay}.{busy}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
