"""How much of the last weeks has been reported, for sources that fill in late.

A curve is the share of a week's attacks that is in the file, by its age: the last week of the file first. It never
falls with the age, and weeks older than it are whole; an empty curve says that all weeks are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression

from lull.data.arrays import Array
from lull.data.calendar import WEEK, same_calendar
from lull.data.counts import WeeklyCounts
from lull.data.covariates import parse_number
from lull.data.readers.any_table import read_any_table
from lull.data.readers.cells import parse_whole, shown
from lull.data.readers.columns import Findings, checked_rows, other_calendar, parse_column
from lull.data.readers.reading_options import USUAL, Reading, say
from lull.data.schema import InputError, Problem

type Curve = tuple[float, ...]

COLUMNS = ("weeks_before_end", "share")
OLDEST = 26  # weeks before the end from which on a week is taken as whole
LEAST = 0.01  # the smallest share: of a week of which less is known, the count is missing
WHOLE = 0.995  # an estimated share from here up is taken as 1
ADDED = 2.0  # events, reported at once, that every age is given: few counts say little


class Estimate(NamedTuple):
    """A curve that was estimated, and the standard error of each of its shares."""

    shares: Curve
    errors: Curve


def read_completeness(path: Path | str, *, reading: Reading = USUAL, notes: list[str] | None = None) -> Curve:
    """Return the curve of a file: `weeks_before_end` from 0 up, none left out, and the `share` of each (1: whole).

    Raises `InputError` with every problem found, by line.
    """
    table = read_any_table(path, required=COLUMNS, reading=reading)
    findings, shares = checked_rows(table, reading, _parsed)
    say(table.name, findings.notes, notes)
    return tuple(share for share in shares if share < 1.0)


def _parsed(findings: Findings) -> Curve:
    """Return the share of every age, the last week first."""
    ages = parse_column(findings, COLUMNS[0], parse_whole, wrong=-1)
    shares = parse_column(findings, COLUMNS[1], _parse_share, wrong=np.nan)
    order = np.argsort(ages, kind="stable").tolist()
    _find_gaps(findings, ages, order)
    _find_falls(findings, shares, order)
    return tuple(shares[place] for place in order)


def estimated_completeness(earlier: WeeklyCounts, later: WeeklyCounts, *, name: str) -> Estimate:
    """Return the curve of the later of two snapshots of one source, by what was added to each week between them.

    The chain ladder: the share that weeks of an age had of what they had some weeks later, taken on to where nothing
    is added any more. The ratios of all series together are pooled so that they never fall with the age. The errors are
    those of the pooled ratios, each a share of so many events, carried to their product (the delta method). `name` is
    the file of the earlier one. Raises `InputError` where the two cannot be compared.
    """
    if not same_calendar(earlier.origin, later.origin):
        raise InputError(other_calendar(name, earlier.origin, later.origin))
    apart = int((later.origin - earlier.origin) // WEEK)
    if apart < 1:
        found = f"{earlier.origin}, of the other file {later.origin}"
        remedy = "Give the snapshot that was taken first."
        raise InputError(Problem(name, "an earlier snapshot, with an earlier last week", found, remedy))
    before, after = _both(earlier, later, name)
    pooled = isotonic_regression((before + ADDED) / (after + ADDED), weights=after + ADDED)
    ratio = np.minimum(np.asarray(pooled.x, dtype=float), 1.0)
    ages = range(ratio.size)
    shares = [max(float(np.prod(ratio[age::apart])), LEAST) for age in ages]
    own = np.minimum(np.asarray(pooled.x)[pooled.blocks[:-1]], 1.0)
    variance = (1.0 - own) / (own * pooled.weights)  # of the log of each pooled ratio
    block = np.repeat(np.arange(own.size), np.diff(pooled.blocks))
    times = [np.bincount(block[age::apart], minlength=own.size) for age in ages]
    errors = [share * float(np.sqrt(often**2 @ variance)) for share, often in zip(shares, times, strict=True)]
    partial = [age for age in ages if shares[age] < WHOLE]
    return Estimate(tuple(round(shares[age], 4) for age in partial), tuple(round(errors[age], 4) for age in partial))


def _both(earlier: WeeklyCounts, later: WeeklyCounts, name: str) -> tuple[Array, Array]:
    """Return the events of each age in the earlier snapshot, and of the same weeks in the later one, each (age,)."""
    there = set(later.series)
    series = [one for one in earlier.series if one in there]
    weeks = [week for week in earlier.weeks[::-1][:OLDEST] if week >= later.weeks[0]]
    if not series or not weeks:
        remedy = "Take both in the same way from the same source."
        raise InputError(Problem(name, "a snapshot of the same series and weeks", "none in common", remedy))
    at = {"series": series, "week": np.array(weeks, dtype="datetime64[ns]")}
    counts = [one.array[0].sel(at).to_numpy() for one in (earlier, later)]
    known = ~np.isnan(counts[0]) & ~np.isnan(counts[1])
    before, after = (np.where(known, count, 0.0).sum(axis=0) for count in counts)
    return before, after


def _parse_share(cell: str) -> float:
    share = parse_number(cell)
    if not LEAST <= share <= 1.0:
        remedy = "Of a week of which less is known leave the count empty." if 0.0 <= share < LEAST else ""
        raise InputError(Problem("", f"a share from {LEAST} to 1", shown(cell), remedy))
    return share


def _find_gaps(findings: Findings, ages: Sequence[int], order: Sequence[int]) -> None:
    """Add the ages that are given again, and those before which some are left out."""
    before = dict(zip(order, [-1, *(ages[place] for place in order)], strict=False))
    wrong = [place for place in order if ages[place] >= 0 and ages[place] != before[place] + 1]

    def describe(place: int) -> Problem:
        found = f"{ages[place]} again" if ages[place] == before[place] else f"{ages[place]} after {before[place]}"
        return Problem("", "every number from 0 up, once", "0 left out" if before[place] < 0 else found)

    findings.add(wrong, COLUMNS[0], describe, scope="file")


def _find_falls(findings: Findings, shares: Sequence[float], order: Sequence[int]) -> None:
    """Add the shares that are smaller than that of the week after."""
    before = dict(zip(order, [0.0, *(shares[place] for place in order)], strict=False))
    falls = [place for place in order if shares[place] < before[place]]

    def describe(place: int) -> Problem:
        expected = f"at least {before[place]}, the share of the week after"
        return Problem("", expected, str(shares[place]), "An older week is not known less well.")

    findings.add(falls, COLUMNS[1], describe, scope="file")
