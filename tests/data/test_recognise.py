"""A file is known by its heading, also when the heading is a little wrong."""

from pathlib import Path

import pytest

from data.recognise import recognise
from data.schema import InputError
from data.tabular import embedded_file


@pytest.mark.parametrize(
    ("name", "heading", "kind"),
    [
        ("a.csv", "series,week_start,count", "counts"),
        ("a.csv", "series,week_start,cuont,front", "counts"),
        ("a.csv", "series;week_start;count", "counts"),
        ("a.csv", "event_id,date,end_date,kind,dimension,actor,target,salience", "events"),
        ("a.csv", "report_id,published,window_start,window_end,measure,qualifer", "reports"),
        ("a.csv", "week_start,oil_price", "covariates"),
        ("a.toml", "id = 'mine'", "scenario"),
        ("a.json", "{}", "scenario"),
        ("a.parquet", "", "counts"),
    ],
)
def test_a_file_is_recognised(tmp_path: Path, name: str, heading: str, kind: str) -> None:
    (tmp_path / name).write_text(f"\n{heading}\n")
    assert recognise(tmp_path / name) == kind


def test_the_embedded_files_are_recognised() -> None:
    assert [recognise(embedded_file(f"{kind}.csv")) for kind in ("reports", "events")] == ["reports", "events"]


def test_a_file_of_no_kind_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,age\nx,1\n")
    with pytest.raises(InputError, match=r"a\.csv:line 1: expected reports, events, .*, found the columns age, name"):
        recognise(tmp_path / "a.csv")


@pytest.mark.parametrize("content", ["", "\n\n", " \t\n,,;\n"])
def test_an_empty_file_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "empty.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=r"empty\.csv: expected a header and rows, found an empty file"):
        recognise(path)
