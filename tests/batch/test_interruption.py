"""Ctrl-C stops the work also when a library swallowed its exception."""

import contextlib
import os
import signal

import pytest

from lull.batch.interruption import SIGNALS, Interruption


@pytest.mark.parametrize(("number", "kind"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_a_swallowed_signal_is_raised_again_by_the_next_step(number: int, kind: type[BaseException]) -> None:
    reported: list[str] = []
    with Interruption() as interruption:
        progress = interruption.heeding(lambda step, _done, _total: reported.append(step))
        progress("before", 0, 1)
        with contextlib.suppress(kind):
            os.kill(os.getpid(), number)
        with pytest.raises(kind):
            progress("after", 0, 1)
    assert reported == ["before"]


def test_the_signals_are_given_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with Interruption():
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before
