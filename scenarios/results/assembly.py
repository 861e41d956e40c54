"""The fields of a document, filled in here and nowhere else: of a forecast, of one series on a screen, of a hindcast.

`frame` is what no scenario changes, `projected` what the projections add: a screen keeps the first.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from lull.data.calendar import week_end
from lull.model.forward.simulate import OriginState
from lull.model.runs.store import Run
from lull.scenarios.beliefs.reader_beliefs import beliefs_sentence
from lull.scenarios.engine.belief import Belief, Steps
from lull.scenarios.engine.projection import Projection
from lull.scenarios.overview.run_rows import subject
from lull.scenarios.results.document import HALF_LIFE, DriverEffect, ForecastDocument, PastWeek
from lull.scenarios.results.evidence_used import (
    convergence,
    driver_effects,
    evidence_used,
    known_to,
    what_counts_are,
)
from lull.scenarios.results.summary import chance_rows, future_weeks, scenario_notes, series_notes

WIDTH = 2 * 1.6448536269514722  # of a normal 90 % interval, in standard deviations


def frame(run: Run, state: OriginState, past: Sequence[PastWeek], *, seed: int) -> dict[str, Any]:
    """Return the fields that no scenario changes; `past` are the weeks known at the origin."""
    return {
        "run_id": run.run_id,
        "as_of": run.record["as_of"],
        "known_to": known_to(run.record),
        "origin_week": state.origin.item(),
        "origin_date": week_end(state.origin),
        "horizon": state.horizon,
        "seed": seed,
        "subject": subject(run.record),
        "claims": what_counts_are(run.record),
        "beliefs": beliefs_sentence(run.record),
        "evidence": evidence_used(run.record),
        "convergence": convergence(run),
        "levers": driver_effects(run),
        "series": series_notes(state, past),
        "history": tuple(past),
    }


def projected(projections: Sequence[Projection], steps: Steps | None = None) -> dict[str, Any]:
    """Return the fields that projections fill, the baseline first; with `steps` differences are taken apart."""
    return {
        "scenarios": scenario_notes(projections),
        "weeks": tuple(future_weeks(projections)),
        "chances": tuple(chance_rows(projections, steps)),
    }


def beliefs(effects: Sequence[DriverEffect]) -> Iterator[Belief]:
    """Yield the normal priors whose medians and 90 % intervals are on record; half-lives are not exchanged."""
    for row in effects:
        if row.on != HALF_LIFE:
            yield Belief(row.covariate, row.on, row.prior_median, (row.prior_high - row.prior_low) / WIDTH)


def steps_of(frame: dict[str, Any], base: Projection) -> Steps | None:
    """Return the baseline with the effects that the drivers of a frame were believed to have: for all scenarios."""
    return Steps.of(base, beliefs(frame["levers"])) if frame["levers"] else None


def assembled(
    frame: dict[str, Any], projections: Sequence[Projection], steps: Steps | None, **more: object
) -> ForecastDocument:
    """Return the document of a frame and projections; `more` are fields of its own, as the hits."""
    return ForecastDocument(**frame, **projected(projections, steps), **more)
