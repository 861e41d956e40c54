"""Hits among the attacks forecast: derived from a share that reports give, and never fitted.

Where no two reports say how many of how many claims hit, there is nothing to derive and nothing is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from lull.data.hit_shares import HitShare
from lull.data.reports import ALL_FRONTS
from lull.model.forward.hit_draws import draw_hits
from lull.scenarios.engine.projection import Projection
from lull.scenarios.results.document import HitTotal

INTERVAL = (0.05, 0.5, 0.95)


def shares_of(record: Mapping[str, Any], weekly: xr.Dataset) -> dict[str, HitShare]:
    """Return the share of hits of each series that has one, from a run's record; that of all fronts serves the rest."""
    by_front = {share.front: share for share in _recorded(record)}
    names = weekly["series"].to_numpy().tolist()
    fronts = weekly["front"].to_numpy().tolist() if "front" in weekly.coords else names
    found = {
        name: by_front.get(front or name, by_front.get(ALL_FRONTS)) for name, front in zip(names, fronts, strict=True)
    }
    return {name: share for name, share in found.items() if share is not None}


def share_sentences(record: Mapping[str, Any]) -> list[str]:
    """Return what reports say of hits among claims, a sentence a front."""
    return [
        f"{share.hits} of {share.claims} claimed attacks on the front {share.front} were reported as hits "
        f"(reports {', '.join(share.reports)}). Hits in forecast tables are scaled from this share, not modelled."
        for share in _recorded(record)
    ]


def _recorded(record: Mapping[str, Any]) -> list[HitShare]:
    return [HitShare(**row | {"reports": tuple(row["reports"])}) for row in record["evidence"].get("hits", ())]


def hits_of(projection: Projection, series: str, share: HitShare) -> NDArray[np.int32]:
    """Return the hits of one series on each path, (draw, horizon)."""
    attacks = projection.paths.attacks[:, projection.paths.series.index(series)]
    return draw_hits(attacks, projection.numbers, series=series, hits=share.hits, claims=share.claims)


def hit_totals(projections: Sequence[Projection], shares: Mapping[str, HitShare]) -> Iterator[HitTotal]:
    """Yield the hits of all weeks ahead, by scenario and series."""
    for series, share in shares.items():
        for projection in projections:
            total = hits_of(projection, series, share).sum(axis=1)
            low, median, high = np.quantile(total, INTERVAL, method="inverted_cdf").tolist()
            yield HitTotal(
                scenario_id=projection.scenario_id,
                series=series,
                hits=share.hits,
                claims=share.claims,
                reports=share.reports,
                mean=float(total.mean()),
                median=median,
                low_90=low,
                high_90=high,
            )
