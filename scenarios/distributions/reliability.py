"""What past forecasts stated against what came: a mark for each interval and chance, on the broken line as stated."""

from collections.abc import Iterable
from functools import lru_cache

import altair as alt
import pyarrow as pa

from lull.scenarios.presentation.charts import BASELINE, BROKEN, PALETTE
from lull.scenarios.presentation.lab_charts import Spec, bare
from lull.scenarios.presentation.wording import percent
from lull.scenarios.results.calibration_status import ANY_ATTACK, Figure

WEEKLY, TOTAL, CHANCE = "interval of weekly counts", "interval of totals", "chance of an attack"
KINDS = {WEEKLY: (PALETTE[0], "circle"), TOTAL: (PALETTE[1], "square"), CHANCE: (PALETTE[2], "diamond")}
HEIGHT = 380
RELIABILITY = pa.schema(
    [("kind", pa.string()), ("what", pa.string()), ("shown", pa.string()), ("forecasts", pa.int64())]
    + [(name, pa.float64()) for name in ("stated", "came")]
)


def reliability_table(figures: Iterable[Figure]) -> pa.Table:
    """Return a row for each figure that has a stated and an observed share, columns of `RELIABILITY`.

    Two more, of no kind, are the ends of the line on which what is stated comes.
    """
    first: dict[tuple[str, str, int], Figure] = {}
    for one in figures:
        first.setdefault((one.figure, one.state, one.weeks), one)
    rows = [_row(one) for one in first.values() if one.nominal is not None and one.held is not None]
    ends = [{"stated": end, "came": end} for end in (0.0, 1.0)] if rows else []
    return pa.Table.from_pylist([*rows, *ends], schema=RELIABILITY)


def _row(one: Figure) -> dict[str, object]:
    assert one.nominal is not None
    assert one.held is not None
    weeks = f"{one.weeks} week" if one.weeks == 1 else f"{one.weeks} weeks"
    if one.figure == ANY_ATTACK:
        kind, what = CHANCE, f"an attack within {weeks}, {one.state}"
    else:
        kind = TOTAL if one.figure.startswith("total_") else WEEKLY
        what = f"{percent(one.nominal)} {kind}, {weeks}"
    shown = f"stated {percent(one.nominal)}, came {percent(one.held)}"
    rest: dict[str, object] = {"stated": one.nominal, "came": one.held, "forecasts": one.forecasts}
    return {"kind": kind, "what": what, "shown": shown, **rest}


def reliability_rows(table: pa.Table) -> list[dict[str, object]]:
    """Return the rows of the picture as a reader reads them."""
    return [
        {
            "what was stated": row["what"],
            "stated": percent(row["stated"]),
            "came": percent(row["came"]),
            "forecasts": row["forecasts"],
        }
        for row in table.to_pylist()
        if row["kind"]
    ]


@lru_cache(maxsize=8)
def reliability_spec() -> Spec:
    """Return the picture: stated share or chance to the right, how often it came upwards."""
    whole, unit = alt.Chart(), alt.Scale(domain=[0, 1])
    x = alt.X("stated:Q", title="stated", axis=alt.Axis(format="%", tickCount=5), scale=unit)
    y = alt.Y("came:Q", title="came", axis=alt.Axis(format="%", tickCount=5), scale=unit)
    key = alt.Legend(title=None, orient="bottom", columns=1, labelLimit=0, labelFontSize=12)
    colours, shapes = ([each[at] for each in KINDS.values()] for at in range(2))
    tips = (("what", "stated of"), ("shown", "share"), ("forecasts", "past forecasts"))
    points = whole.transform_filter("isValid(datum.kind)").mark_point(filled=True, size=110, opacity=1)
    even = whole.transform_filter("!isValid(datum.kind)").mark_line(strokeDash=BROKEN, color=BASELINE)
    return bare(
        alt.layer(
            even.encode(x=x, y=y),
            points.encode(
                x=x,
                y=y,
                color=alt.Color("kind:N", scale=alt.Scale(domain=list(KINDS), range=colours), legend=key),
                shape=alt.Shape("kind:N", scale=alt.Scale(domain=list(KINDS), range=shapes), legend=key),
                tooltip=[alt.Tooltip(f"{name}:N", title=title) for name, title in tips],
            ),
        ).properties(height=HEIGHT)
    )
