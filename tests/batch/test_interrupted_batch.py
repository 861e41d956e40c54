"""An interrupted batch says how to go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Never

import pytest

from lull.terminal import batching


def test_an_interrupted_batch_names_the_command_that_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def running(*_: object) -> Iterator[bool]:
        yield True

    def interrupted(*_: object) -> Never:
        raise KeyboardInterrupt

    batch: Any = SimpleNamespace(out=tmp_path / "out", tasks=())
    for name, stand_in in {
        "read_batch": lambda _: batch,
        "running": running,
        "missing": lambda *_: [],
        "_run": interrupted,
    }.items():
        monkeypatch.setattr(batching, name, stand_in)
    plan = tmp_path / "plan.toml"
    with pytest.raises(KeyboardInterrupt, match=f"go on with: lull batch run {plan} --store"):
        batching.run_and_print(plan, tmp_path / "store", batching.Where(), as_json=False)
