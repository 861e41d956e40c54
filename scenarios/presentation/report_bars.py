"""The reports of a case as a picture without its numbers, as in `lab_charts.py`: a bar for each, over its days."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from lull.scenarios.presentation.charts import PALETTE
from lull.scenarios.presentation.lab_charts import DAY, Spec, bare

HIGH = 280  # the height holds the axis below, too

REPORTS = pa.schema([
    ("start", pa.timestamp("ms")), ("end", pa.timestamp("ms")), ("front", pa.string()), ("rate", pa.float64()),
    ("count", pa.int64()), ("source", pa.string()), ("days", pa.int64()),
])  # fmt: skip


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
