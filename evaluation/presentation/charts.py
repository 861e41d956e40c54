"""Pictures of a backtest: pure functions from its record to a chart, the same in the report and on the screen."""

from collections.abc import Iterable
from textwrap import fill

import altair as alt

from lull.evaluation.presentation.wording import (
    enough,
    in_doubt,
    name_of,
    opponent_name,
    questions,
    skill_against,
    skill_words,
)
from lull.evaluation.record import Record
from lull.evaluation.scores.metrics import is_log_score
from lull.scenarios.presentation.charts import BASELINE, BROKEN, PALETTE, PAST, Picture

ROW, HEIGHT = 26, 360
LETTERS = 22  # in a line of a label, so that a narrow screen has room for the chart
LOWEST = -1.0  # skill that is drawn


def skill_chart(record: Record) -> Picture:
    """Return the skill of each model against its opponent by question, in per cent, with 90 % intervals."""
    asked = {metric: words for metric, words in questions(record).items() if not is_log_score(metric)}
    rows = [
        {
            "question": words,
            "label": fill(words, LETTERS),
            "model": name_of(model),
            "skill": skill,
            **dict(zip(("low", "high"), ends if enough(record, line) else (None, None), strict=True)),
            "skill and interval": skill_words(record, line),
        }
        for metric, words in asked.items()
        if (best := record.opponent(metric)) is not None and in_doubt(best)
        for model in record.models
        if (line := record.line(model, metric)) is not None
        for skill, *ends in [skill_against(record, line)]
        if skill is not None
    ]
    names = [fill(words, LETTERS) for words in asked.values()]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("label:N", sort=names, axis=alt.Axis(title=None, labelLimit=0, labelExpr="split(datum.label, '\\n')")),
        yOffset=alt.YOffset("model:N", sort=[name_of(model) for model in record.models]),
        color=_colours(record),
        tooltip=[alt.Tooltip(f"{name}:N") for name in ("model", "question", "skill and interval")],
    )
    ends = [float(row[name] or 0.0) for row in rows for name in ("skill", "low", "high")]
    edge = ["at the left edge: twice its error or more"] if min(ends, default=0.0) < LOWEST else []
    share = alt.Axis(format="+%", title=[f"error saved against the {opponent_name(record)}", "above 0: better", *edge])
    seen = alt.Scale(domain=[max(LOWEST, min(-0.1, *ends)), min(1.0, max(0.1, *ends))], clamp=True)
    rule = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", axis=share, scale=seen), x2="high:Q")
    point = base.mark_point(filled=True, size=70, opacity=1).encode(x="skill:Q")
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(strokeDash=BROKEN, color=BASELINE)
    height = (ROW + 14 * (len(record.models) - 1)) * max(1, len(names))
    words = "; ".join(f"{row['question']}: {row['model']} {row['skill and interval']}" for row in rows)
    description = f"Skill against the {opponent_name(record)}, 90 % intervals. {words}."
    return alt.layer(zero.encode(x="zero:Q"), rule, point).properties(height=height, description=description)


def pit_chart(record: Record) -> Picture:
    """Return the PIT histograms: of a calibrated forecaster every bar has the height of the broken line."""
    rows = [
        {"from": place / len(shares), "share": share, "model": name_of(model)}
        for model, shares in record.pit.items()
        for place, share in enumerate([*shares, *shares[-1:]])  # the last step ends at 1
    ]
    steps = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=2.4, interpolate="step-after")
        .encode(
            x=alt.X("from:Q", title=["place of what happened in the forecast", "0: below all, 1: above all"],
                    axis=alt.Axis(tickCount=10)),
            y=alt.Y("share:Q", title="share of weeks", axis=alt.Axis(format="%"), scale=alt.Scale(domainMin=0)),
            color=_colours(record),
            tooltip=[alt.Tooltip("model:N"), alt.Tooltip("from:Q"), alt.Tooltip("share:Q", format=".1%")],
        )
    )  # fmt: skip
    even = alt.Chart(alt.InlineData(values=[{"even": 0.1}])).mark_rule(strokeDash=BROKEN, color=BASELINE)
    description = (
        "PIT histogram of the weekly counts: how often what happened fell in each tenth of the forecast. "
        + "; ".join(f"{name_of(model)} {_per_cent(shares)}" for model, shares in record.pit.items())
    )
    return alt.layer(even.encode(y="even:Q"), steps).properties(height=HEIGHT, description=description)


def coverage_chart(record: Record) -> Picture:
    """Return by week ahead how often the 50 % and 90 % intervals held what happened."""
    rows = [
        {"week": week, "share": share, "model": name_of(model), "level": f"{level} % interval"}
        for model, levels in record.coverage.items()
        for level, shares in levels.items()
        for week, share in enumerate(shares, start=1)
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("week:Q", title="week ahead", axis=alt.Axis(tickMinStep=1)),
        y=alt.Y("share:Q", title="held what happened", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
        color=_colours(record),
        tooltip=[alt.Tooltip("model:N"), alt.Tooltip("week:Q"), alt.Tooltip("share:Q", format=".0%")],
    )
    lines = base.mark_line().encode(strokeDash=alt.StrokeDash("level:N", sort="descending", legend=_lines()))
    points = base.mark_point(filled=True, size=30, opacity=1)
    levels = alt.Chart(alt.InlineData(values=[{"level": 0.5}, {"level": 0.9}])).mark_rule(
        strokeDash=BROKEN, color=BASELINE
    )
    description = "Share of what happened within the 50 % and 90 % intervals by week ahead. " + "; ".join(
        f"{name_of(model)}, {level} %: {_per_cent(shares)}"
        for model, by_level in record.coverage.items()
        for level, shares in by_level.items()
    )
    return alt.layer(levels.encode(y="level:Q"), lines, points).properties(height=HEIGHT, description=description)


def _colours(record: Record) -> alt.Color:
    """Return a colour for each model; without a key where there is one."""
    names = [name_of(model) for model in record.models]
    scale = alt.Scale(domain=names, range=[PALETTE[place % len(PALETTE)] for place in range(len(names))])
    legend = alt.Legend(title=None, orient="bottom", columns=1, labelLimit=0) if len(names) > 1 else None
    return alt.Color("model:N", scale=scale, legend=legend)


def _lines() -> alt.Legend:
    return alt.Legend(
        title=None,
        orient="bottom",
        columns=1,
        symbolType="stroke",
        symbolSize=300,
        symbolStrokeWidth=2.5,
        symbolStrokeColor=PAST,
        symbolOpacity=1,
    )


def _per_cent(shares: Iterable[float]) -> str:
    return ", ".join(f"{100 * share:.0f} %" for share in shares)
