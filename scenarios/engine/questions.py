"""Answers to questions: a probability, the baseline's, and the paired difference.

A question is about what has come by a day, the day included. The model is weekly: within a week, what comes is taken to
come on any of its seven days alike, so an answer between the ends of two weeks lies between by the share of days.

Any attack and resumption are answered exactly in each draw (`model/forward/exact.py`). The others are counted on
paths, each draw several times with new random numbers that both scenarios share; the counting noise is taken out of the
spread of the draws' differences before it becomes an interval.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from lull.data.arrays import Array
from lull.data.calendar import horizon_of, target_end_date, week_end
from lull.data.files import spreadsheet_safe
from lull.data.schema import InputError, Problem
from lull.model.forward.simulate import OriginState, Paths, RandomNumbers
from lull.scenarios.engine.contrast import INTERVAL, central_interval, check_paired, mc_error
from lull.scenarios.engine.projection import Projection, project_rounds
from lull.scenarios.engine.reference_class import record_rate
from lull.scenarios.language.spec import BASELINE, Scenario, baseline

type Kind = Literal["any attack", "resumption", "in a week", "in total", "sustained", "halted share"]

REPLICATES = 16  # rounds of random numbers, where an answer is counted
COUNTED_DRAWS = 1000  # posterior draws that are counted so often; more add less than the draws' own Monte Carlo error
EXACT = ("any attack", "resumption")


@dataclass(frozen=True)
class Question:
    """What is asked: has it come by the end of day `by`; `count` attacks, in `weeks` weeks running.

    With `when` it is asked in which week it comes: the answer is a distribution.
    """

    text: str
    kind: Kind
    by: date
    count: int = 1
    weeks: int = 1
    when: bool = False


@dataclass(frozen=True)
class WeekChance:
    """The probability that something comes first in the week up to `week_end`; None: not by then."""

    week_end: date | None
    probability: float
    baseline: float


@dataclass(frozen=True)
class Answer:
    """The answer for one series: probabilities, and the paired difference with the interval of the draws.

    `mc_error` is that of the probability. `reference_rate` is how often recorded silences as old as this
    one, after as many attacks, ended within that time: a measure for the return of attacks alone, so None for questions
    about totals, peaks and shares of weeks, and where the series is not silent.
    `distribution` is over weeks where the question is when; its last part is "not by then".
    """

    question: str
    by_date: date
    series: str
    scenario: str
    probability: float
    baseline: float
    difference: float
    difference_low: float
    difference_high: float
    mc_error: float
    reference_rate: float | None
    run_id: str
    distribution: tuple[WeekChance, ...] | None = None

    @property
    def asked(self) -> str:
        """The question, and its day where it says weeks."""
        return self.question if str(self.by_date) in self.question else f"{self.question} (by {self.by_date})"

    @property
    def unchanged(self) -> bool:
        """Whether no draw's answer differs from the baseline's."""
        return self.difference == self.difference_low == self.difference_high == 0.0


@dataclass(frozen=True)
class Rounds:
    """The baseline of one series in several rounds of random numbers, which every scenario asked about shares.

    A counted question takes `REPLICATES` rounds of at most `COUNTED_DRAWS` draws; an exact one takes one round of all.
    """

    baselines: tuple[Projection, ...] = field(repr=False)

    @classmethod
    def draw(cls, state: OriginState, *, number: int = REPLICATES, seed: int) -> Self:
        """Return `number` rounds for the state of one series: the first of the seed's own numbers."""
        state = state.thinned(COUNTED_DRAWS) if number > 1 else state
        first = RandomNumbers.draw(series=state.series, draws=state.draws, horizon=state.horizon, seed=seed)
        rounds = [first, *(first.again(turn) for turn in range(1, number))]
        return cls(project_rounds(baseline(), state, rounds))

    def answer(self, question: Question, scenario: Scenario) -> Answer:
        """Return the answer under a scenario, each round paired with the baseline's. Raises `InputError` as `ask`.

        Paths end with the week asked about.
        """
        whole = self.baselines[0].state
        week = weeks_needed(question, whole)
        state = whole.up_to(week)
        bases, rounds = [base.under(state) for base in self.baselines], [base.numbers for base in self.baselines]
        own = bases if scenario.id == BASELINE else project_rounds(scenario, whole, rounds, weeks=week)
        return answer_of(question, scenario, state, zip(own, bases, strict=True))


def ask(
    question: Question,
    scenario: Scenario,
    state: OriginState,
    *,
    series: str,
    replicates: int = REPLICATES,
    seed: int,
) -> Answer:
    """Return the answer to a question for one series under a scenario, and the baseline of the same random numbers.

    `state` must reach as far as the question. Raises `InputError` for a day outside its weeks or another series.
    """
    (answer,) = ask_all(question, [scenario], state, series=series, replicates=replicates, seed=seed)
    return answer


def ask_all(
    question: Question,
    scenarios: Iterable[Scenario],
    state: OriginState,
    *,
    series: str,
    replicates: int = REPLICATES,
    seed: int,
) -> Iterator[Answer]:
    """Yield the answer to a question under each scenario, all of the same random numbers and against the same baseline.

    Raises `InputError` as `ask` does.
    """
    week = weeks_needed(question, state)
    state = state.select([_named(series, state.series)]).up_to(week)
    rounds = Rounds.draw(state, number=1 if is_exact(question) else replicates, seed=seed)
    for scenario in scenarios:
        yield rounds.answer(question, scenario)


def _named(series: str, names: Sequence[str]) -> str:
    """Return the series of a name, as it is or as a table of CSV has it. Raises `InputError` if there is none."""
    for name in names:
        if series in (name, spreadsheet_safe(name)):
            return name
    raise InputError(Problem("--series", f"one of {', '.join(map(repr, names))}", repr(series)))


def is_exact(question: Question) -> bool:
    """Return whether each draw's projection has the probability of it by itself, without more rounds."""
    return in_closed_form(question) in EXACT


def in_closed_form(question: Question) -> Kind:
    """Return the kind of a question, or the one answered exactly that asks the same: a total of 1 is any attack."""
    one_week = question.kind in ("in a week", "in total") or (question.kind == "sustained" and question.weeks == 1)
    return "any attack" if question.count == 1 and one_week else question.kind


def answer_of(
    question: Question, scenario: Scenario, state: OriginState, pairs: Iterable[tuple[Projection, Projection]]
) -> Answer:
    """Return the answer given by projections of a scenario and the baseline, paired, of the one series of `state`."""
    week = weeks_needed(question, state)
    share = (horizon_days(question, state) - 7 * (week - 1)) / 7.0
    by_week, values = [], []
    for pair in pairs:
        check_paired(*pair)
        drawn = [values_by_week(question, each) for each in pair]
        by_week.append([each.mean(axis=0) for each in drawn])
        values.append([between(each, week, share) for each in drawn])
    rounds = np.array(values)
    probability = rounds.mean(axis=0)  # (scenario | baseline, draw)
    low, high = _interval(rounds[:, 0] - rounds[:, 1])
    return Answer(
        question=question.text,
        by_date=question.by,
        series=state.series[0],
        scenario=scenario.id,
        probability=float(probability[0].mean()),
        baseline=float(probability[1].mean()),
        difference=float((probability[0] - probability[1]).mean()),
        difference_low=low,
        difference_high=high,
        mc_error=float(mc_error(probability[0], chains=state.chains, effective_share=state.effective_share)),
        reference_rate=_reference(question, state),
        run_id=state.run_id,
        distribution=_when(question, np.mean(by_week, axis=0), probability.mean(axis=1), state),
    )


def _when(question: Question, by_week: Array, by_then: Array, state: OriginState) -> tuple[WeekChance, ...] | None:
    """Return when something comes first, from the chances that it has come by each week, and by the day asked about."""
    if not question.when:
        return None
    week = weeks_needed(question, state)
    come = np.concatenate([by_week[:, : week - 1], by_then[:, None], np.ones((2, 1))], axis=1)
    first = np.maximum(np.diff(come, axis=1, prepend=0.0), 0.0)
    ends = [*(target_end_date(state.origin, h) for h in range(1, week)), question.by, None]
    return tuple(WeekChance(end, *map(float, chance)) for end, chance in zip(ends, first.T, strict=True))


def values_by_week(question: Question, projection: Projection) -> Array:
    """Return in each draw the probability that it has come by week h (0 or 1 where it is counted), (draw, horizon).

    The projection is of one series.
    """
    ways: dict[Kind, Callable[[Projection], NDArray[np.generic]]] = {
        "any attack": lambda each: each.any_attack,
        "resumption": lambda each: each.resumption,
        "in a week": lambda each: first_passage(each.paths.count >= question.count),
        "in total": lambda each: each.paths.cumulated >= question.count,
        "sustained": lambda each: first_passage(sustained(each.paths, question.count, question.weeks)),
        "halted share": lambda each: halted_share(each.paths),
    }
    return ways[in_closed_form(question)](projection)[:, 0].astype(float)


def first_passage(happens: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether something has happened in any of weeks 1..h, (..., horizon)."""
    come = happens.copy(order="K")  # paths are stored with draws contiguous: week by week is ten times `accumulate`
    for week in range(1, come.shape[-1]):
        come[..., week] |= come[..., week - 1]
    return come


def sustained(paths: Paths, count: int, weeks: int) -> NDArray[np.bool_]:
    """Return whether a week is the last of `weeks` running with at least `count` attacks, (draw, series, horizon)."""
    above = (paths.count >= count).astype(np.int32)
    total = np.cumsum(np.pad(above, ((0, 0), (0, 0), (weeks, 0))), axis=-1)
    last: NDArray[np.bool_] = total[..., weeks:] - total[..., :-weeks] == weeks
    return last


def halted_share(paths: Paths) -> Array:
    """Return the share of weeks 1..h that are halted, (draw, series, horizon)."""
    share: Array = np.cumsum(~paths.active, axis=-1) / np.arange(1, paths.horizon + 1)
    return share


def between(by_week: Array, week: int, share: float) -> Array:
    """Return values (draw, horizon) a `share` of the way through a week, between those of its two ends, (draw,)."""
    before = by_week[:, week - 2] if week > 1 else np.zeros(by_week.shape[0])
    return before + share * (by_week[:, week - 1] - before)


def weeks_needed(question: Question, state: OriginState) -> int:
    """Return the horizon whose week holds the day asked about. Raises `InputError` if it is not ahead."""
    week = horizon_of(question.by, state.origin)
    if not 1 <= week <= state.horizon:
        first, last = week_end(state.origin), target_end_date(state.origin, state.horizon)
        expected = f"a day after {first} and up to {last}"
        raise InputError(Problem("question", expected, str(question.by), "Ask about a day ahead of the origin."))
    return week


def horizon_days(question: Question, state: OriginState) -> int:
    """Return how many days after the origin week the day asked about is, itself included."""
    return (question.by - week_end(state.origin)).days


def _interval(differences: Array) -> tuple[float, float]:
    """Return the central interval of the draws' differences (round, draw), without the noise of counting.

    The spread between draws is what is left of the spread of their means once the part that rounds explain is taken
    off; the means are drawn together by as much. Of a rare thing most draws say nothing and the mean can lie outside
    what nine in ten draws say: the interval reaches to it.
    """
    rounds, draws = differences.shape
    means = differences.mean(axis=0)
    if rounds > 1 and draws > 1:
        noise = differences.var(axis=0, ddof=1).mean() / rounds
        total = means.var(ddof=1)
        kept = np.sqrt(max(0.0, 1.0 - noise / total)) if total > 0 else 0.0
        means = means.mean() + kept * (means - means.mean())
    low, high = central_interval(means, INTERVAL)
    middle = float(differences.mean())
    return min(float(low), middle), max(float(high), middle)


def _reference(question: Question, state: OriginState) -> float | None:
    """Return the rate of the reference class, None where there is none."""
    return record_rate(state, weeks=horizon_days(question, state) / 7.0) if is_exact(question) else None
