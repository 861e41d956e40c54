"""A backtest as one HTML page that stands alone."""

from pathlib import Path

from lull.evaluation.presentation.charts import coverage_chart, pit_chart, skill_chart
from lull.evaluation.presentation.wording import (
    WHAT_IT_IS,
    coverage_sentence,
    excluded_sentence,
    fits_sentence,
    grade_sentence,
    largest_sentence,
    mean_rows,
    mixture_sentence,
    opponent_name,
    paired_sentence,
    questions,
    scored_sentence,
    skill_rows,
    verdict_sentence,
)
from lull.evaluation.record import LULL, Record
from lull.scenarios.presentation.html_page import html_page

PLACES = (
    "Where in the forecast lay what happened? Of a calibrated forecast a tenth lies in each tenth. More in "
    "the middle: its intervals are too wide. More at both ends: too narrow."
)


def report_page(record: Record) -> str:
    """Return the page (`templates/backtest.html`)."""
    notes = (largest_sentence(record, LULL), paired_sentence(record, LULL), mixture_sentence(record))
    return html_page(
        "backtest.html",
        folder=Path(__file__).parent / "templates",
        title=f"{record.name}: backtest results",
        record=record,
        scored=f"{scored_sentence(record)} {excluded_sentence(record)}".rstrip(),
        verdict=verdict_sentence(record, LULL),
        fits=[("good" if fits.converged else "unusable", fits_sentence(fits)) for fits in record.fits],
        failed=[{"forecast": one["trial"], "reason": one["reason"]} for one in record.failed],
        what_it_is=WHAT_IT_IS,
        opponent=opponent_name(record),
        skill=skill_rows(record),
        skill_chart=skill_chart(record),
        notes=[sentence for sentence in notes if sentence],
        grade=grade_sentence(record),
        coverage=[coverage_sentence(record, model) for model in record.models],
        coverage_chart=coverage_chart(record),
        pit_chart=pit_chart(record),
        places=PLACES,
        means=_means(record),
    )


def _means(record: Record) -> list[dict[str, str]]:
    """Return the mean scores under the words of their questions."""
    asked = questions(record)
    return [{asked.get(name, name): cell for name, cell in row.items()} for row in mean_rows(record, tuple(asked))]
