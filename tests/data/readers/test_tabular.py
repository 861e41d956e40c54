"""CSV text: what is let in, what is reported, and that nothing else escapes."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.readers import tabular
from lull.data.readers.reading_options import Reading
from lull.data.readers.tabular import Table, embedded_file, read_table, read_utf8
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
        (b"1,2\n3,4\n", "line 1: expected a heading with the columns a, b, c, found no heading: .* '1', '2'. Add a"),
        (b'{"a": 1}', "expected a table, found JSON. Give the file a name that ends in .json."),
        (b"a,b,cc\n1,2,3\n", r"expected a known column, found 'cc'. Did you mean 'c'\?"),
        (b"a,a,b\n1,2,3\n", "expected each column once, found 'a' 2 times"),
        (b"a\n1\n", "expected a column 'b', found none of that name. Needed: a, b."),
        (b"a,b\n1,\xcc\xee\xf1\xea\xe2\xe0\n", "line 2: expected text in UTF-8, found the byte 0xcc.* --encoding"),
        (b"a,b\n1,\x00\n", "line 2: expected text .CSV., found a NUL byte"),
        (b'a,b\n1,2\n3,"4\n', r"line 3: expected comma-separated cells, found a row that cannot be read"),
        (b"PK\x03\x04rest", "found a ZIP archive or a spreadsheet. Save the sheet as CSV"),
        ("a,b\n1,2\n".encode("utf-16")[:-1], "expected text in UTF-16, found other bytes"),
        (b"PAR1rest", "found a Parquet file"),
    ],
)
def test_a_file_that_is_no_such_table_is_reported(file: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(file, content)


def test_every_wrong_column_is_reported_at_once(file: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(file, b"a,a,d,\n1,2,3,4\n")
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (b"a,b\n1,x\n", []),
        (b"a;b\n1;x\n", ["separated by semicolons"]),
        (b"sep=;\nB;A\nx;1\n", ["separated by semicolons", "line 2, below 'sep='", "other letters"]),
        (b"\xef\xbb\xbfA\tB\n1\tx\n", ["separated by tabs", "read as a, b"]),
        ("a|b\n1|x\n".encode("utf-16"), ["UTF-16", "separated by bars"]),
        ("a,b\n1,x\n".encode("utf-16-le"), ["UTF-16-LE"]),
        (b"A title, of two cells\n\na,b\n#id,#name +en\n1,x\n", ["line 3, below 'A title", "HXL tags in line 4"]),
        (b",a,b,\n7,1,x,\n", ["Columns 1, 4 have no name"]),
        (b"Unnamed: 0,a,b\n7,1,x\n", ["Column 1 has no name"]),
        (b"c,a,b\n\xe9,1,x\n", ["was read as windows-1252; --encoding"]),
    ],
)
def test_what_had_to_be_assumed_is_noted(file: Path, content: bytes, notes: list[str]) -> None:
    table = read(file, content)
    assert (table.column("a"), table.column("b")) == (["1"], ["x"])
    assert len(table.notes) == len(notes)
    assert all(part in note for part, note in zip(notes, table.notes, strict=True))


def test_what_the_user_says_of_a_file_is_used(file: Path) -> None:
    file.write_bytes("a~b\n1~Москва\n".encode("windows-1251"))
    table = read_table(file, required=("a", "b"), reading=Reading(encoding="windows-1251", delimiter="~"))
    assert (table.rows, table.notes) == ([("1", "Москва")], ())
    for reading in (Reading(encoding="klingon"), Reading(encoding="utf-8"), Reading(delimiter="::")):
        with pytest.raises(InputError, match=r"--encoding|--delimiter"):
            read_table(file, required=("a", "b"), reading=reading)


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


def test_a_directory_and_a_missing_file_are_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a file, found a directory"):
        read_utf8(tmp_path)
    with pytest.raises(InputError, match="expected a file, found nothing of that name"):
        read_utf8(tmp_path / "none.csv")
    with pytest.raises(InputError, match="expected a readable file"):
        read_utf8(tmp_path / ("x" * 5000))


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as out:
        out.truncate(2_000_000_000)  # sparse: no disk is used
    with pytest.raises(InputError, match="expected at most 200 MB, found a larger file"):
        read_utf8(huge)


def test_a_stream_is_read_no_further_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "MAX_BYTES", 1_000_000)
    with pytest.raises(InputError, match="expected at most 1 MB, found a larger file"):
        read_utf8(Path("/dev/zero"))


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
