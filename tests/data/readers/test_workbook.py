"""Workbooks: read as CSV is; formulas, bombs and damaged files are reported."""

import datetime as dt
import io
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lull.data.counts import read_counts
from lull.data.schema import InputError


def workbook(path: Path, *rows: list[object]) -> Path:
    book = openpyxl.Workbook()
    for row in [["series", "week_start", "count"], *rows]:
        book.active.append(row)
    book.save(path)
    return path


def test_a_sheet_of_counts_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx", ["north", dt.date(2024, 1, 1), 3], ["north", dt.datetime(2024, 1, 8), None])  # noqa: DTZ001 - as a sheet has it
    assert read_counts(path).array[0, 0].to_numpy()[0] == 3
    assert read_counts(path).array.isnull().sum() == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["north", dt.date(2024, 1, 1), "=1+2"], "w.xlsx:cell C2: expected a value, found a formula"),
        (["north", 45292, 3], "day number it would be 2024-01-01"),
        (["north", dt.date(2024, 1, 1), "2,5"], "w.xlsx:row 2, column count: expected a whole number"),
    ],
)
def test_a_wrong_cell_is_reported(tmp_path: Path, row: list[object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_counts(workbook(tmp_path / "w.xlsx", row))
    assert message in str(caught.value)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as out,
    ):
        for _ in range(301):
            out.write(bytes(1_000_000))
    with pytest.raises(InputError, match="at most 300 MB unpacked"):
        read_counts(path)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
def test_a_part_that_swells_more_than_a_spreadsheet_does_is_not_unpacked(tmp_path: Path, part: str) -> None:
    path = workbook(tmp_path / "w.xlsx", ["north", dt.date(2024, 1, 1), 3])
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()} | {part: b"<font/>" * 300_000}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match=rf"expected a workbook of ordinary size, found a part of 2 MB, {part}"):
        read_counts(path)


def test_a_part_without_cells_is_small_however_it_is_packed(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).bytes(20_000_001)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w") as archive:
        archive.writestr("xl/styles.xml", noise)
    with pytest.raises(InputError, match="a part of 20 MB"):
        read_counts(tmp_path / "bomb.xlsx")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.integers(0, 10_000))
def test_a_damaged_workbook_ends_in_no_traceback(tmp_path: Path, at: int, byte: int, cut: int) -> None:
    buffer = io.BytesIO(workbook(tmp_path / "w.xlsx", ["north", dt.date(2024, 1, 1), 3]).read_bytes())
    content = bytearray(buffer.getvalue())
    content[at % len(content)] = byte
    (tmp_path / "w.xlsx").write_bytes(content[: len(content) - cut % 50])
    try:
        read_counts(tmp_path / "w.xlsx")
    except InputError as error:
        assert error.problems  # noqa: PT017 - a file that is still good is let in
