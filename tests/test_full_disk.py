"""A disk that is full at any write of a command: refused in words, nothing lost, and done once there is room."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import full_disk, kills

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def pattern() -> Iterator[Path]:
    """The place that every trial is a copy of."""
    with tempfile.TemporaryDirectory() as place:
        kills.settle(Path(place) / "pattern")
        yield Path(place) / "pattern"


@pytest.mark.parametrize(("name", "writes"), [("resolve", 8), ("export", 6)])
def test_no_write_of_a_command_loses_anything_on_a_full_disk(name: str, writes: int, pattern: Path) -> None:
    found = full_disk.tried(name, pattern)
    assert found.lost == []
    assert found.trials >= writes
    assert found.under_way >= found.trials - 2  # a file that only helps may be done without
