"""Pictures of the lab without their numbers: specifications that stay while the rows of `curves.py` move.

Colours and shapes are those of `scenarios/presentation/charts.py`; the words for those who do not see them come with
the numbers.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import altair as alt

from lull.scenarios.presentation import charts, curves
from lull.scenarios.presentation.charts import BROKEN, PALETTE, Picture

type Spec = Mapping[str, Any]

HEIGHT = 320
COLOURS = {
    curves.PAST: charts.PAST,
    curves.BASELINE: charts.BASELINE,
    curves.SCENARIO: PALETTE[0],
    curves.REFERENCE: PALETTE[1],
}
NAMES = {
    curves.PAST: "Past, as reconstructed",
    curves.BASELINE: "Baseline (as scheduled)",
    curves.SCENARIO: "Your scenario",
    curves.REFERENCE: "Past pauses this long, all groups",
}
DASHES = {curves.PAST: [1, 0], curves.BASELINE: BROKEN, curves.SCENARIO: [1, 0], curves.REFERENCE: [2, 3]}


@lru_cache(maxsize=64)
def fan_spec(*, alone: bool = False, height: int = HEIGHT, legend: bool = True, top: float | None = None) -> Spec:
    """Return the fan over the baseline: attacks per week, median, 50 % and 90 % intervals; the axis ends at `top`.

    `alone`: there is the baseline only.
    """
    scale = alt.Scale(domainMin=0) if top is None else alt.Scale(domain=[0, top], clamp=True)

    def counts(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title="attacks per week", scale=scale)

    whole = alt.Chart()
    colour = _colour(_fan_lines(alone=alone), legend=legend)
    base = whole.transform_filter(NOT_MARK).encode(x=weeks_axis("week"), color=colour)
    tips = [_tip("shown:N", "line"), _tip("week:T", "week of", DAY), _tip("median:Q", "median", ".0f")]
    outer, inner = ([_tip(name, words, ".0f") for name, words in some.items()] for some in (OUTER_TIPS, INNER_TIPS))
    pointed = base.mark_point(size=200, opacity=0).encode(y=counts("median"))
    layers = [
        *fan_layers(whole, counts, alone=alone, legend=legend),
        pointed.transform_filter(_is(curves.PAST)).encode(tooltip=[*tips, *outer]),
        pointed.transform_filter(f"!({_is(curves.PAST)})").encode(tooltip=[*tips, *inner, *outer]),
        mark(whole),
    ]
    return _finished(alt.layer(*layers), height)


def fan_layers(
    whole: alt.Chart, counts: Callable[[str], alt.Y], *, alone: bool, legend: bool = True, grid: bool = True
) -> list[alt.Chart]:
    """Return past, baseline and scenario as bands and lines; `counts` is the axis of a column of attacks per week."""
    lines = _fan_lines(alone=alone)
    dash = _dash(lines)
    base = whole.encode(x=weeks_axis("week", grid=grid), color=_colour(lines, legend=legend))
    past, scenario, beside = (
        base.transform_filter(_is(line)) for line in (curves.PAST, curves.SCENARIO, curves.BASELINE)
    )
    filled = beside.transform_filter("datum.alone")
    return [
        filled.mark_area(opacity=0.18).encode(y=counts("low_90"), y2="high_90:Q"),
        filled.mark_area(opacity=0.28).encode(y=counts("low_50"), y2="high_50:Q"),
        past.mark_area(opacity=0.2).encode(y=counts("low_90"), y2="high_90:Q"),
        past.mark_line(strokeWidth=1.8).encode(y=counts("median"), strokeDash=dash),
        scenario.mark_area(opacity=0.18).encode(y=counts("low_90"), y2="high_90:Q"),
        scenario.mark_area(opacity=0.32).encode(y=counts("low_50"), y2="high_50:Q"),
        *(
            beside.mark_line(strokeWidth=width).encode(y=counts(name), strokeDash=dash)
            for name, width in (("high_90", 1.2), ("median", 2.0))
        ),
        scenario.mark_line(strokeWidth=2.4).encode(y=counts("median")),
    ]


def _fan_lines(*, alone: bool) -> tuple[str, ...]:
    return (curves.PAST, curves.BASELINE, *(() if alone else (curves.SCENARIO,)))


@lru_cache(maxsize=64)
def curve_spec(*, alone: bool = False, reference: bool = True, title: str = "probability by date") -> Spec:
    """Return the curves of a chance by week, with a line at the day asked about; `reference` class or none."""
    lines = (curves.BASELINE, *(() if alone else (curves.SCENARIO,)), *((curves.REFERENCE,) if reference else ()))
    share = alt.Y("chance:Q", title=title, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5))
    dash = _dash(lines)
    tips = [_tip("shown:N", "line"), _tip("week:T", "by", DAY), _tip("chance:Q", "chance", ".0%")]
    whole = alt.Chart()
    base = whole.transform_filter(NOT_MARK).encode(x=weeks_axis("week"), y=share, color=_colour(lines), tooltip=tips)
    drawn = base.mark_line(strokeWidth=2.4, interpolate="monotone").encode(strokeDash=dash)
    hidden = base.mark_point(size=200, opacity=0)
    return _finished(alt.layer(drawn, hidden, mark(whole)), HEIGHT)


NOT_MARK = f"datum.line !== '{curves.MARK}'"
DAY = "%-d %B %Y"  # of a tooltip, as days are written elsewhere
INNER_TIPS = {"low_50:Q": "25 %", "high_50:Q": "75 %"}  # the past has none
OUTER_TIPS = {"low_90:Q": "5 %", "high_90:Q": "95 %"}


def _finished(chart: Picture, height: int) -> Spec:
    """Return a chart as its specification, each row with the name of its line in words."""
    words = " : ".join(f"datum.line === '{line}' ? '{name}'" for line, name in NAMES.items())
    return bare(chart.transform_calculate(shown=f"{words} : datum.line").properties(height=height))


def bare(chart: Picture) -> Spec:
    """Return a chart as its specification without any data: its layers then all draw the rows that it is given.

    Altair gives each layer an empty set of its own, and a layer with data of its own sees neither rows nor
    calculations of the whole.
    """
    spec: dict[str, Any] = chart.to_dict(validate=False)  # its parts were checked as they were made
    spec.pop("datasets", None)
    waiting = [spec]
    while waiting:
        part = waiting.pop()
        part.pop("data", None)
        waiting += part.get("layer", ())
    return spec


def _is(line: str) -> str:
    return f"datum.line === '{line}'"


def _dash(lines: tuple[str, ...]) -> alt.StrokeDash:
    scale = alt.Scale(domain=list(lines), range=[DASHES[line] for line in lines])
    return alt.StrokeDash("line:N", scale=scale, legend=None)


def _colour(lines: tuple[str, ...], *, legend: bool = True) -> alt.Color:
    names = " : ".join(f"datum.label === '{line}' ? '{NAMES[line]}'" for line in lines)
    key = alt.Legend(
        title=None, orient="bottom", columns=1, labelLimit=0, labelExpr=f"{names} : datum.label", symbolType="stroke",
        symbolSize=300, symbolOpacity=1, symbolStrokeWidth=2.5, labelFontSize=12,
    )  # fmt: skip
    scale = alt.Scale(domain=list(lines), range=[COLOURS[line] for line in lines])
    return alt.Color("line:N", scale=scale, legend=key if legend else None)


def weeks_axis(name: str, *, grid: bool = True) -> alt.X:
    """Return the time axis."""
    axis = alt.Axis(format="%b %Y", labelAngle=0, labelOverlap=True, tickCount="month", grid=grid)
    return alt.X(f"{name}:T", title=None, axis=axis)


def mark(base: alt.Chart, *, grid: bool = True) -> alt.Chart:
    """Return an upright line at the day that is marked."""
    marked = base.transform_filter(_is(curves.MARK))
    rule: alt.Chart = marked.mark_rule(strokeDash=[2, 3], color=charts.BASELINE).encode(x=weeks_axis("week", grid=grid))
    return rule


def _tip(name: str, title: str, form: str | None = None) -> alt.Tooltip:
    return alt.Tooltip(name, title=title, format=form) if form else alt.Tooltip(name, title=title)
