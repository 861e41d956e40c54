"""A briefing: one page, A4 or letter, with the answer, two pictures, scenarios, what changed, caveats and record."""

from pathlib import Path
from typing import Any, Literal

import numpy as np

from lull.model.runs.store import Run, Store
from lull.scenarios.briefing.catalogue import ENGLISH, Catalogue, catalogue
from lull.scenarios.briefing.last_briefing import change_sentences, keep_briefing, last_briefing
from lull.scenarios.engine.series_session import SeriesSession, open_run
from lull.scenarios.overview.lines import lines, read_rows, rows_of
from lull.scenarios.overview.table import change_sentence
from lull.scenarios.presentation.answer_in_short import summary_sentences
from lull.scenarios.presentation.charts import chance_chart
from lull.scenarios.presentation.html_page import html_page
from lull.scenarios.presentation.pictures import picture_file
from lull.scenarios.presentation.report import ASKED, IF_ASSUMED
from lull.scenarios.presentation.rows import chance_rows
from lull.scenarios.presentation.wording import series_name
from lull.scenarios.results.document import ForecastDocument
from lull.scenarios.results.evidence_used import thin_sentence
from lull.scenarios.results.forecast import Forecast
from lull.scenarios.results.situation import situation
from lull.scenarios.timeline.picture import bands_of, timeline_spec
from lull.scenarios.timeline.rows import standing_table, timeline_table

TEMPLATES = Path(__file__).parent / "templates"
MOST = 4  # scenarios on the page, the baseline among them
PAST = 52  # weeks so far of the picture

type Paper = Literal["a4", "letter"]
PAPERS: dict[Paper, str] = {"a4": "A4", "letter": "letter"}


def make_briefing(made: Forecast, series: str, *, paper: Paper = "a4") -> str:
    """Return the page of a forecast, and keep what it says, so that the next one shows what has changed since."""
    document = made.document()
    page = briefing_page(made, series, paper=paper, document=document)
    keep_briefing(made.run, document)
    return page


def briefing_page(
    made: Forecast,
    series: str,
    *,
    paper: Paper = "a4",
    language: str = ENGLISH,
    document: ForecastDocument | None = None,
) -> str:
    """Return the page of a forecast, its pictures of one series; of many scenarios the first are shown.

    `document` is the forecast's, where it is made already. Raises `InputError` for a language that the catalogue does
    not have.
    """
    words, document = catalogue(language), document or made.document()
    kept = tuple(note.id for note in document.scenarios[:MOST])
    shown = document.model_copy(update={"scenarios": document.scenarios[: len(kept)]})
    asked = document.asked_of(series)[-1]
    name = series_name(series)
    return html_page(
        "briefing.html",
        folder=TEMPLATES,
        title=words.say("title", subject=document.subject),
        language=words.language,
        direction=words.direction,
        paper=PAPERS[paper],
        document=document,
        say=words.say,
        known=words.say(
            "known",
            as_of=f"{document.as_of:%-d %B %Y}",
            known_to=f"{document.known_to:%-d %B %Y}",
            weeks=document.horizon,
        ),
        answer=summary_sentences(document),
        timeline=_timeline(made, series, words),
        timeline_words=words.say("timeline", series=name),
        chart=chance_chart(shown, asked, kept[min(1, len(kept) - 1)], series).properties(height=230),
        chart_words=words.say("chance", series=name),
        chances=(words.say("chances", asked=ASKED[asked], series=name), chance_rows(shown, asked, series)),
        notes=[note for note in shown.scenarios if note.departs is not None or note is not shown.scenarios[0]],
        more=len(document.scenarios) - len(kept),
        changed=_changed(made.run, shown, words) or [words.say("first")],
        caveats=_caveats(document, words),
    )


def _timeline(made: Forecast, series: str, words: Catalogue) -> str:
    """Return the timeline of a series under the first scenario besides the baseline, as SVG text."""
    session = SeriesSession.of(open_run(made.run), series)
    scenario = made.request.scenarios[min(1, len(made.request.scenarios) - 1)]
    standing = standing_table(situation(made.run), session, past_weeks=PAST)
    rows = timeline_table(standing, session, session.project(scenario), scenario)
    described = words.say("timeline", series=series_name(series))
    return picture_file(timeline_spec(bands_of(rows)), rows, "svg", words=described).decode()


def _changed(run: Run, document: ForecastDocument, words: Catalogue) -> list[str]:
    """Return what has changed since the last briefing, and within the week; nothing where neither is there."""
    last = last_briefing(run)
    return [*(change_sentences(last, document, words) if last else ()), *_this_week(run)]


def _this_week(run: Run) -> list[str]:
    """Return a sentence for each series that the run of the week before has, too; nothing without such a run."""
    if not run.is_kept:
        return []
    store = Store(run.folder.parent)
    earlier = [each for each in store.runs() if run.origin - each.origin == np.timedelta64(7, "D")]
    known = read_rows(store)
    rows = [row for each in (run, *earlier) for row in known.get(each.run_id) or rows_of(each)]
    return [change_sentence(line) for line in lines(rows) if line.row.run_id == run.run_id and line.before]


def _caveats(document: ForecastDocument, words: Catalogue) -> list[str]:
    """Return what a reader must know to read the numbers."""
    inconsistent = len(document.evidence.tension)
    said: list[Any] = [
        words.say("statements", claims=document.claims),
        IF_ASSUMED,
        document.beliefs,
        thin_sentence(document.evidence),
        words.say("inconsistent", count=inconsistent) if inconsistent else "",
    ]
    return [sentence for sentence in said if sentence]
