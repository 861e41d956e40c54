"""Where the difference that an answer states comes from: the record of other actors, these data, belief."""

from collections.abc import Iterable

from lull.data.arrays import Array
from lull.model.forward.origin import state_of
from lull.model.forward.simulate import OriginState
from lull.model.parts import Part
from lull.model.runs.store import Run
from lull.model.spec import MAX_HORIZON
from lull.scenarios.beliefs.assumed import as_believed
from lull.scenarios.beliefs.reader_beliefs import beliefs_in
from lull.scenarios.engine.belief import Belief, Steps, parts_of
from lull.scenarios.engine.contrast import Contrast
from lull.scenarios.engine.projection import Projection, project_all
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import (
    Answer,
    Question,
    between,
    horizon_days,
    is_exact,
    values_by_week,
    weeks_needed,
)
from lull.scenarios.language.spec import BASELINE, Scenario
from lull.scenarios.results.answer_table import answer_of_state
from lull.scenarios.results.assembly import beliefs
from lull.scenarios.results.document import DifferenceParts
from lull.scenarios.results.evidence_used import driver_effects
from lull.scenarios.results.summary import parts_at


def answered(
    question: str, assumed: Scenario, run: Run, *, series: str | None = None, seed: int, part: Part = "pool"
) -> tuple[Answer, DifferenceParts | None]:
    """Return the answer of a run to a question in words, and where its difference from the baseline comes from.

    Raises `InputError` for what a question or a scenario cannot mean here.
    """
    state = state_of(run, horizon=MAX_HORIZON, part=part)
    assumed = as_believed(assumed, beliefs_in(run.record))
    answer = answer_of_state(question, assumed, state, series=series, seed=seed)
    parsed, believed = parse_question(question, origin=state.origin), beliefs(driver_effects(run))
    return answer, asked_parts(parsed, assumed, state, believed, series=answer.series, seed=seed)


def answer_parts(
    question: Question, projection: Projection, baseline: Projection, steps: Steps
) -> DifferenceParts | None:
    """Return the parts of the difference of an exact answer, of the one series of its projections.

    None of the baseline itself, where an answer is counted on paths, and where reporting changes. The steps need no
    week beyond the one asked about.
    """
    if projection.scenario_id == BASELINE or not is_exact(question):
        return None
    week = weeks_needed(question, baseline.state)
    share = (horizon_days(question, baseline.state) - 7 * (week - 1)) / 7.0

    def by_then(each: Projection) -> Array:
        return between(values_by_week(question, each), week, share)

    parts = parts_of(Contrast(projection, baseline), by_then, steps)
    return None if parts is None else parts_at(parts)


def asked_parts(
    question: Question, scenario: Scenario, state: OriginState, beliefs: Iterable[Belief], *, series: str, seed: int
) -> DifferenceParts | None:
    """Return the parts of the difference of an answer as `ask` states it; None where `answer_parts` is."""
    known = tuple(beliefs)
    if scenario.id == BASELINE or not known or not is_exact(question):
        return None
    near = state.select([series]).up_to(weeks_needed(question, state))
    baseline, projection = project_all([scenario], near, seed=seed)
    steps = Steps.of(baseline, known)
    return None if steps is None else answer_parts(question, projection, baseline, steps)
