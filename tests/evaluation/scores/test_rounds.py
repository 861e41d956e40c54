"""Rounds of bets: none overlaps another of its cluster, and more forecasts do not change what is settled."""

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lull.evaluation.scores.rounds import Key, Round, rounds_of, spacing, week_number
from tests.evaluation.forged import origin

KEYS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 90).map(lambda week: date(2010, 1, 3) + timedelta(weeks=week))),
    unique=True,
    max_size=40,
)
CLUSTERS = {"A": "north", "B": "north"}


def in_cluster(rounds: tuple[Round, ...], cluster: str) -> list[Round]:
    return [one for one in rounds if CLUSTERS.get(one.forecasts[0][0], one.forecasts[0][0]) == cluster]


@given(KEYS, st.integers(1, 30))
def test_a_round_begins_after_the_last_of_its_cluster_is_settled(keys: list[Key], weeks: int) -> None:
    rounds = rounds_of(keys, weeks=weeks, clusters=CLUSTERS)
    for cluster in ("north", "C"):
        own = in_cluster(rounds, cluster)
        for before, after in itertools.pairwise(own):
            assert min(week_number(key[1]) for key in after.forecasts) >= before.settled
        for one in own:
            assert one.settled == max(week_number(key[1]) for key in one.forecasts) + weeks
    assert [one.settled for one in rounds] == sorted(one.settled for one in rounds)


@given(KEYS, st.integers(1, 30), st.integers(0, 90))
def test_what_is_settled_stays_as_it_was_when_forecasts_are_added(keys: list[Key], weeks: int, now: int) -> None:
    today = week_number(date(2010, 1, 3)) + now
    known = [key for key in keys if week_number(key[1]) <= today]

    def settled(some: list[Key]) -> list[Round]:
        return [one for one in rounds_of(some, weeks=weeks, clusters=CLUSTERS) if one.settled <= today]

    assert settled(known) == settled(keys)


def test_forecasts_that_are_a_forecast_apart_are_a_bet_each() -> None:
    keys = [("A", origin(number)) for number in range(5)]
    assert [one.forecasts for one in rounds_of(keys, weeks=12, clusters={})] == [(key,) for key in keys]


def test_series_of_a_cluster_share_a_bet_and_others_do_not() -> None:
    keys = [(name, origin(number)) for number in range(3) for name in "ABC"]
    rounds = rounds_of(keys, weeks=12, clusters=CLUSTERS)
    assert sorted(len(one.forecasts) for one in rounds) == [1, 1, 1, 2, 2, 2]


def test_spacing_is_that_of_one_series() -> None:
    assert spacing([("A", origin(0)), ("B", origin(0) + timedelta(weeks=1)), ("A", origin(1))]) == 12
    assert spacing([("A", origin(0)), ("B", origin(1))]) is None
