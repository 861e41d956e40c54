"""What one `lull forecast` says, as one typed object: the printed page, `--json`, the report and the screen read it.

It is kept with the run as `forecast.json`, so that a question asked again is answered without arithmetic. Every number
is a summary of paired draws; the draws themselves are in `forecast.parquet`.
"""

from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict

from lull.scenarios.results.calibration_status import Calibrated

type Grade = Literal["good", "doubtful", "unusable"]
type Asked = Literal["any attack", "resumption"]

CLAIMS = "Counts are statements by the group, not verified attacks."
RECORDED = "Counts are as your source recorded them, unverified by Lull; a claim is a statement, not a verified attack."
REPORTED = "Counts are as published reports give them, claimed by the group or not; Lull verified none."
HEADLINE_HORIZONS = (4, 8, 12, 26)  # weeks ahead that the page prints
TOTAL_WEEKS = 12  # whose attacks are summed where the models of a forecast are compared
HALF_LIFE = "half-life"  # what a row of the drivers is on, where it is no effect


class Part(BaseModel):
    """A part of the document: read-only, nothing in it that is not named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tension(Part):
    """A report that is inconsistent with the others; attacks in its window, `residual` in standard deviations."""

    report_id: str
    source: str
    front: str
    first_day: date
    last_day: date
    reported: int
    implied: float
    implied_low: float
    implied_high: float
    residual: float


class OutOfScale(Part):
    """A week set apart: the attacks recorded in it, and the count that the fit was given in its place."""

    series: str
    week: date
    recorded: int
    taken_as: int


class EvidenceUsed(Part):
    """What the counts were made from; `set_aside` counts reports by reason, `tension` is worst first.

    `completeness` is the share of the last weeks that is taken as reported, the newest first; empty: all of it.
    `completeness_error` is the standard error of each where they were estimated: the fit takes them as known.
    `out_of_scale` are weeks that no model of the series can hold.
    """

    kind: Literal["reports", "counts"]
    known: int
    used: int
    set_aside: dict[str, int]
    first_day: date
    last_day: date
    tension: tuple[Tension, ...]
    completeness: tuple[float, ...] = ()
    completeness_error: tuple[float, ...] = ()
    out_of_scale: tuple[OutOfScale, ...] = ()


class Convergence(Part):
    """The verdict on the sampler's draws, and that on past forecasts (`calibration_status.py`).

    `replication` says whether the fit makes weeks like those observed.
    """

    grade: Grade
    reasons: tuple[str, ...]
    advice: str
    draws: int
    divergences: int
    rhat: float
    ess_bulk: float
    ess_tail: float
    calibration: Calibrated
    calibration_reason: str
    replication: str

    @property
    def usable(self) -> bool:
        """Whether the numbers may be used."""
        return self.grade != "unusable"

    @property
    def grades(self) -> dict[str, str]:
        """The grades of draws and forecasts, as every JSON object of an answer names them."""
        return self.model_dump(include={"grade", "calibration", "calibration_reason"})

    @property
    def calibrated(self) -> str:
        """The grade of the forecasts in words."""
        return f"{self.calibration}: {self.calibration_reason}"


class DriverEffect(Part):
    """What the data taught about one driver: 90 % intervals before and after, and what they share (0..1).

    Effects are on the log or logit scale per unit of the covariate, half-lives in weeks; sensitivities: power scaling.
    `placebo_p` is the share of calendars that move it as far, `placebo_p_any` any: by that it is `called` an effect.
    """

    covariate: str
    on: str
    prior_low: float
    prior_median: float
    prior_high: float
    low: float
    median: float
    high: float
    overlap: float
    prior_sensitivity: float
    likelihood_sensitivity: float
    learned: str
    placebo_p: float | None = None
    placebo_p_any: float | None = None
    called: bool | None = None


class ScenarioNote(Part):
    """A scenario in words; `departs` is the first horizon at which it is not the baseline, None if it is."""

    id: str
    title: str
    assumptions: str
    departs: int | None


class SeriesNote(Part):
    """A series at the origin: weeks of the recorded silence, and the probability that it is active.

    `reference_rate` is how often recorded silences as old ended within the weeks ahead, None where it is not silent.
    `paused`: it is almost certainly in a pause; of another series no resumption is printed. `regime_share` is the share
    of the forecast's paths that the regime model decides, `recent_share` that of recent rates; the hurdle model decides
    the others.
    """

    name: str
    silent_weeks: float
    p_active: float
    last_count_week: date | None
    reference_rate: float | None
    paused: bool
    regime_share: float
    recent_share: float


class PartForecast(Part):
    """What the forecast (`pool`), or a model of it alone, says of the baseline of one series; `share` of the paths.

    `any_attack` is the chance of an attack within each of `HEADLINE_HORIZONS` weeks; of the attacks of `TOTAL_WEEKS`
    weeks the median and the 90 % interval.
    """

    model: Literal["pool", "regimes", "hurdle", "recent"]
    share: float
    any_attack: tuple[float, ...]
    median: float
    low_90: float
    high_90: float


class PastWeek(Part):
    """A past week: attacks (median and 90 % interval over imputations; None where no evidence reaches), P(active)."""

    series: str
    week: date
    low: float | None
    median: float | None
    high: float | None
    p_active: float


class FutureWeek(Part):
    """A week ahead under one scenario: attacks per week; `mean_error` is the Monte Carlo error of the mean."""

    scenario_id: str
    series: str
    horizon: int
    week: date
    target_end_date: date
    mean: float
    mean_error: float
    median: float
    low_50: float
    high_50: float
    low_90: float
    high_90: float


class DifferenceParts(Part):
    """Where a difference from the baseline comes from; the first four add up to it.

    `assumed` is what the scenario itself sets without any driver; `belief` is added by effects around 0 where a record
    teaches them, and as believed where none does; `record` by what followed such events of other actors, `data` by what
    these data taught of the effects. `before` is the difference before the data (the first three), with its 90 %
    interval.
    """

    assumed: float
    belief: float
    record: float
    data: float
    before: float
    before_low: float
    before_high: float


class Chance(Part):
    """The probability of something by the end of a week ahead, and its paired difference from the baseline.

    The 90 % interval of the difference is that of the posterior: draws of the same parameters are subtracted. `parts`
    say where it comes from; None where that is not known (no drivers, the baseline, a change of reporting).
    """

    asked: Asked
    scenario_id: str
    series: str
    horizon: int
    by: date
    probability: float
    mc_error: float
    difference: float
    difference_low: float
    difference_high: float
    parts: DifferenceParts | None = None


class HitTotal(Part):
    """Attacks of all weeks ahead that hit: derived from the share that two reports give, `hits` of `claims`."""

    scenario_id: str
    series: str
    hits: int
    claims: int
    reports: tuple[str, str]
    mean: float
    median: float
    low_90: float
    high_90: float


class ForecastDocument(Part):
    """A forecast of every series under every scenario; the first scenario is the baseline.

    `beliefs` says whose beliefs about drivers it holds, empty where the record speaks.
    """

    run_id: str
    as_of: date
    known_to: date
    origin_week: date
    origin_date: date
    horizon: int
    seed: int
    subject: str
    claims: str
    beliefs: str = ""
    evidence: EvidenceUsed
    convergence: Convergence
    levers: tuple[DriverEffect, ...]
    series: tuple[SeriesNote, ...]
    scenarios: tuple[ScenarioNote, ...]
    history: tuple[PastWeek, ...]
    weeks: tuple[FutureWeek, ...]
    chances: tuple[Chance, ...]
    hits: tuple[HitTotal, ...] = ()

    @property
    def headline_horizons(self) -> tuple[int, ...]:
        """The horizons to print: the standard ones that are reached, and the last."""
        return tuple(sorted({h for h in HEADLINE_HORIZONS if h <= self.horizon} | {self.horizon}))

    def asked_of(self, series: str) -> tuple[Asked, ...]:
        """The chances to print of a series: only what has paused can resume."""
        paused = next(note for note in self.series if note.name == series).paused
        return ("any attack", "resumption") if paused else ("any attack",)

    def week(self, scenario_id: str, series: str, horizon: int) -> FutureWeek:
        """Return one week ahead; KeyError if the document has none such."""
        return self._weeks[scenario_id, series, horizon]

    def chance(self, asked: Asked, scenario_id: str, series: str, horizon: int) -> Chance:
        """Return one chance; KeyError if the document has none such."""
        return self._chances[asked, scenario_id, series, horizon]

    @cached_property
    def _weeks(self) -> dict[tuple[str, str, int], FutureWeek]:
        return {(row.scenario_id, row.series, row.horizon): row for row in self.weeks}

    @cached_property
    def _chances(self) -> dict[tuple[str, str, str, int], Chance]:
        return {(row.asked, row.scenario_id, row.series, row.horizon): row for row in self.chances}


class Happened(Part):
    """Attacks of all hindcast weeks together: median and 90 % interval over imputations; None where a week is missing.

    `weeks_known` is how many of the weeks evidence reaches.
    """

    series: str
    weeks_known: int
    low: float | None
    median: float | None
    high: float | None


class Total(Part):
    """Attacks of all hindcast weeks together under one scenario, and their paired difference from the record's.

    The 90 % interval of the difference is that of paths that share draw and random numbers; `mc_error` is
    that of its mean;
    `p_more` the probability of more attacks than as on record, draw by draw.
    """

    scenario_id: str
    series: str
    mean: float
    low_90: float
    high_90: float
    difference: float
    mc_error: float
    difference_low: float
    difference_high: float
    p_more: float


class HindcastDocument(ForecastDocument):
    """A counterfactual hindcast: past weeks projected again; the first scenario is what is on record.

    `history` goes on through the weeks projected: it is what happened. Never scored.
    """

    happened: tuple[Happened, ...]
    totals: tuple[Total, ...]
