"""Dots and whiskers without their numbers: a line for each thing compared, a mark for each kind of figure on it."""

from functools import lru_cache

import altair as alt

from lull.scenarios.presentation.charts import BASELINE, PALETTE
from lull.scenarios.presentation.lab_charts import Spec, bare

ROW, MARK, AXIS, KEY = 14, 16, 60, 32  # pixels of a line, of each mark on it, of the axis, of a line of the key
SHAPES = ("diamond", "circle", "square")
COLOURS = (BASELINE, PALETTE[1], PALETTE[0])


@lru_cache(maxsize=64)
def whiskers_spec(labels: tuple[str, ...], kinds: tuple[str, ...], *, title: str, wide: bool = False) -> Spec:
    """Return the picture of rows with the columns of `rows.WHISKERS`: a dot for a value, a line for its interval.

    Several kinds of a line stand closely one under the other, the last of them in the strongest colour. `wide`: values
    span orders of magnitude, on a scale that is logarithmic but near 0.
    """
    known = alt.Chart().transform_filter("isValid(datum.label)")  # the page adds its rows after the chart is there
    scale = alt.Scale(type="symlog") if wide else alt.Scale(nice=True)
    names = alt.Y(
        "label:N",
        sort=list(labels),
        scale=alt.Scale(type="band", padding=0.25),
        axis=alt.Axis(title=None, labelLimit=190, labelOverlap=False),
    )
    key = alt.Legend(title=None, orient="bottom", columns=1, labelLimit=0, labelFontSize=12) if kinds[1:] else None
    first = len(COLOURS) - len(kinds)
    colour = alt.Color("kind:N", scale=alt.Scale(domain=list(kinds), range=list(COLOURS[first:])), legend=key)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=list(kinds), range=list(SHAPES[first:])), legend=key)
    tips = [alt.Tooltip(f"{name}:N", title=words) for name, words in (("label", "of"), ("kind", "figure"))]
    base = known.encode(
        y=names,
        yOffset=alt.YOffset("kind:N", sort=list(kinds), scale=alt.Scale(paddingOuter=0.6)),
        color=colour,
        tooltip=[*tips, alt.Tooltip("shown:N", title="value")],
    )
    axis = alt.Axis(tickCount=6)
    whiskers = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=title, scale=scale, axis=axis), x2="high:Q")
    dots = base.mark_point(size=70, filled=True, opacity=1).encode(x=alt.X("value:Q", scale=scale), shape=shape)
    return bare(
        alt.layer(whiskers, dots).properties(height=(ROW + MARK * len(kinds)) * len(labels) + AXIS + KEY * len(kinds))
    )
