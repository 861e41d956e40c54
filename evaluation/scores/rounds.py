"""Which past forecasts are bet on together, and in which order the bets are settled.

The weeks of one forecast hang together, and so do forecasts whose weeks overlap. Bets may only be multiplied if each is
made after the one before it is settled. So the forecasts of a cluster are taken in rounds: those that begin within half
a span of each other are one bet, on their average; the next round begins after the last week of this one, and what lies
between is left out. An average over offset rounds would use more of them, but may not be looked at every week (Henzi &
Ziegel, correction of 2022, Biometrika 109, 1181). Different clusters are taken as independent given the past.
"""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

type Key = tuple[str, date]  # a series and an origin: one forecast


@dataclass(frozen=True)
class Round:
    """Forecasts that are bet on together, and the week in which the last of them is settled (weeks since year 1)."""

    forecasts: tuple[Key, ...]
    settled: int


def rounds_of(forecasts: Sequence[Key], *, weeks: int, clusters: Mapping[str, str]) -> tuple[Round, ...]:
    """Return the rounds of forecasts that look so many `weeks` ahead, in the order in which they are settled.

    Within a cluster no two rounds overlap. A later forecast never changes an earlier round that is settled.
    """
    own: dict[str, list[Key]] = defaultdict(list)
    for key in sorted(forecasts, key=lambda key: (key[1], key[0])):
        own[clusters.get(key[0], key[0])].append(key)
    rounds = [one for keys in own.values() for one in _in_turn(keys, weeks)]
    return tuple(sorted(rounds, key=lambda one: (one.settled, one.forecasts)))


def _in_turn(keys: Sequence[Key], weeks: int) -> list[Round]:
    """Return the rounds of one cluster, its forecasts in the order of their origins."""
    rounds: list[Round] = []
    begun, open_ = 0, list[Key]()
    for key in keys:
        origin = week_number(key[1])
        if open_ and 2 * (origin - begun) < weeks:
            open_.append(key)
        elif not open_ or origin >= week_number(open_[-1][1]) + weeks:
            if open_:
                rounds.append(_round(open_, weeks))
            begun, open_ = origin, [key]
    return [*rounds, _round(open_, weeks)] if open_ else rounds


def _round(keys: Sequence[Key], weeks: int) -> Round:
    return Round(tuple(keys), week_number(keys[-1][1]) + weeks)


def week_number(day: date) -> int:
    """Return the number of the week that a day lies in."""
    return day.toordinal() // 7


def spacing(forecasts: Sequence[Key]) -> int | None:
    """Return the shortest time between two origins of one series, weeks; None where no series has two."""
    own: dict[str, set[int]] = defaultdict(set)
    for series, origin in forecasts:
        own[series].add(week_number(origin))
    gaps = (later - earlier for weeks in own.values() for earlier, later in itertools.pairwise(sorted(weeks)))
    return min(gaps, default=None)
