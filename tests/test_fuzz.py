"""A small part of `make fuzz`: mutated files of every kind are read to their end or refused in words."""

from itertools import islice
from pathlib import Path

import pytest

from tests.fuzz import cases, finding, targets

CASES = 25  # of each kind; `make fuzz` tries thousands


@pytest.mark.parametrize("name", sorted(targets()))
def test_a_mutated_input_is_read_or_refused(name: str, tmp_path: Path) -> None:
    wrong = {number: finding(name, case, tmp_path) for number, case in enumerate(islice(cases(name, 1), CASES))}
    assert {number: text for number, text in wrong.items() if text} == {}


@pytest.mark.parametrize("name", sorted(targets()))
def test_what_is_not_mutated_is_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"case{targets()[name].suffix}"
    for seed in targets()[name].seeds:
        path.write_bytes(seed)
        targets()[name].read(path)


def test_a_finding_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.read_record", None)
    targets.cache_clear()
    assert finding("record", b"{}", tmp_path).startswith("TypeError")
    monkeypatch.undo()
    targets.cache_clear()
