"""A file is known by its heading, also when the heading is a little wrong."""

from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lull.data.readers.detection import recognise
from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError


@pytest.mark.parametrize(
    ("name", "heading", "kind"),
    [
        ("a.csv", "series,week_start,count", "counts"),
        ("a.csv", "series,week_start,cuont,front", "counts"),
        ("a.csv", "series;week_start;count", "counts"),
        ("a.csv", "event_id,date,end_date,kind,dimension,actor,target,salience", "events"),
        ("a.csv", "report_id,published,window_start,window_end,measure,qualifer", "reports"),
        ("a.csv", "week_start,oil_price", "covariates"),
        ("a.csv", "week_start,share", "covariates"),
        ("a.csv", "event_id,date,actor,kind,target", "list"),
        ("a.csv", "event_id,date,end_date,kind,type,actor,target,series,end", "events"),
        ("a.toml", "id = 'mine'", "scenario"),
        ("a.json", "{}", "scenario"),
        ("a.csv", "weeks_before_end;share", "completeness"),
        ("a.csv", "event_id,date,actor,place", "list"),
        ("a.csv", "id,date_start,date_end,side_a,side_b,country", "ucdp"),
    ],
)
def test_a_file_is_recognised(tmp_path: Path, name: str, heading: str, kind: str) -> None:
    (tmp_path / name).write_text(f"\n{heading}\n")
    assert recognise(tmp_path / name) == kind


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("series week_start count", "counts"),
        ("event_id_cnty event_date time_precision actor1 actor2", "acled"),
        ("event_id date actor", "list"),
    ],
)
def test_workbooks_and_parquet_are_recognised_by_their_heading(tmp_path: Path, heading: str, kind: str) -> None:
    columns = heading.split()
    book = openpyxl.Workbook()
    book.active.append([])
    book.active.append(columns)
    book.save(tmp_path / "a.xlsx")
    pq.write_table(pa.table({name: ["x"] for name in columns}), tmp_path / "a.parquet")
    assert [recognise(tmp_path / name) for name in ("a.xlsx", "a.parquet")] == [kind, kind]


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet"])
def test_what_only_its_name_says_is_reported(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("series,week_start,count\n")
    with pytest.raises(InputError, match="found one that cannot be read"):
        recognise(tmp_path / name)


def test_the_embedded_files_are_recognised() -> None:
    assert [recognise(embedded_file(f"{kind}.csv")) for kind in ("reports", "events")] == ["reports", "events"]


def test_a_file_of_no_kind_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,age\nx,1\n")
    with pytest.raises(InputError, match=r"a\.csv:line 1: expected reports, events, .*, found the columns age, name"):
        recognise(tmp_path / "a.csv")


@pytest.mark.parametrize("content", ["", "\n\n", " \t\n,,;\n"])
def test_an_empty_file_is_reported(tmp_path: Path, content: str) -> None:
    path = tmp_path / "empty.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=r"empty\.csv: expected a header and rows, found an empty file"):
        recognise(path)
