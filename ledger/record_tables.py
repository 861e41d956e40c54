"""The record as tables: a row for each forecast, for each score, for each question; and as a hub of the hubverse.

A hub holds a folder for each forecaster under `model-output`, in the columns of the forecast table, and what came of
the questions under `target-data`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from lull.ledger.forecasters import Forecast
from lull.ledger.record_scores import METRICS, Record, Score, losses
from lull.ledger.standing import Standing
from lull.scenarios.results.tables import ANY_ATTACK, COLUMNS, CUMULATED, write_csv, write_parquet

type Format = Literal["csv", "parquet", "hub"]

THREE = ("0.05", "0.5", "0.95")
SCORES = pa.schema(
    [(name, pa.string()) for name in ("group", "value", "forecaster", "metric")]
    + [("mean", pa.float64())]
    + [(name, pa.int64()) for name in ("scored", "early", "published", "resolved", "void")]
    + [(name, pa.float64()) for name in ("share_resolved", "model", "baseline")]
)
FORECASTS = pa.schema(
    [("entry", pa.int64()), ("published_on", pa.date32())]
    + [(name, pa.string()) for name in ("question", "series", "kind", "scenario", "premise", "forecaster")]
    + [("since", pa.date32()), ("deadline", pa.date32()), ("weeks_ahead", pa.int64())]
    + [(name, pa.float64()) for name in ("chance", "q05", "q50", "q95")]
    + [("outcome", pa.string()), ("total", pa.int64())]
    + [(name, pa.float64()) for name in METRICS]
    + [("run_id", pa.string())]
)
QUESTIONS = pa.schema(
    [(name, pa.string()) for name in ("question", "series", "kind", "rule")]
    + [("deadline", pa.date32()), ("first_published_on", pa.date32()), ("versions", pa.int64())]
    + [("chance", pa.float64()), ("outcome", pa.string()), ("total", pa.int64()), ("reason", pa.string())]
    + [("known_to", pa.date32()), ("corrections", pa.int64())]
)
HUB = pa.schema(
    [("origin_date", pa.date32())]
    + [(name, pa.string()) for name in ("scenario_id", "target", "series")]
    + [("horizon", pa.int32()), ("target_end_date", pa.date32())]
    + [("output_type", pa.string()), ("output_type_id", pa.string()), ("value", pa.float64())]
)
ORACLE = pa.schema([*(field for field in HUB if field.name != "value"), ("oracle_value", pa.float64())])


def export(record: Record, out: Path, formats: Iterable[Format]) -> list[Path]:
    """Write the tables of a record to a folder and return where they are. Raises `InputError` if it cannot."""
    return [path for name in dict.fromkeys(formats) for path in WRITERS[name](record, out)]


def scores_table(scores: Iterable[Score]) -> pa.Table:
    """Return a row for each score."""
    return _table((asdict(one) for one in scores), SCORES)


def forecasts_table(record: Record) -> pa.Table:
    """Return a row for what each forecaster said about each version of each question, and its scores."""
    return _table(map(_forecast_row, record.forecasts), FORECASTS)


def questions_table(standings: Iterable[Standing]) -> pa.Table:
    """Return a row for each question, as its last version stands."""
    return _table(map(question_row, standings), QUESTIONS)


def question_row(standing: Standing) -> dict[str, Any]:
    """Return what a list says of a question."""
    latest, decision = standing.latest, standing.latest.decision
    return {
        "question": standing.key.question,
        "series": standing.key.series,
        "kind": latest.body.asked,
        "rule": latest.body.rule,
        "deadline": standing.key.deadline,
        "first_published_on": standing.versions[0].entry.time.date(),
        "versions": len(standing.versions),
        "chance": latest.body.chance,
        "outcome": latest.outcome,
        "total": latest.total,
        "reason": decision.reason if decision else "",
        "known_to": decision.known_to if decision else None,
        "corrections": sum(one.body.kind == "correction" for version in standing.versions for one in version.settled),
    }


def _forecast_row(forecast: Forecast) -> dict[str, Any]:
    version, body = forecast.version, forecast.version.body
    low, median, high = forecast.quantiles or (None, None, None)
    return {
        "entry": version.entry.number,
        "published_on": version.entry.time.date(),
        "question": body.question,
        "series": body.series,
        "kind": body.asked,
        "scenario": body.scenario,
        "premise": version.premise,
        "forecaster": forecast.forecaster,
        "since": body.since,
        "deadline": body.deadline,
        "weeks_ahead": version.weeks_ahead,
        "chance": forecast.chance,
        "q05": low,
        "q50": median,
        "q95": high,
        "outcome": version.outcome,
        "total": version.total,
        **losses(forecast),
        "run_id": body.run_id,
    }


def _table(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Return a table of rows; texts by their codes, so that what writes CSV makes them harmless."""
    listed = [{name: row.get(name) for name in schema.names} for row in rows]
    table = pa.Table.from_pylist(listed, schema=schema)
    for place, field in enumerate(schema):
        if pa.types.is_string(field.type):
            table = table.set_column(place, field.name, table.column(place).dictionary_encode())
    return table


def _tables(record: Record) -> dict[str, pa.Table]:
    return {
        "forecasts": forecasts_table(record),
        "scores": scores_table(record.scores),
        "questions": questions_table(record.standings),
    }


def _write(record: Record, out: Path, suffix: str, write: Callable[[pa.Table, Path], None]) -> Iterator[Path]:
    for name, table in _tables(record).items():
        path = out / f"{name}.{suffix}"
        write(table, path)
        yield path


def _write_hub(record: Record, out: Path) -> Iterator[Path]:
    """Write what each forecaster said, a file for each origin, and what came of it."""
    groups: dict[tuple[str, date], list[dict[str, Any]]] = defaultdict(list)
    for forecast in record.forecasts:
        origin = forecast.version.body.since - timedelta(days=1)
        groups[model_id(forecast.forecaster), origin] += list(_hub_rows(forecast))
    for (name, origin), rows in sorted(groups.items()):
        path = out / "model-output" / name / f"{origin}-{name}.parquet"
        write_parquet(pa.Table.from_pylist(rows, schema=HUB).select(COLUMNS), path)
        yield path
    path = out / "target-data" / "oracle-output.parquet"
    write_parquet(pa.Table.from_pylist(_oracle_rows(record.forecasts), schema=ORACLE), path)
    yield path


def model_id(forecaster: str) -> str:
    """Return the name of a forecaster in a hub: a team and a model, letters, digits and underscores."""
    return f"lull-{re.sub(r'[^0-9A-Za-z]+', '_', forecaster).strip('_') or 'reader'}"


def _hub_rows(forecast: Forecast) -> Iterator[dict[str, Any]]:
    task = _task(forecast)
    if forecast.chance is not None:
        for name, chance in (("yes", forecast.chance), ("no", 1 - forecast.chance)):
            yield task | {"output_type": "pmf", "output_type_id": name, "value": chance}
    if forecast.quantiles is not None:
        levels = forecast.counts.quantiles if forecast.counts else dict(zip(THREE, forecast.quantiles, strict=True))
        for level, value in levels.items():
            yield task | {"target": CUMULATED, "output_type": "quantile", "output_type_id": level, "value": value}


def _oracle_rows(forecasts: Sequence[Forecast]) -> list[dict[str, Any]]:
    """Return what came of each task that is decided, once."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for forecast in forecasts:
        for row in _hub_rows(forecast):
            task = {name: row[name] for name in ORACLE.names if name != "oracle_value"}
            if (value := _truth(forecast, row)) is not None:
                rows[tuple(task.values())] = task | {"oracle_value": value}
    return list(rows.values())


def _truth(forecast: Forecast, row: Mapping[str, Any]) -> float | None:
    if row["output_type"] == "quantile":
        return forecast.version.total
    happened = forecast.happened
    return None if happened is None else float(happened == (row["output_type_id"] == "yes"))


def _task(forecast: Forecast) -> dict[str, Any]:
    """Return the task of a forecast; a question that the forecast table has no target for is a target of its own."""
    body = forecast.version.body
    target = ANY_ATTACK if body.asked == "any attack" else body.question.rpartition(" by ")[0] + " by date"
    return {
        "origin_date": body.since - timedelta(days=1),
        "scenario_id": body.scenario,
        "target": target,
        "series": body.series,
        "horizon": -(-(body.deadline - body.since).days // 7) or 1,
        "target_end_date": body.deadline,
    }


WRITERS: dict[Format, Callable[[Record, Path], Iterator[Path]]] = {
    "csv": lambda record, out: _write(record, out, "csv", write_csv),
    "parquet": lambda record, out: _write(record, out, "parquet", write_parquet),
    "hub": _write_hub,
}
