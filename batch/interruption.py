"""A wish to stop that is not lost: libraries that compile code may swallow the exception of a signal.

The signal is raised and remembered, and raised again whenever the work reports its progress.
"""

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

type Progress = Callable[[str, int, int], None]
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Holds Ctrl-C (KeyboardInterrupt) and SIGTERM (SystemExit) while its block runs, in the main thread."""

    def __init__(self) -> None:
        self._number: int | None = None

    def __enter__(self) -> Self:
        """Take over the signals."""
        self._before = {number: signal.signal(number, self._remember) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler or signal.SIG_DFL)

    def heeding(self, progress: Progress) -> Progress:
        """Return a progress that stops the work if it should have stopped."""

        def stopping(step: str, done: int, total: int) -> None:
            self.stop_if_asked()
            progress(step, done, total)

        return stopping

    def stop_if_asked(self) -> None:
        """Raise what the signal raised, again."""
        if self._number == signal.SIGINT:
            raise KeyboardInterrupt
        if self._number is not None:
            raise SystemExit(128 + self._number)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._number = number
        self.stop_if_asked()
