"""A second process compiles beside the first fit, is waited for where it is needed, and is never more than a help."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lull.cli import compile_ahead
from lull.cli.compile_ahead import NEEDS_DENSITY, CompileAhead, compiling_ahead

SAYS_BOTH = "import time; print('density', flush=True); time.sleep(.05); print('forecast', flush=True)"
DIES = "raise SystemExit(3)"
NEVER_ENDS = "import time; print('density', flush=True); time.sleep(600)"


def started(program: str) -> CompileAhead:
    return CompileAhead([sys.executable, "-c", program])


def test_a_stage_is_waited_for_and_an_earlier_one_is_not_waited_for_again() -> None:
    ahead = started(SAYS_BOTH)
    ahead.wait_for("forecast")
    ahead.wait_for("density")
    ahead.end()


def test_a_process_that_died_is_not_waited_for() -> None:
    ahead = started(DIES)
    ahead.wait_for("forecast")
    ahead.end()


def test_a_process_that_is_not_needed_any_more_is_ended() -> None:
    ahead = started(NEVER_ENDS)
    ahead.wait_for("density")
    ahead.end()
    assert ahead._process.returncode != 0


def test_a_fit_waits_before_it_needs_the_density_and_at_no_other_step() -> None:
    steps, ahead = [], started(SAYS_BOTH)
    progress = ahead.heeding(lambda *step: steps.append(step))
    progress("reconstruct the weekly counts", 0, 1)
    assert ahead._reached == set()
    progress(NEEDS_DENSITY, 0, 1)
    assert ahead._reached == {"density"}
    progress(NEEDS_DENSITY, 1, 1)
    ahead.end()
    assert [step for step, *_ in steps] == ["reconstruct the weekly counts", NEEDS_DENSITY, NEEDS_DENSITY]


@pytest.mark.parametrize("reason", ["compiled before", "one processor"])
def test_there_is_no_second_process_where_it_would_not_help(
    reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "mark"
    if reason == "compiled before":
        mark.touch()
    monkeypatch.setattr(compile_ahead, "_mark", lambda: mark)
    monkeypatch.setattr(os, "process_cpu_count", lambda: 1 if reason == "one processor" else 2)
    monkeypatch.setattr(compile_ahead, "CompileAhead", lambda _command: pytest.fail("a second process"))
    progress = print
    with compiling_ahead(progress) as heeding:
        assert heeding is progress


def test_a_fit_that_fails_ends_the_second_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def start(_command: list[str]) -> CompileAhead:
        made.append(started(NEVER_ENDS))
        return made[0]

    monkeypatch.setattr(compile_ahead, "_mark", lambda: tmp_path / "mark")
    monkeypatch.setattr(compile_ahead.os, "process_cpu_count", lambda: 2)
    monkeypatch.setattr(compile_ahead, "CompileAhead", start)
    with pytest.raises(RuntimeError), compiling_ahead(lambda *_: None):
        raise RuntimeError
    assert made[0]._process.returncode is not None


@pytest.mark.slow
def test_what_was_compiled_ahead_is_not_compiled_again(tmp_path: Path) -> None:
    """Of a fit of counts and its forecast nothing is left to compile: the second process adds no entry to the cache."""
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "numba")}
    command = [sys.executable, "-m", compile_ahead.__spec__.name]
    entries = []
    for _ in range(2):
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert ran.stdout.split() == ["density", "forecast"]
        entries.append(sorted(path.stat().st_mtime_ns for path in (tmp_path / "numba").rglob("*.nb*")))
    assert entries[0] == entries[1]
    assert len(entries[0]) > 10
