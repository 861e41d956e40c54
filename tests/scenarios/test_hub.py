"""The hub folder is what schema v6 asks for, and somebody else's reader reads from it what the forecast says.

The checks of the configuration are written from the rules of the published schemas (hubverse schemas v6.0.0): which
keys must be there, which may, and of what type. The schemas themselves are not copied.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml
from hubdata import connect_hub, connect_target_data
from hubdata.create_target_data_schema import TargetType
from typer.testing import CliRunner

from lull.cli import lull
from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.data.schema import InputError
from lull.model.runs.store import Store
from lull.scenarios.exports.hub_folder import NAME, write_hub
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import baseline
from lull.scenarios.results.forecast import Forecast, forecast
from lull.scenarios.results.forecast_cache import Request
from lull.scenarios.results.tables import forecast_table

HORIZON = 5
SERIES, ORIGIN = ("israel", "us_forces"), np.datetime64("2024-12-23")
TEXT = {"type": "string"}


def closed(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the schema of an object with these keys and no others."""
    properties = required | (optional or {})
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def listed(items: dict[str, Any], *, null: bool = False) -> dict[str, Any]:
    return {"type": ["array", "null"] if null else "array", "uniqueItems": True, "items": items}


def values(*kinds: str) -> dict[str, Any]:
    return closed({"required": listed({"type": list(kinds)}, null=True), "optional": listed({}, null=True)})


DAYS = values("string")
VALUE = closed(
    {"type": {"enum": ["double", "integer"]}}, {"minimum": {"type": "number"}, "maximum": {"type": "number"}}
)
CHANCE = closed({"type": {"const": "double"}, "minimum": {"const": 0}, "maximum": {"const": 1}})
LEVEL = {"type": "number", "minimum": 0, "maximum": 1}


def output(ids: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    return closed({"output_type_id": closed({"required": ids}), "value": value, "is_required": {"type": "boolean"}})


PARAMS = closed(
    {
        "type": {"enum": ["character", "integer"]},
        "min_samples_per_task": {"type": "integer", "minimum": 1},
        "max_samples_per_task": {"type": "integer", "minimum": 1},
    },
    {"max_length": {"type": "integer", "minimum": 1}, "compound_taskid_set": listed(TEXT)},
)
OUTPUTS = closed(
    {},
    {
        "mean": output({"type": "null"}, VALUE),
        "median": output({"type": "null"}, VALUE),
        "quantile": output(listed(LEVEL), VALUE),
        "cdf": output(listed({"type": ["number", "string"]}), CHANCE),
        "pmf": output(listed(TEXT), CHANCE),
        "sample": closed({"output_type_id_params": PARAMS, "value": VALUE, "is_required": {"type": "boolean"}}),
    },
)
KINDS = ("continuous", "discrete", "date", "binary", "nominal", "ordinal", "compositional")
METADATA = closed(
    {
        "target_id": TEXT | {"maxLength": 30},
        "target_name": TEXT | {"maxLength": 100},
        "target_units": TEXT | {"maxLength": 100},
        "target_keys": {
            "type": ["object", "null"],
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": TEXT,
        },
        "target_type": {"enum": list(KINDS)},
        "is_step_ahead": {"type": "boolean"},
    },
    {"description": TEXT, "time_unit": {"enum": ["day", "week", "month"]}},
) | {"if": {"properties": {"is_step_ahead": {"const": True}}}, "then": {"required": ["time_unit"]}}
TASK_IDS = {
    "type": "object",
    "properties": {
        "origin_date": DAYS,
        "target_end_date": DAYS,
        "scenario_id": values("integer", "string"),
        "target": values("string"),
        "horizon": values("integer", "string"),
    },
    "additionalProperties": closed({"required": listed({}, null=True), "optional": listed({}, null=True)}),
}
ROUND = closed(
    {
        "round_id_from_variable": {"type": "boolean"},
        "round_id": TEXT,
        "model_tasks": {
            "type": "array",
            "items": closed(
                {"task_ids": TASK_IDS, "output_type": OUTPUTS, "target_metadata": {"type": "array", "items": METADATA}}
            ),
        },
        "submissions_due": closed({"relative_to": TEXT, "start": {"type": "integer"}, "end": {"type": "integer"}}),
    },
    {"round_name": TEXT, "last_data_date": TEXT, "file_format": listed(TEXT)},
)
DATATYPES = ("auto", "character", "double", "integer", "logical", "Date")
VERSIONED = {"versioned": {"type": "boolean"}}
RULES = {
    "tasks": closed(
        {"schema_version": TEXT, "rounds": {"type": "array", "items": ROUND}},
        {"output_type_id_datatype": {"enum": list(DATATYPES)}, "derived_task_ids": listed(TEXT, null=True)},
    ),
    "admin": closed(
        {
            "schema_version": TEXT,
            "name": TEXT,
            "maintainer": TEXT,
            "contact": {"type": "object", "properties": {"name": TEXT, "email": TEXT}},
            "repository": {"type": "object", "properties": {"host": {"enum": ["github"]}, "owner": TEXT, "name": TEXT}},
            "file_format": {"type": "array", "items": {"enum": ["csv", "parquet", "arrow"]}},
            "timezone": {"type": "string", "pattern": "^(Africa|America|Antarctica|Asia|Europe|Indian|Pacific|US)/"},
        },
        {"model_output_dir": TEXT, "citation": TEXT},
    ),
    "target-data": closed(
        {"schema_version": TEXT, "observable_unit": listed(TEXT), "date_col": {"type": ["string", "null"]}},
        {
            "time-series": closed({}, VERSIONED | {"non_task_id_schema": {"type": "object"}}),
            "oracle-output": closed(
                {}, VERSIONED | {"has_output_type_ids": {"type": "boolean"}, "observable_unit": listed(TEXT)}
            ),
        },
    ),
}


def quiet(_step: str, _done: int, _total: int) -> None:
    """Tell nobody about progress."""


def later(*rows: list[float]) -> WeeklyCounts:
    return WeeklyCounts.from_arrays(np.array(rows), series=SERIES, first_week=ORIGIN + WEEK)


@pytest.fixture(scope="module")
def made(answered_store: Store) -> Forecast:
    scenarios = (baseline(), find_scenario("pressure-eases"))
    request = Request.of(scenarios, horizon=HORIZON, seed=2)
    return forecast(answered_store.runs()[0], request, progress=quiet)


@pytest.fixture(scope="module")
def hub(made: Forecast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    write_hub(made, folder, observed=later([0, 2, np.nan], [np.nan, 0, 0]))
    return folder


@pytest.mark.parametrize("name", RULES)
def test_the_configuration_is_what_schema_v6_asks_for(hub: Path, name: str) -> None:
    content = json.loads((hub / "hub-config" / f"{name}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(RULES[name]).validate(content)
    assert content["schema_version"].endswith(f"/v6.0.0/{name}-schema.json")


def test_a_configuration_with_a_fault_is_found(hub: Path) -> None:
    content = json.loads((hub / "hub-config" / "tasks.json").read_text("utf-8"))
    content["rounds"][0]["model_tasks"][0]["output_type"]["pmf"] = {"is_required": True}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(RULES["tasks"]).validate(content)


def test_the_model_is_described_as_the_hub_asks(hub: Path) -> None:
    schema = json.loads((hub / "hub-config" / "model-metadata-schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    model = yaml.safe_load((hub / "model-metadata" / f"{NAME}.yml").read_text("utf-8"))
    jsonschema.validate(model, schema)
    assert f"{model['team_abbr']}-{model['model_abbr']}" == NAME


def test_every_row_of_the_forecast_is_a_task_of_the_hub(hub: Path, made: Forecast) -> None:
    tasks = json.loads((hub / "hub-config" / "tasks.json").read_text("utf-8"))
    groups = {one["task_ids"]["target"]["required"][0]: one for one in tasks["rounds"][0]["model_tasks"]}
    table = pq.read_table(hub / "model-output" / NAME / f"2024-12-29-{NAME}.parquet")
    assert table.num_rows == forecast_table(made.projections, shares=made.shares).num_rows
    for name, group in groups.items():
        rows = table.filter(pc.equal(table["target"], name))
        expected = len(rows.select(list(group["task_ids"])).group_by(list(group["task_ids"])).aggregate([]))
        own = {key: len(part["required"]) for key, part in group["task_ids"].items() if key != "target_end_date"}
        assert expected == np.prod(list(own.values())), name  # all combinations are there
        for kind, output_type in group["output_type"].items():
            of_kind = rows.filter(pc.equal(rows["output_type"], kind))
            ids = pc.unique(of_kind["output_type_id"]).to_pylist()
            if kind == "sample":
                assert output_type["output_type_id_params"]["min_samples_per_task"] == len(ids)
            elif kind == "quantile":
                assert [float(each) for each in ids] == output_type["output_type_id"]["required"]
            else:
                assert output_type["output_type_id"]["required"] == (ids if ids != [None] else None)


def test_the_reader_of_hubs_reads_every_row_with_its_type(hub: Path, made: Forecast) -> None:
    table = connect_hub(hub).to_table()
    expected = forecast_table(made.projections, shares=made.shares)
    assert table.num_rows == expected.num_rows
    assert set(table["model_id"].to_pylist()) == {NAME}
    assert table.schema.field("origin_date").type == pa.date32()
    assert table.schema.field("output_type_id").type == pa.string()
    assert pc.sum(table["value"]).as_py() == pytest.approx(pc.sum(expected["value"]).as_py())
    means = table.filter(pc.equal(table["output_type"], "mean"))
    assert means["output_type_id"].null_count == means.num_rows


def test_the_reader_of_hubs_reads_what_came(hub: Path) -> None:
    series = connect_target_data(hub, TargetType.TIME_SERIES).to_table().to_pylist()
    known = {(row["series"], row["target_end_date"]): row["observation"] for row in series}
    assert len(known) == len(series)
    assert known["israel", date(2024, 12, 29)] == 0
    assert known["israel", date(2025, 1, 12)] == 2
    assert ("us_forces", date(2024, 12, 29)) not in known  # no report reaches it: missing, not 0
    assert ("us_forces", date(2025, 1, 5)) not in known
    assert known["us_forces", date(2025, 1, 12)] == 0
    oracle = connect_target_data(hub, TargetType.ORACLE_OUTPUT).to_table().to_pylist()
    came = {
        (row["target"], row["series"], row["horizon"], row["output_type_id"]): row["oracle_value"]
        for row in oracle
        if row["output_type"] in ("mean", "pmf")
    }
    assert came["wk inc attacks", "israel", 2, None] == 2
    assert came["cum attacks", "israel", 2, None] == 2
    assert ("cum attacks", "israel", 3, None) not in came
    assert came["any attack by date", "israel", 1, "no"] == 1
    assert came["any attack by date", "israel", 3, "yes"] == 1  # settled, though week 3 is not known
    assert not any(name == "us_forces" for target, name, *_ in came if target == "any attack by date")


def test_without_later_counts_nothing_of_the_round_has_come(made: Forecast, tmp_path: Path) -> None:
    write_hub(made, tmp_path)
    assert connect_target_data(tmp_path, TargetType.ORACLE_OUTPUT).to_table().num_rows == 0
    write_hub(made, tmp_path)  # the same round may be written again


def test_a_folder_with_another_round_is_refused(hub: Path, made: Forecast, tmp_path: Path) -> None:
    other = tmp_path / "model-output" / NAME / f"2024-12-22-{NAME}.parquet"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"")
    with pytest.raises(InputError, match="2024-12-22"):
        write_hub(made, tmp_path)
    assert not (tmp_path / "hub-config").exists()
    shifted = WeeklyCounts.from_arrays([[1.0]], series=["israel"], first_week=np.datetime64("2025-01-04"))
    with pytest.raises(InputError, match="Saturday"):
        write_hub(made, hub, observed=shifted)


def test_the_command_writes_a_hub(answered_store: Store, tmp_path: Path) -> None:
    counts = tmp_path / "newer.csv"
    counts.write_text("series,week_start,count\nisrael,2024-12-30,3\n")
    words = ["export", "--format", "hub", "--horizon", "2", "--observed", str(counts), "--out", str(tmp_path / "hub")]
    run = CliRunner().invoke(lull, [*words, "--store", str(answered_store.folder), "--json"])
    assert run.exit_code == 0, run.output
    assert str(tmp_path / "hub" / "hub-config" / "tasks.json") in json.loads(run.stdout)["files"]
    assert connect_target_data(tmp_path / "hub", TargetType.ORACLE_OUTPUT).to_table().num_rows > 0
