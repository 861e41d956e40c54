"""CSV text: what is let in, what is told, and that nothing else escapes."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.readers import tabular
from lull.data.readers.tabular import Table, embedded_file, read_table, read_text
from lull.data.schema import InputError

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12).map(str.strip)
rows = st.lists(st.tuples(cells, cells).filter(any), min_size=1, max_size=8)


def read(path: Path, content: bytes) -> Table:
    path.write_bytes(content)
    return read_table(path, required=("a", "b"), optional=("c",))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tabular") / "t.csv"


@given(rows=rows, newline=st.sampled_from(["\n", "\r\n"]), mark=st.sampled_from(["", "\ufeff"]))
def test_what_csv_writes_is_read_back(file: Path, rows: list[tuple[str, str]], newline: str, mark: str) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write(mark)
        writer = csv.writer(out, lineterminator=newline)
        writer.writerow(["a", "b"])
        writer.writerows(rows)
    table = read_table(file, required=("a", "b"))
    assert table.rows == rows


def test_a_row_knows_the_line_it_starts_on(file: Path) -> None:
    table = read(file, b'a,b\n1,"two\nlines"\n\n , \n3,4\n')
    assert table.lines == [2, 6]
    assert table.where(6, "b") == "t.csv:line 6, column b"


def test_blanks_around_a_cell_are_not_part_of_it(file: Path) -> None:
    assert read(file, b"a, b\n 1 ,2 \n").rows == [("1", "2")]


def test_a_column_that_the_file_does_not_have_is_empty(file: Path) -> None:
    assert read(file, b"a,b\n1,2\n").column("c") == [""]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected a header and rows, found an empty file"),
        (b"\x1c\n", "expected a header and rows, found an empty file"),
        (b"\xef\xbb\xbf \n,,\n", "expected a header and rows, found an empty file"),
        (b"a,b\n\n", r"line 1: expected rows below the header, found the header alone"),
        (b"a;b\n1;2\n", "expected columns separated by commas, found columns separated by semicolons"),
        (b"a\tb\n1\t2\n", "found columns separated by tabs"),
        (b"a,b,cc\n1,2,3\n", r"expected a known column, found 'cc'. Did you mean 'c'\?"),
        (b"a,a,b\n1,2,3\n", "expected each column once, found 'a' 2 times"),
        (b"a,b,\n1,2,3\n", "expected a name for every column, found no name in column 3"),
        (b"a\n1\n", "expected a column 'b', found none of that name. Needed: a, b."),
        (b"a,b\n1,caf\xe9\n", "line 2: expected text in UTF-8, found the byte 0xe9"),
        (b"a,b\n1,\x00\n", "line 2: expected text .CSV., found a NUL byte"),
        (b'a,b\n1,2\n3,"4\n', r"line 3: expected comma-separated cells, found a row that can not be read"),
        (b"PK\x03\x04rest", "found a ZIP archive or a spreadsheet. Save the sheet as CSV"),
        ("a,b\n1,2\n".encode("utf-16"), "found text in UTF-16"),
        (b"PAR1rest", "found a Parquet file"),
    ],
)
def test_a_file_that_is_no_such_table_is_told(file: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(file, content)


def test_every_wrong_column_is_told_at_once(file: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(file, b"a,a,d,\n1,2,3,4\n")
    assert len(caught.value.problems) == 4


def test_ragged_rows_are_kept_apart_with_their_lines(file: Path) -> None:
    table = read(file, b"a,b\n1\n2,3\n4,5,6\n")
    assert table.rows == [("2", "3")]
    assert str(table.ragged[2]) == "t.csv:line 2: expected 2 cells, found 1 cell. An empty cell keeps its comma."
    assert str(table.ragged[4]) == "t.csv:line 4: expected 2 cells, found 3 cells. Quote a cell that holds a comma."


def test_a_file_of_ragged_rows_is_given_up_early(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "MAX_RAGGED", 3)
    with pytest.raises(InputError) as caught:
        read(file, b"a,b\n" + b"1\n" * 100)
    assert len(caught.value.problems) == 4


def test_a_file_of_too_many_rows_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "MAX_ROWS", 3)
    assert len(read(file, b"a,b\n" + b"1,2\n" * 3).rows) == 3
    with pytest.raises(InputError, match="expected at most 3 rows, found more"):
        read(file, b"a,b\n" + b"1,2\n" * 4)


def test_a_directory_and_a_missing_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a file, found a directory"):
        read_text(tmp_path)
    with pytest.raises(InputError, match="expected a file, found nothing of that name"):
        read_text(tmp_path / "none.csv")
    with pytest.raises(InputError, match="expected a readable file"):
        read_text(tmp_path / ("x" * 5000))


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as out:
        out.truncate(2_000_000_000)  # sparse: no disk is used
    with pytest.raises(InputError, match="expected at most 200 MB, found a larger file"):
        read_text(huge)


def test_a_stream_is_read_no_further_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "MAX_BYTES", 1_000_000)
    with pytest.raises(InputError, match="expected at most 1 MB, found a larger file"):
        read_text(Path("/dev/zero"))


@given(st.binary(max_size=200))
def test_no_bytes_give_anything_but_a_table_or_an_input_error(file: Path, content: bytes) -> None:
    try:
        table = read(file, content)
    except InputError as error:
        assert error.problems  # noqa: PT017 - both outcomes are right; this one has to say what is wrong
    else:
        assert table.rows or table.ragged


@pytest.mark.parametrize("name", ["reports.csv", "events.csv", "README.md"])
def test_the_embedded_files_are_where_the_package_is(name: str) -> None:
    assert embedded_file(name).is_file()
