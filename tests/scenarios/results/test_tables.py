"""The forecast table: its columns, its laws, and that a file is whole or not there."""

import errno
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from lull.data.files import spreadsheet_safe
from lull.data.hit_shares import HitShare
from lull.data.schema import InputError
from lull.model.forward.prior_state import ALL_OF_THE_LIBRARY, prior_state
from lull.scenarios.engine.projection import Projection, project_all, project_in_parts
from lull.scenarios.language.scenario_files import find_scenario, library
from lull.scenarios.results.tables import (
    COLUMNS,
    LEVELS,
    NOT_BY_HORIZON,
    forecast_table,
    quantiles,
    scenario_table,
    write_csv,
    write_csv_parts,
    write_parquet,
)

SERIES, HORIZON, DRAWS = ("israel", "us_forces"), 9, 120
STATE = prior_state(SERIES, draws=DRAWS, horizon=HORIZON, seed=2, covariates=ALL_OF_THE_LIBRARY)
PROJECTIONS = project_all(library(), STATE, seed=4)
TABLE = forecast_table(PROJECTIONS, samples=40)
ROWS = TABLE.to_pylist()


def rows(**wanted: object) -> list[dict[str, object]]:
    return [row for row in ROWS if all(row[key] == value for key, value in wanted.items())]


def test_the_columns_are_those_of_the_format() -> None:
    assert tuple(TABLE.column_names) == COLUMNS
    written = "origin_date scenario_id target series horizon target_end_date output_type output_type_id value"
    assert " ".join(COLUMNS) == written
    assert {str(row["origin_date"]) for row in ROWS} == {"2024-12-29"}
    assert all((row["target_end_date"] - row["origin_date"]).days == 7 * row["horizon"] for row in ROWS)  # type: ignore[operator]


def test_levels_are_the_23_exact_decimals() -> None:
    assert len(LEVELS) == 23
    assert (LEVELS[:5], LEVELS[-4:]) == (("0.01", "0.025", "0.05", "0.1", "0.15"), ("0.9", "0.95", "0.975", "0.99"))
    assert list(LEVELS) == [f"{float(level):g}" for level in LEVELS]


def test_every_scenario_series_and_horizon_is_there_once_and_nothing_is_missing() -> None:
    cells = len(PROJECTIONS) * len(SERIES) * HORIZON
    for target in ("wk inc attacks", "cum attacks"):
        assert len(rows(target=target, output_type="mean")) == cells
        assert len(rows(target=target, output_type="median")) == cells
        assert len(rows(target=target, output_type="quantile")) == 23 * cells
    assert len(rows(output_type="sample")) == 40 * cells
    assert len(rows(target="any attack by date")) == 2 * cells
    for kind in ("pmf", "cdf"):
        assert len(rows(target="resumption week", output_type=kind)) == (HORIZON + 1) * len(PROJECTIONS) * len(SERIES)
    keys = {tuple(row[name] for name in COLUMNS if name != "value") for row in ROWS}
    assert len(keys) == len(ROWS)
    assert TABLE.column("value").null_count == 0
    assert np.isfinite(TABLE.column("value").to_numpy()).all()


def test_quantiles_rise_with_the_level_and_the_median_is_one_of_them() -> None:
    found = rows(output_type="quantile")
    values = np.array([row["value"] for row in found]).reshape(-1, 23)
    assert (np.diff(values, axis=1) >= 0).all()
    medians = np.array([row["value"] for row in rows(output_type="median")])
    np.testing.assert_array_equal(np.sort(values[:, 11]), np.sort(medians))


def test_quantiles_are_the_smallest_counts_that_hold_the_level() -> None:
    counts = np.random.default_rng(1).poisson(3.0, (400, 2)).astype(np.int32)
    expected = np.quantile(counts, [float(level) for level in LEVELS], axis=0, method="inverted_cdf")
    np.testing.assert_array_equal(quantiles(counts), expected)


def test_probabilities_sum_to_one_and_chances_rise() -> None:
    for target, classes in (("any attack by date", 2), ("resumption week", HORIZON + 1)):
        values = np.array([row["value"] for row in rows(target=target, output_type="pmf")]).reshape(-1, classes)
        np.testing.assert_allclose(values.sum(axis=1), 1.0)
        assert (values >= 0).all()
    yes = np.array([row["value"] for row in rows(target="any attack by date", output_type_id="yes")])
    assert (np.diff(yes.reshape(-1, HORIZON), axis=1) >= 0).all()
    never = rows(
        target="resumption week",
        output_type="pmf",
        output_type_id=NOT_BY_HORIZON,
        scenario_id="baseline",
        series="israel",
    )
    assert never[0]["value"] == pytest.approx(1 - PROJECTIONS[0].resumption[:, 0, -1].mean())


def test_samples_share_ids_and_are_the_same_until_scenarios_differ() -> None:
    def trajectories(scenario_id: str) -> dict[tuple[object, object], list[object]]:
        found: dict[tuple[object, object], list[object]] = {}
        for row in rows(output_type="sample", scenario_id=scenario_id):
            found.setdefault((row["series"], row["output_type_id"]), []).append(row["value"])
        return found

    base, other = trajectories("baseline"), trajectories("ceasefire-collapses")
    assert base.keys() == other.keys()
    assert all(base[key][:1] == other[key][:1] for key in base)
    assert any(base[key][1] != other[key][1] for key in base)
    paths = PROJECTIONS[0].paths
    for (series, draw), path in base.items():
        assert path == paths.count[int(str(draw)), SERIES.index(str(series))].tolist()


def test_a_scenario_by_a_few_series_at_a_time_is_the_same_table() -> None:
    shares = {name: HitShare(name, 2, 5, ("a", "b")) for name in reversed(SERIES)}
    for projection in PROJECTIONS:
        parts = project_in_parts(find_scenario(projection.scenario_id), STATE, cells=1, seed=4)
        table = scenario_table(parts, shares=shares, samples=40)
        assert table.equals(forecast_table([projection], shares=shares, samples=40))


def test_rows_of_csv_are_written_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_csv(TABLE, tmp_path / "at_once.csv")
    monkeypatch.setattr("lull.scenarios.results.tables.ROWS", 7)
    write_csv_parts([TABLE.slice(0, 20), TABLE.slice(20, 0), TABLE.slice(20)], tmp_path / "some.csv")
    assert (tmp_path / "some.csv").read_bytes() == (tmp_path / "at_once.csv").read_bytes()


def test_a_table_without_rows_is_a_heading(tmp_path: Path) -> None:
    write_csv(TABLE.slice(0, 0), tmp_path / "empty.csv")
    assert (tmp_path / "empty.csv").read_text("utf-8").split(",")[:2] == ['"origin_date"', '"scenario_id"']


def test_both_files_hold_the_table(tmp_path: Path) -> None:
    write_csv(TABLE, tmp_path / "forecast.csv")
    write_parquet(TABLE, tmp_path / "new" / "forecast.parquet")
    parquet = pa.parquet.read_table(tmp_path / "new" / "forecast.parquet")
    assert parquet.to_pylist() == ROWS
    assert parquet.schema.field("series").type == pa.string()
    texts = {name: pa.string() for name in ("scenario_id", "target", "series", "output_type", "output_type_id")}
    options = pa.csv.ConvertOptions(column_types=texts, strings_can_be_null=True)
    assert pa.csv.read_csv(tmp_path / "forecast.csv", convert_options=options).to_pylist() == ROWS
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["forecast.csv"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\tx", "\rx"])
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(text: str, tmp_path: Path) -> None:
    named = project_all([], prior_state((text,), draws=5, horizon=1, seed=1), seed=1)
    write_csv(forecast_table(named), tmp_path / "f.csv")
    assert set(pa.csv.read_csv(tmp_path / "f.csv").column("series").to_pylist()) == {f"'{text}"}
    assert set(forecast_table(named).column("series").to_pylist()) == {f"'{text}"}  # Parquet names it alike
    assert spreadsheet_safe("israel") == "israel"


def test_a_file_that_cannot_be_written_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("kept")
    with pytest.raises(InputError, match="a folder that can be written"):
        write_csv(TABLE, tmp_path / "taken" / "forecast.csv")
    (tmp_path / "forecast.parquet").write_text("older")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pa.parquet.ParquetWriter, "write_table", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_parquet(TABLE, tmp_path / "forecast.parquet")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "taken": "kept",
        "forecast.parquet": "older",
    }


def test_one_draw_of_one_week_is_a_table() -> None:
    single = project_all([], prior_state(("a",), draws=1, horizon=1, seed=1), seed=1)
    assert isinstance(single[0], Projection)
    assert forecast_table(single).num_rows == 2 * 25 + 2 + 2 + 2 + 1
