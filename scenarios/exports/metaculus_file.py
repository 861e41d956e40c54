"""The file of a forecast for Metaculus: one a question, so that several stand side by side in a folder.

Its name is an id of the question as asked: its words with their date, series, range, outcomes and open ends. Spelling
(capitals, spaces, a question mark) makes no other question; a run of newer data writes the same name again.
"""

from dataclasses import asdict, replace
from pathlib import Path

from lull.data.calendar import Week
from lull.data.files import write_json
from lull.model.runs.store import Run, content_id
from lull.scenarios.engine.question_grammar import dated, plain_words
from lull.scenarios.exports.metaculus_question import Asked, metaculus_document
from lull.scenarios.results.forecast_cache import Request


def file_name(asked: Asked, origin: Week) -> str:
    """Return the name of the file of a question that names its series, asked of a run with that origin week."""
    question = replace(asked, text=plain_words(dated(asked.text, origin)))
    return f"metaculus-{content_id(asdict(question))}.json"


def write_metaculus(run: Run, request: Request, asked: Asked, folder: Path) -> Path:
    """Write the forecasts of a question to a folder, and return where they are.

    Raises `InputError` for a question or a range that Metaculus or the run cannot mean.
    """
    document = metaculus_document(run, request, asked)
    path = folder / file_name(replace(asked, series=document["series"]), run.origin)
    write_json(path, document)
    return path
