"""A counterfactual hindcast in words and rows, the same for the terminal and for a page that stands alone."""

from typing import Any

from lull.data.calendar import calendar_sentence
from lull.scenarios.presentation.charts import fan_chart
from lull.scenarios.presentation.html_page import html_page
from lull.scenarios.presentation.wording import moved_points, percent, with_interval, written_interval
from lull.scenarios.results.document import HindcastDocument, PastWeek, Total

WHAT_IT_IS = (
    "This is a projection inside the sample, not a forecast, and it is never scored: parameters and levels were fitted "
    "to all counts, also to those of the weeks shown. Only the regimes start from what was known at the time. What "
    "differs between the projections is what the fitted drivers make of the change; what lies between the record's own "
    "projection and what happened is everything else."
)
TOTALS = (
    "All weeks together: mean [90 % interval]; mean paired difference; its 90 % interval over paths of the same "
    "random numbers; how many draws have more attacks than on record; the chance of any attack."
)
WEEKS = "Attacks a week. Happened: median [90 % interval of the evidence]. Projected: median [90 % interval]."


def title(document: HindcastDocument) -> str:
    """Return the headline."""
    return f"{document.subject}: {document.horizon} weeks looked back on"


def known_sentence(document: HindcastDocument) -> str:
    """Return from when the paths start."""
    known = f"Projected from the week of {document.origin_week:%-d %B %Y}, the last one taken as known."
    return f"{known} {calendar_sentence(document.origin_week)}".rstrip()


def week_rows(document: HindcastDocument, series: str) -> list[dict[str, str]]:
    """Return a row for each week: what happened, and each projection."""
    past = {week.week: week for week in document.history if week.series == series}
    rows = []
    for horizon in range(1, document.horizon + 1):
        ahead = [document.week(note.id, series, horizon) for note in document.scenarios]
        row = {"week of": f"{ahead[0].week:%-d %b %Y}", "happened": _happened(past.get(ahead[0].week))}
        projected = {
            _label(document, each.scenario_id): with_interval(each.median, each.low_90, each.high_90) for each in ahead
        }
        rows.append(row | projected)
    return rows


def total_rows(document: HindcastDocument, series: str) -> list[dict[str, str]]:
    """Return a row for what happened and for each projection: attacks of all weeks, and the paired difference."""
    happened = next(one for one in document.happened if one.series == series)
    attacks = f"{happened.weeks_known} of {document.horizon} weeks known"
    if happened.median is not None and happened.low is not None and happened.high is not None:
        attacks = with_interval(happened.median, happened.low, happened.high)
    empty = {"difference": "", "90 % of paths": "", "more": "", "any attack": ""}
    rows = [{"all weeks": "happened", "attacks": attacks, **empty}]
    for place, note in enumerate(document.scenarios):
        total = next(one for one in document.totals if (one.scenario_id, one.series) == (note.id, series))
        chance = document.chance("any attack", note.id, series, document.horizon)
        moved = f" ({moved_points(chance.probability, chance.difference)})" if place else ""
        row = {
            "all weeks": _label(document, note.id),
            "attacks": with_interval(total.mean, total.low_90, total.high_90),
        }
        row |= _paired(total) if place else empty
        rows.append(row | {"any attack": f"{percent(chance.probability)}{moved}"})
    return rows


def hindcast_page(document: HindcastDocument) -> str:
    """Return the hindcast as one HTML page that stands alone (`templates/hindcast.html`)."""
    return html_page(
        "hindcast.html",
        title=title(document),
        document=document,
        known=known_sentence(document),
        what_it_is=WHAT_IT_IS,
        series=[_series(document, note.name) for note in document.series],
    )


def _series(document: HindcastDocument, series: str) -> dict[str, Any]:
    """Return what is shown of one series: charts, tables with their captions."""
    shown = document.scenarios[1:] or document.scenarios
    return {
        "name": series,
        "charts": [fan_chart(document, note.id, series) for note in shown],
        "tables": [(WEEKS, week_rows(document, series)), (TOTALS, total_rows(document, series))],
    }


def _label(document: HindcastDocument, scenario_id: str) -> str:
    """Return the name of a projection in a table: the first is that of the record."""
    return "on record" if scenario_id == document.scenarios[0].id else scenario_id


def _happened(week: PastWeek | None) -> str:
    if week is None or week.median is None:
        return "missing"
    return with_interval(week.median, week.low or 0.0, week.high or 0.0)


def _paired(total: Total) -> dict[str, str]:
    """Return the paired difference from the record, in words."""
    return {
        "difference": f"{total.difference:+z.1f}",
        "90 % of paths": written_interval(total.difference_low, total.difference_high, "+z.0f"),
        "more": percent(total.p_more),
    }
