"""Effects of events learned across actors, driven by what was observed: no latent state, one pass over the weeks.

Three populations of weeks speak of the three mechanisms. Halting: weeks after one with an attack, with which eight
silent weeks may begin. Resumption: weeks after at least eight silent ones, which may bring an attack. Intensity: weeks
outside such silences, with their counts. In each the hurdle benchmark's forecast of the week, given all weeks before,
is recalibrated on the same weeks and stands as the offset, so an effect is what came beyond what the past let expect.

The mean of a term over actors and the spread between them follow from each actor's score and information at the joint
estimate: theta_actor ~ N(mean, spread^2), the spread integrated over a half-normal prior.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import product

import numpy as np
from scipy.special import expit

from lull.data.arrays import Array
from lull.data.counts import WeeklyCounts
from lull.data.events import Event
from lull.data.learned.effects import AFTER_END, ENDING, MECHANISMS, WHOLE, Effect, Effects
from lull.model.drivers.event_terms import Durations, Span, Term, design, terms_of
from lull.model.hurdle.benchmark import RATE, HurdleBenchmark
from lull.model.hurdle.hurdle_model import FEATURES, MAX_LOG_MEAN, MAX_LOG_SIZE, MIN_LOG_SIZE, recall

PAUSE = 8  # silent weeks from which a silence is a halt
OLDEST = 208  # weeks of silence up to which weeks teach: later ones say only that the record goes on
FINE_SPANS: tuple[Span, ...] = ((1, 4), (5, 13), (14, 26), (27, 52))
RIDGE = 1.0  # precision of the prior of every effect in the joint estimate, N(0, 1)
SPREAD = 0.5  # scale of the half-normal prior of the spread between actors
GRID = np.linspace(0.0, 2.0, 81)
LEAST_INFORMATION = 0.05  # of an actor on a term, below which it is no case
LOOSE = 0.01  # that of the regressors of the offset around the forecast as it stands
STEPS = 50
FEWEST_ACTORS = 3  # below which a term has no row
NO_RECORD = "no record: centred at 0"
UNRECORDED = tuple(
    Effect(kind, "", mechanism, *WHOLE, 0.0, 0.5 if mechanism == "intensity" else 0.7, 0.0, 0, 0, NO_RECORD)
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
class Week:
    """Weeks of one mechanism: what happened, what the benchmark had expected, the terms, and whose they are."""

    outcome: Array  # (row,)
    expected: Array  # regressors of the offset, (row, regressor)
    terms: Array  # (row, term)
    actor: Array  # (row,)
    size: Array  # of the counts' negative binomial, (row,); only intensity has one


@dataclass(frozen=True)
class Slope:
    """The population of one term's effect: mean, its standard error, the spread between actors, and their number."""

    mean: float
    se: float
    spread: float
    actors: int


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
    (type "") theirs. Each mean is drawn to that of `around`, as if by a prior; what these events do not teach comes
    from there.
    """
    own = [event for event in events if event.series and not event.endogenous]
    rows: dict[tuple[object, ...], Effect] = {}
    for coarse, whole in product((True, False), repeat=2):
        terms = _terms(own, whole=whole, coarse=coarse)
        for mechanism, weeks in populations(panels, own, terms, benchmark, coarse=coarse).items():
            centres = [around.of(term.kind, term.type, mechanism, term.weeks) if around else None for term in terms]
            for term, slope in zip(terms, slopes_of(mechanism, weeks, centres), strict=True):
                key = (term.kind, term.type, mechanism, *term.weeks)
                if slope.actors >= FEWEST_ACTORS and key not in rows:
                    cases = _cases(own, term, coarse=coarse)
                    figures = (slope.mean, slope.spread, slope.se)
                    rows[key] = Effect(
                        term.kind, term.type, mechanism, *term.weeks, *figures, slope.actors, cases, source
                    )
    rest = {astuple(row)[:5]: row for row in (around.rows if around else UNRECORDED)}
    return Effects(tuple(sorted((rest | rows).values(), key=_order)))


def _terms(events: Sequence[Event], *, whole: bool, coarse: bool) -> tuple[Term, ...]:
    """Return the terms of one estimate: of whole spans in force and the weeks after an end, or of spans one by one."""
    if not whole:
        return terms_of(events, FINE_SPANS, coarse=coarse)
    found = terms_of(events, (WHOLE, AFTER_END), coarse=coarse)
    return tuple(term for term in found if term.weeks != (WHOLE if term.kind == ENDING else AFTER_END))


def _order(row: Effect) -> tuple[object, ...]:
    return row.kind, row.type, MECHANISMS.index(row.mechanism), row.weeks_from, row.weeks_to


def populations(
    panels: Sequence[WeeklyCounts],
    events: Sequence[Event],
    terms: Sequence[Term],
    benchmark: HurdleBenchmark,
    *,
    coarse: bool,
) -> dict[str, Week]:
    """Return the weeks of each mechanism over all series of some files."""
    known = Durations.of(events)
    by_series: dict[str, list[Event]] = {}
    for event in events:
        by_series.setdefault(event.series, []).append(event)
    parts: dict[str, list[Week]] = {"halting": [], "resumption": [], "intensity": []}
    every = [(counts, name) for counts in panels for name in counts.series]
    for number, (counts, name) in enumerate(every):
        history = counts.array.sel(series=name).to_numpy()[0]
        active = np.flatnonzero(history > 0)
        if active.size == 0:
            continue
        record, weeks = history[active[0] :], counts.weeks[active[0] :]
        x = design(by_series.get(name, ()), terms, weeks, known, coarse=coarse)
        for mechanism, part in _weeks_of(record, x, benchmark, number):
            parts[mechanism].append(part)
    return {name: _joined(each) for name, each in parts.items()}


def _weeks_of(record: Array, terms: Array, benchmark: HurdleBenchmark, number: int) -> Iterator[tuple[str, Week]]:
    """Yield the weeks of one series by mechanism; week t is expected from the weeks before it."""
    features = np.empty((record.size, len(FEATURES)))
    recall(record, features)
    features, count, x = features[:-1], record[1:], terms[1:]
    silent = _silent_before(record)
    ahead = _silent_ahead(record)[1:]
    logit, log_mean = features @ benchmark.chance, np.minimum(features @ benchmark.mean, MAX_LOG_MEAN)
    rate, one = features[:, RATE], np.ones(count.size)
    known = ~np.isnan(count)
    halting = known & (silent == 0) & ~np.isnan(ahead)
    resumption = known & (silent >= PAUSE) & (silent <= OLDEST)
    paused = _in_pause(record)[1:]
    intensity = known & np.logical_not(paused)
    log_expected = np.log(np.maximum(expit(logit), 1e-4)) + np.log(_truncated_mean(log_mean, features @ benchmark.size))
    size = np.exp(np.clip(features @ benchmark.size, MIN_LOG_SIZE, MAX_LOG_SIZE))
    nobody = np.ones(count.size)
    chosen = {
        "halting": (halting, (ahead >= PAUSE).astype(float), np.column_stack([one, logit, rate]), nobody),
        "resumption": (
            resumption,
            (count > 0).astype(float),
            np.column_stack([one, logit, np.log(np.maximum(silent, 1))]),
            nobody,
        ),
        "intensity": (intensity, count, np.column_stack([one, log_expected]), size),
    }
    for name, (rows, outcome, expected, sizes) in chosen.items():
        yield name, Week(outcome[rows], expected[rows], x[rows], np.full(int(rows.sum()), number), sizes[rows])


def _truncated_mean(log_mean: Array, log_size: Array) -> Array:
    """Return the mean of a negative binomial given that it is not zero."""
    size, mean = np.exp(np.clip(log_size, MIN_LOG_SIZE, MAX_LOG_SIZE)), np.exp(log_mean)
    some = -np.expm1(-size * np.log1p(mean / size))
    return np.asarray(mean / np.maximum(some, 1e-9))


def _silent_before(record: Array) -> Array:
    """Return how many known weeks without an attack lie right before each week but the first, (week - 1,)."""
    silent, run = np.zeros(record.size - 1), 0.0
    for week, count in enumerate(record[:-1]):
        run = run if np.isnan(count) else (0.0 if count > 0 else run + 1.0)
        silent[week] = run
    return silent


def _silent_ahead(record: Array) -> Array:
    """Return how many silent weeks begin with each week, to `PAUSE` of them; NaN where the record ends first."""
    ahead, run, ended = np.zeros(record.size), 0.0, True
    for week in range(record.size - 1, -1, -1):
        if record[week] > 0:
            run, ended = 0.0, False
        else:
            run = run + 1.0
        ahead[week] = np.nan if ended and run < PAUSE else min(run, PAUSE)
    return ahead


def _in_pause(record: Array) -> Array:
    """Return which weeks lie in a silence of at least `PAUSE` weeks, (week,)."""
    paused, start = np.zeros(record.size, dtype=bool), None
    for week, count in enumerate([*record, 1.0]):
        if count > 0:
            if start is not None and week - start >= PAUSE:
                paused[start:week] = True
            start = None
        elif start is None:
            start = week
    return paused


def _joined(parts: Sequence[Week]) -> Week:
    names = ("outcome", "expected", "terms", "actor", "size")
    return Week(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def slopes_of(mechanism: str, weeks: Week, centres: Sequence[Effect | None]) -> list[Slope]:
    """Return the population of each term's effect, drawn to its centre (none: N(0, 1))."""
    if not weeks.outcome.size:
        return [Slope(0.0, 1.0, SPREAD, 0)] * weeks.terms.shape[1]
    x = np.column_stack([weeks.expected, weeks.terms])
    moments = _counted if mechanism == "intensity" else _happened
    free = weeks.expected.shape[1]
    at = _joint(x, weeks, moments, free)
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


def _joint(x: Array, weeks: Week, moments: Moments, free: int) -> Array:
    """Return the coefficients of highest posterior density, (regressor + term,); the regressors a loose prior."""
    prior = np.full(x.shape[1], RIDGE)
    prior[:free] = LOOSE
    centre = np.zeros(x.shape[1])
    centre[1] = 1.0  # the forecast as it stands
    at = centre.copy()
    for _ in range(STEPS):
        residual, weight = moments(x @ at, weeks)
        step = np.linalg.solve((x * weight[:, None]).T @ x + np.diag(prior), x.T @ residual - prior * (at - centre))
        at = at + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-6:  # noqa: PLR2004 - far below what is written
            break
    return at


def population(estimate: Array, variance: Array, centre: Effect | None = None) -> Slope:
    """Return mean, its standard error and the spread of actors' effects, each known with a variance, (actor,).

    The mean has the prior of an actor of `centre`, else N(0, 1); the spread is integrated over a half-normal one.
    """
    if estimate.size == 0:
        return Slope(0.0, 1.0, SPREAD, 0)
    before, precise = (centre.mean, centre.sd**-2) if centre else (0.0, RIDGE)
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
