"""Answers of one run: one as `lull ask` gives it, or to several questions a row for each question, series and scenario.

Every number is the one that `lull ask` prints for that run with that seed.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from lull.data.calendar import horizon_of, week_end
from lull.data.files import spreadsheet_safe
from lull.model.forward.origin import state_of
from lull.model.forward.simulate import OriginState
from lull.model.parts import Part
from lull.model.runs.store import Run
from lull.model.spec import MAX_HORIZON
from lull.scenarios.beliefs.assumed import as_believed
from lull.scenarios.beliefs.reader_beliefs import beliefs_in, beliefs_object
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import Answer, ask, ask_all
from lull.scenarios.language.spec import Scenario
from lull.scenarios.results.document import DifferenceParts
from lull.scenarios.results.evidence_used import convergence, evidence_used, known_to, thin_sentence, what_counts_are

DISTRIBUTION = "distribution"
CHANCE = pa.struct([("week_end", pa.date32()), ("probability", pa.float64()), ("baseline", pa.float64())])
SCHEMA = pa.schema(
    [
        ("origin_date", pa.date32()),
        ("question", pa.string()),
        ("by_date", pa.date32()),
        ("series", pa.string()),
        ("scenario", pa.string()),
        *((name, pa.float64()) for name in ("probability", "baseline", "difference")),
        *((name, pa.float64()) for name in ("difference_low", "difference_high", "mc_error", "reference_rate")),
        (DISTRIBUTION, pa.list_(CHANCE)),
        ("grade", pa.string()),
    ]
)


def answer_of_run(
    question: str, assumed: Scenario, run: Run, *, series: str | None = None, seed: int, part: Part = "pool"
) -> Answer:
    """Return the answer of a run to a question in words, for a series if there are several.

    Raises `InputError` for what a question or a scenario cannot mean here.
    """
    assumed = as_believed(assumed, beliefs_in(run.record))
    return answer_of_state(question, assumed, state_of(run, horizon=MAX_HORIZON, part=part), series=series, seed=seed)


def answer_of_state(
    question: str, assumed: Scenario, state: OriginState, *, series: str | None = None, seed: int
) -> Answer:
    """Return the answer of a state to a question in words, as `answer_of_run` does."""
    only = state.series[0] if len(state.series) == 1 else ""
    return ask(parse_question(question, origin=state.origin), assumed, state, series=series or only, seed=seed)


def answer_document(answer: Answer, run: Run, parts: DifferenceParts | None) -> dict[str, Any]:
    """Return an answer with what is to be known beside it: the verdict on the run, what counts are, up to when."""
    beside = {"parts": parts and parts.model_dump(), "claims": claims_of(run), "known_to": str(known_to(run.record))}
    return asdict(answer) | convergence(run).grades | beside | beliefs_object(run.record)


def claims_of(run: Run) -> str:
    """Return what the counts of a run are, after a warning where there is next to no evidence."""
    return f"{thin_sentence(evidence_used(run.record))} {what_counts_are(run.record)}".strip()


def answers_table(run: Run, questions: Sequence[str], scenarios: Sequence[Scenario], *, seed: int) -> pa.Table:
    """Return the answers of a run, in the order of the questions, then series, then scenarios; columns of `SCHEMA`.

    Raises `InputError` for what a question or a scenario cannot mean here.
    """
    origin = run.origin
    asked = [parse_question(text, origin=origin) for text in questions]
    weeks = max(horizon_of(question.by, origin) for question in asked)
    state = state_of(run, horizon=weeks)
    same = {"origin_date": week_end(origin), "grade": run.record["grade"]}
    rows = [
        same | asdict(answer) | {"series": spreadsheet_safe(series)}
        for question in asked
        for series in state.series
        for answer in ask_all(question, scenarios, state, series=series, seed=seed)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def flat(table: pa.Table) -> pa.Table:
    """Return a table of answers as CSV can hold it: distributions as JSON, texts to be made harmless."""
    texts = [None if rows is None else json.dumps(rows, default=str) for rows in table.column(DISTRIBUTION).to_pylist()]
    table = table.set_column(table.schema.get_field_index(DISTRIBUTION), DISTRIBUTION, pa.array(texts, pa.string()))
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = table.set_column(place, field.name, table.column(place).dictionary_encode())
    return table
