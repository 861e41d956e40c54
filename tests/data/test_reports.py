"""Reports: what a row may say, what is reported of a wrong one, and the embedded file as a whole."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lull.data.readers import records
from lull.data.readers.tabular import embedded_file
from lull.data.reports import Report, known_at, read_reports
from lull.data.schema import InputError

ROW = {
    "report_id": "r1",
    "source": "A paper",
    "published": "2024-10-08",
    "published_basis": "day",
    "window_start": "2024-10-01",
    "window_end": "2024-10-07",
    "actor": "An umbrella",
    "front": "north",
    "measure": "claimed",
    "count": "12",
    "qualifier": "at_least",
    "url": "",
    "note": "",
}
days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20).map(str.strip)
names = texts.filter(bool)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    start, end, published = sorted(draw(st.tuples(days, days, days)))
    rate = draw(st.booleans())
    opened = draw(st.sampled_from(["", "start", "wide"]))
    unit = draw(st.sampled_from(["RATE per week", "rate per day"]))
    return Report(
        report_id=draw(names),
        source=draw(names),
        published=published,
        published_basis=draw(st.sampled_from(["day", "month", "window_end"])),
        window_start=None if rate and opened else start,
        window_end=None if rate and opened == "wide" else end,
        actor=draw(names),
        front=draw(names),
        measure=draw(st.sampled_from(["claimed", "confirmed", "intercepted", "impacted"])),
        count=draw(st.integers(0, 1_000_000)),
        qualifier=draw(st.sampled_from(["exact", "at_least", "at_most", "about"])),
        url=draw(texts),
        note=unit if rate else draw(texts),
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports") / "reports.csv"


def write(path: Path, *rows: dict[str, object]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def problems(path: Path, *rows: dict[str, object]) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_reports(write(path, *rows))
    return [str(problem) for problem in caught.value.problems]


@given(st.lists(reports(), min_size=1, max_size=5, unique_by=lambda report: report.report_id))
def test_what_is_written_is_read_back(file: Path, written: list[Report]) -> None:
    assert read_reports(write(file, *(report.model_dump() for report in written))) == tuple(written)


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("published", "", "expected a date as YYYY-MM-DD, found an empty cell."),
        ("published", "08.10.2024", "expected a date as YYYY-MM-DD, found '08.10.2024'. Write 31 December 2024 as"),
        ("published", "2024-02-30", "found '2024-02-30'. The calendar has no such day."),
        ("published", "45573", "found '45573'. As a spreadsheet's day number it would be 2024-10-08."),
        ("published", "2204-10-08", "expected a year from 1900 to 2100, found 2204-10-08."),
        ("published", "2024-10-06", "expected a day from window_end 2024-10-07 on, found 2024-10-06."),
        ("published_basis", "days", "found 'days'. Did you mean 'day'?"),
        ("window_end", "2024-09-30", "expected a day from window_start 2024-10-01 on, found 2024-09-30."),
        ("window_end", "", "Only a rate has none: its note begins with 'RATE per week' or 'RATE per day'."),
        ("window_start", "", "expected the first day of the window, found an empty cell."),
        ("measure", "claims", "expected one of claimed, confirmed, intercepted, impacted, found 'claims'. Did"),
        ("qualifier", "at least", "found 'at least'. Did you mean 'at_least'?"),
        ("qualifier", "", "expected one of exact, at_least, at_most, about, found an empty cell. Known:"),
        ("count", "-1", "expected a whole number from 0 up, found '-1'."),
        ("count", "2.5", "found '2.5'. A count is whole: digits without a point or a comma."),
        ("count", "1,5", "found '1,5'. A count is whole: digits without a point or a comma."),
        ("count", "~25", "found '~25'. Digits only: 'about' or 'more than' is a qualifier."),
        ("count", "many", "expected a whole number from 0 up, found 'many'."),
        ("count", "", "expected a whole number from 0 up, found an empty cell."),
        ("count", "9" * 5000, "expected at most 1,000,000, found '99999"),
        ("count", "٣", "expected a whole number from 0 up, found '٣'."),
        ("front", " ", "expected a text, found an empty cell."),
        ("report_id", "", "expected a text, found an empty cell."),
    ],
)
def test_a_wrong_cell_is_reported_with_its_line_and_column(file: Path, column: str, cell: str, message: str) -> None:
    (reported,) = problems(file, ROW | {column: cell})
    assert reported.startswith(f"reports.csv:line 2, column {column}: ")
    assert message in reported


def test_a_rate_without_an_end_has_no_start_either(file: Path) -> None:
    (reported,) = problems(file, ROW | {"window_end": "", "note": "RATE per week"})
    assert "column window_end: expected the last day of the window" in reported
    assert "A window that goes on ends with the day of publication." in reported


def test_every_problem_of_a_file_is_reported_in_its_order(file: Path) -> None:
    reported = problems(
        file,
        ROW | {"count": "-1", "qualifier": "exactly"},
        ROW,
        ROW | {"report_id": "r2", "window_end": "2024-09-01", "published": "2024-08-01"},
    )
    places = [line.split(": ")[0] for line in reported]
    assert places == [
        "reports.csv:line 2, column count",
        "reports.csv:line 2, column qualifier",
        "reports.csv:line 3, column report_id",
        "reports.csv:line 4, column window_end",
        "reports.csv:line 4, column published",
    ]
    assert "expected each report_id once, found 'r1' again, after line 2" in reported[2]


def test_a_misspelt_column_is_reported_with_the_near_one(file: Path) -> None:
    row = {name.replace("qualifier", "qualifer"): cell for name, cell in ROW.items()}
    reported = problems(file, row)
    assert "expected a known column, found 'qualifer'. Did you mean 'qualifier'?" in reported[0]
    assert "expected a column 'qualifier', found none of that name." in reported[1]


def test_address_and_note_may_be_left_out(file: Path) -> None:
    row = {name: cell for name, cell in ROW.items() if name not in {"url", "note"}}
    assert read_reports(write(file, row))[0].note == ""


def test_a_file_of_too_many_reports_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_RECORDS", 1)
    with pytest.raises(InputError, match="expected at most 1 rows, found 2 rows"):
        read_reports(write(file, ROW, ROW))


def test_ragged_rows_are_reported_with_the_others(file: Path) -> None:
    write(file, ROW | {"count": "x"})
    file.write_text(file.read_text("utf-8") + "r9,too short\n", "utf-8")
    with pytest.raises(InputError, match=r"(?s)line 2, column count.*line 3: expected 13 cells, found 2 cells"):
        read_reports(file)


def test_a_record_made_in_python_is_checked_as_well() -> None:
    with pytest.raises(ValidationError, match="expected a day from window_start"):
        Report(**(ROW | {"window_start": date(2024, 10, 9)}))


def test_a_report_cannot_be_changed() -> None:
    report = Report(**ROW)
    with pytest.raises(ValidationError, match="frozen"):
        report.count = 3


@given(st.lists(reports(), max_size=8), days, days)
def test_what_is_known_grows_with_the_day(written: list[Report], one: date, other: date) -> None:
    earlier, later = sorted([one, other])
    assert set(known_at(written, earlier)) <= set(known_at(written, later))
    assert all(report.published <= earlier for report in known_at(written, earlier))


@given(content=st.binary(max_size=300), column=st.sampled_from(sorted(ROW)))
def test_no_bytes_in_a_cell_give_anything_but_reports_or_an_input_error(
    file: Path, content: bytes, column: str
) -> None:
    write(file, ROW | {column: "HERE"})
    file.write_bytes(file.read_bytes().replace(b"HERE", content))
    try:
        found = read_reports(file)
    except InputError as error:
        assert error.problems  # noqa: PT017 - both outcomes are right; this one has to say what is wrong
    else:
        assert all(isinstance(report, Report) for report in found)


def test_the_embedded_reports_are_all_there() -> None:
    found = read_reports(embedded_file("reports.csv"))
    assert len(found) == 192
    assert Counter(report.front for report in found) == {"israel": 144, "us_forces": 44, "all": 4}
    assert {report.report_id: report.rate_per for report in found if report.is_rate} == {"r001": "week", "r002": "day"}
    assert all(report.url for report in found if not report.report_id.startswith("x"))


@pytest.mark.parametrize(
    ("as_of", "known"),
    [
        (date(2023, 10, 23), 0),
        (date(2023, 12, 31), 24),
        (date(2024, 6, 30), 78),
        (date(2024, 11, 12), 153),
        (date(2024, 12, 29), 191),
        (date(2024, 12, 30), 192),
    ],
)
def test_the_embedded_reports_as_of_a_day(as_of: date, known: int) -> None:
    assert len(known_at(read_reports(embedded_file("reports.csv")), as_of)) == known
