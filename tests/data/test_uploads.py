"""The reader's own files: only good ones are kept, each under a name of its own."""

import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data import uploads
from lull.data.schema import InputError
from lull.data.uploads import Cabinet

GOOD = b"series,week_start,count\nnorth,2024-01-01,3\nnorth,2024-01-08,0\n"
BROKEN = b"series,week_start,count\nnorth,2024-01-02,x\nnorth,2024-01-08,-1\n"


@pytest.fixture
def files(tmp_path: Path) -> Cabinet:
    return Cabinet(tmp_path / "files")


def test_a_good_file_is_recognised_kept_and_previewed(files: Cabinet) -> None:
    kept = files.put("Weekly counts (new).csv", GOOD)
    assert files.files() == (kept,)
    assert (kept.kind, kept.name) == ("counts", "Weekly-counts-new.csv")
    assert "1 series over 2 weeks" in kept.says
    assert kept.preview()[0] == {"series": "north", "week_start": "2024-01-01", "count": "3"}


def test_of_a_broken_file_every_problem_is_reported_by_line_and_nothing_kept(files: Cabinet) -> None:
    with pytest.raises(InputError) as reported:
        files.put("weekly.csv", BROKEN)
    lines = [problem.where for problem in reported.value.problems]
    assert [line.split(",")[0] for line in lines] == ["weekly.csv:line 2", "weekly.csv:line 2", "weekly.csv:line 3"]
    assert list(files.folder.iterdir()) == []


def test_a_second_file_of_the_same_name_replaces_nothing(files: Cabinet) -> None:
    first, second = files.put("a.csv", GOOD), files.put("a.csv", GOOD + b"south,2024-01-01,1\n")
    assert (first.path.read_bytes(), second.name) == (GOOD, "a-2.csv")
    files.remove("a.csv")
    files.remove("a.csv")
    assert [each.name for each in files.files()] == ["a-2.csv"]


@given(name=st.text(max_size=300))
def test_whatever_its_name_a_file_stays_in_the_folder(name: str) -> None:
    plain = uploads._plain(f"{name}.csv")
    assert Path(plain).name == plain
    assert not plain.startswith(".")
    assert len(plain.encode()) <= 255


@pytest.mark.parametrize("name", ["a.xls", "a", "a.toml"])
def test_another_kind_of_file_is_refused(files: Cabinet, name: str) -> None:
    with pytest.raises(InputError, match=r"expected a file whose name ends in \.csv, \.tsv"):
        files.put(name, GOOD)


def test_exports_and_workbooks_are_kept_and_previewed(files: Cabinet) -> None:
    export = files.put("ged.csv", b"id,date_start,date_end,side_a,side_b,country\n1,2024-01-01,2024-01-01,A,B,C\n")
    assert (export.kind, export.preview()[0]["side_a"]) == ("ucdp", "A")
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in (["series", "week_start", "count"], ["north", "2024-01-01", 3]):
        book.active.append(row)
    book.save(content)
    kept = files.put("weekly.xlsx", content.getvalue())
    assert (kept.kind, kept.preview()) == ("counts", [{"series": "north", "week_start": "2024-01-01", "count": "3"}])


def test_sizes_and_numbers_of_files_have_an_end(files: Cabinet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", len(GOOD))
    monkeypatch.setattr(uploads, "MOST_FILES", 1)
    files.put("a.csv", GOOD)
    with pytest.raises(InputError, match="at most"):
        files.put("b.csv", GOOD + GOOD)
    with pytest.raises(InputError, match="Delete some"):
        files.put("b.csv", GOOD)
