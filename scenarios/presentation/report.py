"""The forecast as one HTML page that stands alone: charts drawn inside, no script, nothing fetched from a network."""

from collections.abc import Iterable, Sequence
from html import escape

from lull.data.calendar import calendar_sentence
from lull.scenarios.presentation.answer_in_short import summary_sentences
from lull.scenarios.presentation.charts import chance_chart, drawn, fan_chart
from lull.scenarios.presentation.wording import (
    LEVERS,
    chance_rows,
    hits_sentence,
    lever_rows,
    series_sentence,
    week_rows,
)
from lull.scenarios.results.document import Asked, EvidenceUsed, ForecastDocument
from lull.scenarios.results.evidence_used import completeness_sentence, thin_sentence

IF_ASSUMED = "A projection under a scenario holds if its assumptions hold."
ASKED: dict[Asked, str] = {"any attack": "Chance of at least one attack", "resumption": "Chance of a resumption"}
META = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
STYLE = """
body {font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;}
h1 {font-size: 1.7rem;} h2 {margin-top: 2.5rem; border-top: 1px solid #d0d7de; padding-top: 1rem;}
table {border-collapse: collapse; font-size: .88rem; margin: .6rem 0;} .wide {overflow-x: auto;}
th, td {text-align: right; padding: .25rem .6rem; border-bottom: 1px solid #d8dee4; white-space: nowrap;}
th {white-space: normal; vertical-align: bottom;}
th:first-child, td:first-child {text-align: left; white-space: normal; min-width: 9rem;}
caption {text-align: left; font-weight: 600; padding: .3rem 0;}
@media (max-width: 40rem) {th, td {padding: .25rem .3rem;} th:first-child, td:first-child {min-width: 6rem;}}
.grade {border-left: .4rem solid; padding: .3rem .8rem; background: #f6f8fa;}
.good {border-color: #009e73;} .doubtful {border-color: #e69f00;} .unusable {border-color: #d55e00; font-weight: 600;}
figure {margin: 1rem 0;} figcaption {font-size: .88rem; color: #57606a;} .wide svg {min-width: 36rem;}
svg {max-width: 100%; height: auto;} footer {margin-top: 3rem; font-size: .85rem; color: #57606a;}
"""


def report_page(document: ForecastDocument) -> str:
    """Return the page."""
    title = f"{document.subject}: attacks per week, {document.horizon} weeks ahead"
    known = (
        f"As known on {document.as_of:%-d %B %Y}, known to {document.known_to:%-d %B %Y}; the last week that counts "
        f"began on {document.origin_week:%-d %B %Y}."
    )
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{known} {calendar_sentence(document.origin_week)} {escape(document.claims)}</p>",
        f"<p><strong>{escape(thin_sentence(document.evidence))}</strong></p>",
        *(f"<p>{escape(sentence)}</p>" for sentence in summary_sentences(document)),
        verdict(document),
        *(part for series in document.series for part in _series(document, series.name)),
        "<h2>Scenarios</h2>",
        *(f"<p><strong>{escape(one.title)}.</strong> {escape(one.assumptions)}</p>" for one in document.scenarios),
        *_levers(document),
        *_evidence(document.evidence),
        f"<footer>Run {document.run_id}, seed {document.seed}. {IF_ASSUMED} {escape(document.claims)}</footer>",
    ]
    return standalone(title, body)


def standalone(title: str, body: Iterable[str]) -> str:
    """Return a page of HTML that needs nothing beside it."""
    parts = ["<!doctype html>", '<html lang="en">', f"<head>{META}<title>{escape(title)}</title>"]
    parts += [f"<style>{STYLE}</style></head>", "<body>", *body, "</body>", "</html>", ""]
    return "\n".join(parts)


def verdict(document: ForecastDocument) -> str:
    """Return the verdicts on the sampler and on past forecasts, above every number."""
    convergence = document.convergence
    word = convergence.grade if convergence.usable else "unusable: these numbers may not be used"
    told = escape(f"{'; '.join(convergence.reasons)}. {convergence.advice}")
    calibrated = escape(f"Track record: {convergence.calibrated}. {convergence.replication}")
    return f'<p class="grade {convergence.grade}">Convergence: {word}. {told}<br>{calibrated}</p>'


def _series(document: ForecastDocument, series: str) -> Iterable[str]:
    """Yield what is said of one series."""
    yield f"<h2>{escape(series)}</h2>"
    yield f"<p>{escape(series_sentence(document, series))} {escape(hits_sentence(document, series))}</p>"
    shown = document.scenarios[min(1, len(document.scenarios) - 1)].id
    yield f"<figure>{drawn(fan_chart(document, shown, series))}</figure>"
    printed = document.asked_of(series)
    yield f"<figure>{drawn(chance_chart(document, printed[-1], shown, series))}</figure>"
    for asked in printed:
        caption = f"{ASKED[asked]}; difference from the baseline in points, with its 90 % interval"
        yield table(caption, chance_rows(document, asked, series))
    yield table("Attacks in the week: median (50 % interval; 90 % interval)", week_rows(document, series))


def _levers(document: ForecastDocument) -> Iterable[str]:
    """Yield what the data taught about each lever."""
    if document.levers:
        yield f"<h2>What the data taught</h2><p>{escape(LEVERS)}</p>"
        yield table("Levers, before and after the data", lever_rows(document))


def _evidence(evidence: EvidenceUsed) -> Iterable[str]:
    """Yield what the counts were made from."""
    yield "<h2>Evidence</h2>"
    days = f"{evidence.first_day:%-d %B %Y} to {evidence.last_day:%-d %B %Y}"
    late = completeness_sentence(evidence)
    if evidence.kind == "counts":
        yield f"<p>Weekly counts as given, {days}. {late}</p>"
        return
    yield f"<p>{evidence.known} reports were known, {evidence.used} are used, {days}. {late}</p>"
    yield table("Set aside", [{"reason": why, "reports": str(count)} for why, count in evidence.set_aside.items()])
    rows = [
        {
            "report": f"{row.report_id}, {row.source}",
            "front": row.front,
            "window": f"{row.first_day} to {row.last_day}",
            "says": str(row.reported),
            "others imply": f"{row.implied:.0f} ({row.implied_low:.0f} to {row.implied_high:.0f})",
            "sd apart": f"{row.residual:+.1f}",
        }
        for row in evidence.tension
    ]
    yield table("Reports that the others speak against", rows)


def table(caption: str, rows: Sequence[dict[str, str]]) -> str:
    """Return rows as a table; without rows nothing."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row.values())}</tr>" for row in rows)
    return f'<div class="wide"><table><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table></div>'
