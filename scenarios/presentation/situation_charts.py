"""Pictures of the past without their numbers, as in `lab_charts.py`; `scenarios/results/situation.py` has rows.

The vertical axes are as wide in each, so that a week stands below the same week.
"""

from functools import lru_cache
from typing import Any

import altair as alt
import pyarrow as pa

from lull.scenarios.presentation.charts import DASHES, PALETTE, PAST, Picture
from lull.scenarios.presentation.lab_charts import DAY, Spec, bare
from lull.scenarios.results.situation import NAMED

AXIS = 92  # pixels of a vertical axis
HIGH, LOW, ROW, BELOW = 280, 130, 26, 40  # the height holds the axis below, too
COLOURS = {"deterrence": PALETTE[1], "pressure": PALETTE[4], "mobilisation": PALETTE[2], "ceasefire": PALETTE[0]}

REPORTS = pa.schema([
    ("start", pa.timestamp("ms")), ("end", pa.timestamp("ms")), ("front", pa.string()), ("rate", pa.float64()),
    ("count", pa.int64()), ("source", pa.string()), ("days", pa.int64()),
])  # fmt: skip

type Span = tuple[str, str]
"""The first and the last day that a picture shows, as ISO dates."""


def named(table: pa.Table, column: str) -> tuple[str, ...]:
    """Return the names in a column, in the order in which they first come: the rows or lines of a picture."""
    return tuple(dict.fromkeys(table.column(column).to_pylist()))


@lru_cache(maxsize=64)
def past_spec(span: Span) -> Spec:
    """Return weekly attacks: median and 90 % interval, and at the pointer what covers the week."""
    whole = alt.Chart().encode(x=_weeks(span))

    def counts(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title=None, scale=alt.Scale(domainMin=0), axis=_axis())

    hover = alt.selection_point(on="pointerover", nearest=True, encodings=["x"], empty=False, clear="pointerout")
    tips = [alt.Tooltip("week:T", title="week of", format=DAY), alt.Tooltip("median:Q", title="median", format=".0f")]
    tips += [alt.Tooltip("low:Q", title="5 %", format=".0f"), alt.Tooltip("high:Q", title="95 %", format=".0f")]
    tips += [alt.Tooltip("reports:Q", title="reports that cover it")]
    tips += [alt.Tooltip(f"report_{at}:N", title=f"{at}") for at in range(1, NAMED + 1)]
    rule = whole.mark_rule(color=PAST, strokeWidth=1).encode(
        opacity=alt.condition(hover, alt.value(1), alt.value(0)), tooltip=tips
    )
    chart = alt.layer(
        whole.mark_area(opacity=0.25, color=PALETTE[0]).encode(y=counts("low"), y2="high:Q"),
        whole.mark_line(strokeWidth=2, color=PALETTE[0]).encode(y=counts("median")),
        whole.mark_point(size=14, filled=True, opacity=1, color=PALETTE[0]).encode(y=counts("median")),
        rule.add_params(hover),
    )
    return _finished(chart, HIGH)


@lru_cache(maxsize=1)
def reports_spec() -> Spec:
    """Return a bar for each report: its days across, attacks a week upward, a colour for each front."""
    tips = [
        alt.Tooltip("front:N", title="front"), alt.Tooltip("count:Q", title="attacks"),
        alt.Tooltip("start:T", title="from", format=DAY), alt.Tooltip("days:Q", title="days"),
        alt.Tooltip("source:N", title="source"),
    ]  # fmt: skip
    axis = alt.Axis(format="%b %Y", labelAngle=0, labelOverlap=True, tickCount="month")
    key = alt.Legend(title=None, orient="bottom", labelFontSize=12, columns=2, labelLimit=0)
    bars = alt.Chart().mark_rule(opacity=0.7).encode(
        x=alt.X("start:T", title=None, axis=axis), x2="end:T",
        y=alt.Y("rate:Q", title="attacks a week", scale=alt.Scale(type="symlog")),
        color=alt.Color("front:N", scale=alt.Scale(range=list(PALETTE)), legend=key),
        strokeWidth=alt.StrokeWidth("front:N", scale=alt.Scale(range=[5, 3, 1.5]), legend=key), tooltip=tips,
    )  # fmt: skip
    return bare(alt.layer(bars).properties(height=HIGH))


@lru_cache(maxsize=64)
def halted_spec(span: Span) -> Spec:
    """Return the probability of being halted by week."""
    share = alt.Y("halted:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=_axis(format="%", tickCount=3))
    tips = [alt.Tooltip("week:T", title="week of", format=DAY), alt.Tooltip("halted:Q", title="halted", format=".0%")]
    whole = alt.Chart().encode(x=_weeks(span), y=share)
    area = whole.mark_area(
        opacity=0.45, color=PALETTE[1], interpolate="step", line={"color": PALETTE[1], "strokeWidth": 1.5}
    )
    return _finished(alt.layer(area, whole.mark_point(size=200, opacity=0).encode(tooltip=tips)), LOW)


@lru_cache(maxsize=64)
def events_spec(span: Span, dimensions: tuple[str, ...]) -> Spec:
    """Return events in a row for each kind: a dot as large as it is salient, a bar for what lasts."""
    axis = _axis(labelLimit=AXIS - 8, labelOverlap=False)
    names = alt.Y("dimension:N", title=None, scale=alt.Scale(domain=list(dimensions)), axis=axis)
    tips = [
        alt.Tooltip(f"{name}:N", title=title) for name, title in (("what", "what"), ("who", "who"), ("when", "when"))
    ]
    tips.append(alt.Tooltip("salience:Q", title="salience, 1 to 5"))
    whole = alt.Chart().encode(y=names, color=_colour(dimensions), tooltip=tips)
    size = alt.Size("salience:Q", scale=alt.Scale(domain=[1, 5], range=[25, 200]), legend=None)
    start = _weeks(span, "start")
    dots = whole.transform_filter("!datum.lasting").mark_circle(opacity=0.75).encode(x=start, size=size)
    bars = whole.transform_filter("datum.lasting").mark_bar(height=10, opacity=0.8).encode(x=start, x2="end:T")
    return _finished(alt.layer(bars, dots), ROW * len(dimensions) + BELOW)


@lru_cache(maxsize=64)
def index_spec(span: Span, covariates: tuple[str, ...]) -> Spec:
    """Return the drivers, carried over from week to week: median and 90 % interval for each covariate."""
    dashes = alt.Scale(domain=list(covariates), range=[DASHES[at % len(DASHES)] for at in range(len(covariates))])
    whole = alt.Chart().encode(x=_weeks(span), color=_colour(covariates, legend=True))

    def size(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title=None, axis=_axis(tickCount=4))

    tips = [alt.Tooltip("covariate:N", title="driver"), alt.Tooltip("week:T", title="week of", format=DAY)]
    tips += [
        alt.Tooltip(f"{name}:Q", title=title, format=".2f")
        for name, title in (("median", "median"), ("low", "5 %"), ("high", "95 %"))
    ]
    lines = whole.mark_line(strokeWidth=2).encode(
        y=size("median"), strokeDash=alt.StrokeDash("covariate:N", scale=dashes, legend=None)
    )
    band = whole.mark_area(opacity=0.15).encode(y=size("low"), y2="high:Q")
    dots = whole.mark_point(size=160, opacity=0).encode(y=size("median"), tooltip=tips)
    return _finished(alt.layer(band, lines, dots), HIGH - 60)


def _finished(chart: Picture, height: int) -> Spec:
    return bare(chart.properties(height=height))


def _weeks(span: Span, name: str = "week") -> alt.X:
    axis = alt.Axis(format="%b %Y", labelAngle=0, labelOverlap=True, tickCount="month", labelFlush=False)
    scale = alt.Scale(domain=[f"{day}T12:00:00" for day in span])
    return alt.X(f"{name}:T", title=None, axis=axis, scale=scale)


def _axis(**more: Any) -> alt.Axis:
    return alt.Axis(minExtent=AXIS, maxExtent=AXIS, **more)


def _colour(names: tuple[str, ...], *, legend: bool = False) -> alt.Color:
    others = [colour for colour in PALETTE if colour not in COLOURS.values()]
    colours = [COLOURS.get(name, others[at % len(others)]) for at, name in enumerate(names)]
    key = alt.Legend(
        title=None, orient="bottom", columns=2, labelLimit=0, symbolType="stroke", symbolSize=300,
        symbolStrokeWidth=2.5, symbolOpacity=1, labelFontSize=12,
    )  # fmt: skip
    field = "dimension:N" if not legend else "covariate:N"
    return alt.Color(field, scale=alt.Scale(domain=list(names), range=colours), legend=key if legend else None)
