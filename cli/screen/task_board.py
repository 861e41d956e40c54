"""How far a batch is: a live table on a screen, one plain line a task in a log; both on standard error."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.text import Text

from lull.batch.engine import Named
from lull.batch.tasks import Outcome
from lull.cli.screen.layout import plain_table
from lull.cli.screen.streams import errors, harmless
from lull.scenarios.presentation.verdicts import GRADE_STYLES

SHOWN = 8  # tasks that ended last
WIDEST = 46
STYLES = GRADE_STYLES | {"failed": "bold red"}


class Board:
    """Counts tasks as they end; `workers` is how many may run at once."""

    def __init__(self, todo: int, *, of: int) -> None:
        self.workers = 0
        self._todo, self._kept = todo, of - todo
        self._done = self._failed = 0
        self._started = time.monotonic()
        self._last: deque[tuple[str, str, str]] = deque(maxlen=SHOWN)

    def ended(self, task: Named, outcome: Outcome) -> None:
        """Count a task that ended."""
        self._done += 1
        self._failed += outcome["status"] == "failed"
        took = "" if outcome["seconds"] is None else f"{outcome['seconds']:.1f} s"
        self._last.append((harmless(task.label), outcome["grade"] or outcome["status"], took))

    @property
    def _left(self) -> str:
        """The time that is left, at the pace so far."""
        if not self._done:
            return "unknown"
        seconds = (time.monotonic() - self._started) / self._done * (self._todo - self._done)
        return str(timedelta(seconds=round(seconds)))

    def line(self) -> str:
        """Return the counts in one line."""
        running = min(self.workers, self._todo - self._done)
        kept = f", {self._kept} from the store" if self._kept else ""
        return f"{self._done} of {self._todo} done{kept}, {running} running, {self._failed} failed, {self._left} left"

    def last(self) -> str:
        """Return the task that ended last, in one line."""
        return " ".join(part for part in self._last[-1] if part)

    def __rich__(self) -> RenderableType:
        table = plain_table("ended last", "", "", words=2, widest=WIDEST)
        for label, word, took in self._last:
            table.add_row(label, Text(word, style=STYLES.get(word, "")), took)
        bar = Padding(ProgressBar(total=self._todo, completed=self._done, width=WIDEST), (0, 0, 1, 0))
        return Group(Text(self.line()), bar, table)


class _Log(Board):
    """A line for each task that ends."""

    def __init__(self, todo: int, *, of: int, console: Console) -> None:
        super().__init__(todo, of=of)
        self._console = console

    def ended(self, task: Named, outcome: Outcome) -> None:
        """Count a task that ended, and print its line."""
        super().ended(task, outcome)
        self._console.print(f"{self.line()}: {self.last()}", soft_wrap=True)


@contextmanager
def board(todo: int, *, of: int) -> Iterator[Board]:
    """Yield the board of `todo` tasks, out of the `of` tasks of the plan."""
    console = errors()
    if not console.is_terminal:
        yield _Log(todo, of=of, console=console)
        return
    shown = Board(todo, of=of)
    with Live(shown, console=console, transient=True):
        yield shown
