"""Effects of events learned across actors, driven by what was observed: no latent state, one pass over the weeks.

The weeks of each mechanism stand in `mechanism_weeks`: the hurdle benchmark's forecast is recalibrated on them and is
the offset, so an effect is what came beyond what the past let expect. The mean of a term over actors and the spread
between them follow from each actor's score and information at the joint estimate: theta_actor ~ N(mean, spread^2), the
spread integrated over a half-normal prior. A type is drawn to all types together, a span of weeks to the whole.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import product
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from lull.data.arrays import Array
from lull.data.counts import WeeklyCounts
from lull.data.events import Event
from lull.data.learned.effects import AFTER_END, ENDING, MECHANISMS, UNRECORDED_SD, WHOLE, Effect, Effects
from lull.model.drivers.event_terms import Span, Term, terms_of
from lull.model.drivers.mechanism_weeks import Week, populations
from lull.model.hurdle.benchmark import HurdleBenchmark
from lull.model.hurdle.hurdle_model import MAX_LOG_MEAN
from lull.model.spec import Normal

FINE_SPANS: tuple[Span, ...] = ((1, 4), (5, 13), (14, 26), (27, 52))
USUAL = Normal(0.0, 0.5)  # what is believed of an effect that nothing is known of
ALIKE = 0.25  # sd by which a type differs from all types together, and a span of weeks from the whole
SPREAD = 0.3  # scale of the half-normal prior of the spread between actors
GRID = np.linspace(0.0, 2.0, 81)
LEAST_INFORMATION = 0.05  # of an actor on a term, below which it is no case
LOOSE = 0.01  # that of the regressors of the offset around the forecast as it stands
STEPS = 50
FEWEST_ACTORS = 3  # below which a term has no row
NO_RECORD = "no record: centred at 0"
UNRECORDED = tuple(
    Effect(kind, "", mechanism, *WHOLE, 0.0, UNRECORDED_SD[mechanism], 0.0, 0, 0, NO_RECORD)
    for kind in (
        "condemnation",
        "joint_operation",
        "mobilisation",
        "patron",
        "pressure",
        "regional",
        "strike",
        "threat",
    )
    for mechanism in MECHANISMS
)


@dataclass(frozen=True)
class Slope:
    """The population of one term's effect: mean, its standard error, the spread between actors, and their number."""

    mean: float
    se: float
    spread: float
    actors: int


@dataclass(frozen=True)
class Lesson:
    """The weeks of one mechanism with the terms of one estimate."""

    mechanism: str
    terms: tuple[Term, ...]
    weeks: Week
    coarse: bool

    def slopes(self, learned: Effects, around: Effects | None) -> list[Slope]:
        """Return the population of each term's effect.

        Drawn to `around`; without, a type to all types together, and a span of weeks to the whole, as `learned` has
        them.
        """
        return slopes_of(self.mechanism, self.weeks, [self._centre(term, learned, around) for term in self.terms])

    def without(self, actors: NDArray[np.int64]) -> Self:
        """Return the lesson of the other actors."""
        rows = ~np.isin(self.weeks.actor, actors)
        names = ("outcome", "expected", "terms", "actor", "size")
        return replace(self, weeks=Week(*(getattr(self.weeks, name)[rows] for name in names)))

    def _centre(self, term: Term, learned: Effects, around: Effects | None) -> Normal:
        before = around.of(term.kind, term.type, self.mechanism, term.weeks) if around else None
        if before is not None:
            return Normal(before.mean, before.sd)
        whole = AFTER_END if term.kind == ENDING else WHOLE
        spans = (term.weeks, whole) if term.weeks[0] > 0 or term.kind == ENDING else (term.weeks,)
        found = (learned.of(term.kind, term.type, self.mechanism, span) for span in spans[::-1])
        parent = next((one for one in found if one is not None), None)
        return USUAL if parent is None else Normal(parent.mean, ALIKE)


def learn_effects(
    panels: Sequence[WeeklyCounts],
    events: Sequence[Event],
    benchmark: HurdleBenchmark,
    *,
    source: str,
    around: Effects | None,
) -> Effects:
    """Return what followed the events of many series, by kind, type, mechanism and weeks.

    Of ceasefires, agreements and leaders removed each type has its rows, and all full, signed or removed ones together
    (type "") theirs. Where there is `around`, each mean is drawn to its, and what these events do not teach comes from
    there.
    """
    own = [event for event in events if event.series and not event.endogenous]
    return learn_from(lessons_of(panels, own, benchmark), own, source=source, around=around)


def learn_from(lessons: Iterable[Lesson], events: Sequence[Event], *, source: str, around: Effects | None) -> Effects:
    """Return the effects of lessons, each drawn to what the earlier ones taught; `events` are counted as cases."""
    rows: dict[tuple[object, ...], Effect] = {}
    for lesson in lessons:
        for term, slope in zip(lesson.terms, lesson.slopes(Effects(tuple(rows.values())), around), strict=True):
            key = (term.kind, term.type, lesson.mechanism, *term.weeks)
            if slope.actors >= FEWEST_ACTORS and key not in rows:
                figures = (slope.mean, slope.spread, slope.se)
                cases = _cases(events, term, coarse=lesson.coarse)
                rows[key] = Effect(
                    term.kind, term.type, lesson.mechanism, *term.weeks, *figures, slope.actors, cases, source
                )
    rest = {astuple(row)[:5]: row for row in (around.rows if around else UNRECORDED)}
    return Effects(tuple(sorted((rest | rows).values(), key=_order)))


def lessons_of(panels: Sequence[WeeklyCounts], events: Sequence[Event], benchmark: HurdleBenchmark) -> Iterator[Lesson]:
    """Yield what there is to learn, from the whole to its parts: all types, then each; all weeks, then spans."""
    for whole, coarse in product((True, False), repeat=2):
        terms = _terms(events, whole=whole, coarse=coarse)
        for mechanism, weeks in populations(panels, events, terms, benchmark, coarse=coarse).items():
            yield Lesson(mechanism, terms, weeks, coarse)


def _terms(events: Sequence[Event], *, whole: bool, coarse: bool) -> tuple[Term, ...]:
    """Return the terms of one estimate: of whole spans in force and the weeks after an end, or of spans one by one."""
    if not whole:
        return terms_of(events, FINE_SPANS, coarse=coarse)
    found = terms_of(events, (WHOLE, AFTER_END), coarse=coarse)
    return tuple(
        term for term in found if (term.weeks == AFTER_END if term.kind == ENDING else term.weeks != AFTER_END)
    )


def _order(row: Effect) -> tuple[object, ...]:
    return row.kind, row.type, MECHANISMS.index(row.mechanism), row.weeks_from, row.weeks_to


def slopes_of(mechanism: str, weeks: Week, centres: Sequence[Normal]) -> list[Slope]:
    """Return the population of each term's effect, drawn to its centre."""
    if not weeks.outcome.size:
        return [Slope(one.mean, one.sd, SPREAD, 0) for one in centres]
    x = np.column_stack([weeks.expected, weeks.terms])
    moments = _counted if mechanism == "intensity" else _happened
    free = weeks.expected.shape[1]
    at = _joint(x, weeks, moments, centres)
    residual, weight = moments(x @ at, weeks)
    actors = weeks.actor.astype(int)
    found = []
    for place in range(free, x.shape[1]):
        column = x[:, place]
        rows = np.flatnonzero(column > 0)
        score = np.bincount(actors[rows], (residual * column)[rows], minlength=actors.max() + 1)
        information = np.bincount(actors[rows], (weight * column**2)[rows], minlength=actors.max() + 1)
        seen = information > LEAST_INFORMATION
        estimate, variance = at[place] + score[seen] / information[seen], 1.0 / information[seen]
        found.append(population(estimate, variance, centres[place - free]))
    return found


type Moments = Callable[[Array, Week], tuple[Array, Array]]


def _happened(linear: Array, weeks: Week) -> tuple[Array, Array]:
    """Return score and information of each week by its logit."""
    chance = expit(linear)
    return weeks.outcome - chance, chance * (1.0 - chance)


def _counted(linear: Array, weeks: Week) -> tuple[Array, Array]:
    """Return score and information of each week by its log mean: a negative binomial of a given size."""
    mean = np.exp(np.minimum(linear, MAX_LOG_MEAN))
    shrunk = 1.0 + mean / weeks.size
    return (weeks.outcome - mean) / shrunk, mean / shrunk


def _joint(x: Array, weeks: Week, moments: Moments, centres: Sequence[Normal]) -> Array:
    """Return the coefficients of highest posterior density, (regressor + term,); the regressors have a loose prior."""
    free = x.shape[1] - len(centres)
    prior = np.array([LOOSE] * free + [one.sd**-2 for one in centres])
    centre = np.array([0.0, 1.0] + [0.0] * (free - 2) + [one.mean for one in centres])  # the forecast as it stands
    at = centre.copy()
    for _ in range(STEPS):
        residual, weight = moments(x @ at, weeks)
        step = np.linalg.solve((x * weight[:, None]).T @ x + np.diag(prior), x.T @ residual - prior * (at - centre))
        at = at + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-6:  # noqa: PLR2004 - far below what is written
            break
    return at


def population(estimate: Array, variance: Array, centre: Normal = USUAL) -> Slope:
    """Return mean, its standard error and the spread of actors' effects, each known with a variance, (actor,).

    The mean is drawn to its centre; the spread is integrated over a half-normal prior.
    """
    if estimate.size == 0:
        return Slope(centre.mean, centre.sd, SPREAD, 0)
    before, precise = centre.mean, centre.sd**-2
    away, total = estimate - before, GRID[:, None] ** 2 + variance
    precision = (1.0 / total).sum(axis=1) + precise
    mean = (away / total).sum(axis=1) / precision
    log_weight = -0.5 * (np.log(total) + away**2 / total).sum(axis=1) - 0.5 * np.log(precision)
    log_weight += 0.5 * mean**2 * precision - 0.5 * (GRID / SPREAD) ** 2
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    middle = float(weight @ mean)
    se = float(np.sqrt(weight @ (1.0 / precision + (mean - middle) ** 2)))
    return Slope(before + middle, se, float(np.sqrt(weight @ GRID**2)), int(estimate.size))


def _cases(events: Sequence[Event], term: Term, *, coarse: bool) -> int:
    """Return how many events a term is of."""
    return sum(term in terms_of([event], [term.weeks], coarse=coarse) for event in events)
