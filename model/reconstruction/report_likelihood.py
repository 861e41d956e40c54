"""Readings: which reports count, and how each is understood before any sampling.

Every report known at `as_of` is either a reading or set aside with a reason; the two add up to all of them, and
neither depends on the order of the reports. What is a judgement stands in `EvidenceSpec` and nowhere else.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from lull.data.reports import ALL_FRONTS, COUNTED_NOTE, Measure, RatePer, Report, known_at
from lull.data.schema import InputError, Problem
from lull.model.reconstruction.uncontested import uncontested

type Kind = Literal["exact", "at_least", "at_most"]

RATE_DAYS: dict[RatePer, int] = {"day": 1, "week": 7}
TARGETS: tuple[Measure, ...] = ("claimed", "confirmed")  # measures that count attacks; the first wins a tie


@dataclass(frozen=True)
class SourceError:
    """How a class of sources errs: `relative` sd of its counts, the share of them that is simply `stray`.

    `overshoot` is the scale of what its "more than" leaves unsaid of a total, in shares of the count.
    """

    relative: float
    stray: float
    overshoot: float


@dataclass(frozen=True)
class EvidenceSpec:
    """The judgements of the reconstruction, in one table; `docs/reconstruction.md` gives the reasons.

    Errors are sd in attacks, relative ones in shares of the count; a prior is a pair (mean, sd).
    """

    umbrella: str = "Islamic Resistance in Iraq"  # the faction that the members belong to
    members: tuple[str, ...] = ("Kata'ib Hezbollah", "Harakat Hezbollah al-Nujaba", "Saraya Awliya al-Dam")
    joint_mark: str = " + "  # in an actor's name: a joint claim, a part of the faction's attacks
    foreign_marks: tuple[str, ...] = ("attributed", "unclaimed")  # in an actor's name: not the faction's claim
    part_mark: str = r"\w only(?=\s*($|[.,:;)]))"  # in a note: a part of the front, as in "Iraq only"
    counted_mark: str = COUNTED_NOTE  # begins the notes of `lull import`: as hard as a day
    ledgers: tuple[str, ...] = ("Pentagon", "Washington Institute", "Alma Center")  # a source's name begins so
    loose_sources: tuple[str, ...] = ("GTTAC", "INSS", "JINSA")
    ledger: SourceError = SourceError(0.01, 0.02, 0.02)
    media: SourceError = SourceError(0.05, 0.05, 0.10)
    loose: SourceError = SourceError(0.10, 0.10, 0.10)  # also totals of all fronts
    about: float = 0.12  # relative error of a count given as `about`, if its class has less
    rate: float = 0.20  # relative error of a rate: a round number, and a pace of a window that is meant roughly
    recent: float = 0.40  # the same of a rate of "recent weeks": which they are, nobody says
    recent_days: int = 28  # up to its end, for which a rate without a start is taken
    base_error: float = 0.5  # attacks; added in quadrature to every relative error
    about_error: float = 0.8  # attacks; in its place for a count given as `about`
    day_error: float = 0.25  # attacks; of exact and at_least counts of a single day
    day_stray: float = 0.001
    sum_error: float = 0.1  # attacks; of sums counted from events, and of exact ones that no report contests
    sum_penalty: float = 20.0  # log likelihood that each attack costs by which a total misses such a sum
    stray_scale: tuple[float, float] = (2.0, 0.25)  # Cauchy scale of a stray count: attacks + share of the count
    total_days: int = 7  # windows of at least this many days are totals, shorter ones floors seen in passing
    total_overshoot: float = 2.0  # attacks + the source's share of the count: what "more than" leaves unsaid of a total
    floor_overshoot: float = 1.0  # of (1 + count): what a floor seen in passing leaves unsaid
    log_ratio: tuple[float, float] = (0.0, 0.25)  # log of secondary counts per attack
    log_level: tuple[float, float] = (1.609, 1.0)  # log attacks a week: 5
    log_sigma: tuple[float, float] = (-1.05, 0.5)  # log of the weekly scale of the intensity's innovations: .35
    log_size: tuple[float, float] = (-0.511, 0.15)  # log negative-binomial size of a day: .6
    persistence: float = 0.95  # AR(1) coefficient of the weekly log intensity
    first_week_sd: float = 1.0  # sd of the first week's log intensity about the level
    day_ceiling: tuple[float, float] = (12.0, 3.0)  # attacks; times the largest pace reported: no day holds more
    window_ceiling: tuple[float, float] = (50.0, 4.0)  # attacks + times the paces reported of the window's days
    reached_days: int = 4  # a week is reached when readings of its front cover this many of its seven days
    flag_at: float = 2.0  # standardised residual from which a report is flagged


@dataclass(frozen=True)
class Reading:
    """A report as the likelihood sees it: a statement about the total of one window on one front or on all.

    `error` is the sd of the count in attacks, `stray` the probability that it is simply off, `overshoot` the scale
    in attacks of what an `at_least` count leaves unsaid (0: nothing assumed). A `secondary` reading counts
    something proportional to attacks. `hard` readings are zeros that hold in every imputation, `certain` ones sums that
    do unless certain ones contradict each other.
    """

    report_id: str
    front: str
    first: date
    last: date
    count: int
    kind: Kind
    secondary: bool = False
    error: float = 0.0
    stray: float = 0.0
    overshoot: float = 0.0
    hard: bool = False
    certain: bool = False

    @property
    def days(self) -> int:
        """The length of the window."""
        return (self.last - self.first).days + 1

    @property
    def shows_attack(self) -> bool:
        """Whether the reading says that there was an attack."""
        return self.count > 0 and self.kind != "at_most"


@dataclass(frozen=True)
class SetAside:
    """A known report that the reconstruction does not use, and why."""

    report_id: str
    reason: str


@dataclass(frozen=True)
class Readings:
    """What the reports known at a day say: `used` sorted by window, `set_aside` by report, `fronts` by name."""

    faction: str
    used: tuple[Reading, ...]
    set_aside: tuple[SetAside, ...]
    fronts: tuple[str, ...]
    claimed: bool  # whether any of the readings is of what the faction claims


def read(reports: Iterable[Report], *, as_of: date, faction: str, spec: EvidenceSpec) -> Readings:
    """Return the readings of the reports published by `as_of`; raises `InputError` if none can be used."""
    known = sorted(known_at(reports, as_of), key=lambda report: (report.report_id, str(report)))
    if not known:
        raise InputError(_nothing_usable(0, as_of, faction))
    faction = faction or _only_actor(known)
    set_aside = []
    usable = []
    for report in known:
        reason = _unusable(report, faction, spec)
        if reason:
            set_aside.append(SetAside(report.report_id, reason))
        else:
            usable.append(report)
    kept, repeats = _without_repeats(usable, faction, spec)
    primary = _primary_measures(kept)
    alone = uncontested(kept, [_first_day(report, spec) for report in kept])
    readings = [
        _reading(report, faction, primary[report.front], spec, alone=report.report_id in alone) for report in kept
    ]
    used, covered = _highest_floors(readings)
    if not used:
        raise InputError(_nothing_usable(len(known), as_of, faction))
    used = _with_hard_zeros(sorted(used, key=_window_order))
    aside = sorted([*set_aside, *repeats, *covered], key=lambda row: (row.report_id, row.reason))
    named = sorted({reading.front for reading in used} - {ALL_FRONTS})
    claimed = any(report.measure == "claimed" for report in kept)
    return Readings(faction, tuple(used), tuple(aside), tuple(named) or (ALL_FRONTS,), claimed)


def _only_actor(reports: Sequence[Report]) -> str:
    """Return the actor of all reports; raises `InputError` if they name several and none was chosen."""
    actors = sorted({report.actor for report in reports})
    if len(actors) == 1:
        return actors[0]
    raise InputError(Problem("faction", "the actor whose attacks are counted", "none", f"Known: {', '.join(actors)}."))


def _unusable(report: Report, faction: str, spec: EvidenceSpec) -> str:
    """Return why a report says nothing about the count of the faction's attacks; empty if it does."""
    part = _is_part(report, faction, spec)
    checks: tuple[tuple[bool, str], ...] = (
        (report.window_end is None, "a rate without a window: nothing says of which weeks"),
        (report.measure not in TARGETS, f"{report.measure}: not a count of attacks"),
        (any(mark in report.actor for mark in spec.foreign_marks), "attributed or unclaimed"),
        (report.actor != faction and not part, f"another actor: {report.actor}"),
        (report.qualifier == "at_least" and report.count == 0, "at least 0 says nothing"),
        (
            part and (report.qualifier == "at_most" or report.count == 0),
            "a part of the whole bounds nothing from above",
        ),
    )
    return next((reason for applies, reason in checks if applies), "")


def _is_part(report: Report, faction: str, spec: EvidenceSpec) -> bool:
    """Return whether a report counts a part of the faction's attacks: a member, a joint claim, a region."""
    if report.actor == faction:
        return bool(re.search(spec.part_mark, report.note, re.IGNORECASE))
    named = report.actor.split(spec.joint_mark)
    joint = len(named) > 1 and any(name == faction or name.startswith(f"{faction} (") for name in named)
    return joint or (faction == spec.umbrella and report.actor in spec.members)


def _without_repeats(
    reports: Sequence[Report], faction: str, spec: EvidenceSpec
) -> tuple[list[Report], list[SetAside]]:
    """Return the reports without repeats: of one window, count and qualifier the most careful source is kept.

    A part of the whole repeats parts only.
    """
    kept: dict[tuple[object, ...], Report] = {}
    repeats = []
    for report in sorted(reports, key=lambda row: _named_class(row, spec).relative):
        window = (report.front, report.window_start, report.window_end, report.rate_per)
        part = _is_part(report, faction, spec)
        first = kept.setdefault((*window, part, report.actor, report.measure, report.count, report.qualifier), report)
        if first is not report:
            repeats.append(SetAside(report.report_id, f"repeats {first.report_id}"))
    return sorted(kept.values(), key=lambda report: report.report_id), repeats


def _primary_measures(reports: Iterable[Report]) -> dict[str, Measure | None]:
    """Return the measure that counts a front's attacks: the one with most reports; none for totals of all fronts."""
    rows = Counter((report.front, report.measure) for report in reports)
    fronts = {front for front, _ in rows}

    def most_reported(front: str) -> Measure:
        return max(TARGETS, key=lambda measure: rows[front, measure])

    alone = fronts == {ALL_FRONTS}
    return {front: None if front == ALL_FRONTS and not alone else most_reported(front) for front in fronts}


def _first_day(report: Report, spec: EvidenceSpec) -> date:
    """Return the first day of a usable report's window: of a rate without one it is of recent weeks."""
    assert report.window_end is not None
    return report.window_start or report.window_end - timedelta(days=spec.recent_days - 1)


def _reading(report: Report, faction: str, primary: Measure | None, spec: EvidenceSpec, *, alone: bool) -> Reading:
    """Return a usable report as a reading: a rate as the total of its window."""
    assert report.window_end is not None
    first = _first_day(report, spec)
    days = (report.window_end - first).days + 1
    part = _is_part(report, faction, spec)
    kind: Kind = "exact" if report.qualifier == "about" else report.qualifier
    reading = Reading(
        report_id=report.report_id,
        front=report.front,
        first=first,
        last=report.window_end,
        count=round(report.count * days / RATE_DAYS[report.rate_per]) if report.rate_per else report.count,
        kind="at_least" if part else kind,
        secondary=report.measure == "confirmed" and primary == "claimed",
    )
    source = _source_error(report, primary, spec)
    as_it_is = alone or report.note.startswith(spec.counted_mark)
    certain = as_it_is and report.measure == primary and report.qualifier == "exact" and not part
    error, stray = _error(report, reading, source, certain=certain, spec=spec)
    overshoot = _overshoot(reading, source, part=part, spec=spec) if reading.kind == "at_least" else 0.0
    zero = reading.kind == "exact" and report.qualifier == "exact" and report.count == 0
    hard = zero and report.measure == primary and not report.is_rate
    return replace(reading, error=error, stray=stray, overshoot=overshoot, hard=hard, certain=certain)


def _source_error(report: Report, primary: Measure | None, spec: EvidenceSpec) -> SourceError:
    """Return how a report's source errs: by its name; never small where the front's own measure is another."""
    if primary is None:
        return spec.loose
    named = _named_class(report, spec)
    return spec.media if named is spec.ledger and report.measure != primary else named


def _named_class(report: Report, spec: EvidenceSpec) -> SourceError:
    """Return how sources of a report's name err."""
    if report.source.startswith(spec.loose_sources):
        return spec.loose
    return spec.ledger if report.source.startswith(spec.ledgers) else spec.media


def _error(
    report: Report, reading: Reading, source: SourceError, *, certain: bool, spec: EvidenceSpec
) -> tuple[float, float]:
    """Return the sd of a reading's count in attacks, and the probability that it is stray."""
    about = report.qualifier == "about"
    if report.is_rate:
        vague = spec.rate if report.window_start else spec.recent
        return math.hypot(spec.about_error, max(vague, source.relative) * reading.count), source.stray
    if certain:
        return spec.sum_error, 0.0
    if reading.days == 1 and not about and not reading.secondary:
        return spec.day_error, spec.day_stray
    relative = max(source.relative, spec.about) if about else source.relative
    base = spec.about_error if about else spec.base_error
    return math.hypot(base, relative * report.count), source.stray


def _overshoot(reading: Reading, source: SourceError, *, part: bool, spec: EvidenceSpec) -> float:
    """Return the scale of what an `at_least` count leaves unsaid; nothing is known of the rest of a part."""
    if reading.days < spec.total_days:
        return spec.floor_overshoot * (1 + reading.count)
    return 0.0 if part else spec.total_overshoot + source.overshoot * reading.count


def _highest_floors(readings: Sequence[Reading]) -> tuple[list[Reading], list[SetAside]]:
    """Return the readings with one floor per front, measure and day: rows of a day are the same events seen again."""
    highest: dict[tuple[object, ...], Reading] = {}
    for reading in readings:
        key = (reading.front, reading.secondary, reading.first)
        if _is_day_floor(reading) and reading.count > (highest[key].count if key in highest else 0):
            highest[key] = reading
    used, covered = [], []
    for reading in readings:
        top = highest.get((reading.front, reading.secondary, reading.first))
        if _is_day_floor(reading) and top is not reading and top is not None:
            covered.append(SetAside(reading.report_id, f"{top.report_id} has at least as much of the same day"))
        else:
            used.append(reading)
    return used, covered


def _is_day_floor(reading: Reading) -> bool:
    return reading.days == 1 and reading.kind == "at_least"


def _with_hard_zeros(readings: Sequence[Reading]) -> list[Reading]:
    """Return the readings in which a zero is hard only if no other reading has an attack within its window."""
    attacks = [reading for reading in readings if reading.shows_attack]

    def contradicted(zero: Reading) -> bool:
        return any(
            attack.front == zero.front and zero.first <= attack.first and attack.last <= zero.last for attack in attacks
        )

    return [replace(r, hard=False) if r.hard and contradicted(r) else r for r in readings]


def _window_order(reading: Reading) -> tuple[object, ...]:
    errors = (reading.secondary, reading.error, reading.stray, reading.overshoot)
    return reading.front, reading.first, reading.last, reading.kind, reading.count, *errors, reading.report_id


def _nothing_usable(known: int, as_of: date, faction: str) -> Problem:
    found = f"none among {known} known reports" if known else "no report published by then"
    remedy = "A usable row names the faction as actor, has a window, and is claimed or confirmed."
    return Problem("reports", f"a report of attacks of {faction!r} as of {as_of}", found, remedy)
