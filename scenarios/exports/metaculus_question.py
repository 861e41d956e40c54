"""What a question of Metaculus asks of a run, and the forecast of each scenario as Metaculus takes it.

================================================  ============================================================
question                                          forecast
================================================  ============================================================
any that `lull ask` answers with one probability  the probability of yes, in [.001, .999]
time to resumption by DATE,                       a function over the days up to DATE, with what does not come
first week above N by DATE                        by then above an open upper bound
total attacks by DATE                             a function over counts, continuous or discrete
================================================  ============================================================

A scenario against the baseline is a conditional pair: the forecast if its condition holds, and if it does not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from lull.data.arrays import Array
from lull.data.calendar import week_end
from lull.data.schema import InputError, Problem
from lull.model.forward.origin import state_of
from lull.model.forward.simulate import OriginState
from lull.model.runs.store import Run
from lull.model.spec import MAX_HORIZON
from lull.scenarios.engine.projection import Projection, project_rounds
from lull.scenarios.engine.question_grammar import dated, parse_question
from lull.scenarios.engine.questions import Answer, Question, Rounds, ask_all, horizon_days, weeks_needed
from lull.scenarios.exports.metaculus_cdf import CONTINUOUS, Range, clipped, valid_cdf
from lull.scenarios.language.spec import BASELINE, Scenario
from lull.scenarios.results.evidence_used import known_to
from lull.scenarios.results.forecast_cache import Request

TOTAL = re.compile(r"total attacks by (?P<by>\S+)", re.IGNORECASE)
FAR = 0.995  # of the baseline's distribution: where a range ends that nobody named
IF_NOT = "The baseline stands for 'no': it assumes nothing either way."
BOUNDS = {"none": (False, False), "lower": (True, False), "upper": (False, True), "both": (True, True)}


@dataclass(frozen=True)
class Asked:
    """A question as the command states it: its text, series, and range where its answer is a number.

    `outcomes` is Metaculus' `inbound_outcome_count` of a discrete question, None of a continuous one.
    """

    text: str
    series: str = ""
    span: tuple[float, float] | None = None
    outcomes: int | None = None
    open_bounds: str = "upper"

    def range_of(self, low: float, high: float) -> Range:
        """Return the range between two nominal ends: of a discrete question the bounds lie half an outcome outside."""
        open_low, open_high = BOUNDS[self.open_bounds]
        if self.outcomes is None:
            return Range(low, high, CONTINUOUS, open_low, open_high)
        half = (high - low) / (self.outcomes - 1) / 2
        return Range(low - half, high + half, self.outcomes, open_low, open_high)


def metaculus_document(run: Run, request: Request, asked: Asked) -> dict[str, Any]:
    """Return the forecasts of a question under each scenario of a request, the baseline first, and conditional pairs.

    Raises `InputError` for a question or a range that Metaculus or the run cannot mean.
    """
    state = state_of(run, horizon=MAX_HORIZON, part=request.part)
    series = asked.series or (state.series[0] if len(state.series) == 1 else "")
    if series not in state.series:
        raise InputError(Problem("--series", f"one of {', '.join(map(repr, state.series))}", repr(series)))
    kind, by, range_, forecasts = _forecasts(asked, request, state, series)
    document: dict[str, Any] = {
        "question": asked.text,
        "type": kind,
        "series": series,
        "by_date": str(by),
        "run_id": run.run_id,
        "seed": request.seed,
        "origin_date": str(week_end(run.origin)),
        "known_to": str(known_to(run.record)),
        "grade": run.record["grade"],
    }
    document |= {"range": _range_document(range_, kind, (week_end(run.origin), by))} if range_ else {}
    base, *others = forecasts
    pairs = [_pair(scenario, one, base) for scenario, one in zip(request.scenarios[1:], others, strict=True)]
    return document | {"forecasts": forecasts, "conditional_pairs": pairs, "if_no_means": IF_NOT if pairs else ""}


def _pair(scenario: Scenario, one: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """Return a conditional pair: the forecast if what a scenario assumes happens, and if it does not."""
    condition = {"condition": scenario.title, "assumptions": " ".join(scenario.assumptions.split())}
    return condition | {"if_yes": one, "if_no": base}


def _forecasts(
    asked: Asked, request: Request, state: OriginState, series: str
) -> tuple[str, date, Range | None, list[dict[str, Any]]]:
    """Return the type of a question, its day, its range if it has one, and the forecast of each scenario."""
    text = dated(asked.text, state.origin)
    if found := TOTAL.fullmatch(" ".join(text.split()).rstrip("?. ")):
        question = parse_question(f"total at least 1 by {found['by']}", origin=state.origin)
        return _of_counts(asked, question, request, state.select([series]))
    try:
        question = parse_question(asked.text, origin=state.origin)
    except InputError as error:
        first = error.problems[0]
        remedy = f"{first.remedy} `total attacks by DATE` asks for a number.".lstrip()
        raise InputError(Problem("--question", first.expected, first.found, remedy)) from None
    answers = list(ask_all(question, request.scenarios, state, series=series, seed=request.seed))
    if question.when:
        return _of_days(question, answers, state)
    return "binary", question.by, None, [_yes(answer) for answer in answers]


def _yes(answer: Answer) -> dict[str, Any]:
    """Return the forecast of a question whose answer is yes or no."""
    sent = clipped(answer.probability)
    return {"scenario": answer.scenario, "probability_yes": sent, "clipped_by": round(sent - answer.probability, 9)}


def _of_days(
    question: Question, answers: Sequence[Answer], state: OriginState
) -> tuple[str, date, Range, list[dict[str, Any]]]:
    """Return the forecasts of a day: each day of a week alike; what does not come by then lies above the range."""
    first = week_end(state.origin)
    last = (question.by - first).days
    range_ = Range(0.0, float(last), CONTINUOUS, open_low=False, open_high=True)
    forecasts = []
    for answer in answers:
        parts = [part for part in answer.distribution or () if part.week_end is not None]
        days = [0.0, *(float((part.week_end - first).days) for part in parts if part.week_end)]
        come = np.concatenate([[0.0], np.cumsum([part.probability for part in parts])])
        forecasts.append(_function(answer.scenario, np.interp(range_.points, days, come), range_))
    return "date", question.by, range_, forecasts


def _of_counts(
    asked: Asked, question: Question, request: Request, state: OriginState
) -> tuple[str, date, Range, list[dict[str, Any]]]:
    """Return the forecasts of a total: of the paths on which `lull ask` counts `total at least N by DATE`."""
    state = state.up_to(weeks_needed(question, state))
    rounds = Rounds.draw(state, seed=request.seed).baselines
    numbers = [each.numbers for each in rounds]
    own = {}
    for scenario in request.scenarios:
        same = scenario.id == BASELINE
        paths = rounds if same else project_rounds(scenario, rounds[0].state, numbers)
        own[scenario.id] = _totals(question, paths)
    range_ = _count_range(asked, own[request.scenarios[0].id])
    points = np.floor(range_.points + 1e-9)
    kind = "numeric" if asked.outcomes is None else "discrete"
    return kind, question.by, range_, [_function(name, _at(points, *totals), range_) for name, totals in own.items()]


def _totals(question: Question, rounds: Sequence[Projection]) -> tuple[Array, float]:
    """Return the totals at the two ends of the week asked about, (2, paths), and how far into it the day is."""
    state = rounds[0].state
    week = weeks_needed(question, state)
    share = (horizon_days(question, state) - 7 * (week - 1)) / 7.0
    paths = [each.paths.cumulated[:, 0] for each in rounds]
    before = [each[:, week - 2] if week > 1 else np.zeros(each.shape[0]) for each in paths]
    return np.stack([np.concatenate(before), np.concatenate([each[:, week - 1] for each in paths])]), share


def _at(points: Array, totals: Array, share: float) -> Array:
    """Return P(total <= point), between the two ends of a week by the share of its days."""
    before, after = (np.searchsorted(np.sort(each), points, side="right") / each.size for each in totals)
    return np.asarray(before + share * (after - before))


def _count_range(asked: Asked, base: tuple[Array, float]) -> Range:
    """Return the range of a total: that of the question, or from 0 to where all but a few in a thousand totals lie."""
    if asked.span is not None:
        return asked.range_of(*asked.span)
    most = max(10.0, float(np.quantile(base[0][1], FAR, method="higher")))
    return asked.range_of(0.0, most if asked.outcomes is None else float(max(asked.outcomes - 1, 1)))


def _function(scenario: str, raw: Array, range_: Range) -> dict[str, Any]:
    """Return a forecast that is a function, and what the rules moved of it."""
    made = valid_cdf(np.clip(raw, 0.0, 1.0), range_)
    moved = ""
    if made.cut > 0:
        moved = (
            f"{100 * made.cut:.1f} points of probability stood in steps above the cap of {range_.cap:.3f} and were "
            "laid into the steps beside them."
        )
    return {
        "scenario": scenario,
        "continuous_cdf": [round(float(value), 10) for value in made.values],
        "mass_cut_by_step_cap": round(made.cut, 9),
        "mass_moved_by_floor": round(made.spread, 9),
        "note": moved,
    }


def _range_document(range_: Range, kind: str, ends: tuple[date, date]) -> dict[str, Any]:
    """Return the range as Metaculus states it: of a date from the end of the first of two days to that of the other."""
    low, high = (_seconds(day) for day in ends) if kind == "date" else (range_.low, range_.high)
    return {
        "range_min": low,
        "range_max": high,
        "unit": "seconds since 1970" if kind == "date" else "attacks",
        "zero_point": None,
        "open_lower_bound": range_.open_low,
        "open_upper_bound": range_.open_high,
        "inbound_outcome_count": range_.steps,
    }


def _seconds(day: date) -> float:
    """Return the end of a day, in seconds since 1970."""
    return datetime.combine(day + timedelta(days=1), time.min, UTC).timestamp()
