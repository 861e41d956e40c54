"""Weeks from any weekday: a file is read as it is, and all dates move with it while no number does."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.calendar import WEEK
from lull.data.counts import read_counts
from lull.data.covariates import read_covariates
from lull.data.evidence import Evidence, Known, counts_of, read_evidence
from lull.data.readers.contents import described
from lull.data.schema import InputError
from lull.model.fitting.covariates import Covariates, from_events, with_own

WEEKLY = "series,week_start,count\n" + "".join(
    f"East,2025-01-{day:02d},{count}\n" for day, count in ((4, 5), (11, 1), (18, 0), (25, 6))
)  # Saturdays
EVENTS = "event_id,date,end_date,dimension,salience,kind,actor,target\n"
MONDAY = date(2024, 1, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weeks")


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_weeks_from_saturday_are_read_and_named(folder: Path) -> None:
    path = written(folder, "weekly.csv", WEEKLY)
    counts = read_counts(path)
    assert [str(week) for week in counts.weeks] == ["2025-01-04", "2025-01-11", "2025-01-18", "2025-01-25"]
    assert counts.array[0, 0].to_numpy().tolist() == [5, 1, 0, 6]
    assert "over 4 weeks (Saturday to Friday), 2025-01-04 to 2025-01-25" in described("counts", path)[0]
    known = read_evidence(Evidence(counts=path))
    assert (known.as_of, str(known.origin)) == (date(2025, 1, 31), "2025-01-25")  # the Friday that ends the origin week
    assert str(read_evidence(Evidence(counts=path, as_of=date(2025, 1, 30))).origin) == "2025-01-18"
    assert str(read_evidence(Evidence(counts=path, origin=date(2025, 1, 24))).origin) == "2025-01-18"


@pytest.mark.parametrize(
    ("days", "line", "expected", "found", "nearest"),
    [
        ("2025-12-22 2025-12-29 2026-01-03", 4, "a Monday", "2026-01-03, a Saturday", "2026-01-05, with 5"),
        ("2026-01-03", 2, "a Monday", "2026-01-03, a Saturday", "2026-01-05, with 5"),
        ("2026-01-03 2025-12-28", 3, "a Monday", "2025-12-28, a Sunday", "2025-12-29, with 6"),
        ("2026-01-03 2026-01-12 2026-01-17", 3, "a Saturday, as most", "2026-01-12, a Monday", "2026-01-10, with 5"),
        ("2026-01-04 2026-01-11 2026-01-15", 4, "a Sunday, as most", "2026-01-15, a Thursday", "2026-01-18, with 4"),
        ("2026-01-03 2026-01-10 2026-01-05 2026-01-12", 2, "a Monday", "2026-01-03, a Saturday", "2026-01-05, with 5"),
    ],
)
def test_a_row_of_another_weekday_names_the_week_that_shares_most_days(
    folder: Path, *, days: str, line: int, expected: str, found: str, nearest: str
) -> None:
    rows = "".join(f"East,{day},1\n" for day in days.split())
    message = (
        f"line {line}, column week_start: expected {expected}.*, found {found}. The nearest week starts on {nearest}"
    )
    with pytest.raises(InputError, match=message):
        read_counts(written(folder, "mixed.csv", f"series,week_start,count\n{rows}"))


def test_a_week_given_by_many_series_counts_once(folder: Path) -> None:
    rows = "".join(f"s{number},2026-01-03,1\n" for number in range(9)) + "s0,2026-01-05,1\ns0,2026-01-12,1\n"
    with pytest.raises(InputError, match="expected a Monday, found 2026-01-03, a Saturday"):
        read_counts(written(folder, "panel.csv", f"series,week_start,count\n{rows}"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("covariates", "week_start,price\n" + "".join(f"2025-01-{day:02d},1\n" for day in (6, 13, 20, 27))),
        ("previous", "series,week_start,count\nEast,2025-01-06,5\nEast,2025-01-13,1\n"),
    ],
)
def test_a_file_with_other_weeks_than_the_counts_is_refused(folder: Path, name: str, text: str) -> None:
    counts, other = written(folder, "weekly.csv", WEEKLY), written(folder, f"{name}.csv", text)
    message = rf"{name}\.csv: expected weeks from Saturday to Friday, .* found from Monday to Sunday"
    with pytest.raises(InputError, match=message):
        read_evidence(Evidence(counts=counts, **{name: other}))


def test_covariates_from_saturday_do_not_fit_reports(folder: Path) -> None:
    header = "report_id,source,published,published_basis,window_start,window_end,actor,front,measure,count,qualifier"
    report = "r1,a file,2025-02-03,day,2025-01-06,2025-02-02,Alpha,north,confirmed,4,exact"
    reports = written(folder, "reports.csv", f"{header}\n{report}\n")
    own = written(folder, "own.csv", "week_start,price\n2025-01-04,1\n2025-01-11,1\n")
    with pytest.raises(InputError, match="expected weeks from Monday to Sunday"):
        read_evidence(Evidence(reports=reports, covariates=own))


COUNTS = st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=4, max_size=12).filter(
    lambda row: row[0] is not None
)


@given(counts=COUNTS, shift=st.integers(-400, 400), as_of=st.integers(7, 99), event=st.integers(-9, 80))
def test_dates_move_and_numbers_stay(
    folder: Path, counts: list[int | None], shift: int, as_of: int, event: int
) -> None:
    def seen(by: int) -> tuple[Known, Covariates]:
        start = MONDAY + timedelta(days=by)
        weeks = [start + timedelta(weeks=at) for at in range(len(counts))]
        end = start + timedelta(days=event + 10)
        evidence = Evidence(
            counts=written(folder, "c.csv", "series,week_start,count\n" + "".join(
                f"a,{week},{'' if count is None else count}\n" for week, count in zip(weeks, counts, strict=True))),
            events=written(folder, "e.csv", f"{EVENTS}e1,{start + timedelta(days=event)},,pressure,3,strike,A,B\n"
                           f"e2,{start + timedelta(days=event)},{end},ceasefire,5,ceasefire,A,B\n"),
            covariates=written(folder, "o.csv", "week_start,price\n" + "".join(
                f"{week},{at * at}\n" for at, week in enumerate(weeks))),
            as_of=start + timedelta(days=as_of),
            origin=start + timedelta(days=min(as_of - 7, 7 * len(counts) - 1)),
        )  # fmt: skip
        known = read_evidence(evidence)
        assert known.covariates is not None
        first = counts_of(evidence).weeks[0]
        return known, with_own(from_events(known.events, first, known.origin + 5 * WEEK), known.covariates, first)

    (still, pushes), (moved, pushes_moved) = seen(0), seen(shift)
    days = np.timedelta64(shift, "D")
    assert moved.as_of - still.as_of == timedelta(days=shift)
    assert moved.origin - still.origin == days
    assert len(moved.events) == len(still.events)
    assert still.counts is not None
    assert moved.counts is not None
    assert (moved.counts.weeks - still.counts.weeks == days).all()
    np.testing.assert_array_equal(moved.counts.array.to_numpy(), still.counts.array.to_numpy())
    np.testing.assert_array_equal(pushes_moved.array.to_numpy(), pushes.array.to_numpy())
    assert (pushes_moved.array["week"].to_numpy() - pushes.array["week"].to_numpy() == days).all()


def test_covariates_may_start_on_any_weekday(folder: Path) -> None:
    found = read_covariates(written(folder, "own.csv", "week_start,price\n2025-01-11,2\n2025-01-04,1\n"))
    assert found["week"].to_numpy().astype("datetime64[D]").tolist() == [date(2025, 1, 4), date(2025, 1, 11)]
