"""Exports as they come: other headings, separators, encodings, days, words for missing; one bad row among many."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lull.data.counts import read_counts
from lull.data.importers.events import KEPT, Selection, read_event_export
from lull.data.importers.export import Days, Export, read_export
from lull.data.importers.layouts import ACLED, LIST, UCDP, Layout
from lull.data.importers.written import weekly_counts
from lull.data.readers.detection import recognise
from lull.data.readers.headings import GED
from lull.data.readers.reading_options import Reading
from lull.data.schema import InputError

type Rows = list[list[str]]

HEAD = ["event_id_cnty", "event_date", "time_precision", "actor1", "actor2", "country", "timestamp"]
EVENTS = [
    ["NRD11", "2020-12-27", "1", "Red Dawn", "Blue Army", "Nordia", "1609459200"],
    ["NRD12", "2020-12-28", "1", "Red Dawn", "", "Nordia", "1609459200"],
    ["NRD13", "2020-12-31", "1", "Red Dawn; Green Band", "Blue Army", "Nordia", "1609459200"],
    ["NRD14", "2021-01-03", "1", "Blue Army", "Green Band", "Nordia", "1609459200"],
    ["NRD15", "2021-01-04", "1", "Green Band", "Red Dawn", "Nordia", "1609459200"],
    ["NRD16", "2021-01-11", "1", "Red Dawn", "Civilians (Nordia)", "Nordia", "1610459200"],
    ["NRD17", "2021-01-18", "1", "Blue Army", "", "Nordia", "1611459200"],
]
GED_HEAD = ["id", "year", "side_a", "side_b", "country", "date_prec", "date_start", "date_end"]
GED_EVENTS = [
    ["11", "2020", "Nordia", "Red Dawn", "Nordia", "1", "2020-12-28 00:00:00.000", "2020-12-28 00:00:00.000"],
    ["12", "2021", "Nordia", "Red Dawn", "Nordia", "1", "2021-01-12 00:00:00.000", "2021-01-12 00:00:00.000"],
    ["13", "2021", "Nordia", "Green Band", "Nordia", "1", "2021-01-17 00:00:00.000", "2021-01-17 00:00:00.000"],
]


def text_of(rows: Rows, delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def counted(path: Path, layout: Layout = ACLED, actor: str = "Red Dawn") -> list[float]:
    counts = weekly_counts(read_event_export(path, layout, Selection((actor,))), actor)
    return counts.array[0].sum("series").to_numpy().tolist()


def spelt(day: str, form: str) -> str:
    return date.fromisoformat(day).strftime(form)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(content: str | bytes | Rows, name: str = "export.csv") -> Path:
        path = tmp_path / name
        text = text_of(content) if isinstance(content, list) else content
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return written


HEADINGS = {
    "capitals": [[name.upper() for name in HEAD], *EVENTS],
    "blanks": [[name.replace("_", " ").title() for name in HEAD], *EVENTS],
    "row names": [["", *HEAD], *([str(at), *row] for at, row in enumerate(EVENTS, 1))],
    "pandas twice": [["Unnamed: 0", *HEAD], *([str(at), *row] for at, row in enumerate(EVENTS))],
    "trailing": [[*HEAD, "", ""], *([*row, "", ""] for row in EVENTS)],
    "a title": [["Export of 1 February 2021"], [], HEAD, *EVENTS],
    "tags": [HEAD, ["#event+id", "#date", "", "#group+1", "#group +2", "#country", ""], *EVENTS],
    "floats": [HEAD, *([row[0], row[1], "1.0", *row[3:6], f"{row[6]}.0"] for row in EVENTS)],
    "twice unread": [[*HEAD, "notes", "notes"], *([*row, "a", "b"] for row in EVENTS)],
}


@pytest.mark.parametrize("form", HEADINGS)
def test_headings_of_other_forms_are_read(write: Callable[..., Path], form: str) -> None:
    path = write(HEADINGS[form])
    assert recognise(path) == "acled"
    assert counted(path) == [2, 1, 1]


DAY_FORMS = ["%d-%B-%Y", "%d %b %Y", "%d-%b-%y", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%B %d, %Y", "%Y%m%d"]
DAY_FORMS += ["%Y/%m/%d", "%Y-%m-%d 18:30:00", "%Y-%m-%dT00:00:00Z", "%m/%d/%Y 12:00:00 AM", "%A, %d %B %Y", "%d%b%Y"]


@pytest.mark.parametrize("form", DAY_FORMS)
def test_days_of_other_forms_are_read(write: Callable[..., Path], form: str) -> None:
    assert counted(write([HEAD, *([row[0], spelt(row[1], form), *row[2:]] for row in EVENTS)])) == [2, 1, 1]


@pytest.mark.parametrize(
    "cell", ["31 décembre 2020", "31. Dezember 2020", "31 de diciembre de 2020", "31 грудня 2020", "31 aralık 2020"]
)
def test_months_of_other_languages_are_read(write: Callable[..., Path], cell: str) -> None:
    assert counted(write([HEAD, *EVENTS[:2], ["NRD13", cell, *EVENTS[2][2:]], *EVENTS[3:]])) == [2, 1, 1]


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%y"])
def test_an_order_of_day_and_month_that_nothing_decides_is_asked(write: Callable[..., Path], form: str) -> None:
    days = ["2021-01-04", "2021-01-05", "2021-02-01"]
    path = write([HEAD, *([f"A{at}", spelt(day, form), *EVENTS[0][2:]] for at, day in enumerate(days))])
    with pytest.raises(InputError, match=r"column event_date: .* two ways.* --day-first or --month-first"):
        counted(path)
    export = read_export(path, required=ACLED.required, reading=Reading(day_first=form.startswith("%d")))
    ((first, last),) = export.windows("event_date")
    assert (first.astype(str).tolist(), last.astype(str).tolist()) == (days, days)


def test_two_orders_in_one_column_are_reported(write: Callable[..., Path]) -> None:
    rows = [[f"A{at}", day, *EVENTS[0][2:]] for at, day in enumerate(["13/01/2021", "01/14/2021"])]
    with pytest.raises(InputError, match="both, as in '13/01/2021' and '01/14/2021'"):
        counted(write([HEAD, *rows]))


def test_the_columns_of_one_file_share_their_order(write: Callable[..., Path]) -> None:
    rows = [[*row[:6], "05/01/2021", "13/01/2021"] for row in GED_EVENTS]
    export = read_export(write([GED_HEAD, *rows]), required=UCDP.required)
    (first, _), (_, last) = export.windows("date_start", "date_end")
    assert (str(first[0]), str(last[0])) == ("2021-01-05", "2021-01-13")
    assert export.notes == ["Days were read as day, month, year, as '13/01/2021' shows."]


def test_a_day_of_00_is_the_month(write: Callable[..., Path]) -> None:
    path = write("event_id,date,actor\n1,2020-12-28,Red Dawn\n2,2021-01-00,Red Dawn\n3,2021-02-14,Blue Army\n")
    events = read_event_export(path, LIST, Selection(("Red Dawn",)))
    assert (str(events.first[1]), str(events.last[1])) == ("2021-01-01", "2021-01-31")
    assert events.tally()[KEPT] == 1


@pytest.mark.parametrize("envelope", [lambda rows: {"status": 200, "data": rows}, lambda rows: rows])
def test_the_answer_of_acled_is_read(write: Callable[..., Path], envelope: Callable[[object], object]) -> None:
    rows = [dict(zip(HEAD, row, strict=True)) for row in EVENTS]
    path = write(json.dumps(envelope(rows)), "acled.json")
    assert (recognise(path), counted(path)) == ("acled", [2, 1, 1])


def test_the_answer_of_ucdp_is_read_with_its_envelope(write: Callable[..., Path]) -> None:
    rows = [dict(zip(GED_HEAD, row, strict=True)) | {"id": int(row[0])} for row in GED_EVENTS]
    path = write(json.dumps({"TotalCount": 9, "TotalPages": 3, "Result": rows}), "ucdp.json")
    assert (recognise(path), counted(path, UCDP)) == ("ucdp", [1, 0, 1])
    export = read_export(path, required=UCDP.required)
    assert export.envelope == {"TotalCount": 9, "TotalPages": 3}
    assert export.notes == ["The answer says that there are 9 rows and holds 3: the other pages are other files."]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"status": 401, "message": "No access"}', "expected rows under data or Result, found an error, .*No access"),
        ('{"status": 200, "data": []}', "found an answer without rows. An empty answer"),
        ('{"data": [1]}', "row 1: expected a row with names of columns"),
        ("[" * 100_000, "lists within lists"),
        ("{", "line 1: expected JSON"),
        ("1", "expected a list of rows"),
        ('[{"id": 1}]', "expected a column 'event_date'"),
    ],
)
def test_an_answer_without_rows_is_reported(write: Callable[..., Path], content: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        counted(write(content, "answer.json"))


def sheets(path: Path, **contents: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in contents.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_the_sheet_with_the_columns_is_read_and_named(tmp_path: Path) -> None:
    title = [["Export"], [], [name.upper() for name in HEAD]]
    path = sheets(tmp_path / "two.xlsx", Terms=[["Terms of use"]], Data=[*title, *EVENTS], Old=[["x"]])
    assert (recognise(path), counted(path)) == ("acled", [2, 1, 1])
    assert "The sheet 'Data' was read" in read_export(path, required=ACLED.required).notes[0]
    with pytest.raises(InputError, match=r"found none of that name. Did you mean 'Data'"):
        read_export(path, required=ACLED.required, reading=Reading(sheet="Daten"))
    with pytest.raises(InputError, match="expected a column 'event_id_cnty'"):
        read_export(path, required=ACLED.required, reading=Reading(sheet="Terms"))


def test_ged_without_a_heading_is_read_by_its_49_columns(write: Callable[..., Path]) -> None:
    rows = [[dict(zip(GED_HEAD, row, strict=True)).get(name, "") for name in GED] for row in GED_EVENTS]
    path = write(rows)
    assert (recognise(path), counted(path, UCDP)) == ("ucdp", [1, 0, 1])
    assert "49 columns" in read_export(path, required=UCDP.required).notes[0]
    with pytest.raises(InputError, match="found no heading: the first row holds '11', '2020'"):
        counted(write(GED_EVENTS), UCDP)


@pytest.mark.parametrize("word", ["NA", "NULL", "nan", "-", "N/A", "None"])
def test_a_word_for_missing_is_no_id_and_no_actor(write: Callable[..., Path], word: str) -> None:
    listed = f"event_id,date,actor\n{word},2023-01-02,Red Dawn\n1,2023-01-11,Red Dawn\n{word},2023-01-29,Red Dawn\n"
    with pytest.raises(InputError, match=f"line 2, column event_id: expected the name of an event, found '{word}'"):
        counted(write(listed), LIST)
    path = write([HEAD, *([word if cell == "" else cell for cell in row] for row in EVENTS)])
    events = read_event_export(path, ACLED, Selection(("Red Dawn",), front="target"))
    assert "unnamed" in events.front
    assert word not in events.front


def test_ids_that_became_floats_are_whole_again(write: Callable[..., Path]) -> None:
    export = read_export(write("event_id,date,actor\n11.0,2023-01-02,a\n12.0,2023-01-02,a\n"), required=LIST.required)
    assert export.ids("event_id").cells == ["11", "12"]
    assert len(set(export.ids("").codes.tolist())) == 2


def settled(path: Path, set_aside: int) -> tuple[Export, Days, NDArray[np.bool_]]:
    export = read_export(path, required=ACLED.required, reading=Reading(set_aside=set_aside))
    ((first, _),) = export.windows("event_date")
    export.ids("event_id_cnty")
    return export, first, export.settle()


def test_rows_that_cannot_be_read_are_set_aside_with_line_and_reason(write: Callable[..., Path]) -> None:
    bad = [["B1", "0025-03-01", *EVENTS[0][2:]], ["", "2021-01-05", *EVENTS[0][2:]], ["B3", "2021-01-05"]]
    path = write([HEAD, *EVENTS[:3], bad[0], *EVENTS[3:5], bad[1], bad[2], *EVENTS[5:]])
    for number in (0, 2):
        with pytest.raises(InputError):
            settled(path, number)
    export, first, good = settled(path, 3)
    assert (len(good), export.size, good.sum()) == (9, 7, 7)
    assert first[good].astype(str).tolist() == [row[1] for row in EVENTS]
    assert [(row.line, row.text.split(",")[0]) for row in export.set_aside] == [(5, "B1"), (8, ""), (9, "B3")]
    assert "found '0025-03-01'" in export.set_aside[0].reason or "found 0025-03-01" in export.set_aside[0].reason
    assert export.ids("event_id_cnty").codes.size == 7


def test_a_list_of_semicolons_and_windows_letters_is_read(write: Callable[..., Path]) -> None:
    path = write(text_of([["id", "region", "day"], ["0", "Östland", "2023-01-02"]], ";").encode("windows-1252"))
    export = read_export(path, required=("id", "region", "day"))
    assert export.column("region").cells == ["Östland"]
    assert len(export.notes) == 2


def weekly(values: list[str]) -> str:
    rows = [f"east,{date(2020, 11, 30) + timedelta(weeks=at)},{value}\n" for at, value in enumerate(values)]
    return "series,week_start,count\n" + "".join(rows)


def test_counts_as_pandas_and_r_write_them_are_read(write: Callable[..., Path]) -> None:
    notes: list[str] = []
    read = read_counts(write(weekly(["3.0", "0.0", "", "NA", "nan", "4.0"])), notes=notes).array[0, 0].to_numpy()
    np.testing.assert_array_equal(read, [3, 0, np.nan, np.nan, np.nan, 4])
    assert notes == ["Counts of NA, nan were read as missing."]
    with pytest.raises(InputError, match="Leave the cell empty if it is not known, write 0 if there was none"):
        read_counts(write(weekly(["1", "-"])))
    with pytest.raises(InputError, match=r"found '2.5'"):
        read_counts(write(weekly(["1", "2.5"])))


@pytest.mark.parametrize(
    ("content", "series", "note"),
    [
        ("unique_id,ds,y\nA,2020-11-30,3\nB,2020-11-30,1\n", ("A", "B"), "unique_id, ds and y"),
        ("week_start,Alpha,Beta\n2020-11-30,3,1\n", ("Alpha", "Beta"), "A wide table"),
        ("Week_Start;Alpha;Beta\n30/11/2020;3;1\n", ("Alpha", "Beta"), "A wide table"),
    ],
)
def test_counts_of_other_shapes_are_read_and_recognised(
    write: Callable[..., Path], content: str, series: tuple[str, ...], note: str
) -> None:
    notes: list[str] = []
    path = write(content)
    counts = read_counts(path, notes=notes)
    assert (recognise(path), counts.series, counts.array[0, :, 0].to_numpy().tolist()) == ("counts", series, [3, 1])
    assert any(note in each for each in notes)


def test_a_wide_table_of_other_numbers_is_one_of_covariates(write: Callable[..., Path]) -> None:
    assert recognise(write("week_start,fuel,oil\n2020-11-30,3.5,1\n")) == "covariates"


# The fuzz: layouts and damages, against a plain reader that knows only good rows.

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1252"]
FORMS = ["%Y-%m-%d", "%d %B %Y", "%d-%b-%y", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%SZ", "%m/%d/%Y 12:00:00 AM"]
DAMAGES = [
    "",
    "x",
    "2021-13-01",
    "NA",
    "31/31/2021",
    "0025-03-01",
    '"',
    "é",
    "\x00",
    "#date",
    "13/13/2021",
    "1;2",
    "1,2",
]


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[date], bool]:
    """Return a list of events in some layout, the days of Red Dawn in it, and whether it was damaged."""
    days = [
        date(2021, 1, 4) + timedelta(days=day) for day in draw(st.lists(st.integers(0, 60), min_size=3, max_size=9))
    ]
    form = draw(st.sampled_from(FORMS))
    rows = [[f"E{at}", day.strftime(form), "Red Dawn", "Östland"] for at, day in enumerate(days)]
    damaged = draw(st.booleans())
    if damaged:
        rows[draw(st.integers(0, len(rows) - 1))][draw(st.integers(0, 1))] = draw(st.sampled_from(DAMAGES))
    head = ["event_id", "date", "actor", "place"]
    head = draw(st.sampled_from([head, [name.upper() for name in head], [name.title() for name in head]]))
    table = [head, *([["#event+id", "#date", "#group", "#adm1"]] if draw(st.booleans()) else []), *rows]
    order = draw(st.permutations(range(4)))
    table = [[row[at] for at in order] for row in table]
    if draw(st.booleans()):
        table = [[str(at) if at else "", *row] for at, row in enumerate(table)]
    title = draw(st.sampled_from([[], [["A title"], []], [["Export", "of 2021"]]]))
    text = text_of([*title, *table], draw(st.sampled_from(",;\t|")))
    return text.encode(draw(st.sampled_from(ENCODINGS)), errors="replace"), days, damaged


def plainly(days: list[date]) -> Counter[date]:
    """Count the weeks of some days."""
    return Counter(day - timedelta(days=day.weekday()) for day in days)


def stands(folder: Path, case: tuple[bytes, list[date], bool]) -> None:
    """Assert that a file is counted as a plain reader counts it, or refused, or is short of the rows set aside."""
    content, days, damaged = case
    path = folder / "fuzz.csv"
    path.write_bytes(content)
    try:
        export = read_export(path, required=LIST.required, reading=Reading(set_aside=1))
        ((first, last),) = export.windows("date")
        export.ids("event_id")
        good = export.settle()
    except InputError as error:
        assert error.problems  # noqa: PT017 - a refusal says what is wrong
        assert all(problem.where and problem.found for problem in error.problems)  # noqa: PT017 - the same
        assert damaged or "two ways" in str(error)  # noqa: PT017 - a good file is refused for one reason alone
        return
    read = [day.item() for day in first[good]]
    assert (first[good] == last[good]).all()
    assert len(read) + len(export.set_aside) == len(days)
    assert plainly(read) <= plainly(days)
    assert damaged or not export.set_aside


FUZZ = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    return tmp_path_factory.mktemp("forms")


@settings(FUZZ, max_examples=200)
@given(case=files())
def test_no_layout_and_no_damage_gives_a_wrong_count(folder: Path, case: tuple[bytes, list[date], bool]) -> None:
    stands(folder, case)


@pytest.mark.integration
@settings(FUZZ, max_examples=2_000)
@given(case=files())
def test_no_layout_and_no_damage_gives_a_wrong_count_in_2_000(
    folder: Path, case: tuple[bytes, list[date], bool]
) -> None:
    stands(folder, case)


@pytest.mark.slow
@settings(FUZZ, max_examples=50_000)
@given(case=files())
def test_no_layout_and_no_damage_gives_a_wrong_count_in_50_000(
    folder: Path, case: tuple[bytes, list[date], bool]
) -> None:
    stands(folder, case)
