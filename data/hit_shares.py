"""The share of claimed attacks that are said to have hit: two figures of one source about one window."""

from collections.abc import Iterable
from dataclasses import dataclass

from lull.data.reports import Report

COUNTED = ("exact", "about")


@dataclass(frozen=True)
class HitShare:
    """`hits` of `claims` on a front, and the reports that say so."""

    front: str
    hits: int
    claims: int
    reports: tuple[str, str]


def hit_shares(reports: Iterable[Report]) -> dict[str, HitShare]:
    """Return the share of each front that has one, by the pair of most claims; bounds, rates and sums are no such pair.

    A pair is what one source says of one actor, front and window: so many `claimed`, so many `impacted`.
    """
    counted = sorted(
        (one for one in reports if one.qualifier in COUNTED and not one.is_rate), key=lambda one: one.count
    )
    claimed = {_about(one): one for one in counted if one.measure == "claimed"}
    shares: dict[str, HitShare] = {}
    for hit in counted:
        claim = claimed.get(_about(hit))
        if hit.measure == "impacted" and claim is not None and hit.count <= claim.count > 0:
            known = shares.get(hit.front)
            if known is None or claim.count > known.claims:
                shares[hit.front] = HitShare(hit.front, hit.count, claim.count, (claim.report_id, hit.report_id))
    return shares


def _about(report: Report) -> tuple[object, ...]:
    return report.source, report.actor, report.front, report.window_start, report.window_end
