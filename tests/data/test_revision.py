"""What decides a number names its results: a change of the code makes other runs, forecasts and trials."""

from pathlib import Path

import pytest

from lull.data.integrity import revision as module
from lull.data.integrity.revision import ASIDE, FITTING, FORECASTING, ROOT, SCORING, revision


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree of modules."""
    for name in ("data/counts.py", "model/fitting/fit.py", "model/runs/store.py", "scenarios/page.html", "data/a.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "fits", "forecasts"),
    [
        ("model/fitting/fit.py", True, True),
        ("data/counts.py", True, True),
        ("model/fitting/new.py", True, True),
        ("scenarios/page.html", False, True),
        ("model/runs/store.py", False, False),
        ("data/a.csv", False, False),
        ("pages/lab.py", False, False),
    ],
)
def test_a_change_of_the_code_makes_another_revision(tree: Path, changed: str, *, fits: bool, forecasts: bool) -> None:
    before = [revision.__wrapped__(folders, tree) for folders in (FITTING, FORECASTING)]
    (tree / changed).parent.mkdir(exist_ok=True)
    (tree / changed).write_text("another line")
    after = [revision.__wrapped__(folders, tree) for folders in (FITTING, FORECASTING)]
    assert [old != new for old, new in zip(before, after, strict=True)] == [fits, forecasts]


def test_a_renamed_module_makes_another_revision(tree: Path) -> None:
    before = revision.__wrapped__(FITTING, tree)
    (tree / "data/counts.py").rename(tree / "data/sums.py")
    assert revision.__wrapped__(FITTING, tree) != before


def test_the_revision_is_of_modules_that_are_there() -> None:
    assert all((ROOT / name).exists() for name in (*SCORING, *ASIDE))
    assert len({revision(folders) for folders in (FITTING, FORECASTING, SCORING)}) == 3
    assert Path(module.__file__).is_relative_to(ROOT)
