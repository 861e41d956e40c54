"""The record of pauses, made from weekly counts: the discrete-time hazard that a recorded silence ends.

The invariant: every known week of a silence counts once, as one at risk, by its age at the time and by the rate before
the silence; whether the silence ever ends has no say in whether its weeks are counted. So censored silences are in,
until the counts end.

Counts that stop a fixed time after a series' last attack break this: beyond that age only silences that ended are left.
Where series stop in such a long silence before the others do, ages above the shortest of them are not counted at all.

The spread between actors is that of a logistic regression with a random intercept by actor: coefficients by penalised
likelihood, the variance by EM with Laplace's approximation (Breslow & Clayton, 1993, J. Am. Stat. Assoc. 88). It is
estimated twice: of actors whose earlier rate is known, and of any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from lull.data.arrays import Array
from lull.data.learned.pause_record import AGES, BEFORE, RATES, Class, Pauses

CUT = 26  # weeks of silence from which a series that stops before the others is taken to have been cut off for it
UNKNOWN = len(RATES)  # the place of weeks without a known rate; sums over all places are of any rate
WEAK = 0.04  # prior precision of a coefficient: sd 5 on the log odds
USUAL_SD, WORTH = 0.4, 5  # sd of actors that is believed before, worth so many actors: a few say little of it
ROUNDS, SETTLED = 100, 1e-3  # of the EM
NINE_OF_TEN = 1.645


@dataclass(frozen=True)
class Learned:
    """A record of pauses, and what it was made from.

    `actor_sd` is the sd between actors of the log odds that a silence ends, `actor_sd_given_rate` that between actors
    with the same earlier rate.
    """

    pauses: Pauses
    actor_sd: float
    actor_sd_given_rate: float
    actors: int
    silences: int
    ended: int
    longest_age: int | None  # above it nothing was counted, since series were cut off in silence

    @property
    def weeks_at_risk(self) -> int:
        """All weeks of silence that were counted."""
        return sum(one.weeks_at_risk for one in self.pauses.of(None))


def learn_pauses(panels: Sequence[Array], *, around: Pauses | None = None) -> Learned:
    """Return the record of the weekly counts of some files, each (series, week), NaN where missing.

    Each class has one more silence that ended, at the hazard of the record `around`; without one, at that of any rate,
    or of the ages before. Raises ValueError if there is no silence in the counts.
    """
    longest = _longest_age(panels)
    tallies = [_tally(row[~np.isnan(row)], longest) for panel in panels for row in panel if np.nansum(row) > 0]
    at_risk = np.array([tally.at_risk for tally in tallies])
    ended = np.array([tally.ended for tally in tallies])
    if not at_risk.sum():
        raise ValueError("a record of pauses is made of series with attacks and weeks without one")
    silences, over = sum(tally.silences for tally in tallies), sum(tally.over for tally in tallies)
    of_any = (at_risk.sum(axis=-1, keepdims=True), ended.sum(axis=-1, keepdims=True))
    sds = actor_sd(*of_any), actor_sd(at_risk, ended)
    rows = _classes(of_any[0].sum(axis=0)[:, 0], of_any[1].sum(axis=0)[:, 0], (None, None), around=around, sd=sds[0])
    for place, rate in enumerate(RATES):
        counted = at_risk.sum(axis=0)[:, place], ended.sum(axis=0)[:, place]
        rows += _classes(*counted, rate, around=around or Pauses(tuple(rows)), sd=sds[1])
    return Learned(Pauses(tuple(rows)), *sds, len(tallies), silences, over, longest)


def _longest_age(panels: Sequence[Array]) -> int | None:
    """Return the age from which on series of a file were cut off for their silence, None if none was."""
    cut = []
    for panel in panels:
        for row in panel:
            known, attacked = np.flatnonzero(~np.isnan(row)), np.flatnonzero(row > 0)
            if attacked.size and known[-1] < panel.shape[1] - 1:
                cut.append(int((known > attacked[-1]).sum()))
    return min((weeks for weeks in cut if weeks >= CUT), default=None)


class _Tally(NamedTuple):
    """Weeks at risk and ends of one actor, (age, rate), and how many silences there were and ended."""

    at_risk: Array
    ended: Array
    silences: int
    over: int


def _tally(known: Array, longest: int | None) -> _Tally:
    """Return what one actor adds to the record."""
    at_risk, ended = np.zeros((2, len(AGES), len(RATES) + 1))
    attacked = np.flatnonzero(known > 0)
    following = np.append(attacked[1:], known.size)
    silences = over = 0
    for last, end in zip(attacked.tolist(), following.tolist(), strict=True):
        resumed = end < known.size
        ages = np.arange(1, end - last - (not resumed))  # of the weeks whose next week is known
        ages = ages[: longest - 1] if longest else ages
        if end - last > 1:
            silences, over = silences + 1, over + resumed
        rate = _rate_class(known[last + 1 - BEFORE : last + 1].sum()) if last + 1 >= BEFORE else UNKNOWN
        for place, (first, until) in enumerate(AGES):
            at_risk[place, rate] += ((ages >= first) & (ages <= until)).sum()
            came = resumed and ages.size and ages[-1] == end - last - 1
            ended[place, rate] += bool(came and first <= ages[-1] <= until)
    return _Tally(at_risk, ended, silences, over)


def _rate_class(attacks: float) -> int:
    return sum(attacks >= first for first, _ in RATES) - 1


def _classes(
    at_risk: Array, ended: Array, rate: tuple[int | None, int | None], *, around: Pauses | None, sd: float
) -> list[Class]:
    """Return the rows of the table of one class of rates, from its weeks at risk and its ends, (age,)."""
    rows: list[Class] = []
    for place, (age, weeks, ends) in enumerate(zip(AGES, at_risk.tolist(), ended.tolist(), strict=True)):
        if around is not None:
            known = {one.rate: one for one in around.classes if (one.age_from, one.age_to) == age}
            expected = known.get(rate, known[None, None]).hazard
        else:
            expected = rows[place - 1].hazard if rows else (ends + 0.5) / (weeks + 1.0)
        hazard = (ends + 1.0) / (weeks + 1.0 / expected)
        spread = NINE_OF_TEN * np.sqrt(sd**2 + 1.0 / (ends + 1.0) + 1.0 / (weeks - ends + 1.0))
        low, high = (float(expit(logit(hazard) + away)) for away in (-spread, spread))
        rows.append(Class(*age, *rate, int(weeks), int(ends), hazard, low, high))
    return rows


def actor_sd(at_risk: Array, ended: Array) -> float:
    """Return the sd between actors of the log odds that a silence ends, from counts (actor, age, rate).

    An age has its own odds, a rate its own line in log age added to them.
    """
    design = _design(at_risk.shape[-1])
    weeks, ends = (table.reshape(len(table), -1) for table in (at_risk, ended))
    at, sd = np.zeros(design.shape[1] + len(weeks)), USUAL_SD
    for _ in range(ROUNDS):
        at = minimize(_loss, at, args=(design, weeks, ends, sd), jac=True, method="L-BFGS-B").x
        weights, effect = np.split(at, [design.shape[1]])
        chance = expit(design @ weights + effect[:, None])
        information = (weeks * chance * (1.0 - chance)).sum(axis=1)
        squares = (effect**2 + 1.0 / (information + 1.0 / sd**2)).sum() + WORTH * USUAL_SD**2
        before, sd = sd, float(np.sqrt(squares / (len(weeks) + WORTH)))
        if abs(sd - before) < SETTLED:
            break
    return sd


def _design(rates: int) -> Array:
    """Return the features of each class, (age and rate, feature): its age, its rate, and its rate times log age."""
    age, rate = np.indices((len(AGES), rates)).reshape(2, -1)
    middles = np.log([np.sqrt(first * until) for first, until in AGES])
    by_rate = np.eye(rates)[rate]
    return np.hstack([np.eye(len(AGES))[age], by_rate, by_rate * middles[age, None]])


def _loss(at: Array, design: Array, weeks: Array, ends: Array, sd: float) -> tuple[float, Array]:
    """Return minus the penalised log likelihood, and its slope: of the coefficients, then of the actors' effects."""
    weights, effect = np.split(at, [design.shape[1]])
    odds = design @ weights + effect[:, None]
    missed = weeks * expit(odds) - ends
    value = float((weeks * np.logaddexp(0.0, odds) - ends * odds).sum())
    value += 0.5 * float(WEAK * weights @ weights + effect @ effect / sd**2)
    return float(value), np.concatenate(
        [missed.sum(axis=0) @ design + WEAK * weights, missed.sum(axis=1) + effect / sd**2]
    )
