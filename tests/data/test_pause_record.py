"""The table of the record of pauses: read as written, refused when it is not one, and asked for any silence."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.data.learned.pause_record import AGES, LEARNED, RATES, Pauses, attacks_before, recorded, shipped_pauses
from lull.data.schema import InputError

NAN = np.nan


def test_the_shipped_record_agrees_with_its_own_counts() -> None:
    record = shipped_pauses()
    for place, of_any in enumerate(record.of(None)):
        by_rate = [record.of(first)[place] for first, _ in RATES]
        assert sum(one.weeks_at_risk for one in by_rate) <= of_any.weeks_at_risk  # of some the rate is not known
        assert sum(one.ended for one in by_rate) <= of_any.ended
        assert of_any.hazard == pytest.approx(of_any.ended / of_any.weeks_at_risk, rel=0.05)
    hazards = [one.hazard for one in record.of(None)]
    assert hazards == sorted(hazards, reverse=True)


def test_between_the_classes_the_hazard_is_a_line_on_log_scales_and_beyond_them_it_stays() -> None:
    record = shipped_pauses()
    first, second = record.of(None)[:2]
    between = np.sqrt(first.age * second.age)
    np.testing.assert_allclose(record.hazard([first.age, second.age]), [first.hazard, second.hazard])
    np.testing.assert_allclose(record.hazard(between), np.sqrt(first.hazard * second.hazard))
    np.testing.assert_allclose(record.hazard([0.0, 1e4]), [first.hazard, record.of(None)[-1].hazard])


@given(st.floats(0, 1e4), st.floats(0, 600))
def test_every_silence_has_a_hazard(rate: float, age: float) -> None:
    assert 0 < shipped_pauses().hazard(age, rate) < 1


def test_a_rate_has_the_class_that_holds_it() -> None:
    record = shipped_pauses()
    assert [record.of(rate)[0].rate_from for rate in (None, 0, 1, 2, 3, 25, 26, 999)] == [
        None, None, 1, 1, 3, 13, 26, 26,
    ]  # fmt: skip


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    shipped_pauses().write(tmp_path / "pauses.csv")
    assert Pauses.read(tmp_path / "pauses.csv") == shipped_pauses()


def test_a_folder_of_ones_own_takes_the_place_of_the_shipped_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LEARNED, str(tmp_path))
    with pytest.raises(InputError, match="lull learn"):
        recorded()
    shipped_pauses().write(tmp_path / "pauses.csv")
    assert recorded() == shipped_pauses()


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ("age_from", "age", "age_from"),
        ("1,1,,,", "1,2,,,", "classes of age and rate"),
        ("1,1,,,", "x,1,,,", "row 2"),
        ("1,1,1,2,", "1,1,1,3,", "classes of age and rate"),
    ],
)
def test_another_kind_of_table_is_refused(tmp_path: Path, old: str, new: str, reported: str) -> None:
    path = tmp_path / "pauses.csv"
    shipped_pauses().write(path)
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(InputError, match=reported):
        Pauses.read(path)


def test_the_rate_before_a_silence_is_of_the_26_known_weeks_up_to_its_last_attack() -> None:
    busy = np.tile([2.0, 0.0], 20)  # the last attack is in week 39 of 40
    assert attacks_before(busy) == 26
    assert attacks_before(np.append(busy, np.zeros(90))) == 26
    assert attacks_before(np.insert(busy, 30, NAN)) == 26
    assert np.isnan(attacks_before(busy[:20]))
    assert np.isnan(attacks_before(np.zeros(60)))
    np.testing.assert_array_equal(attacks_before(np.stack([busy, 3 * busy])[None]), [[26, 78]])


def test_the_classes_of_age_follow_each_other() -> None:
    assert [first for first, _ in AGES[1:]] == [last + 1 for _, last in AGES[:-1]]
    assert [first for first, _ in RATES[1:]] == [last + 1 for _, last in RATES[:-1] if last]
