"""The record of pauses from counts: what is at risk, what ended, and how far actors lie apart."""

import numpy as np
import pytest
from scipy.special import expit, logit

from lull.data.learned.pause_record import AGES, RATES, shipped_pauses
from lull.evaluation.reference_class import Learned, actor_sd, learn_pauses

NAN = np.nan


def counted(learned: Learned, rate: float | None = None) -> dict[int, tuple[int, int]]:
    """Return weeks at risk and ends by the first age of a class, those that have any."""
    classes = learned.pauses.of(rate)
    return {one.age_from: (one.weeks_at_risk, one.ended) for one in classes if one.weeks_at_risk}


def test_each_week_of_a_silence_counts_once_whether_it_ended_or_not() -> None:
    ended = [1.0, 0, 0, 0, 1]  # ages 1, 2, 3 at risk; it ended at 3
    censored = [1.0, 0, 0, 0, 0]  # ages 1, 2, 3 at risk: it is not known what came after 4
    assert counted(learn_pauses([np.array([ended])])) == {1: (1, 0), 2: (2, 1)}
    assert counted(learn_pauses([np.array([censored])])) == {1: (1, 0), 2: (2, 0)}
    both = learn_pauses([np.array([ended, censored])])
    assert counted(both) == {1: (2, 0), 2: (4, 1)}
    assert (both.actors, both.silences, both.ended, both.longest_age) == (2, 2, 1, None)


def test_a_missing_week_neither_lengthens_nor_ends_a_silence_and_none_comes_before_an_attack() -> None:
    gap = np.array([[0.0, 0, 1, 0, NAN, NAN, 0, 1, 0]])
    assert counted(learn_pauses([gap])) == {1: (1, 0), 2: (1, 1)}


def test_the_earlier_rate_is_known_after_26_weeks() -> None:
    before = np.ones(30)
    late = np.concatenate([before, [0.0, 0.0, 1.0]])
    assert counted(learn_pauses([late[None]]), 30.0) == {1: (1, 0), 2: (1, 1)}
    assert counted(learn_pauses([late[None, 10:]]), 30.0) == {}
    assert counted(learn_pauses([late[None, 10:]])) == {1: (1, 0), 2: (1, 1)}


def test_ages_beyond_where_series_were_cut_off_for_their_silence_are_not_counted() -> None:
    """Followed for 30 weeks after their last attack, only silences that end are ever older."""
    back = np.concatenate([[1.0], np.zeros(60), [1.0]])
    cut = np.concatenate([[1.0], np.zeros(30), np.full(31, NAN)])
    followed = np.concatenate([[1.0], np.zeros(61)])
    assert learn_pauses([np.stack([back, followed])]).longest_age is None
    learned = learn_pauses([np.stack([back, cut])])
    assert learned.longest_age == 30
    assert max(counted(learned)) == 27
    assert counted(learned)[27] == (3 + 3, 0)  # ages 27, 28, 29 of both; the end at 60 does not count


def test_where_nothing_is_known_the_record_around_stays() -> None:
    few = learn_pauses([np.array([[1.0, 0, 0, 1]])], around=shipped_pauses())
    assert few.pauses.of(None)[-1].hazard == shipped_pauses().of(None)[-1].hazard
    assert few.pauses.of(30.0)[2].hazard == shipped_pauses().of(30.0)[2].hazard


def test_series_without_a_silence_teach_nothing() -> None:
    with pytest.raises(ValueError, match="weeks without one"):
        learn_pauses([np.ones((2, 9))])


@pytest.mark.integration
def test_a_constant_hazard_is_found_again_at_every_age() -> None:
    """Geometric silences: 400 actors, hazard .15; each class within 4 standard errors of it."""
    rng = np.random.default_rng(5)
    learned = learn_pauses([(rng.random((400, 300)) < 0.15).astype(float)])
    for one in learned.pauses.of(None)[:7]:
        error = np.sqrt(0.15 * 0.85 / (one.weeks_at_risk + 1))
        assert abs(one.ended / max(one.weeks_at_risk, 1) - 0.15) < 4 * error + 1 / (one.weeks_at_risk + 1)
        assert one.low < one.hazard < one.high
    assert learned.actor_sd < 0.2


@pytest.mark.parametrize("sd", [0.3, 0.8])
def test_the_spread_of_actors_is_found_again(sd: float) -> None:
    """300 actors with 40 weeks at risk in each class; the sd of so many has a standard error of sd / sqrt(600)."""
    rng = np.random.default_rng(11)
    odds = logit(np.linspace(0.4, 0.05, len(AGES)))[None, :, None] + rng.normal(0, sd, (300, 1, 1))
    weeks = np.full((300, len(AGES), len(RATES) + 1), 40.0)
    ends = rng.binomial(40, np.broadcast_to(expit(odds), weeks.shape)).astype(float)
    assert actor_sd(weeks, ends) == pytest.approx(sd, abs=4 * sd / np.sqrt(600))
