"""Forecasts made at recorded events, with what the record says of such events, with beliefs by hand, and with none.

Each case is forecast from the weeks before its event, given that the event comes: by the hurdle benchmark with driver
terms. The effects are learned from other actors than the one that is forecast (folds of actors), so that no case has
taught its own forecast. Scores are paired by case, intervals are over actors.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.counts import WeeklyCounts
from lull.data.events import Event, known_at
from lull.data.learned.effects import ENDING, MECHANISMS
from lull.model.drivers.effects_estimate import Lesson, learn_from, lessons_of
from lull.model.drivers.event_terms import LEADS, Durations, Term, design
from lull.model.drivers.pushed_hurdle import Pushes, log_pmf, simulate
from lull.model.hurdle.benchmark import HurdleBenchmark

HORIZON = 12
BEFORE = 26  # weeks of a past that there must be
FOLDS = 5
DRAWS = 500
RESAMPLED = 2000
BY_HAND = {"halting": (0.3, 0.7), "resumption": (-0.3, 0.7), "intensity": (-0.3, 0.5)}  # of a ceasefire in force
DRIVERS = ("learned", "hand", "none")
METRICS = ("log_score", "total_crps_log1p", "any_attack_brier")

type Drawn = tuple[Array, Array]  # mean and sd, (mechanism, term)


@dataclass(frozen=True)
class Score:
    """The scores of one case by forecaster: the lower the better, but for the log score."""

    kind: str
    type: str
    actor: int
    values: dict[str, tuple[float, ...]]  # by drivers, in the order of METRICS


@dataclass(frozen=True)
class Paired:
    """How much better one set of drivers is than another on a group of cases, with a 90 % interval over actors."""

    group: str
    better: str
    than: str
    metric: str
    gain: float
    low: float
    high: float
    actors: int
    cases: int


def score_cases(
    counts: WeeklyCounts, events: Sequence[Event], benchmark: HurdleBenchmark, *, seed: int, of: Callable[[Event], bool]
) -> list[Score]:
    """Return the scores of every event that is `of` the wanted, and of how each of them ended, by drivers."""
    own = [event for event in events if event.series and not event.endogenous]
    known = Durations.of(own)
    folds = folds_of(counts, seed=seed)
    lessons = list(lessons_of([counts], own, benchmark))
    terms = lessons[-1].terms
    by_fold = [_effects(lessons, terms, np.flatnonzero(folds == fold).astype(np.int64)) for fold in range(FOLDS)]
    hand = _by_hand(terms)
    scores = []
    for number, name in enumerate(counts.series):
        of_series = [event for event in own if event.series == name]
        if not any(map(of, of_series)):
            continue
        record = counts.array.sel(series=name).to_numpy()[0]
        first = int(np.argmax(record > 0))
        past = _Series(record[first:], counts.weeks[first:], of_series, known, terms, benchmark, number)
        chosen = {
            "learned": by_fold[folds[number]],
            "hand": hand,
            "none": (np.zeros_like(hand[0]), np.zeros_like(hand[1])),
        }
        scores += [score for event in of_series if of(event) for score in past.scores(event, chosen, seed=seed)]
    return scores


def folds_of(counts: WeeklyCounts, *, seed: int) -> NDArray[np.int64]:
    """Return the fold of each series, (series,), 0 to `FOLDS - 1`."""
    return np.random.default_rng(seed).permutation(len(counts.series)) % FOLDS


def _effects(lessons: Sequence[Lesson], terms: Sequence[Term], left_out: NDArray[np.int64]) -> Drawn:
    """Return the effects without some actors; what came before an event is no effect of it."""
    table = learn_from((lesson.without(left_out) for lesson in lessons), (), source="", around=None)
    counted = np.array([term.weeks != LEADS for term in terms])
    found = [[table.of(term.kind, term.type, mechanism, term.weeks) for term in terms] for mechanism in MECHANISMS]
    mean = np.array([[one.mean if one else 0.0 for one in row] for row in found])
    sd = np.array([[one.sd if one else 0.0 for one in row] for row in found])
    return mean * counted, sd * counted


def _by_hand(terms: Sequence[Term]) -> Drawn:
    """Return the beliefs by hand: of every state in force, one and the same; of how it ended, none."""
    held = np.array([term.kind in {"ceasefire", "agreement", "declared_halt"} and term.weeks[0] > 0 for term in terms])
    figures = np.array(list(BY_HAND.values()))
    return figures[:, :1] * held, figures[:, 1:] * held


@dataclass(frozen=True)
class _Series:
    """One series and its events: what its forecasts are made of."""

    record: Array
    weeks: np.ndarray
    events: Sequence[Event]
    known: Durations
    terms: Sequence[Term]
    benchmark: HurdleBenchmark
    actor: int

    def scores(self, event: Event, effects: dict[str, Drawn], *, seed: int) -> Iterator[Score]:
        """Yield the scores at an event and at its end."""
        moments = [((event.kind, event.type), event.date)]
        if event.ending and event.end_date is not None:
            moments.append(((ENDING, event.ending), event.end_date))
        for key, day in moments:
            week = int((np.datetime64(day, "D") - self.weeks[0]).astype(np.int64) // 7)
            came = self.record[week : week + HORIZON]
            if week < BEFORE or came.size < HORIZON or np.isnan(came).any():
                continue
            seen = known_at(self.events, day)
            x = design(seen, self.terms, self.weeks[week : week + HORIZON], self.known, coarse=False)
            values = {name: self._scored(week, x, each, came, seed=seed) for name, each in effects.items()}
            yield Score(*key, self.actor, values)

    def _scored(self, week: int, x: Array, effects: Drawn, came: Array, *, seed: int) -> tuple[float, ...]:
        """Return the scores of one forecast, in the order of METRICS."""
        rng = np.random.default_rng([seed, self.actor, week])
        mean, sd = effects
        kinds = [f"{term.kind}:{term.type}" for term in self.terms]
        places = np.unique(kinds, return_inverse=True)[1]  # who differs in one span of weeks differs in all
        apart = rng.standard_normal((mean.shape[0], DRAWS, places.max() + 1))[..., places]
        drawn = mean[:, None] + sd[:, None] * apart
        pushes, history = Pushes.of(list(drawn), x), self.record[:week]
        paths = simulate(self.benchmark, history, pushes, seed=int(rng.integers(2**31)))
        log_chance = log_pmf(self.benchmark, history, pushes, paths, came)
        return case_scores(log_chance, paths, came)


def case_scores(log_chance: Array, paths: np.ndarray, came: Array) -> tuple[float, float, float]:
    """Return the scores of the forecast of one case, in the order of `METRICS`.

    `log_chance` and `paths` are (draw, week): of what came by each draw, in nats, and attacks; `came` is (week,).
    """
    draws = paths.shape[0]
    log_score = np.logaddexp.reduce(log_chance, axis=0) - np.log(draws)
    totals, total = np.sort(np.log1p(paths.sum(axis=1))), np.log1p(came.sum())
    apart = (totals * (2 * np.arange(draws) + 1 - draws)).sum() / draws**2  # half of what two draws differ by
    crps = np.abs(totals - total).mean() - apart
    quiet = (paths == 0).all(axis=1).mean()
    return float(log_score.sum()), float(crps), float((1 - quiet - (came > 0).any()) ** 2)


def paired(scores: Sequence[Score], groups: dict[str, Callable[[Score], bool]], *, seed: int) -> list[Paired]:
    """Return how much better the learned drivers are than the others, by group of cases and metric (above 0)."""
    rng, rows = np.random.default_rng(seed), []
    for group, holds in groups.items():
        chosen = [score for score in scores if holds(score)]
        actors = sorted({score.actor for score in chosen})
        if len(actors) < 2:  # noqa: PLR2004 - no interval over one
            continue
        weights = resampled(len(actors), rng)
        at = np.array([actors.index(score.actor) for score in chosen])
        for than in DRIVERS[1:]:
            ours, theirs = (np.array([score.values[name] for score in chosen]) for name in ("learned", than))
            for place, metric in enumerate(METRICS):
                gain = (ours - theirs)[:, place] * (1 if metric == "log_score" else -1)
                rows.append(
                    Paired(group, "learned", than, metric, *mean_gain(gain, at, weights), len(actors), len(chosen))
                )
    return rows


def resampled(actors: int, rng: np.random.Generator) -> Array:
    """Return weights of actors, (1 + RESAMPLED, actor): each once, then as often as a bootstrap draws it."""
    return np.vstack([np.ones(actors), rng.multinomial(actors, np.full(actors, 1 / actors), RESAMPLED)])


def mean_gain(gain: Array, at: NDArray[np.int64], weights: Array) -> tuple[float, float, float]:
    """Return the mean gain of cases and its 90 % interval over actors; `at` is the actor of each case, (case,)."""
    means = (weights @ np.bincount(at, gain)) / (weights @ np.bincount(at))
    low, high = np.quantile(means[1:], [0.05, 0.95])
    return float(means[0]), float(low), float(high)
