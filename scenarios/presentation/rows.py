"""The tables of words: the rows that terminal, screens and reports lay out, each made here once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from lull.scenarios.presentation.wording import (
    NO_CHANGE_CELL,
    difference_in_points,
    effect_words,
    parts_in_points,
    percent,
    with_interval,
    written_interval,
)
from lull.scenarios.results.document import (
    HALF_LIFE,
    HEADLINE_HORIZONS,
    TOTAL_WEEKS,
    Asked,
    DriverEffect,
    EvidenceUsed,
    ForecastDocument,
    PartForecast,
    Tension,
)

type Rows = list[dict[str, str]]

SPLIT = (
    "Where these differences come from, in points: record (what followed such events of other actors) / data (what "
    "these data add) / belief; set: what the scenario itself sets"
)
INCONSISTENT = "Inconsistent reports (each against what all others imply)"
Z = "z is the standardised residual: how far a report is from what the others imply, in standard deviations."


class Compared(Protocol):
    """A report and what all others imply of its window: attacks, with a 90 % interval, and how far it is off (z)."""

    @property
    def report_id(self) -> str: ...  # noqa: D102 - the class says what they are
    @property
    def reported(self) -> int: ...  # noqa: D102
    @property
    def implied(self) -> float: ...  # noqa: D102
    @property
    def implied_low(self) -> float: ...  # noqa: D102
    @property
    def implied_high(self) -> float: ...  # noqa: D102
    @property
    def residual(self) -> float: ...  # noqa: D102


def compared_rows(reports: Iterable[Compared]) -> Rows:
    """Return a row for each report: what it says, what the others imply, and the standardised residual."""
    return [{"report": report.report_id, **_compared(report)} for report in reports]


def tension_rows(reports: Iterable[Tension]) -> Rows:
    """Return a row for each report with its source, front and window."""
    return [
        {
            "report": report.report_id,
            "source": report.source,
            "front": report.front,
            "window": window_words(report.first_day, report.last_day),
            **_compared(report),
        }
        for report in reports
    ]


def _compared(report: Compared) -> dict[str, str]:
    implied = with_interval(report.implied, report.implied_low, report.implied_high)
    return {"says": str(report.reported), "others imply": implied, "z": f"{report.residual:+z.1f}"}


def window_words(first: date, last: date) -> str:
    """Return the days of a window."""
    return f"{first:%-d %b %y}" + (f" to {last:%-d %b %y}" if last != first else "")


def set_aside_rows(evidence: EvidenceUsed) -> Rows:
    """Return a row for each reason why reports were set aside."""
    return [{"reason": reason, "reports": str(count)} for reason, count in evidence.set_aside.items()]


def chance_rows(document: ForecastDocument, asked: Asked, series: str) -> Rows:
    """Return a row for each scenario: chances by the headline weeks."""
    rows = []
    for place, scenario in enumerate(document.scenarios):
        row = {"scenario": scenario.title}
        for horizon in document.headline_horizons:
            chance = document.chance(asked, scenario.id, series, horizon)
            changed = difference_in_points(chance) if scenario.departs else NO_CHANGE_CELL
            row[f"{chance.by:%-d %b %Y}"] = f"{percent(chance.probability)}{f'  {changed}' if place else ''}"
        rows.append(row)
    return rows


def split_rows(document: ForecastDocument, asked: Asked, series: str) -> Rows:
    """Return a row for each scenario that differs: the parts of its differences, by the headline weeks."""
    rows = []
    for scenario in document.scenarios[1:]:
        chances = [document.chance(asked, scenario.id, series, horizon) for horizon in document.headline_horizons]
        cells = {f"{one.by:%-d %b %Y}": parts_in_points(one.parts) for one in chances if one.parts is not None}
        if scenario.departs is not None and cells:
            rows.append({"scenario": scenario.title} | cells)
    return rows


def week_rows(document: ForecastDocument, series: str) -> Rows:
    """Return a row for each scenario: weekly counts in the headline weeks."""
    rows = []
    for scenario in document.scenarios:
        row = {"scenario": scenario.title}
        for horizon in (1, *document.headline_horizons):
            week = document.week(scenario.id, series, horizon)
            half, most = written_interval(week.low_50, week.high_50), written_interval(week.low_90, week.high_90)
            row[f"week of {week.week:%-d %b %Y}"] = f"{week.median:.0f}  {half}  {most}"
        rows.append(row)
    return rows


def driver_rows(drivers: Sequence[DriverEffect]) -> Rows:
    """Return a row for each driver: what was believed of it, and what the data made of that."""
    names = [note.covariate.replace("_", " ") for note in drivers]
    return [
        {
            "driver": f"{name} on {note.on}" if note.on != HALF_LIFE else f"{HALF_LIFE} of {name}",
            "believed": _effect(note.on, note.prior_median, note.prior_low, note.prior_high),
            "now": _effect(note.on, note.median, note.low, note.high),
            "shared": percent(note.overlap),
            "placebo": "" if note.placebo_p_any is None else f"{note.placebo_p_any:.2f}",
            "in words": effect_words(note),
        }
        for name, note in zip(names, drivers, strict=True)
    ]


def _effect(on: str, median: float, low: float, high: float) -> str:
    """Return a median with its 90 % interval: an effect with its sign, a half-life in weeks."""
    return with_interval(median, low, high, "z.1f" if on == HALF_LIFE else "+z.1f")


def replicate_rows(replicates: Sequence[Mapping[str, Any]]) -> Rows:
    """Return a row for each figure of the observed weeks, and its interval over replicated weeks."""
    return [
        {
            "series": row["series"],
            "figure": row["figure"],
            "observed": f"{row['observed']:.3g}",
            "replicated": written_interval(row["low"], row["high"], ".3g"),
            "as large or larger": percent(row["p"]),
        }
        for row in replicates
    ]


MODELS = {
    "pool": "the forecast",
    "regimes": "regime model alone",
    "hurdle": "hurdle model alone",
    "recent": "recent rates alone",
}


def part_rows(parts: Iterable[PartForecast]) -> list[dict[str, str]]:
    """Return the forecast of one series and of each model that it pools, as a table."""
    return [
        {
            "model": MODELS[one.model],
            "share of paths": percent(one.share),
            **{f"any attack, {h} weeks": percent(p) for h, p in zip(HEADLINE_HORIZONS, one.any_attack, strict=True)},
            f"attacks in {TOTAL_WEEKS} weeks": f"{one.median:.0f} {written_interval(one.low_90, one.high_90)}",
        }
        for one in parts
    ]
