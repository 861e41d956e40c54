"""The weights of the pool: what share they say, and the table that holds them."""

from pathlib import Path

import numpy as np
import pytest

from lull.data.learned.pool import FILE, LEAST, MOST, TERMS, Pool, regime_share, shipped_pool, terms
from lull.data.learned.tables import learned_identity
from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError
from lull.data.settings import LEARNED

STEEP = Pool(np.array([-1.0, 2.0, 3.0, -1.0]), 5, 2, "made up")


def test_the_terms_of_the_typical_state_are_zero_but_for_the_intercept() -> None:
    assert terms(0, 13, 104).tolist() == [1.0, 0.0, 0.0, 0.0]
    assert terms(0, np.nan, 104).tolist() == [1.0, 0.0, 0.0, 0.0]
    assert terms(np.zeros(3), np.array([1.0, 13.0, 99.0]), 52).shape == (3, len(TERMS))


def test_a_share_rises_and_falls_with_its_terms_and_keeps_within_its_bounds() -> None:
    by_silence = STEEP.regime_share(np.array([0, 1, 2, 500]), 13, 104)
    assert (np.diff(by_silence) > 0).all()
    assert by_silence[0] == pytest.approx(1 / (1 + np.e))
    assert (by_silence[-1], STEEP.regime_share(0, 0, 520)) == (MOST, LEAST)
    assert STEEP.regime_share(0, 13, 520) == STEEP.regime_share(0, 13, 5000)


def test_the_shipped_share_lies_near_one_third_in_every_state() -> None:
    silence, rate, weeks = np.meshgrid([0, 5, 50, 500], [np.nan, 0, 26, 2600], [1, 50, 1000])
    share = regime_share(silence, rate, weeks)
    assert share.shape == silence.shape
    assert 0.2 < share.min() < share.max() < 0.45
    assert shipped_pool().forecasts > 500


def test_the_table_comes_back_as_written_and_another_is_refused(tmp_path: Path) -> None:
    shipped_pool().write(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text() == embedded_file(FILE).read_text()
    for content, expected in (
        ("term,weight\none,1\n", "the terms one, silence, rate, weeks"),
        (embedded_file(FILE).read_text().replace("-0.8606", "much"), "a number as weight"),
        (embedded_file(FILE).read_text().replace("-0.8606", "inf"), "finite weights"),
    ):
        (tmp_path / "other.csv").write_text(content)
        with pytest.raises(InputError, match=expected):
            Pool.read(tmp_path / "other.csv")


def test_a_folder_of_tables_without_a_pool_has_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LEARNED, str(tmp_path))
    assert regime_share(3, 13, 104) == shipped_pool().regime_share(3, 13, 104)
    assert FILE not in learned_identity()
    STEEP.write(tmp_path / FILE)
    assert regime_share(3, 13, 104) == STEEP.regime_share(3, 13, 104)
    assert FILE in learned_identity()
