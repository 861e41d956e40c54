"""An interrupted batch says how to go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Never

import pytest
from typer.testing import CliRunner

from lull.cli import lull


def test_an_interrupted_batch_names_the_command_that_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def running(*_: object) -> Iterator[Any]:
        yield SimpleNamespace(fail=lambda _: None)

    def interrupted(*_: object, **__: object) -> Never:
        raise KeyboardInterrupt

    batch: Any = SimpleNamespace(out=tmp_path / "out", tasks=())
    for name, stand_in in {
        "lull.batch.plan.read_batch": lambda _: batch,
        "lull.batch.registry.running": running,
        "lull.batch.engine.missing": lambda *_: [()],
        "lull.cli.screen.task_board.board": interrupted,
    }.items():
        monkeypatch.setattr(name, stand_in)
    plan, store = tmp_path / "plan.toml", tmp_path / "store"
    result = CliRunner().invoke(lull, ["batch", "run", str(plan), "--store", str(store)])
    assert result.exit_code == 130
    assert f"go on with: lull batch run {plan} --store {store}" in result.stderr
