"""The weights of the pool: what share they say, and the table that holds them."""

from pathlib import Path

import numpy as np
import pytest

from lull.data.learned.pool import FILE, LEAST, MOST, TERMS, Pool, shares_of, shipped_pool, terms
from lull.data.learned.tables import learned_identity
from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError
from lull.data.settings import LEARNED

STEEP = Pool(np.array([-1.0, 2.0]), 0.5, 5, 2, "made up")


def test_the_term_is_zero_without_a_silence_or_without_attacks_before() -> None:
    for silent, before in ((0, 99), (9, 13), (9, 2), (9, np.nan)):
        assert terms(silent, before).tolist() == [1.0, 0.0]
    assert terms(np.zeros(3), np.array([1.0, 13.0, 99.0])).shape == (3, len(TERMS))
    assert terms(np.e - 1, 13.5 * np.e - 0.5)[1] == pytest.approx(1.0)


def test_a_share_rises_with_its_term_and_keeps_within_its_bounds() -> None:
    by_silence = STEEP.regime_share(np.array([0, 1, 2, 500]), 40)
    assert (np.diff(by_silence) > 0).all()
    assert by_silence[0] == pytest.approx(1 / (1 + np.e))
    assert by_silence[-1] == MOST
    assert Pool(np.array([-9.0, 0.0]), 0.0, 5, 2, "made up").regime_share(0, 0) == LEAST


def test_the_shipped_share_is_a_third_but_in_pauses_of_busy_actors() -> None:
    assert shares_of([0, 0, 30, 5], [2, 300, 5, np.nan])[0] == pytest.approx(0.32, abs=0.05)
    assert shares_of([5, 5, 10, 30], [40, 100, 60, 60])[0].min() > 0.6
    assert shipped_pool().forecasts > 200


def test_what_the_regime_model_leaves_is_divided_between_the_others() -> None:
    shares = STEEP.shares([0, 5], [40, 40])
    assert shares.sum(axis=0) == pytest.approx([1.0, 1.0])
    assert shares[2] / shares[1] == pytest.approx([np.exp(0.5)] * 2)
    assert Pool(np.zeros(2), 9.0, 5, 2, "made up").shares(0, 0)[1] == pytest.approx(0.5 * LEAST)


def test_the_table_comes_back_as_written_and_another_is_refused(tmp_path: Path) -> None:
    shipped_pool().write(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text() == embedded_file(FILE).read_text()
    for content, expected in (
        ("term,weight\none,1\n", "the terms one, busy_silence, recent"),
        (embedded_file(FILE).read_text().replace("-0.7719", "much"), "a number as weight"),
        (embedded_file(FILE).read_text().replace("-0.7719", "inf"), "finite weights"),
    ):
        (tmp_path / "other.csv").write_text(content)
        with pytest.raises(InputError, match=expected):
            Pool.read(tmp_path / "other.csv")


def test_a_folder_of_tables_without_a_pool_has_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LEARNED, str(tmp_path))
    assert shares_of(3, 40).tolist() == shipped_pool().shares(3, 40).tolist()
    assert FILE not in learned_identity()
    STEEP.write(tmp_path / FILE)
    assert shares_of(3, 40) == pytest.approx(STEEP.shares(3, 40))
    assert FILE in learned_identity()
