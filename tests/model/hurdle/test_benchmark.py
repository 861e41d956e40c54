"""The companion: what it remembers, what it learns, and that its exact chance is that of its paths."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError
from lull.data.settings import LEARNED
from lull.model.hurdle.benchmark import (
    AFTER_LAST,
    FILE,
    SHORT,
    HurdleBenchmark,
    _chance_loss,
    _size_loss,
    in_use,
    learn,
    lessons,
    shipped,
)
from lull.model.hurdle.hurdle_model import FEATURES, blank, describe, recall

COUNTS = st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 5.0, 40.0, np.nan]), min_size=1, max_size=60)


def features_of(history: np.ndarray) -> np.ndarray:
    features = np.empty((history.size, len(FEATURES)))
    recall(history, features)
    return features


def bursts(seed: int, weeks: int = 400) -> np.ndarray:
    """Counts of a faction that is active and halted by turns."""
    rng = np.random.default_rng(seed)
    active = np.repeat(rng.random(weeks // 20) < 0.6, 20)
    return rng.negative_binomial(2.0, 2.0 / (2.0 + np.where(active, 4.0, 0.02))).astype(float)


@given(COUNTS)
@settings(deadline=None)
def test_every_feature_of_any_past_is_finite(history: list[float]) -> None:
    assert np.isfinite(features_of(np.array(history))).all()


@given(COUNTS, st.integers(0, 59))
@settings(deadline=None)
def test_a_missing_week_changes_nothing(history: list[float], place: int) -> None:
    place = min(place, len(history))
    gapped = np.array([*history[:place], np.nan, *history[place:]])
    assert np.array_equal(features_of(np.array(history))[-1], features_of(gapped)[-1]) or place == len(history)
    assert np.array_equal(features_of(gapped[: place + 1])[-1], _known(history[:place]))


def _known(history: list[float]) -> np.ndarray:
    feature = np.empty(len(FEATURES))
    if not history:
        describe(blank(), feature)
        return feature
    return features_of(np.array(history))[-1]


def test_features_look_back_only() -> None:
    history = bursts(1)
    later = history.copy()
    later[200:] = 99.0
    assert np.array_equal(features_of(history)[:200], features_of(later)[:200])


def test_weeks_before_the_first_attack_only_say_how_many_they_are() -> None:
    quiet, busy = np.zeros(20), bursts(1, weeks=40)
    busy[0] = 3.0
    late, early = features_of(np.concatenate([quiet, busy]))[quiet.size :], features_of(busy)
    before = FEATURES.index("before")
    assert (late[:, before] > early[:, before]).all()
    assert np.array_equal(np.delete(late, before, axis=1), np.delete(early, before, axis=1))


def test_no_attack_on_record_is_told_from_a_silence() -> None:
    unseen = features_of(np.array([0.0, 0.0, 1.0, 0.0]))[:, FEATURES.index("unseen")]
    assert unseen.tolist() == [1.0, 1.0, 0.0, 0.0]


def test_a_series_teaches_as_a_whole_in_pieces_and_as_one_that_began_late() -> None:
    history = bursts(1, weeks=300)
    active = np.flatnonzero(history > 0)
    weeks = min(active[-1] + AFTER_LAST, history.size) - active[0]
    _, count = lessons([history])
    pieces = sum(np.ceil((weeks - length // 2) / length) + 1 for length in SHORT)
    assert count.size == (weeks - 1) + (len(SHORT) * weeks - pieces) + sum(SHORT) - len(SHORT)
    assert count[: weeks - 1].tolist() == history[active[0] + 1 : active[0] + weeks].tolist()


@pytest.mark.parametrize("quiet", [1, 10, 100, 1000])
def test_the_longer_nothing_is_known_of_an_actor_the_less_is_expected(quiet: int) -> None:
    _, short = shipped().forecast(np.zeros(quiet), horizon=8, draws=1, seed=1)
    _, long = shipped().forecast(np.zeros(2 * quiet), horizon=8, draws=1, seed=1)
    assert (long < short).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_exact_chance_is_that_of_the_paths(seed: int) -> None:
    paths, exact = shipped().forecast(bursts(seed)[: 150 + 40 * seed], horizon=12, draws=20_000, seed=seed)
    share = (np.cumsum(paths, axis=1) > 0).mean(axis=0)
    assert np.abs(share - exact).max() < 4.5 * np.sqrt(0.25 / 20_000)  # twelve looks at a binomial share
    assert all(before <= after for before, after in pairwise(exact))


def test_a_seed_says_the_paths() -> None:
    once, again, other = (shipped().forecast(bursts(1), horizon=4, draws=50, seed=seed)[0] for seed in (7, 7, 8))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_slopes_of_both_likelihoods_agree_with_finite_differences() -> None:
    rng = np.random.default_rng(3)
    features, count = lessons([bursts(2)])
    at, positive = rng.normal(0.0, 0.05, 2 * len(FEATURES)), count > 0
    given_attack = (features[positive], features[positive, -1], count[positive])
    for loss, start in (
        (lambda x: _chance_loss(x, features, positive), at[: len(FEATURES)]),
        (lambda x: _size_loss(x, *given_attack), at),
    ):
        numeric = approx_fprime(start, lambda x, loss=loss: loss(x)[0], 1e-6)
        assert np.allclose(loss(start)[1], numeric, rtol=1e-3, atol=1e-3 * np.abs(numeric).max())


def test_learning_beats_knowing_nothing_on_series_it_has_not_seen() -> None:
    learned = learn([bursts(seed) for seed in range(8)])
    nothing = HurdleBenchmark(*np.zeros((3, len(FEATURES))))
    nothing.mean[-1] = 1.0
    features, count = lessons([bursts(seed) for seed in range(20, 28)])
    losses = {
        name: _chance_loss(who.chance, features, count > 0)[0]
        + _size_loss(
            np.concatenate([who.mean - np.eye(1, len(FEATURES), len(FEATURES) - 1)[0], who.size]),
            features[count > 0],
            features[count > 0, -1],
            count[count > 0],
        )[0]
        for name, who in (("learned", learned), ("nothing", nothing))
    }
    # nats a week; the differences of single weeks have an sd of about 1, so the mean of 3,000 has one of .02
    assert (losses["nothing"] - losses["learned"]) / count.size > 0.1


def test_what_is_learned_around_a_table_stays_near_it_when_there_is_little_to_learn() -> None:
    little = [bursts(1, weeks=20)]
    near, far = learn(little, around=shipped()), learn(little)
    away = [np.abs(found.chance[1:-1] - shipped().chance[1:-1]).max() for found in (near, far)]
    assert away[0] < away[1]


def test_a_busy_series_is_forecast_at_its_own_level() -> None:
    rng = np.random.default_rng(5)
    for level in (30.0, 300.0, 3000.0):
        paths, exact = shipped().forecast(rng.poisson(level, 150).astype(float), horizon=8, draws=2000, seed=1)
        assert 0.8 < paths.mean() / level < 1.25
        assert exact[-1] > 0.999


def test_nothing_can_be_learned_without_an_attack() -> None:
    with pytest.raises(ValueError, match="series with attacks"):
        learn([np.zeros(30)])


def test_the_table_comes_back_as_written_and_another_is_refused(tmp_path: Path) -> None:
    shipped().write(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text() == embedded_file(FILE).read_text()
    (tmp_path / "other.csv").write_text("feature,chance\none,1\n")
    with pytest.raises(InputError, match=f"{len(FEATURES)} features"):
        HurdleBenchmark.read(tmp_path / "other.csv")


def test_the_user_s_own_table_is_used_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert in_use() is shipped()
    monkeypatch.setenv(LEARNED, str(tmp_path))
    with pytest.raises(InputError, match="lull learn"):
        in_use()
    own = HurdleBenchmark(shipped().chance + 1.0, shipped().mean, shipped().size)
    own.write(tmp_path / FILE)
    assert in_use().chance == pytest.approx(own.chance, rel=1e-4)
