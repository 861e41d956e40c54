"""The two streams: results on standard output, everything else on standard error.

The invariant: nothing of a file, a name or a note reaches the terminal as a command to it. Of what is printed only
letters, line ends, tabs and the colours of a page go through.
"""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from lull.batch.interruption import Interruption

if TYPE_CHECKING:
    from rich.console import Console

    from lull.cli.screen.progress import ProgressCallback

# Control characters (C0, DEL, C1) and marks that turn the direction of a line, but for the sequences of colours.
MARKS = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
MARK, CONTROL = re.compile(MARKS), re.compile(rf"(\x1b\[[0-9;]*m)|{MARKS}")
PIPED_WIDTH = 100  # columns, where nobody says how wide a line may be


class Harmless:
    """A stream whose texts command no terminal; colours pass where there is a screen."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text without what a terminal would obey."""
        return self._stream.write(harmless(text, colours=self._stream.isatty()))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def harmless(text: str, *, colours: bool = False) -> str:
    """Return a text with control characters as a replacement mark; the sequences of colours may stay."""
    return CONTROL.sub(lambda found: found[1] if colours and found[1] else "\ufffd", text)


def output() -> "Console":
    """Return the console of results: as wide as the screen, or 100 columns when piped."""
    from rich.console import Console  # noqa: PLC0415 - JSON is printed without

    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(file=cast("IO[str]", Harmless(sys.stdout)), width=width, highlight=False, markup=False, emoji=False)


def errors() -> "Console":
    """Return the console of everything that is no result; names of the user's are not markup."""
    from rich.console import Console  # noqa: PLC0415 - the same

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


@contextmanager
def progress(*, waiting: str) -> Iterator["ProgressCallback"]:
    """Yield the callback of (step, done, total) that shows progress on standard error; Ctrl-C stops the work."""
    from lull.cli.screen.progress import shown_progress  # noqa: PLC0415 - the same

    with Interruption() as interruption, shown_progress(errors(), waiting=waiting) as report:
        yield interruption.heeding(report)
        interruption.stop_if_asked()


def print_json(content: object) -> None:
    """Print one JSON object."""
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write(MARK.sub(lambda mark: f"\\u{ord(mark[0]):04x}", text) + "\n")
