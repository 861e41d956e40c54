"""Pictures of a forecast: pure functions from the document to a chart, the same in the report and on the screen.

Colours are Okabe and Ito's, which colour-blind readers can tell apart; line shapes differ too, and every chart carries
a description in words.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from html import escape
from typing import Any, cast

import altair as alt

from lull.scenarios.presentation.wording import percent, written_interval
from lull.scenarios.results.document import Asked, ForecastDocument, FutureWeek, HindcastDocument, ScenarioNote

type Picture = alt.LayerChart | alt.FacetChart

PAST, BASELINE, FAINT = "#7d8a98", "#8c8c8c", "#c8c8c8"  # seen on white and on black
OTHERS = "other scenarios"
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31")
BROKEN = [5, 4]
DASHES = ([1, 0], [9, 3], [2, 2], [8, 3, 2, 3], [10, 4], [4, 1])
HEIGHT = 400
REPORT_WIDTH = 760
ASKED: dict[Asked, str] = {"any attack": "at least one attack", "resumption": "a resumption"}


def fan_chart(document: ForecastDocument, scenario_id: str, series: str) -> Picture:
    """Return the past of a series and the fan of a scenario over the baseline's, attacks per week."""
    shown = _shown(document, scenario_id)
    _, colour = _key(document, scenario_id)
    named = {_past_name(document): PAST} | {note.title: colour[note.title] for note in shown}
    scale = alt.Scale(domain=list(named), range=list(named.values()))
    colours = alt.Color("what:N", scale=scale, legend=_legend())
    layers: list[Any] = [_past(document, series, colours)]
    for note in shown:
        rows = [document.week(note.id, series, h) for h in range(1, document.horizon + 1)]
        beside = note is shown[0] and len(shown) > 1
        layers += _outline(rows, note.title, colours) if beside else _fan(rows, note.title, colours)
    layers.append(_origin(document))
    return alt.layer(*layers).properties(height=HEIGHT, description=fan_words(document, scenario_id, series))


def chance_chart(document: ForecastDocument, asked: Asked, scenario_id: str, series: str) -> Picture:
    """Return the probability by week of every scenario, the chosen one drawn strongly.

    Of more scenarios than there are colours only the chosen one and the baseline are named; the pointer names the rest.
    """
    named, colour = _key(document, scenario_id)
    rows = [
        {
            "week": _day(document.origin_date + timedelta(weeks=h)),
            "what": named[note.id],
            "scenario": note.title,
            "chance": document.chance(asked, note.id, series, h).probability,
            "shown": percent(document.chance(asked, note.id, series, h).probability),
            "chosen": note.id == scenario_id,
        }
        for note in sorted(document.scenarios, key=lambda note: note.id == scenario_id)  # the chosen one on top
        for h in range(1, document.horizon + 1)
    ]
    names = list(colour)
    dashes = [BROKEN, *(DASHES[place % len(DASHES)] for place in range(len(names) - 1))]
    tips = [_tip("scenario:N", "scenario"), _tip("week:T", "by"), _tip("shown:N", "chance")]
    share = alt.Y("chance:Q", title="probability by date", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%"))
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line()
        .encode(
            x=_weeks(),
            y=share,
            detail="scenario:N",
            color=alt.Color("what:N", scale=alt.Scale(domain=names, range=list(colour.values())), legend=_legend()),
            strokeDash=alt.StrokeDash("what:N", scale=alt.Scale(domain=names, range=dashes), legend=_legend()),
            strokeWidth=alt.condition("datum.chosen", alt.value(4), alt.value(1.8)),
            tooltip=tips,
        )
    )
    return alt.layer(lines).properties(height=HEIGHT, description=chance_words(document, asked, scenario_id, series))


def fan_words(document: ForecastDocument, scenario_id: str, series: str) -> str:
    """Return what the fan chart shows, in words."""
    last = document.week(scenario_id, series, document.horizon)
    past = [week for week in document.history if week.series == series]
    span = (
        f"Weekly attacks of {series} from {past[0].week} to {past[-1].week}, then"
        if past
        else f"Weekly attacks of {series}:"
    )
    title = next(note.title for note in document.scenarios if note.id == scenario_id)
    return (
        f"{span} {document.horizon} weeks ahead under “{title}” over the baseline. In the last week the median is "
        f"{last.median:.0f}, the 90 % interval {written_interval(last.low_90, last.high_90)}."
    )


def chance_words(document: ForecastDocument, asked: Asked, scenario_id: str, series: str) -> str:
    """Return what the chance chart shows, in words."""
    after = {
        note.id: document.chance(asked, note.id, series, document.horizon).probability for note in document.scenarios
    }
    ends = [f"{note.title} {percent(after[note.id])}" for note in _shown(document, scenario_id)]
    span = f"all scenarios from {percent(min(after.values()))} to {percent(max(after.values()))}"
    return f"Chance of {ASKED[asked]} ({series}) by week. After {document.horizon} weeks: {'; '.join([*ends, span])}."


def drawn(chart: Picture) -> str:
    """Return a chart as SVG text, with its description for those who do not see it."""
    from vl_convert import vegalite_to_svg  # noqa: PLC0415 - a renderer of 50 MB that only the report needs

    spec = chart.properties(width=REPORT_WIDTH, background="white").to_dict()
    words = escape(str(spec["description"]), quote=True)
    return str(vegalite_to_svg(spec)).replace("<svg ", f'<svg role="img" aria-label="{words}" ', 1)


def _key(document: ForecastDocument, scenario_id: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the name of each scenario in the key, and the colour of each name.

    More scenarios than colours: only the baseline and the chosen one have names of their own.
    """
    first, *rest = document.scenarios
    if len(rest) <= len(PALETTE):
        colours = [BASELINE, *PALETTE]
        titles = [note.title for note in document.scenarios]
        return dict(zip(_ids(document), titles, strict=True)), dict(zip(titles, colours, strict=False))
    named = {note.id: note.title if note.id == scenario_id else OTHERS for note in rest}
    chosen = {title: PALETTE[0] for title in named.values() if title != OTHERS}
    return {first.id: first.title} | named, {first.title: BASELINE} | chosen | {OTHERS: FAINT}


def _ids(document: ForecastDocument) -> list[str]:
    return [note.id for note in document.scenarios]


def _shown(document: ForecastDocument, scenario_id: str) -> Sequence[ScenarioNote]:
    """Return the baseline, and the scenario if it is another."""
    return [note for place, note in enumerate(document.scenarios) if place == 0 or note.id == scenario_id]


def _past(document: ForecastDocument, series: str, colours: alt.Color) -> Picture:
    """Return the reconstructed past: median and 90 % interval, a gap where no evidence reaches."""
    rows = [
        {
            "week": _day(week.week),
            "what": _past_name(document),
            "median": week.median,
            "low": week.low,
            "high": week.high,
        }
        for week in document.history
        if week.series == series
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=_weeks(), color=colours)
    tips = [_tip("week:T", "week of"), _tip("median:Q", "median"), _tip("low:Q", "5 %"), _tip("high:Q", "95 %")]
    band = base.mark_area(opacity=0.2).encode(y=_counts("low"), y2="high:Q")
    return alt.layer(band, base.mark_line(strokeWidth=1.8).encode(y=_counts("median"), tooltip=tips))


def _past_name(document: ForecastDocument) -> str:
    """Return what the grey line is: in a hindcast it goes on through the weeks projected."""
    return "what happened" if isinstance(document, HindcastDocument) else "past"


def _fan(rows: Iterable[FutureWeek], title: str, colours: alt.Color) -> list[alt.Chart]:
    """Return a scenario's median with its 50 % and 90 % bands."""
    base = _ahead(rows, title, colours)
    wide = base.mark_area(opacity=0.18).encode(y=_counts("low_90"), y2="high_90:Q")
    narrow = base.mark_area(opacity=0.32).encode(y=_counts("low_50"), y2="high_50:Q")
    return [wide, narrow, base.mark_line(strokeWidth=2.4).encode(y=_counts("median"))]


def _outline(rows: Iterable[FutureWeek], title: str, colours: alt.Color) -> list[alt.Chart]:
    """Return the baseline's median and the upper ends of its 50 % and 90 % intervals as broken lines."""
    base = _ahead(rows, title, colours)
    names = {"high_90": 1.2, "high_50": 1.2, "median": 2.0}
    return [
        base.mark_line(strokeWidth=width, strokeDash=BROKEN).encode(y=_counts(name)) for name, width in names.items()
    ]


def _ahead(rows: Iterable[FutureWeek], title: str, colours: alt.Color) -> alt.Chart:
    """Return the data of the weeks ahead, on the axes and with what is said at the pointer."""
    values = [{**row.model_dump(mode="json", exclude={"week"}), "week": _day(row.week), "what": title} for row in rows]
    tips = [
        _tip("what:N", "scenario"), _tip("week:T", "week of"), _tip("median:Q", "median"), _tip("low_50:Q", "25 %"),
        _tip("high_50:Q", "75 %"), _tip("low_90:Q", "5 %"), _tip("high_90:Q", "95 %"),
    ]  # fmt: skip
    chart = alt.Chart(alt.InlineData(values=values))
    return chart.encode(x=_weeks(), color=colours, tooltip=tips)


def _origin(document: ForecastDocument) -> alt.Chart:
    """Return the line after which nothing is known."""
    chart = alt.Chart(alt.InlineData(values=[{"week": _day(document.origin_date)}]))
    return cast("alt.Chart", chart.mark_rule(strokeDash=[2, 3], color=BASELINE).encode(x=_weeks()))


def _legend() -> alt.Legend:
    """Return the key below a chart: one line a name, so that it is readable on a narrow screen."""
    return alt.Legend(
        title=None, orient="bottom", columns=1, labelLimit=0, labelFontSize=12, symbolType="stroke", symbolSize=300,
        symbolOpacity=1, symbolStrokeWidth=2.5,
    )  # fmt: skip


def _weeks() -> alt.X:
    return alt.X(
        "week:T", title=None, axis=alt.Axis(format="%b %Y", labelAngle=0, labelOverlap=True, tickCount="month")
    )


def _counts(name: str) -> alt.Y:
    return alt.Y(f"{name}:Q", title="attacks per week", scale=alt.Scale(domainMin=0))


def _tip(name: str, title: str) -> alt.Tooltip:
    return alt.Tooltip(name, title=title)


def _day(day: Any) -> str:
    """Return a day as noon of it, so that no time zone moves it to the day before."""
    return f"{day}T12:00:00"
