"""Draws what the priors alone say, before any count: `prior_predictive.svg`, and the figures quoted in `docs/model.md`.

    .venv/bin/python docs/figures/prior_predictive.py

The counts are PyMC's own prior prediction of the model as it is fitted; only the centre of the intercept, which the
model takes from the data, has to be chosen here. Silences are recorded ones, weeks without an attack after an attack,
because that is what the reference class counts.
"""

from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pymc as pm
import xarray as xr
from vl_convert import vegalite_to_svg

from lull.data.arrays import Array
from lull.data.calendar import WEEK
from lull.data.learned.pause_record import shipped_pauses
from lull.model.fitting.build import build
from lull.model.fitting.covariates import without_events
from lull.model.fitting.panel import make_panel
from lull.model.regimes.filter import silent_weeks
from lull.model.spec import ModelSpec, Priors

type Rows = list[dict[str, Any]]

BUSY, RECORD, LONG, DRAWS, SEED = 5.0, 104, 312, 4000, 1  # attacks in an active week; weeks; weeks; series; seed
FIRST = np.datetime64("2024-01-01")
AGE_BINS = ((1, 1), (2, 3), (4, 5), (6, 8), (9, 13), (14, 26), (27, 39), (40, 52), (53, 104), (105, 208))
BLUE, GREY, RED = "#0072b2", "#57606a", "#d55e00"
WORDS = (
    "Prior prediction: five simulated series, the share of weeks without an attack, the longest silence, and the "
    "weekly chance that a silence ends by its age beside the reference class of recorded silences."
)


def simulate(weeks: int) -> Array:
    """Return the weekly counts of series drawn from the priors alone, (draw, week)."""
    spec, priors = ModelSpec(pooling="separate"), Priors()
    coords = {"series": ["a"], "week": (FIRST + WEEK * np.arange(weeks)).astype("datetime64[ns]")}
    nothing = xr.DataArray(np.full((1, weeks), BUSY), coords=coords, dims=("series", "week"))  # sets the centre alone
    panel = make_panel(nothing, without_events(FIRST, FIRST + WEEK * weeks), spec=spec, priors=priors)
    with build(panel, spec=spec, priors=priors):
        drawn = pm.sample_prior_predictive(DRAWS, random_seed=SEED, compile_kwargs={"mode": "FAST_COMPILE"})
    counts: Array = drawn["prior_predictive"]["count"].to_numpy()[0, :, 0]
    return counts


def longest_silences(counts: Array) -> Array:
    """Return the longest run of zero weeks of each series, (draw,), also one that had begun before or goes on."""
    longest: Array = silent_weeks(counts).max(axis=1)
    return longest


def silence_hazards(counts: Array) -> Rows:
    """Return by age the share of recorded silences that end in their next week, with the number of weeks at risk."""
    age = silent_weeks(counts)[:, :-1]
    began = (np.cumsum(counts, axis=1) > 0)[:, :-1]  # a silence is recorded after an attack
    ended = counts[:, 1:] > 0
    rows: Rows = []
    for first, last in AGE_BINS:
        at_risk = began & (age >= first) & (age <= last)
        rows.append({"age": (first + last) / 2, "hazard": ended[at_risk].mean(), "weeks": int(at_risk.sum())})
    return rows


def shares(values: Array, edges: Array, name: str) -> Rows:
    """Return a histogram: the per cent of series in each bin."""
    share = 100 * np.histogram(values, edges)[0] / values.size
    return [
        {name: low, "end": high, "share": part} for low, high, part in zip(edges[:-1], edges[1:], share, strict=True)
    ]


def examples(counts: Array) -> alt.Chart:
    """Return the first five simulated series, none of them chosen."""
    rows = [
        {"week": week + 1, "count": float(count), "series": f"series {place + 1}"}
        for place, series in enumerate(counts[:5])
        for week, count in enumerate(series)
    ]
    return (
        alt.Chart(alt.Data(values=rows), title="Five series, drawn blindly")
        .mark_bar(color=BLUE, width=2)
        .encode(
            x=alt.X("week:Q", title="week", scale=alt.Scale(domain=[0, RECORD], nice=False)),
            y=alt.Y("count:Q", title="attacks", axis=alt.Axis(tickCount=3)),
            row=alt.Row("series:N", title=None, header=alt.Header(labelAngle=0, labelAlign="left")),
        )
        .properties(width=690, height=45)
        .resolve_scale(y="independent")
    )


def histogram(rows: Rows, name: str, *, title: str, axis: str) -> alt.Chart:
    """Return a histogram chart."""
    return (
        alt.Chart(alt.Data(values=rows), title=title)
        .mark_bar(color=BLUE, stroke="white")
        .encode(
            x=alt.X(f"{name}:Q", title=axis, bin="binned"),
            x2="end:Q",
            y=alt.Y("share:Q", title="per cent of series"),
        )
        .properties(width=170, height=150)
    )


def hazard_chart(rows: Rows) -> alt.LayerChart:
    """Return the hazard by age, simulated beside recorded."""
    recorded = [{"age": one.age, "hazard": one.hazard} for one in shipped_pauses().of(None)]
    x = alt.X("age:Q", title="weeks of silence so far", scale=alt.Scale(type="log", domain=[0.9, 220], nice=False))
    y = alt.Y("hazard:Q", title="chance that it ends next week", scale=alt.Scale(type="log", domain=[0.001, 1]))
    y.axis = alt.Axis(values=[0.001, 0.01, 0.1, 1])
    x.axis = alt.Axis(values=[1, 2, 4, 8, 13, 26, 52, 104, 208])
    ours = alt.Chart(alt.Data(values=rows), title="The end of a silence: priors (blue), recorded (red)")
    theirs = alt.Chart(alt.Data(values=recorded)).mark_point(color=RED, filled=True, size=60, opacity=1)
    return alt.layer(ours.mark_line(color=BLUE, point=alt.OverlayMarkDef(color=BLUE)).encode(x, y), theirs.encode(x, y))


def main() -> None:
    """Write the figure and print what the text quotes."""
    record, long = simulate(RECORD), simulate(LONG)
    zeros, longest, hazards = (record == 0).mean(axis=1), longest_silences(record), silence_hazards(long)
    zero_rows = shares(100 * zeros, np.linspace(0, 100, 11), "zeros")
    longest_rows = shares(longest, np.linspace(0, RECORD, 14), "longest")
    lower = alt.hconcat(
        histogram(zero_rows, "zeros", title="Weeks without an attack", axis="per cent of 104 weeks"),
        histogram(longest_rows, "longest", title="Longest silence", axis="weeks of 104"),
        hazard_chart(hazards).properties(width=230, height=150),
    )
    page = alt.vconcat(examples(record), lower, background="white").configure_title(fontSize=12, color=GREY)
    text = str(vegalite_to_svg(page.to_dict()))
    svg = text.replace("<svg ", f'<svg role="img" aria-label="{WORDS}" ', 1)
    Path(__file__).with_suffix(".svg").write_text(svg + "\n", "utf-8")
    print_figures(record, zeros, longest, hazards)


def print_figures(record: Array, zeros: Array, longest: Array, hazards: Rows) -> None:
    """Print the figures that `docs/model.md` quotes."""
    quantiles = (0.05, 0.25, 0.5, 0.75, 0.95)
    print("mean weekly count", np.quantile(record.mean(axis=1), quantiles).round(1))
    print("largest week", np.quantile(record.max(axis=1), quantiles))
    print("per cent of zero weeks", np.quantile(100 * zeros, quantiles).round(0))
    print("longest silence", np.quantile(longest, quantiles))
    print("per cent of series that never attack", round(100 * (record.max(axis=1) == 0).mean(), 1))
    for row in hazards:
        known = float(shipped_pauses().hazard(row["age"]))
        print(f"age {row['age']:5.1f}: {row['hazard']:.3f}, recorded {known:.3f} ({row['weeks']} weeks at risk)")


if __name__ == "__main__":
    main()
