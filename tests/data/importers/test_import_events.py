"""Exports of events: every row has one fate, coarse days are never pinned, and a wrong file is reported."""

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lull.data.counts import read_counts
from lull.data.importers.days import DayForm
from lull.data.importers.events import COARSE, KEPT, STRADDLING, Selection, read_event_export
from lull.data.importers.layouts import ACLED, LIST, UCDP, Layout
from lull.data.importers.written import (
    COUNT_COLUMNS,
    REPORT_COLUMNS,
    count_rows,
    report_rows,
    weekly_counts,
    windows,
    write_rows,
)
from lull.data.reports import read_reports
from lull.data.schema import InputError

ACLED_HEAD = "event_id_cnty,event_date,time_precision,actor1,actor2,country,timestamp"
ROWS = [
    "A1,2024-01-01,1,Alpha,Beta,North,1704153600",
    "A2,02 January 2024,1,Beta,Alpha; Gamma,North,1704153600",
    "A2,2024-01-02,1,Beta,Alpha; Gamma,North,1704153600",
    "A3,2024-01-17,1,Alpha,,South,1706745600",
    "A4,2024-01-15,3,Alpha,,North,1706745600",
    "A5,2024-01-20,1,Gamma,,North,1706745600",
    "A6,2024-02-04,1,Alpha,,North,1706745600",
    "A7,2024-02-06,1,Gamma,,North,1706745600",
]


def export(folder: Path, rows: list[str], head: str = ACLED_HEAD) -> Path:
    path = folder / "export.csv"
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def test_every_row_has_one_fate(tmp_path: Path) -> None:
    events = read_event_export(export(tmp_path, ROWS), ACLED, Selection(actors=("Alpha",)))
    tally = events.tally()
    assert sum(tally.values()) == len(ROWS)
    assert tally == {
        "dropped, an older row of the same event": 0,
        "dropped, of other actors": 2,
        "dropped, an event id already kept": 1,
        "dropped, outside the whole weeks covered": 0,
        STRADDLING: 0,
        COARSE: 1,
        KEPT: 4,
    }


def test_of_several_rows_of_an_event_the_newest_counts(tmp_path: Path) -> None:
    rows = [
        *ROWS,
        "A1,2024-01-09,1,Alpha,Beta,North,1704153601",  # a second later, another week
        "A2,2024-01-02,1,Gamma,Beta,North,1706745600",  # found to be of another actor
        "A3,2024-01-17,1,Alpha,,North,1704153600",  # older than the row above it
        "A6,2024-02-04,1,Beta,Alpha,North,1706745600",  # the same again, from the other side
    ]
    events = read_event_export(export(tmp_path, rows), ACLED, Selection(("Alpha",)))
    tally = events.tally()
    assert sum(tally.values()) == len(rows)
    assert (tally["dropped, an older row of the same event"], tally["dropped, an event id already kept"]) == (4, 1)
    read = weekly_counts(events, "Alpha").array[0]
    np.testing.assert_array_equal(read.sel(series="Alpha, North"), [0, 1, 0, 0, 1])
    np.testing.assert_array_equal(read.sel(series="Alpha, South"), [0, 0, 1, 0, 0])
    before = read_event_export(export(tmp_path, rows), ACLED, Selection(("Alpha",), as_of=date(2024, 1, 31)))
    assert before.tally()["dropped, an older row of the same event"] == 1  # of A1; what came later is not known


def test_covered_weeks_without_an_event_are_zero_and_go_into_a_forecast(tmp_path: Path) -> None:
    counts = weekly_counts(read_event_export(export(tmp_path, ROWS), ACLED, Selection(("Alpha",))), "Alpha")
    write_rows(tmp_path / "counts.csv", COUNT_COLUMNS, count_rows(counts))
    read = read_counts(tmp_path / "counts.csv")
    assert read.series == ("Alpha, North", "Alpha, South")
    np.testing.assert_array_equal(read.array[0], [[2, 0, 0, 0, 1], [0, 0, 1, 0, 0]])


def test_a_coarse_day_is_a_report_of_its_weeks(tmp_path: Path) -> None:
    events = read_event_export(export(tmp_path, ROWS), ACLED, Selection(("Alpha",)))
    found = windows(events, weekly_counts(events, "Alpha"))
    write_rows(tmp_path / "r.csv", REPORT_COLUMNS, report_rows(found, faction="Alpha", source="acled"))
    month, *weeks = [report for report in read_reports(tmp_path / "r.csv") if report.front == "North"]
    assert (month.window_start, month.window_end) == (date(2024, 1, 1), date(2024, 2, 4))
    assert (month.count, month.qualifier) == (4, "exact")
    assert [(week.count, week.qualifier) for week in weeks] == [(n, "at_least") for n in (2, 0, 0, 0, 1)]


def test_a_front_of_coarse_days_alone_is_in_both_files(tmp_path: Path) -> None:
    rows = [row.replace("2024-01-17,1", "2024-01-17,2") for row in ROWS]
    events = read_event_export(export(tmp_path, rows), ACLED, Selection(("Alpha",)))
    counts = weekly_counts(events, "Alpha")
    np.testing.assert_array_equal(counts.array[0].sel(series="Alpha, South"), np.zeros(5))
    south = [window for window in windows(events, counts) if window.front == "South"]
    assert [(str(each.first), str(each.last_day), each.count) for each in south if each.count] == [
        ("2024-01-08", "2024-01-21", 1)
    ]
    assert [each.exact for each in south] == [True, True, False, False, True, True]


def test_events_of_coarse_days_alone_are_reports(tmp_path: Path) -> None:
    events = read_event_export(export(tmp_path, ROWS), ACLED, Selection(("Alpha",), only=(("time_precision", "3"),)))
    counts = weekly_counts(events, "Alpha")
    assert (counts.series, float(counts.array.sum())) == (("Alpha, North",), 0)
    assert sum(window.count for window in windows(events, counts)) == 1


def test_weeks_that_a_window_partly_outside_touches_are_known_from_below(tmp_path: Path) -> None:
    rows = [*ROWS, "A8,2024-02-02,3,Alpha,,North,1706745600"]  # February, of which four days are covered
    events = read_event_export(export(tmp_path, rows), ACLED, Selection(("Alpha",)))
    assert (events.tally()[STRADDLING], events.tally()[COARSE]) == (1, 1)
    month = windows(events, weekly_counts(events, "Alpha"))[0]
    assert (month.count, month.exact) == (4, False)
    alone = read_event_export(export(tmp_path, [row for row in rows if "A4" not in row]), ACLED, Selection(("Alpha",)))
    weeks = [each for each in windows(alone, weekly_counts(alone, "Alpha")) if each.front == "North"]
    assert [(each.count, each.exact) for each in weeks] == [(2, True), (0, True), (0, True), (0, True), (1, False)]


def test_a_report_is_published_when_its_last_event_was_coded(tmp_path: Path) -> None:
    events = read_event_export(export(tmp_path, ROWS), ACLED, Selection(("Alpha",)))
    found = windows(events, weekly_counts(events, "Alpha"))
    write_rows(tmp_path / "r.csv", REPORT_COLUMNS, report_rows(found, faction="Alpha", source="acled"))
    north = [report for report in read_reports(tmp_path / "r.csv") if report.front == "North"]
    assert [(str(each.published), each.published_basis) for each in north[:3]] == [
        ("2024-02-04", "window_end"),  # a month whose last event was coded on 31 January
        ("2024-01-07", "window_end"),
        ("2024-01-14", "window_end"),
    ]
    late = [row.replace("North,1704153600", "North,1720000000") for row in ROWS]
    events = read_event_export(export(tmp_path, late), ACLED, Selection(("Alpha",)))
    month, first, second = windows(events, weekly_counts(events, "Alpha"))[:3]
    assert [str(each.published) for each in (month, first, second)] == ["2024-07-03", "2024-07-03", "2024-01-14"]


def test_a_selection_that_keeps_no_event_is_reported_with_its_fates(tmp_path: Path) -> None:
    after = Selection(("Alpha",), first_day=date(2024, 2, 5), last_day=date(2024, 2, 11))
    events = read_event_export(export(tmp_path, ROWS), ACLED, after)
    with pytest.raises(InputError, match="expected an event to keep, found none: 2 dropped, of other actors; "):
        weekly_counts(events, "Alpha")


def test_as_of_cuts_by_the_day_of_coding(tmp_path: Path) -> None:
    chosen = Selection(("Alpha",), as_of=date(2024, 1, 28))
    tally = read_event_export(export(tmp_path, ROWS), ACLED, chosen).tally()
    assert tally["dropped, not known by --as-of"] == 5
    assert tally[KEPT] == 2


@pytest.mark.parametrize(
    ("selection", "kept"),
    [
        (Selection(("Alpha", "Gamma")), 5),
        (Selection(pattern="^Al"), 4),
        (Selection(("Alpha",), joint="sole"), 3),
        (Selection(("Alpha",), only=(("country", "South"),)), 1),
        (Selection(("Alpha",), front="target"), 4),
    ],
)
def test_actors_are_chosen_by_list_pattern_and_company(tmp_path: Path, selection: Selection, kept: int) -> None:
    events = read_event_export(export(tmp_path, ROWS), ACLED, selection)
    assert events.tally()[KEPT] == kept


def test_a_front_that_the_row_does_not_name_is_reported_as_such(tmp_path: Path) -> None:
    late = "1704153600"
    rows = [f"A1,2024-01-01,1,Alpha,,North,{late}", f"A2,2024-01-02,1,Alpha,Beta,North,{late}"]
    rows += [f"A3,2024-01-14,1,Beta,,North,{late}"]
    events = read_event_export(export(tmp_path, rows), ACLED, Selection(("Alpha",), front="target"))
    assert weekly_counts(events, "Alpha").series == ("Alpha, Beta", "Alpha, unnamed")


def test_a_series_is_named_the_same_however_many_fronts_there_are(tmp_path: Path) -> None:
    earlier = read_event_export(export(tmp_path, ROWS), ACLED, Selection(("Alpha",), as_of=date(2024, 1, 14)))
    assert weekly_counts(earlier, "Alpha").series == ("Alpha, North",)
    nowhere = [row.replace("North", "").replace("South", "") for row in ROWS]
    unnamed = read_event_export(export(tmp_path, nowhere), ACLED, Selection(("Alpha",)))
    assert weekly_counts(unnamed, "Alpha").series == ("Alpha, unnamed",)
    path = tmp_path / "list.csv"
    path.write_text("event_id,actor,date\n1,Alpha,2024-01-01\n2,Beta,2024-01-07\n")
    assert weekly_counts(read_event_export(path, LIST, Selection(("Alpha",))), "Alpha").series == ("Alpha",)


def test_a_window_of_ged_within_a_week_is_pinned_and_a_longer_one_is_not(tmp_path: Path) -> None:
    head = "id,date_start,date_end,side_a,side_b,country"
    rows = [
        "1,2024-01-01 00:00:00.000,2024-01-01 00:00:00.000,Alpha,Civilians,North",
        "2,2024-01-02,2024-01-07,Alpha,Civilians,North",
        "3,2024-01-03,2024-01-20,Alpha,Civilians,North",
        "4,2024-01-21,2024-01-21,Beta,Civilians,North",
    ]
    tally = read_event_export(export(tmp_path, rows, head), UCDP, Selection(("Alpha",))).tally()
    assert (tally[KEPT], tally[COARSE], sum(tally.values())) == (2, 1, 4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "a header and rows"),
        (b"\xff\xfea", "UTF-16"),
        (ACLED_HEAD.replace(",", ";").encode() + b"\n", "the header alone"),
        (ACLED_HEAD.encode() + b"\nA1,2024-01-01,1,\xe9\xe8\xea\xe9,b,c,d\n", "line 2: expected text in UTF-8"),
        (
            ACLED_HEAD.encode() + b"\nA1,45292,1,Alpha,b,c,1704153600\n",
            "spreadsheet's day number it would be 2024-01-01",
        ),
        (
            ACLED_HEAD.encode() + b'\nA1,2024-01-01,1,"Al\npha",b,c,1704153600\nA2,x,1,A,B,c,9\n',
            "line 4, column event_d",
        ),
        (ACLED_HEAD.encode() + b"\nA1,2024-01-01,1\n", "line 2: expected 7 cells, found 3 cells"),
        (ACLED_HEAD.encode() + b'\nA1,2024-01-01,"1,5",Alpha,b,c,1704153600\n', "expected 1, 2 or 3, found '1,5'"),
    ],
)
def test_a_wrong_export_is_reported(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_event_export(path, ACLED, Selection(("Alpha",)))
    assert message in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("\ufeff" + "\n".join([ACLED_HEAD, *ROWS]), "utf-8")
    assert read_event_export(path, ACLED, Selection(("Alpha",))).tally()[KEPT] == 4


BLANK = ["", "   ", ",,,,,,", ' , ,"",,,,', ",,"]


@pytest.mark.parametrize("blank", BLANK)
def test_blank_lines_are_skipped_wherever_they_stand(tmp_path: Path, blank: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text("\ufeff" + "\n".join([blank, blank, ACLED_HEAD, blank, *ROWS[:3], blank, *ROWS[3:], blank, blank]))
    events = read_event_export(path, ACLED, Selection(("Alpha",)))
    assert (sum(events.tally().values()), events.tally()[KEPT]) == (len(ROWS), 4)
    path.write_text("\n".join([blank, ACLED_HEAD, blank, ROWS[0], blank, "A9,x,1,Alpha,,,9"]))
    with pytest.raises(InputError, match="line 6, column event_date"):
        read_event_export(path, ACLED, Selection(("Alpha",)))


def test_a_row_that_is_blank_but_for_its_notes_is_reported(tmp_path: Path) -> None:
    path = export(tmp_path, [*(f"{row}," for row in ROWS), ",,,,,,,a note"], f"{ACLED_HEAD},notes")
    with pytest.raises(InputError, match="line 10, column event_date: expected a date"):
        read_event_export(path, ACLED, Selection(("Alpha",)))


def test_an_unknown_actor_is_reported_with_the_near_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'Alpha'"):
        read_event_export(export(tmp_path, ROWS), ACLED, Selection(("Alpa",)))


cells = st.text(alphabet='A1-2024,;"\n\r \t0é=.:x', max_size=14) | st.sampled_from(["Alpha", "2024-01-01", "1"])
CODED_LIST = Layout("event_id", ("actor",), "date", known="coded")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(cells, min_size=3, max_size=5), max_size=6), raw=st.binary(max_size=40), quoted=st.booleans()
)
def test_no_file_of_events_ends_in_a_traceback(
    tmp_path: Path, rows: list[list[str]], raw: bytes, *, quoted: bool
) -> None:
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write("event_id,actor,date,coded\n")
        if quoted:
            csv.writer(out).writerows(rows)
        else:
            out.writelines(",".join(row) + "\n" for row in rows)
    with path.open("ab") as out_raw:
        out_raw.write(raw)
    try:
        events = read_event_export(path, CODED_LIST, Selection(("Alpha",)))
    except InputError as error:
        assert error.problems  # noqa: PT017 - good files are let in too
    else:
        assert sum(events.tally().values()) == len(events.fate)


@settings(deadline=None)
@given(day=st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_day_is_read_however_an_export_writes_it(day: date) -> None:
    assert {DayForm().day(str(day)), DayForm().day(f"{day} 00:00:00.000")} == {day}


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("1707193800", "2024-02-06T04:30:00"),
        ("2024-02-05", "2024-02-05T00:00:00"),
        ("05 February 2024", "2024-02-05T00:00:00"),
        ("2024-02-05 10:00", "2024-02-05T10:00:00"),
        ("2024-02-05T23:30:00-05:00", "2024-02-06T04:30:00"),
        ("2024-02-05 23:30:00.000 -0500", "2024-02-06T04:30:00"),
        ("2024-02-05T23:30:00Z", "2024-02-05T23:30:00"),
        ("2024-02-05 23:30:00 UTC", "2024-02-05T23:30:00"),
    ],
)
def test_a_moment_of_coding_is_read_with_its_time_zone(cell: str, moment: str) -> None:
    assert DayForm().moment(cell).isoformat() == moment


@pytest.mark.parametrize(
    "cell", ["", "soon", "2024-02-30 10:00", "2024-02-05 late", "2024-02-05T25:00", "0001-01-01 10:00"]
)
def test_what_is_no_moment_of_coding_is_reported(cell: str) -> None:
    with pytest.raises(InputError, match="expected a"):
        DayForm().moment(cell)
