"""Progress on standard error: bars on a screen, one plain line a step in a log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

type ProgressCallback = Callable[[str, int, int], None]


@contextmanager
def shown_progress(console: Console, *, waiting: str) -> Iterator[ProgressCallback]:
    """Yield the callback of (step, done, total) that shows progress; `waiting` names what precedes the first step."""
    if console.is_terminal:
        with _bars(console) as bars:
            yield _Bars(bars, waiting)
    else:
        yield _Lines(console)


def _bars(console: Console) -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True)


class _Bars:
    """One bar a step; a step that begins ends the one before."""

    def __init__(self, bars: Progress, waiting: str) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {"": bars.add_task(waiting, total=None)}
        self._step = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        if step != self._step:
            self._finish()
            self._step = step
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=total or None)
        self._bars.update(self._tasks[step], completed=done, total=total or None)

    def _finish(self) -> None:
        """Fill the bar of the step that is over."""
        task = self._tasks[self._step]
        total = next((one.total for one in self._bars.tasks if one.id == task), None) or 1
        self._bars.update(task, completed=total, total=total)


class _Lines:
    """A line when a step begins."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._step = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        del done, total
        if step != self._step:
            self._step = step
            self._console.print(f"{step} ...", highlight=False)
