"""The forecast as one HTML page that stands alone (`templates/forecast.html`)."""

from typing import Any

from lull.data.calendar import calendar_sentence
from lull.scenarios.drivers.driver_record import RECORD, known_rows
from lull.scenarios.presentation.answer_in_short import summary_sentences
from lull.scenarios.presentation.charts import chance_chart, fan_chart
from lull.scenarios.presentation.html_page import html_page
from lull.scenarios.presentation.rows import (
    INCONSISTENT,
    SPLIT,
    chance_rows,
    set_aside_rows,
    split_rows,
    tension_rows,
    week_rows,
)
from lull.scenarios.presentation.wording import EFFECTS, evidence_sentence, hits_sentence, series_sentence
from lull.scenarios.results.document import Asked, ForecastDocument
from lull.scenarios.results.evidence_used import thin_sentence

IF_ASSUMED = "A projection under a scenario holds if its assumptions hold."
ASKED: dict[Asked, str] = {"any attack": "Chance of at least one attack", "resumption": "Chance of a resumption"}
WEEKS = "Attacks in the week: median, 50 % interval, 90 % interval"


def report_page(document: ForecastDocument) -> str:
    """Return the page."""
    known = (
        f"As known on {document.as_of:%-d %B %Y}, known to {document.known_to:%-d %B %Y}; the last week that counts "
        f"began on {document.origin_week:%-d %B %Y}. {calendar_sentence(document.origin_week)}"
    )
    return html_page(
        "forecast.html",
        title=f"{document.subject}: attacks per week, {document.horizon} weeks ahead",
        document=document,
        known=known.rstrip(),
        thin=thin_sentence(document.evidence),
        summary=summary_sentences(document),
        series=[_series(document, note.name) for note in document.series],
        drivers=known_rows(document.levers),
        drivers_explained=f"{RECORD} {EFFECTS}",
        evidence=evidence_sentence(document.evidence),
        set_aside=set_aside_rows(document.evidence),
        inconsistent=tension_rows(document.evidence.tension),
        inconsistent_title=INCONSISTENT,
        if_assumed=IF_ASSUMED,
    )


def _series(document: ForecastDocument, series: str) -> dict[str, Any]:
    """Return what is said of one series: sentences, charts, tables with their captions."""
    shown = document.scenarios[min(1, len(document.scenarios) - 1)].id
    printed = document.asked_of(series)
    moved = "difference from the baseline in points, with its 90 % interval"
    chances = [(f"{ASKED[asked]}; {moved}", chance_rows(document, asked, series)) for asked in printed]
    splits = [(SPLIT, split_rows(document, asked, series)) for asked in printed]
    return {
        "name": series,
        "sentence": series_sentence(document, series),
        "hits": hits_sentence(document, series),
        "charts": (fan_chart(document, shown, series), chance_chart(document, printed[-1], shown, series)),
        "tables": [*chances, *splits, (WEEKS, week_rows(document, series))],
    }
