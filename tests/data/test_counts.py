"""Weekly counts: the container's invariant, and a reader in which missing stays missing and zero stays zero."""

import io
import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xarray as xr
from hypothesis import example, given
from hypothesis import strategies as st

from lull.data.counts import WeeklyCounts, read_counts
from lull.data.schema import LISTED, InputError

MONDAY = np.datetime64("2024-01-01")
HEADER = "series,week_start,count\n"
names = (
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8).map(str.strip).filter(bool)
)
cells = st.none() | st.integers(0, 1_000_000)


@st.composite
def panels(draw: st.DrawFn) -> tuple[list[str], np.ndarray]:
    """Draw the names of some series and their counts (series, week), with a row at both ends of the weeks."""
    series = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    weeks = draw(st.integers(1, 6))
    rows = draw(st.lists(st.lists(cells, min_size=weeks, max_size=weeks), min_size=len(series), max_size=len(series)))
    return series, np.array([[np.nan if cell is None else cell for cell in row] for row in rows], dtype=float)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counts")


def table(series: list[str], values: np.ndarray) -> pa.Table:
    """Return the panel in long form, every week a row, a missing count empty."""
    weeks = [MONDAY.item() + timedelta(weeks=week) for week in range(values.shape[1])]
    return pa.table(
        {
            "series": [name for name in series for _ in weeks],
            "week_start": pa.array([week for _ in series for week in weeks], pa.date32()),
            "count": pa.array([None if np.isnan(value) else int(value) for value in values.ravel()], pa.int64()),
        }
    )


def write(folder: Path, text: str) -> Path:
    path = folder / "weekly.csv"
    path.write_text(text, "utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_counts(path)
    return [str(problem) for problem in caught.value.problems]


@given(panel=panels(), seed=st.integers(0, 1000))
def test_what_is_written_as_csv_is_read_back_in_any_order_of_rows(
    folder: Path, panel: tuple[list[str], np.ndarray], seed: int
) -> None:
    series, values = panel
    path = folder / "round.csv"
    long = table(series, values).to_pandas()
    long["count"] = long["count"].astype("Int64")
    long.sample(frac=1, random_state=seed).to_csv(path, index=False)
    found = read_counts(path).select(series)
    np.testing.assert_array_equal(found.array[0], values)
    assert found.weeks[0] == MONDAY


@given(panel=panels())
def test_what_is_written_as_parquet_is_read_back(folder: Path, panel: tuple[list[str], np.ndarray]) -> None:
    series, values = panel
    path = folder / "round.parquet"
    pq.write_table(table(series, values), path)
    found = read_counts(path)
    assert found.series == tuple(series)
    np.testing.assert_array_equal(found.array[0], values)


@pytest.mark.parametrize(
    ("weeks", "counts"),
    [
        (pa.array(["2024-01-01", "2024-01-08"]), pa.array([3.0, None])),
        (pa.array([date(2024, 1, 1), date(2024, 1, 8)]).cast(pa.timestamp("ns")), pa.array([3.0, float("nan")])),
        (pa.array([date(2024, 1, 1), date(2024, 1, 8)]), pa.array(["3", ""])),
    ],
)
def test_parquet_columns_may_have_the_types_that_tools_write(folder: Path, weeks: pa.Array, counts: pa.Array) -> None:
    path = folder / "types.parquet"
    pq.write_table(pa.table({"series": ["a", "a"], "week_start": weeks, "count": counts}), path)
    np.testing.assert_array_equal(read_counts(path).array[0, 0], [3.0, np.nan])


GAPS = HEADER + "a,2024-01-01,1\na,2024-01-22,2\nb,2024-01-08,\nb,2024-01-15,0\n"


def test_a_week_without_a_row_is_missing(folder: Path) -> None:
    found = read_counts(write(folder, GAPS)).array[0]
    np.testing.assert_array_equal(found[0], [1, np.nan, np.nan, 2])
    np.testing.assert_array_equal(found[1], [np.nan, np.nan, 0, np.nan])


def test_filled_zeros_reach_from_the_first_to_the_last_row_and_leave_empty_cells(folder: Path) -> None:
    found = read_counts(write(folder, GAPS), fill_zeros=True).array[0]
    np.testing.assert_array_equal(found[0], [1, 0, 0, 2])
    np.testing.assert_array_equal(found[1], [np.nan, np.nan, 0, np.nan])


def test_a_cluster_is_carried_and_without_one_the_faction_is_it(folder: Path) -> None:
    rows = "a,2024-01-01,1,F,war\nb,2024-01-01,2,F,\nc,2024-01-01,3,,\n"
    counts = read_counts(write(folder, "series,week_start,count,faction,cluster\n" + rows))
    assert counts.clusters == {"a": "war", "b": "F", "c": "c"}
    assert counts.select(["c", "a"]).clusters == {"c": "c", "a": "war"}
    plain = read_counts(write(folder, "series,week_start,count,faction\na,2024-01-01,1,F\n"))
    assert plain.clusters == {"a": "F"}
    assert "cluster" not in plain.array.coords


def test_a_series_has_one_cluster(folder: Path) -> None:
    rows = "a,2024-01-01,1,war\na,2024-01-08,2,peace\n"
    [reported] = problems(write(folder, "series,week_start,count,cluster\n" + rows))
    assert "A series has one cluster" in reported


def test_faction_and_front_are_carried(folder: Path) -> None:
    rows = "a,2024-01-01,1,F,north\nb,2024-01-01,2,,\n"
    array = read_counts(write(folder, "series,week_start,count,faction,front\n" + rows)).array
    assert array["faction"].to_numpy().tolist() == ["F", "b"]
    assert array["front"].to_numpy().tolist() == ["north", ""]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,2024-01-03,1", "2024-01-03, a Wednesday. The nearest week starts on 2024-01-01, with 5 of the 7 days."),
        ("a,31/31/2024,1", "column week_start: expected a day of the calendar, found '31/31/2024'."),
        ("a,,1", "column week_start: expected a date as YYYY-MM-DD, found an empty cell."),
        ("a,1889-01-07,1", "column week_start: expected a year from 1900 to 2100, found 1889-01-07."),
        ("a,2024-01-01,-1", "column count: expected a whole number from 0 up, found '-1'."),
        ("a,2024-01-01,1.5", "column count: expected a whole number from 0 up, found '1.5'. A count is whole"),
        ("a,2024-01-01,x", "column count: expected a whole number from 0 up, found 'x'."),
        ("a,2024-01-01,=1+1", "column count: expected a whole number from 0 up, found '=1+1'."),
        (",2024-01-01,1", "column series: expected a text, found an empty cell."),
        ("a,2024-01-01", ": expected 3 cells, found 2 cells."),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_reported_with_its_line_and_column(folder: Path, row: str, message: str) -> None:
    (reported,) = problems(write(folder, f"{HEADER}b,2024-01-01,1\n{row}\n"))
    assert reported.startswith("weekly.csv:line 3")
    assert message in reported


def test_a_week_given_twice_is_reported_with_both_lines(folder: Path) -> None:
    (reported,) = problems(write(folder, HEADER + "a,2024-01-01,1\nb,2024-01-01,1\n\na,2024-01-01,2\n"))
    assert reported == (
        "weekly.csv:line 5, column week_start: expected each week of a series once, "
        "found 'a' 2024-01-01 again, after line 2. Keep one of the two."
    )


def test_a_series_that_changes_its_front_is_reported(folder: Path) -> None:
    rows = "a,2024-01-01,1,north\na,2024-01-08,1,south\n"
    (reported,) = problems(write(folder, "series,week_start,count,front\n" + rows))
    assert reported.endswith(
        "column front: expected 'north' as in the first row of 'a', found 'south'. A series has one front."
    )


def test_problems_of_all_kinds_are_reported_in_the_order_of_the_file(folder: Path) -> None:
    reported = problems(write(folder, HEADER + "a,2024-01-02,-1\n,2024-01-08,1\nx\na,2024-01-01,y\n"))
    assert [int(re.findall(r"line (\d+)", line)[0]) for line in reported] == [2, 2, 3, 4, 5]


def test_a_file_of_wrong_rows_is_reported_in_part_and_counted_whole(folder: Path) -> None:
    rows = "".join(f"s{number},2024-01-01,-1\n" for number in range(LISTED + 25))
    with pytest.raises(InputError, match=r"\.\.\. and 25 more\.$") as caught:
        read_counts(write(folder, HEADER + rows))
    assert len(caught.value.problems) == LISTED
    assert caught.value.unlisted == 25


def test_a_panel_too_large_to_hold_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lull.data.counts.today", lambda: date(2101, 1, 2))
    rows = "".join(f"s{number},{day},1\n" for number in range(1000) for day in ("1900-01-01", "2100-12-27"))
    rows += "".join(f"s{number},1900-01-01,1\n" for number in range(1000, 2000))
    with pytest.raises(InputError, match="expected at most 20,000,000 series x weeks, found 2,000 series over"):
        read_counts(write(folder, HEADER + rows))


@given(content=st.binary(max_size=200))
def test_no_bytes_give_anything_but_counts_or_an_input_error(folder: Path, content: bytes) -> None:
    path = folder / "fuzz.csv"
    path.write_bytes(HEADER.encode() + content)
    try:
        found = read_counts(path)
    except InputError as error:
        assert error.problems  # noqa: PT017 - both outcomes are right; this one has to say what is wrong
    else:
        assert isinstance(found, WeeklyCounts)


@given(place=st.integers(0, 2000), byte=st.integers(0, 255), cut=st.integers(0, 2000))
@example(place=12, byte=0, cut=0)  # no text is left, and every row names one
def test_no_damaged_parquet_gives_anything_but_counts_or_an_input_error(
    folder: Path, place: int, byte: int, cut: int
) -> None:
    buffer = io.BytesIO()
    pq.write_table(table(["a", "b"], np.arange(12.0).reshape(2, 6)), buffer)
    content = bytearray(buffer.getvalue())
    content[place % len(content)] = byte
    path = folder / "fuzz.parquet"
    path.write_bytes(content[: max(1, len(content) - cut // 4)] if cut % 2 else content)
    try:
        found = read_counts(path)
    except InputError as error:
        assert error.problems  # noqa: PT017 - both outcomes are right; this one has to say what is wrong
    else:
        assert isinstance(found, WeeklyCounts)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"series": ["a"], "week_start": ["2024-01-01"]}, "schema: expected a column 'count', found none of that name"),
        (dict.fromkeys(["series", "week_start", "count"], pa.array([], pa.string())), "expected 1 to 5,000,000 rows"),
        ({"series": ["a"], "week_start": ["2024-01-02"], "count": [1]}, "row 1, column week_start: expected a Monday"),
        ({"series": ["a"], "week_start": ["2024-01-01"], "count": [1.5]}, "column count: expected a whole number"),
        ({"series": ["a"], "week_start": ["2024-01-01"], "count": [float("inf")]}, "found 'inf'"),
    ],
)  # fmt: skip
def test_a_wrong_parquet_is_reported_by_row(folder: Path, columns: dict[str, pa.Array], message: str) -> None:
    path = folder / "wrong.parquet"
    pq.write_table(pa.table(columns), path)
    with pytest.raises(InputError, match=message):
        read_counts(path)


def test_text_named_parquet_is_reported(folder: Path) -> None:
    path = folder / "text.parquet"
    path.write_text(GAPS)
    with pytest.raises(InputError, match="expected a Parquet file, found one that cannot be read"):
        read_counts(path)


def make(values: np.ndarray, **kwargs: object) -> WeeklyCounts:
    arguments = {"series": ["a", "b"][: len(values)], "first_week": MONDAY} | kwargs
    return WeeklyCounts.from_arrays(values, **arguments)


@pytest.mark.parametrize(
    ("values", "kwargs", "message"),
    [
        (np.array([[-1.0]]), {}, "whole numbers from 0 up"),
        (np.array([[0.5]]), {}, "whole numbers from 0 up"),
        (np.array([[np.inf]]), {}, "whole numbers from 0 up"),
        (np.zeros((2, 2)), {"series": ["a", "a"]}, "its own name, found a, a"),
        (np.zeros((0, 2)), {}, "at least one value"),
        (np.zeros((1, 0)), {}, "at least one value"),
    ],
)
def test_an_array_that_is_not_weekly_counts_is_refused(
    values: np.ndarray, kwargs: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make(values, **kwargs)


def test_weeks_with_a_gap_and_foreign_dims_are_refused() -> None:
    array = make(np.zeros((1, 3))).array
    with pytest.raises(ValueError, match="without a gap"):
        WeeklyCounts(array.isel(week=[0, 2]))
    with pytest.raises(ValueError, match="have dims"):
        WeeklyCounts(xr.DataArray(np.zeros((1, 1)), dims=("series", "week")))


def test_selection_keeps_the_asked_order_and_names_what_is_not_there() -> None:
    counts = make(np.array([[1.0, 2.0], [3.0, np.nan]]))
    assert counts.select(["b", "a"]).series == ("b", "a")
    with pytest.raises(KeyError, match="no series c; there are a, b"):
        counts.select(["c"])


@given(weeks=st.integers(1, 30), keep=st.integers(1, 30))
def test_up_to_a_week_moves_the_origin_there(weeks: int, keep: int) -> None:
    counts = make(np.arange(float(weeks))[None])
    origin = counts.weeks[min(keep, weeks) - 1]
    cut = counts.up_to_week(origin)
    assert cut.origin == origin
    np.testing.assert_array_equal(cut.array, counts.array[..., : min(keep, weeks)])


FUTURE = "north,2026-01-05,1\nnorth,2099-12-28,{}\n"


def test_a_count_of_a_week_that_is_not_over_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError) as caught:
        read_counts(write(folder, HEADER + FUTURE.format(2)))
    (problem,) = caught.value.problems
    assert problem.where == "weekly.csv:line 3, column week_start"
    assert problem.expected.startswith("a week that ended by today, ")
    assert problem.found == "a count of 2099-12-28 to 2100-01-03"
    assert problem.remedy == "Correct the day, or leave the count empty until the week is over."
    for now, good in ((date(2100, 1, 2), False), (date(2100, 1, 3), True)):
        monkeypatch.setattr("lull.data.counts.today", lambda now=now: now)
        if good:
            assert read_counts(write(folder, HEADER + FUTURE.format(2))).array[0, 0, -1] == 2
        else:
            with pytest.raises(InputError, match="ended by today, 2100-01-02"):
                read_counts(write(folder, HEADER + FUTURE.format(0)))


def test_a_week_to_come_without_a_count_is_missing(folder: Path) -> None:
    assert np.isnan(read_counts(write(folder, HEADER + FUTURE.format(""))).array[0, 0, -1])


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("delta", "Delta"), "'delta' and 'Delta' look alike and were read as 2 series."),
        (("S\u00fcd", "Su\u0308d"), "look alike (one letter can be coded in two ways) and were read as 2 series."),
        (("north  east", "north east"), "look alike and were read as 2 series."),
    ],
)
def test_series_whose_names_look_alike_are_warned_of(folder: Path, names: tuple[str, str], said: str) -> None:
    notes: list[str] = []
    counts = read_counts(write(folder, HEADER + "".join(f"{name},2024-01-01,1\n" for name in names)), notes=notes)
    assert len(counts.series) == 2
    (note,) = notes
    assert note.startswith("Warning: ")
    assert said in note
    apart: list[str] = []
    read_counts(write(folder, HEADER + "delta,2024-01-01,1\ndelt,2024-01-01,1\n"), notes=apart)
    assert apart == []
