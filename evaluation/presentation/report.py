"""A backtest as one HTML page that stands alone: charts drawn inside, no script, nothing fetched from a network."""

from collections.abc import Iterable
from html import escape

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
from lull.scenarios.presentation.charts import Picture, drawn
from lull.scenarios.presentation.report import standalone, table

PLACES = (
    "Where in the forecast lay what happened? Of a calibrated forecast a tenth lies in each tenth. More in "
    "the middle: its intervals are too wide. More at both ends: too narrow."
)


def report_page(record: Record) -> str:
    """Return the page."""
    title = f"{record.name}: backtest results"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(scored_sentence(record))} {escape(excluded_sentence(record))}</p>",
        f"<p><strong>{escape(verdict_sentence(record, LULL))}</strong></p>",
        *_fits(record),
        f"<p>{escape(WHAT_IT_IS)}</p>",
        table(f"Skill against the {opponent_name(record)}", skill_rows(record)),
        _figure(skill_chart(record)),
        *(f"<p>{escape(words)}</p>" for words in _further(record) if words),
        "<h2>Interval coverage</h2>",
        f"<p><strong>{escape(grade_sentence(record))}</strong></p>",
        *(f"<p>{escape(coverage_sentence(record, model))}</p>" for model in record.models),
        _figure(coverage_chart(record), "By week ahead. The broken grey lines are where they should be."),
        _figure(pit_chart(record), PLACES),
        "<h2>Mean scores of every forecaster</h2>",
        "<p>Over all forecasts; smaller is better. Empty: it says nothing of this.</p>",
        table("Mean scores", _means(record)),
        f"<footer>Backtest {record.backtest_id}, seed {record.seed}.</footer>",
    ]
    return standalone(title, body)


def _further(record: Record) -> tuple[str, ...]:
    """Return the sentences that follow the table of skills; empty ones have nothing to say."""
    return largest_sentence(record, LULL), paired_sentence(record, LULL), mixture_sentence(record)


def _fits(record: Record) -> Iterable[str]:
    """Yield how the sampler fared, and what failed."""
    for fits in record.fits:
        kind = "good" if fits.converged else "unusable"
        yield f'<p class="grade {kind}">{escape(fits_sentence(fits))}</p>'
    if record.failed:
        rows = [{"forecast": one["trial"], "reason": one["reason"]} for one in record.failed]
        yield table(f"Failed: {len(rows)}", rows)


def _means(record: Record) -> list[dict[str, str]]:
    """Return the mean scores under the words of their questions."""
    asked = questions(record)
    return [{asked.get(name, name): cell for name, cell in row.items()} for row in mean_rows(record, tuple(asked))]


def _figure(chart: Picture, caption: str = "") -> str:
    said = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure><div class="wide">{drawn(chart)}</div>{said}</figure>'
