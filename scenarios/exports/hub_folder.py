"""A forecast as a hubverse hub: the folder that the readers, validators and scorers of hubs take.

=====================================  ==============================================================
path                                   what
=====================================  ==============================================================
hub-config/tasks.json                  the round, its tasks and output types, read off the table
hub-config/admin.json                  whose hub it is
hub-config/target-data.json            what a row of the target data is of
hub-config/model-metadata-schema.json  what the file of a model must say
model-metadata/lull-forecast.yml       the model, and the run that the forecast is of
model-output/lull-forecast/*.parquet   the forecast table
target-data/time-series.parquet        the weekly counts that are known
target-data/oracle-output.parquet      what came of the round, where later counts are given
=====================================  ==============================================================

`tasks.json` is written last: without it no reader takes the folder for a hub.
"""

import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pyarrow as pa

from lull.data.calendar import same_calendar, week_end
from lull.data.counts import WeeklyCounts
from lull.data.files import write_json, write_whole
from lull.data.readers.columns import other_calendar
from lull.data.schema import InputError, Problem
from lull.scenarios.exports.hub_config import (
    MODEL,
    TEAM,
    admin_config,
    model_metadata_schema,
    target_data_config,
    tasks_config,
)
from lull.scenarios.exports.target_data import oracle_output, time_series
from lull.scenarios.overview.run_rows import subject
from lull.scenarios.results.forecast import Forecast
from lull.scenarios.results.tables import forecast_table, write_parquet

NAME = f"{TEAM}-{MODEL}"
CONFIG, OUTPUT, TARGET, METADATA = "hub-config", "model-output", "target-data", "model-metadata"
METHODS = "Pool of a regime model, a hurdle model and recent rates of weekly counts, under scenarios; docs/model.md."


def write_hub(forecast: Forecast, folder: Path, *, observed: WeeklyCounts | None = None) -> list[Path]:
    """Write a hub of one round to a folder and return its files. `observed` are later counts of the same series.

    Raises `InputError` for a folder that holds another round, for counts of another calendar, and if a file cannot be
    written.
    """
    origin, series = forecast.state.origin, forecast.state.series
    path = folder / OUTPUT / NAME / f"{week_end(origin)}-{NAME}.parquet"
    _check(folder, path, observed, forecast)
    table = _plain(forecast_table(forecast.projections, shares=forecast.shares))
    oracle = oracle_output(observed, origin, series, horizon=forecast.state.horizon)
    write_parquet(table, path)
    write_parquet(time_series(forecast.weekly, observed), folder / TARGET / "time-series.parquet")
    write_parquet(oracle, folder / TARGET / "oracle-output.parquet")
    write_whole(folder / METADATA / f"{NAME}.yml", _yaml(_model(forecast)))
    configs = {
        "model-metadata-schema.json": model_metadata_schema(),
        "target-data.json": target_data_config(),
        "admin.json": admin_config(subject(forecast.run.record)),
        "tasks.json": tasks_config(table),
    }
    for name, content in configs.items():
        write_json(folder / CONFIG / name, content)
    data = (path, folder / METADATA / f"{NAME}.yml", *sorted((folder / TARGET).glob("*.parquet")))
    return [*(folder / CONFIG / name for name in configs), *data]


def _check(folder: Path, path: Path, observed: WeeklyCounts | None, forecast: Forecast) -> None:
    """Refuse a folder with another round, whose tasks would be overwritten, and counts that are not of these weeks."""
    others = [each for each in (folder / OUTPUT).glob("**/*.parquet") if each != path]
    if others:
        remedy = "Name another folder with --out: each export is a hub of one round."
        raise InputError(
            Problem(f"--out {folder}", "a new folder, or this round's", f"the hub of {others[0].name}", remedy)
        )
    if observed is None:
        return
    if not same_calendar(observed.weeks[0], forecast.state.origin):
        raise InputError(other_calendar("--observed", observed.weeks[0], forecast.state.origin))
    if not set(observed.series) & set(forecast.state.series):
        expected = f"a series of the run: {', '.join(forecast.state.series)}"
        raise InputError(Problem("--observed", expected, ", ".join(observed.series)))


def _plain(table: pa.Table) -> pa.Table:
    """Return a table with its texts written out: some readers of hubs take no dictionaries."""
    text = pa.types.is_dictionary
    fields = [pa.field(each.name, pa.string() if text(each.type) else each.type) for each in table.schema]
    return table.cast(pa.schema(fields))


def _model(forecast: Forecast) -> dict[str, str | bool]:
    """Return what is said of the model."""
    return {
        "team_name": "Lull",
        "team_abbr": TEAM,
        "model_name": "Lull forecast",
        "model_abbr": MODEL,
        "model_version": metadata.version("lull-forecast"),
        "designated_model": True,
        "license": "Apache-2.0",
        "methods": METHODS,
        "run_id": forecast.run.run_id,
    }


def _yaml(content: Mapping[str, Any]) -> str:
    """Return flat YAML; a text in JSON is one in YAML."""
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in content.items())
