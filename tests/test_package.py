"""What is installed: one package by one name, which works where the user's own files have the names of its parts."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
OWN = ("data/__init__.py", "model.py", "pages.py", "cli.py")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder, whose modules have the names of Lull's parts, with weekly counts in it."""
    (tmp_path / "data").mkdir()
    for name in OWN:
        (tmp_path / name).write_text("raise RuntimeError('of the user')\n", "utf-8")
    (tmp_path / "weekly.csv").write_text("series,week_start,count\nnorth,2024-01-01,3\nnorth,2024-01-08,0\n", "utf-8")
    return tmp_path


def started(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command there, with the folder on Python's path."""
    environment = {"PYTHONPATH": ".", "PATH": "", "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.integration
def test_lull_is_imported_where_the_user_has_modules_of_the_same_names(folder: Path) -> None:
    done = started(folder, sys.executable, "-c", "import lull; print(lull.fit.__name__, lull.read_counts.__name__)")
    assert (done.returncode, done.stdout.split()) == (0, ["fit", "read_counts"]), done.stderr


def test_the_command_runs_where_the_user_has_modules_of_the_same_names(folder: Path) -> None:
    done = started(folder, str(BIN / "lull"), "check", "weekly.csv")
    assert done.returncode == 0, done.stderr
    assert "north" in done.stdout or "1 series" in done.stdout


def test_a_wheel_holds_one_package_with_its_data(tmp_path: Path) -> None:
    build = [str(BIN / "hatchling"), "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"lull"}
    held = ("py.typed", "app.py", "data/embedded/reports.csv", "scenarios/library/baseline.toml", "fits.py")
    assert {f"lull/{name}" for name in held} <= set(names)
    assert any(name.startswith("lull/cli") for name in names)


@pytest.mark.parametrize("lock", ["requirements-login.lock", "requirements-dev.lock"])
def test_the_locks_of_the_log_in_hold_all_that_it_needs_with_hashes(lock: str) -> None:
    pinned = (ROOT / lock).read_text("utf-8").replace("\\\n", "").splitlines()
    rows = {line.split("==")[0]: line for line in pinned if "==" in line}
    assert {"authlib", "httpx", "streamlit"} <= set(rows)
    assert all("--hash=sha256:" in row for row in rows.values())
    assert "://" not in "".join(pinned)  # no address of an index
