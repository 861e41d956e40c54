"""The configuration of a hubverse hub (schema v6) that holds one forecast table: what may be in it, in whose words.

Everything is read off the table itself, so that a hub never says of its tasks what its model output does not have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lull.scenarios.results.tables import (
    ANY_ATTACK,
    CUMULATED,
    CUMULATED_HITS,
    RESUMPTION,
    WEEKLY,
    WEEKLY_HITS,
)

SCHEMAS = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0"
TEAM, MODEL = "lull", "forecast"
TIMEZONE = "Africa/Abidjan"  # UTC all the year; the schema lists places, and UTC is none
WEEK_DAYS = 7
POINTS, CHANCES, SAMPLE = {"mean", "median"}, {"pmf", "cdf"}, "sample"
TASK_IDS = ("origin_date", "scenario_id", "target", "series", "horizon", "target_end_date")
KEPT_APART = ("origin_date", "target")  # two sample rows with one id are the same draw, whatever else they are of


@dataclass(frozen=True)
class _Target:
    """What a hub says of a target: its name in words, its unit, its statistical type, whether it is of one week."""

    name: str
    units: str
    kind: str
    is_step_ahead: bool


TARGETS = {
    WEEKLY: _Target("Reported attacks in the week", "attacks", "discrete", is_step_ahead=True),
    CUMULATED: _Target("Reported attacks since the origin", "attacks", "discrete", is_step_ahead=True),
    ANY_ATTACK: _Target("Any reported attack by the end of the week", "yes or no", "binary", is_step_ahead=True),
    RESUMPTION: _Target("The week in which attacks resume", "last day of the week", "ordinal", is_step_ahead=False),
    WEEKLY_HITS: _Target("Attacks that hit in the week", "attacks", "discrete", is_step_ahead=True),
    CUMULATED_HITS: _Target("Attacks that hit since the origin", "attacks", "discrete", is_step_ahead=True),
}  # fmt: skip


def tasks_config(table: pa.Table) -> dict[str, Any]:
    """Return `tasks.json` of a forecast table: one round, named by its day, a group of tasks a target."""
    round_ = {
        "round_id_from_variable": True,
        "round_id": "origin_date",
        "model_tasks": [_group(_only(table, "target", name), name) for name in _values(table, "target")],
        "submissions_due": {"relative_to": "origin_date", "start": 0, "end": WEEK_DAYS},
    }
    return {
        "schema_version": f"{SCHEMAS}/tasks-schema.json",
        "rounds": [round_],
        "output_type_id_datatype": "character",
        "derived_task_ids": ["target_end_date"],
    }


def admin_config(subject: str) -> dict[str, Any]:
    """Return `admin.json`: the hub is a folder that is published nowhere, which its contact and repository say."""
    return {
        "schema_version": f"{SCHEMAS}/admin-schema.json",
        "name": f"Lull: attacks of {subject}",
        "maintainer": "Whoever exported this folder",
        "contact": {"name": "Whoever exported this folder"},
        "repository": {"host": "github", "owner": "not-published", "name": "not-published"},
        "file_format": ["parquet"],
        "timezone": TIMEZONE,
    }


def target_data_config() -> dict[str, Any]:
    """Return `target-data.json`: what a row of the two files of observations is of."""
    return {
        "schema_version": f"{SCHEMAS}/target-data-schema.json",
        "observable_unit": ["target", "series", "target_end_date"],
        "date_col": "target_end_date",
        "time-series": {"versioned": False},
        "oracle-output": {
            "has_output_type_ids": True,
            "observable_unit": ["origin_date", "target", "series", "horizon", "target_end_date"],
            "versioned": False,
        },
    }


def model_metadata_schema() -> dict[str, Any]:
    """Return `model-metadata-schema.json`: what the file of a model must say."""
    texts = ("team_name", "team_abbr", "model_name", "model_abbr", "model_version", "license", "methods", "run_id")
    properties: dict[str, Any] = {name: {"type": "string"} for name in texts}
    properties["designated_model"] = {"type": "boolean"}
    abbreviation = {"type": "string", "pattern": "^[a-zA-Z0-9_]+$", "maxLength": 16}
    properties |= {"team_abbr": abbreviation, "model_abbr": abbreviation}
    required = ["team_name", "team_abbr", "model_name", "model_abbr", "designated_model"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Model metadata",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _group(table: pa.Table, target: str) -> dict[str, Any]:
    """Return the tasks of one target: its task ids, its output types with their ids, and what it is."""
    required = {name: {"required": _values(table, name), "optional": None} for name in TASK_IDS}
    types = {name: _output(_only(table, "output_type", name), name) for name in _values(table, "output_type")}
    return {"task_ids": required, "output_type": types, "target_metadata": [_metadata(target)]}


def _output(table: pa.Table, kind: str) -> dict[str, Any]:
    """Return one output type of a target: its ids, and which values it may have."""
    value: dict[str, Any] = {"type": "double", "minimum": 0}
    if kind in CHANCES:
        value["maximum"] = 1
    if kind == SAMPLE:
        return {"output_type_id_params": _samples(table), "value": value, "is_required": True}
    return {"output_type_id": {"required": _ids(table, kind)}, "value": value, "is_required": True}


def _samples(table: pa.Table) -> dict[str, Any]:
    """Return how the samples are numbered: the id of a draw is the same in every scenario, series and week."""
    ids = _values(table, "output_type_id")
    number = len(ids)
    return {
        "type": "character",
        "max_length": max(map(len, ids)),
        "min_samples_per_task": number,
        "max_samples_per_task": number,
        "compound_taskid_set": list(KEPT_APART),
    }


def _ids(table: pa.Table, kind: str) -> Sequence[Any] | None:
    """Return the ids of an output type: none of a point, levels as numbers, classes as texts."""
    if kind in POINTS:
        return None
    ids = _values(table, "output_type_id")
    return [float(each) for each in ids] if kind == "quantile" else ids


def _metadata(target: str) -> Mapping[str, Any]:
    said = TARGETS[target]
    words = {"target_id": target, "target_name": said.name, "target_units": said.units, "target_type": said.kind}
    step = {"is_step_ahead": said.is_step_ahead} | ({"time_unit": "week"} if said.is_step_ahead else {})
    return words | {"target_keys": {"target": target}} | step


def _only(table: pa.Table, column: str, value: str) -> pa.Table:
    """Return the rows of a table with one value in a column."""
    return table.filter(pc.equal(table[column], value))


def _values(table: pa.Table, column: str) -> list[Any]:
    """Return the values of a column, each once, in the order of the table; days as texts."""
    values = pc.unique(table[column].combine_chunks()).to_pylist()
    return [str(value) if hasattr(value, "isoformat") else value for value in values if value is not None]
