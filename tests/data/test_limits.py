"""Limits of a shared server: as they are written, and what they refuse."""

from pathlib import Path

import pytest

from lull.data.integrity.limits import Limits, check_room, size_words
from lull.data.schema import InputError


def test_limits_are_read_from_the_environment() -> None:
    given = {
        "LULL_FITS": "3", "LULL_FITS_PER_READER": "2", "LULL_FIT_MEMORY": "4G", "LULL_FIT_MINUTES": "30",
        "LULL_QUOTA": "500mb",
    }  # fmt: skip
    assert Limits.of(given) == Limits(3, 2, 4 * 2**30, 30, 500 * 2**20)
    assert Limits.of(dict.fromkeys(given, "")) == Limits(2, 1, None, None, None)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("LULL_FITS", "0", "a whole number from 1 on"),
        ("LULL_FITS_PER_READER", "many", "a whole number from 1 on"),
        ("LULL_FIT_MINUTES", "1.5", "a whole number from 1 on"),
        ("LULL_FIT_MEMORY", "4 gigabytes", "a size such as 500M or 4G"),
        ("LULL_QUOTA", "-1G", "a size such as 500M or 4G"),
        ("LULL_QUOTA", "0", "a size such as 500M or 4G"),
    ],
)
def test_a_text_that_is_no_limit_is_refused(name: str, text: str, expected: str) -> None:
    with pytest.raises(InputError, match=f"{name}: expected {expected}, found '{text}'"):
        Limits.of({name: text})


def test_room_is_what_all_folders_of_a_reader_leave(tmp_path: Path) -> None:
    runs, files = tmp_path / "runs", tmp_path / "files"
    for folder in (runs, files):
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / "file").write_bytes(bytes(2_000_000))
    check_room([runs, files], None)
    check_room([runs, files], 5 * 2**20)
    check_room([runs, files, tmp_path / "none"], 5 * 2**20, adding=1_000_000)
    with pytest.raises(InputError, match=r"your space: expected at most 4 MB, found 3\.8 MB and 976\.6 kB to come"):
        check_room([runs, files], 4 * 2**20, adding=1_000_000)


@pytest.mark.parametrize(("size", "words"), [(2**30 * 4, "4 GB"), (1_610_612_736, "1.5 GB"), (2_048, "2 kB")])
def test_a_size_is_said_in_words(size: int, words: str) -> None:
    assert size_words(size) == words
