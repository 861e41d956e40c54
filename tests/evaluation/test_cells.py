"""Which cells there are, without any forecast."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.calendar import WEEK
from lull.evaluation.cells import Rule, select_cells, state_at

FIRST = np.datetime64("2010-01-04")


def weeks(count: int) -> np.ndarray:
    return FIRST + WEEK * np.arange(count)


def counts(length: int, *attacks: int) -> np.ndarray:
    values = np.zeros(length)
    values[list(attacks)] = 1
    return values


def places(values: np.ndarray, rule: Rule) -> list[int]:
    selection = select_cells(values[None], ("A",), weeks(values.size), rule)
    return [int((np.datetime64(cell.origin) - FIRST) // WEEK) for cell in selection.cells]


def test_origins_are_the_middles_of_equal_parts_from_two_years_after_the_first_attack_to_one_after_the_last() -> None:
    values = counts(1000, 10, 462)  # from week 114 to week 514: 401 weeks
    assert places(values, Rule(origins=1)) == [314]
    assert places(values, Rule(origins=4)) == [164, 264, 364, 464]
    assert places(values, Rule(every=100)) == [114, 214, 314, 414, 514]


def test_there_is_a_week_to_score_after_every_origin() -> None:
    assert places(counts(200, 0, 199), Rule(every=1))[-1] == 198
    unknown = counts(200, 0, 150)
    unknown[180:] = np.nan
    assert places(unknown, Rule(every=1))[-1] == 178


def test_days_bound_the_origins() -> None:
    days = {"first": date(2013, 1, 9), "last": date(2013, 2, 3)}
    selection = select_cells(counts(400, 0, 300)[None], ("A",), weeks(400), Rule(every=1, **days))
    assert [str(cell.origin) for cell in selection.cells] == ["2013-01-07", "2013-01-14", "2013-01-21", "2013-01-28"]


def test_days_bound_the_origins_of_weeks_from_any_day() -> None:
    saturdays = weeks(400) - np.timedelta64(2, "D")
    days = {"first": date(2013, 1, 9), "last": date(2013, 2, 3)}
    selection = select_cells(counts(400, 0, 300)[None], ("A",), saturdays, Rule(every=1, **days))
    assert [str(cell.origin) for cell in selection.cells] == [
        "2013-01-05",
        "2013-01-12",
        "2013-01-19",
        "2013-01-26",
        "2013-02-02",
    ]


@given(st.integers(1, 60), st.integers(110, 400), st.integers(0, 100))
def test_as_many_origins_as_asked_for_each_once_and_in_order(origins: int, length: int, first: int) -> None:
    found = places(counts(length, min(first, length - 1), length - 1), Rule(origins=origins, learn=20))
    room = max(0, length - 2 - min(first, length - 1) - 20 + 1)
    assert len(found) == min(origins, room)
    assert found == sorted(set(found))


def test_series_without_a_cell_are_counted_under_their_reason() -> None:
    busy, quiet, late, silent = counts(300, *range(0, 250, 2)), counts(300, 5, 90), counts(300, 290, 291), counts(300)
    values, names = np.stack([silent, busy, quiet, late]), ("silent", "busy", "quiet", "late")
    chosen = select_cells(values, names, weeks(300), Rule(origins=2))
    assert chosen.series == ("busy", "quiet")
    assert sum(chosen.excluded.values()) == 2
    assert chosen.excluded["no attack on record"] == 1
    assert select_cells(values, names, weeks(300), Rule(min_events=3)).excluded == {"fewer than 3 attacks": 3}
    assert select_cells(values, names, weeks(300), Rule(busiest=1)).series == ("busy",)


def test_series_with_fewer_origins_than_asked_for_are_counted() -> None:
    values = np.stack([counts(300, *range(0, 250, 2)), counts(300, 0, 55)])
    assert select_cells(values, ("long", "short"), weeks(300), Rule(origins=5)).fewer == 1
    assert select_cells(values, ("long", "short"), weeks(300), Rule(origins=4)).fewer == 0
    assert select_cells(values, ("long", "short"), weeks(300), Rule(every=50)).fewer == 0


@pytest.mark.parametrize(("silent_weeks", "state"), [(0, "active"), (3, "active"), (4, "silent"), (50, "silent")])
def test_a_series_is_silent_from_four_weeks_on(silent_weeks: int, state: str) -> None:
    assert state_at(silent_weeks) == state
