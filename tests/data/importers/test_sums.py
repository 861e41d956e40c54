"""Files of sums: weekly ones of ACLED as counts or reports, others as reports; a sum is never counted as one event."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest

from lull.data.counts import WeeklyCounts
from lull.data.importers.summed_reports import SumChoice, read_summed_reports, windows_of_weeks
from lull.data.importers.sums import SumLayout, refuse_sums
from lull.data.importers.weekly_sums import WeeklyChoice, read_weekly_sums
from lull.data.readers.contents import described
from lull.data.readers.detection import recognise
from lull.data.readers.reading_options import Reading
from lull.data.schema import InputError

HEAD = (
    "WEEK,REGION,COUNTRY,ADMIN1,EVENT_TYPE,SUB_EVENT_TYPE,EVENTS,FATALITIES,POPULATION_EXPOSURE,DISORDER_TYPE,ID,"
    "CENTROID_LATITUDE,CENTROID_LONGITUDE"
)
ROWS = """2025-01-04,Nordia,East,Battles,3
2025-01-04,Nordia,East,Explosions,2
2025-01-11,Nordia,East,Battles,1
2025-01-11,Nordia,West,Battles,4
2025-01-25,Nordia,East,Battles,5
2025-01-25,Nordia,East,Explosions,1
2025-01-25,Nordia,West,Battles,2
2025-02-01,Nordia,East,Battles,2
2025-02-08,Nordia,East,Explosions,3
2025-02-08,Nordia,West,Battles,1"""
NORDIA = WeeklyChoice("Red Dawn", countries=("Nordia",))


def weekly(folder: Path, rows: str = ROWS, name: str = "weekly.csv") -> Path:
    cells = [row.split(",") for row in rows.splitlines()]
    lines = [f"{w},Inland,{c},{a},{t},{t},{n},0,,Political violence,7,1.5,2.5" for w, c, a, t, n in cells]
    path = folder / name
    path.write_text("\n".join([HEAD, *lines]) + "\n", "utf-8")
    return path


def series(counts: WeeklyCounts) -> dict[str, list[float]]:
    return {name: counts.array[0].sel(series=name).to_numpy().tolist() for name in counts.series}


def test_weekly_sums_are_counts_of_their_own_weeks(tmp_path: Path) -> None:
    path = weekly(tmp_path)
    made = read_weekly_sums([path], NORDIA)
    assert series(made.counts) == {"Red Dawn, East": [5, 1, 0, 6, 2, 3], "Red Dawn, West": [0, 4, 0, 2, 0, 1]}
    assert (str(made.counts.weeks[0]), made.known_to) == ("2025-01-04", date(2025, 2, 14))
    assert sum(made.fates.values()) == 10
    assert recognise(path) == "acled-weekly"
    assert "24 events in 10 rows of one country over 6 weeks (Saturday to Friday)" in described("acled-weekly", path)[0]


def test_places_and_types_are_chosen_in_any_case_and_a_named_place_may_be_quiet(tmp_path: Path) -> None:
    path = weekly(tmp_path)
    made = read_weekly_sums([path], WeeklyChoice("Red Dawn", ("nordia",), types=("EXPLOSIONS",)))
    assert series(made.counts) == {"Red Dawn, East": [2, 0, 0, 1, 0, 3]}
    quiet = read_weekly_sums([path], WeeklyChoice("Red Dawn", admin1=("West", "East"), types=("Explosions",)))
    assert series(quiet.counts)["Red Dawn, West"] == [0] * 6
    whole = read_weekly_sums([path], replace(NORDIA, front=""))
    assert series(whole.counts) == {"Red Dawn": [5, 5, 0, 8, 2, 4]}
    with pytest.raises(InputError, match=r"--admin1: .* found 'Wets'\. Did you mean 'West'"):
        read_weekly_sums([path], WeeklyChoice("Red Dawn", admin1=("Wets",)))


def test_the_silence_of_one_place_lasts_as_long_as_the_file(tmp_path: Path) -> None:
    path = weekly(tmp_path, f"{ROWS}\n2025-03-29,Sudia,South,Battles,9")
    counts = read_weekly_sums([path], NORDIA).counts
    assert str(counts.origin) == "2025-03-29"
    assert series(counts)["Red Dawn, East"] == [5, 1, 0, 6, 2, 3, *[0] * 7]


def test_the_name_of_the_file_or_a_day_says_how_far_it_reaches(tmp_path: Path) -> None:
    named = weekly(tmp_path, name="Inland_aggregated_data_up_to_week_of-2025-03-01.csv")
    assert read_weekly_sums([named], NORDIA).known_to == date(2025, 3, 7)
    plain = weekly(tmp_path)
    until = read_weekly_sums([plain], replace(NORDIA, last_day=date(2025, 3, 8))).counts
    assert (str(until.origin), series(until)["Red Dawn, East"][-3:]) == ("2025-03-01", [0, 0, 0])
    cut = read_weekly_sums([plain], replace(NORDIA, last_day=date(2025, 2, 2)))
    assert (str(cut.counts.origin), cut.fates["dropped, outside the weeks covered"]) == ("2025-01-25", 3)
    with pytest.raises(InputError, match="--until: expected a day up to today"):
        read_weekly_sums([plain], replace(NORDIA, last_day=date.today() + timedelta(days=1)))  # noqa: DTZ011


def test_of_several_files_the_newer_week_counts_and_gaps_are_missing(tmp_path: Path) -> None:
    old = weekly(tmp_path, name="old.csv")
    new = weekly(tmp_path, "2025-02-01,Nordia,East,Battles,7\n2025-02-15,Nordia,East,Battles,1", name="new.csv")
    far = weekly(tmp_path, "2025-03-01,Nordia,West,Battles,2", name="far.csv")
    for order in ([old, new, far], [far, new, old]):
        made = read_weekly_sums(order, NORDIA)
        east, west = series(made.counts).values()
        np.testing.assert_array_equal(east, [5, 1, 0, 6, 7, 0, 1, np.nan, 0])
        np.testing.assert_array_equal(west, [0, 4, 0, 2, 0, 0, 0, np.nan, 2])
        assert made.fates["dropped, a newer file has the week"] == 3
        (change,) = made.changes
        assert change == {
            "newer": "new.csv", "older": "old.csv", "weeks_changed": 3, "events_before": 6, "events_after": 7,
        }  # fmt: skip


def test_a_file_of_another_region_leaves_a_country_alone(tmp_path: Path) -> None:
    other = weekly(tmp_path, "2025-01-04,Sudia,East,Battles,9\n2025-03-01,Sudia,East,Battles,9", name="other.csv")
    counts = read_weekly_sums([weekly(tmp_path), other], WeeklyChoice("Red Dawn")).counts
    assert counts.series == ("Red Dawn, East (Nordia)", "Red Dawn, East (Sudia)", "Red Dawn, West")
    np.testing.assert_array_equal(series(counts)["Red Dawn, East (Nordia)"], [5, 1, 0, 6, 2, 3, *[np.nan] * 3])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2025-01-13,Nordia,East,Battles,1", "column WEEK: expected a Saturday, as most of the windows"),
        ("2095-01-01,Nordia,East,Battles,1", "column WEEK: expected a window that began by today"),
        ("2025-01-04,Nordia,East,Battles,9", "column WEEK: expected each WEEK once"),
        ("2025-02-15,Nordia,East,Battles,", "column EVENTS: expected a whole number from 0 up, found an empty cell"),
    ],
)
def test_a_wrong_row_stops_the_import_or_is_set_aside(tmp_path: Path, row: str, problem: str) -> None:
    path = weekly(tmp_path, f"{ROWS}\n{row}")
    with pytest.raises(InputError, match=f"line 12, {problem}"):
        read_weekly_sums([path], NORDIA)
    made = read_weekly_sums([path], NORDIA, Reading(set_aside=1))
    assert [aside.line for aside in made.set_aside] == [12]
    assert sum(made.fates.values()) == 11


def test_a_week_of_which_a_row_was_set_aside_is_missing_not_lower(tmp_path: Path) -> None:
    path = weekly(tmp_path, ROWS.replace("Explosions,1", "Explosions,some"))
    made = read_weekly_sums([path], NORDIA, Reading(set_aside=1))
    np.testing.assert_array_equal(series(made.counts)["Red Dawn, East"], [5, 1, 0, np.nan, 2, 3])
    assert series(made.counts)["Red Dawn, West"] == [0, 4, 0, 2, 0, 1]
    assert len(windows_of_weeks(made.counts)) == 11


def test_a_workbook_with_a_title_is_read_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Aggregated data"])
    for line in weekly(tmp_path).read_text("utf-8").splitlines():
        cells = line.split(",")
        book.active.append([date.fromisoformat(cells[0]) if cells[0][0] == "2" else cells[0], *cells[1:]])
    book.save(tmp_path / "weekly.xlsx")
    made = read_weekly_sums([tmp_path / "weekly.xlsx"], NORDIA)
    assert series(made.counts)["Red Dawn, East"] == [5, 1, 0, 6, 2, 3]


@pytest.mark.parametrize(
    ("heading", "command"),
    [
        (HEAD, "lull import acled-weekly"),
        (HEAD.lower(), "lull import acled-weekly"),
        ("Country,Admin1,Month,Year,Events,Fatalities", "lull import sums"),
    ],
)
def test_sums_are_refused_as_events(tmp_path: Path, heading: str, command: str) -> None:
    (tmp_path / "a.csv").write_text(f"{heading}\n")
    with pytest.raises(InputError, match=f"found rows that hold sums. Import it with `{command}`"):
        refuse_sums(tmp_path / "a.csv")


@pytest.mark.parametrize("heading", ["event_id,date,actor,week,events,country", "series,week_start,count"])
def test_other_files_are_not_refused(tmp_path: Path, heading: str) -> None:
    (tmp_path / "a.csv").write_text(f"{heading}\n")
    refuse_sums(tmp_path / "a.csv")


MONTHS = """Country,Admin1,Month,Year,Events
Nordia,East,January,2025,4
Nordia,East,January,2025,3
Nordia,West,1,2025.0,2
Nordia,East,March,2025,0
"""
BY_MONTH = SumLayout("Events", month="Month", year="Year")


def test_monthly_sums_are_reports_of_their_months(tmp_path: Path) -> None:
    path = tmp_path / "monthly.csv"
    path.write_text(MONTHS)
    made = read_summed_reports(path, BY_MONTH, SumChoice(front="Admin1"))
    found = [(each.front, str(each.first), str(each.last_day), each.count, each.exact) for each in made.windows]
    assert found == [
        ("East", "2025-01-01", "2025-01-31", 7, True),
        ("East", "2025-03-01", "2025-03-31", 0, True),
        ("West", "2025-01-01", "2025-01-31", 2, True),
    ]
    assert made.known_to == date(2025, 3, 31)
    filled = read_summed_reports(path, BY_MONTH, SumChoice(front="Admin1", fill_zeros=True)).windows
    assert [(each.front, each.count) for each in filled] == [("East", n) for n in (7, 0, 0)] + [
        ("West", n) for n in (2, 0, 0)
    ]
    path.write_text(MONTHS.replace("2025,3", "2025,several"))
    below = read_summed_reports(path, BY_MONTH, SumChoice(front="Admin1"), Reading(set_aside=1)).windows[0]
    assert (below.count, below.exact) == (4, False)


@pytest.mark.parametrize("cell", ["2025-02", "2025/2", "202502", "02/2025", "Feb 2025", "février 2025", "2025-02-01"])
def test_a_month_is_read_as_it_is_written(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "monthly.csv"
    path.write_text(f"when,number\n{cell},4\n", "utf-8")
    (window,) = read_summed_reports(path, SumLayout("number", month="when"), SumChoice()).windows
    assert (str(window.first), str(window.last_day), window.count) == ("2025-02-01", "2025-02-28", 4)


def test_windows_of_days_are_reports_and_one_that_is_not_over_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "windows.csv"
    today = date.today()  # noqa: DTZ011 - the user's own day
    path.write_text(f"start,end,kind,n\n2025-01-01,2025-01-28,a,4\n2025-01-29,2025-02-25,b,6\n{today},2099-01-01,a,1\n")
    layout, choice = SumLayout("n", first_day="start", last_day="end"), SumChoice(only=(("kind", "a"),))
    made = read_summed_reports(path, layout, choice)
    assert [(str(each.last_day), each.count) for each in made.windows] == [("2025-01-28", 4)]
    assert list(made.fates.values()) == [1, 0, 1, 0, 1]
    short = read_summed_reports(path, SumLayout("n", first_day="start", days=3), SumChoice(last_day=date(2025, 1, 10)))
    assert [(str(each.last_day), each.count) for each in short.windows] == [("2025-01-03", 4)]


@pytest.mark.parametrize("rows", [20_000, pytest.param(300_000, marks=pytest.mark.slow)])
def test_weekly_sums_are_those_of_an_independent_aggregation(rows: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    number = rng.choice(400 * 5 * 12 * 4 * 4, rows, replace=False)  # no week, place and type twice
    place = {"week": 400, "country": 5, "admin1": 12, "type": 4, "sub": 4}
    at = dict(zip(place, np.unravel_index(number, tuple(place.values())), strict=True))
    frame = pl.DataFrame({
        "WEEK": np.datetime64("2016-01-02") + 7 * at["week"], "COUNTRY": [f"Country {n}" for n in at["country"]],
        "ADMIN1": [f"Province {c} {n}" for c, n in zip(at["country"], at["admin1"], strict=True)],
        "EVENT_TYPE": [f"Type {n}" for n in at["type"]], "SUB_EVENT_TYPE": [f"Sub {n}" for n in at["sub"]],
        "EVENTS": rng.integers(1, 40, rows),
    })  # fmt: skip
    frame.write_csv(tmp_path / "weekly.csv")
    made = read_weekly_sums([tmp_path / "weekly.csv"], WeeklyChoice("X", ("Country 3",), types=("Type 1", "Type 2")))
    chosen = frame.filter((pl.col("COUNTRY") == "Country 3") & pl.col("EVENT_TYPE").is_in(["Type 1", "Type 2"]))
    sums = chosen.group_by("ADMIN1", "WEEK").agg(pl.col("EVENTS").sum())
    expected = {(place, week): total for place, week, total in sums.iter_rows()}
    for front, values in zip(made.counts.array["front"].to_numpy(), made.counts.array[0].to_numpy(), strict=True):
        assert values.tolist() == [expected.get((front, week), 0) for week in made.counts.weeks.tolist()]
    assert made.counts.array.sum() == chosen["EVENTS"].sum()


def test_a_file_of_whole_countries_in_small_letters_is_read(tmp_path: Path) -> None:
    path = tmp_path / "countries.csv"
    path.write_text("week;country;event_type;events\n2025-01-04;Nordia;Battles;3\n2025-01-18;Nordia;Battles;2\n")
    counts = read_weekly_sums([path], replace(NORDIA, front="Country")).counts
    assert series(counts) == {"Red Dawn, Nordia": [3, 0, 2]}
    with pytest.raises(InputError, match="--admin1: expected a name in the files, found 'East'"):
        read_weekly_sums([path], replace(NORDIA, front="country", admin1=("East",)))
