"""How many attacks there may be, as a bar a scenario: the share of futures in each band of totals, quartiles named."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pyarrow as pa

from lull.scenarios.engine.projection import Projection
from lull.scenarios.engine.questions import Question
from lull.scenarios.presentation.lab_charts import Spec, bare
from lull.scenarios.presentation.wording import glued, percent
from lull.scenarios.results.percentiles import total_percentiles, totals

EDGES = (1, 5, 10, 30, 100, 300, 1000, 3000)  # where a band of totals begins
MOST = 5  # edges that are drawn
TAIL = 0.95  # of the totals: beyond it no band begins
SHADES = ("#e3e3e3", "#9ecae1", "#56a0d3", "#2a7ab9", "#0b559f", "#062f63")  # lighter is fewer, also in grey
QUARTILES = (25, 50, 75)
ROW, AXIS, KEY = 30, 66, 26  # pixels of a bar, of the axis, of a line of the key
ACROSS = 3  # bands in a line of the key
BANDS = pa.schema(
    [("scenario", pa.string()), ("band", pa.string()), ("place", pa.int64()), ("shown", pa.string())]
    + [(name, pa.float64()) for name in ("from", "to")]
)


def band_table(question: Question, projections: Sequence[Projection]) -> pa.Table:
    """Return a row for each scenario and band of totals: columns of `BANDS`, `from` and `to` as cumulated shares."""
    counted = [np.ceil(totals(question, each)) for each in projections]
    reached = max(float(np.quantile(each, TAIL)) for each in counted)
    edges = [edge for edge in EDGES if edge <= max(reached, 1)][-MOST:]
    rows = [
        row
        for each, some in zip(projections, counted, strict=True)
        for row in _bands(each.title, np.histogram(some, [0, *edges, np.inf])[0] / some.size, edges)
    ]
    return pa.Table.from_pylist(rows, schema=BANDS)


def _bands(title: str, shares: np.ndarray, edges: Sequence[int]) -> Iterator[dict[str, object]]:
    ends = np.cumsum(shares)
    for place, (share, end) in enumerate(zip(shares.tolist(), ends.tolist(), strict=True)):
        words = {"scenario": title, "band": _name(place, edges), "place": place, "shown": percent(share)}
        yield words | {"from": end - share, "to": end}


def _name(place: int, edges: Sequence[int]) -> str:
    """Return a band in words: `none`, `1 to 4`, `30 or more`."""
    low = (0, *edges)[place]
    if place == len(edges):
        return f"{low} or more"
    high = edges[place] - 1
    return "none" if high == 0 else f"{low} to {high}" if high > low else str(low)


def bands_of(table: pa.Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the scenarios and the bands of a table, each in order."""
    scenarios, bands = (tuple(dict.fromkeys(table.column(name).to_pylist())) for name in ("scenario", "band"))
    return scenarios, bands


@lru_cache(maxsize=64)
def band_spec(scenarios: tuple[str, ...], bands: tuple[str, ...]) -> Spec:
    """Return the picture: a bar a scenario from 0 to 100 % of its futures, a line at each quartile."""
    whole = alt.Chart()
    known = whole.transform_filter("isValid(datum.band)")
    key = alt.Legend(title="attacks", orient="bottom", columns=ACROSS, labelLimit=0, labelFontSize=12)
    colour = alt.Scale(domain=list(bands), range=list(SHADES[: len(bands)]))
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    bars = known.mark_bar().encode(
        y=alt.Y("scenario:N", sort=list(scenarios), axis=alt.Axis(title=None, labelLimit=190, labelOverlap=False)),
        x=alt.X("from:Q", title="share of futures", scale=alt.Scale(domain=[0, 1]), axis=axis),
        x2="to:Q",
        color=alt.Color("band:N", scale=colour, legend=key),
        tooltip=[
            alt.Tooltip(f"{name}:N", title=title)
            for name, title in (("scenario", "scenario"), ("band", "attacks"), ("shown", "share"))
        ],
    )
    quartiles = [
        known.mark_rule(color="#d55e00", strokeWidth=1.6, strokeDash=[4, 3], aria=False).encode(
            x=alt.datum(level / 100)
        )
        for level in QUARTILES
    ]
    height = ROW * len(scenarios) + AXIS + KEY * (1 + -(-len(bands) // ACROSS))
    return bare(alt.layer(bars, *quartiles).properties(height=height))


def quartile_sentence(question: Question, projection: Projection) -> str:
    """Return the quartiles of the total of a scenario, and how high it may be, in words."""
    low, middle, high, most = total_percentiles(question, projection, (*QUARTILES, 95)).values()
    return glued(
        f"“{projection.title}”: lower quartile **{low}**, median **{middle}**, upper quartile **{high}** attacks; in "
        f"19 of 20 futures at most {most}."
    )
