"""The two streams: results on standard output, everything else on standard error."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from lull.batch.interruption import Interruption
from lull.cli.screen.progress import ProgressCallback, shown_progress

PIPED_WIDTH = 100  # columns, where nobody says how wide a line may be


def output() -> Console:
    """Return the console of results: as wide as the screen, or 100 columns when piped."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False)


def errors() -> Console:
    """Return the console of everything that is no result; names of the user's are not markup."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


@contextmanager
def progress(*, waiting: str) -> Iterator[ProgressCallback]:
    """Yield the callback of (step, done, total) that shows progress on standard error; Ctrl-C stops the work."""
    with Interruption() as interruption, shown_progress(errors(), waiting=waiting) as report:
        yield interruption.heeding(report)
        interruption.stop_if_asked()


def print_json(content: object) -> None:
    """Print one JSON object."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")
