"""Pictures that set scenarios side by side, without their numbers, as in `scenarios/presentation/lab_charts.py`."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from lull.scenarios.engine.tornado import MoveAnswer
from lull.scenarios.presentation.charts import BASELINE, BROKEN, DASHES, PALETTE
from lull.scenarios.presentation.curves import MARK
from lull.scenarios.presentation.lab_charts import DAY, HEIGHT, Spec, bare, mark, weeks_axis

ROW_HEIGHT = 22
KEY_ROW = 18  # pixels of a line of the key, which stands within the height of a picture


@lru_cache(maxsize=64)
def overlay_spec(titles: tuple[str, ...], *, height: int = HEIGHT) -> Spec:
    """Return a chance by week for several scenarios, the first of them the baseline; the rows carry the titles."""
    colours = [BASELINE, *(PALETTE[place % len(PALETTE)] for place in range(len(titles) - 1))]
    dashes = [BROKEN, *(DASHES[place % len(DASHES)] for place in range(len(titles) - 1))]
    legend = alt.Legend(
        title=None, orient="bottom", columns=1, labelLimit=0, symbolType="stroke", symbolSize=300,
        symbolStrokeWidth=2.5, labelFontSize=12,
    )  # fmt: skip
    whole = alt.Chart()
    share = alt.Y(
        "chance:Q", title="probability by date", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5)
    )
    lines = whole.transform_filter(f"datum.line !== '{MARK}'").encode(
        x=weeks_axis("week"),
        y=share,
        color=alt.Color("line:N", scale=alt.Scale(domain=list(titles), range=colours), legend=legend),
        tooltip=[
            alt.Tooltip("line:N", title="scenario"),
            alt.Tooltip("week:T", title="by", format=DAY),
            alt.Tooltip("chance:Q", title="chance", format=".0%"),
        ],
    )
    dash = alt.StrokeDash("line:N", scale=alt.Scale(domain=list(titles), range=dashes), legend=legend)
    drawn = lines.mark_line(strokeWidth=2.4, interpolate="monotone").encode(strokeDash=dash)
    return bare(
        alt.layer(drawn, lines.mark_point(size=160, opacity=0), mark(whole)).properties(
            height=height + KEY_ROW * len(titles)
        )
    )


@lru_cache(maxsize=64)
def tornado_spec(ways: tuple[str, ...]) -> Spec:
    """Return bars of the difference in points, the driver that moves the answer farthest on top."""
    tips = [
        alt.Tooltip("way:N", title="moved"),
        alt.Tooltip("points:Q", title="points", format="+.0f"),
        alt.Tooltip("low:Q", title="5 %", format="+.0f"),
        alt.Tooltip("high:Q", title="95 %", format="+.0f"),
    ]
    names = alt.Y("way:N", sort=list(ways), axis=alt.Axis(title=None, labelLimit=170, labelOverlap=False))
    known = alt.Chart().transform_filter("isValid(datum.way)")  # the page adds its rows after the chart is there
    base = known.encode(y=names, tooltip=tips)
    bars = base.mark_bar(opacity=0.85, color=PALETTE[0]).encode(
        x=alt.X("points:Q", title="change (points)", axis=alt.Axis(tickCount=8))
    )
    reach = base.mark_rule(strokeWidth=1.5, color=BASELINE).encode(x="low:Q", x2="high:Q")
    return bare(alt.layer(bars, reach).properties(height=ROW_HEIGHT * len(ways) + 40))


def tornado_table(moves: tuple[MoveAnswer, ...]) -> pa.Table:
    """Return the bars of a tornado: one row a move, differences in points."""
    rows = [
        {
            "way": each.move.way,
            "points": 100 * each.answer.difference,
            "low": 100 * each.answer.difference_low,
            "high": 100 * each.answer.difference_high,
        }
        for each in moves
    ]
    return pa.Table.from_pylist(rows)
