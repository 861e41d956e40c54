"""Answers to several questions of one run as a table: a row for each question, series and scenario.

Every number is the one that `lull ask` prints for that run with that seed.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict

import pyarrow as pa

from lull.data.calendar import horizon_of, week_end
from lull.data.files import spreadsheet_safe
from lull.model.forward.origin import state_of
from lull.model.runs.store import Run
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import ask_all
from lull.scenarios.language.spec import Scenario

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
