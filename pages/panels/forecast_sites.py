"""Files for sites that collect forecasts: a whole hub as a ZIP archive, and the question on top for Metaculus."""

import io
import json
import tempfile
import zipfile
from functools import partial
from pathlib import Path

import streamlit as st

from lull.model.runs.store import Run
from lull.scenarios.engine.questions import Question
from lull.scenarios.exports.hub_folder import write_hub
from lull.scenarios.exports.metaculus_file import file_name
from lull.scenarios.exports.metaculus_question import Asked, metaculus_document
from lull.scenarios.results.forecast import forecast
from lull.scenarios.results.forecast_cache import Request

LONG = "halted share"  # a kind of question whose answer is no probability of an event


def offer_sites(run: Run, request: Request, question: Question, series: str, *, name: str) -> None:
    """Offer a hubverse hub of one round, and a file for Metaculus where it takes such a question."""
    _offer("Hub (ZIP, hubverse)", "a whole hub of one round after schema v6: unpack it, then fill in the contact",
           partial(_hub, run, request), f"hub-{name}.zip", "application/zip")  # fmt: skip
    if question.kind != LONG:
        asked = Asked(question.text, series)
        holds = "the question on top under each scenario, with conditional pairs; totals: `lull export`"
        _offer("Metaculus (JSON)", holds, partial(_metaculus, run, request, asked),
               file_name(asked, run.origin), "application/json")  # fmt: skip


def _offer(label: str, holds: str, content: partial[bytes], file: str, mime: str) -> None:
    button, words = st.columns([2, 3], vertical_alignment="center")
    key = f"export.{Path(file).suffix.removeprefix('.')}"
    button.download_button(label, content, file, mime, key=key, on_click="ignore", width="stretch")
    words.caption(holds)


def _hub(run: Run, request: Request) -> bytes:
    """Return the folder of a hub as an archive."""
    made, archive = forecast(run, request, progress=lambda _step, _done, _total: None), io.BytesIO()
    with (
        tempfile.TemporaryDirectory(prefix="lull.") as folder,
        zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as whole,
    ):
        for path in sorted(write_hub(made, Path(folder))):
            whole.write(path, path.relative_to(folder))
    return archive.getvalue()


def _metaculus(run: Run, request: Request, asked: Asked) -> bytes:
    return json.dumps(metaculus_document(run, request, asked), ensure_ascii=False, indent=2).encode()
