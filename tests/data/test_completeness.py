"""How much of the last weeks is reported: curves are read strictly, and estimated from two snapshots of one source."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lull.data.calendar import WEEK
from lull.data.completeness import LEAST, estimated_completeness, read_completeness
from lull.data.counts import WeeklyCounts
from lull.data.evidence import Evidence, read_evidence
from lull.data.schema import InputError

FIRST = np.datetime64("2022-01-03")
TRUE = np.array([0.35, 0.6, 0.8, 0.92, 0.97])


def counts(values: np.ndarray, names: tuple[str, ...] | None = None) -> WeeklyCounts:
    return WeeklyCounts.from_arrays(
        values, series=names or [f"s{row}" for row in range(values.shape[0])], first_week=FIRST
    )


def snapshots(mean: float, *, apart: int, series: int, seed: int) -> tuple[WeeklyCounts, WeeklyCounts]:
    """Return two snapshots of events that are reported after 0, 1, ... weeks, each event with one delay."""
    rng = np.random.default_rng(seed)
    weeks = 60
    events = rng.poisson(mean, (series, weeks))
    delays = np.diff(np.append(0.0, np.append(TRUE, 1.0)))
    came = np.stack([rng.multinomial(row, delays) for row in events]).cumsum(axis=-1)  # (series, week, delay)

    def seen(end: int) -> WeeklyCounts:
        age = np.minimum(end - 1 - np.arange(end), delays.size - 1)
        return counts(came[:, np.arange(end), age].astype(float))

    return seen(weeks - apart), seen(weeks)


@pytest.mark.parametrize("apart", [1, 2, 8])
def test_the_curve_that_events_came_by_is_found(apart: int) -> None:
    found = [
        estimated_completeness(*snapshots(40.0, apart=apart, series=10, seed=seed), name="old.csv").shares
        for seed in range(20)
    ]
    padded = np.array([(*curve, *[1.0] * (5 - len(curve)))[:5] for curve in found])
    error = np.sqrt(TRUE * (1 - TRUE) / 400)  # of one snapshot's shares
    assert (np.abs(padded.mean(axis=0) - TRUE) < 4 * error / np.sqrt(20) + 0.01).all()


def test_few_events_say_little() -> None:
    none = np.zeros((1, 20))
    assert estimated_completeness(counts(none[:, :-1]), counts(none), name="old.csv") == ((), ())
    one = none.copy()
    one[0, -2] = 1.0  # reported only in the second week of its age
    (share,), (error,) = estimated_completeness(counts(none[:, :-1]), counts(one), name="old.csv")
    assert share == pytest.approx(2 / 3, abs=1e-4)
    assert error == pytest.approx(np.sqrt(2 / 3 * 1 / 3 / 3), abs=1e-4)  # a share of three events


def test_a_source_that_adds_nothing_is_whole() -> None:
    values = np.random.default_rng(1).poisson(5.0, (2, 30)).astype(float)
    assert estimated_completeness(counts(values[:, :-3]), counts(values), name="old.csv") == ((), ())


@given(seed=st.integers(0, 2**32 - 1), apart=st.integers(1, 30), mean=st.floats(0.0, 20.0))
@settings(deadline=None, max_examples=50)
def test_a_curve_never_falls_with_the_age_and_is_a_share(seed: int, apart: int, mean: float) -> None:
    curve, errors = estimated_completeness(*snapshots(mean, apart=apart, series=2, seed=seed), name="old.csv")
    assert list(curve) == sorted(curve)
    assert all(LEAST <= share < 1.0 for share in curve)
    assert len(errors) == len(curve)
    assert all(error > 0.0 for error in errors)


@pytest.mark.integration
@pytest.mark.parametrize(("apart", "series"), [(1, 2), (1, 20), (4, 5)])
def test_the_errors_are_how_far_estimates_lie_apart(apart: int, series: int) -> None:
    again = 300
    found = [
        estimated_completeness(*snapshots(20.0, apart=apart, series=series, seed=seed), name="old.csv")
        for seed in range(again)
    ]
    for age in (0, 1):
        shares, errors = (np.array([part[age] for part in parts]) for parts in zip(*found, strict=True))
        scatter = shares.std(ddof=1)
        assert np.sqrt((errors**2).mean()) == pytest.approx(scatter, rel=4 / np.sqrt(2 * again) + 0.1)


@pytest.mark.parametrize(
    ("weeks", "names", "message"),
    [
        (20, ("s0",), "expected an earlier snapshot, with an earlier last week, found"),
        (10, ("other",), "expected a snapshot of the same series and weeks, found none in common"),
    ],
)
def test_what_cannot_be_compared_is_reported(weeks: int, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        estimated_completeness(counts(np.ones((1, weeks)), names), counts(np.ones((1, 20))), name="old.csv")


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["weeks_before_end,share", *rows, ""]))
    return path


def test_a_curve_is_read_in_any_order_of_rows(tmp_path: Path) -> None:
    assert read_completeness(write(tmp_path / "c.csv", "1,.7", "0,0.4", "2,1")) == (0.4, 0.7)


@pytest.mark.parametrize(
    ("rows", "messages"),
    [
        (["0,1.2"], ["line 2, column share: expected a share from 0.01 to 1, found '1.2'"]),
        (["0,0"], ["leave the count empty"]),
        (["0,40 %"], ["expected a number, found '40 %'"]),
        (['0,"0,4"'], ["Write decimals with a point"]),
        (["-1,.5"], ["expected a whole number from 0 up"]),
        (["1,.5"], ["expected every number from 0 up, once, found 0 left out"]),
        (["0,.5", "2,.7"], ["found 2 after 0"]),
        (
            ["0,.5", "0,.5", "1,.4"],
            ["line 3, column weeks_before_end: expected every number from 0 up, once, found 0 ag"],
        ),
        (
            ["0,.5", "1,.4", "2,x"],
            ["line 3, column share: expected at least 0.5", "line 4, column share: expected a num"],
        ),
    ],
)
def test_a_wrong_curve_is_reported_by_line(tmp_path: Path, rows: list[str], messages: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read_completeness(write(tmp_path / "c.csv", *rows))
    for message in messages:
        assert message in str(caught.value)


def weekly(path: Path, values: list[int]) -> Path:
    rows = [f"north,{FIRST + WEEK * week},{value}" for week, value in enumerate(values)]
    path.write_text("\n".join(["series,week_start,count", *rows, ""]))
    return path


def test_a_curve_is_counted_from_the_end_of_the_file_and_reported_from_the_origin(tmp_path: Path) -> None:
    curve = write(tmp_path / "c.csv", "0,.4", "1,.6", "2,.8")
    evidence = Evidence(counts=weekly(tmp_path / "w.csv", [3, 4, 5, 2, 1]), completeness=curve)
    assert read_evidence(evidence).completeness == (0.4, 0.6, 0.8)
    earlier = Evidence(counts=evidence.counts, completeness=curve, origin=(FIRST + 3 * WEEK).item())
    known = read_evidence(earlier)
    assert known.completeness == (0.6, 0.8)
    assert known.counts is not None
    partial = known.counts.with_completeness(known.completeness)
    assert partial.array["completeness"].to_numpy().tolist() == [1.0, 1.0, 0.8, 0.6]
    assert known.counts.with_completeness(()) is known.counts


def test_the_curve_decides_the_result_and_its_file_does_not(tmp_path: Path) -> None:
    new, old = weekly(tmp_path / "new.csv", [9, 9, 9, 9, 9]), weekly(tmp_path / "old.csv", [9, 9, 9, 4])
    plain, estimated = Evidence(counts=new), Evidence(counts=new, previous=old)
    share = estimated.identity()["completeness"]
    given_curve = write(tmp_path / "c.csv", *(f"{age},{value}" for age, value in enumerate(share)))
    assert "completeness" not in plain.identity()
    assert Evidence(counts=new, completeness=given_curve).identity() == estimated.identity()


def test_a_snapshot_of_counts_says_nothing_of_reports(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(
        "report_id,source,published,published_basis,window_start,window_end,actor,front,measure,count,qualifier\n"
        "a1,A paper,2024-03-09,day,2024-03-01,2024-03-07,The group,north,claimed,7,exact\n"
    )
    with pytest.raises(InputError, match="weekly counts to compare it with, found reports"):
        read_evidence(Evidence(reports=path, previous=weekly(tmp_path / "old.csv", [1])))
