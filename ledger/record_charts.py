"""Pictures of the record: pure functions from it to a chart."""

from collections.abc import Sequence

import altair as alt

from lull.ledger.record_scores import Bin
from lull.scenarios.presentation.charts import BASELINE, BROKEN, PALETTE, Picture

HEIGHT = 360


def reliability_chart(bins: Sequence[Bin]) -> Picture:
    """Return how often it came, by the chance that was stated: on the broken line as often as stated."""
    rows = [
        {
            "forecaster": one.forecaster,
            "stated": one.chance,
            "came": one.happened,
            "forecasts": one.number,
        }
        for one in bins
    ]
    names = list(dict.fromkeys(one.forecaster for one in bins))
    colours = [PALETTE[place % len(PALETTE)] for place in range(len(names))]
    whole = alt.Scale(domain=[0, 1])
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("stated:Q", title="stated probability", axis=alt.Axis(format="%"), scale=whole),
        y=alt.Y("came:Q", title="how often it came", axis=alt.Axis(format="%"), scale=whole),
        color=alt.Color(
            "forecaster:N",
            scale=alt.Scale(domain=names, range=colours),
            legend=alt.Legend(title=None, orient="bottom", columns=1, labelLimit=0),
        ),
        tooltip=[
            alt.Tooltip("forecaster:N"),
            alt.Tooltip("stated:Q", format=".0%"),
            alt.Tooltip("came:Q", format=".0%"),
            alt.Tooltip("forecasts:Q"),
        ],
    )
    points = base.mark_point(filled=True, opacity=1).encode(size=alt.Size("forecasts:Q", legend=None))
    even = alt.Chart(alt.InlineData(values=[{"at": 0}, {"at": 1}])).mark_line(strokeDash=BROKEN, color=BASELINE)
    return alt.layer(even.encode(x="at:Q", y="at:Q"), base.mark_line(), points).properties(
        height=HEIGHT, description=reliability_words(bins)
    )


def reliability_words(bins: Sequence[Bin]) -> str:
    """Return what the picture shows."""
    parts = [f"{one.forecaster}, stated {one.chance:.0%}: came {one.happened:.0%} of {one.number}" for one in bins]
    return f"Stated probabilities against how often it came. {'; '.join(parts)}."
