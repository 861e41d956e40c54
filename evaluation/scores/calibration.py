"""The grade of a record: whether what the page shows (intervals of weeks and totals, chances) came as often as stated.

The invariant: whenever one looks, a right forecast is contradicted with a chance of at most 1 in 20, and only outcomes
that were settled before the next bet are multiplied. All components of a span share the same rounds (`rounds.py`), so
their capitals change at the same moments and may be averaged. Where origins are closer together than the forecast is
long, a second span of that many weeks makes more, shorter rounds; the two spans share the error.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lull.data.arrays import Array
from lull.data.files import whole_file
from lull.evaluation.record import Record
from lull.evaluation.scores.betting import (
    THRESHOLD,
    Alternatives,
    chance_alternatives,
    chance_factors,
    coverage_alternatives,
    coverage_factors,
    power,
)
from lull.evaluation.scores.metrics import HAPPENED, SILENCE, STATE, STATED, WINDOWS
from lull.evaluation.scores.rounds import Key, Round, rounds_of, spacing
from lull.model.runs.store import Store
from lull.scenarios.results.calibration_status import (
    ANY_ATTACK,
    CONSISTENT,
    CONTRADICTED,
    FOLDER,
    OVERALL,
    Figure,
    name_of,
    write_figures,
)

LEVELS = {"coverage_90": 0.9, "coverage_50": 0.5, "total_coverage_90": 0.9, "total_coverage_50": 0.5}
# Of the capital, by what is tested; divided evenly among the windows of each.
SHARES = {"coverage_90": 0.3, "coverage_50": 0.15, "total_coverage_90": 0.2, "total_coverage_50": 0.1}
CHANCE_SHARE = 0.125  # of the chances stated in each state
STATES = ("active", "silent")
NAMED = 0.2  # share of the whole evidence from which on a component is named as what contradicts
LIKELY = 0.8  # chance of being found out, from which on a fault counts as one that would have been seen
LARGEST = 600.0  # log capital, so that its exponential is finite
MOST_ROUNDS = 400  # more are not asked what they could have found out

type Cells = dict[Key, dict[str, dict[int, float]]]  # by forecast, metric and horizon


class Outcome(NamedTuple):
    """What a forecast stated of one thing and what came of it, both in 0..1, over so many figures of the table."""

    stated: float
    came: float
    figures: int = 1


@dataclass(frozen=True)
class Component:
    """One thing that the page states: which figure, in which state at the origin, over how many weeks."""

    figure: str
    state: str
    weeks: int
    share: float

    @property
    def alternatives(self) -> Alternatives:
        """What is bet on."""
        level = LEVELS.get(self.figure)
        return chance_alternatives() if level is None else coverage_alternatives(level)

    def outcome(self, cell: Mapping[str, Mapping[int, float]]) -> Outcome | None:
        """Return what a forecast stated and what came of it; None if it stated nothing of this."""
        if self.figure == ANY_ATTACK:
            silent = cell.get(STATE, {}).get(0, 0.0) >= SILENCE
            stated, happened = (cell.get(name, {}).get(self.weeks) for name in (STATED, HAPPENED))
            if stated is None or happened is None or silent != (self.state == "silent"):
                return None
            return Outcome(stated, happened)
        values = cell.get(self.figure, {})
        whole = self.figure.startswith("total_")
        held = [value for week, value in values.items() if (week == self.weeks if whole else week <= self.weeks)]
        return Outcome(LEVELS[self.figure], float(np.mean(held)), len(held)) if held else None

    def factors(self, outcomes: Sequence[Outcome]) -> Array:
        """Return what each bet is multiplied by, dims (outcome, alternative)."""
        stated, came, _ = np.array(outcomes).T
        level = LEVELS.get(self.figure)
        return chance_factors(stated, came) if level is None else coverage_factors(came, level)


@dataclass(frozen=True)
class Tested:
    """One component of a span: its log factors, dims (round, alternative), and how many bets were made.

    `outcomes` are what all forecasts stated and what came of it, by forecast, also of those that were not bet on.
    """

    component: Component
    log_factors: Array
    rounds: int
    outcomes: Mapping[Key, Outcome]

    @property
    def capital(self) -> Array:
        """The log capital after each round, dims (round,), as far as a number can say it."""
        return np.minimum(self.component.alternatives.capital(self.log_factors), LARGEST)


@dataclass(frozen=True)
class Span:
    """All components of one length of rounds: the evidence after each moment of settlement, dims (moment,)."""

    rounds: tuple[Round, ...]
    tested: tuple[Tested, ...]
    places: tuple[int, ...]  # the last round of each moment
    evidence: Array
    error: float  # share of the error that this span may spend

    @property
    def moment(self) -> int:
        """The moment at which the evidence was largest."""
        return int(self.evidence.argmax())


def calibration(scores: pa.Table, model: str, *, clusters: Mapping[str, str] | None = None) -> tuple[Figure, ...]:
    """Return the figures of a forecaster in a scores table, the grade of all together first; none if it has no scores.

    `clusters` names what belongs together, by series; by default each series stands alone.
    """
    cells = cells_of(scores, model)
    lengths = _lengths(cells)
    spans = [_span(cells, weeks, clusters or {}, error=1 / len(lengths)) for weeks in lengths]
    spans = [span for span in spans if span.tested]
    if not spans:
        return ()
    decisive = max(spans, key=lambda span: span.evidence[span.moment])
    figures = [figure for span in spans for figure in _figures(model, span, named=span is decisive)]
    return (_overall(model, cells, spans, figures, float(decisive.evidence.max())), *figures)


def cells_of(scores: pa.Table, model: str) -> Cells:
    """Return the figures of a forecaster that the grade is made of, by forecast."""
    metrics = [*LEVELS, STATE, STATED, HAPPENED]
    own = scores.filter(pc.and_(pc.equal(scores["model"], model), pc.is_in(scores["metric"], pa.array(metrics))))
    cells: Cells = defaultdict(lambda: defaultdict(dict))
    columns = (own[name].to_pylist() for name in ("series", "origin_date", "horizon", "metric", "value"))
    for series, origin, horizon, metric, value in zip(*columns, strict=True):
        cells[series, _day(origin)][metric][horizon] = value
    return cells


def _day(origin: date | str) -> date:
    return date.fromisoformat(origin) if isinstance(origin, str) else origin


def _lengths(cells: Cells) -> list[int]:
    """Return the spans of rounds, weeks: that of the whole forecast, and that between two origins if it is shorter."""
    longest = max((week for cell in cells.values() for weeks in cell.values() for week in weeks), default=0)
    between = spacing(list(cells))
    return [longest] if between is None or between >= longest else [longest, between]


def components(cells: Cells, weeks: int) -> tuple[Component, ...]:
    """Return what can be tested of forecasts within `weeks`, the shares of the capital summing to 1."""
    there = {(metric, week) for cell in cells.values() for metric, values in cell.items() for week in values}
    found = [Component(name, "all", weeks, SHARES[name]) for name in LEVELS if not name.startswith("total_")]
    found = [one for one in found if any(metric == one.figure and week <= weeks for metric, week in there)]
    for name in ("total_coverage_90", "total_coverage_50"):
        windows = [window for window in WINDOWS if window <= weeks and (name, window) in there]
        found += [Component(name, "all", window, SHARES[name] / len(windows)) for window in windows]
    windows = [window for window in WINDOWS if window <= weeks and (HAPPENED, window) in there]
    found += [Component(ANY_ATTACK, state, one, CHANCE_SHARE / len(windows)) for state in STATES for one in windows]
    whole = sum(one.share for one in found)
    return tuple(Component(one.figure, one.state, one.weeks, one.share / whole) for one in found)


def _span(cells: Cells, weeks: int, clusters: Mapping[str, str], *, error: float) -> Span:
    """Return the bets on all forecasts in rounds of `weeks`."""
    rounds = rounds_of(list(cells), weeks=weeks, clusters=clusters)
    tested = tuple(_tested(one, rounds, cells) for one in components(cells, weeks))
    settled = [one.settled for one in rounds]
    places = tuple(
        place for place, week in enumerate(settled) if place + 1 == len(settled) or settled[place + 1] > week
    )
    capital = sum(
        (one.component.share * np.exp(one.capital) for one in tested),
        start=np.zeros(len(rounds)),
    )
    return Span(rounds, tested, places, error * capital[list(places)], error)


def _tested(component: Component, rounds: Sequence[Round], cells: Cells) -> Tested:
    """Return the bets on one component; a round in which nothing was stated of it leaves its capital as it is."""
    outcomes = {key: one for key, cell in cells.items() if (one := component.outcome(cell)) is not None}
    bets = [[outcomes[key] for key in each.forecasts if key in outcomes] for each in rounds]
    factors = np.ones((len(rounds), len(component.alternatives.shares)))
    for place, own in enumerate(bets):
        if own:
            factors[place] = component.factors(own).mean(axis=0)
    return Tested(component, np.log(factors), sum(map(bool, bets)), outcomes)


def _figures(model: str, span: Span, *, named: bool) -> Iterator[Figure]:
    """Yield a line for each component of a span; what contradicts is named where the span does."""
    place, evidence = span.places[span.moment], span.evidence.max()
    for one in span.tested:
        if not one.rounds:
            continue
        upto = one.log_factors[: place + 1]
        e_value = float(np.exp(one.capital[place]))
        share = span.error * one.component.share * e_value / evidence
        guilty = named and evidence >= THRESHOLD and share >= NAMED
        stated, came, figures = np.array(list(one.outcomes.values())).T
        yield Figure(
            model=model,
            figure=one.component.figure,
            state=one.component.state,
            weeks=one.component.weeks,
            nominal=float(np.average(stated, weights=figures)),
            held=float(np.average(came, weights=figures)),
            forecasts=len(one.outcomes),
            rounds=one.rounds,
            series=len({series for series, _ in one.outcomes}),
            e_value=e_value,
            verdict=one.component.alternatives.fault(upto) if guilty else CONSISTENT,
            detectable=detectable(one, span.error) if one.component.figure == "coverage_90" else None,
        )


def _overall(model: str, cells: Cells, spans: Sequence[Span], figures: Sequence[Figure], evidence: float) -> Figure:
    """Return the line of all components together."""
    return Figure(
        model=model,
        figure=OVERALL,
        state="all",
        weeks=max(one.weeks for one in figures),
        nominal=None,
        held=None,
        forecasts=len(cells),
        rounds=max(len(span.rounds) for span in spans),
        series=len({series for series, _ in cells}),
        e_value=evidence,
        verdict=CONTRADICTED if evidence >= THRESHOLD else CONSISTENT,
        detectable=max((one.detectable for one in figures if one.detectable is not None), default=None),
    )


def detectable(tested: Tested, error: float) -> float | None:
    """Return the largest share, in steps of .05, that 90 % intervals may hold and would most likely be found out.

    As if all weeks of a bet were a hit or a miss together, and by this component alone; so at least this. None if
    nothing would be.
    """
    threshold = THRESHOLD / (error * tested.component.share)
    rounds = min(tested.rounds, MOST_ROUNDS)
    shares = (round(0.05 * step, 2) for step in range(17, -1, -1))
    return next((one for one in shares if power(0.9, one, rounds, threshold=threshold)[-1] >= LIKELY), None)


def keep_calibration(record: Record, store: Store) -> Path | None:
    """Keep the figures of what is shown with the runs of the same data; None if it was not scored."""
    return keep_figures(record.calibration, record.made_from, store) if record.calibration else None


def keep_figures(figures: Sequence[Figure], made_from: Mapping[str, object], store: Store) -> Path:
    """Keep figures in the store as the record of some counts or reports, and return where."""
    path = store.folder / FOLDER / f"{name_of(made_from)}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as scratch:
        write_figures(figures, scratch, source=name_of(made_from))
    return path
