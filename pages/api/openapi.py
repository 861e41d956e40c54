"""What the doors take and give, as OpenAPI describes it."""

from importlib import metadata
from typing import Any

from lull.scenarios.results.tables import COLUMNS

WORDS = {
    "question": 'A question as `lull ask` takes it, such as "any attack by 2025-03-01".',
    "run": "A run, by the first letters of its id; by default that of the embedded case.",
    "series": "The series asked about, if the run has several.",
    "scenario": "A scenario of the library or of the reader's own.",
    "seed": "The random seed; 1 unless given.",
    "horizon": "Weeks ahead, 26 unless given.",
    "target": "Only rows of this target.",
    "output_type": "Only rows of this output type.",
}
WHOLE = ("seed", "horizon")
ERRORS = {
    "400": "What was asked cannot be answered; the sentence says what was expected.",
    "401": "No token that is known here.",
    "404": "No such run, scenario or address.",
    "503": "Others are being answered.",
}
NUMBER, TEXT = {"type": "number"}, {"type": "string"}
ANSWER = {
    **dict.fromkeys(("question", "by_date", "series", "scenario", "run_id", "grade", "claims", "known_to"), TEXT),
    **dict.fromkeys(("probability", "baseline", "difference", "difference_low", "difference_high", "mc_error"), NUMBER),
    "reference_rate": {"type": ["number", "null"]},
    "distribution": {"type": ["array", "null"]},
}
RUN = dict.fromkeys(("run_id", "subject", "as_of", "origin", "grade", "calibration", "created"), TEXT)
ROWS = {"type": "array", "items": {"type": "array"}, "description": f"Columns: {', '.join(COLUMNS)}."}


def description() -> dict[str, Any]:
    """Return the document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lull",
            "version": metadata.version("lull-forecast"),
            "description": "Forecasts of stored runs, read-only. A forecast, not an event.",
        },
        "security": [{"token": []}, {}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/api/runs": _path("The runs of the store, the newest first", (), {"runs": _list(_object(RUN))}),
            "/api/answer": _path(
                "The answer of a run to a question", ("question*", "run", "series", "scenario", "seed"), ANSWER
            ),
            "/api/table": _path(
                "The forecast table of a run",
                ("run", "scenario+", "horizon", "seed", "series+", "target+", "output_type+"),
                {"run_id": TEXT, "columns": _list(TEXT), "rows": ROWS},
            ),
            "/api/openapi.json": _path("This document", (), {}),
        },
    }


def _path(summary: str, names: tuple[str, ...], properties: dict[str, Any]) -> dict[str, Any]:
    """Return what one door takes (`*` after a name: needed, `+`: repeatable) and gives."""
    errors = {code: {"description": words} for code, words in ERRORS.items()}
    content = {"application/json": {"schema": _object(properties)}}
    responses = {"200": {"description": summary, "content": content}} | errors
    return {"get": {"summary": summary, "parameters": list(map(_parameter, names)), "responses": responses}}


def _parameter(marked: str) -> dict[str, Any]:
    name = marked.rstrip("*+")
    one: dict[str, Any] = {"type": "integer"} if name in WHOLE else TEXT
    schema = _list(one) if marked.endswith("+") else one
    return {"name": name, "in": "query", "required": marked.endswith("*"), "description": WORDS[name], "schema": schema}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}
