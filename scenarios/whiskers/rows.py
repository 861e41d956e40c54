"""What is compared on one scale, as tables: drivers, reports against the rest, scenarios against the baseline."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from lull.data.learned.effects import MECHANISMS
from lull.scenarios.drivers.driver_record import recorded, recorded_interval
from lull.scenarios.engine.questions import Answer
from lull.scenarios.presentation.wording import series_name, with_interval, written_interval
from lull.scenarios.results.document import DriverEffect, Tension

RECORD, BELIEVED, NOW = "record of other actors", "believed", "after the data"
IMPLIED, SAYS = "what all others imply", "what the report says"
DIFFERENCE = "difference from the baseline"
REPLICATED, OBSERVED = "95 % of replicated weeks", "observed"
DRIVERS, REPORTS, SCENARIOS = (RECORD, BELIEVED, NOW), (IMPLIED, SAYS), (DIFFERENCE,)
REPLICATES = (REPLICATED, OBSERVED)
WHISKERS = pa.schema(
    [("label", pa.string()), ("kind", pa.string())]
    + [(name, pa.float64()) for name in ("low", "value", "high")]
    + [("shown", pa.string())]
)

type Span = tuple[float, float, float]
"""Lower end, middle and upper end."""


def driver_whiskers(effects: Iterable[DriverEffect]) -> pa.Table:
    """Return record, belief and posterior of each effect, median with 90 % interval, on the log or logit scale.

    Half-lives are left out: they are weeks. So is the record of a driver that no case teaches.
    """
    return _table(row for one in effects if one.on in MECHANISMS for row in _driver(one))


def _driver(one: DriverEffect) -> Iterator[dict[str, Any]]:
    label = f"{one.covariate.replace('_', ' ')} on {one.on}"
    record = recorded(one)
    if record is not None and record.cases:
        low, high = recorded_interval(record)
        yield _row(label, RECORD, (low, record.mean, high), "+z.1f")
    yield _row(label, BELIEVED, (one.prior_low, one.prior_median, one.prior_high), "+z.1f")
    yield _row(label, NOW, (one.low, one.median, one.high), "+z.1f")


def report_whiskers(reports: Iterable[Tension]) -> pa.Table:
    """Return each report's count, and what all others imply of its window with a 90 % interval, in attacks."""
    rows = []
    for one in reports:
        label = f"{one.report_id} ({one.first_day:%-d %b %y})"
        rows.append(_row(label, IMPLIED, (one.implied_low, one.implied, one.implied_high), "z.0f"))
        rows.append(_row(label, SAYS, (one.reported,) * 3, "z.0f") | {"shown": str(one.reported)})
    return _table(rows)


def scenario_whiskers(answers: Iterable[tuple[str, Answer]]) -> pa.Table:
    """Return each scenario's difference from the baseline with its 90 % interval, in points, by its title."""
    return _table(_row(title, DIFFERENCE, _points(one), "+z.0f") for title, one in answers)


def _points(one: Answer) -> Span:
    return 100 * one.difference_low, 100 * one.difference, 100 * one.difference_high


def replicate_whiskers(replicates: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return each figure of the observed weeks on the scale of its replicates: 0 and 1 are the ends of 95 % of them."""
    rows = []
    for one in replicates:
        label = f"{one['figure']}, {series_name(one['series'])}"
        width = (one["high"] - one["low"]) or 1.0
        place = (one["observed"] - one["low"]) / width
        replicated = written_interval(one["low"], one["high"], ".3g")
        rows.append(_row(label, REPLICATED, (0.0, 0.5, 1.0), ".1f") | {"value": None, "shown": replicated})
        rows.append(_row(label, OBSERVED, (place,) * 3, ".1f") | {"shown": f"{one['observed']:.3g}"})
    return _table(rows)


def labels_of(table: pa.Table) -> tuple[str, ...]:
    """Return the things compared, in order."""
    return tuple(dict.fromkeys(table.column("label").to_pylist()))


def _row(label: str, kind: str, span: Span, form: str) -> dict[str, Any]:
    low, value, high = map(float, span)
    shown = with_interval(value, low, high, form)
    return {"label": label, "kind": kind, "low": low, "value": value, "high": high, "shown": shown}


def _table(rows: Iterable[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=WHISKERS)
