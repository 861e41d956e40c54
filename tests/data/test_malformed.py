"""Every reader of every kind of file, given what there is in the wild: reported with a place, never a traceback."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lull.data.completeness import read_completeness
from lull.data.counts import read_counts
from lull.data.covariates import read_covariates
from lull.data.events import read_events
from lull.data.importers.events import Selection, actors_of, read_event_export
from lull.data.importers.layouts import ACLED, LIST, UCDP, Layout
from lull.data.readers.detection import recognise
from lull.data.readers.parquet import read_parquet_table
from lull.data.reports import read_reports
from lull.data.schema import InputError

type Rows = list[list[str]]

ALPHA = Selection(("Alpha",), last_day=date(2024, 1, 7))


def export(layout: Layout) -> Callable[[Path], object]:
    return lambda path: (actors_of(path, layout), read_event_export(path, layout, ALPHA))


READERS: dict[str, Callable[[Path], object]] = {
    "counts": read_counts,
    "reports": read_reports,
    "events": read_events,
    "covariates": read_covariates,
    "completeness": read_completeness,
    "acled": export(ACLED),
    "ucdp": export(UCDP),
    "list": export(LIST),
}
GOOD = {
    "counts": "series,week_start,count\nnorth,2024-01-01,3\nnorth,2024-01-08,0\n",
    "reports": (
        "report_id,source,published,published_basis,window_start,window_end,actor,front,measure,count,qualifier\n"
        "a1,A paper,2024-03-09,day,2024-03-01,2024-03-07,Alpha,north,claimed,7,exact\n"
    ),
    "events": (
        "event_id,date,end_date,kind,dimension,actor,target,salience\n"
        "b1,2024-11-18,,retaliation_threat,deterrence,A ministry,Alpha,5\n"
    ),
    "covariates": "week_start,fuel\n2024-01-01,1.5\n2024-01-08,2\n",
    "completeness": "weeks_before_end,share\n0,0.5\n1,0.7\n",
    "acled": (
        "event_id_cnty,event_date,time_precision,actor1,actor2,country,timestamp\n"
        "A1,2024-01-01,1,Alpha,Beta,North,1704153600\nA2,2024-01-07,1,Alpha,Beta,North,1704153600\n"
    ),
    "ucdp": (
        "id,date_start,date_end,side_a,side_b,country\n1,2024-01-01,2024-01-01,Alpha,Beta,North\n"
        "2,2024-01-07,2024-01-07,Alpha,Beta,North\n"
    ),
    "list": "event_id,date,actor\n1,2024-01-01,Alpha\n2,2024-01-07,Alpha\n",
}
DATES = {
    "counts": "week_start",
    "covariates": "week_start",
    "acled": "event_date",
    "ucdp": "date_start",
    "list": "date",
}
DATES |= {"reports": "window_start", "events": "date"}
WORKBOOKS = ("counts", "acled", "ucdp", "list")  # read from XLSX and Parquet too
KINDS = pytest.mark.parametrize("kind", list(READERS))


def reported(kind: str, path: Path) -> str:
    """Return what a reader says of a file that it refuses; each problem has a place."""
    with pytest.raises(InputError) as caught:
        READERS[kind](path)
    assert all(problem.where and problem.expected and problem.found for problem in caught.value.problems)
    return str(caught.value)


def rows_of(kind: str) -> Rows:
    return list(csv.reader(io.StringIO(GOOD[kind])))


def written(folder: Path, content: bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def with_cells(kind: str, column: str, cell: str) -> bytes:
    """Return a good file in which one column holds a cell throughout."""
    head, *rows = rows_of(kind)
    text = io.StringIO()
    csv.writer(text).writerows(
        [head, *([cell if name == column else old for name, old in zip(head, row, strict=True)] for row in rows)]
    )
    return text.getvalue().encode()


def sheet(kind: str, rows: list[list[object]] | None = None) -> bytes:
    """Return a good file as a workbook, or one of other rows under its heading."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in [rows_of(kind)[0], *(rows_of(kind)[1:] if rows is None else rows)]:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


@KINDS
def test_a_good_file_is_read_in_any_usual_form_and_recognised(tmp_path: Path, kind: str) -> None:
    good = GOOD[kind]
    texts = [good, "\ufeff" + good, good.replace("\n", "\r\n"), good.replace(",", ";"), good.replace(",", "\t")]
    contents = [text.encode() for text in texts]
    contents += [(texts[0] + "\n").encode(name) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32")]
    contents += [good.replace("Alpha", "Ölpha").encode("windows-1252"), good.upper().split("\n")[0].encode()]
    contents[-1] += good[good.index("\n") :].encode()
    for content in contents:
        path = written(tmp_path, content)
        assert recognise(path) == kind
        if "Ölpha".encode("windows-1252") not in content:
            READERS[kind](path)


@KINDS
@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda text: text.encode() + "Осло".encode("windows-1251"), "not UTF-8"),
        (lambda text: text.encode() + "é".encode() + "é".encode("latin-1"), "not UTF-8"),
        (lambda text: text.encode("utf-16")[:-1], "text in UTF-16"),
        (lambda text: text.replace(",", "~").encode(), "none of that name"),
        (lambda text: text.encode() + b"\x00", "a NUL byte"),
        (lambda text: text.split("\n")[0].encode(), "the header alone"),
        (lambda _: b"", "an empty file"),
        (lambda text: text.encode() + b"one cell\n", "cell"),
        (lambda text: text.replace(",", ",week_start,", 1).encode(), ""),
        (lambda _: bomb(), "a ZIP archive or a spreadsheet"),
        (lambda text: b"\x1f\x8b" + text.encode(), "a gzip archive"),
    ],
    ids=[
        "windows-1251",
        "two encodings",
        "utf-16",
        "tildes",
        "nul",
        "header",
        "empty",
        "ragged",
        "columns",
        "zip",
        "gzip",
    ],
)
def test_a_file_that_is_no_such_text_is_reported(
    tmp_path: Path, kind: str, spoil: Callable[[str], bytes], expected: str
) -> None:
    assert expected in reported(kind, written(tmp_path, spoil(GOOD[kind])))


@KINDS
def test_what_is_no_file_or_far_too_large_is_reported(tmp_path: Path, kind: str) -> None:
    assert "a directory" in reported(kind, tmp_path)
    assert "nothing of that name" in reported(kind, tmp_path / "none.csv")
    with (tmp_path / "huge.csv").open("wb") as out:
        out.truncate(2_000_000_000)  # sparse: no disk is used
    assert "a larger file" in reported(kind, tmp_path / "huge.csv")


@pytest.mark.parametrize("kind", DATES)
def test_day_numbers_of_a_spreadsheet_and_other_dates_are_reported(tmp_path: Path, kind: str) -> None:
    said = reported(kind, written(tmp_path, with_cells(kind, DATES[kind], "45292")))
    assert f"column {DATES[kind]}" in said
    assert "As a spreadsheet's day number it would be 2024-01-01." in said
    for cell in ("1.12.2024 x", "31/31/24", "2024-02-30", "0", "nie"):
        assert f"column {DATES[kind]}" in reported(kind, written(tmp_path, with_cells(kind, DATES[kind], cell)))


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("counts", "count"),
        ("reports", "count"),
        ("covariates", "fuel"),
        ("completeness", "share"),
        ("events", "salience"),
    ],
)
@pytest.mark.parametrize("cell", ["2,5", "1.234,5", "=1+2", "many", "1e400", "٣", "-"])
def test_decimal_commas_and_formulas_are_reported(tmp_path: Path, kind: str, column: str, cell: str) -> None:
    assert f"column {column}" in reported(kind, written(tmp_path, with_cells(kind, column, cell)))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("counts", "each week of a series once"),
        ("reports", "each report_id once"),
        ("events", "each event_id once"),
        ("covariates", "each week once"),
        ("completeness", "every number from 0 up, once"),
    ],
)
def test_what_is_there_twice_is_reported(tmp_path: Path, kind: str, expected: str) -> None:
    assert expected in reported(kind, written(tmp_path, (GOOD[kind] + GOOD[kind].split("\n")[1] + "\n").encode()))


@pytest.mark.parametrize("kind", ["acled", "ucdp", "list"])
def test_an_event_that_is_there_twice_counts_once(tmp_path: Path, kind: str) -> None:
    layout = {"acled": ACLED, "ucdp": UCDP, "list": LIST}[kind]
    path = written(tmp_path, (GOOD[kind] + GOOD[kind].split("\n")[1] + "\n").encode())
    tally = read_event_export(path, layout, ALPHA).tally()
    assert (tally["dropped, an event id already kept"], sum(tally.values())) == (1, 3)


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_workbook_is_read_and_a_bad_one_reported(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path, sheet(kind), "file.xlsx")
    READERS[kind](path)
    assert recognise(path) == kind
    formula = sheet(kind, [["=1+2", *row[1:]] for row in rows_of(kind)[1:]])
    assert "file.xlsx:cell A2: expected a value, found a formula" in reported(
        kind, written(tmp_path, formula, "file.xlsx")
    )
    assert "300 MB unpacked" in reported(kind, written(tmp_path, bomb(), "file.xlsx"))
    assert "cannot be read" in reported(kind, written(tmp_path, GOOD[kind].encode(), "file.xlsx"))
    assert "the header alone" in reported(kind, written(tmp_path, sheet(kind, []), "file.xlsx"))
    assert "a directory" in reported(kind, tmp_path.rename(tmp_path.with_suffix(".xlsx")))


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_parquet_is_read_and_a_bad_one_reported(tmp_path: Path, kind: str) -> None:
    head, *rows = rows_of(kind)
    pq.write_table(
        pa.table(dict(zip(head, map(list, zip(*rows, strict=True)), strict=True))), tmp_path / "file.parquet"
    )
    READERS[kind](tmp_path / "file.parquet")
    assert recognise(tmp_path / "file.parquet") == kind
    assert "cannot be read" in reported(kind, written(tmp_path, b"PAR1" + bytes(20) + b"PAR1", "file.parquet"))
    pq.write_table(pa.table({head[0]: [[1, 2], None]}), tmp_path / "file.parquet")
    assert f"a column {head[1]!r}" in reported(kind, tmp_path / "file.parquet")


@cache
def test_a_text_that_repeats_in_parquet_is_unpacked_once(tmp_path: Path) -> None:
    path, long, rows = tmp_path / "file.parquet", "x" * 100_000, 20_000  # two gigabytes in some kilobytes
    names = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([long]))
    days = np.datetime64("2024-01-01") + np.zeros(rows, int)
    pq.write_table(pa.table({"series": names, "week_start": days.astype(str), "count": np.ones(rows, int)}), path)
    table = read_parquet_table(path, required=("series", "week_start", "count"), optional=())
    cells = table.column("series")
    assert (len(cells), len({id(cell) for cell in cells})) == (rows, 1)


@pytest.mark.integration
def test_parquet_that_unpacks_to_too_much_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "file.parquet"
    texts = [f"{row:06d}" + "x" * 1_000_000 for row in range(510)]
    pq.write_table(pa.table({"series": texts}), path, compression="zstd", use_dictionary=False)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(InputError, match="expected at most 500 MB unpacked, found 510 MB"):
        read_parquet_table(path, required=("series",), optional=())


@cache
def bomb() -> bytes:
    """Return 301 MB of zeros in a few hundred KB, shaped as a workbook."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as out,
    ):
        for _ in range(301):
            out.write(bytes(1_000_000))
    return content.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("malformed")


def stands(read: Callable[[Path], object], path: Path) -> None:
    """Assert that a reader reads a file or says what is wrong, with a place."""
    try:
        read(path)
    except InputError as error:
        assert error.problems  # noqa: PT017 - both outcomes are right; this one has to say what is wrong
        assert all(problem.where for problem in error.problems)  # noqa: PT017 - the same


UNHURRIED = settings(deadline=None, max_examples=60)
WORDS = st.sampled_from([
    "", " ", "0", "-1", "1", "2,5", "1e9", "99999999999999999999", "NaN", "inf", "2024-01-01", "2024-01-08",
    "0000-00-00", "9999-12-31", "45292", "Alpha", "Alpha; Beta", "exact", "day", "claimed", "north", "=1+2", '"', "\n",
    "\r", "é", "٣", "true", "null", "\u2028", "\ufeff", "a" * 300,
])  # fmt: skip
cells = WORDS | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@KINDS
@UNHURRIED
@given(data=st.data())
def test_no_cells_under_a_heading_end_in_a_traceback(folder: Path, kind: str, data: st.DataObject) -> None:
    head = rows_of(kind)[0]
    widths = st.integers(len(head) - 1, len(head) + 1) if data.draw(st.booleans()) else st.just(len(head))
    rows = data.draw(
        st.lists(widths.flatmap(lambda width: st.lists(cells, min_size=width, max_size=width)), max_size=5)
    )
    text = io.StringIO()
    csv.writer(text, quoting=data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))).writerows([head, *rows])
    stands(READERS[kind], written(folder, text.getvalue().encode()))


@KINDS
@UNHURRIED
@given(at=st.integers(0, 400), more=st.binary(max_size=30), cut=st.integers(0, 30))
def test_no_damage_to_a_text_ends_in_a_traceback(folder: Path, kind: str, at: int, more: bytes, cut: int) -> None:
    content = GOOD[kind].encode()
    at %= len(content)
    stands(READERS[kind], written(folder, content[:at] + more + content[at + cut :]))
    stands(recognise, folder / "file.csv")


VALUES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.dates() | st.datetimes() | st.times()
) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@pytest.mark.parametrize("kind", WORKBOOKS)
@settings(UNHURRIED, max_examples=25)
@given(rows=st.lists(st.lists(VALUES | WORDS.filter(str.isprintable), max_size=8), max_size=4))
def test_no_sheet_ends_in_a_traceback(folder: Path, kind: str, rows: list[list[object]]) -> None:
    path = written(folder, sheet(kind, rows), "file.xlsx")
    stands(READERS[kind], path)
    stands(recognise, path)


@pytest.mark.parametrize("kind", WORKBOOKS)
@settings(UNHURRIED, max_examples=25)
@given(at=st.integers(0, 20_000), more=st.binary(max_size=20), cut=st.integers(0, 20))
def test_no_damage_to_a_workbook_or_to_parquet_ends_in_a_traceback(
    folder: Path, kind: str, at: int, more: bytes, cut: int
) -> None:
    head, *rows = rows_of(kind)
    buffer = io.BytesIO()
    pq.write_table(pa.table(dict(zip(head, map(list, zip(*rows, strict=True)), strict=True))), buffer)
    for name, content in (("file.xlsx", sheet(kind)), ("file.parquet", buffer.getvalue())):
        place = at % len(content)
        path = written(folder, content[:place] + more + content[place + cut :], name)
        stands(READERS[kind], path)
        stands(recognise, path)


COLUMNS = st.sampled_from([
    pa.array([1, None]), pa.array([2**62, -1]), pa.array([1.5, float("nan")]), pa.array(["a", None]),
    pa.array([b"\xff", b""]), pa.array([True, None]), pa.array([[1], []]), pa.array([{"a": 1}, None]), pa.nulls(2),
    pa.array([0, 2**40], pa.timestamp("s")), pa.array([0, 2**62], pa.timestamp("us", tz="UTC")),
    pa.array([0, 9**9], pa.date32()), pa.array([0, 1], pa.duration("s")), pa.array([0, 1], pa.time64("ns")),
    pa.array(["2024-01-01", "2024-01-08"]), pa.array(["x", "y"]).dictionary_encode(),
    pa.array([0, 10**17 + 1], pa.timestamp("ns")),
])  # fmt: skip


@pytest.mark.parametrize("kind", WORKBOOKS)
@settings(UNHURRIED, max_examples=40)
@given(data=st.data())
def test_no_types_of_parquet_end_in_a_traceback(folder: Path, kind: str, data: st.DataObject) -> None:
    pq.write_table(pa.table({name: data.draw(COLUMNS) for name in rows_of(kind)[0]}), folder / "types.parquet")
    stands(READERS[kind], folder / "types.parquet")
