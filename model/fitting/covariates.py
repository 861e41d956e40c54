"""Dated events become weekly covariates; the half-life that carries them over is learned.

An event of deterrence, pressure or mobilisation is an impulse of salience / 5 in its week (spread evenly over its days
when it lasts), carried into later weeks by `2^(-lag / half_life)`. A ceasefire, an agreement and a declared halt are
states: the share of the week's days on which one is in force; ceasefires of the same parties at once are one, those of
other parties add up. One whose end is not known is in force with the chance that recorded ones lasted so long; how a
ceasefire or halt ended is an impulse of 1 on the day after (one that ran out within three weeks leaves none). Both
sides of the origin use the same table, so what is scheduled is known ahead. Where an event bears on one series of
several each series has a table of its own; else one table is of all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from lull.data.arrays import by_series
from lull.data.calendar import Week, weeks_between
from lull.data.event_kinds import ENDINGS, IMPULSES, STATES
from lull.data.events import Event, drivers_of
from lull.data.schema import InputError, Problem

STATE = "ceasefire"
ALWAYS = (
    "deterrence",
    "pressure",
    "mobilisation",
    STATE,
    "agreement",
    "ceasefire_verbal",
)  # drivers that a fit has with or without events of them: a scenario may start them
CARRIED = (*IMPULSES, *ENDINGS.values())
SALIENCE_SCALE = 5.0
MEDIAN_DURATION = 8.0  # weeks: of the recorded full ceasefires whose last day is known (docs/drivers.md)


@dataclass(frozen=True)
class Covariates:
    """What pushes, week by week, before carry-over.

    `array` has dims (covariate, week), or (series, covariate, week) where series differ, float64: impulses (sum of
    salience / 5) where `carried`, else the value itself (share of the week in force, or a column of the user's own).
    Weeks run past the origin: the schedule.
    """

    array: xr.DataArray
    carried: tuple[bool, ...]

    def __post_init__(self) -> None:
        """Refuse a table that is not weekly covariates."""
        if self.array.dims[-2:] != ("covariate", "week") or self.array.dims[:-2] not in {(), ("series",)}:
            raise ValueError(f"covariates have dims ((series,) covariate, week), found {self.array.dims}")
        if len(self.carried) != self.array.sizes["covariate"]:
            raise ValueError(f"each covariate is carried over or not, found {len(self.carried)} answers")
        if not np.isfinite(self.array.to_numpy()).all():
            raise ValueError("a covariate has a value in every week")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the covariates."""
        return tuple(str(name) for name in self.array["covariate"].to_numpy())

    def seen(self, first: Week, last: Week) -> Self:
        """Return the covariates that push in some week first..last; of the others these weeks can teach nothing."""
        pushing = self.slice(first, last).any(axis=(0, 2))
        kept = np.flatnonzero(pushing).tolist()
        return replace(self, array=self.array.isel(covariate=kept), carried=tuple(self.carried[at] for at in kept))

    def slice(self, first: Week, last: Week) -> NDArray[np.float64]:
        """Return the values of the weeks first..last, (series, covariate, week); a single row is of all series."""
        weeks = self.array["week"].to_numpy().astype("datetime64[D]")
        return by_series(self.array.to_numpy())[..., (weeks >= first) & (weeks <= last)]


def from_events(events: Iterable[Event], first: Week, last: Week, *, series: Sequence[str] = ()) -> Covariates:
    """Return the covariates of the weeks first..last that the events make; events outside leave only what lasts.

    The drivers of `ALWAYS` are always there, the others where an event bears on them; a ceasefire with an end brings
    the drivers of all ends. Of several `series` each has its own events where one of these names a series.
    """
    weeks, events = weeks_between(first, last), tuple(events)
    names = _drivers(events)
    apart = tuple(series) if len(series) > 1 and any(event.series for event in events) else ()
    own = [drivers_of(events, [name]) for name in apart] or [events]
    values = np.array([_weekly(each, names, weeks) for each in own])
    carried = tuple(name in CARRIED for name in names)
    return _covariates(values if apart else values[0], weeks, names=names, carried=carried, series=apart)


def _drivers(events: Sequence[Event]) -> tuple[str, ...]:
    """Return the drivers that events make, in a fixed order."""
    there = {event.dimension for event in events}
    ends = ENDINGS.values() if any(event.ending in ENDINGS for event in events) else ()
    return tuple(dict.fromkeys((*ALWAYS, *(name for name in (*IMPULSES, *STATES) if name in there), *ends)))


def _weekly(events: Sequence[Event], names: Sequence[str], weeks: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return what the events of one series add to each driver, (covariate, week)."""
    days = {name: np.zeros(weeks.size * 7) for name in names}
    for name in {event.dimension for event in events} & set(STATES):
        days[name] = _in_force([event for event in events if event.dimension == name], weeks)
    for event in events:
        if event.dimension in IMPULSES:
            span = _days(event, weeks)
            length = ((event.end_date or event.date) - event.date).days + 1
            days[event.dimension][span] += event.salience / SALIENCE_SCALE / length
        if event.ending in ENDINGS:
            assert event.end_date is not None
            day = _place(event.end_date, weeks) + 1
            days[ENDINGS[event.ending]][day : day + 1 if day >= 0 else day] += 1.0
    return np.array([daily.reshape(-1, 7).sum(axis=1) / (7 if name in STATES else 1) for name, daily in days.items()])


def _in_force(events: Iterable[Event], weeks: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return by day how many states are in force, those of the same parties as one, (day,)."""
    by_parties: dict[tuple[str, str], NDArray[np.float64]] = {}
    for event in events:
        days = by_parties.setdefault(event.parties, np.zeros(weeks.size * 7))
        span = _days(event, weeks)
        days[span] = np.maximum(days[span], _surviving(event, span.start, span.stop - span.start, weeks))
    return np.sum(list(by_parties.values()), axis=0)


def _surviving(event: Event, start: int, length: int, weeks: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return the chance that a state is in force on each of some days: falling where its end is not known."""
    if not event.is_open or (event.kind != STATE and event.end != "unknown"):
        return np.ones(max(length, 0))
    age = start - _place(event.date, weeks) + np.arange(max(length, 0))
    return np.asarray(2.0 ** (-age / (7 * MEDIAN_DURATION)))


def _days(event: Event, weeks: NDArray[np.datetime64]) -> slice:
    """Return the days of an event among those of some weeks; those of an open state reach to the last."""
    first, end = _place(event.date, weeks), weeks.size * 7
    last = end - 1 if event.is_open else _place(event.end_date or event.date, weeks)
    return slice(min(max(first, 0), end), max(min(last + 1, end), min(max(first, 0), end)))


def _place(day: date, weeks: NDArray[np.datetime64]) -> int:
    return int((np.datetime64(day, "D") - weeks[0]).astype(np.int64))


def with_own(covariates: Covariates, own: xr.DataArray, first: Week) -> Covariates:
    """Return covariates with columns of the user's own, (covariate, week), known from `first` to their last week on.

    Each column is given in its standard deviations from its mean over those weeks, so that one prior of its effects
    serves any unit. After its last week a column stays as it was: only a scenario moves it. Raises `InputError` if it
    begins after `first`.
    """
    weeks = own["week"].to_numpy().astype("datetime64[D]")
    if weeks[0] > first:
        expected = f"covariates from the first week of the counts on, {first}"
        raise InputError(Problem("covariates", expected, f"the first is {weeks[0]}", "Add the weeks before."))
    values = own.to_numpy()[:, weeks >= first]
    spread = values.std(axis=1, keepdims=True)
    scaled = (values - values.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)
    ahead = covariates.array.sizes["week"] - scaled.shape[1]
    rows = xr.DataArray(
        np.pad(scaled, ((0, 0), (0, ahead)), mode="edge"),
        {"covariate": own["covariate"], "week": covariates.array["week"]},
        ("covariate", "week"),
    )
    if "series" in covariates.array.dims:
        rows = rows.expand_dims(series=covariates.array["series"])
    carried = (*covariates.carried, *(False,) * rows.sizes["covariate"])
    return Covariates(xr.concat([covariates.array, rows], dim="covariate"), carried)


def without_events(first: Week, last: Week) -> Covariates:
    """Return covariates of the weeks first..last for a user who has none."""
    weeks = weeks_between(first, last)
    return _covariates(np.zeros((0, weeks.size)), weeks, names=(), carried=())


def _covariates(
    values: NDArray[np.float64],
    weeks: NDArray[np.datetime64],
    *,
    names: tuple[str, ...],
    carried: tuple[bool, ...],
    series: tuple[str, ...] = (),
) -> Covariates:
    """Return labelled covariates, of each of some series or (none named) of all."""
    coords = {"series": np.array(series, dtype=str)} if series else {}
    coords |= {"covariate": np.array(names, dtype=str), "week": weeks.astype("datetime64[ns]")}
    return Covariates(xr.DataArray(values, coords=coords, dims=tuple(coords)), carried)


def carry_over(impulses: NDArray[np.float64], half_life: NDArray[np.float64], *, since: int = 0) -> NDArray[np.float64]:
    """Return impulses (..., covariate, week) carried over with half-lives (..., covariate): (..., covariate, week).

    Of the weeks those from `since` on, with what the weeks before left.

    `value_t = impulse_t + 2^(-1 / half_life) value_{t-1}`: the convolution with `2^(-lag / half_life)`, week by week.
    A half-life of NaN marks a state, which is not carried. Before the first impulse there is nothing to carry.
    """
    keep = np.where(np.isnan(half_life), 0.0, 2.0 ** (-1.0 / np.where(np.isnan(half_life), 1.0, half_life)))
    carry = np.zeros(np.broadcast_shapes(half_life.shape, impulses.shape[:-1]))
    values = np.zeros((*carry.shape, impulses.shape[-1] - since))
    pushed = np.flatnonzero(impulses.any(axis=tuple(range(impulses.ndim - 1))))
    for week in range(pushed[0] if pushed.size else impulses.shape[-1], impulses.shape[-1]):
        carry = impulses[..., week] + keep * carry
        if week >= since:
            values[..., week - since] = carry
    return values
