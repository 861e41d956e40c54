"""Every exported file is read back by somebody else's reader, and says there what the forecast says."""

import resource
from collections import Counter
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from weakref import WeakValueDictionary

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xarray as xr

from lull.data.schema import InputError
from lull.model.forward.simulate import OriginState, Paths, RandomNumbers
from lull.model.runs.store import Store
from lull.scenarios.engine.projection import Projection, project
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import Scenario, baseline
from lull.scenarios.results.export import FORMATS, covariates_table, export
from lull.scenarios.results.forecast import Forecast, forecast
from lull.scenarios.results.forecast_cache import Request
from lull.scenarios.results.posterior_tree import _LateErrors
from lull.scenarios.results.tables import COLUMNS, LEVELS, forecast_table

HORIZON, DRAWS = 5, 200
RISKY = Scenario.model_validate({"id": "risky", "title": "=1+1", "assumptions": "=HYPERLINK(A1)", "interventions": []})
TYPES = {"mean", "median", "quantile", "pmf", "cdf", "sample"}


@pytest.fixture(scope="module")
def made(answered_store: Store) -> Forecast:
    """The forecast of a stored run under three scenarios."""
    scenarios = (baseline(), find_scenario("pressure-eases"), RISKY)
    request = Request.of(scenarios, horizon=HORIZON, seed=2)
    return forecast(answered_store.runs()[0], request, progress=quiet)


def quiet(_step: str, _done: int, _total: int) -> None:
    """Tell nobody about progress."""


@pytest.fixture(scope="module")
def folder(made: Forecast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the forecast in every format but the report, whose charts take seconds."""
    out = tmp_path_factory.mktemp("exported")
    export(made, [name for name in FORMATS if name != "html"], out, progress=quiet)
    return out


def test_tables_are_read_by_pandas_polars_and_duckdb(folder: Path, made: Forecast) -> None:
    expected = forecast_table(made.projections)
    total = float(pa.compute.sum(expected["value"]).as_py())
    by_pandas = pd.read_parquet(folder / "forecast.parquet")
    by_polars = pl.read_parquet(folder / "forecast.parquet")
    by_csv = pd.read_csv(folder / "forecast.csv", dtype={"output_type_id": str})
    rows = duckdb.read_parquet(str(folder / "forecast.parquet")).aggregate("count(*), sum(value)").fetchall()[0]
    for names, count, value in (
        (tuple(by_pandas.columns), len(by_pandas), by_pandas["value"].sum()),
        (tuple(by_polars.columns), by_polars.height, by_polars["value"].sum()),
        (tuple(by_csv.columns), len(by_csv), by_csv["value"].sum()),
        (COLUMNS, *rows),
    ):
        assert (names, count) == (COLUMNS, expected.num_rows)
        assert value == pytest.approx(total)


def test_the_table_keeps_the_rules_of_hubverse(folder: Path) -> None:
    table = pl.read_parquet(folder / "forecast.parquet")
    assert table.schema["origin_date"] == table.schema["target_end_date"] == pl.Date
    assert (table.schema["value"], table.schema["horizon"]) == (pl.Float64, pl.Int32)
    assert set(table["output_type"]) <= TYPES
    assert table.drop("output_type_id").null_count().sum_horizontal().item() == 0
    empty = table.filter(pl.col("output_type_id").is_null())
    assert set(empty["output_type"]) == {"mean", "median"}
    assert table.select(COLUMNS[:-1]).is_duplicated().sum() == 0
    ends = table["origin_date"] + pl.duration(weeks=1) * table["horizon"]
    assert (table.select(ends == pl.col("target_end_date"))).to_series().all()
    levels = table.filter(pl.col("output_type") == "quantile")
    assert set(levels["output_type_id"]) == set(LEVELS)
    steps = levels.sort("scenario_id", "target", "series", "horizon", pl.col("output_type_id").cast(pl.Float64))
    falls = steps.select(pl.col("value").diff().over("scenario_id", "target", "series", "horizon") < 0)
    assert not falls.to_series().any()
    shares = table.filter(pl.col("output_type") == "pmf")
    sums = shares.group_by("scenario_id", "target", "series", "horizon").agg(pl.col("value").sum())["value"]
    np.testing.assert_allclose(sums.to_numpy(), 1.0, atol=1e-9)
    grows = table.filter(pl.col("output_type") == "cdf").group_by("scenario_id", "series", maintain_order=True)
    for _, up_to in grows:
        assert up_to["output_type_id"].to_list()[:-1] == sorted(up_to["output_type_id"].to_list()[:-1])
        assert (up_to["value"].diff().drop_nulls() >= 0).all()
        assert up_to["value"][-1] == 1.0
    samples = table.filter(pl.col("output_type") == "sample")
    ids = samples.group_by("scenario_id", "series", "horizon").agg(pl.col("output_type_id").sort())["output_type_id"]
    assert len({tuple(one) for one in ids.to_list()}) == 1  # the same draws everywhere


def test_weeks_are_read_by_pandas(folder: Path, made: Forecast) -> None:
    weeks = pd.read_csv(folder / "weeks.csv")
    document = made.document()
    assert len(weeks) == len(document.weeks) == 3 * 2 * HORIZON
    first = weeks.iloc[0]
    assert first["mean"] == pytest.approx(document.weeks[0].mean)
    chance = document.chance("any attack", first["scenario_id"], first["series"], int(first["horizon"]))
    assert first["p_any_attack"] == pytest.approx(chance.probability)


def test_the_workbook_has_a_sheet_for_each_scenario_and_no_formula(folder: Path, made: Forecast) -> None:
    book = openpyxl.load_workbook(folder / "forecast.xlsx")
    assert book.sheetnames == ["baseline", "pressure-eases", "risky", "assumptions", "provenance"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    shown = [row[2] for row in book["assumptions"].iter_rows(min_row=2, values_only=True)]
    assert shown[2] == "'=HYPERLINK(A1)"
    row = next(book["baseline"].iter_rows(min_row=2, max_row=2, values_only=True))
    assert row[:2] == ("israel", 1)
    assert row[2].date() == date(2024, 12, 30)
    assert dict(book["provenance"].iter_rows(min_row=2, values_only=True))["run_id"] == made.run.run_id


@pytest.mark.parametrize(("name", "how"), [("posterior.nc", {"engine": "h5netcdf"}), ("posterior.zarr", {})])
def test_posterior_and_paths_are_read_by_xarray(folder: Path, made: Forecast, name: str, how: dict[str, str]) -> None:
    how = how or {"engine": "zarr", "consolidated": False}  # type: ignore[dict-item]
    with xr.open_datatree(folder / name, **how) as tree:  # type: ignore[call-overload]
        paths = tree["predictions"].to_dataset().load()
        assert tree["posterior"]["p_active"].dims[:2] == ("chain", "draw")
    assert paths["count"].dims == ("chain", "draw", "imputation", "scenario", "series", "week")
    paths = paths.transpose("imputation", "chain", "draw", ...)
    assert paths["scenario"].to_numpy().tolist() == ["baseline", "pressure-eases", "risky"]
    for place, projection in enumerate(made.projections):
        flat = paths["count"].isel(scenario=place).to_numpy().reshape(DRAWS, 2, HORIZON)
        np.testing.assert_array_equal(flat, projection.paths.count)


def test_netcdf_and_zarr_hold_the_same_whatever_was_written_at_a_time(folder: Path) -> None:
    with (
        xr.open_datatree(folder / "posterior.nc", engine="h5netcdf") as one,
        xr.open_datatree(folder / "posterior.zarr", engine="zarr", consolidated=False) as other,
    ):
        assert set(one.children) == set(other.children)
        for name in one.children:
            xr.testing.assert_identical(one[name].to_dataset().load(), other[name].to_dataset().load())


def test_one_scenario_is_in_memory_at_a_time(made: Forecast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alive: WeakValueDictionary[int, Paths] = WeakValueDictionary()
    before: list[int] = []

    def counted(scenario: Scenario, state: OriginState, numbers: RandomNumbers) -> Projection:
        made = project(scenario, state, numbers)
        before.append(len(alive))
        alive[len(before)] = made.paths
        return made

    for module in ("results.forecast", "engine.projection"):
        monkeypatch.setattr(f"lull.scenarios.{module}.project", counted)
    again = replace(made)
    export(again, ["hubverse-csv", "hubverse-parquet", "netcdf", "zarr"], tmp_path, progress=quiet)
    assert len(before) == 4 * 3
    assert max(before) == 1  # the last one, let go when the next is there


@pytest.mark.parametrize("room", [0, 2_000, 200_000])
def test_a_netcdf_file_that_cannot_grow_is_reported_leaving_nothing(made: Forecast, tmp_path: Path, room: int) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        with pytest.raises(InputError, match="File too large"):
            export(made, ["netcdf"], tmp_path, progress=quiet)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_what_the_disk_did_not_take_is_read_back_as_written(tmp_path: Path) -> None:
    """HDF5 reads its own notes while it writes; other bytes than its own end the process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6, before[1]))
    file, found = _LateErrors(tmp_path / "full"), bytearray(17)
    try:
        for place, content in ((0, b"abcdefghij"), (14, b"OPQ"), (8, b"I")):
            file.seek(place)
            assert file.write(content) == len(content)
        file.seek(2)
        assert file.readinto(found) == 17
        assert (bytes(found), file.tell()) == (b"cdefghIj\0\0\0\0OPQ\0\0", 19)
        with pytest.raises(OSError, match="File too large"):
            file.tell_error()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        file.close()


class Page(HTMLParser):
    """What a browser would make of a page: its elements, whatever names an address, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.addresses: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        shown = {name: value or "" for name, value in attrs if not name.startswith("xmlns")}
        named = [value for name, value in shown.items() if name in {"src", "href", "xlink:href", "data", "action"}]
        self.addresses += [*named, *(value for value in shown.values() if "//" in value or "url(" in value)]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_is_one_page_that_fetches_nothing(made: Forecast, tmp_path: Path) -> None:
    (path,) = export(made, ["html"], tmp_path, progress=quiet)
    page = Page(path.read_text("utf-8"))
    assert [address for address in page.addresses if not address.startswith(("#", "url(#"))] == []
    assert not {"script", "link", "iframe", "img", "object", "form"} & set(page.tags)
    assert "@import" not in page.text
    assert page.tags["svg"] >= 2
    assert page.tags["table"] >= 2
    assert made.run.run_id in page.text
    assert "=HYPERLINK(A1)" in page.text


def test_an_export_again_replaces_what_was_there(folder: Path, made: Forecast) -> None:
    written = export(made, ["zarr", "csv"], folder, progress=quiet)
    assert [path.name for path in written] == ["posterior.zarr", "weeks.csv"]
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_the_covariates_are_what_pushed_by_week(made: Forecast) -> None:
    table = covariates_table(made)
    assert table.column_names == ["week_start", "covariate", "low", "median", "high"]
    rows = {(row["covariate"], row["week_start"]): row for row in table.to_pylist()}
    assert {name for name, _ in rows} == {"deterrence", "ceasefire"}  # the others never pushed
    weeks = made.weekly["week"].to_numpy().astype("datetime64[D]").tolist()
    assert rows["deterrence", weeks[40]]["low"] == 1.0
    later = rows["deterrence", weeks[44]]
    assert 0 < later["low"] < later["median"] < later["high"] < 1
    assert [rows["ceasefire", week]["median"] for week in weeks[-6:]] == [0.0, 1.0, 1.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"html"}))
def test_a_folder_that_cannot_be_made_is_reported(made: Forecast, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a folder that can be written"):
        export(made, [name], tmp_path / "file", progress=quiet)
