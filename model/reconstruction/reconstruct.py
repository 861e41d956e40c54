"""Weekly counts from overlapping, contradictory reports.

Every imputation is one joint draw of all weeks of all fronts, so that totals over weeks and fronts hold within it; a
week that no reading reaches is missing in every imputation. Equations and reasons: `docs/reconstruction.md`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import xarray as xr
from arviz_stats.base import array_stats

from lull.data.calendar import MONDAY, WEEK, Week, last_complete_week, week_of, weeks_between, weeks_of
from lull.data.counts import WeeklyCounts
from lull.data.reports import Report
from lull.data.schema import InputError, Problem
from lull.model.inspection.diagnostics import USABLE_ESS, USABLE_RHAT, Grade
from lull.model.reconstruction.report_likelihood import EvidenceSpec, Reading, SetAside, read
from lull.model.reconstruction.sampler import Draws, Progress, SweepConfig, sample
from lull.model.reconstruction.tension import TensionRow, tension_table
from lull.model.reconstruction.windows import Windows, lay_out

MAX_RHAT, MIN_ESS = 1.02, 400.0  # what published weekly counts keep to
ATTEMPTS = (SweepConfig(), *(SweepConfig(burn_in=300 * n, thin=2 * n, at_pace=True) for n in (4, 16)))
DAYS = 7


@dataclass(frozen=True)
class Mixing:
    """How far the sampler's chains agree on the weekly totals: the worst R-hat, the smallest bulk ESS, and where."""

    chains: int
    draws: int
    rhat: float
    ess: float
    worst: str
    mixed: bool
    verdict: str

    @property
    def grade(self) -> Grade:
        """The verdict in one word, by the bounds of a fit where the counts are not mixed."""
        if self.mixed:
            return "good"
        return "doubtful" if self.rhat <= USABLE_RHAT and self.ess >= USABLE_ESS else "unusable"


@dataclass(frozen=True)
class Reconstruction:
    """What the reports known at `as_of` say about the weekly counts.

    `counts` holds the imputations, `weekly` (chain, draw, series, week) all draws of the same weeks, `daily`
    (chain, draw, series, day) the days behind them, NaN where a front has no evidence. `reports_used` and
    `reports_set_aside` add up to the reports known; `claimed` says whether any counts what the faction claims.
    """

    as_of: date
    counts: WeeklyCounts
    weekly: xr.DataArray
    daily: xr.DataArray
    tension: tuple[TensionRow, ...]
    reports_used: tuple[Reading, ...]
    reports_set_aside: tuple[SetAside, ...]
    claimed: bool
    diagnostics: Mixing
    spec: EvidenceSpec = field(default_factory=EvidenceSpec)

    def total(self, series: str, start: date | str, end: date | str) -> xr.DataArray:
        """Return the attacks from `start` to `end`, both included, (chain, draw); NaN if a day has no evidence."""
        days = np.arange(np.datetime64(start), np.datetime64(end) + np.timedelta64(1, "D")).astype("datetime64[ns]")
        return self.daily.sel(series=series).reindex(day=days).sum("day", skipna=False)

    def summary(self) -> xr.Dataset:
        """Return the posterior mean and 5, 50 and 95 % quantiles of each weekly count, (series, week)."""
        drawn = ("chain", "draw")
        levels = {"q05": 0.05, "q50": 0.5, "q95": 0.95}
        quantiles = {name: self.weekly.quantile(level, drawn, skipna=False) for name, level in levels.items()}
        mean = self.weekly.mean(drawn, skipna=False)
        return xr.Dataset({"mean": mean} | {name: table.drop_vars("quantile") for name, table in quantiles.items()})


def reconstruct(
    reports: Iterable[Report],
    *,
    as_of: date,
    faction: str,
    imputations: int = 16,
    spec: EvidenceSpec | None = None,
    config: SweepConfig | None = None,
    progress: Progress | None = None,
    seed: int,
) -> Reconstruction:
    """Return the weekly counts of a faction's attacks up to the last week complete at `as_of`.

    Every front named in a usable report is a series. Raises `InputError` when no report can be used.
    """
    spec, attempts = spec or EvidenceSpec(), (config,) if config else ATTEMPTS
    _check_imputations(imputations, attempts[0])
    readings = read(reports, as_of=as_of, faction=faction, spec=spec)
    windows = lay_out(readings, spec=spec)
    known = reached(windows, last_complete_week(as_of, MONDAY), spec=spec)
    for attempt in attempts:
        draws = sample(windows, spec=spec, config=attempt, progress=progress, seed=np.random.SeedSequence(seed))
        daily = _daily(windows, draws, known, readings.faction)
        weekly = _weekly(daily, known)
        mixing = _mixing(weekly)
        if mixing.mixed:
            break
    return Reconstruction(
        as_of=as_of,
        counts=_imputed(weekly, imputations),
        weekly=weekly,
        daily=daily,
        tension=tension_table(windows, draws, spec=spec),
        reports_used=readings.used,
        reports_set_aside=readings.set_aside,
        claimed=readings.claimed,
        diagnostics=mixing,
        spec=spec,
    )


def reached(windows: Windows, origin: Week, *, spec: EvidenceSpec) -> xr.DataArray:
    """Return which weeks up to the origin the evidence reaches, (series, week), from the first such week on.

    A week is reached when readings of the front itself cover at least `reached_days` of its days, or when one of them
    says that an attack fell within it; but a few quiet days are not a quiet week: hard zeros alone must cover it whole.
    Raises `InputError` if no week is reached.
    """
    first = week_of(windows.days[0], MONDAY)
    weeks = weeks_between(first, max(origin, week_of(windows.days[-1], MONDAY)))
    place = (weeks_of(windows.days, MONDAY) - first) // WEEK
    known = np.zeros((len(windows.fronts), weeks.size), dtype=bool)
    for front, (covered, zero) in enumerate(zip(windows.covered, windows.zero, strict=True)):
        days, zeros = (np.bincount(place, flags, minlength=weeks.size) for flags in (covered, zero))
        known[front] = (days >= spec.reached_days) & ((zeros < days) | (zeros == DAYS))
    for reading in windows.readings:
        week = week_of(reading.first, MONDAY)
        if reading.shows_attack and reading.front in windows.fronts and week == week_of(reading.last, MONDAY):
            known[windows.fronts.index(reading.front), (week - first) // WEEK] = True
    known = known[:, weeks <= origin]
    if not known.any():
        found = f"the first evidence on {windows.days[0]}, the last complete week {origin}"
        raise InputError(Problem("as_of", "evidence of a week that was over", found, "Choose a later day."))
    start = int(known.any(axis=0).argmax())
    coords = {"series": list(windows.fronts), "week": weeks[start : known.shape[1]].astype("datetime64[ns]")}
    return xr.DataArray(known[:, start:], coords=coords, dims=("series", "week"))


def _check_imputations(imputations: int, config: SweepConfig) -> None:
    """Refuse a number of imputations that the draws cannot give."""
    most = config.chains * config.keep
    if not 1 <= imputations <= most:
        raise InputError(Problem("imputations", f"a number from 1 to {most}", str(imputations)))


def _daily(windows: Windows, draws: Draws, known: xr.DataArray, faction: str) -> xr.DataArray:
    """Return the daily counts as a labelled array, (chain, draw, series, day), NaN where there is no evidence.

    Days in no reading are kept in weeks that are reached, which they complete.
    """
    fronts = list(windows.fronts)
    coords = {
        "series": fronts,
        "day": windows.days.astype("datetime64[ns]"),
        "faction": ("series", [faction] * len(fronts)),
        "front": ("series", fronts),
    }
    attrs = {"long_name": "attacks", "units": "attacks per day"}
    weeks = weeks_of(windows.days, MONDAY).astype("datetime64[ns]")
    completed = known.reindex(week=weeks, fill_value=False).to_numpy()
    values = np.where(windows.free & ~completed, np.nan, draws.daily)
    return xr.DataArray(values, coords=coords, dims=("chain", "draw", "series", "day"), attrs=attrs)


def _weekly(daily: xr.DataArray, known: xr.DataArray) -> xr.DataArray:
    """Return the weekly counts of all draws, (chain, draw, series, week), NaN in weeks that are not reached."""
    days = daily["day"].to_numpy().astype("datetime64[D]")
    weeks = known["week"].to_numpy().astype("datetime64[D]")
    values = np.zeros((*daily.shape[:3], weeks.size))
    for place, week in enumerate(weeks):
        inside = (days >= week) & (days < week + WEEK)
        values[..., place] = np.nansum(daily.to_numpy()[..., inside], axis=-1)
    values[..., ~known.to_numpy()] = np.nan
    coords = {"week": known["week"].to_numpy()} | {name: daily.coords[name] for name in ("series", "faction", "front")}
    attrs = {"long_name": "attacks", "units": "attacks per week"}
    return xr.DataArray(values, coords=coords, dims=("chain", "draw", "series", "week"), attrs=attrs)


def _imputed(weekly: xr.DataArray, imputations: int) -> WeeklyCounts:
    """Return draws spread evenly over the chains as imputations."""
    values = weekly.to_numpy()
    flat = values.reshape(-1, *values.shape[2:])
    places = ((np.arange(imputations) + 0.5) * len(flat) / imputations).astype(int)
    return WeeklyCounts.from_arrays(
        flat[places],
        series=[str(name) for name in weekly["series"].to_numpy()],
        first_week=weekly["week"].to_numpy()[0].astype("datetime64[D]"),
        faction=[str(name) for name in weekly["faction"].to_numpy()],
        front=[str(name) for name in weekly["front"].to_numpy()],
    )


def _mixing(weekly: xr.DataArray) -> Mixing:
    """Return how well the chains agree on every weekly total that is reached and not constant."""
    values = np.moveaxis(weekly.to_numpy(), (0, 1), (2, 3))
    varying = ~np.isnan(values).any(axis=(2, 3)) & (values.min(axis=(2, 3)) < values.max(axis=(2, 3)))
    chains, draws = values.shape[2:]
    if not varying.any():
        return Mixing(chains, draws, 1.0, float(chains * draws), "", True, "every week is certain")
    names = [
        f"{weekly['series'].to_numpy()[series]}, {str(weekly['week'].to_numpy()[week])[:10]}"
        for series, week in np.argwhere(varying)
    ]
    rhat = array_stats.rhat(values[varying], chain_axis=1, draw_axis=2)
    ess = array_stats.ess(values[varying], chain_axis=1, draw_axis=2)
    worst, largest, smallest = names[int(ess.argmin())], float(rhat.max()), float(ess.min())
    mixed = largest < MAX_RHAT and smallest > MIN_ESS
    verdict = f"R-hat at most {largest:.3f}, at least {smallest:.0f} effective draws of every weekly count"
    verdict += "" if mixed else f"; wanted below {MAX_RHAT} and above {MIN_ESS:.0f}"
    return Mixing(chains, draws, largest, smallest, worst, mixed, verdict)
