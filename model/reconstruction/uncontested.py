"""Reports that no other one speaks against.

A table of months or weeks by one source has nobody to contradict it but the prior, which would only pull its figures
towards its own pace: what is given as exact there is as good as counts that are given.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

from lull.data.reports import ALL_FRONTS, Report


def uncontested(reports: Sequence[Report], first_days: Sequence[date]) -> set[str]:
    """Return the ids of reports of windows whose figure no other report contests; every window has an end.

    A report of the same front, or of all, contests what it overlaps; not so a rate, or a floor that the figure holds.
    """
    first = np.array(first_days, dtype="datetime64[D]")
    last = np.array([report.window_end for report in reports], dtype="datetime64[D]")
    count = np.array([report.count for report in reports])
    front = np.array([report.front for report in reports], dtype=object)
    floor = np.array([report.qualifier == "at_least" for report in reports], dtype=bool)
    rate = np.array([report.is_rate for report in reports], dtype=bool)
    alone = set()
    for place, report in enumerate(reports):
        same = (front == report.front) | (front == ALL_FRONTS) | (report.front == ALL_FRONTS)
        speaks = same & ~rate & ~(floor & (count <= report.count))
        speaks[place] = False
        if not (speaks & (first <= last[place]) & (last >= first[place])).any():
            alone.add(report.report_id)
    return alone
