"""Draws whether the posterior is right: `calibration.svg`, and the figures quoted in `docs/model.md`.

    .venv/bin/python docs/figures/calibration.py

The fits are those of `tests/model/test_calibration.py`; together they take some ten minutes. A line is one quantity:
how far the share of true values below a rank is from that of uniform ranks. If all ranks are uniform, nine in ten
of the lines at a rank lie within the grey band.
"""

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
from scipy import stats
from vl_convert import vegalite_to_svg

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "model"))
from test_calibration import RANKED, Calibration, calibrate_exactly, calibrate_independently

from lull.data.arrays import Array

type Rows = list[dict[str, Any]]

BLUE, GREY, RED = "#0072b2", "#57606a", "#d55e00"
EDGES = np.array([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
WORDS = (
    "Simulation-based calibration: for each quantity how far the shares of ranks are from uniform ones, on the model's "
    "own counts and on those of an independent simulator; and how often series were active by the chance given to it."
)


def departures(found: Calibration) -> Rows:
    """Return for each quantity and rank the share of true values below it less that of uniform ranks."""
    rank = np.arange(0, RANKED + 2)
    return [
        {"quantity": name, "rank": int(at), "away": float((ranks < at).mean() - at / (RANKED + 1))}
        for name, ranks in found.ranks.items()
        for at in rank
    ]


def band(fits: int) -> Rows:
    """Return by rank what nine in ten quantities with uniform ranks stay within."""
    share = np.arange(0, RANKED + 2) / (RANKED + 1)
    low, high = (stats.binom.ppf(tail, fits, share) / fits - share for tail in (0.05, 0.95))
    return [
        {"rank": rank, "low": float(a), "high": float(b)}
        for rank, (a, b) in enumerate(zip(np.nan_to_num(low), np.nan_to_num(high), strict=True))
    ]


def uniform(found: Calibration, title: str) -> alt.LayerChart:
    """Return the chart of ranks of all quantities."""
    lines = alt.Chart(alt.InlineData(values=departures(found))).mark_line(color=BLUE, opacity=0.35, strokeWidth=1)
    inside = alt.Chart(alt.InlineData(values=band(len(found.p_active)))).mark_area(color=GREY, opacity=0.25)
    y = alt.Y("away:Q", title="share of truths below, less uniform", scale=alt.Scale(domain=[-0.15, 0.15]))
    layered = alt.layer(
        inside.encode(x="rank:Q", y="low:Q", y2="high:Q"), lines.encode(x="rank:Q", y=y, detail="quantity:N")
    )
    return layered.properties(width=260, height=200, title=f"{title}: {len(found.p_active)} fits")


def reliability(p_active: Array, active: Array) -> alt.LayerChart:
    """Return the chart of how often series were active by the chance that they were given."""
    rows: Rows = []
    for low, high in pairwise(EDGES.tolist()):
        inside = (p_active >= low) & ((p_active < high) | (high == 1))
        happened, many = int(active[inside].sum()), int(inside.sum())
        if not many:
            continue
        ends = stats.beta.ppf([0.05, 0.95], happened + 0.5, many - happened + 0.5)
        rows.append({"given": p_active[inside].mean(), "was": happened / many, "low": ends[0], "high": ends[1]})
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("given:Q", title="chance of being active at the origin", scale=alt.Scale(domain=[0, 1]))
    )
    line = alt.Chart(alt.InlineData(values=[{"at": 0}, {"at": 1}])).mark_line(color=GREY, strokeDash=[4, 4])
    was = alt.Y("was:Q", title="share that was active", scale=alt.Scale(domain=[0, 1]))
    points = (
        base.mark_rule(color=RED).encode(y="low:Q", y2="high:Q"),
        base.mark_point(color=RED, filled=True).encode(y=was),
    )
    title = f"P(active): {p_active.size} series"
    return alt.layer(line.encode(x="at:Q", y="at:Q"), *points).properties(width=200, height=200, title=title)


def tell(found: Calibration, source: str) -> None:
    """Print the figures that the page quotes."""
    p_values = np.array(list(found.p_values().values()))
    held = [((ranks >= 5) & (ranks < RANKED - 4)).mean() for ranks in found.ranks.values()]  # noqa: PLR2004 - 90 of 100
    together = stats.kstest(p_values, "uniform").pvalue
    print(f"{source}: {p_values.size} quantities, smallest p {p_values.min():.3g}, all together {together:.2g}")
    print(f"  90 % intervals held {min(held):.3f} to {max(held):.3f}, mean {np.mean(held):.3f}")


def main() -> None:
    """Draw the figure and print what is quoted."""
    own, (other, active) = calibrate_exactly(), calibrate_independently()
    tell(own, "own counts")
    tell(other, "independent simulator")
    p_active = other.p_active
    for low, high in ((0.0, 0.1), (0.1, 0.9), (0.9, 1.0)):
        inside = (p_active >= low) & (p_active <= high)
        print(f"P(active) {low} to {high}: {inside.sum()} series, {active[inside].mean():.3f} active")
        print(f"  expected {p_active[inside].mean():.3f}")
    brier, base = ((active - p_active) ** 2).mean(), active.mean() * (1 - active.mean())
    print(f"Brier score {brier:.3f}, of the base rate {base:.3f}")
    charts = uniform(own, "Own counts"), uniform(other, "Other simulator"), reliability(p_active, active)
    text = str(vegalite_to_svg(alt.hconcat(*charts, background="white").to_dict()))
    svg = text.replace("<svg ", f'<svg role="img" aria-label="{WORDS}" ', 1)
    Path(__file__).with_suffix(".svg").write_text(svg + "\n", "utf-8")


if __name__ == "__main__":
    main()
