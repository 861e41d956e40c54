"""Processes at work at once have compile directories of their own; one that ended leaves its folder to the next."""

import subprocess
import sys
from pathlib import Path

import pytest

from lull.model.runs import compile_cache

LEASE = """
import sys
from pathlib import Path
from lull.model.runs.compile_cache import lease
print(lease(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""
CONFIGURED = """
import sys
from pathlib import Path
from lull.model.runs.compile_cache import lease
lease(Path(sys.argv[1]))
import pytensor
print(pytensor.config.base_compiledir, pytensor.config.generated_src_dir)
"""


@pytest.fixture(autouse=True)
def own_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    """No flags of the reader's, nor those that the tests compile with (`tests/conftest.py`)."""
    monkeypatch.delenv(compile_cache.FLAGS, raising=False)


def start(root: Path) -> subprocess.Popen[str]:
    """Return a process that holds a compile directory until its input ends."""
    command = [sys.executable, "-c", LEASE, str(root)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def leased(process: subprocess.Popen[str]) -> str:
    """Return the name of the folder that the process got."""
    assert process.stdout is not None
    return Path(process.stdout.readline().strip()).name


def test_each_process_has_its_own_and_the_next_one_inherits(tmp_path: Path) -> None:
    with start(tmp_path) as first, start(tmp_path) as second:
        assert {leased(first), leased(second)} == {"0", "1"}
        first.communicate("")
        second.communicate("")
    with start(tmp_path) as third:
        assert leased(third) == "0"
        third.communicate("")


def test_pytensor_compiles_there(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CONFIGURED, str(tmp_path)]
    compiled, source = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert (Path(compiled), Path(source)) == (tmp_path / "0", tmp_path / "0" / "source")


def test_the_users_own_flags_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_cache.sys, "modules", {})
    monkeypatch.setenv(compile_cache.FLAGS, "compiledir=/elsewhere")
    assert compile_cache.lease(tmp_path) is None
    assert not list(tmp_path.iterdir())
