"""One timeline as one picture without its numbers: bands under each other on one axis of days (`rows.py` has rows).

The bands are layers of one view, each with a vertical scale of its own, so that the cursor and the zoom are those of
all. A scale's ends are shares of the height, since a screen fits the height to its keys.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import pyarrow as pa

from lull.scenarios.presentation import curves
from lull.scenarios.presentation.charts import BASELINE, BROKEN, DASHES, PALETTE, PAST
from lull.scenarios.presentation.lab_charts import DAY, Spec, bare, fan_layers, mark, weeks_axis
from lull.scenarios.timeline.assumed import ASSUMED, SCHEDULED
from lull.scenarios.timeline.rows import DRIVER, EVENT, POINTER, PUSHED, REPORTED

COLOURS = {
    "leader removed": PALETTE[6], "declared halt": PALETTE[5], "deterrence": PALETTE[1], "pressure": PALETTE[4],
    "mobilisation": PALETTE[2], "ceasefire": PALETTE[3], SCHEDULED: BASELINE, ASSUMED: PALETTE[0],
}  # fmt: skip
AXIS = 96  # pixels of the vertical axes
TITLE, LANE = 26, 20  # pixels of a title with its space, and of a row of events
COUNTS, HALTED, DRIVERS, BELOW = 210, 52, 84, 110  # pixels of the bands, and of axis and keys below them
NAME, NAMES = 14, 2  # pixels of the name of a driver, and how many stand in a row


@dataclass(frozen=True)
class Bands:
    """What a timeline has: a lane for each kind of event or branch, the drivers, and whether the baseline is alone."""

    lanes: tuple[str, ...]
    drivers: tuple[str, ...]
    alone: bool


def bands_of(table: pa.Table) -> Bands:
    """Return the bands of a table with the columns of `rows.TIMELINE`."""
    lanes, drivers = (_named(table, name) for name in ("lane", "driver"))
    return Bands(lanes, drivers, alone=curves.SCENARIO not in table.column("line").to_pylist())


@lru_cache(maxsize=64)
def timeline_spec(bands: Bands) -> Spec:
    """Return the picture: weekly attacks with the fan ahead, then events, the chance of a pause and the drivers.

    A cursor stands at the week of the pointer. Dragging moves the axis, shift and the wheel widen or narrow it, a
    double click brings back the whole.
    """
    heights = {"counts": COUNTS, "events": LANE * len(bands.lanes), "halted": HALTED}
    rows = -(-len(bands.drivers) // NAMES)
    heights |= {"names": NAME * rows, "drivers": DRIVERS} if bands.drivers else {}
    places = _places({name: height for name, height in heights.items() if height})
    whole = alt.Chart()
    layers: list[Any] = [_counts(whole, places["counts"], bands)]
    if bands.drivers:
        layers.append(_drivers(whole, places, bands))
    layers += [
        _halted(whole, places["halted"], alone=bands.alone),
        mark(whole, grid=False),
        _cursor(whole, alone=bands.alone),
    ]
    if bands.lanes:
        layers.append(_events(whole, places["events"], bands.lanes))
    titles = {"counts": "Attacks per week", "events": "Events", "halted": "Chance of a pause", "names": "Drivers"}
    layers += [_title(whole, title, places[name]) for name, title in titles.items() if name in places]
    each: dict[str, Any] = dict.fromkeys(("y", "color", "strokeDash", "size"), "independent")
    apart = alt.Resolve(scale=alt.ScaleResolveMap(**each))
    return bare(alt.layer(*layers, resolve=apart, height=sum(heights.values()) + TITLE * len(places) + BELOW))


@dataclass(frozen=True)
class _Place:
    """Where a band is: shares of the height from the top."""

    top: float
    end: float

    def scale(self, **more: Any) -> alt.Scale:
        """Return a vertical scale over the band."""
        return alt.Scale(range=[_share(self.end), _share(self.top)], **more)


def _share(share: float) -> Any:
    return {"expr": f"{share:.4f} * height"}


def _places(heights: dict[str, int]) -> dict[str, _Place]:
    """Return the place of each band, one under the other, with its title above."""
    whole, top = sum(heights.values()) + TITLE * len(heights), 0
    places = {}
    for name, height in heights.items():
        places[name] = _Place((top + TITLE) / whole, (top + TITLE + height) / whole)
        top += TITLE + height
    return places


def _title(whole: alt.Chart, words: str, place: _Place) -> Any:
    """Return the title of a band, at its upper left; the one row that it needs is that of the origin."""
    text = whole.transform_filter(_is(curves.MARK)).mark_text(
        align="left", baseline="bottom", dy=-4, fontSize=12, fontWeight="bold", color=PAST
    )
    return _written(text, 2, place, words)


def _written(text: alt.Chart, across: Any, place: _Place, words: str) -> Any:
    """Return words at the top of a band; altair would have to look for the class of a value that has none."""
    channels: Any = alt
    x, y = channels.XValue(across), channels.YValue(_share(place.top))
    return text.encode(x=x, y=y, text=channels.TextValue(words))


def _counts(whole: alt.Chart, place: _Place, bands: Bands) -> Any:
    def counts(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title=None, scale=place.scale(domainMin=0), axis=_axis(tickCount=5))

    return alt.layer(*fan_layers(whole, counts, alone=bands.alone, grid=False))


def _halted(whole: alt.Chart, place: _Place, *, alone: bool) -> Any:
    share = alt.Y("halted:Q", title=None, scale=place.scale(domain=[0, 1]), axis=_axis(format="%", tickCount=2))
    base = whole.encode(x=_weeks(), y=share)
    past, beside, moved = (base.transform_filter(_is(line)) for line in (curves.PAST, curves.BASELINE, curves.SCENARIO))
    return alt.layer(
        past.mark_area(opacity=0.35, color=PALETTE[1], interpolate="step"),
        past.mark_line(strokeWidth=1.6, color=PALETTE[1], interpolate="step"),
        beside.mark_line(strokeWidth=1.6, color=BASELINE, strokeDash=BROKEN),
        *([] if alone else [moved.mark_line(strokeWidth=2.2, color=PALETTE[0])]),  # one without rows has no description
    )


def _drivers(whole: alt.Chart, places: dict[str, _Place], bands: Bands) -> Any:
    """Return the drivers, past and as scheduled; strongly what a scenario makes of those that it moves."""
    drivers = bands.drivers
    dashes = alt.Scale(domain=list(drivers), range=[DASHES[at % len(DASHES)] for at in range(len(drivers))])
    colour = alt.Color("driver:N", scale=_colours(drivers), legend=None)
    base, moved = (whole.transform_filter(_is(line)).encode(x=_weeks(), color=colour) for line in (DRIVER, PUSHED))

    def size(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title=None, scale=places["drivers"].scale(), axis=_axis(tickCount=3))

    return alt.layer(
        base.mark_area(opacity=0.15).encode(y=size("low"), y2="high:Q"),
        base.mark_line(strokeWidth=1.8).encode(
            y=size("value"), strokeDash=alt.StrokeDash("driver:N", scale=dashes, legend=None)
        ),
        *([] if bands.alone else [moved.mark_line(strokeWidth=3.2).encode(y=size("value"))]),
        *(_name(whole, drivers, places["names"], line) for line in range(len(drivers))),
    )


def _name(whole: alt.Chart, drivers: tuple[str, ...], place: _Place, line: int) -> Any:
    """Return the name of a driver in the colour of its line, above the band of the drivers."""
    colour, (row, column) = _colours(drivers).to_dict()["range"][line], divmod(line, NAMES)
    text = whole.transform_filter(_is(curves.MARK)).mark_text(
        align="left", baseline="top", dy=NAME * row, fontSize=11, fontWeight="bold", color=colour
    )
    return _written(text, {"expr": f"{column / NAMES} * width + 2"}, place, drivers[line])


def _events(whole: alt.Chart, place: _Place, lanes: tuple[str, ...]) -> Any:
    """Return events in a lane for each kind: a dot as large as it is salient, a bar for what lasts."""
    scale = alt.Scale(type="point", domain=list(lanes), range=[_share(place.top), _share(place.end)], padding=0.5)
    lane = alt.Y("lane:N", title=None, scale=scale, axis=_axis(labelLimit=AXIS - 8, labelOverlap=False))
    tips = [alt.Tooltip(f"{name}:N", title=name) for name in ("what", "who", "when")]
    base = whole.transform_filter(_is(EVENT)).encode(
        x=_weeks(), y=lane, color=alt.Color("lane:N", scale=_colours(lanes), legend=None), tooltip=tips
    )
    size = alt.Size("salience:Q", scale=alt.Scale(domain=[1, 5], range=[30, 170]), legend=None)
    bars = base.transform_filter("datum.lasting").mark_rule(strokeWidth=9, opacity=0.8).encode(x2="end:T")
    return alt.layer(bars, base.transform_filter("!datum.lasting").mark_circle(opacity=0.8).encode(size=size))


def _cursor(whole: alt.Chart, *, alone: bool) -> Any:
    """Return an upright line at the week nearest to the pointer, with what is known of it in words."""
    nearest = alt.selection_point(
        name="cursor", on="pointerover", nearest=True, encodings=["x"], empty=False, clear="pointerout"
    )
    zoom = alt.selection_interval(name="zoom", encodings=["x"], bind="scales", zoom="wheel![event.shiftKey]")
    said = {"attacks": "attacks"} if alone else {"attacks": "attacks, as scheduled", "ahead": "Your scenario"}
    said |= {"pause": "chance of a pause", "reports": "reports that cover it"}
    said |= {name: str(place) for place, name in enumerate(REPORTED, start=1)}
    tips = [alt.Tooltip("week:T", title="week of", format=DAY)]
    tips += [alt.Tooltip(f"{name}:N", title=title) for name, title in said.items()]
    rule = whole.transform_filter(_is(POINTER)).mark_rule(color=PAST, strokeWidth=1)
    seen = alt.condition(nearest, alt.value(1), alt.value(0))
    return rule.encode(x=_weeks(), opacity=seen, tooltip=tips).add_params(nearest, zoom)


def _weeks() -> alt.X:
    return weeks_axis("week", grid=False)  # of several vertical scales none is the whole height


def _axis(**more: Any) -> alt.Axis:
    return alt.Axis(orient="left", minExtent=AXIS, maxExtent=AXIS, **more)


def _colours(names: tuple[str, ...]) -> alt.Scale:
    others = (PALETTE[0], PALETTE[6], PALETTE[2], PALETTE[4])  # of branches and of a user's own covariates
    return alt.Scale(
        domain=list(names), range=[COLOURS.get(name, others[at % len(others)]) for at, name in enumerate(names)]
    )


def _is(line: str) -> str:
    return f"datum.line === '{line}'"


def _named(table: pa.Table, column: str) -> tuple[str, ...]:
    """Return the names in a column, in the order in which they first come."""
    return tuple(dict.fromkeys(name for name in table.column(column).to_pylist() if name))
